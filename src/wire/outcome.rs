//! What the server decided and why, and what the client saw and when it could first know.

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use time::OffsetDateTime;

use super::crowd::Full;
use crate::cloud::gate::Breach;
use crate::cloud::{Alert, NamespaceName, RegionName, Stage};
use crate::pki::Certificate;
use crate::pki::chain::ChainFault;

/// Both sides of one connection.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// None when the server never saw the connection.
    pub server: Option<Connection>,
    pub client: Sight,
}

/// The server's side of one connection.
#[derive(Debug, Clone)]
pub struct Connection {
    /// Counts the door's connections from 1.
    pub number: u64,
    pub peer: SocketAddr,
    /// As the client sent it, lower case; none when it sent none or an IP address.
    pub server_name: Option<String>,
    /// Whose endpoint the server name is.
    pub namespace: Option<NamespaceName>,
    /// The region whose endpoint the server name is, or whose private path was dialled.
    pub region: Option<RegionName>,
    pub identity: Option<Identity>,
    /// What TLS agreed on; none before the handshake is done.
    pub tls: Option<TlsFacts>,
    pub decision: Decision,
    /// How often the client's chain was judged; 0 for a connection that was admitted means it was never judged.
    pub verifier_runs: u32,
    /// False when a session was resumed.
    pub full_handshake: bool,
    /// The address of ours that the client dialled. Its own is no name for it: a client may dial two of them from one
    /// port.
    pub dialled: SocketAddr,
    /// When it was accepted.
    pub arrived: Instant,
    /// From the accepted connection to the decision.
    pub decided_after: Duration,
    pub calls: Vec<Call>,
}

impl Connection {
    /// One of which nothing is known yet.
    pub fn arriving(number: u64, peer: SocketAddr) -> Self {
        Self {
            number,
            peer,
            server_name: None,
            namespace: None,
            region: None,
            identity: None,
            tls: None,
            decision: Decision::Gone("closed before the ClientHello".to_owned()),
            verifier_runs: 0,
            full_handshake: true,
            dialled: SocketAddr::from(([127, 0, 0, 1], 0)),
            arrived: Instant::now(),
            decided_after: Duration::ZERO,
            calls: Vec::new(),
        }
    }
}

/// What a handshake agreed on, by the names of their registries: `TLSv1_3`, `TLS13_AES_256_GCM_SHA384`, `X25519`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlsFacts {
    pub version: &'static str,
    pub cipher_suite: &'static str,
    pub key_exchange: &'static str,
}

/// Who the client says it is: its leaf. Spelled out by whoever wants to read it.
#[derive(Clone, PartialEq, Eq)]
pub struct Identity(Arc<Certificate>);

impl Identity {
    pub fn new(leaf: Arc<Certificate>) -> Self {
        Self(leaf)
    }

    pub fn leaf(&self) -> &Arc<Certificate> {
        &self.0
    }

    pub fn subject(&self) -> String {
        self.0.subject.to_string()
    }

    /// Of the DER, in lower-case hex.
    pub fn sha256(&self) -> String {
        self.0.sha256()
    }

    pub fn not_after(&self) -> OffsetDateTime {
        self.0.not_after
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}`", self.0.subject)
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// With a certificate; or, where API keys are taken, with none so far: every call shows its key.
    Admitted,
    Refused(Refusal),
    /// The door has no place for it.
    Full(Full),
    /// The client went away before anything was decided.
    Gone(String),
}

impl fmt::Display for Decision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Admitted => f.write_str("admitted"),
            Self::Refused(refusal) => write!(f, "refused at {}: {}", refusal.stage, refusal.reason),
            Self::Full(full) => write!(f, "turned away: {full}"),
            Self::Gone(how) => write!(f, "gone: {how}"),
        }
    }
}

/// Where and why a connection or a call was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    pub stage: Stage,
    pub reason: Reason,
    /// What the server sent; none where it closes without a word.
    pub alert: Option<Alert>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reason {
    NoTls13,
    NoH2,
    /// The handshake broke off for a reason of its own.
    Handshake(String),
    ServerNameMissing,
    NamespaceUnknown(String),
    RegionUnknown(String),
    /// A private path leads to one region.
    ElsewhereThan(RegionName),
    /// Several costly chains are being judged already.
    Busy,
    /// The alert with which the client refused the server.
    ServerRefused(Alert),
    NoCertificate,
    Unreadable,
    Chain(ChainFault),
    Breach(Breach),
    KeyNotProved,
    /// The client's key is of a kind that our TLS library does not verify.
    KeyNotJudged(String),
    NoFilterMatches,
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoTls13 => f.write_str("the client does not offer TLS 1.3"),
            Self::NoH2 => f.write_str("the client does not offer h2 in ALPN"),
            Self::Handshake(error) => f.write_str(error),
            Self::ServerNameMissing => f.write_str("the client sent no server name"),
            Self::NamespaceUnknown(name) => write!(f, "no namespace is served as `{name}`"),
            Self::RegionUnknown(name) => write!(f, "no region is served as `{name}`"),
            Self::ElsewhereThan(region) => write!(f, "this path leads into {region}, and the server name elsewhere"),
            Self::Busy => f.write_str("too many costly chains are being judged already; try again"),
            Self::ServerRefused(alert) => write!(f, "the client refused the server's certificate with {alert}"),
            Self::NoCertificate => f.write_str("the client presented no certificate"),
            Self::Unreadable => f.write_str("the client presented something that is no certificate"),
            Self::Chain(fault) => fault.fmt(f),
            Self::Breach(breach) => breach.fmt(f),
            Self::KeyNotProved => f.write_str("the client's key does not belong to its certificate"),
            Self::KeyNotJudged(key) => write!(f, "signatures by a key of {key} are not verified here"),
            Self::NoFilterMatches => f.write_str("no certificate filter matches the client certificate"),
        }
    }
}

/// One gRPC call that came in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// `/package.Service/Method` where it is one that is known. A path is the client's text, and is not repeated else.
    pub path: &'static str,
    /// The namespace that it was for, as far as that was found out.
    pub namespace: Option<NamespaceName>,
    /// The API key that was shown and is known, by its id.
    pub key: Option<Arc<str>>,
    /// gRPC status code: 0 OK, 7 PERMISSION_DENIED, 12 UNIMPLEMENTED, …
    pub status: u8,
    /// What the client was told.
    pub message: String,
    /// Why it was not answered or forwarded.
    pub reason: Option<CallReason>,
    /// Whether the upstream answered.
    pub forwarded: bool,
    /// From its headers to its status.
    pub took: Duration,
    /// When its status was known.
    pub answered: Instant,
}

/// Why a call was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CallReason {
    /// The certificate of the connection has expired meanwhile.
    CertificateOver,
    /// The connection's certificate matches no filter.
    NoFilterMatches,
    AuthorityElsewhere(String),
    HeaderElsewhere(String),
    HeaderMissing,
    /// Where in the message, and what it says.
    BodyElsewhere {
        field: String,
        name: String,
    },
    BodyNamesNone,
    KeyMissing,
    KeyUnknown,
    KeyOver,
    KeyDisabled,
    KeyNotFor(NamespaceName),
    NamespaceUnknown(String),
    /// The namespace takes no API keys.
    KeysNotTaken(NamespaceName),
    NotInRegion(NamespaceName, RegionName),
    /// A method about other namespaces, or about all of them.
    NotForClients,
    NotServed,
    /// What is wrong with the request as gRPC or protobuf.
    Malformed(String),
    TooLarge(usize),
    TooSlow,
    UpstreamUnreachable(String),
}

impl fmt::Display for CallReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::CertificateOver => f.write_str("the certificate of the connection has expired"),
            Self::NoFilterMatches => f.write_str("no certificate filter matches the client certificate"),
            Self::AuthorityElsewhere(host) => {
                write!(f, ":authority `{host}` is another endpoint than the connection's")
            }
            Self::HeaderElsewhere(name) => write!(f, "the header temporal-namespace names `{name}`"),
            Self::HeaderMissing => f.write_str("no header temporal-namespace says which namespace is meant"),
            Self::BodyElsewhere { field, name } => write!(f, "the field {field} of the request names `{name}`"),
            Self::BodyNamesNone => f.write_str("the request names no namespace"),
            Self::KeyMissing => f.write_str("no API key: the header authorization is not `Bearer …`"),
            Self::KeyUnknown => f.write_str("the API key is unknown"),
            Self::KeyOver => f.write_str("the API key has expired"),
            Self::KeyDisabled => f.write_str("the API key is disabled"),
            Self::KeyNotFor(namespace) => write!(f, "the API key is not for {namespace}"),
            Self::NamespaceUnknown(name) => write!(f, "no namespace is called `{name}`"),
            Self::KeysNotTaken(namespace) => write!(f, "{namespace} takes no API keys"),
            Self::NotInRegion(namespace, region) => write!(f, "{namespace} is not in {region}"),
            Self::NotForClients => f.write_str("the method is not for clients of one namespace"),
            Self::NotServed => f.write_str("the method is not served"),
            Self::Malformed(how) => f.write_str(how),
            Self::TooLarge(limit) => write!(f, "the request message has more than {limit} bytes"),
            Self::TooSlow => f.write_str("the request message did not come in time"),
            Self::UpstreamUnreachable(why) => write!(f, "the upstream server cannot be reached: {why}"),
        }
    }
}

/// The client's side.
#[derive(Debug, Clone)]
pub struct Sight {
    pub started: Instant,
    /// What became of the connection: the answer to its last call, or what ended it.
    pub seen: Seen,
    /// The answers to its calls, in their order.
    pub answers: Vec<Seen>,
    /// From the attempt's start to the return of the TLS handshake; none when it failed.
    pub connected_after: Option<Duration>,
    /// From the attempt's start until the client could first know the decision.
    pub known_after: Duration,
    /// None when there was no handshake.
    pub full_handshake: Option<bool>,
    /// The client offered a session ticket.
    pub offered_ticket: bool,
    pub early_data: EarlyData,
}

/// What became of a call that a client sent with its ClientHello, before anybody was judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EarlyData {
    /// There was none: no ticket allows it, or the client does not want to.
    NotOffered,
    /// The call was made again once the handshake was done, if it came to that.
    Refused,
    Taken,
}

/// What became of an attempt, in the client's eyes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Seen {
    /// gRPC status OK.
    Served,
    /// Any other gRPC status.
    Status { code: u8, message: String },
    /// The server's alert; "connected" tells whether the handshake call had returned before.
    Alert(Alert),
    /// The server closed without a word.
    Closed,
    /// The client itself refuses the server.
    ServerRefused(String),
    /// Anything else.
    Failed(String),
}

impl fmt::Display for Seen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Served => f.write_str("OK"),
            Self::Status { code: 5, .. } => f.write_str("NOT_FOUND(5)"),
            Self::Status { code: 7, .. } => f.write_str("PERMISSION_DENIED(7)"),
            Self::Status { code: 16, .. } => f.write_str("UNAUTHENTICATED(16)"),
            Self::Status { code, message } => write!(f, "status {code} \"{message}\""),
            Self::Alert(alert) => write!(f, "alert {alert}"),
            Self::Closed => f.write_str("closed, no alert"),
            Self::ServerRefused(why) => write!(f, "refuses: {why}"),
            Self::Failed(why) => f.write_str(why),
        }
    }
}
