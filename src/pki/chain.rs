//! Chain judgement, the only one in the project: paths from a leaf to a root of the bundle, and why there is none.
//!
//! webpki is used for signatures alone. As a path builder it accepts what Go's crypto/x509 refuses (expired, non-CA or
//! certSign-less anchors) and refuses what Go accepts (six intermediates at most), and a hostile chain makes it burn
//! seconds. Here the whole chain up to a self-signed root of the bundle is built and judged, as the cloud's documents
//! say ("an expired root CA certificate invalidates all downstream certificates"), by the rules of Go's Verify:
//!
//! ```text
//! leaf -> intermediate sent by the client -> intermediate of the bundle -> root of the bundle
//! ```

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, OnceLock};

use aws_lc_rs::signature::{
    RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY, RSA_PKCS1_1024_8192_SHA512_FOR_LEGACY_USE_ONLY, UnparsedPublicKey,
};
use time::OffsetDateTime;

use super::certificate::{Certificate, Defect, Hash, PublicKey, SignatureAlgorithm};
use super::constraints;
use super::name::printable;
use super::policy::{self, Policies};

/// Links that one verification may try, each at most one signature check; Go's crypto/x509 has the same bound.
pub const SIGNATURE_BUDGET: usize = 100;

/// Certificates that a client may send; more are refused before anything is verified.
pub const MOST_SENT: usize = 32;

/// Certificates in one path. 16 certificates of a bundle and a client's own fit.
const LONGEST_PATH: usize = 40;

/// The certificates of a bundle as trust material, each judged once, when it is first asked for.
#[derive(Debug, Clone, Default)]
pub struct Anchors {
    certificates: Vec<Anchor>,
    by_subject: HashMap<Vec<u8>, Vec<usize>>,
}

#[derive(Debug, Clone)]
struct Anchor {
    certificate: Arc<Certificate>,
    is_root: OnceLock<bool>,
}

impl Anchor {
    fn is_root(&self) -> bool {
        *self.is_root.get_or_init(|| is_root(&self.certificate))
    }
}

/// At which certificates of a pool a chain may end.
#[derive(Debug, Clone, Copy)]
enum EndsChain {
    Roots,
    All,
}

impl Anchors {
    /// Certificates that Go's parser would refuse cannot be part of a pool and are left out. Copies are one.
    pub fn new(certificates: impl IntoIterator<Item = Arc<Certificate>>) -> Self {
        Self::with(certificates, EndsChain::Roots)
    }

    /// A pool as Go's crypto/tls takes it for ClientCAs: a chain may end at any certificate of it, root or not.
    pub fn pool(certificates: impl IntoIterator<Item = Arc<Certificate>>) -> Self {
        Self::with(certificates, EndsChain::All)
    }

    fn with(certificates: impl IntoIterator<Item = Arc<Certificate>>, ends_chain: EndsChain) -> Self {
        let mut anchors = Self::default();
        let mut seen = HashSet::new();
        for certificate in certificates.into_iter().filter(|certificate| certificate.defects.is_empty()) {
            if !seen.insert(Identity(certificate.clone())) {
                continue;
            }
            let position = anchors.certificates.len();
            anchors.by_subject.entry(certificate.subject.der().to_vec()).or_default().push(position);
            let is_root = match ends_chain {
                EndsChain::Roots => OnceLock::new(),
                EndsChain::All => OnceLock::from(true),
            };
            anchors.certificates.push(Anchor { certificate, is_root });
        }
        anchors
    }

    pub fn certificates(&self) -> impl Iterator<Item = &Arc<Certificate>> {
        self.certificates.iter().map(|anchor| &anchor.certificate)
    }

    /// Whether a certificate is a root; for those of the pool that is remembered.
    pub fn is_root(&self, certificate: &Certificate) -> bool {
        let known = self.named(certificate.subject.der()).find(|anchor| anchor.certificate.der() == certificate.der());
        known.map_or_else(|| is_root(certificate), Anchor::is_root)
    }

    pub fn is_empty(&self) -> bool {
        self.certificates.is_empty()
    }

    fn named(&self, subject: &[u8]) -> impl Iterator<Item = &Anchor> {
        self.by_subject.get(subject).into_iter().flatten().map(|position| &self.certificates[*position])
    }
}

/// A certificate that is equal to another when their bytes are.
struct Identity(Arc<Certificate>);

impl PartialEq for Identity {
    fn eq(&self, other: &Self) -> bool {
        self.0.der() == other.0.der()
    }
}

impl Eq for Identity {}

impl std::hash::Hash for Identity {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        // What the issuer signed differs where certificates do; what is compared is all of them.
        self.0.signature.value.hash(state);
    }
}

/// Self-issued, and its own key signed it. A self-signature that is too weak to trust, or that cannot be checked here,
/// does not count against it: nothing rests on the signature of a root.
pub fn is_root(certificate: &Certificate) -> bool {
    certificate.is_self_issued() && signed_by(certificate, certificate) != SignatureCheck::Bad
}

/// A path from a leaf to a root, every link and every certificate judged. Made only by [`verify`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifiedChain(Vec<Arc<Certificate>>);

impl VerifiedChain {
    pub fn leaf(&self) -> &Arc<Certificate> {
        &self.0[0]
    }

    /// Leaf first, root last.
    pub fn certificates(&self) -> &[Arc<Certificate>] {
        &self.0
    }
}

/// Why there is no path. The certificate named is the one to look at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChainFault {
    /// Go's parser refuses it.
    Defective {
        certificate: Arc<Certificate>,
        defect: Defect,
    },
    Expired {
        certificate: Arc<Certificate>,
    },
    NotYetValid {
        certificate: Arc<Certificate>,
    },
    UnknownCritical {
        certificate: Arc<Certificate>,
        oid: String,
    },
    /// Nobody in the bundle or among what the client sent has the name of its issuer.
    IssuerUnknown {
        certificate: Arc<Certificate>,
        /// One whose name is equal but for case, spaces or string type: it would match if the bytes did.
        near_miss: Option<Arc<Certificate>>,
    },
    /// Somebody has the issuer's name, but another key.
    BadSignature {
        certificate: Arc<Certificate>,
        issuer: Arc<Certificate>,
    },
    WeakSignature {
        certificate: Arc<Certificate>,
    },
    NotCa {
        certificate: Arc<Certificate>,
    },
    NoCertSign {
        certificate: Arc<Certificate>,
    },
    PathTooLong {
        certificate: Arc<Certificate>,
        allowed: u32,
    },
    NameConstrained {
        authority: Arc<Certificate>,
        name: String,
    },
    /// Its extended key usage leaves client authentication out.
    PurposeExcluded {
        certificate: Arc<Certificate>,
    },
    /// A CA demands an explicit policy, and no policy holds along the chain.
    PolicyMissing {
        certificate: Arc<Certificate>,
    },
    /// The client's file holds certificate blocks that cannot be parsed; a server would refuse them all.
    Unreadable {
        blocks: usize,
    },
    /// Our crypto or our code cannot tell; that is not a refusal by anybody else.
    NotJudged {
        certificate: Arc<Certificate>,
        why: String,
    },
    TooManySent {
        sent: usize,
    },
    BudgetSpent,
}

impl ChainFault {
    /// The certificate to look at; none where the chain as a whole is at fault.
    pub fn certificate(&self) -> Option<&Arc<Certificate>> {
        match self {
            Self::Defective { certificate, .. }
            | Self::Expired { certificate }
            | Self::NotYetValid { certificate }
            | Self::UnknownCritical { certificate, .. }
            | Self::IssuerUnknown { certificate, .. }
            | Self::BadSignature { certificate, .. }
            | Self::WeakSignature { certificate }
            | Self::NotCa { certificate }
            | Self::NoCertSign { certificate }
            | Self::PathTooLong { certificate, .. }
            | Self::NameConstrained { authority: certificate, .. }
            | Self::PurposeExcluded { certificate }
            | Self::PolicyMissing { certificate }
            | Self::NotJudged { certificate, .. } => Some(certificate),
            Self::Unreadable { .. } | Self::TooManySent { .. } | Self::BudgetSpent => None,
        }
    }

    /// How much a fault says when several paths failed for different reasons; the higher is reported.
    fn rank(&self) -> u8 {
        match self {
            Self::BudgetSpent => 5,
            Self::IssuerUnknown { .. } => 0,
            Self::BadSignature { .. } => 1,
            Self::WeakSignature { .. } | Self::NotJudged { .. } => 2,
            _ => 3,
        }
    }
}

impl std::fmt::Display for ChainFault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        use super::clock::rfc3339;
        match self {
            Self::Defective { certificate, defect } => {
                write!(f, "`{}` cannot be parsed: {defect}", certificate.subject)
            }
            Self::Expired { certificate } => {
                write!(f, "`{}` expired at {}", certificate.subject, rfc3339(certificate.not_after))
            }
            Self::NotYetValid { certificate } => {
                write!(f, "`{}` is not valid before {}", certificate.subject, rfc3339(certificate.not_before))
            }
            Self::UnknownCritical { certificate, oid } => {
                write!(f, "`{}` has the critical extension {oid}, which nobody here knows", certificate.subject)
            }
            Self::IssuerUnknown { certificate, near_miss } => {
                write!(f, "no certificate named `{}`, the issuer of `{}`", certificate.issuer, certificate.subject)?;
                match near_miss {
                    Some(near) => write!(f, "; `{}` would match if its name were the same bytes", near.subject),
                    None => Ok(()),
                }
            }
            Self::BadSignature { certificate, issuer } => {
                write!(f, "`{}` was not signed by the key of `{}`", certificate.subject, issuer.subject)
            }
            Self::WeakSignature { certificate } => {
                write!(f, "`{}` is signed with {}", certificate.subject, certificate.signature.algorithm)
            }
            Self::NotCa { certificate } => write!(f, "`{}` is no certificate authority", certificate.subject),
            Self::NoCertSign { certificate } => {
                write!(f, "`{}` may not sign certificates: its key usage lacks keyCertSign", certificate.subject)
            }
            Self::PathTooLong { certificate, allowed } => {
                write!(f, "`{}` allows {allowed} intermediates below it, the chain has more", certificate.subject)
            }
            Self::NameConstrained { authority, name } => {
                write!(f, "the name constraints of `{}` do not allow `{}`", authority.subject, printable(name))
            }
            Self::PurposeExcluded { certificate } => {
                write!(f, "the extended key usage of `{}` leaves out clientAuth", certificate.subject)
            }
            Self::PolicyMissing { certificate } => {
                write!(f, "a CA above `{}` demands a policy, and none holds along the chain", certificate.subject)
            }
            Self::Unreadable { blocks } => write!(f, "{blocks} of the client's certificates cannot be parsed"),
            Self::NotJudged { certificate, why } => write!(f, "`{}` cannot be judged here: {why}", certificate.subject),
            Self::TooManySent { sent } => write!(f, "{sent} certificates were sent, at most {MOST_SENT} are looked at"),
            Self::BudgetSpent => {
                write!(f, "the chain needs more work than verifiers spend: {SIGNATURE_BUDGET} links are tried")
            }
        }
    }
}

/// Looks for a path from `leaf` over `sent` (the client's further certificates, any order) to a root of `anchors`.
///
/// # Errors
/// The fault of the path that came furthest.
pub fn verify(
    leaf: &Arc<Certificate>,
    sent: &[Arc<Certificate>],
    anchors: &Anchors,
    now: OffsetDateTime,
) -> Result<VerifiedChain, ChainFault> {
    verify_with(leaf, sent, anchors, now, &mut Links::default())
}

/// [`verify`] for who asks for signatures as well: those that were checked already are not checked again.
///
/// # Errors
/// As [`verify`].
pub fn verify_with(
    leaf: &Arc<Certificate>,
    sent: &[Arc<Certificate>],
    anchors: &Anchors,
    now: OffsetDateTime,
    links: &mut Links,
) -> Result<VerifiedChain, ChainFault> {
    if sent.len() >= MOST_SENT {
        return Err(ChainFault::TooManySent { sent: sent.len() + 1 });
    }
    for certificate in std::iter::once(leaf).chain(sent) {
        if let Some(defect) = certificate.defects.first() {
            return Err(ChainFault::Defective { certificate: certificate.clone(), defect: defect.clone() });
        }
    }
    judge_validity(leaf, now)?;
    judge_critical(leaf)?;
    let mut search = Search { sent, anchors, now, budget: SIGNATURE_BUDGET, spent: false, links, fault: None };
    match search.extend(&mut vec![leaf.clone()]) {
        Some(chain) => Ok(chain),
        // Not every path was tried, so what the others failed of is not the whole truth.
        None if search.spent => Err(ChainFault::BudgetSpent),
        None => Err(match search.fault.take() {
            None => ChainFault::BudgetSpent,
            Some((_, ChainFault::IssuerUnknown { certificate, .. })) => {
                let near_miss = search.near_miss(&certificate);
                ChainFault::IssuerUnknown { certificate, near_miss }
            }
            Some((_, fault)) => fault,
        }),
    }
}

/// Signatures that were checked: who by whom, and what became of it.
#[derive(Debug, Default)]
pub struct Links {
    /// By address. The certificates are kept, so that no address is given out twice.
    checked: HashMap<(*const Certificate, *const Certificate), Link>,
}

#[derive(Debug)]
struct Link {
    check: SignatureCheck,
    _ends: (Arc<Certificate>, Arc<Certificate>),
}

impl Links {
    /// [`signed_by`], done once.
    pub fn signed_by(&mut self, certificate: &Arc<Certificate>, issuer: &Arc<Certificate>) -> SignatureCheck {
        let link = self.checked.entry((Arc::as_ptr(certificate), Arc::as_ptr(issuer))).or_insert_with(|| Link {
            check: signed_by(certificate, issuer),
            _ends: (certificate.clone(), issuer.clone()),
        });
        link.check.clone()
    }
}

struct Search<'a> {
    sent: &'a [Arc<Certificate>],
    anchors: &'a Anchors,
    now: OffsetDateTime,
    budget: usize,
    /// A link was not tried for want of budget.
    spent: bool,
    links: &'a mut Links,
    /// The most telling fault so far, with the length of the path that it ended.
    fault: Option<(usize, ChainFault)>,
}

impl Search<'_> {
    fn extend(&mut self, path: &mut Vec<Arc<Certificate>>) -> Option<VerifiedChain> {
        let last = path[path.len() - 1].clone();
        if self.is_root_of_bundle(&last) {
            return match judge_whole(path) {
                Ok(()) => Some(VerifiedChain(path.clone())),
                Err(fault) => self.remember(path.len(), fault),
            };
        }
        let candidates = self.candidates(&last, path);
        if candidates.is_empty() {
            if last.is_self_issued() && !is_root(&last) {
                let fault = ChainFault::BadSignature { certificate: last.clone(), issuer: last };
                return self.remember(path.len(), fault);
            }
            return self.remember(path.len(), ChainFault::IssuerUnknown { certificate: last, near_miss: None });
        }
        for issuer in candidates {
            match self.check(&last, &issuer) {
                None => return self.remember(path.len(), ChainFault::BudgetSpent),
                Some(SignatureCheck::Good) if path.len() < LONGEST_PATH => {
                    // Like Go, nothing is looked for above an issuer that could not be part of a chain.
                    if let Err(fault) = judge_issuer(&issuer, path, self.is_root_of_bundle(&issuer), self.now) {
                        self.remember(path.len() + 1, fault);
                        continue;
                    }
                    path.push(issuer);
                    let found = self.extend(path);
                    path.pop();
                    if found.is_some() || self.spent {
                        return found;
                    }
                }
                Some(SignatureCheck::Good) => {
                    self.spent = true;
                    return None;
                }
                Some(SignatureCheck::Bad) => {
                    let fault = ChainFault::BadSignature { certificate: last.clone(), issuer };
                    self.remember(path.len(), fault);
                }
                Some(SignatureCheck::Weak) => {
                    self.remember(path.len(), ChainFault::WeakSignature { certificate: last.clone() });
                }
                Some(SignatureCheck::NotJudged(why)) => {
                    self.remember(path.len(), ChainFault::NotJudged { certificate: last.clone(), why });
                }
            }
        }
        None
    }

    fn is_root_of_bundle(&self, certificate: &Arc<Certificate>) -> bool {
        self.anchors
            .named(certificate.subject.der())
            .any(|anchor| anchor.certificate.der() == certificate.der() && anchor.is_root())
    }

    /// Everybody who bears the issuer's name and is not on the path yet; matching key identifiers first.
    fn candidates(&self, of: &Certificate, path: &[Arc<Certificate>]) -> Vec<Arc<Certificate>> {
        let wanted = of.issuer.der();
        let on_path = |candidate: &Arc<Certificate>| {
            path.iter().any(|other| other.subject.der() == wanted && other.spki == candidate.spki)
        };
        let anchors = self.anchors.named(wanted).map(|anchor| &anchor.certificate);
        let mut candidates: Vec<_> = anchors.filter(|candidate| !on_path(candidate)).cloned().collect();
        for candidate in self.sent.iter().filter(|certificate| certificate.subject.der() == wanted) {
            // Anchors are distinct already.
            let same = |other: &Arc<Certificate>| other.der() == candidate.der();
            if !candidates.iter().any(same) && !on_path(candidate) {
                candidates.push(candidate.clone());
            }
        }
        candidates.sort_by_key(|candidate| match (&of.authority_key_id, &candidate.subject_key_id) {
            (Some(wanted), Some(found)) if wanted == found => 0,
            (Some(_), Some(_)) => 2,
            _ => 1,
        });
        candidates
    }

    fn near_miss(&self, of: &Certificate) -> Option<Arc<Certificate>> {
        let wanted = of.issuer.canonical();
        let near = |certificate: &&Arc<Certificate>| {
            certificate.subject.der() != of.issuer.der() && certificate.subject.canonical() == wanted
        };
        self.anchors.certificates().chain(self.sent).find(near).cloned()
    }

    /// None when the budget is spent.
    fn check(&mut self, certificate: &Arc<Certificate>, issuer: &Arc<Certificate>) -> Option<SignatureCheck> {
        // A link that was tried before costs too: else a few certificates of one name span millions of paths.
        let Some(left) = self.budget.checked_sub(1) else {
            self.spent = true;
            return None;
        };
        self.budget = left;
        Some(self.links.signed_by(certificate, issuer))
    }

    fn remember(&mut self, length: usize, fault: ChainFault) -> Option<VerifiedChain> {
        let better = self.fault.as_ref().is_none_or(|(known, other)| (fault.rank(), length) > (other.rank(), *known));
        if better {
            self.fault = Some((length, fault));
        }
        None
    }
}

/// Judges an issuer that is about to stand above `below`, leaf first.
fn judge_issuer(
    issuer: &Arc<Certificate>,
    below: &[Arc<Certificate>],
    is_root: bool,
    now: OffsetDateTime,
) -> Result<(), ChainFault> {
    judge_validity(issuer, now)?;
    judge_critical(issuer)?;
    judge_authority(issuer, is_root)?;
    if let Some(allowed) = issuer.basic_constraints.present().and_then(|constraints| constraints.path_len) {
        // Like Go, self-issued certificates count.
        if below.len() - 1 > allowed as usize {
            return Err(ChainFault::PathTooLong { certificate: issuer.clone(), allowed });
        }
    }
    for certificate in below {
        match constraints::violation(issuer, certificate) {
            Ok(None) => {}
            Ok(Some(name)) => return Err(ChainFault::NameConstrained { authority: issuer.clone(), name }),
            Err(constraints::TooMany) => return Err(ChainFault::BudgetSpent),
        }
    }
    Ok(())
}

/// Judges what only a complete path can be judged by.
fn judge_whole(path: &[Arc<Certificate>]) -> Result<(), ChainFault> {
    match policy::judge(path) {
        Policies::Fine => {}
        Policies::Missing => return Err(ChainFault::PolicyMissing { certificate: path[0].clone() }),
        Policies::NotJudged => {
            let why = "a CA above it demands a policy, and policies are mapped, which is not followed here".to_owned();
            return Err(ChainFault::NotJudged { certificate: path[0].clone(), why });
        }
    }
    // From the root down, as Go does, so that the highest exclusion is the one reported.
    for certificate in path.iter().rev() {
        if certificate.extended_key_usage.present().is_some_and(|usage| !usage.allows_client()) {
            return Err(ChainFault::PurposeExcluded { certificate: certificate.clone() });
        }
    }
    Ok(())
}

fn judge_validity(certificate: &Arc<Certificate>, now: OffsetDateTime) -> Result<(), ChainFault> {
    if now < certificate.not_before {
        return Err(ChainFault::NotYetValid { certificate: certificate.clone() });
    }
    if now > certificate.not_after {
        return Err(ChainFault::Expired { certificate: certificate.clone() });
    }
    Ok(())
}

fn judge_critical(certificate: &Arc<Certificate>) -> Result<(), ChainFault> {
    match certificate.unknown_critical.first() {
        Some(oid) => Err(ChainFault::UnknownCritical { certificate: certificate.clone(), oid: oid.clone() }),
        None => Ok(()),
    }
}

/// Go exempts roots before X.509 v3 from basic constraints, and nobody else.
fn judge_authority(certificate: &Arc<Certificate>, is_root: bool) -> Result<(), ChainFault> {
    let old_root = is_root && certificate.version < 3 && certificate.basic_constraints.is_absent();
    if !certificate.is_ca() && !old_root {
        return Err(ChainFault::NotCa { certificate: certificate.clone() });
    }
    if certificate.key_usage.present().is_some_and(|usage| !usage.key_cert_sign()) {
        return Err(ChainFault::NoCertSign { certificate: certificate.clone() });
    }
    Ok(())
}

/// What became of one signature check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SignatureCheck {
    Good,
    Bad,
    /// MD5 or SHA-1: nobody modern looks any further.
    Weak,
    /// Why our crypto library cannot tell.
    NotJudged(String),
}

/// Whether the key of `issuer` signed `certificate`. Names are not compared.
pub fn signed_by(certificate: &Certificate, issuer: &Certificate) -> SignatureCheck {
    let signature = &certificate.signature;
    if matches!(signature.algorithm.hash(), Some(Hash::Md2 | Hash::Md5 | Hash::Sha1)) {
        return SignatureCheck::Weak;
    }
    let algorithm = webpki::ALL_VERIFICATION_ALGS.iter().find(|algorithm| {
        algorithm.signature_alg_id().as_ref() == signature.algorithm_der
            && algorithm.public_key_alg_id().as_ref() == issuer.key_algorithm
    });
    let verified = match (&issuer.key, algorithm) {
        (PublicKey::Rsa { bits: 1024..2048 }, _) => match small_rsa(certificate, issuer) {
            Some(verified) => verified,
            None => return SignatureCheck::NotJudged(format!("{} by {}", signature.algorithm, issuer.key)),
        },
        (PublicKey::Rsa { bits }, _) if !(1024..=8192).contains(bits) => {
            return SignatureCheck::NotJudged(format!("{} by {}", signature.algorithm, issuer.key));
        }
        (_, Some(algorithm)) => {
            algorithm.verify_signature(&issuer.key_bits, certificate.tbs(), &signature.value).is_ok()
        }
        (_, None) if !fits(&signature.algorithm, &issuer.key) => false,
        (_, None) => return SignatureCheck::NotJudged(format!("{} by {}", signature.algorithm, issuer.key)),
    };
    if verified { SignatureCheck::Good } else { SignatureCheck::Bad }
}

/// webpki starts at 2048 bits, Go at 1024.
fn small_rsa(certificate: &Certificate, issuer: &Certificate) -> Option<bool> {
    let parameters = match certificate.signature.algorithm {
        SignatureAlgorithm::Rsa(Hash::Sha256) => &RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY,
        SignatureAlgorithm::Rsa(Hash::Sha512) => &RSA_PKCS1_1024_8192_SHA512_FOR_LEGACY_USE_ONLY,
        _ => return None,
    };
    let key = UnparsedPublicKey::new(parameters, &issuer.key_bits);
    Some(key.verify(certificate.tbs(), &certificate.signature.value).is_ok())
}

/// An RSA signature cannot come from an EC key, whatever else is unknown about it.
fn fits(algorithm: &SignatureAlgorithm, key: &PublicKey) -> bool {
    !matches!(
        (algorithm, key),
        (SignatureAlgorithm::Rsa(_) | SignatureAlgorithm::RsaPss, PublicKey::Ec(_) | PublicKey::Ed25519)
            | (SignatureAlgorithm::Ecdsa(_), PublicKey::Rsa { .. } | PublicKey::Ed25519)
            | (SignatureAlgorithm::Ed25519, PublicKey::Rsa { .. } | PublicKey::Ec(_))
    )
}

/// webpki's own verdicts, as a further judge beside [`verify`]. Texts are the library's.
pub mod by_webpki {
    use pki_types::{CertificateDer, TrustAnchor, UnixTime};
    use time::OffsetDateTime;

    /// An anchor as rustls keeps it.
    #[derive(Debug)]
    pub struct Anchor(TrustAnchor<'static>);

    /// # Errors
    /// When webpki does not take the bytes for a trust anchor.
    pub fn anchor(der: &[u8]) -> Result<Anchor, String> {
        let der = CertificateDer::from(der);
        webpki::anchor_from_trusted_cert(&der)
            .map(|anchor| Anchor(anchor.to_owned()))
            .map_err(|error| error.to_string())
    }

    /// A client's chain, for client authentication, with the key usages and without revocation, as rustls judges it.
    ///
    /// # Errors
    /// What webpki has against it.
    pub fn verify(leaf: &[u8], sent: &[&[u8]], anchors: &[Anchor], now: OffsetDateTime) -> Result<(), String> {
        let leaf = CertificateDer::from(leaf);
        let leaf = webpki::EndEntityCert::try_from(&leaf).map_err(|error| error.to_string())?;
        let sent: Vec<_> = sent.iter().map(|der| CertificateDer::from(*der)).collect();
        let anchors: Vec<_> = anchors.iter().map(|anchor| anchor.0.clone()).collect();
        let seconds = u64::try_from(now.unix_timestamp()).unwrap_or(0);
        let verified = leaf.verify_for_usage(
            webpki::ALL_VERIFICATION_ALGS,
            &anchors,
            &sent,
            UnixTime::since_unix_epoch(std::time::Duration::from_secs(seconds)),
            webpki::KeyUsage::client_auth(),
            None,
            None,
        );
        verified.map(|_| ()).map_err(|error| error.to_string())
    }
}
