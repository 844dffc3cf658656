//! `gen flaw --list`: every flaw, for people and for programs.

use std::collections::BTreeSet;

use certproof::forge::flaw::{self, harmless};

use crate::common::certproof;

fn listed(format: &str) -> String {
    let output = certproof().args(["gen", "flaw", "--list", "--format", format]).output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn titles_are_unique_phrases() {
    let all = || flaw::ALL.iter().map(|flaw| flaw.title).chain(harmless::ALL.iter().map(|harmless| harmless.title));
    let titles: BTreeSet<_> = all().collect();
    assert_eq!(titles.len(), all().count());
    for title in titles {
        assert!(!title.is_empty() && !title.ends_with('.') && title.trim() == title, "{title}");
    }
}

#[test]
fn the_list_has_two_lines_a_flaw_and_prefixes_stand_together() {
    let list = listed("full");
    assert!(list.lines().all(|line| line.chars().count() <= 80), "{list}");
    let heads = list.lines().filter(|line| !line.starts_with(' '));
    let (flaws, others): (Vec<_>, Vec<_>) =
        heads.filter_map(|line| line.split(' ').next()).partition(|id| !id.starts_with("harmless/"));
    assert!(flaws.is_sorted());
    assert_eq!(flaws.into_iter().collect::<BTreeSet<_>>(), flaw::ALL.iter().map(|flaw| flaw.id).collect());
    assert_eq!(others, harmless::ALL.iter().map(|harmless| harmless.id).collect::<Vec<_>>());
    assert!(list.lines().any(|line| line == "  the root has expired"), "{list}");
}

#[test]
fn programs_get_the_same_flaws_with_what_they_break() {
    let document: serde_json::Value = serde_json::from_str(&listed("json")).unwrap();
    assert_eq!(document["schema_version"], 1);
    let flaws = document["flaws"].as_array().unwrap();
    assert_eq!(flaws.len(), flaw::ALL.len());
    let expired = flaws.iter().find(|flaw| flaw["id"] == "ca-expired").unwrap();
    assert_eq!(expired["rule"], "ca-expired");
    assert_eq!(expired["breaks"], "upload");
    assert_eq!(expired["title"], "the root has expired");
    assert_eq!(expired["company"], serde_json::json!(["chain-ca-expired"]));
    let zero = &document["harmless"][0];
    assert_eq!(zero["id"], "harmless/serial-zero");
    assert!(zero["reason"].as_str().unwrap().contains("RFC 5280"));
}

#[test]
fn what_is_harmless_can_be_made_and_is_clean() {
    let folder = tempfile::tempdir().unwrap();
    for harmless in harmless::ALL {
        let kit = folder.path().join(harmless.id);
        certproof().args(["gen", "flaw", harmless.id]).arg(&kit).assert().code(0);
        certproof().args(["check", "--no-config"]).arg(&kit).assert().code(0);
    }
}

#[test]
fn a_format_is_of_the_list_alone() {
    certproof().args(["gen", "flaw", "--format", "json", "ca-expired", "x"]).assert().code(2);
}
