//! The gate of calls: which namespace a call is for, and whether this connection, or this API key, may ask it.
//!
//! ```text
//! gRPC? -> :authority -> certificate or key still good? -> header temporal-namespace -> method -> message: every field that names a namespace
//!       -> answered here, or forwarded as it was judged
//! ```
//!
//! What is forwarded is the message that was judged, unpacked, and never the bytes that the client sent: two readers of
//! the same compressed bytes may disagree.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use http::request::Parts;
use http::{HeaderMap, Method as HttpMethod, Request, Response, StatusCode, header};
use hyper::body::Incoming;
use prost::Message as _;
use time::OffsetDateTime;

use super::door::{Shared, State};
use super::grpc::{self, NAMESPACE_HEADER, Status, status};
use super::messages::{self, HealthQuestion};
use super::namespaces::{self, Class, Method};
use super::outcome::{Call, CallReason};
use super::reflection;
use super::reply::{Reply, Tally};
use super::sabotage::{Sabotage, Weakness};
use super::weakened;
use crate::cloud::api_key::ApiKey;
use crate::cloud::endpoint::{self, Endpoint};
use crate::cloud::switches::{KeyRefusal, OtherNamespace, Switches};
use crate::cloud::{NamespaceName, RegionName};
use crate::pki::name::printable;

/// What the open-source server's authorizer says, and what users of the cloud see.
const UNAUTHORIZED: &str = "Request unauthorized.";

const HEALTH_CHECK: &str = "/grpc.health.v1.Health/Check";
const OPERATOR: &str = "/temporal.api.operatorservice.v1.OperatorService/";
const WORKFLOW_SERVICE: &str = "temporal.api.workflowservice.v1.WorkflowService";

/// As what a connection was let in.
#[derive(Debug, Clone)]
pub enum Caller {
    /// By a certificate, to one namespace.
    Certificate(NamespaceName),
    /// By a certificate that no filter matches, where a switch says that calls are to tell.
    Barred(NamespaceName),
    /// Without a certificate, at a namespace's own endpoint: each call shows a key.
    KeyAtNamespace(NamespaceName),
    /// The same at a regional endpoint: each call also says which namespace it is for.
    KeyAtRegion(RegionName),
}

/// An admitted connection.
pub struct Admitted {
    pub shared: Arc<Shared>,
    pub caller: Caller,
    pub number: u64,
    pub peer: SocketAddr,
    pub under_way: Arc<UnderWay>,
    /// What all its calls are judged by, in place of what holds when they come: a sabotage.
    pub lasting: Option<Arc<State>>,
    /// Of the certificate that let it in.
    pub not_after: Option<OffsetDateTime>,
}

/// Calls that are under way on a connection, and since when there was none.
#[derive(Debug)]
pub struct UnderWay {
    calls: AtomicUsize,
    quiet_since: std::sync::Mutex<Instant>,
}

impl UnderWay {
    pub fn new() -> Arc<Self> {
        Arc::new(Self { calls: AtomicUsize::new(0), quiet_since: std::sync::Mutex::new(Instant::now()) })
    }

    fn begin(self: &Arc<Self>) -> Arc<OneCall> {
        self.calls.fetch_add(1, Ordering::Relaxed);
        Arc::new(OneCall(self.clone()))
    }

    /// Since when no call has been under way; none while one is.
    pub fn quiet_since(&self) -> Option<Instant> {
        let since = *self.quiet_since.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        (self.calls.load(Ordering::Relaxed) == 0).then_some(since)
    }
}

struct OneCall(Arc<UnderWay>);

impl Drop for OneCall {
    fn drop(&mut self) {
        *self.0.quiet_since.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = Instant::now();
        self.0.calls.fetch_sub(1, Ordering::Relaxed);
    }
}

/// What a path asks for.
enum Asked {
    Method(&'static Method),
    Health,
    Reflection(&'static str),
    /// Temporal's administration of a whole cluster.
    Operator,
    Unknown,
}

impl Asked {
    fn by(path: &str) -> Self {
        if let Some(method) = namespaces::lookup(path) {
            return Self::Method(method);
        }
        if let Some(path) = reflection::lookup(path) {
            return Self::Reflection(path);
        }
        match path {
            HEALTH_CHECK => Self::Health,
            _ if path.starts_with(OPERATOR) => Self::Operator,
            _ => Self::Unknown,
        }
    }

    /// For records; what the client wrote is not repeated.
    fn path(&self) -> &'static str {
        match self {
            Self::Method(method) => method.path,
            Self::Health => HEALTH_CHECK,
            Self::Reflection(path) => path,
            Self::Operator => "(a method of OperatorService)",
            Self::Unknown => "(another method)",
        }
    }

    fn needs_namespace(&self) -> bool {
        matches!(self, Self::Method(method) if names_a_namespace(method))
    }
}

impl Admitted {
    /// Answers one request. However it ends, it is told.
    pub async fn serve(self: Arc<Self>, request: Request<Incoming>) -> Response<Reply> {
        let asked = Asked::by(request.uri().path());
        let at = (self.number, self.peer);
        let mut tally = Tally::new(self.shared.sink.clone(), at, asked.path(), self.under_way.begin());
        if let Err(code) = speaks_grpc(&request) {
            let how = format!("not gRPC, answered with HTTP {code}");
            tally.refused(grpc::UNKNOWN, how.clone(), CallReason::Malformed(how));
            let mut response = Response::new(Reply::Empty);
            *response.status_mut() = code;
            return response;
        }
        match self.judge_and_answer(asked, request, &mut tally.call).await {
            Ok(Answer::Here(response)) => {
                tally.served();
                response
            }
            Ok(Answer::Library(response)) => {
                let (head, body) = response.into_parts();
                tally.note(&head.headers);
                Response::from_parts(head, Reply::Library { body, tally: Box::new(tally) })
            }
            Ok(Answer::Forwarded(response)) => {
                let (head, body) = response.into_parts();
                tally.note(&head.headers);
                Response::from_parts(head, Reply::Forwarded { body, tally: Box::new(tally) })
            }
            Err(Status { code, message, reason }) => {
                let response = grpc::refuse(code, &message);
                tally.refused(code, message, reason);
                response
            }
        }
    }

    async fn judge_and_answer(
        &self,
        asked: Asked,
        request: Request<Incoming>,
        call: &mut Call,
    ) -> Result<Answer, Status> {
        let (head, mut body) = request.into_parts();
        // Once: keys, namespaces and clock belong together. A key that was taken back is refused from its next call on.
        let state = self.lasting.clone().unwrap_or_else(|| self.shared.state());
        let namespace = self.judge_head(&asked, &head, &state, call)?;
        call.namespace = namespace.clone();
        let switches = state.world.switches;
        let method = match asked {
            Asked::Unknown => return Err(not_served()),
            Asked::Operator => return Err(denied(CallReason::NotForClients)),
            Asked::Method(method) if method.class == Class::Refused && !self.weakness().is(Sabotage::MethodsOpen) => {
                return Err(denied(CallReason::NotForClients));
            }
            Asked::Reflection(path) => return Ok(Answer::Library(reflection::answer(path, head, body).await)),
            Asked::Health => {
                let message = self.read(&mut body, &head.headers, namespace.as_ref()).await?;
                return health(message.bytes()).map(Answer::Here);
            }
            Asked::Method(method) => method,
        };
        let message = self.read(&mut body, &head.headers, namespace.as_ref()).await?;
        if names_a_namespace(method) {
            // judge_head has found one, or refused.
            let Some(namespace) = &namespace else { return Err(denied(CallReason::HeaderMissing)) };
            if !weakened::overlooks(self.weakness(), method, &head.headers, message.bytes(), namespace) {
                judge_body(method, message.bytes(), namespace, self.shared.upstream.is_some(), switches)?;
            }
        }
        if let Some(upstream) = &self.shared.upstream {
            call.forwarded = true;
            let mut headers = head.headers;
            // It is forwarded as it was judged.
            headers.remove("grpc-encoding");
            let sent = upstream.call(namespace.as_ref(), method.path, headers, message.into_frame()).await;
            return sent.map(Answer::Forwarded).map_err(|why| {
                let reason = CallReason::UpstreamUnreachable(why);
                status(grpc::UNAVAILABLE, "the server behind this front door cannot be reached", reason)
            });
        }
        match (method.path, &namespace) {
            (grpc::GET_SYSTEM_INFO, _) => Ok(Answer::Here(grpc::answer(&messages::system_info()))),
            (grpc::DESCRIBE_NAMESPACE, Some(namespace)) => {
                Ok(Answer::Here(grpc::answer(&messages::description(namespace))))
            }
            _ => Err(not_served()),
        }
    }

    fn weakness(&self) -> Weakness {
        self.shared.settings.weakness()
    }

    /// The key that a call shows.
    fn key(&self, headers: &HeaderMap, state: &State, call: &mut Call) -> Result<Arc<ApiKey>, Status> {
        let weakness = self.weakness();
        let weakened = weakened::key_headers(weakness, headers);
        let verdict = authorize(weakened.as_ref().unwrap_or(headers), state, call);
        weakened::take_key(weakness, verdict, call.key.as_deref(), &state.world, (&self.shared.kept, self.number))
    }

    async fn read(
        &self,
        body: &mut Incoming,
        headers: &HeaderMap,
        namespace: Option<&NamespaceName>,
    ) -> Result<grpc::Message, Status> {
        let share = self.shared.room.share(namespace);
        grpc::read_message(body, headers, &self.shared.settings, &share).await
    }

    /// Everything that is known before the message. Returns the namespace that the call is for; none only where the
    /// method is about no namespace.
    fn judge_head(
        &self,
        asked: &Asked,
        head: &Parts,
        state: &State,
        call: &mut Call,
    ) -> Result<Option<NamespaceName>, Status> {
        let switches = state.world.switches;
        self.judge_authority(head)?;
        if self.not_after.is_some_and(|end| state.clock.now() > end) {
            return Err(denied(CallReason::CertificateOver));
        }
        let weakness = self.weakness();
        let named = || weakened::header(weakness, &head.headers).map_or_else(|| header_namespace(&head.headers), Ok);
        let is = |name: &str, ours| is(name, ours) || weakened::is_mistaken(weakness, name, ours);
        let elsewhere = |name: &str| denied_elsewhere(name, CallReason::HeaderElsewhere(printable(name)), switches);
        match &self.caller {
            Caller::Barred(_) => Err(denied(CallReason::NoFilterMatches)),
            Caller::Certificate(_)
                if weakness.is(Sabotage::KeyBesideCertificate) && head.headers.contains_key(header::AUTHORIZATION) =>
            {
                self.key(&head.headers, state, call)?;
                Ok(named()?.and_then(|name| name.parse().ok()))
            }
            Caller::Certificate(ours) => match named()? {
                Some(name) if !is(name, ours) => Err(elsewhere(name)),
                // It was there when the connection was made.
                _ if state.world.tenant(ours).is_none() => Err(denied(CallReason::NamespaceUnknown(ours.to_string()))),
                _ => Ok(Some(ours.clone())),
            },
            Caller::KeyAtNamespace(ours) => {
                let key = self.key(&head.headers, state, call)?;
                if let Some(name) = named()?.filter(|name| !is(name, ours)) {
                    return Err(elsewhere(name));
                }
                may_use(&key, ours, None, state)?;
                Ok(Some(ours.clone()))
            }
            Caller::KeyAtRegion(region) => {
                let key = self.key(&head.headers, state, call)?;
                let Some(name) = named()? else {
                    if asked.needs_namespace() {
                        return Err(denied(CallReason::HeaderMissing));
                    }
                    return Ok(None);
                };
                let unknown = |_| denied(CallReason::NamespaceUnknown(printable(name)));
                let namespace: NamespaceName = name.parse().map_err(unknown)?;
                let at = Some(region).filter(|_| !weakness.is(Sabotage::RegionsIgnored));
                may_use(&key, &namespace, at, state)?;
                Ok(Some(namespace))
            }
        }
    }

    /// `:authority` may be anything, an address for one; but not another endpoint of the cloud's.
    fn judge_authority(&self, head: &Parts) -> Result<(), Status> {
        let weakness = self.weakness();
        let hosts = head.uri.host().into_iter().chain(head.headers.get_all(header::HOST).iter().filter_map(host_of));
        for host in hosts.filter(|host| !weakened::skips_authority(weakness, host)) {
            // The dot of a fully qualified name is no part of the endpoint's name, and the same host is meant.
            let host = host.strip_suffix('.').unwrap_or(host);
            let same = match (endpoint::endpoint(host), &self.caller) {
                (None, _) => true,
                (
                    Some(Endpoint::Namespace(other)),
                    Caller::Certificate(ours) | Caller::Barred(ours) | Caller::KeyAtNamespace(ours),
                ) => other == *ours,
                (Some(Endpoint::Region(other) | Endpoint::OldRegion(other)), Caller::KeyAtRegion(ours)) => {
                    other == *ours
                }
                (Some(_), _) => false,
            };
            if !same {
                return Err(denied(CallReason::AuthorityElsewhere(printable(host))));
            }
        }
        Ok(())
    }
}

enum Answer {
    Here(Response<Reply>),
    Library(Response<tonic::body::Body>),
    Forwarded(Response<Incoming>),
}

fn host_of(value: &http::HeaderValue) -> Option<&str> {
    let text = value.to_str().ok()?;
    Some(text.rsplit_once(':').map_or(text, |(host, _)| host))
}

/// As the gRPC protocol says: POST, and a content type of its own.
fn speaks_grpc(request: &Request<Incoming>) -> Result<(), StatusCode> {
    if request.method() != HttpMethod::POST {
        return Err(StatusCode::METHOD_NOT_ALLOWED);
    }
    let mut kinds = request.headers().get_all(header::CONTENT_TYPE).iter();
    match (kinds.next(), kinds.next()) {
        (Some(kind), None) if holds_protobuf(kind.as_bytes()) => Ok(()),
        _ => Err(StatusCode::UNSUPPORTED_MEDIA_TYPE),
    }
}

/// What is judged as protobuf must be read as protobuf: JSON that is a message too may name another namespace.
fn holds_protobuf(content_type: &[u8]) -> bool {
    let Some(rest) = content_type.strip_prefix(b"application/grpc") else { return false };
    matches!(rest.strip_prefix(b"+proto").unwrap_or(rest).first(), None | Some(b';'))
}

/// Names are compared without case, as the cloud does.
fn is(name: &str, ours: &NamespaceName) -> bool {
    name.eq_ignore_ascii_case(ours.as_str())
}

/// The namespace that the header names. Given twice with two names it names another than the connection's in any case.
fn header_namespace(headers: &HeaderMap) -> Result<Option<&str>, Status> {
    let mut named = None;
    for value in headers.get_all(NAMESPACE_HEADER) {
        let odd = || denied(CallReason::HeaderElsewhere("(something that is no text)".to_owned()));
        let name = value.to_str().map_err(|_| odd())?;
        if named.is_some_and(|other: &str| !other.eq_ignore_ascii_case(name)) {
            return Err(denied(CallReason::HeaderElsewhere("(two names)".to_owned())));
        }
        named = Some(name);
    }
    Ok(named)
}

/// Finds the key that a call shows, and whether it still holds.
fn authorize(headers: &HeaderMap, state: &State, call: &mut Call) -> Result<Arc<ApiKey>, Status> {
    let code = match state.world.switches.key_refusal {
        KeyRefusal::PermissionDenied => grpc::PERMISSION_DENIED,
        KeyRefusal::Unauthenticated => grpc::UNAUTHENTICATED,
    };
    let refused = |reason| status(code, UNAUTHORIZED, reason);
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let secret = match (values.next(), values.next()) {
        (Some(value), None) => bearer(value.as_bytes()),
        _ => None,
    };
    let secret = secret.ok_or_else(|| refused(CallReason::KeyMissing))?;
    let key = state.world.keys.find(secret).ok_or_else(|| refused(CallReason::KeyUnknown))?;
    call.key = Some(key.id.clone());
    if key.disabled {
        return Err(refused(CallReason::KeyDisabled));
    }
    if key.not_after.is_some_and(|end: OffsetDateTime| state.clock.now() > end) {
        return Err(refused(CallReason::KeyOver));
    }
    Ok(key.clone())
}

fn bearer(value: &[u8]) -> Option<&[u8]> {
    let (scheme, secret) = value.split_at_checked(7)?;
    scheme.eq_ignore_ascii_case(b"bearer ").then_some(secret.trim_ascii()).filter(|secret| !secret.is_empty())
}

/// Whether a key reaches a namespace: it is for it, the namespace takes keys, and is where the connection is.
fn may_use(key: &ApiKey, namespace: &NamespaceName, at: Option<&RegionName>, state: &State) -> Result<(), Status> {
    if !key.namespaces.contains(namespace) {
        return Err(denied(CallReason::KeyNotFor(namespace.clone())));
    }
    let Some(tenant) = state.world.tenant(namespace) else {
        return Err(denied(CallReason::NamespaceUnknown(namespace.to_string())));
    };
    if !tenant.authentication.takes_keys() {
        return Err(denied(CallReason::KeysNotTaken(namespace.clone())));
    }
    match at {
        Some(region) if tenant.region.as_ref() != Some(region) => {
            Err(denied(CallReason::NotInRegion(namespace.clone(), region.clone())))
        }
        _ => Ok(()),
    }
}

/// Every field of a request that names a namespace must name ours; those of its own level must be there.
///
/// The cloud compares names without case. A server that tells them apart must be asked in the case that is ours.
fn judge_body(
    method: &Method,
    message: &[u8],
    ours: &NamespaceName,
    is_forwarded: bool,
    switches: Switches,
) -> Result<(), Status> {
    let is_ours = |name: &str| if is_forwarded { name == ours.as_str() } else { is(name, ours) };
    namespaces::all_are(method, message, is_ours).map_err(|refusal| match refusal {
        namespaces::Refusal::Malformed(_) => {
            status(grpc::INVALID_ARGUMENT, "malformed request message", CallReason::Malformed(refusal.to_string()))
        }
        namespaces::Refusal::NotGiven => denied(CallReason::BodyNamesNone),
        namespaces::Refusal::Other { field, value } => {
            let name = printable(&value);
            denied_elsewhere(&value, CallReason::BodyElsewhere { field, name }, switches)
        }
    })
}

fn names_a_namespace(method: &Method) -> bool {
    !method.request.fields.is_empty()
}

fn health(message: &[u8]) -> Result<Response<Reply>, Status> {
    let malformed = "malformed request message";
    let asked = HealthQuestion::decode(message);
    let asked =
        asked.map_err(|_| status(grpc::INVALID_ARGUMENT, malformed, CallReason::Malformed(malformed.to_owned())))?;
    match asked.service.as_str() {
        "" | WORKFLOW_SERVICE => Ok(grpc::answer(&messages::serving())),
        _ => Err(status(grpc::NOT_FOUND, "unknown service", CallReason::NotServed)),
    }
}

fn denied(reason: CallReason) -> Status {
    status(grpc::PERMISSION_DENIED, UNAUTHORIZED, reason)
}

fn denied_elsewhere(name: &str, reason: CallReason, switches: Switches) -> Status {
    match switches.other_namespace {
        OtherNamespace::PermissionDenied => denied(reason),
        OtherNamespace::NotFound => {
            status(grpc::NOT_FOUND, format!("Namespace {} is not found.", printable(name)), reason)
        }
    }
}

fn not_served() -> Status {
    let text = "this front door answers GetSystemInfo, DescribeNamespace, health checks and reflection, and with \
                `certproof serve --upstream` forwards the other methods of WorkflowService to a server";
    status(grpc::UNIMPLEMENTED, text, CallReason::NotServed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judge(body: &[u8]) -> Result<(), u8> {
        let ours = "orders.f45a2".parse().unwrap();
        let method = namespaces::lookup(grpc::DESCRIBE_NAMESPACE).unwrap();
        judge_body(method, body, &ours, false, Switches::default()).map_err(|status| status.code)
    }

    fn named(namespace: &str) -> Vec<u8> {
        grpc::request_frame(namespace)[5..].to_vec()
    }

    #[test]
    fn the_body_must_name_our_namespace_and_no_other() {
        assert_eq!(judge(&named("orders.f45a2")), Ok(()));
        assert_eq!(judge(&named("Orders.F45A2")), Ok(()));
        assert_eq!(judge(&named("other.f45a2")), Err(grpc::PERMISSION_DENIED));
        assert_eq!(judge(b""), Err(grpc::PERMISSION_DENIED));
        assert_eq!(judge(b"\x0A\x05a"), Err(grpc::INVALID_ARGUMENT));
        let both = [named("other.f45a2"), named("orders.f45a2")].concat();
        assert_eq!(judge(&both), Err(grpc::PERMISSION_DENIED), "whichever of the two a server would take");
    }

    #[test]
    fn a_header_that_names_two_namespaces_names_neither() {
        let mut headers = HeaderMap::new();
        assert_eq!(header_namespace(&headers), Ok(None));
        headers.append(NAMESPACE_HEADER, http::HeaderValue::from_static("orders.f45a2"));
        assert_eq!(header_namespace(&headers), Ok(Some("orders.f45a2")));
        headers.append(NAMESPACE_HEADER, http::HeaderValue::from_static("other.f45a2"));
        assert!(header_namespace(&headers).is_err());
    }

    #[test]
    fn a_message_that_is_no_protobuf_is_not_judged_as_if_it_were() {
        for kind in ["application/grpc", "application/grpc+proto", "application/grpc;charset=utf-8"] {
            assert!(holds_protobuf(kind.as_bytes()), "{kind}");
        }
        for kind in
            ["application/grpc+json", "application/grpc+protobuf", "application/grpc-web", "application/json", ""]
        {
            assert!(!holds_protobuf(kind.as_bytes()), "{kind}");
        }
    }

    #[test]
    fn a_key_is_shown_as_a_bearer_token() {
        assert_eq!(bearer(b"Bearer abc"), Some(&b"abc"[..]));
        assert_eq!(bearer(b"bearer  abc "), Some(&b"abc"[..]));
        for wrong in [&b"Basic abc"[..], b"Bearer ", b"Bearer", b"abc", b""] {
            assert_eq!(bearer(wrong), None);
        }
    }
}
