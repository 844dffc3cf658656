//! The judge of one connection's client certificate.
//!
//! A namespace has one TLS configuration, since making one costs more than what is particular to a connection. Its
//! [`Verifier`] judges nothing itself: it asks the gatekeeper in whose name the running task shakes hands, and refuses
//! where there is none.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use pki_types::{CertificateDer, SubjectPublicKeyInfoDer, UnixTime};
use rustls::client::danger::HandshakeSignatureValid;
use rustls::crypto::{CryptoProvider, verify_tls13_signature_with_raw_key};
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::{CertificateError, DigitallySignedStruct, DistinguishedName, Error, SignatureScheme};
use time::OffsetDateTime;

use super::aside;
use super::door::State;
use super::outcome::{Identity, Reason, Refusal};
use super::sabotage::{Sabotage, Weakness};
use super::weakened;
use crate::cloud::gate::{self, Breach};
use crate::cloud::switches::{CaNames, FilterRefusal};
use crate::cloud::world::Tenant;
use crate::cloud::{Alert, Stage};
use crate::pki::Certificate;
use crate::pki::certificate::PublicKey;
use crate::pki::chain::{self, ChainFault, Links, Work};

tokio::task_local! {
    /// Who judges the connection with which the task shakes hands.
    static GATEKEEPER: Arc<Gatekeeper>;
}

/// Judges one connection and remembers why. TLS itself only ever sees an alert.
pub struct Gatekeeper {
    tenant: Arc<Tenant>,
    state: Arc<State>,
    now: OffsetDateTime,
    provider: Arc<CryptoProvider>,
    judgement: Mutex<Judgement>,
    weakness: Weakness,
}

#[derive(Debug, Default, Clone)]
pub struct Judgement {
    pub runs: u32,
    pub identity: Option<Identity>,
    pub refusal: Option<Refusal>,
    /// When it was refused: before the alert went out.
    pub refused_at: Option<Instant>,
    /// No filter matches, and the client is to learn it from every call's answer.
    pub barred: bool,
}

impl Gatekeeper {
    /// Judges by the CAs and filters of `tenant`, and by the clock and switches of `state`.
    pub fn new(tenant: Arc<Tenant>, state: Arc<State>, provider: Arc<CryptoProvider>, weakness: Weakness) -> Self {
        let now = state.clock.now();
        Self { tenant, state, now, provider, judgement: Mutex::default(), weakness }
    }

    /// The handshake, in which this gatekeeper judges.
    pub async fn attend<T>(self: Arc<Self>, handshake: impl Future<Output = T>) -> T {
        GATEKEEPER.scope(self, handshake).await
    }

    pub fn judgement(&self) -> Judgement {
        self.lock().clone()
    }

    fn lock(&self) -> MutexGuard<'_, Judgement> {
        // Nothing that holds the lock can panic half-way through a change.
        self.judgement.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn judge_chain(&self, leaf: &CertificateDer<'_>, sent: &[CertificateDer<'_>]) -> Result<(), Refusal> {
        let lengths = || std::iter::once(leaf).chain(sent).map(|der| der.len());
        chain::judge_sizes(lengths()).map_err(refuse_chain)?;
        if lengths().sum::<usize>() > chain::READ_AT_ONCE {
            let judge = || self.read_chain(leaf, sent).and_then(|(leaf, sent)| self.judge_read(&leaf, &sent));
            return aside::judge_aside(judge).unwrap_or_else(|| Err(refuse(Stage::Chain, Reason::Busy)));
        }
        let (leaf, sent) = self.read_chain(leaf, sent)?;
        // The anchors are judged by whoever comes first.
        let is_costly = chain::is_costly(&leaf, &sent, self.tenant.anchors());
        let judge = || self.judge_read(&leaf, &sent);
        if is_costly {
            aside::judge_aside(judge).unwrap_or_else(|| Err(refuse(Stage::Chain, Reason::Busy)))
        } else {
            judge()
        }
    }

    fn read_chain(
        &self,
        leaf: &CertificateDer<'_>,
        sent: &[CertificateDer<'_>],
    ) -> Result<(Arc<Certificate>, Vec<Arc<Certificate>>), Refusal> {
        let read =
            |der: &CertificateDer<'_>| Certificate::read(der).map_err(|_| refuse(Stage::Chain, Reason::Unreadable));
        let leaf = read(leaf)?;
        self.lock().identity = Some(Identity::new(leaf.clone()));
        Ok((leaf, sent.iter().map(read).collect::<Result<Vec<_>, _>>()?))
    }

    fn judge_read(&self, leaf: &Arc<Certificate>, sent: &[Arc<Certificate>]) -> Result<(), Refusal> {
        let world = &self.state.world;
        if let Some(verdict) = weakened::judge_chain(self.weakness, leaf, sent, &self.tenant, world, self.now) {
            return verdict;
        }
        let mut links = Links::within(Work::FOR_STRANGERS);
        let chain = chain::verify_with(leaf, sent, self.tenant.anchors(), self.now, &mut links);
        gate::breach(&chain.map_err(refuse_chain)?).map_or(Ok(()), |breach| Err(refuse_breach(breach)))
    }

    fn judge_proof(&self, message: &[u8], signed: &DigitallySignedStruct) -> Result<(), Refusal> {
        let identity = self.lock().identity.clone();
        let Some(leaf) = identity.as_ref().map(Identity::leaf) else {
            return Err(refuse(Stage::Chain, Reason::Unreadable));
        };
        let key = SubjectPublicKeyInfoDer::from(leaf.spki.as_slice());
        let algorithms = &self.provider.signature_verification_algorithms;
        let proved = verify_tls13_signature_with_raw_key(message, &key, signed, algorithms);
        if proved.is_err() && !self.weakness.is(Sabotage::ProofIgnored) {
            return Err(match &leaf.key {
                PublicKey::Rsa { bits: 2048..=8192 } | PublicKey::Ec(_) | PublicKey::Ed25519 => {
                    refuse(Stage::Prove, Reason::KeyNotProved)
                }
                key => refuse(Stage::Prove, Reason::KeyNotJudged(key.to_string())),
            });
        }
        // Only now: a client that cannot prove its key must not learn what the filters think of its certificate.
        let filters = &self.tenant.filters;
        if weakened::admit(self.weakness, filters, leaf).unwrap_or_else(|| filters.admit(leaf)) {
            return Ok(());
        }
        if self.state.world.switches.filter_refusal == FilterRefusal::PermissionDenied {
            self.lock().barred = true;
            return Ok(());
        }
        Err(refuse_filter())
    }

    fn conclude(&self, verdict: Result<(), Refusal>) -> Result<(), Error> {
        let Err(refusal) = verdict else { return Ok(()) };
        let alert = refusal.alert.filter(|_| !self.weakness.is(Sabotage::AlertsAlike));
        let mut judgement = self.lock();
        judgement.refusal = Some(refusal);
        judgement.refused_at = Some(Instant::now());
        drop(judgement);
        Err(match alert {
            Some(Alert::CERTIFICATE_EXPIRED) => CertificateError::Expired.into(),
            Some(Alert::UNKNOWN_CA) => CertificateError::UnknownIssuer.into(),
            Some(Alert::DECRYPT_ERROR) => CertificateError::BadSignature.into(),
            // rustls has no error of its own for it, and says this to any other.
            Some(Alert::HANDSHAKE_FAILURE) => Error::General("busy".to_owned()),
            _ => CertificateError::BadEncoding.into(),
        })
    }
}

/// The alerts of a Go server, which the cloud's known texts point to; bad_certificate for what only documents forbid.
fn refuse(stage: Stage, reason: Reason) -> Refusal {
    let alert = match &reason {
        Reason::Chain(ChainFault::Expired { .. } | ChainFault::NotYetValid { .. }) => Alert::CERTIFICATE_EXPIRED,
        Reason::Chain(
            ChainFault::IssuerUnknown { .. } | ChainFault::BadSignature { .. } | ChainFault::WeakSignature { .. },
        ) => Alert::UNKNOWN_CA,
        Reason::KeyNotProved | Reason::KeyNotJudged(_) => Alert::DECRYPT_ERROR,
        Reason::Busy => Alert::HANDSHAKE_FAILURE,
        _ => Alert::BAD_CERTIFICATE,
    };
    Refusal { stage, reason, alert: Some(alert) }
}

pub(super) fn refuse_chain(fault: ChainFault) -> Refusal {
    refuse(Stage::Chain, Reason::Chain(fault))
}

pub(super) fn refuse_breach(breach: Breach) -> Refusal {
    refuse(Stage::Chain, Reason::Breach(breach))
}

pub(super) fn refuse_filter() -> Refusal {
    refuse(Stage::Filter, Reason::NoFilterMatches)
}

/// What TLS is told of all gatekeepers of a namespace.
pub struct Verifier {
    /// The CA names that go into CertificateRequest.
    hints: Vec<DistinguishedName>,
    /// Whether a client may come without a certificate, since it may show an API key.
    optional: bool,
    provider: Arc<CryptoProvider>,
}

impl Verifier {
    pub fn new(tenant: &Tenant, ca_names: CaNames, optional: bool, provider: Arc<CryptoProvider>) -> Self {
        let hints = match ca_names {
            CaNames::Sent => hints(tenant),
            CaNames::Withheld => Vec::new(),
        };
        Self { hints, optional, provider }
    }
}

fn hints(tenant: &Tenant) -> Vec<DistinguishedName> {
    let authorities = tenant.anchors().certificates();
    let names: Vec<_> = authorities.map(|ca| DistinguishedName::from(ca.subject.der().to_vec())).collect();
    // The message has room for so many octets (RFC 8446 §4.2.4); a bundle of the cloud's has half of it.
    let octets: usize = names.iter().map(|name| name.as_ref().len() + 2).sum();
    if octets < usize::from(u16::MAX) { names } else { Vec::new() }
}

/// # Errors
/// When nobody attends the handshake, which is a mistake of ours and lets nobody in.
fn gatekeeper() -> Result<Arc<Gatekeeper>, Error> {
    GATEKEEPER.try_with(Arc::clone).map_err(|_| Error::General("nobody judges this connection".to_owned()))
}

impl ClientCertVerifier for Verifier {
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &self.hints
    }

    fn client_auth_mandatory(&self) -> bool {
        !self.optional
    }

    fn verify_client_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        _now: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        let gatekeeper = gatekeeper()?;
        gatekeeper.lock().runs += 1;
        gatekeeper.conclude(gatekeeper.judge_chain(end_entity, intermediates))?;
        Ok(ClientCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        // Reached in sabotage only: the gate's configuration has no TLS 1.2.
        rustls::crypto::verify_tls12_signature(message, cert, signed, &self.provider.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        _cert: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let gatekeeper = gatekeeper()?;
        gatekeeper.conclude(gatekeeper.judge_proof(message, signed))?;
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

impl fmt::Debug for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "verifier that names {} CAs", self.hints.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_gets_in_where_nobody_judges() {
        let tenant = Tenant::new("orders.f45a2".parse().unwrap(), &crate::cloud::Kit::default());
        let verifier = Verifier::new(&tenant, CaNames::Sent, true, super::super::provider());
        let verdict = verifier.verify_client_cert(&CertificateDer::from(vec![0x30, 0]), &[], UnixTime::now());
        assert!(matches!(verdict, Err(Error::General(_))));
    }
}
