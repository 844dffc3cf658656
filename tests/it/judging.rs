//! What rules say where a pair of kits cannot show it: which of several CAs counts, and what the advice depends on.

use certproof::cloud::Kit;
use certproof::forge::{KeyKind, KeySource, Recipe};
use certproof::report::{Finding, Verdict};
use certproof::rules::{self, Terms};

use crate::common::{AT, files, root};

fn verdict(kit: &Kit, rule: &str) -> Verdict {
    let cases = rules::run(kit, &Terms::at(AT));
    cases.into_iter().find(|case| case.topic.id == rule).unwrap_or_else(|| panic!("no case of {rule}")).verdict
}

fn finding(kit: &Kit, rule: &str) -> Finding {
    match verdict(kit, rule) {
        Verdict::Fail(findings) => findings.into_iter().next().unwrap(),
        other => panic!("{rule}: {other:?}"),
    }
}

/// root -> intermediate, twice with one key: the older ends before the leaf, the renewed one after it
#[test]
fn a_leaf_is_held_against_the_certificate_of_its_ca_that_ends_last() {
    let mut recipe = Recipe::good("orders.f45a2", KeySource::Seeded(1), KeyKind::P256, AT);
    let mut older = recipe.authorities[1].clone();
    older.spec.not_after = AT + time::Duration::days(30);
    for order in [[0, 1], [1, 0]] {
        let mut both = recipe.clone();
        let pair = [older.clone(), recipe.authorities[1].clone()];
        both.authorities = vec![recipe.authorities[0].clone()];
        both.authorities.extend(order.map(|position| pair[position].clone()));
        let kit = Kit::read(&both.forge().unwrap().files);
        assert_eq!(verdict(&kit, "leaf-outlives-ca"), Verdict::Pass);
    }
    recipe.authorities[1] = older;
    let kit = Kit::read(&recipe.forge().unwrap().files);
    assert!(matches!(verdict(&kit, "leaf-outlives-ca"), Verdict::Fail(_)));
}

#[test]
fn how_a_key_store_is_opened_depends_on_what_the_file_was_given_as() {
    let given = files(&root().join("testdata/found/openssl-pkcs12"));
    let as_bundle = Kit::read(&certproof::cloud::kit::Files { bundle: given.bundle.clone(), ..Default::default() });
    let as_client = Kit::read(&certproof::cloud::kit::Files { client: given.bundle, ..Default::default() });
    let bundle = finding(&as_bundle, "pem-pkcs12");
    assert!(bundle.help.unwrap().contains("-cacerts -nokeys"));
    assert!(bundle.notes[0].contains("-clcerts"));
    let client = finding(&as_client, "pem-pkcs12").help.unwrap();
    assert!(client.contains("-nokeys") && !client.contains("certs"), "{client}");
}

#[test]
fn a_client_without_a_certificate_is_told_where_its_file_belongs() {
    let good = files(&root().join("testdata/rules/ca-expired/pass"));
    let swapped = certproof::cloud::kit::Files { client: good.key.clone(), key: good.client.clone(), ..good };
    let kit = Kit::read(&swapped);
    assert!(finding(&kit, "leaf-missing").help.unwrap().contains("--key"));
    assert!(finding(&kit, "key-missing").help.unwrap().contains("--client"));
}

/// root (v1, whose extensions say CA:false) -> intermediate -> leaf; Go does not read extensions before v3
#[test]
fn extensions_of_a_certificate_that_is_too_old_for_them_are_passed_over() {
    let mut recipe = Recipe::good("orders.f45a2", KeySource::Seeded(1), KeyKind::P256, AT);
    recipe.authorities[0].spec.basic_constraints = Some((false, None));
    let version_3 = Kit::read(&recipe.forge().unwrap().files);
    assert!(matches!(verdict(&version_3, "chain-issuer-not-ca"), Verdict::Fail(_)));
    recipe.authorities[0].spec.edits.push(|tbs| tbs.children().retain(|field| field.tag != 0xA0));
    let version_1 = Kit::read(&recipe.forge().unwrap().files);
    assert_eq!(verdict(&version_1, "chain-issuer-not-ca"), Verdict::Pass);
    assert!(matches!(verdict(&version_1, "ca-version"), Verdict::Fail(_)));
}

/// Mozilla's list as one bundle: far too many and too large, public, and otherwise as the rules say of each.
#[test]
fn the_public_roots_get_no_nonsense() {
    let pem: String = webpki_root_certs::TLS_SERVER_ROOT_CERTS
        .iter()
        .map(|root| certproof::pki::pem::encode("CERTIFICATE", root))
        .collect();
    let bundle = certproof::cloud::kit::File::new("roots.pem", pem.into_bytes());
    let kit = Kit::read(&certproof::cloud::kit::Files { bundle: Some(bundle), ..Default::default() });
    let cases = rules::run(&kit, &Terms::at(AT));
    let failed = cases.iter().filter(|case| matches!(case.verdict, Verdict::Fail(_))).map(|case| case.topic.id);
    let failed: std::collections::BTreeSet<_> = failed.collect();
    let seen = ["bundle-public-ca", "bundle-too-large", "bundle-too-many", "ca-signature-weak"];
    assert!(failed.iter().all(|rule| seen.contains(rule)), "{failed:?}");
    assert!(failed.contains("bundle-public-ca"));
}
