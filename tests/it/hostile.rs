//! Chains and files that are made to cost: the search has a budget, and findings have a bound.

use certproof::cloud::Kit;
use certproof::cloud::kit::{File, Files};
use certproof::forge::recipe::{Authority, Recipe};
use certproof::forge::{KeyKind, KeySource};
use certproof::pki::chain::{self, Anchors, ChainFault};
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
