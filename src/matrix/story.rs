//! What a scenario is about, as a sequence: what is expected to pass between the two ends, before anybody has tried.

use super::cell::traits;
use super::scenario::{Course, Credential, Expect, NameSent, Scenario, Tls};
use crate::cloud::{Alert, Stage};
use crate::report::End;
use crate::report::sequence::Step;

/// The steps up to the decision.
pub fn steps(scenario: &Scenario) -> Vec<Step> {
    let mut steps = vec![Step::sent(End::Client, format!("ClientHello: {}", offered(scenario)))];
    let (stage, alert) = match &scenario.expect {
        Expect::Refuse(stage, alert) => (Some(*stage), *alert),
        Expect::Barred => (Some(Stage::Filter), None),
        Expect::Admit | Expect::Answer(..) => (None, None),
    };
    let is_barred = scenario.expect == Expect::Barred;
    if let Some(early @ (Stage::Hello | Stage::Route)) = stage {
        steps.push(Step::aside(End::Server, format!("stage {early}: refuses")));
        steps.push(refusal(End::Server, alert));
        return steps;
    }
    let asks = scenario.verifier_runs > 0
        || matches!(stage, Some(Stage::Present | Stage::Chain | Stage::Prove | Stage::Filter));
    let request = if asks { ", CertificateRequest" } else { "" };
    steps.push(Step::sent(End::Server, format!("ServerHello{request}, Certificate, CertificateVerify, Finished")));
    if stage == Some(Stage::Trust) {
        steps.push(Step::aside(End::Client, "stage trust: does not believe the server's certificate"));
        steps.push(refusal(End::Client, alert));
        return steps;
    }
    let shown = match (asks, &scenario.credential) {
        (false, _) => "Finished".to_owned(),
        (true, Credential::Nothing) => "Certificate (empty), Finished".to_owned(),
        (true, _) => format!("Certificate ({}), CertificateVerify, Finished", client_chain(scenario)),
    };
    steps.push(Step::sent(End::Client, shown));
    steps.push(Step::aside(End::Client, "is connected, as its TLS library says: it cannot know more yet"));
    if let Some(stage) = stage.filter(|_| !is_barred) {
        steps.push(Step::aside(End::Server, format!("stage {stage}: refuses")));
        steps.push(refusal(End::Server, alert));
        steps.push(Step::aside(End::Client, "its first read fails: only now it knows"));
        return steps;
    }
    let passes = if asks { "stages present, chain, prove and filter pass" } else { "asks for no certificate" };
    steps.push(Step::aside(
        End::Server,
        if is_barred { "stage filter: no filter matches, calls will tell" } else { passes },
    ));
    match scenario.course {
        Course::Reused => {
            steps.push(Step::aside(End::Client, "a call for its own namespace before this one, and another behind it"));
        }
        Course::Reloaded(_) => {
            steps.push(Step::aside(End::Client, "a call for its own namespace, which is answered"));
            steps.push(Step::aside(End::Server, "then the world changes"));
        }
        Course::Once | Course::Ticket(_) | Course::Early(_) => {}
    }
    steps.push(Step::sent(End::Client, scenario.request.method));
    match &scenario.expect {
        Expect::Answer(code, why) => {
            steps.push(Step::aside(End::Server, format!("stage call: {why}")));
            steps.push(Step::sent(End::Server, format!("gRPC status {code}")));
        }
        Expect::Barred => steps.push(Step::sent(End::Server, "gRPC status 7")),
        Expect::Admit | Expect::Refuse(..) => steps.push(Step::sent(End::Server, "gRPC status 0: admitted")),
    }
    steps
}

fn refusal(end: End, alert: Option<Alert>) -> Step {
    match alert {
        Some(alert) => Step::sent(end, format!("alert {alert}")),
        None => Step::sent(end, "closes without an alert"),
    }
}

fn offered(scenario: &Scenario) -> String {
    let version = if scenario.tls == Tls::V13 { "TLS 1.3" } else { "TLS 1.2 only" };
    let name = match &scenario.server_name {
        NameSent::Endpoint => format!("{}.tmprl.cloud", scenario.home.namespace),
        NameSent::UpperCase => format!("{}.tmprl.cloud", scenario.home.namespace).to_uppercase(),
        NameSent::Text(text) => (*text).to_owned(),
        NameSent::Absent => "no server name".to_owned(),
        NameSent::IpLiteral => "127.0.0.1 as server name".to_owned(),
    };
    let ticket = match scenario.course {
        Course::Ticket(_) => ", a session ticket",
        Course::Early(_) => ", a session ticket, and the call as early data",
        Course::Once | Course::Reused | Course::Reloaded(_) => "",
    };
    let protocols = named(scenario, "ALPN");
    format!("{version}, {name}, ALPN {protocols}{ticket}")
}

fn client_chain(scenario: &Scenario) -> &'static str {
    named(scenario, "client chain")
}

fn named(scenario: &Scenario, wanted: &str) -> &'static str {
    traits(scenario).into_iter().find(|(name, _)| *name == wanted).map_or("", |(_, value)| value)
}
