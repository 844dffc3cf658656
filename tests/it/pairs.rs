//! The walk over testdata/rules: each rule has a pair, its flaw trips it, and only the listed company with it.

use std::collections::BTreeSet;
use std::path::PathBuf;

use certproof::cloud::Kit;
use certproof::cloud::kit::Files;
use certproof::forge::flaw::{self, Flaw, harmless};
use certproof::forge::{KeyKind, KeySource, Recipe, SigningHash};
use certproof::report::{Severity, Verdict};
use certproof::rules::{self, Terms};

use crate::common::{AT, files, root};

fn folder(flaw: &Flaw) -> PathBuf {
    root().join("testdata/rules").join(flaw.id)
}

/// Ids of the rules that fail on a folder.
fn failing(folder: &std::path::Path) -> BTreeSet<&'static str> {
    failing_of(&files(folder))
}

fn failing_of(files: &Files) -> BTreeSet<&'static str> {
    let cases = rules::run(&Kit::read(files), &Terms::at(AT));
    cases.iter().filter(|case| matches!(case.verdict, Verdict::Fail(_))).map(|case| case.topic.id).collect()
}

#[test]
fn every_rule_has_a_flaw_that_is_named_after_it() {
    let flawed: BTreeSet<_> = flaw::ALL.iter().map(Flaw::rule).collect();
    let ids: BTreeSet<_> = rules::ALL.iter().map(|rule| rule.id).filter(|id| *id != NEVER_FAILS).collect();
    assert_eq!(flawed, ids);
}

/// It skips with a reason what our stack cannot judge.
const NEVER_FAILS: &str = "chain-not-judged";

#[test]
fn a_chain_that_our_stack_cannot_judge_is_neither_passed_nor_failed() {
    let mut recipe = Recipe::good("orders.f45a2", KeySource::Seeded(1), KeyKind::P256, AT);
    recipe.authorities[0].spec.key = KeyKind::Rsa1024;
    recipe.authorities[1].spec.hash = Some(SigningHash::Sha384);
    let cases = rules::run(&Kit::read(&recipe.forge().unwrap().files), &Terms::at(AT));
    let case = cases.iter().find(|case| case.topic.id == NEVER_FAILS).unwrap();
    assert!(matches!(&case.verdict, Verdict::Skip(why) if why.contains("RSA 1024")), "{:?}", case.verdict);
}

#[test]
fn flaw_ids_are_unique() {
    let ids: BTreeSet<_> = flaw::ALL.iter().map(|flaw| flaw.id).collect();
    assert_eq!(ids.len(), flaw::ALL.len());
}

#[test]
fn each_flaw_trips_its_rule_and_only_its_listed_company() {
    let mut wrong = Vec::new();
    for flaw in flaw::ALL {
        let expected: BTreeSet<_> = flaw.company.iter().copied().chain([flaw.rule()]).collect();
        // What fails before the edit is the ground's, not the flaw's.
        let before = failing(&folder(flaw).join("pass"));
        let after: BTreeSet<_> = failing(&folder(flaw).join("fail")).difference(&before).copied().collect();
        if after != expected {
            wrong.push(format!("{}: expected {expected:?}, got {after:?}", flaw.id));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_passes_has_no_error_and_never_the_finding_of_its_rule() {
    for flaw in flaw::ALL {
        let kit = Kit::read(&files(&folder(flaw).join("pass")));
        for case in rules::run(&kit, &Terms::at(AT)) {
            let failed = matches!(case.verdict, Verdict::Fail(_));
            let wrong = failed && (case.topic.severity == Severity::Error || case.topic.id == flaw.rule());
            assert!(!wrong, "{}: {} fires on what should pass: {:?}", flaw.id, case.topic.id, case.verdict);
        }
    }
}

#[test]
fn what_is_harmless_changes_the_files_and_trips_no_rule() {
    for kind in [KeyKind::P256, KeyKind::Rsa2048] {
        let recipe = Recipe::good("orders.f45a2", KeySource::Seeded(1), kind, AT);
        for harmless in harmless::ALL {
            let (usual, unusual) = harmless.pair(&recipe).unwrap();
            assert_ne!(usual, unusual, "{} changes nothing", harmless.id);
            assert_eq!(failing_of(&unusual), BTreeSet::new(), "{} on {kind:?}", harmless.id);
            assert!(harmless.id.starts_with("harmless/") && !harmless.reason.is_empty());
        }
    }
}
