//! The matrix passes as it is, and fails each time the gate is weakened on purpose.

use std::collections::BTreeSet;

use certproof::cloud::switches::{
    CaNames, DualAuthentication, FilterRefusal, KeyRefusal, NoH2, OldRegionNames, OtherNamespace, Switches,
    UnknownServerName,
};
use certproof::cloud::{NamespaceName, RegionName};
use certproof::matrix::product::{self, Extent};
use certproof::matrix::{self, Cell, Options, cell, homes, model, scenarios};
use certproof::report::{Report, Verdict};

use crate::common::AT;

fn run(adjust: impl FnOnce(&mut Options)) -> Report {
    play(cell::literal().collect(), adjust)
}

fn play(cells: Vec<Cell>, adjust: impl FnOnce(&mut Options)) -> Report {
    let mut options = Options::new(AT, time::OffsetDateTime::now_utc());
    adjust(&mut options);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(matrix::run(cells, options)).unwrap()
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
fn every_cell_of_the_product_comes_out_as_the_model_says() {
    let cells = product::cells(Extent::Sampled, AT).unwrap();
    let report = play(cells, |_| {});
    assert_eq!(report.troubles, Vec::<String>::new());
    let stories: Vec<_> = report.cases.iter().filter(|case| case.verdict != Verdict::Pass).collect();
    assert!(stories.is_empty(), "{stories:#?}");
    assert!(report.cases.len() >= 1_000);
}

/// Where a scenario is one that the model understands, the literal expectation and the model's are the same.
#[test]
fn the_model_says_what_is_written_in_the_literals() {
    use certproof::cloud::switches::Switches;
    use certproof::matrix::scenario::{Course, Credential, Home, Part, Shape, Trust};
    let is_read = |home: &Home| !matches!(home.shape, Shape::Flawed(_)) || home.namespace == "expired-root.f45a2";
    let understood = scenarios::ALL.iter().filter(|scenario| {
        let plain = matches!(scenario.credential, Credential::Own | Credential::Nothing | Credential::Of(_));
        plain
            && matches!(scenario.course, Course::Once)
            && scenario.switches == Switches::default()
            && scenario.request.method == "DescribeNamespace"
            && scenario.request.keys.is_none()
            && matches!(scenario.request.body, [] | [Part::Own(1)] | [Part::Text(1, _)])
            && scenario.id != "header-list"
            && is_read(scenario.home)
            && scenario.home.namespace != homes::MISNAMED.namespace
            && scenario.trust == Trust::Right
    });
    let mut compared = 0;
    for scenario in understood {
        let predicted = model::predict(scenario, AT).unwrap();
        assert_eq!(predicted.expect, scenario.expect, "{}", scenario.id);
        compared += 1;
    }
    assert!(compared >= 40, "only {compared} of the literals are compared");
}

#[test]
fn a_run_ends_at_the_first_failure_when_it_is_told_to() {
    let mut cells: Vec<Cell> = cell::literal().take(20).collect();
    // Nobody is refused there.
    cells[0].scenario.to_mut().expect = certproof::matrix::scenario::Expect::Barred;
    let report = play(cells, |options| {
        options.fail_fast = true;
        options.jobs = 1;
    });
    assert_eq!(report.cases.len(), 1);
    assert!(report.notes[0].contains("19 cells not tried"), "{:?}", report.notes);
}

#[test]
fn every_cell_tells_what_happened_at_both_ends_by_one_clock() {
    let report = play(cell::literal().filter(|cell| &*cell.id == "foreign-ca").collect(), |_| {});
    let exchange = report.cases[0].exchange.as_ref().unwrap();
    let moments: Vec<_> = exchange.moments.iter().map(|moment| (moment.end.name(), &*moment.what)).collect();
    assert!(exchange.moments.is_sorted_by_key(|moment| moment.at_us));
    assert_eq!(moments[0], ("client", "connects"));
    let position = |start: &str| moments.iter().position(|(_, what)| what.starts_with(start)).unwrap();
    assert!(position("accepts") < position("refused at chain"));
    assert!(position("refused at chain") < position("first knows: alert unknown_ca(48)"));
    assert!(position("is connected") < position("first knows"));
}

#[test]
fn there_are_at_least_150_scenarios_with_ids_of_their_own() {
    let ids: BTreeSet<_> = scenarios::ALL.iter().map(|scenario| scenario.id).collect();
    assert_eq!(ids.len(), scenarios::ALL.len());
    assert!(ids.len() >= 150);
}

#[test]
fn a_row_of_the_table_has_at_most_80_columns() {
    // Mark, id, two columns of 11, and the longest alert.
    let longest = scenarios::ALL.iter().map(|scenario| scenario.id.len()).max().unwrap();
    assert!(5 + longest + 1 + 12 + 12 + "no_application_protocol(120)".len() <= 80, "{longest}");
}

#[test]
fn the_namespaces_of_the_world_are_valid_and_lie_in_two_accounts_and_regions_at_least() {
    let names: Vec<NamespaceName> = homes::WORLD.iter().map(|home| home.namespace.parse().unwrap()).collect();
    let accounts: BTreeSet<_> = names.iter().map(NamespaceName::account).collect();
    let regions: BTreeSet<RegionName> =
        homes::WORLD.iter().filter_map(|home| home.region).map(|region| region.parse().unwrap()).collect();
    assert!(accounts.len() >= 2 && regions.len() >= 2);
    for key in homes::KEYS {
        assert!(key.namespaces.iter().all(|name| names.contains(&name.parse().unwrap())), "{}", key.secret);
    }
}

#[test]
fn a_scenario_that_says_nothing_of_switches_has_every_default() {
    assert_eq!(scenarios::SWITCHES, Switches::default());
}

#[test]
fn every_other_value_of_a_switch_has_a_scenario() {
    let tried = |is_so: fn(&Switches) -> bool| scenarios::ALL.iter().any(|scenario| is_so(&scenario.switches));
    assert!(tried(|switches| switches.filter_refusal == FilterRefusal::PermissionDenied));
    assert!(tried(|switches| switches.ca_names == CaNames::Withheld));
    assert!(tried(|switches| switches.unknown_server_name == UnknownServerName::UnrecognizedName));
    assert!(tried(|switches| switches.no_h2 == NoH2::Close));
    assert!(tried(|switches| switches.other_namespace == OtherNamespace::NotFound));
    assert!(tried(|switches| switches.key_refusal == KeyRefusal::Unauthenticated));
    assert!(tried(|switches| switches.dual_authentication == DualAuthentication::KeysOnBoth));
    assert!(tried(|switches| switches.old_region_names == OldRegionNames::Served));
}

#[cfg(feature = "sabotage")]
mod sabotage {
    use std::time::Duration;

    use certproof::wire::sabotage::Sabotage;

    use super::*;

    fn failed(report: &Report) -> BTreeSet<&'static str> {
        let failed = report.cases.iter().filter(|case| case.verdict != Verdict::Pass);
        failed.map(|case| case.topic.id).collect()
    }

    /// The scenarios that must notice; others may as well.
    fn caught_by(sabotage: Sabotage) -> &'static [&'static str] {
        match sabotage {
            Sabotage::Tls12Allowed => &["tls12-only"],
            Sabotage::AlpnOptional => &["alpn-missing", "alpn-missing-closed"],
            Sabotage::NameMissingTaken => &["sni-missing"],
            Sabotage::NameUnknownTaken => &["sni-unknown", "sni-regional", "sni-unknown-alert"],
            Sabotage::NameByCase => &["sni-upper-case"],
            Sabotage::NameBySuffix => &["sni-lookalike", "sni-below-namespace"],
            Sabotage::RegionsIgnored => &["region-other-region", "path-other-region", "reload-region"],
            Sabotage::AccountIgnored => &["other-account-ca", "admitted-p256"],
            Sabotage::CertificateOptional => &["no-client-certificate", "key-instead-of-leaf", "both-key"],
            Sabotage::SessionsKept => &["ticket-again", "ticket-after-rotation", "ticket-after-expiry"],
            Sabotage::EarlyDataTaken => &["early-again", "early-after-rotation", "early-after-expiry"],
            Sabotage::BundlesKept => &["ticket-after-rotation"],
            Sabotage::AdmittedBeforeChain => &["foreign-ca", "other-namespace-ca", "leaf-expired"],
            Sabotage::WebpkiAnchors => &["root-expired", "root-no-ca", "root-without-cert-sign", "leaf-name-of-ca"],
            Sabotage::BundlesPooled => &["other-namespace-ca", "other-account-ca", "ticket-other-namespace"],
            Sabotage::IntermediatesAnchored => &["root-missing"],
            Sabotage::SentRootsTrusted => &["foreign-root-sent", "impostor-root-sent"],
            Sabotage::RootsByName => &["impostor-root-sent"],
            Sabotage::LeafExpiryIgnored => &["leaf-expired", "leaf-not-yet-valid", "ticket-after-expiry"],
            Sabotage::IntermediateExpiryIgnored => &["intermediate-expired", "intermediate-early"],
            Sabotage::RootExpiryIgnored => &["root-expired", "root-not-yet-valid"],
            Sabotage::BeginningsIgnored => &["leaf-not-yet-valid", "root-not-yet-valid", "intermediate-early"],
            Sabotage::ClockLenient => &["leaf-a-minute-early", "leaf-a-minute-late"],
            Sabotage::CaFlagIgnored => &["intermediate-no-ca", "root-no-ca", "root-unmarked", "leaf-signs-leaf"],
            Sabotage::CertSignIgnored => &["root-without-cert-sign", "intermediate-no-sign"],
            Sabotage::PathLengthIgnored => &["path-too-long", "intermediate-path-long"],
            Sabotage::NameConstraintsIgnored => &["name-constrained"],
            Sabotage::PurposesIgnored => &["leaf-for-servers", "intermediate-servers"],
            Sabotage::CriticalIgnored => &["leaf-critical-unknown", "intermediate-critical"],
            Sabotage::PoliciesIgnored => &["intermediate-policy"],
            Sabotage::LeafDemandsIgnored => {
                &["leaf-x509-v1", "leaf-key-usage-wrong", "leaf-ed25519", "ca-as-leaf", "ca-itself"]
            }
            Sabotage::RepeatedNamesTaken => &["leaf-name-of-ca", "leaf-name-of-ca-case"],
            Sabotage::RepeatedNamesByCase => &["leaf-name-of-ca-case"],
            Sabotage::ProofIgnored => &["key-of-another"],
            Sabotage::AlertsAlike => &["foreign-ca", "leaf-expired", "key-of-another"],
            Sabotage::FiltersBeforeChain => &["filter-and-chain-wrong"],
            Sabotage::FiltersIgnored => &["filter-mismatch", "filter-shared-ca"],
            Sabotage::FiltersBySubstring => &["filter-inside", "filter-alternative-off"],
            Sabotage::FiltersByCase => &["filter-match", "filter-second", "filter-second-unit"],
            Sabotage::FiltersAsExpressions => &["filter-dot"],
            Sabotage::FilterFieldsOred => &["filter-half", "filter-mismatch"],
            Sabotage::AbsentFieldsMatch => &["filter-field-absent"],
            Sabotage::FirstValueAlone => &["filter-second-unit", "filter-alternative"],
            Sabotage::FirstFilterAlone => &["filter-second", "filter-alternative"],
            Sabotage::AuthorityIgnored => &["authority-other", "authority-other-region", "reused-authority"],
            Sabotage::AuthorityByCase => &["authority-odd-spelling"],
            Sabotage::HeaderAlone => &["body-other-namespace", "body-gzip-other", "body-missing", "reused-body"],
            Sabotage::FirstHeaderAlone => &["header-own-then-other"],
            Sabotage::BodyAlone => &["header-other-namespace", "header-other-account", "header-list"],
            Sabotage::LastFieldAlone => &["body-other-then-own"],
            Sabotage::NestedIgnored => &["nested-child", "nested-signal", "nested-operations", "nested-link"],
            Sabotage::CompressedIgnored => &["body-gzip-other", "body-gzip-members"],
            Sabotage::FirstMemberAlone => &["body-gzip-members"],
            Sabotage::NamesByPrefix => &["header-lookalike", "body-lookalike", "header-list"],
            Sabotage::AccountsAlike => &["header-other-account", "body-other-account"],
            Sabotage::MethodsOpen => &["method-list", "method-update"],
            Sabotage::KeysForAll => &["key-other-namespace", "key-other-at-own", "reused-key-other"],
            Sabotage::FormerKeysTaken => &["key-expired", "key-disabled", "reload-key-expired"],
            Sabotage::KeysRemembered => &["reused-key-missing", "reload-key-gone", "reload-key-disabled"],
            Sabotage::FirstKeyAlone => &["key-twice"],
            Sabotage::SchemeIgnored => &["key-basic", "key-bare"],
            Sabotage::KeyBesideCertificate => &["key-beside-certificate"],
            Sabotage::StateKept => &["reload-namespace-gone", "reload-key-gone", "reload-region"],
        }
    }

    #[test]
    fn every_weakened_gate_is_noticed_by_the_scenarios_that_are_there_for_it() {
        let mut complaints = Vec::new();
        for sabotage in Sabotage::ALL {
            let failed = failed(&run(|options| {
                options.settings.sabotage = Some(sabotage);
                // One client of ours sends a ClientHello, and nothing more to a gate that wrongly goes on.
                options.settings.handshake = Duration::from_secs(2);
            }));
            let missed: Vec<_> = caught_by(sabotage).iter().filter(|id| !failed.contains(**id)).collect();
            if !missed.is_empty() {
                complaints.push(format!("{}: {missed:?} did not notice; {failed:?} did", sabotage.name()));
            }
        }
        assert!(complaints.is_empty(), "{complaints:#?}");
    }
}
