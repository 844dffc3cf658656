//! Each output format has a golden, made of one run with every kind of case in it. UPDATE writes them anew.

use crate::common::{AT_TEXT, certproof, root};

const FORMATS: [&str; 8] = ["full", "concise", "json", "json-lines", "sarif", "junit", "github", "markdown"];

fn printed(format: &str, more: &[&str]) -> String {
    let output = certproof()
        .args(["check", "testdata/rules/bundle-same-name/fail", "testdata/rules/leaf-expired/fail", "no-such-file.pem"])
        .args(["--at", AT_TEXT, "--format", format])
        .args(more)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn each_format_prints_its_golden() {
    let mut stale = Vec::new();
    for format in FORMATS {
        // JUnit lists what passed: here a few rules are enough.
        let selected = ["--select", "bundle-same-name,leaf-expired,leaf-outlives-ca,bundle-public-ca-unfiltered"];
        let printed = printed(format, &selected);
        let path = root().join(format!("testdata/formats/{format}.txt"));
        if std::env::var_os("UPDATE").is_some() {
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(&path, &printed).unwrap();
        }
        if std::fs::read_to_string(&path).unwrap_or_default() != printed {
            stale.push(format);
        }
    }
    assert!(stale.is_empty(), "{stale:?} differ from testdata/formats");
}

#[test]
fn every_line_of_json_lines_is_a_document() {
    let text = printed("json-lines", &["--show", "pass"]);
    let documents: Vec<serde_json::Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let (summary, cases) = documents.split_last().unwrap();
    assert_eq!(summary["schema_version"], 1);
    let (forecasts, cases): (Vec<_>, Vec<_>) = cases.iter().partition(|line| line["forecast"].is_object());
    assert!(cases.len() > 100 && cases.iter().all(|case| case["rule"].is_string()));
    assert!(!forecasts.is_empty());
}

#[test]
fn sarif_results_point_to_their_rules_and_lines() {
    let log: serde_json::Value = serde_json::from_str(&printed("sarif", &[])).unwrap();
    let run = &log["runs"][0];
    let results = run["results"].as_array().unwrap();
    assert!(!results.is_empty());
    for result in results {
        let rule = &run["tool"]["driver"]["rules"][result["ruleIndex"].as_u64().unwrap() as usize];
        assert_eq!(rule["id"], result["ruleId"]);
        assert!(result["locations"][0]["physicalLocation"]["region"]["startLine"].as_u64().unwrap() >= 1);
    }
    assert_eq!(run["invocations"][0]["executionSuccessful"], false);
}
