//! certproof as a dev-dependency of somebody else: the example is run as it stands, and each flaw is had by its name.

#[path = "../../examples/tokio_rustls.rs"]
#[allow(dead_code, reason = "its main is for `cargo run --example`")]
mod tokio_rustls_example;

use std::collections::BTreeSet;

use certproof::cloud::Kit;
use certproof::forge::{self, flaw};
use certproof::report::Verdict;
use certproof::rules::{self, Terms};

use crate::common::AT;

#[test]
fn the_example_admits_the_good_client_and_refuses_the_expired_one() {
    tokio::runtime::Runtime::new().unwrap().block_on(tokio_rustls_example::run()).unwrap();
}

#[test]
fn a_good_hierarchy_fails_no_rule_and_a_broken_one_its_own() {
    let failing = |forged: &forge::Forged| -> BTreeSet<&'static str> {
        let cases = rules::run(&Kit::read(&forged.files), &Terms::at(AT));
        let failed = cases.iter().filter(|case| matches!(case.verdict, Verdict::Fail(_)));
        failed.map(|case| case.topic.id).collect()
    };
    assert_eq!(failing(&forge::good("orders.f45a2", AT).unwrap()), BTreeSet::new());
    for flaw in flaw::ALL {
        assert!(failing(&forge::broken(flaw.id, AT).unwrap()).contains(flaw.rule()), "{}", flaw.id);
    }
    assert!(forge::broken("no-such-flaw", AT).is_err());
}
