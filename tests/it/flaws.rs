//! `gen flaw --list`: every flaw, for people and for programs.

use std::collections::BTreeSet;

use certproof::forge::flaw::{self, harmless};

use crate::common::{AT_TEXT, certproof};

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

#[test]
fn the_cases_for_limbo_have_the_shape_of_its_schema() {
    let output =
        certproof().args(["gen", "flaw", "--format", "limbo", "--seed", "7", "--at", AT_TEXT]).output().unwrap();
    let suite: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(suite["version"], 1);
    let cases = suite["testcases"].as_array().unwrap();
    let with = |result: &str| cases.iter().filter(|case| case["expected_result"] == result).count();
    assert!(with("SUCCESS") > 20 && with("FAILURE") > 60 && with("SUCCESS") + with("FAILURE") == cases.len());
    let is_id = |part: &str| {
        part.len() > 1
            && part.starts_with(|c: char| c.is_ascii_alphabetic())
            && part.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '.')
    };
    for case in cases {
        assert!(case["id"].as_str().unwrap().split("::").all(is_id), "{}", case["id"]);
        assert_eq!(case["validation_kind"], "CLIENT");
        assert!(case["peer_certificate"].as_str().unwrap().starts_with("-----BEGIN CERTIFICATE-----\n"));
    }
}

#[test]
fn the_manifest_says_what_is_wrong_and_what_must_come_of_it() {
    let folder = tempfile::tempdir().unwrap();
    let all = folder.path().join("all");
    certproof().args(["gen", "flaw", "all"]).arg(&all).args(["--seed", "7", "--at", AT_TEXT]).assert().code(0);
    let manifest: serde_json::Value =
        serde_json::from_slice(&std::fs::read(all.join("manifest.json")).unwrap()).unwrap();
    let kits = manifest["kits"].as_array().unwrap();
    assert_eq!(kits.len(), flaw::ALL.len() + flaw::harmless::ALL.len());
    let expired = kits.iter().find(|kit| kit["folder"] == "leaf-expired").unwrap();
    assert_eq!(expired["flaw"]["rules"], serde_json::json!(["leaf-expired"]));
    assert_eq!(expired["flaw"]["refused_at"], "chain");
    let client = &expired["files"][1]["certificates"][0];
    assert_eq!((client["role"].as_str(), client["not_after"].as_str()), (Some("client"), Some("2026-12-31T00:00:00Z")));
    // What it says of a file is true of the file that is there.
    let (code, report) = {
        let output = certproof()
            .args(["check", "--format", "json", "--at", AT_TEXT])
            .arg(all.join("leaf-expired"))
            .output()
            .unwrap();
        (output.status.code(), serde_json::from_slice::<serde_json::Value>(&output.stdout).unwrap())
    };
    assert_eq!(code, Some(1));
    assert_eq!(report["cases"][0]["subject"]["sha256"], client["sha256"]);
    let text = std::fs::read_to_string(all.join("manifest.json")).unwrap();
    assert!(!text.contains("PRIVATE KEY--") && text.contains("PUBLIC KEY MATERIAL"));
}
