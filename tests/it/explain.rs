//! `explain` and `rules`: what a rule wants, with a bad and a good example, for people and for programs.

use std::collections::BTreeSet;

use certproof::rules;
use predicates::prelude::*;
use predicates::str::contains;

use crate::common::certproof;

fn explained(id: &str) -> String {
    String::from_utf8(certproof().args(["explain", id]).assert().code(0).get_output().stdout.clone()).unwrap()
}

#[test]
fn a_rule_is_explained_with_the_lines_that_make_the_difference() {
    let text = explained("leaf-key-usage-wrong");
    let (bad, rest) = text.split_once("\ngood:\n").unwrap();
    let (good, rest) = rest.split_once("\nFix: ").unwrap();
    assert!(bad.contains("\nbad: client.pem:1: the key usage of certificate 1"), "{text}");
    assert!(bad.contains("key usage    keyEncipherment") && !good.contains("keyEncipherment"), "{text}");
    assert!(good.contains("key usage    digitalSignature") && !bad.contains("    digitalSignature"), "{text}");
    assert!(rest.contains("(read 20"), "{text}");
}

#[test]
fn every_rule_has_both_sides_or_says_why_not_in_80_columns() {
    for rule in rules::ALL {
        let text = explained(rule.id);
        let sides = text.contains("\nbad: ") && text.contains("\ngood:\n");
        assert_eq!(sides, rule.id != "chain-not-judged", "{text}");
        assert_eq!(!sides, text.contains("\nNo example: "), "{text}");
        for line in text.lines() {
            let breakable = line.trim_start().contains(' ');
            assert!(line.chars().count() <= 80 || !breakable, "{}: {line}", rule.id);
        }
    }
}

#[test]
fn a_byte_that_cannot_be_seen_is_written_out() {
    assert!(explained("pem-byte-order-mark").contains("\\xEF\\xBB\\xBF-----BEGIN CERTIFICATE-----"));
    assert!(explained("pem-escaped-newlines").contains("-----BEGIN CERTIFICATE-----\\nMII"));
}

#[test]
fn a_name_that_is_a_rule_and_a_scenario_gets_both() {
    let text = explained("leaf-expired");
    assert!(text.contains("error[leaf-expired]") && text.contains("scenario leaf-expired"), "{text}");
}

#[test]
fn what_is_near_is_offered_and_nothing_is_answered_with_the_list() {
    certproof()
        .args(["explain", "ca-expird"])
        .assert()
        .code(2)
        .stdout("")
        .stderr(contains("(did you mean `ca-expired`?)"));
    certproof().arg("explain").assert().code(2).stdout("").stderr(contains("ca-expired").and(contains("sni-missing")));
}

#[test]
fn rules_are_listed_as_json_and_by_prefix() {
    let list = |arguments: &[&str]| -> Vec<serde_json::Value> {
        let output = certproof().args(["rules", "--format", "json"]).args(arguments).assert().code(0);
        let document: serde_json::Value = serde_json::from_slice(&output.get_output().stdout).unwrap();
        assert_eq!(document["schema_version"], 1);
        document["rules"].as_array().unwrap().clone()
    };
    let all = list(&[]);
    assert_eq!(all.len(), rules::ALL.len());
    let keys: BTreeSet<_> = all[0].as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(keys, BTreeSet::from(["basis", "breaks", "id", "prefix", "read", "severity", "source", "title"]));
    let authorities = list(&["--prefix", "ca"]);
    assert!(!authorities.is_empty() && authorities.iter().all(|rule| rule["prefix"] == "ca"));
    certproof()
        .args(["rules", "--prefix", "ca"])
        .assert()
        .code(0)
        .stdout(contains("ca-expired").and(contains("chain-").not()));
    certproof().args(["rules", "--prefix", "leav"]).assert().code(2).stderr(contains("(did you mean `leaf`?)"));
}
