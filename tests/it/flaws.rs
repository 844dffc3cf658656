//! `gen flaw --list`: every flaw, for people and for programs.

use std::collections::BTreeSet;

use certproof::forge::flaw;

use crate::common::certproof;

fn listed(format: &str) -> String {
    let output = certproof().args(["gen", "flaw", "--list", "--format", format]).output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn titles_are_unique_phrases() {
    let titles: BTreeSet<_> = flaw::ALL.iter().map(|flaw| flaw.title).collect();
    assert_eq!(titles.len(), flaw::ALL.len());
    for title in titles {
        assert!(!title.is_empty() && !title.ends_with('.') && title.trim() == title, "{title}");
    }
}

#[test]
fn the_list_has_two_lines_a_flaw_and_prefixes_stand_together() {
    let list = listed("full");
    assert!(list.lines().all(|line| line.chars().count() <= 80), "{list}");
    let ids: Vec<_> =
        list.lines().filter(|line| !line.starts_with(' ')).filter_map(|line| line.split(' ').next()).collect();
    assert!(ids.is_sorted());
    let expected: BTreeSet<_> = flaw::ALL.iter().map(|flaw| flaw.id).collect();
    assert_eq!(ids.into_iter().collect::<BTreeSet<_>>(), expected);
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
}

#[test]
fn a_format_is_of_the_list_alone() {
    certproof().args(["gen", "flaw", "--format", "json", "ca-expired", "x"]).assert().code(2);
}
