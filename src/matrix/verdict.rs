//! Holds what both ends saw of a cell against what was expected of it.

use std::time::Duration;

use super::cell::Cell;
use super::outsider::Said;
use super::request::Sent;
use super::scenario::{Course, Expect, KeyExchange, Scenario, Ticket};
use crate::cloud::requirement::{GATE, GATE_SILENT};
use crate::cloud::{Alert, Breaks, Stage};
use crate::report::{Case, End, Exchange, Finding, Moment, Severity, Side, Subject, Topic, Verdict};
use crate::wire::Outcome;
use crate::wire::outcome::{Call, Connection, Decision, EarlyData, Reason, Refusal, Seen, Sight};
use crate::wire::witness::Arrival;

/// What came of a cell.
pub struct Played {
    pub visit: Visit,
    /// The visit before, for scenarios about tickets.
    pub primed: Option<Outcome>,
}

/// One connection, seen from everywhere.
pub struct Visit {
    pub outcome: Outcome,
    pub calls: Vec<Made>,
}

/// A call, and what of it came to the server behind the door.
pub struct Made {
    pub sent: Sent,
    pub arrivals: Vec<Arrival>,
}

impl Visit {
    /// What the client saw of the call that the scenario is about; of the connection, if it came to no such call.
    fn seen(&self) -> &Seen {
        let tried = self.calls.iter().position(|made| made.sent.is_tried);
        let answers = &self.outcome.client.answers;
        tried.and_then(|tried| answers.get(tried)).unwrap_or(&self.outcome.client.seen)
    }
}

pub fn case(cell: &Cell, played: &Played) -> Case {
    let verdict = Verdict::of(judge(&cell.scenario, played));
    told(cell, Severity::Error, verdict, exchange(cell, &played.visit))
}

fn told(cell: &Cell, severity: Severity, verdict: Verdict, exchange: Exchange) -> Case {
    let scenario = &*cell.scenario;
    let stage = match scenario.expect {
        Expect::Refuse(stage, _) => Some(stage),
        Expect::Answer(..) => Some(Stage::Call),
        Expect::Barred => Some(Stage::Filter),
        Expect::Admit => None,
    };
    // Where the cloud's own answer is not public, the expectation is this project's default.
    let silent = matches!(stage, Some(Stage::Route | Stage::Filter | Stage::Call));
    Case {
        topic: Topic {
            id: scenario.id,
            severity,
            title: scenario.title,
            docs: scenario.docs,
            fix: FIX,
            source: if silent { &GATE_SILENT.evidence } else { &GATE.evidence },
        },
        subject: Subject { subject: Some(scenario.home.namespace.into()), ..Subject::default() },
        verdict,
        breaks: stage.map_or("nothing", |stage| Breaks::Connect(stage).label()),
        exchange: Some(exchange),
    }
}

const FIX: &str = "one end does not do what is expected of it: where both are ours, report this together with the output of \
                   --format json";

/// A cell that was not tried.
pub fn skipped(cell: &Cell, why: &str) -> Case {
    let side = Side::default();
    let exchange = Exchange {
        id: cell.id.clone(),
        traits: cell.traits.clone(),
        expected: expected_side(&cell.scenario.expect),
        server: side.clone(),
        client: side,
        connected_us: None,
        known_us: None,
        moments: Vec::new(),
    };
    told(cell, Severity::Error, Verdict::skip(why), exchange)
}

/// At a gateway of which only the client's side is seen, and what came through it. Letting in or refusing wrongly is an
/// error; refusing in another way than the cloud is a warning, since a client gets in neither way.
pub fn case_at_gateway(cell: &Cell, visit: &Visit) -> Case {
    let expect = &cell.scenario.expect;
    let seen = visit.seen();
    if let Some(group) = group(cell.scenario.key_exchange)
        && *seen == Seen::Alert(Alert::HANDSHAKE_FAILURE)
    {
        return skipped(cell, &format!("the gateway does not have the key exchange {group}"));
    }
    let is_refused = *expect != Expect::Admit;
    let (severity, wrong) = match judge_client(expect, visit) {
        _ if is_refused && *seen == Seen::Served => {
            (Severity::Error, Some(format!("expected {}, and the client was served", expected(expect))))
        }
        Some(wrong) if is_refused => (Severity::Warning, Some(format!("refused, yet in another way: {wrong}"))),
        wrong => (Severity::Error, wrong),
    };
    // How a gateway packs what it lets through is its own affair.
    let through = visit.calls.iter().any(|made| is_refused && made.sent.is_tried && !made.arrivals.is_empty());
    let through = through.then(|| "what had to be refused came to the server behind the gateway".to_owned());
    let severity = if through.is_some() { Severity::Error } else { severity };
    let findings = wrong.into_iter().chain(through).map(Finding::new);
    told(cell, severity, Verdict::of(findings), exchange(cell, visit))
}

/// What a client said of itself, against what the door knows of it.
pub fn case_of_client(cell: &Cell, said: &Said, connections: &[Connection]) -> Case {
    let expect = &cell.scenario.expect;
    let decided = connections.last();
    let door = decided.map_or_else(|| "saw nobody".to_owned(), |connection| connection.decision.to_string());
    let is_let_in = connections.iter().any(|connection| connection.decision == Decision::Admitted);
    let (verdict, words) = match (said, expect) {
        (Said::Unable, _) => (Verdict::skip("the client says that it cannot do this"), "unable"),
        (Said::Otherwise(how), _) => {
            (Verdict::of([Finding::new(format!("the client broke the contract: {how}"))]), "?")
        }
        (Said::Admitted, Expect::Admit) if is_let_in => (Verdict::Pass, "admitted"),
        (Said::Refused, Expect::Refuse(..) | Expect::Barred) => {
            let wrong = decided.and_then(|server| judge_refusal(expect, server));
            let missing = decided.is_none().then(|| "the client says that it was refused, and never came".to_owned());
            (Verdict::of(wrong.or(missing).map(Finding::new)), "refused")
        }
        (Said::Admitted, _) => {
            let why = match expect {
                Expect::Admit => "the client says that it got in",
                _ => "the client takes the end of its handshake for admission: it must read before it believes",
            };
            (Verdict::of([Finding::new(format!("{why}; the door: {door}"))]), "admitted")
        }
        (Said::Refused, _) => {
            (Verdict::of([Finding::new(format!("the client says that it was refused; the door: {door}"))]), "refused")
        }
    };
    let exchange = Exchange {
        id: cell.id.clone(),
        traits: cell.traits.clone(),
        expected: expected_side(expect),
        server: decided.map(server_side).unwrap_or_default(),
        client: Side { reason: words.to_owned(), ..Side::default() },
        connected_us: None,
        known_us: None,
        moments: Vec::new(),
    };
    told(cell, Severity::Error, verdict, exchange)
}

/// The stage alone: which alert reaches a client of somebody else's is between the two.
fn judge_refusal(expect: &Expect, server: &Connection) -> Option<String> {
    let stage = match expect {
        Expect::Refuse(stage, _) => *stage,
        Expect::Barred => Stage::Filter,
        Expect::Admit | Expect::Answer(..) => return None,
    };
    match &server.decision {
        Decision::Refused(refusal) if refusal.stage == stage => None,
        // A client that refuses the server may just close.
        Decision::Gone(_) if stage == Stage::Trust => None,
        other => Some(format!("expected {}, the server decided: {other}", expected(expect))),
    }
}

fn judge(scenario: &Scenario, played: &Played) -> Vec<Finding> {
    let visit = &played.visit;
    let Outcome { server, client } = &visit.outcome;
    let mut wrong = Vec::new();
    match server {
        None => wrong.push("the server has no record of the connection".to_owned()),
        Some(server) => wrong.extend(judge_server(scenario, server, visit.calls.len())),
    }
    wrong.extend(judge_client(&scenario.expect, visit));
    wrong.extend(visit.calls.iter().filter_map(|made| judge_arrival(&scenario.expect, made)));
    match scenario.course.ticket() {
        Some(Ticket::Held) => wrong.extend(judge_held_ticket(server.as_ref(), client)),
        Some(_) => wrong.extend(judge_ticket(server.as_ref(), client, played.primed.as_ref())),
        None => {}
    }
    if let Course::Early(_) = scenario.course {
        wrong.extend(judge_early_data(client));
    }
    wrong.into_iter().map(Finding::new).collect()
}

fn judge_server(scenario: &Scenario, server: &Connection, asked: usize) -> Option<String> {
    let expect = &scenario.expect;
    let is_let_in = || server.verifier_runs == scenario.verifier_runs && server.calls.len() == asked;
    let refused: Vec<_> = server.calls.iter().filter(|call| call.status != 0).collect();
    let fits = match (expect, &server.decision) {
        (Expect::Admit, Decision::Admitted) => is_let_in() && refused.is_empty(),
        (Expect::Answer(code, why), Decision::Admitted) => {
            is_let_in() && matches!(refused[..], [call] if call.status == *code && reason(call) == *why)
        }
        (Expect::Barred, Decision::Refused(Refusal { stage: Stage::Filter, alert: None, .. })) => {
            is_let_in() && refused.len() == asked && refused.iter().all(|call| call.status == 7)
        }
        (
            Expect::Refuse(Stage::Trust, alert),
            Decision::Refused(Refusal { reason: Reason::ServerRefused(sent), .. }),
        ) => *alert == Some(*sent),
        (Expect::Refuse(stage, alert), Decision::Refused(refusal)) => {
            refusal.stage == *stage && refusal.alert == *alert
        }
        _ => false,
    };
    if let Some(wrong) = judge_key_exchange(scenario, server).filter(|_| fits) {
        return Some(wrong);
    }
    if fits {
        return None;
    }
    let observed = decided(server);
    let runs = server.verifier_runs;
    Some(format!("expected {}, the server decided: {observed} (chain judged {runs} times)", expected(expect)))
}

/// By the name that its registry has for it.
fn group(key_exchange: KeyExchange) -> Option<&'static str> {
    match key_exchange {
        KeyExchange::Any => None,
        KeyExchange::X25519 => Some("X25519"),
        KeyExchange::P256 => Some("secp256r1"),
        KeyExchange::P384 => Some("secp384r1"),
        KeyExchange::X25519MlKem768 => Some("X25519MLKEM768"),
    }
}

/// A client that offers one group must get that one.
fn judge_key_exchange(scenario: &Scenario, server: &Connection) -> Option<String> {
    let wanted = group(scenario.key_exchange)?;
    let agreed = server.tls.as_ref()?.key_exchange;
    (agreed != wanted).then(|| format!("expected the key exchange {wanted}, agreed was {agreed}"))
}

/// The call that the scenario is about comes out as expected, and those around it are answered.
fn judge_client(expect: &Expect, visit: &Visit) -> Option<String> {
    let seen = visit.seen();
    let fits = match (expect, seen) {
        (Expect::Admit, Seen::Served) | (Expect::Refuse(Stage::Trust, _), Seen::ServerRefused(_)) => true,
        (Expect::Answer(expected, _), Seen::Status { code, .. }) => code == expected,
        (Expect::Barred, Seen::Status { code, .. }) => *code == 7,
        (Expect::Refuse(_, Some(alert)), Seen::Alert(seen)) => alert == seen,
        (Expect::Refuse(_, None), Seen::Closed) => true,
        _ => false,
    };
    if !fits {
        return Some(format!("expected {}, the client saw: {seen}", expected(expect)));
    }
    let around = visit.calls.iter().enumerate().filter(|(_, made)| !made.sent.is_tried);
    let mut answers = around.map(|(number, _)| visit.outcome.client.answers.get(number));
    answers
        .find(|answer| *answer != Some(&Seen::Served))
        .map(|answer| format!("a call for the own namespace was not answered: {answer:?}"))
}

/// What is let through comes to the server behind the door once, as it was judged and without a key; nothing else does.
fn judge_arrival(expect: &Expect, made: &Made) -> Option<String> {
    let is_let_through = !made.sent.is_tried || *expect == Expect::Admit;
    match (is_let_through, &made.arrivals[..]) {
        (false, []) => None,
        (false, _) => Some("what was refused came to the server behind the door".to_owned()),
        (true, [arrival]) if arrival.shows_key => Some("the server behind the door was shown the API key".to_owned()),
        (true, [arrival]) if arrival.path != made.sent.ask.path || arrival.body != made.sent.plain => {
            Some("another call came to the server behind the door than was made".to_owned())
        }
        (true, [_]) => None,
        (true, arrivals) => Some(format!("a call came {} times to the server behind the door", arrivals.len())),
    }
}

/// Whatever a ticket is offered for, the handshake is full and the chain judged once.
fn judge_ticket(server: Option<&Connection>, client: &Sight, primed: Option<&Outcome>) -> Vec<String> {
    let mut wrong = Vec::new();
    if primed.is_none_or(|primed| primed.client.seen != Seen::Served) {
        wrong.push("the client was not admitted at first, so its ticket proves nothing".to_owned());
    }
    if !client.offered_ticket {
        wrong.push("the client offered no ticket".to_owned());
    }
    if client.full_handshake != Some(true) || server.is_none_or(|server| !server.full_handshake) {
        wrong.push("the session was resumed".to_owned());
    }
    if let Some(runs) = server.map(|server| server.verifier_runs).filter(|runs| *runs != 1) {
        wrong.push(format!("the chain was judged {runs} times"));
    }
    wrong
}

/// A ticket that was given out elsewhere is offered, and opens nothing.
fn judge_held_ticket(server: Option<&Connection>, client: &Sight) -> Vec<String> {
    let mut wrong = Vec::new();
    if !client.offered_ticket {
        wrong.push("the client offered no ticket".to_owned());
    }
    if client.full_handshake == Some(false) || server.is_some_and(|server| !server.full_handshake) {
        wrong.push("the session was resumed".to_owned());
    }
    wrong
}

/// What was sent before anybody was judged is not read. A copy of it would be as good as the original.
fn judge_early_data(client: &Sight) -> Option<String> {
    match client.early_data {
        EarlyData::Refused => None,
        EarlyData::NotOffered => Some("the client sent nothing early".to_owned()),
        EarlyData::Taken => Some("a call was taken before its client was judged".to_owned()),
    }
}

fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}

fn exchange(cell: &Cell, visit: &Visit) -> Exchange {
    let outcome = &visit.outcome;
    Exchange {
        id: cell.id.clone(),
        traits: cell.traits.clone(),
        moments: moments(visit),
        expected: expected_side(&cell.scenario.expect),
        server: outcome.server.as_ref().map(server_side).unwrap_or_default(),
        client: client_side(visit.seen()),
        connected_us: outcome.client.connected_after.map(micros),
        known_us: Some(micros(outcome.client.known_after)),
    }
}

fn expected_side(expect: &Expect) -> Side {
    match expect {
        Expect::Admit => Side { stage: Some(ADMIT), ..Side::default() },
        Expect::Refuse(stage, alert) => side(*stage, *alert, String::new()),
        Expect::Answer(_, why) => side(Stage::Call, None, why.to_string()),
        Expect::Barred => side(Stage::Filter, None, String::new()),
    }
}

/// What happened at both ends, in the order of time.
fn moments(visit: &Visit) -> Vec<Moment> {
    let Outcome { server, client } = &visit.outcome;
    let moment = |after: Duration, end, what: String| Moment { at_us: micros(after), end, what };
    let mut moments = vec![moment(Duration::ZERO, End::Client, "connects".to_owned())];
    if let Some(connected) = client.connected_after {
        moments.push(moment(connected, End::Client, "is connected, as its TLS library says".to_owned()));
    }
    moments.push(moment(client.known_after, End::Client, format!("first knows: {}", visit.seen())));
    if let Some(server) = server {
        let arrived = server.arrived.saturating_duration_since(client.started);
        moments.push(moment(arrived, End::Server, "accepts the connection".to_owned()));
        moments.push(moment(arrived + server.decided_after, End::Server, server.decision.to_string()));
        for call in &server.calls {
            let answered = call.answered.saturating_duration_since(client.started);
            let what = match call.status {
                0 => format!("answers {}", call.path),
                status => format!("answers {} with status {status}: {}", call.path, reason(call)),
            };
            moments.push(moment(answered, End::Server, what));
        }
    }
    moments.sort_by_key(|moment| moment.at_us);
    moments
}

const ADMIT: &str = "admit";

fn side(stage: Stage, alert: Option<Alert>, reason: String) -> Side {
    Side { stage: Some(stage.name()), alert: alert.map(|alert| alert.to_string()), reason }
}

fn server_side(server: &Connection) -> Side {
    match &server.decision {
        Decision::Admitted => match server.calls.iter().find(|call| call.status != 0) {
            None => Side { stage: Some(ADMIT), ..Side::default() },
            Some(call) => side(Stage::Call, None, reason(call)),
        },
        Decision::Refused(refusal) => side(refusal.stage, refusal.alert, refusal.reason.to_string()),
        Decision::Full(full) => Side { stage: Some("full"), alert: None, reason: full.to_string() },
        Decision::Gone(how) => Side { stage: Some("gone"), alert: None, reason: how.clone() },
    }
}

fn reason(call: &Call) -> String {
    match &call.reason {
        Some(reason) => reason.to_string(),
        None => format!("answered with gRPC status {} \"{}\"", call.status, call.message),
    }
}

fn client_side(seen: &Seen) -> Side {
    let alert = match seen {
        Seen::Alert(alert) => Some(alert.to_string()),
        _ => None,
    };
    Side { stage: None, alert, reason: seen.to_string() }
}

fn expected(expect: &Expect) -> String {
    match expect {
        Expect::Admit => ADMIT.to_owned(),
        Expect::Refuse(stage, Some(alert)) => format!("a refusal at {stage} with {alert}"),
        Expect::Refuse(stage, None) => format!("a refusal at {stage} without a word"),
        Expect::Answer(code, why) => format!("the status {code}, since {why}"),
        Expect::Barred => "calls that are all answered PERMISSION_DENIED".to_owned(),
    }
}

fn decided(server: &Connection) -> String {
    let side = server_side(server);
    match side.reason.as_str() {
        "" => side.stage.unwrap_or_default().to_owned(),
        reason => format!("{}, {reason}", side.stage.unwrap_or_default()),
    }
}
