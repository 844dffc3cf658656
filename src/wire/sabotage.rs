//! Ways to weaken the gate on purpose, so that tests can prove the matrix notices. Never part of a release build.

use std::sync::Arc;

use time::OffsetDateTime;

use super::gatekeeper::{refuse_breach, refuse_chain, refuse_filter};
use super::outcome::Refusal;
use crate::cloud::gate;
use crate::cloud::world::Tenant;
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
}

impl Sabotage {
    pub const ALL: [Self; 6] = [
        Self::WebpkiAnchors,
        Self::SessionsKept,
        Self::FiltersIgnored,
        Self::Tls12Allowed,
        Self::FiltersBeforeChain,
        Self::AdmittedBeforeChain,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Self::WebpkiAnchors => "webpki-anchors",
            Self::SessionsKept => "sessions-kept",
            Self::FiltersIgnored => "filters-ignored",
            Self::Tls12Allowed => "tls12-allowed",
            Self::FiltersBeforeChain => "filters-before-chain",
            Self::AdmittedBeforeChain => "admitted-before-chain",
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
