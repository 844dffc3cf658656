//! The matrix passes as it is, and fails each time the gate is weakened on purpose.

use std::collections::BTreeSet;

use certproof::matrix::{self, Options, scenarios};
use certproof::report::{Report, Verdict};

use crate::common::AT;

fn run(adjust: impl FnOnce(&mut Options)) -> Report {
    let mut options = Options::new(AT, time::OffsetDateTime::now_utc());
    adjust(&mut options);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(matrix::run(scenarios::ALL.iter().collect(), options)).unwrap()
}

#[test]
fn every_scenario_comes_out_as_expected_on_both_sides() {
    let report = run(|_| {});
    assert_eq!(report.troubles, Vec::<String>::new());
    let stories: Vec<_> = report.cases.iter().filter(|case| case.verdict != Verdict::Pass).collect();
    assert!(stories.is_empty(), "{stories:#?}");
    assert_eq!(report.cases.len(), scenarios::ALL.len());
}

#[test]
fn there_are_at_least_thirty_scenarios_with_ids_of_their_own() {
    let ids: BTreeSet<_> = scenarios::ALL.iter().map(|scenario| scenario.id).collect();
    assert_eq!(ids.len(), scenarios::ALL.len());
    assert!(ids.len() >= 30);
}

#[test]
fn the_namespaces_of_the_world_are_valid_and_lie_in_two_accounts_at_least() {
    let names: Vec<certproof::cloud::NamespaceName> =
        scenarios::WORLD.iter().map(|home| home.namespace.parse().unwrap()).collect();
    let accounts: BTreeSet<_> = names.iter().map(|name| name.account()).collect();
    assert!(accounts.len() >= 2);
}

#[cfg(feature = "sabotage")]
mod sabotage {
    use certproof::wire::sabotage::Sabotage;

    use super::*;

    fn failed(report: &Report) -> BTreeSet<&'static str> {
        let failed = report.cases.iter().filter(|case| case.verdict != Verdict::Pass);
        failed.map(|case| case.topic.id).collect()
    }

    /// The scenarios that must notice; others may as well.
    fn caught_by(sabotage: Sabotage) -> &'static [&'static str] {
        match sabotage {
            Sabotage::WebpkiAnchors => &["root-expired", "root-no-ca", "root-without-cert-sign", "leaf-name-of-ca"],
            Sabotage::SessionsKept => &["ticket-again", "ticket-after-rotation", "ticket-after-expiry"],
            Sabotage::FiltersIgnored => &["filter-mismatch"],
            Sabotage::Tls12Allowed => &["tls12-only"],
            Sabotage::FiltersBeforeChain => &["filter-and-chain-wrong"],
            Sabotage::AdmittedBeforeChain => &["foreign-ca", "other-namespace-ca", "leaf-expired"],
        }
    }

    #[test]
    fn every_weakened_gate_is_noticed_by_the_scenarios_that_are_there_for_it() {
        for sabotage in Sabotage::ALL {
            let failed = failed(&run(|options| options.settings.sabotage = Some(sabotage)));
            let missed: Vec<_> = caught_by(sabotage).iter().filter(|id| !failed.contains(**id)).collect();
            assert!(missed.is_empty(), "{}: {missed:?} did not notice; {failed:?} did", sabotage.name());
        }
    }
}
