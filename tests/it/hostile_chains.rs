//! Chains that strangers send to make their judge work: what is spent on each is counted, and has a bound.

use std::sync::Arc;

use certproof::cloud::Kit;
use certproof::forge::{KeyKind, KeySource, Recipe};
use certproof::pki::Certificate;
use certproof::pki::chain::{self, Anchors, ChainFault, Links, MOST_SENT, MOST_SENT_BYTES, VerifiedChain, Work};

use crate::common::AT;
use crate::worst_chains::{self, Draft, Worst, key, named};

/// Octets that rustls takes for a message of the handshake.
const MOST_MESSAGE: usize = 0xFFFF;

struct Read {
    leaf: Arc<Certificate>,
    sent: Vec<Arc<Certificate>>,
    anchors: Anchors,
}

impl Read {
    fn of(worst: &Worst) -> Self {
        let read = |der: &Vec<u8>| Certificate::read(der).unwrap();
        Self {
            leaf: read(&worst.leaf),
            sent: worst.sent.iter().map(read).collect(),
            anchors: Anchors::new(worst.roots.iter().map(read)).judged(),
        }
    }

    fn within(&self, most: Work) -> (Result<VerifiedChain, ChainFault>, Work) {
        let mut links = Links::within(most);
        (chain::verify_with(&self.leaf, &self.sent, &self.anchors, AT, &mut links), links.spent())
    }

    fn is_costly(&self) -> bool {
        chain::is_costly(&self.leaf, &self.sent, &self.anchors)
    }
}

/// The verdict on each of the worst chains for a stranger, and the links that were tried before it.
const VERDICTS: &[(&str, &str, usize)] = &[
    ("RSA keys of 8,192 bits and a huge exponent", "too costly", 15),
    ("roots of 8,192 bits and one name", "too costly", 16),
    ("a web of P-521 keys", "too costly", 29),
    ("a web of P-384 keys", "too costly", 50),
    ("a web of P-256 keys", "too many links", 100),
    ("a web of Ed25519 keys", "too many links", 100),
    ("names and constraints on them", "too costly", 5),
    ("names that constraints differ from at their end", "too costly", 14),
    ("long names that constraints differ from at their end", "too costly", 73),
    ("URIs and constraints on their hosts", "too costly", 5),
    ("one long URI", "too costly", 72),
    ("one name and hundreds of constraints", "too costly", 34),
    ("long certificates, hashed for many keys", "too costly", 41),
    ("long names that differ at their end", "too many links", 100),
    ("one long name for many keys", "bad signature", 11),
    ("a name of thousands of parts", "issuer unknown", 0),
    ("thousands of extensions", "unknown critical", 0),
    ("thousands of names", "issuer unknown", 0),
    ("a signature algorithm with a long name", "not judged", 31),
    ("policies of paths that end at the root", "too costly", 42),
];

fn verdict(result: &Result<VerifiedChain, ChainFault>) -> &'static str {
    match result {
        Ok(_) => "good",
        Err(ChainFault::TooCostly { .. }) => "too costly",
        Err(ChainFault::BudgetSpent) => "too many links",
        Err(ChainFault::IssuerUnknown { .. }) => "issuer unknown",
        Err(ChainFault::BadSignature { .. }) => "bad signature",
        Err(ChainFault::UnknownCritical { .. }) => "unknown critical",
        Err(ChainFault::NotJudged { .. }) => "not judged",
        Err(_) => "another fault",
    }
}

#[test]
fn the_worst_chains_are_refused_within_what_a_stranger_is_worth() {
    let mut found = Vec::new();
    for worst in worst_chains::all() {
        assert!(worst.bytes() <= MOST_MESSAGE, "{}: {} octets", worst.name, worst.bytes());
        assert!(worst.sent.len() < MOST_SENT, "{}", worst.name);
        let (result, spent) = Read::of(&worst).within(Work::FOR_STRANGERS);
        assert!(spent.links <= Work::FOR_STRANGERS.links, "{}: {spent:?}", worst.name);
        assert!(spent.microseconds <= Work::FOR_STRANGERS.microseconds, "{}: {spent:?}", worst.name);
        found.push((worst.name, verdict(&result), spent.links));
    }
    assert_eq!(found, VERDICTS);
}

#[test]
fn a_file_with_the_worst_chains_is_judged_as_far_as_go_goes() {
    for worst in worst_chains::all() {
        let read = Read::of(&worst);
        let (result, spent) = read.within(Work::FOR_FILES);
        assert!(!matches!(result, Err(ChainFault::TooCostly { .. })), "{}", worst.name);
        assert!(spent.links <= Work::FOR_FILES.links, "{}: {spent:?}", worst.name);
        // Where a stranger's is decided too, it is the same.
        let (for_strangers, _) = read.within(Work::FOR_STRANGERS);
        if !matches!(for_strangers, Err(ChainFault::TooCostly { .. })) {
            assert_eq!(result, for_strangers, "{}", worst.name);
        }
    }
}

/// root (in the bundle) -> 15 intermediates (sent) -> leaf
fn deep(kind: KeyKind) -> Read {
    let kit = Kit::read(
        &Recipe::with_intermediates("orders.f45a2", KeySource::Seeded(1), kind, AT, 15).forge().unwrap().files,
    );
    Read { leaf: kit.leaf().unwrap().clone(), sent: kit.sent(), anchors: Anchors::new(kit.authorities()) }
}

#[test]
fn a_documented_hierarchy_of_16_authorities_is_worth_it_with_every_kind_of_key() {
    for kind in [KeyKind::P256, KeyKind::P384, KeyKind::P521, KeyKind::Rsa2048, KeyKind::Rsa4096] {
        let (result, spent) = deep(kind).within(Work::FOR_STRANGERS);
        assert_eq!(result.unwrap().certificates().len(), 17, "{kind:?}");
        assert_eq!(spent.links, 16, "{kind:?}");
        assert!(spent.microseconds * 3 <= Work::FOR_STRANGERS.microseconds * 2, "{kind:?}: {spent:?}");
    }
}

#[test]
fn ordinary_chains_are_judged_at_once_and_deep_or_wild_ones_are_not() {
    for kind in [KeyKind::P256, KeyKind::P384, KeyKind::P521, KeyKind::Rsa2048, KeyKind::Rsa4096] {
        let kit = Kit::read(&Recipe::good("orders.f45a2", KeySource::Seeded(1), kind, AT).forge().unwrap().files);
        let (leaf, anchors) = (kit.leaf().unwrap(), Anchors::new(kit.authorities()));
        assert!(!chain::is_costly(leaf, &kit.sent(), &anchors), "{kind:?}");
        assert!(deep(kind).is_costly(), "{kind:?}");
    }
    let wild = worst_chains::all();
    for worst in wild.iter().filter(|worst| worst.sent.len() > 12) {
        assert!(Read::of(worst).is_costly(), "{}", worst.name);
    }
}

#[test]
fn what_is_not_costly_takes_no_more_than_that() {
    for worst in worst_chains::all() {
        let read = Read::of(&worst);
        if !read.is_costly() {
            let (_, spent) = read.within(Work::FOR_STRANGERS);
            assert!(spent.microseconds <= Work::AT_ONCE.microseconds, "{}: {spent:?}", worst.name);
            assert!(spent.links <= Work::AT_ONCE.links, "{}: {spent:?}", worst.name);
        }
    }
}

#[test]
fn more_certificates_or_octets_than_are_looked_at_are_refused_unread() {
    let judge = |count: usize, length: usize| chain::judge_sizes(std::iter::repeat_n(length, count));
    assert_eq!(judge(MOST_SENT, MOST_SENT_BYTES / MOST_SENT), Ok(()));
    assert_eq!(judge(MOST_SENT + 1, 1), Err(ChainFault::TooManySent { sent: 33 }));
    assert_eq!(judge(1, MOST_SENT_BYTES + 1), Err(ChainFault::TooLongSent { bytes: MOST_SENT_BYTES + 1 }));
    assert_eq!(judge(2, usize::MAX), Err(ChainFault::TooLongSent { bytes: usize::MAX }));
}

/// root -> 31 certificates of one CA (P-256), the leaf signed by its key: one check each, and no check twice
#[test]
fn copies_of_a_certificate_are_one() {
    let (root, authority) = (key(KeyKind::P256, "root"), key(KeyKind::P256, "authority"));
    let anchor = Draft::authority(&named("root"), &named("root"), root.spki(), 0).signed_by(&root);
    let copy = Draft::authority(&named("elsewhere"), &named("x"), authority.spki(), 1).signed_by(&root);
    let leaf = Draft::client(&named("x"), key(KeyKind::P256, "leaf").spki()).signed_by(&authority);
    let read = Read::of(&Worst { name: "copies", leaf, sent: vec![copy; 31], roots: vec![anchor] });
    let (result, spent) = read.within(Work::FOR_STRANGERS);
    assert_eq!(verdict(&result), "issuer unknown");
    assert_eq!(spent.links, 1);
}
