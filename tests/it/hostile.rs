//! Chains and files that are made to cost: the search has a budget, and findings have a bound.

use certproof::cloud::Kit;
use certproof::cloud::filter::FiltersFile;
use certproof::cloud::kit::{File, Files};
use certproof::forge::recipe::{Authority, Recipe};
use certproof::forge::{KeyKind, KeySource};
use certproof::pki::certificate::{CertificateError, MOST_BYTES};
use certproof::pki::chain::{self, Anchors, ChainFault, VerifiedChain};
use certproof::pki::pem::{self, MOST_SEGMENTS, Segment};
use certproof::pki::{Bundle, Certificate, Content, normal};
use certproof::report::Verdict;
use certproof::rules::{self, Terms};

use crate::common::AT;

/// `root (elsewhere) -> 3 certificates of one name and key -> 3 of the next -> … -> leaf`: 3 to the power of 10 paths.
fn layered() -> Recipe {
    let mut recipe = Recipe::with_intermediates("orders.f45a2", KeySource::Seeded(1), KeyKind::P256, AT, 10);
    let layers: Vec<_> = recipe.authorities[1..].to_vec();
    for layer in layers {
        for _ in 0..2 {
            recipe.authorities.push(layer.clone());
        }
    }
    recipe.authorities[0].in_bundle = false;
    recipe
}

#[test]
fn a_chain_of_many_paths_ends_with_the_budget() {
    let forged = layered().forge().unwrap();
    let kit = Kit::read(&forged.files);
    assert_eq!(kit.sent().len(), 30);
    let stranger = Recipe::good("shipping.f45a2", KeySource::Seeded(1), KeyKind::P256, AT).forge().unwrap();
    let anchors = Anchors::new(Kit::read(&stranger.files).authorities());
    let verdict = chain::verify(kit.leaf().unwrap(), &kit.sent(), &anchors, AT);
    assert!(matches!(verdict, Err(ChainFault::BudgetSpent)));
}

#[test]
fn the_same_chain_below_its_root_is_found() {
    let mut recipe = layered();
    recipe.authorities[0].in_bundle = true;
    let kit = Kit::read(&recipe.forge().unwrap().files);
    let chain = chain::verify(kit.leaf().unwrap(), &kit.sent(), &Anchors::new(kit.authorities()), AT).unwrap();
    assert_eq!(chain.certificates().len(), 12);
}

#[test]
fn a_loop_of_cross_signed_authorities_is_no_endless_path() {
    let mut recipe = Recipe::with_intermediates("orders.f45a2", KeySource::Seeded(1), KeyKind::P256, AT, 2);
    // Each of the two intermediates is signed by the other as well, and the root is nowhere.
    let back = Authority { issuer: 2, ..recipe.authorities[1].clone() };
    recipe.authorities.push(back);
    recipe.authorities[0].in_bundle = false;
    let kit = Kit::read(&recipe.forge().unwrap().files);
    let verdict = chain::verify(kit.leaf().unwrap(), &kit.sent(), &Anchors::new(kit.authorities()), AT);
    assert!(matches!(verdict, Err(ChainFault::IssuerUnknown { .. })), "{verdict:?}");
}

#[test]
fn a_thousand_faults_of_a_kind_are_told_fifty_times_and_counted() {
    let text = "x\n\n".repeat(1000) + "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n";
    let bundle = File::new("ca.pem", text.into_bytes());
    let kit = Kit::read(&Files { bundle: Some(bundle), ..Files::default() });
    let cases = rules::run(&kit, &Terms::at(AT));
    let case = cases.iter().find(|case| case.topic.id == "pem-text-between").unwrap();
    let findings = case.verdict.findings();
    assert_eq!(findings.len(), 50);
    assert!(findings[49].notes.iter().any(|note| note.contains("950 more")));
}

/// Two CAs on each rung, each of them signed by both of the rung above:
///
/// ```text
/// root (elsewhere) -> a1, b1 -> a2, b2 (from a1 and from b1) -> … -> leaf
/// ```
fn ladder(rungs: usize) -> Recipe {
    let mut recipe = Recipe::with_intermediates("orders.f45a2", KeySource::Seeded(1), KeyKind::P256, AT, rungs);
    let originals: Vec<_> = recipe.authorities[1..].to_vec();
    // Positions of the certificates whose keys are a and b of the rung above.
    let (mut a, mut b) = (0, 0);
    let mut authorities = vec![recipe.authorities[0].clone()];
    authorities[0].in_bundle = false;
    for original in originals {
        let mut twin = original.clone();
        twin.spec.label.push_str(" b");
        let first = authorities.len();
        authorities.push(Authority { issuer: a, ..original.clone() });
        authorities.push(Authority { issuer: a, ..twin.clone() });
        if a != b {
            authorities.push(Authority { issuer: b, ..original });
            authorities.push(Authority { issuer: b, ..twin });
        }
        (a, b) = (first, first + 1);
    }
    recipe.client_issuer = a;
    recipe.authorities = authorities;
    recipe
}

fn judge(recipe: &Recipe) -> Result<VerifiedChain, ChainFault> {
    let kit = Kit::read(&recipe.forge().unwrap().files);
    chain::verify(kit.leaf().unwrap(), &kit.sent(), &Anchors::new(kit.authorities()), AT)
}

#[test]
fn a_ladder_of_cross_signed_authorities_ends_with_the_budget() {
    let mut recipe = ladder(8);
    assert_eq!(judge(&recipe), Err(ChainFault::BudgetSpent));
    recipe.authorities[0].in_bundle = true;
    assert_eq!(judge(&recipe).unwrap().certificates().len(), 10);
}

/// A thousand roots of one name and as many keys; the last of them signed the leaf.
fn thousand_of_one_name() -> Recipe {
    let mut recipe = Recipe::with_intermediates("orders.f45a2", KeySource::Seeded(1), KeyKind::P256, AT, 0);
    let root = recipe.authorities[0].clone();
    for position in 1..1000 {
        let mut other = root.clone();
        other.spec.label = format!("root {position}");
        other.issuer = position;
        recipe.authorities.push(other);
    }
    recipe.client_issuer = 999;
    recipe
}

#[test]
fn a_thousand_authorities_of_one_name_are_tried_until_the_budget_ends() {
    let mut recipe = thousand_of_one_name();
    assert_eq!(judge(&recipe).unwrap().certificates().len(), 2);
    // Without the issuer's key id nothing says which of them to try first.
    recipe.client.authority_key_id = false;
    assert_eq!(judge(&recipe), Err(ChainFault::BudgetSpent));
}

#[test]
fn a_thousand_authorities_of_one_name_are_not_held_against_each_other() {
    let kit = Kit::read(&thousand_of_one_name().forge().unwrap().files);
    let cases = rules::run(&kit, &Terms::at(AT));
    let case = cases.iter().find(|case| case.topic.id == "bundle-issuer-missing").unwrap();
    assert!(matches!(case.verdict, Verdict::Skip(_)), "{:?}", case.verdict);
    let case = cases.iter().find(|case| case.topic.id == "bundle-too-many").unwrap();
    assert_eq!(case.verdict.findings().len(), 1);
}

#[test]
fn a_chain_longer_than_any_path_ends_with_the_budget() {
    let chain = |intermediates| {
        let mut recipe =
            Recipe::with_intermediates("orders.f45a2", KeySource::Seeded(1), KeyKind::P256, AT, intermediates);
        for authority in &mut recipe.authorities {
            (authority.in_bundle, authority.sent) = (true, false);
        }
        judge(&recipe)
    };
    assert_eq!(chain(38).unwrap().certificates().len(), 40);
    assert_eq!(chain(39), Err(ChainFault::BudgetSpent));
}

#[test]
fn names_times_constraints_have_a_bound() {
    let constrained = |names: usize, constraints: usize| {
        let mut recipe = Recipe::good("orders.f45a2", KeySource::Seeded(1), KeyKind::P256, AT);
        recipe.client.dns = (0..names).map(|number| format!("w{number}.example.com")).collect();
        let domains = (1..constraints).map(|number| format!("d{number}.example.org"));
        recipe.authorities[1].spec.permitted_dns = domains.chain(["example.com".to_owned()]).collect();
        judge(&recipe)
    };
    assert!(constrained(250, 1000).is_ok());
    assert_eq!(constrained(251, 1000), Err(ChainFault::BudgetSpent));
}

#[test]
fn eight_megabytes_of_begin_lines_are_read_up_to_a_bound_and_said_to_be() {
    let line = "-----BEGIN CERTIFICATE-----\n";
    let bytes = line.repeat(8 * 1024 * 1024 / line.len()).into_bytes();
    let bundle = Bundle::read("ca.pem", &bytes);
    assert_eq!(bundle.entries.len(), MOST_SEGMENTS);
    assert_eq!(bundle.scan.unread_from, Some(MOST_SEGMENTS as u32 + 1));
    assert_eq!(bundle.scan.segments.last().map(Segment::lines).unwrap().1, bundle.scan.line_count);

    let file = |path: &str| Some(File::new(path, bytes.clone()));
    let kit = Kit::read(&Files { bundle: file("ca.pem"), client: file("client.pem"), ..Files::default() });
    let cases = rules::run(&kit, &Terms::at(AT));
    let told = cases.iter().find(|case| case.topic.id == "pem-text-trailing").unwrap().verdict.findings();
    assert!(told[0].notes.iter().any(|note| note.contains("not looked into")));
}

#[test]
fn what_stands_behind_the_bound_is_neither_normal_nor_sent() {
    let certificate = {
        let files = Recipe::good("orders.f45a2", KeySource::Seeded(1), KeyKind::P256, AT).forge().unwrap().files;
        String::from_utf8(files.client.unwrap().bytes.0).unwrap()
    };
    // A blank line and a line of text are two stretches; the two certificates are two more.
    let read = |before: usize| {
        let text = "text\n\n".repeat(before) + &certificate;
        let bundle = Bundle::read("client.pem", text.as_bytes());
        let client = Some(File::new("client.pem", text.into_bytes()));
        (normal::normalise(&bundle, None), Kit::read(&Files { client, ..Files::default() }).unreadable_sent())
    };
    let (normal, unreadable) = read(MOST_SEGMENTS / 2 - 1);
    assert_eq!((normal.certificates.len(), normal.lost.len(), unreadable), (2, 0, 0));
    let (normal, unreadable) = read(MOST_SEGMENTS / 2);
    assert_eq!((normal.certificates.len(), normal.lost.len(), unreadable), (0, 1, 1));
}

#[test]
fn a_certificate_of_a_megabyte_is_none() {
    let mut recipe = Recipe::good("orders.f45a2", KeySource::Seeded(1), KeyKind::P256, AT);
    let read = |recipe: &Recipe| Certificate::read(&recipe.forge().unwrap().chain[0]);
    recipe.client.dns = (0..6_000).map(|number| format!("worker-{number}.orders.example.com")).collect();
    assert!(read(&recipe).is_ok());
    recipe.client.dns = (0..30_000).map(|number| format!("worker-{number}.orders.example.com")).collect();
    assert!(matches!(read(&recipe), Err(CertificateError::TooLarge(bytes)) if bytes > MOST_BYTES));
    let text = pem::encode("CERTIFICATE", &recipe.forge().unwrap().chain[0]);
    let bundle = Bundle::read("ca.pem", text.as_bytes());
    assert!(matches!(bundle.entries[0].content, Content::Unreadable(CertificateError::TooLarge(_))));
}

#[test]
fn a_name_of_a_thousand_parts_is_shown_in_part() {
    let subject =
        (0..1000).fold(certproof::forge::issue::DistinguishedName::new(), |name, part| name.ou(format!("part {part}")));
    let mut recipe = Recipe::good("orders.f45a2", KeySource::Seeded(1), KeyKind::P256, AT);
    recipe.client.subject = subject;
    let shown = Certificate::read(&recipe.forge().unwrap().chain[0]).unwrap().subject.to_string();
    assert!(shown.ends_with("OU=part 39, and 960 more"), "{shown}");
}

#[test]
fn filters_nested_a_hundred_thousand_deep_are_malformed() {
    for open in ["[", "{\"filters\":", "{\"filters\":["] {
        let text = format!("{{\"filters\":{}", open.repeat(100_000));
        assert!(FiltersFile::read(text.as_bytes()).is_err());
    }
}

/// Ninety thousand elements, in a list whose every element is kept.
#[test]
fn a_list_of_very_many_elements_is_read_to_its_end() {
    let element = "{\"base64EncodedData\":\"YQo=\"},";
    let text = format!("[{}{{}}]", element.repeat(90_000));
    let opened = certproof::cloud::document::open(File::new("list.json", text.into_bytes()));
    let certproof::cloud::document::Opened::Kits(kits) = opened.unwrap() else { panic!("no kits") };
    assert_eq!(kits[0].bundle.as_ref().unwrap().bytes.0.len(), 180_000);
}
