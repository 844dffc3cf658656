//! Real files made by other tools: each folder's expected findings, and where it came from.

use std::collections::BTreeSet;

use certproof::cloud::Kit;
use certproof::report::Verdict;
use certproof::rules::{self, Terms};

use crate::common::{AT, files, folders, root};

#[test]
fn each_found_kit_has_exactly_its_expected_findings() {
    let mut wrong = Vec::new();
    for folder in folders(&root().join("testdata/found")) {
        let name = folder.file_name().unwrap().to_string_lossy().into_owned();
        let kit = Kit::read(&files(&folder));
        let cases = rules::run(&kit, &Terms::at(AT));
        let failing = cases.iter().filter(|case| matches!(case.verdict, Verdict::Fail(_)));
        let found: BTreeSet<String> =
            failing.map(|case| format!("{} {}", case.topic.severity, case.topic.id)).collect();
        let path = folder.join("expected.txt");
        let text: String = found.iter().map(|line| format!("{line}\n")).collect();
        if std::env::var_os("UPDATE").is_some() {
            std::fs::write(&path, &text).unwrap();
        }
        let expected = std::fs::read_to_string(&path).unwrap_or_default();
        if expected != text {
            wrong.push(format!("{name}:\n  expected {expected:?}\n  found    {text:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn each_found_kit_says_where_it_came_from() {
    let folders = folders(&root().join("testdata/found"));
    assert!(folders.len() >= 20);
    for folder in folders {
        let origin = std::fs::read_to_string(folder.join("origin.txt")).unwrap();
        assert!(origin.lines().count() > 1, "{}", folder.display());
    }
}

#[test]
fn the_v1_leaf_of_a_bare_openssl_x509_req_fails() {
    let kit = Kit::read(&files(&root().join("testdata/found/openssl-v1-leaf")));
    let cases = rules::run(&kit, &Terms::at(AT));
    assert!(cases.iter().any(|case| case.topic.id == "leaf-version" && matches!(case.verdict, Verdict::Fail(_))));
}

#[test]
fn what_good_tools_make_has_no_error() {
    for name in [
        "openssl-good",
        "openssl-intermediate",
        "python-cryptography-good",
        "keytool-good",
        "certtool-good",
        "step-good",
        "go-tcld-like",
        "go-tcld-like-rsa",
    ] {
        let kit = Kit::read(&files(&root().join("testdata/found").join(name)));
        let cases = rules::run(&kit, &Terms::at(AT));
        let errors: Vec<_> = cases
            .iter()
            .filter(|case| case.topic.severity == certproof::report::Severity::Error)
            .filter(|case| matches!(case.verdict, Verdict::Fail(_)))
            .map(|case| (case.topic.id, &case.verdict))
            .collect();
        assert!(errors.is_empty(), "{name}: {errors:?}");
    }
}
