//! Chain judgement, the only one in the project: paths from a leaf to a root of the bundle, and why there is none.
//!
//! webpki is used for signatures alone. As a path builder it accepts what Go's crypto/x509 refuses (expired, non-CA or
//! certSign-less anchors) and refuses what Go accepts (six intermediates at most), and a hostile chain costs it
//! 64 ms (`cargo xtask bench chains`). Here the whole chain up to a self-signed root of the bundle is built and judged,
//! as the cloud's documents say ("an expired root CA certificate invalidates all downstream certificates"), by the rules
//! of Go's Verify:
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

use super::certificate::{Certificate, Curve, Defect, Hash, PublicKey, SignatureAlgorithm};
use super::constraints;
use super::name::printable;
use super::policy::{self, Policies};

/// Links that one verification may try, each at most one signature check; Go's crypto/x509 has the same bound.
pub const SIGNATURE_BUDGET: usize = 100;

/// Certificates that a client may send; more are refused before anything is verified.
pub const MOST_SENT: usize = 32;

/// Octets of all certificates that a client may send: rustls takes no longer message with certificates in it. To read
/// so many takes 2 ms where they are made for it.
pub const MOST_SENT_BYTES: usize = 64 * 1024;

/// Octets of certificates that may be read where other connections wait for the same thread: half a millisecond.
pub const READ_AT_ONCE: usize = 16 * 1024;

/// What verifying one chain takes or may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Work {
    /// Links that are tried, each at most one signature check.
    pub links: usize,
    /// Microseconds of signature checks, constraints and policies on the processor where they were measured, rounded
    /// up. There a signature of P-256 takes 36, of P-384 120, of P-521 220, of Ed25519 25, of RSA 2048 14 and of RSA
    /// 8192 190, or 470 by the longest exponent that is verified, and to hash 60 KB takes 72.
    pub microseconds: u64,
}

impl Work {
    /// For files, whose owner waits for a verdict: no more than the links that Go tries.
    pub const FOR_FILES: Self = Self { links: SIGNATURE_BUDGET, microseconds: u64::MAX };

    /// For clients of whom nothing is known yet. 16 CAs in a row take half of it with keys of P-521, the slowest that
    /// CAs commonly have; reading 64 KB of certificates takes 2 ms more, so that all stays well below 20 ms.
    pub const FOR_STRANGERS: Self = Self { links: SIGNATURE_BUDGET, microseconds: 7_500 };

    /// What may be done at once, where other connections wait for the same thread.
    pub const AT_ONCE: Self = Self { links: 12, microseconds: 1_000 };
}

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

impl Anchors {
    /// Certificates that Go's parser would refuse cannot be part of a pool and are left out. Copies are one.
    pub fn new(certificates: impl IntoIterator<Item = Arc<Certificate>>) -> Self {
        Self::with(certificates.into_iter().map(|certificate| (certificate, OnceLock::new())))
    }

    /// The same, of certificates of which it is known whether they are roots.
    pub fn known(certificates: impl IntoIterator<Item = (Arc<Certificate>, bool)>) -> Self {
        Self::with(certificates.into_iter().map(|(certificate, is_root)| (certificate, OnceLock::from(is_root))))
    }

    /// A pool as Go's crypto/tls takes it for ClientCAs: a chain may end at any certificate of it, root or not.
    pub fn pool(certificates: impl IntoIterator<Item = Arc<Certificate>>) -> Self {
        Self::with(certificates.into_iter().map(|certificate| (certificate, OnceLock::from(true))))
    }

    fn with(certificates: impl Iterator<Item = (Arc<Certificate>, OnceLock<bool>)>) -> Self {
        let mut anchors = Self::default();
        let mut seen = HashSet::new();
        for (certificate, is_root) in certificates.filter(|(certificate, _)| certificate.defects.is_empty()) {
            if !seen.insert(Identity(certificate.clone())) {
                continue;
            }
            let position = anchors.certificates.len();
            anchors.by_subject.entry(certificate.subject.der().to_vec()).or_default().push(position);
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

    /// Finds out now which of the certificates are roots, so that no client waits for it.
    pub fn judged(self) -> Self {
        self.certificates.iter().for_each(|anchor| _ = anchor.is_root());
        self
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
    TooLongSent {
        bytes: usize,
    },
    /// More links than Go tries, or a longer path than anybody follows.
    BudgetSpent,
    /// More than [`Work::microseconds`]; other verifiers might go on.
    TooCostly {
        microseconds: u64,
    },
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
            Self::Unreadable { .. }
            | Self::TooManySent { .. }
            | Self::TooLongSent { .. }
            | Self::BudgetSpent
            | Self::TooCostly { .. } => None,
        }
    }

    /// How much a fault says when several paths failed for different reasons; the higher is reported.
    fn rank(&self) -> u8 {
        match self {
            Self::BudgetSpent | Self::TooCostly { .. } => 5,
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
                write!(
                    f,
                    "`{}` has the critical extension {}, which nobody here knows",
                    certificate.subject,
                    printable(oid)
                )
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
            Self::TooLongSent { bytes } => {
                write!(f, "{bytes} octets of certificates were sent, at most {MOST_SENT_BYTES} are looked at")
            }
            Self::BudgetSpent => {
                write!(f, "the chain needs more work than verifiers spend: {SIGNATURE_BUDGET} links are tried")
            }
            Self::TooCostly { microseconds } => {
                write!(f, "the chain costs more to judge than the {microseconds} microseconds that a client is worth")
            }
        }
    }
}

/// Whether the sizes of what a client sends, leaf and all, let it be read at all. Before anything is read.
///
/// # Errors
/// [`ChainFault::TooManySent`] and [`ChainFault::TooLongSent`].
pub fn judge_sizes(lengths: impl Iterator<Item = usize>) -> Result<(), ChainFault> {
    let (sent, bytes) = lengths.fold((0, 0_usize), |(sent, bytes), length| (sent + 1, bytes.saturating_add(length)));
    if sent > MOST_SENT {
        return Err(ChainFault::TooManySent { sent });
    }
    if bytes > MOST_SENT_BYTES {
        return Err(ChainFault::TooLongSent { bytes });
    }
    Ok(())
}

/// Whether [`verify`] may need more than [`Work::AT_ONCE`]. Found out without a signature check.
pub fn is_costly(leaf: &Arc<Certificate>, sent: &[Arc<Certificate>], anchors: &Anchors) -> bool {
    let most = Pool::new(leaf, sent, anchors).most_work();
    most.links > Work::AT_ONCE.links || most.microseconds > Work::AT_ONCE.microseconds
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

/// [`verify`] for who asks for signatures as well, which are then not checked again, or for who limits the work.
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
    links.left = links.most;
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
    let mut search = Search { pool: Pool::new(leaf, sent, anchors), now, spent: None, links, fault: None };
    match search.extend(&mut vec![LEAF]) {
        Some(chain) => Ok(chain),
        // Not every path was tried, so what the others failed of is not the whole truth.
        None => Err(match (search.spent, search.fault) {
            (Some(spent), _) => spent,
            (None, None) => ChainFault::BudgetSpent,
            (None, Some((_, ChainFault::IssuerUnknown { certificate, .. }))) => {
                let near_miss = near_miss(&certificate, sent, anchors);
                ChainFault::IssuerUnknown { certificate, near_miss }
            }
            (None, Some((_, fault))) => fault,
        }),
    }
}

/// Signatures that were checked: who by whom, and what became of it; and what the last verification took.
#[derive(Debug)]
pub struct Links {
    /// By address. The certificates are kept, so that no address is given out twice.
    checked: HashMap<(*const Certificate, *const Certificate), Link>,
    most: Work,
    left: Work,
}

#[derive(Debug)]
struct Link {
    check: SignatureCheck,
    _ends: (Arc<Certificate>, Arc<Certificate>),
}

impl Default for Links {
    fn default() -> Self {
        Self::within(Work::FOR_FILES)
    }
}

impl Links {
    /// Each verification may take so much.
    pub fn within(most: Work) -> Self {
        Self { checked: HashMap::new(), most, left: most }
    }

    /// What the last verification took.
    pub fn spent(&self) -> Work {
        Work { links: self.most.links - self.left.links, microseconds: self.most.microseconds - self.left.microseconds }
    }

    /// [`signed_by`], done once.
    pub fn signed_by(&mut self, certificate: &Arc<Certificate>, issuer: &Arc<Certificate>) -> SignatureCheck {
        let link = self.checked.entry((Arc::as_ptr(certificate), Arc::as_ptr(issuer))).or_insert_with(|| Link {
            check: signed_by(certificate, issuer),
            _ends: (certificate.clone(), issuer.clone()),
        });
        link.check.clone()
    }

    /// What [`Self::signed_by`] takes now: one microsecond for what was checked before.
    fn work(&self, certificate: &Arc<Certificate>, issuer: &Arc<Certificate>) -> u64 {
        match self.checked.contains_key(&(Arc::as_ptr(certificate), Arc::as_ptr(issuer))) {
            true => 1,
            false => signature_work(certificate, issuer),
        }
    }

    /// # Errors
    /// When not so much is left; then nothing is taken.
    fn pay(&mut self, links: usize, microseconds: u64) -> Result<(), ChainFault> {
        let Some(links) = self.left.links.checked_sub(links) else { return Err(ChainFault::BudgetSpent) };
        let Some(microseconds) = self.left.microseconds.checked_sub(microseconds) else {
            return Err(ChainFault::TooCostly { microseconds: self.most.microseconds });
        };
        self.left = Work { links, microseconds };
        Ok(())
    }
}

/// A certificate that may stand in the path. Names and keys are numbers, since they can be long and are compared often.
#[derive(Clone, Copy)]
struct Member<'a> {
    certificate: &'a Arc<Certificate>,
    subject: usize,
    issuer: usize,
    key: usize,
    /// Where it is in the bundle.
    anchor: Option<&'a Anchor>,
}

impl Member<'_> {
    fn is_root(&self) -> bool {
        self.anchor.is_some_and(Anchor::is_root)
    }
}

/// The leaf, what was sent with it, and what of the bundle has a name that somebody here looks for.
struct Pool<'a> {
    members: Vec<Member<'a>>,
    /// By the number of a name: who bears it, those of the bundle first.
    by_subject: Vec<Vec<usize>>,
}

/// The leaf's place among the members.
const LEAF: usize = 0;

impl<'a> Pool<'a> {
    fn new(leaf: &'a Arc<Certificate>, sent: &'a [Arc<Certificate>], anchors: &'a Anchors) -> Self {
        let (mut names, mut keys) = (Numbers::default(), Numbers::default());
        let mut member = |certificate: &'a Arc<Certificate>, anchor| Member {
            certificate,
            subject: names.of(certificate.subject.der()),
            issuer: names.of(certificate.issuer.der()),
            key: keys.of(&certificate.spki),
            anchor,
        };
        let anchor_of = |certificate: &Arc<Certificate>| {
            let mut named = anchors.named(certificate.subject.der());
            named.find(|anchor| anchor.certificate.der() == certificate.der())
        };
        let mut members = vec![member(leaf, anchor_of(leaf))];
        let mut seen = HashSet::new();
        // Copies are one, and those of the bundle are found there.
        for certificate in sent {
            if seen.insert(Identity(certificate.clone())) && anchor_of(certificate).is_none() {
                members.push(member(certificate, None));
            }
        }
        let mut by_subject: Vec<Vec<usize>> = Vec::new();
        let sent = 1..members.len();
        let mut looked_for = 0;
        while let Some(Member { issuer, certificate, .. }) = members.get(looked_for).copied() {
            looked_for += 1;
            if by_subject.get(issuer).is_some_and(|found| !found.is_empty()) {
                continue;
            }
            by_subject.resize(by_subject.len().max(issuer + 1), Vec::new());
            let first = members.len();
            let found = anchors.named(certificate.issuer.der());
            members.extend(found.map(|anchor| member(&anchor.certificate, Some(anchor))));
            by_subject[issuer].extend(first..members.len());
            by_subject[issuer].extend(sent.clone().filter(|position| members[*position].subject == issuer));
        }
        Self { members, by_subject }
    }

    fn issuers(&self, of: usize) -> &[usize] {
        &self.by_subject[self.members[of].issuer]
    }

    fn path(&self, path: &[usize]) -> Vec<Arc<Certificate>> {
        path.iter().map(|position| self.members[*position].certificate.clone()).collect()
    }

    /// All links and all constraints, each once.
    fn most_work(&self) -> Work {
        let mut most = Work { links: 0, microseconds: 0 };
        for (position, member) in self.members.iter().enumerate().filter(|(_, member)| !member.is_root()) {
            for issuer in self.issuers(position).iter().map(|issuer| self.members[*issuer].certificate) {
                most.links += 1;
                most.microseconds += signature_work(member.certificate, issuer);
            }
        }
        for authority in self.members.iter().filter(|member| !member.certificate.name_constraints.is_absent()) {
            let work = |below: &Member<'_>| constraints::work(authority.certificate, below.certificate);
            most.microseconds += self.members.iter().map(work).sum::<u64>();
        }
        most
    }
}

/// Numbers for octets, the same for the same.
#[derive(Default)]
struct Numbers<'a>(HashMap<&'a [u8], usize>);

impl<'a> Numbers<'a> {
    fn of(&mut self, octets: &'a [u8]) -> usize {
        let next = self.0.len();
        *self.0.entry(octets).or_insert(next)
    }
}

struct Search<'a> {
    pool: Pool<'a>,
    now: OffsetDateTime,
    /// Why a link was not tried.
    spent: Option<ChainFault>,
    links: &'a mut Links,
    /// The most telling fault so far, with the length of the path that it ended.
    fault: Option<(usize, ChainFault)>,
}

impl Search<'_> {
    fn extend(&mut self, path: &mut Vec<usize>) -> Option<VerifiedChain> {
        let position = path[path.len() - 1];
        let last = self.pool.members[position].certificate.clone();
        if self.pool.members[position].is_root() {
            return match self.judge_whole(path) {
                Ok(chain) => Some(chain),
                Err(fault) => self.remember(path.len(), fault),
            };
        }
        let candidates = self.candidates(path);
        if candidates.is_empty() {
            let fault = match last.is_self_issued() && self.is_forged_root(&last) {
                true => ChainFault::BadSignature { certificate: last.clone(), issuer: last },
                false => ChainFault::IssuerUnknown { certificate: last, near_miss: None },
            };
            return self.remember(path.len(), fault);
        }
        for candidate in candidates {
            let issuer = self.pool.members[candidate].certificate.clone();
            match self.check(&last, &issuer)? {
                SignatureCheck::Good if path.len() < LONGEST_PATH => {
                    // Like Go, nothing is looked for above an issuer that could not be part of a chain.
                    if let Err(fault) = self.judge_issuer(candidate, path) {
                        self.remember(path.len() + 1, fault);
                        if self.spent.is_some() {
                            return None;
                        }
                        continue;
                    }
                    path.push(candidate);
                    let found = self.extend(path);
                    path.pop();
                    if found.is_some() || self.spent.is_some() {
                        return found;
                    }
                }
                SignatureCheck::Good => {
                    self.spent = Some(ChainFault::BudgetSpent);
                    return None;
                }
                SignatureCheck::Bad => {
                    let fault = ChainFault::BadSignature { certificate: last.clone(), issuer };
                    self.remember(path.len(), fault);
                }
                SignatureCheck::Weak => {
                    self.remember(path.len(), ChainFault::WeakSignature { certificate: last.clone() });
                }
                SignatureCheck::NotJudged(why) => {
                    self.remember(path.len(), ChainFault::NotJudged { certificate: last.clone(), why });
                }
            }
        }
        None
    }

    /// Everybody who bears the issuer's name and is not on the path yet; matching key identifiers first.
    fn candidates(&self, path: &[usize]) -> Vec<usize> {
        let members = &self.pool.members;
        let last = path[path.len() - 1];
        let on_path = |candidate: usize| {
            let (subject, key) = (members[candidate].subject, members[candidate].key);
            path.iter().any(|other| members[*other].subject == subject && members[*other].key == key)
        };
        let issuers = self.pool.issuers(last).iter().copied();
        let mut candidates: Vec<_> = issuers.filter(|candidate| !on_path(*candidate)).collect();
        let wanted = &members[last].certificate.authority_key_id;
        candidates.sort_by_cached_key(|candidate| match (wanted, &members[*candidate].certificate.subject_key_id) {
            (Some(wanted), Some(found)) if wanted == found => 0,
            (Some(_), Some(_)) => 2,
            _ => 1,
        });
        candidates
    }

    /// None when the budget is spent.
    fn check(&mut self, certificate: &Arc<Certificate>, issuer: &Arc<Certificate>) -> Option<SignatureCheck> {
        // A link that was tried before costs too: else a few certificates of one name span millions of paths.
        match self.links.pay(1, self.links.work(certificate, issuer)) {
            Ok(()) => Some(self.links.signed_by(certificate, issuer)),
            Err(fault) => {
                self.spent = Some(fault);
                None
            }
        }
    }

    /// Self-issued, but signed by another key. Go does not look, so it is no link, and without means nobody asks.
    fn is_forged_root(&mut self, certificate: &Arc<Certificate>) -> bool {
        self.links.pay(0, self.links.work(certificate, certificate)).is_ok()
            && self.links.signed_by(certificate, certificate) == SignatureCheck::Bad
    }

    /// Judges an issuer that is about to stand above `below`, leaf first.
    fn judge_issuer(&mut self, issuer: usize, below: &[usize]) -> Result<(), ChainFault> {
        let member = self.pool.members[issuer];
        let issuer = member.certificate;
        judge_validity(issuer, self.now)?;
        judge_critical(issuer)?;
        judge_authority(issuer, member.is_root())?;
        if let Some(allowed) = issuer.basic_constraints.present().and_then(|constraints| constraints.path_len) {
            // Like Go, self-issued certificates count.
            if below.len() - 1 > allowed as usize {
                return Err(ChainFault::PathTooLong { certificate: issuer.clone(), allowed });
            }
        }
        for below in below {
            let certificate = self.pool.members[*below].certificate;
            if let Err(fault) = self.links.pay(0, constraints::work(issuer, certificate)) {
                self.spent = Some(fault.clone());
                return Err(fault);
            }
            match constraints::violation(issuer, certificate) {
                Ok(None) => {}
                Ok(Some(name)) => return Err(ChainFault::NameConstrained { authority: issuer.clone(), name }),
                Err(constraints::TooMany) => return Err(ChainFault::BudgetSpent),
            }
        }
        Ok(())
    }

    /// Judges what only a complete path can be judged by.
    fn judge_whole(&mut self, path: &[usize]) -> Result<VerifiedChain, ChainFault> {
        let path = self.pool.path(path);
        if let Err(fault) = self.links.pay(0, policy::work(&path)) {
            self.spent = Some(fault.clone());
            return Err(fault);
        }
        match policy::judge(&path) {
            Policies::Fine => {}
            Policies::Missing => return Err(ChainFault::PolicyMissing { certificate: path[0].clone() }),
            Policies::NotJudged => {
                let why =
                    "a CA above it demands a policy, and policies are mapped, which is not followed here".to_owned();
                return Err(ChainFault::NotJudged { certificate: path[0].clone(), why });
            }
        }
        // From the root down, as Go does, so that the highest exclusion is the one reported.
        for certificate in path.iter().rev() {
            if certificate.extended_key_usage.present().is_some_and(|usage| !usage.allows_client()) {
                return Err(ChainFault::PurposeExcluded { certificate: certificate.clone() });
            }
        }
        Ok(VerifiedChain(path))
    }

    fn remember(&mut self, length: usize, fault: ChainFault) -> Option<VerifiedChain> {
        let better = self.fault.as_ref().is_none_or(|(known, other)| (fault.rank(), length) > (other.rank(), *known));
        if better {
            self.fault = Some((length, fault));
        }
        None
    }
}

/// Somebody whose name is the issuer's but for its spelling.
fn near_miss(of: &Certificate, sent: &[Arc<Certificate>], anchors: &Anchors) -> Option<Arc<Certificate>> {
    let wanted = of.issuer.canonical();
    let near = |certificate: &&Arc<Certificate>| {
        certificate.subject.der() != of.issuer.der() && certificate.subject.canonical() == wanted
    };
    anchors.certificates().chain(sent).find(near).cloned()
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

/// Microseconds that [`signed_by`] takes at most, as in [`Work`].
fn signature_work(certificate: &Certificate, issuer: &Certificate) -> u64 {
    // SHA-512, the slowest of the hashes, does 830 octets in one.
    let hashing = certificate.tbs().len() as u64 / 800;
    let check = match &issuer.key {
        PublicKey::Ec(Curve::P256) => 40,
        PublicKey::Ec(Curve::P384) => 145,
        PublicKey::Ec(Curve::P521) => 250,
        PublicKey::Ed25519 => 30,
        PublicKey::Rsa { bits: bits @ 1024..=8192 } => {
            let kilobits = u64::from(bits.div_ceil(1024));
            // 3 of 1,024 bits take 8 by an exponent of 17 bits, and 30 by one of 33, which is the longest.
            let rate = if issuer.rsa_exponent_bits <= 17 { 3 } else { 8 };
            4 + kilobits * kilobits * rate
        }
        PublicKey::Rsa { .. } | PublicKey::Ec(Curve::Other(_)) | PublicKey::Dsa | PublicKey::Other(_) => 1,
    };
    hashing + check
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
