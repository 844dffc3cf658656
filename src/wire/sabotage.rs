//! Ways to weaken the gate on purpose, so that tests can prove the matrix notices. Never part of a release build.

use std::collections::BTreeMap;
use std::sync::Arc;

use time::OffsetDateTime;

use super::gatekeeper::{refuse_breach, refuse_chain, refuse_filter};
use super::grpc::Status;
use super::namespaces::{self, Malformed, Method, Role};
use super::outcome::{CallReason, Refusal};
use crate::cloud::api_key::ApiKey;
use crate::cloud::world::{Tenant, World};
use crate::cloud::{NamespaceName, gate};
use crate::pki::Certificate;
use crate::pki::Clock;
use crate::pki::chain::{self, ChainFault};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sabotage {
    /// Bundles become plain webpki trust anchors, and webpki decides.
    WebpkiAnchors,
    /// Sessions are stored, and tickets honoured, across connections, namespaces and reloads.
    SessionsKept,
    FiltersIgnored,
    Tls12Allowed,
    /// Filters are asked before the chain.
    FiltersBeforeChain,
    /// Every client is let in before its chain is judged.
    AdmittedBeforeChain,
    /// A client that presents no certificate is let in by its server name.
    CertificateOptional,
    /// The header says which namespace a call is for, and the message is not looked at.
    HeaderAlone,
    /// The message says it, and the header is not looked at.
    BodyAlone,
    AuthorityIgnored,
    /// Of a field that comes twice the last is judged alone.
    LastFieldJudged,
    /// Fields of messages inside the request are not judged.
    NestedIgnored,
    /// Of a compressed message the first gzip member is judged alone.
    FirstMemberJudged,
    /// Every key is good for every namespace.
    KeysForAll,
    /// Keys that are over or disabled are taken.
    FormerKeysTaken,
    /// Regions lead to all namespaces, and private paths to all regions.
    RegionsIgnored,
    /// Who came with a certificate may show a key for another namespace.
    KeyBesideCertificate,
    /// Calls are judged by what held when their connection was made.
    StateKept,
}

impl Sabotage {
    pub const ALL: [Self; 18] = [
        Self::WebpkiAnchors,
        Self::SessionsKept,
        Self::FiltersIgnored,
        Self::Tls12Allowed,
        Self::FiltersBeforeChain,
        Self::AdmittedBeforeChain,
        Self::CertificateOptional,
        Self::HeaderAlone,
        Self::BodyAlone,
        Self::AuthorityIgnored,
        Self::LastFieldJudged,
        Self::NestedIgnored,
        Self::FirstMemberJudged,
        Self::KeysForAll,
        Self::FormerKeysTaken,
        Self::RegionsIgnored,
        Self::KeyBesideCertificate,
        Self::StateKept,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Self::WebpkiAnchors => "webpki-anchors",
            Self::SessionsKept => "sessions-kept",
            Self::FiltersIgnored => "filters-ignored",
            Self::Tls12Allowed => "tls12-allowed",
            Self::FiltersBeforeChain => "filters-before-chain",
            Self::AdmittedBeforeChain => "admitted-before-chain",
            Self::CertificateOptional => "certificate-optional",
            Self::HeaderAlone => "header-alone",
            Self::BodyAlone => "body-alone",
            Self::AuthorityIgnored => "authority-ignored",
            Self::LastFieldJudged => "last-field-judged",
            Self::NestedIgnored => "nested-ignored",
            Self::FirstMemberJudged => "first-member-judged",
            Self::KeysForAll => "keys-for-all",
            Self::FormerKeysTaken => "former-keys-taken",
            Self::RegionsIgnored => "regions-ignored",
            Self::KeyBesideCertificate => "key-beside-certificate",
            Self::StateKept => "state-kept",
        }
    }

    /// The weakened verdict on a chain; none where this sabotage leaves the chain alone.
    pub(super) fn judge(
        self,
        leaf: &Arc<Certificate>,
        sent: &[Arc<Certificate>],
        tenant: &Tenant,
        now: OffsetDateTime,
    ) -> Option<Result<(), Refusal>> {
        match self {
            Self::AdmittedBeforeChain => Some(Ok(())),
            Self::FiltersBeforeChain if !tenant.filters.admit(leaf) => Some(Err(refuse_filter())),
            // Where webpki refuses too, the reason stays ours, so that only wrong verdicts show.
            Self::WebpkiAnchors => Some(webpki_verdict(leaf, sent, tenant, now).map_err(|_| {
                let unknown = || ChainFault::IssuerUnknown { certificate: leaf.clone(), near_miss: None };
                match chain::verify(leaf, sent, tenant.anchors(), now) {
                    Err(fault) => refuse_chain(fault),
                    Ok(chain) => gate::breach(&chain).map_or_else(|| refuse_chain(unknown()), refuse_breach),
                }
            })),
            _ => None,
        }
    }

    /// Whether a message is let through that may name another namespace than ours.
    pub(super) fn overlooks(self, method: &Method, message: &[u8], ours: &NamespaceName) -> bool {
        let mut fields = BTreeMap::new();
        let read = namespaces::visit(method, message, &mut |named| {
            let is_ours = named.value.is_empty() || named.value == ours.as_str();
            let passes = fields.entry(named.at.to_string()).or_insert(true);
            *passes = match self {
                Self::LastFieldJudged => is_ours,
                _ => named.role == Role::Nested || *passes && is_ours,
            };
            Ok::<_, Malformed>(())
        });
        match self {
            Self::HeaderAlone => true,
            Self::LastFieldJudged | Self::NestedIgnored => read.is_ok() && fields.into_values().all(|passes| passes),
            _ => false,
        }
    }

    /// The weakened verdict on the key that a call shows; `known` is its id.
    pub(super) fn take_key(
        self,
        verdict: Result<Arc<ApiKey>, Status>,
        known: Option<&str>,
        world: &World,
    ) -> Result<Arc<ApiKey>, Status> {
        match (self, verdict) {
            (Self::KeysForAll, Ok(key)) => {
                let namespaces = world.tenants().map(|tenant| tenant.name.clone()).collect();
                Ok(Arc::new(ApiKey { namespaces, ..ApiKey::clone(&key) }))
            }
            (Self::FormerKeysTaken, Err(status))
                if matches!(status.reason, CallReason::KeyOver | CallReason::KeyDisabled) =>
            {
                world.keys.all().find(|key| Some(&*key.id) == known).cloned().ok_or(status)
            }
            (_, verdict) => verdict,
        }
    }
}

/// What a reader sees that stops behind the first gzip member.
pub(super) fn first_member(message: &[u8]) -> Vec<u8> {
    use std::io::Read as _;
    let mut plain = Vec::new();
    let _ = flate2::read::GzDecoder::new(message).read_to_end(&mut plain);
    plain
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
