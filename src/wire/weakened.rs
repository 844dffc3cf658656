//! What a weakened gate makes of names, chains, filters, keys and messages, in place of the right verdict.
//!
//! None, or the input as it is, stands for the right one: no sabotage touches more than it says.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use http::{HeaderMap, HeaderValue, header};
use rustls::server::{ServerConfig, ServerSessionMemoryCache};
use time::{Duration, OffsetDateTime};
use tokio::net::TcpStream;

use super::door::State;
use super::gatekeeper::{refuse_breach, refuse_chain, refuse_filter};
use super::grpc::{NAMESPACE_HEADER, Status};
use super::namespaces::{self, Malformed, Method, Role};
use super::outcome::{CallReason, Reason, Refusal};
use super::posture::Posture;
use super::route::{Credentials, Entrance};
use super::sabotage::{Sabotage, Weakness};
use crate::cloud::api_key::ApiKey;
use crate::cloud::filter::{Field, Filter, Filters, Pattern};
use crate::cloud::gate::Breach;
use crate::cloud::world::{Authentication, Tenant, World};
use crate::cloud::{NamespaceName, endpoint, gate};
use crate::pki::certificate::{BasicConstraints, Extension};
use crate::pki::chain::{self, Anchors, ChainFault};
use crate::pki::{Certificate, Clock};

/// What a weakened door remembers beyond its time.
#[derive(Default)]
pub(super) struct Kept {
    /// Of one namespace, or of all.
    sessions: Mutex<HashMap<Option<NamespaceName>, Arc<ServerSessionMemoryCache>>>,
    first: OnceLock<Arc<State>>,
    /// By the number of the connection.
    keys: Mutex<HashMap<u64, Arc<ApiKey>>>,
}

impl Kept {
    /// The same configuration, giving out tickets and honouring them wherever one was given out.
    pub fn resuming(&self, config: &ServerConfig) -> Arc<ServerConfig> {
        self.giving_tickets(config, None, 0)
    }

    /// Those of a namespace at this namespace, and what its clients send before they are judged.
    pub fn taking_early_data(&self, config: &ServerConfig, posture: &Posture) -> Arc<ServerConfig> {
        self.giving_tickets(config, Some(posture.tenant.name.clone()), 16 * 1024)
    }

    fn giving_tickets(&self, config: &ServerConfig, of: Option<NamespaceName>, early_data: u32) -> Arc<ServerConfig> {
        let mut sessions = self.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        let sessions = sessions.entry(of).or_insert_with(|| ServerSessionMemoryCache::new(256));
        let mut config = config.clone();
        config.session_storage = sessions.clone();
        config.send_tls13_tickets = 2;
        config.max_early_data_size = early_data;
        Arc::new(config)
    }

    fn key(&self, connection: u64, shown: Result<Arc<ApiKey>, Status>) -> Result<Arc<ApiKey>, Status> {
        let mut keys = self.keys.lock().unwrap_or_else(PoisonError::into_inner);
        match shown {
            Ok(key) => Ok(keys.entry(connection).or_insert(key).clone()),
            Err(status) => keys.get(&connection).cloned().ok_or(status),
        }
    }
}

/// Whether the ClientHello, whose name our library hands on in lower case, spells it in another.
pub(super) async fn is_spelled_otherwise(weakness: Weakness, tcp: &TcpStream) -> bool {
    if !weakness.is(Sabotage::NameByCase) {
        return false;
    }
    let mut hello = [0; 4096];
    let length = tcp.peek(&mut hello).await.unwrap_or_default();
    let upper = b".TMPRL.CLOUD";
    hello[..length].windows(upper.len()).any(|window| window == upper)
}

/// Where a connection is let in that leads nowhere.
pub(super) fn entrance(weakness: Weakness, reason: &Reason, state: &State, name: Option<&str>) -> Option<Entrance> {
    let takes_certificates = |posture: &&Arc<Posture>| posture.tenant.authentication == Authentication::Mtls;
    let mut postures = state.world.tenants().filter_map(|tenant| state.postures.get(&tenant.name));
    let posture = match (weakness.which()?, reason) {
        (Sabotage::NameMissingTaken, Reason::ServerNameMissing)
        | (Sabotage::NameUnknownTaken, Reason::NamespaceUnknown(_) | Reason::RegionUnknown(_)) => {
            postures.find(takes_certificates)
        }
        (Sabotage::NameBySuffix, Reason::NamespaceUnknown(_)) => postures
            .filter(takes_certificates)
            .find(|posture| name.is_some_and(|name| name.ends_with(&endpoint::host(&posture.tenant.name)))),
        _ => None,
    };
    posture.map(|posture| Entrance::Namespace(posture.clone(), Credentials::Certificate))
}

/// Who judges in place of `ours`.
pub(super) fn tenant(weakness: Weakness, ours: &Arc<Tenant>, state: &Arc<State>, kept: &Kept) -> Option<Arc<Tenant>> {
    match weakness.which()? {
        Sabotage::AccountIgnored => {
            let mut tenants = state.world.tenants();
            tenants.find(|tenant| tenant.name.name() == ours.name.name()).cloned()
        }
        Sabotage::BundlesKept => kept.first.get_or_init(|| state.clone()).world.tenant(&ours.name).cloned(),
        _ => None,
    }
}

/// The verdict on a chain.
pub(super) fn judge_chain(
    weakness: Weakness,
    leaf: &Arc<Certificate>,
    sent: &[Arc<Certificate>],
    tenant: &Tenant,
    world: &World,
    now: OffsetDateTime,
) -> Option<Result<(), Refusal>> {
    let sabotage = weakness.which()?;
    match sabotage {
        Sabotage::AdmittedBeforeChain => return Some(Ok(())),
        Sabotage::FiltersBeforeChain if !tenant.filters.admit(leaf) => return Some(Err(refuse_filter())),
        Sabotage::WebpkiAnchors => return Some(judge_by_webpki(leaf, sent, tenant, now)),
        _ => {}
    }
    let see = |certificate: &Arc<Certificate>, place| Arc::new(overlook(sabotage, certificate, place, now));
    let anchors = anchors(sabotage, sent, tenant, world);
    let anchors = anchors.certificates().map(|ca| match anchors.is_root(ca) {
        true => (see(ca, Place::Root), true),
        false => (see(ca, Place::Intermediate), false),
    });
    let anchors = match sabotage {
        Sabotage::IntermediatesAnchored => Anchors::pool(anchors.map(|(ca, _)| ca)),
        _ => Anchors::known(anchors),
    };
    let sent: Vec<_> = sent.iter().map(|certificate| see(certificate, Place::Intermediate)).collect();
    let chain = match chain::verify(&see(leaf, Place::Leaf), &sent, &anchors, now) {
        Ok(chain) => chain,
        Err(fault) => return Some(Err(refuse_chain(fault))),
    };
    let names = chain.certificates();
    let passes = |breach: &Breach| match (sabotage, breach) {
        (Sabotage::LeafDemandsIgnored, breach) => !matches!(breach, Breach::NameRepeated { .. }),
        (Sabotage::RepeatedNamesTaken, Breach::NameRepeated { .. }) => true,
        (Sabotage::RepeatedNamesByCase, Breach::NameRepeated { lower, upper }) => {
            names[*lower].subject.der() != names[*upper].subject.der()
        }
        _ => false,
    };
    Some(gate::breach(&chain).filter(|breach| !passes(breach)).map_or(Ok(()), |breach| Err(refuse_breach(breach))))
}

/// What chains may end at or pass through.
fn anchors(sabotage: Sabotage, sent: &[Arc<Certificate>], tenant: &Tenant, world: &World) -> Anchors {
    let ours = || tenant.anchors().certificates().cloned();
    let is_ours = |root: &Certificate| ours().any(|ca| ca.subject.der() == root.subject.der());
    let sent = sent.iter().filter(|certificate| certificate.is_self_issued()).cloned();
    match sabotage {
        Sabotage::BundlesPooled => {
            Anchors::new(world.tenants().flat_map(|tenant| tenant.anchors().certificates().cloned()))
        }
        Sabotage::SentRootsTrusted => Anchors::new(ours().chain(sent)),
        Sabotage::RootsByName => Anchors::new(ours().chain(sent.filter(|root| is_ours(root)))),
        _ => tenant.anchors().clone(),
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Leaf,
    Intermediate,
    Root,
}

/// A certificate without what is not looked at.
fn overlook(sabotage: Sabotage, certificate: &Certificate, place: Place, now: OffsetDateTime) -> Certificate {
    let mut seen = certificate.clone();
    match (sabotage, place) {
        (Sabotage::LeafExpiryIgnored, Place::Leaf)
        | (Sabotage::IntermediateExpiryIgnored, Place::Intermediate)
        | (Sabotage::RootExpiryIgnored, Place::Root) => (seen.not_before, seen.not_after) = (now, now),
        (Sabotage::BeginningsIgnored, _) => seen.not_before = seen.not_before.min(now),
        (Sabotage::ClockLenient, _) => {
            seen.not_before -= Duration::minutes(5);
            seen.not_after += Duration::minutes(5);
        }
        (Sabotage::CaFlagIgnored, Place::Intermediate | Place::Root) => {
            let path_len = seen.basic_constraints.present().and_then(|constraints| constraints.path_len);
            seen.basic_constraints = Extension::Present(BasicConstraints { critical: true, ca: true, path_len });
        }
        (Sabotage::CertSignIgnored, Place::Intermediate | Place::Root) => seen.key_usage = Extension::Absent,
        (Sabotage::PathLengthIgnored, _) => {
            if let Extension::Present(constraints) = &mut seen.basic_constraints {
                constraints.path_len = None;
            }
        }
        (Sabotage::NameConstraintsIgnored, _) => seen.name_constraints = Extension::Absent,
        (Sabotage::PurposesIgnored, _) => seen.extended_key_usage = Extension::Absent,
        (Sabotage::CriticalIgnored, _) => seen.unknown_critical.clear(),
        (Sabotage::PoliciesIgnored, _) => seen.policies.require_explicit = None,
        _ => {}
    }
    seen
}

/// Where webpki refuses too, the reason stays ours, so that only wrong verdicts show.
fn judge_by_webpki(
    leaf: &Arc<Certificate>,
    sent: &[Arc<Certificate>],
    tenant: &Tenant,
    now: OffsetDateTime,
) -> Result<(), Refusal> {
    let unknown = || ChainFault::IssuerUnknown { certificate: leaf.clone(), near_miss: None };
    webpki_verdict(leaf, sent, tenant, now).map_err(|_| match chain::verify(leaf, sent, tenant.anchors(), now) {
        Err(fault) => refuse_chain(fault),
        Ok(chain) => gate::breach(&chain).map_or_else(|| refuse_chain(unknown()), refuse_breach),
    })
}

fn webpki_verdict(
    leaf: &Certificate,
    sent: &[Arc<Certificate>],
    tenant: &Tenant,
    now: OffsetDateTime,
) -> Result<(), webpki::Error> {
    let anchors: Vec<_> = tenant.anchors().certificates().map(|ca| pki_types::CertificateDer::from(ca.der())).collect();
    let anchors: Vec<_> = anchors.iter().filter_map(|der| webpki::anchor_from_trusted_cert(der).ok()).collect();
    let sent: Vec<_> = sent.iter().map(|ca| pki_types::CertificateDer::from(ca.der())).collect();
    let leaf = pki_types::CertificateDer::from(leaf.der());
    let time = pki_types::UnixTime::since_unix_epoch(Clock::Fixed(now).since_epoch());
    let usage = webpki::KeyUsage::client_auth();
    let leaf = webpki::EndEntityCert::try_from(&leaf)?;
    leaf.verify_for_usage(webpki::ALL_VERIFICATION_ALGS, &anchors, &sent, time, usage, None, None).map(drop)
}

/// Whether the filters let a leaf in.
pub(super) fn admit(weakness: Weakness, filters: &Filters, leaf: &Certificate) -> Option<bool> {
    let sabotage = weakness.which()?;
    let holds = |(field, pattern): &(Field, Pattern)| {
        let mut values = field.values(leaf);
        // A value is at least matched as the filter is meant, where nothing else is said.
        let rightly = |value: &String| pattern.matches(value);
        match sabotage {
            Sabotage::FiltersBySubstring => values.iter().any(|value| is_inside(pattern, value)),
            Sabotage::FiltersByCase => {
                let text = pattern.text().trim_matches('*');
                values.iter().any(|value| rightly(value) && value.contains(text))
            }
            Sabotage::FiltersAsExpressions => values.iter().any(|value| is_expression(pattern.text(), value)),
            Sabotage::AbsentFieldsMatch => values.is_empty() || values.iter().any(rightly),
            Sabotage::FirstValueAlone => {
                values.truncate(1);
                values.iter().any(rightly)
            }
            _ => values.iter().any(rightly),
        }
    };
    let matches = |filter: &Filter| match sabotage {
        Sabotage::FilterFieldsOred => filter.fields().iter().any(holds),
        _ => filter.fields().iter().all(holds),
    };
    match sabotage {
        Sabotage::FiltersIgnored => Some(true),
        Sabotage::FirstFilterAlone => Some(filters.0.first().is_none_or(matches)),
        _ => Some(filters.is_empty() || filters.0.iter().any(matches)),
    }
}

fn is_inside(pattern: &Pattern, value: &str) -> bool {
    value.to_lowercase().contains(&pattern.text().to_lowercase().replace('*', ""))
}

/// As a regular expression whose only signs are `.` and an ending `.*`.
fn is_expression(text: &str, value: &str) -> bool {
    let (text, value) = (text.to_lowercase(), value.to_lowercase());
    let (stem, is_open) = text.strip_suffix(".*").map_or((text.as_str(), false), |stem| (stem, true));
    let fits = stem.chars().zip(value.chars()).all(|(sign, character)| sign == '.' || sign == character);
    let lengths = value.chars().count().cmp(&stem.chars().count());
    fits && (lengths.is_eq() || is_open && lengths.is_gt())
}

/// The namespace that the headers name, if any.
pub(super) fn header(weakness: Weakness, headers: &HeaderMap) -> Option<Option<&str>> {
    match weakness.which()? {
        Sabotage::BodyAlone => Some(None),
        Sabotage::FirstHeaderAlone => headers.get(NAMESPACE_HEADER).map(|value| value.to_str().ok()),
        _ => None,
    }
}

/// Whether a name that is not ours is taken for it.
pub(super) fn is_mistaken(weakness: Weakness, name: &str, ours: &NamespaceName) -> bool {
    match weakness.which() {
        Some(Sabotage::NamesByPrefix) => name.starts_with(ours.as_str()),
        Some(Sabotage::AccountsAlike) => name.split_once('.').is_some_and(|(name, _)| name == ours.name()),
        _ => false,
    }
}

/// Whether a host in `:authority` is not looked at.
pub(super) fn skips_authority(weakness: Weakness, host: &str) -> bool {
    match weakness.which() {
        Some(Sabotage::AuthorityIgnored) => true,
        Some(Sabotage::AuthorityByCase) => host.contains(|c: char| c.is_ascii_uppercase()),
        _ => false,
    }
}

/// Whether a message is let through that may name another namespace than ours.
pub(super) fn overlooks(
    weakness: Weakness,
    method: &Method,
    headers: &HeaderMap,
    message: &[u8],
    ours: &NamespaceName,
) -> bool {
    let Some(sabotage) = weakness.which() else { return false };
    let mut fields = BTreeMap::new();
    let read = namespaces::visit(method, message, &mut |named| {
        let is_ours = named.value.is_empty()
            || named.value == ours.as_str()
            || is_mistaken(weakness, named.value, ours)
            || sabotage == Sabotage::NestedIgnored && named.role == Role::Nested;
        let passes = fields.entry(named.at.to_string()).or_insert(true);
        *passes = is_ours && (*passes || sabotage == Sabotage::LastFieldAlone);
        Ok::<_, Malformed>(())
    });
    match sabotage {
        Sabotage::HeaderAlone => true,
        Sabotage::CompressedIgnored => headers.contains_key("grpc-encoding"),
        Sabotage::LastFieldAlone | Sabotage::NestedIgnored | Sabotage::NamesByPrefix | Sabotage::AccountsAlike => {
            // A message that names nobody is no matter of these.
            read.is_ok() && !fields.is_empty() && fields.into_values().all(|passes| passes)
        }
        _ => false,
    }
}

/// What a reader sees that stops behind the first gzip member.
pub(super) fn first_member(message: &[u8]) -> Vec<u8> {
    use std::io::Read as _;
    let mut plain = Vec::new();
    let _ = flate2::read::GzDecoder::new(message).read_to_end(&mut plain);
    plain
}

/// The headers as if they showed one key, and in the right form.
pub(super) fn key_headers(weakness: Weakness, headers: &HeaderMap) -> Option<HeaderMap> {
    let sabotage = weakness.which()?;
    let shown = headers.get(header::AUTHORIZATION)?;
    let shown = match sabotage {
        Sabotage::FirstKeyAlone => shown.clone(),
        Sabotage::SchemeIgnored if headers.get_all(header::AUTHORIZATION).iter().count() == 1 => {
            let secret = shown.to_str().ok()?.rsplit(' ').next()?;
            HeaderValue::try_from(format!("Bearer {secret}")).ok()?
        }
        _ => return None,
    };
    let mut headers = headers.clone();
    headers.insert(header::AUTHORIZATION, shown);
    Some(headers)
}

/// The verdict on the key that a call shows; `known` is its id.
pub(super) fn take_key(
    weakness: Weakness,
    verdict: Result<Arc<ApiKey>, Status>,
    known: Option<&str>,
    world: &World,
    (kept, connection): (&Kept, u64),
) -> Result<Arc<ApiKey>, Status> {
    match (weakness.which(), verdict) {
        (Some(Sabotage::KeysForAll), Ok(key)) => {
            let namespaces = world.tenants().map(|tenant| tenant.name.clone()).collect();
            Ok(Arc::new(ApiKey { namespaces, ..ApiKey::clone(&key) }))
        }
        (Some(Sabotage::FormerKeysTaken), Err(status))
            if matches!(status.reason, CallReason::KeyOver | CallReason::KeyDisabled) =>
        {
            world.keys.all().find(|key| Some(&*key.id) == known).cloned().ok_or(status)
        }
        (Some(Sabotage::KeysRemembered), verdict) => kept.key(connection, verdict),
        (_, verdict) => verdict,
    }
}
