//! Runs scenarios side by side against one door, and holds what both ends saw against what was expected.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use time::OffsetDateTime;
use tokio::sync::{Notify, Semaphore};
use tokio::task::JoinSet;

use super::MatrixError;
use super::lab::Lab;
use super::scenarios::{Expect, Home, NameSent, Request, Scenario, Ticket};
use crate::cloud::requirement::{GATE, GATE_SILENT};
use crate::cloud::{Alert, Breaks, Stage, endpoint};
use crate::pki::Clock;
use crate::pki::clock::rfc3339;
use crate::report::{Case, Counts, Exchange, Finding, Report, Severity, Side, Subject, Topic, Verdict};
use crate::wire::audit::{Event, Sink};
use crate::wire::client::{Attempt, Client, Sni};
use crate::wire::outcome::{Connection, Decision, Reason, Refusal, Seen, Sight};
use crate::wire::tickets::TicketOffice;
use crate::wire::{FrontDoor, Loopback, Outcome, Settings};

/// How a run goes.
#[derive(Debug, Clone)]
pub struct Options {
    /// What clients are judged by, and what their certificates are made for.
    pub at: OffsetDateTime,
    /// What the clients' own clocks say.
    pub real_now: OffsetDateTime,
    /// Scenarios at a time.
    pub jobs: usize,
    pub settings: Settings,
}

impl Options {
    pub fn new(at: OffsetDateTime, real_now: OffsetDateTime) -> Self {
        // On a busy machine a client may take its time to read the alert.
        let settings = Settings { linger: Duration::from_secs(3), ..Settings::default() };
        Self { at, real_now, jobs: 8, settings }
    }
}

/// Runs the given scenarios and reports them in the order given. Never tries one twice.
///
/// # Errors
/// When the world cannot be forged or the door cannot be opened.
pub async fn run(scenarios: Vec<&'static Scenario>, options: Options) -> Result<Report, MatrixError> {
    let lab = Arc::new(Lab::new(options.at, options.real_now)?);
    // Signing takes the processor; done here it does not hold up handshakes. What is forged is kept.
    for scenario in &scenarios {
        lab.client(scenario)?;
    }
    let theatre = Arc::new(Theatre::open(lab, options.clone()).await?);
    let places = Arc::new(Semaphore::new(options.jobs.max(1)));
    let mut running = JoinSet::new();
    for (position, scenario) in scenarios.iter().copied().enumerate() {
        let (theatre, places) = (theatre.clone(), places.clone());
        running.spawn(async move {
            let _place = places.acquire_owned().await;
            (position, scenario, theatre.play(scenario).await)
        });
    }
    let mut cases = Vec::new();
    let mut troubles = Vec::new();
    while let Some(played) = running.join_next().await {
        match played {
            Ok((position, scenario, Ok(outcome))) => cases.push((position, case(scenario, &outcome))),
            Ok((_, scenario, Err(error))) => troubles.push(format!("{}: {error}", scenario.id)),
            Err(error) => troubles.push(format!("a scenario was not finished: {error}")),
        }
    }
    cases.sort_by_key(|(position, _)| *position);
    let cases: Vec<_> = cases.into_iter().map(|(_, case)| case).collect();
    Ok(Report {
        command: "matrix",
        checked_at: rfc3339(options.at),
        profile: "cloud",
        passed: cases.iter().filter(|case| case.verdict == Verdict::Pass).count(),
        skipped: 0,
        scope: crate::report::plural(cases.len(), "scenario"),
        counts: Counts::of(&cases),
        forecasts: Vec::new(),
        cases,
        suppressed: 0,
        notes: Vec::new(),
        troubles,
    })
}

/// The door that most scenarios share, and what it reports.
struct Theatre {
    lab: Arc<Lab>,
    options: Options,
    door: FrontDoor,
    ledger: Arc<Ledger>,
}

impl Theatre {
    async fn open(lab: Arc<Lab>, options: Options) -> Result<Self, MatrixError> {
        let ledger = Arc::new(Ledger::default());
        let door = open(&lab, &options, &ledger).await?;
        Ok(Self { lab, options, door, ledger })
    }

    async fn play(&self, scenario: &'static Scenario) -> Result<Played, MatrixError> {
        let client = self.lab.client(scenario)?;
        if scenario.ticket == Ticket::Unused {
            let outcome = observe(&client, &self.door, &self.ledger, scenario.home, scenario).await?;
            return Ok(Played { outcome, primed: None });
        }
        // What follows changes the world, so the scenario has a door of its own.
        let ledger = Arc::new(Ledger::default());
        let door = open(&self.lab, &self.options, &ledger).await?;
        let first = match scenario.ticket {
            Ticket::From(namespace) => super::scenarios::WORLD.iter().find(|home| home.namespace == namespace),
            _ => None,
        };
        let first = first.copied().unwrap_or(scenario.home);
        let primed = observe(&client, &door, &ledger, first, scenario).await?;
        if client.held_tickets() == 0 {
            self.collect_ticket(&client, first).await?;
        }
        match scenario.ticket {
            Ticket::AfterRotation => {
                door.replace(self.lab.rotated(scenario.home)?);
            }
            Ticket::AfterExpiry => {
                door.set_clock(Clock::Fixed(self.options.at + time::Duration::hours(2)));
            }
            Ticket::Unused | Ticket::Again | Ticket::From(_) => {}
        }
        let outcome = observe(&client, &door, &ledger, scenario.home, scenario).await?;
        Ok(Played { outcome, primed: Some(primed) })
    }

    async fn collect_ticket(&self, client: &Client, home: &Home) -> Result<(), MatrixError> {
        let (name, account) = home.namespace.split_once('.').unwrap_or((home.namespace, ""));
        let office = TicketOffice::open(self.lab.identity(account)?).await?;
        // Without a ticket the cell fails, since it then never offers one.
        let _ = client.collect_ticket(office.address, &format!("{name}.{account}.tmprl.cloud")).await;
        Ok(())
    }
}

struct Played {
    outcome: Outcome,
    /// The visit before, for scenarios about tickets.
    primed: Option<Outcome>,
}

async fn open(lab: &Arc<Lab>, options: &Options, ledger: &Arc<Ledger>) -> Result<FrontDoor, MatrixError> {
    let sink: Sink = {
        let ledger = ledger.clone();
        Arc::new(move |event| ledger.enter(event))
    };
    let minting = lab.clone();
    let door = FrontDoor::to(lab.world.clone(), move |names| minting.mint(names))
        .clock(Clock::Fixed(options.at))
        .settings(options.settings)
        .records(sink);
    Ok(door.open().await?)
}

async fn observe(
    client: &Client,
    door: &FrontDoor,
    ledger: &Ledger,
    home: &Home,
    scenario: &Scenario,
) -> Result<Outcome, MatrixError> {
    let (sight, local) = client.attempt(Loopback::try_from(door.address())?, &attempt(home, scenario)).await;
    let answered = matches!(sight.seen, Seen::Served | Seen::Status { .. });
    let server = match local {
        Some(local) => ledger.settle(local, answered).await,
        None => None,
    };
    Ok(Outcome { server, client: sight })
}

fn attempt(home: &Home, scenario: &Scenario) -> Attempt {
    let endpoint = home.namespace.parse().map_or_else(|_| home.namespace.to_owned(), |name| endpoint::host(&name));
    Attempt {
        server_name: match scenario.server_name {
            NameSent::Endpoint => Sni::Name(endpoint),
            NameSent::UpperCase => Sni::Name(endpoint.to_ascii_uppercase()),
            NameSent::Text(text) => Sni::Name(text.to_owned()),
            NameSent::Absent => Sni::Absent(endpoint),
            NameSent::IpLiteral => Sni::IpLiteral,
        },
        header: match scenario.request {
            Request::Header(other) => other.namespace.to_owned(),
            Request::Own | Request::Body(_) => home.namespace.to_owned(),
        },
        body: match scenario.request {
            Request::Body(other) => other.namespace.to_owned(),
            Request::Own | Request::Header(_) => home.namespace.to_owned(),
        },
    }
}

/// What the door reported, by the client's address.
#[derive(Default)]
struct Ledger {
    entries: Mutex<HashMap<SocketAddr, Entry>>,
    changed: Notify,
}

#[derive(Default)]
struct Entry {
    connection: Option<Connection>,
    closed: bool,
}

impl Ledger {
    fn enter(&self, event: Event) {
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        match event {
            Event::Decided(connection) => {
                let peer = connection.peer;
                entries.entry(peer).or_default().connection = Some(connection);
            }
            Event::Called { peer, call, .. } => {
                if let Some(connection) = &mut entries.entry(peer).or_default().connection {
                    connection.calls.push(call);
                }
            }
            Event::Closed { peer, .. } => entries.entry(peer).or_default().closed = true,
        }
        drop(entries);
        self.changed.notify_waiters();
    }

    /// Waits until the door is done with a client, and with its call if it got an answer; gives up after 5 seconds.
    async fn settle(&self, peer: SocketAddr, answered: bool) -> Option<Connection> {
        let settled = async {
            loop {
                let changed = self.changed.notified();
                if let Some(connection) = self.take_settled(peer, answered) {
                    return connection;
                }
                changed.await;
            }
        };
        tokio::time::timeout(Duration::from_secs(5), settled).await.ok()
    }

    fn take_settled(&self, peer: SocketAddr, answered: bool) -> Option<Connection> {
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        let entry = entries.get(&peer)?;
        let connection = entry.connection.as_ref()?;
        if !entry.closed || answered && connection.calls.is_empty() {
            return None;
        }
        entries.remove(&peer)?.connection
    }
}

fn case(scenario: &'static Scenario, played: &Played) -> Case {
    let findings = judge(scenario, played);
    let stage = match scenario.expect {
        Expect::Refuse(stage, _) => Some(stage),
        Expect::Admit => None,
    };
    // Where the cloud's own answer is not public, the expectation is this project's default.
    let silent = matches!(stage, Some(Stage::Route | Stage::Filter | Stage::Call));
    Case {
        topic: Topic {
            id: scenario.id,
            severity: Severity::Error,
            title: scenario.title,
            docs: scenario.docs,
            fix: "the gate does not do what is expected of it; report this together with the output of --format json",
            source: if silent { &GATE_SILENT.evidence } else { &GATE.evidence },
        },
        subject: Subject { subject: Some(scenario.home.namespace.into()), ..Subject::default() },
        verdict: Verdict::of(findings),
        breaks: stage.map_or("nothing", |stage| Breaks::Connect(stage).label()),
        exchange: Some(exchange(scenario, &played.outcome)),
    }
}

fn judge(scenario: &Scenario, played: &Played) -> Vec<Finding> {
    let mut findings = Vec::new();
    let Outcome { server, client } = &played.outcome;
    match server {
        None => findings.push(Finding::new("the server has no record of the connection")),
        Some(server) => findings.extend(judge_server(scenario.expect, server).map(Finding::new)),
    }
    findings.extend(judge_client(scenario.expect, client).map(Finding::new));
    if scenario.ticket != Ticket::Unused {
        findings.extend(judge_ticket(server.as_ref(), client, played.primed.as_ref()).into_iter().map(Finding::new));
    }
    findings
}

fn judge_server(expect: Expect, server: &Connection) -> Option<String> {
    let observed = decided(server);
    let fits = match (expect, &server.decision) {
        (Expect::Admit, Decision::Admitted) => {
            server.verifier_runs == 1 && server.calls.iter().all(|call| call.status == 0)
        }
        (Expect::Refuse(Stage::Call, _), Decision::Admitted) => {
            server.verifier_runs == 1 && server.calls.iter().any(|call| call.status == 7)
        }
        (
            Expect::Refuse(Stage::Trust, alert),
            Decision::Refused(Refusal { reason: Reason::ServerRefused(sent), .. }),
        ) => alert == Some(*sent),
        (Expect::Refuse(stage, alert), Decision::Refused(refusal)) => refusal.stage == stage && refusal.alert == alert,
        _ => false,
    };
    if fits {
        return None;
    }
    let runs = server.verifier_runs;
    Some(format!("expected {}, the server decided: {observed} (chain judged {runs} times)", expected(expect)))
}

fn judge_client(expect: Expect, client: &Sight) -> Option<String> {
    let fits = match (expect, &client.seen) {
        (Expect::Admit, Seen::Served) | (Expect::Refuse(Stage::Trust, _), Seen::ServerRefused(_)) => true,
        (Expect::Refuse(Stage::Call, _), Seen::Status { code, .. }) => *code == 7,
        (Expect::Refuse(_, Some(alert)), Seen::Alert(seen)) => alert == *seen,
        (Expect::Refuse(_, None), Seen::Closed) => true,
        _ => false,
    };
    (!fits).then(|| format!("expected {}, the client saw: {}", expected(expect), client.seen))
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

fn exchange(scenario: &Scenario, outcome: &Outcome) -> Exchange {
    let micros = |duration: Duration| u64::try_from(duration.as_micros()).unwrap_or(u64::MAX);
    Exchange {
        expected: match scenario.expect {
            Expect::Admit => Side { stage: Some(ADMIT), ..Side::default() },
            Expect::Refuse(stage, alert) => side(stage, alert, String::new()),
        },
        server: outcome.server.as_ref().map(server_side).unwrap_or_default(),
        client: client_side(&outcome.client.seen),
        connected_us: outcome.client.connected_after.map(micros),
        known_us: Some(micros(outcome.client.known_after)),
    }
}

const ADMIT: &str = "admit";

fn side(stage: Stage, alert: Option<Alert>, reason: String) -> Side {
    Side { stage: Some(stage.name()), alert: alert.map(|alert| alert.to_string()), reason }
}

fn server_side(server: &Connection) -> Side {
    match &server.decision {
        Decision::Admitted => match server.calls.iter().find(|call| call.status != 0) {
            None => Side { stage: Some(ADMIT), ..Side::default() },
            Some(call) => {
                side(Stage::Call, None, format!("answered with gRPC status {} \"{}\"", call.status, call.message))
            }
        },
        Decision::Refused(refusal) => side(refusal.stage, refusal.alert, refusal.reason.to_string()),
        Decision::Full(full) => Side { stage: Some("full"), alert: None, reason: full.to_string() },
        Decision::Gone(how) => Side { stage: Some("gone"), alert: None, reason: how.clone() },
    }
}

fn client_side(seen: &Seen) -> Side {
    let alert = match seen {
        Seen::Alert(alert) => Some(alert.to_string()),
        _ => None,
    };
    Side { stage: None, alert, reason: seen.to_string() }
}

fn expected(expect: Expect) -> String {
    match expect {
        Expect::Admit => ADMIT.to_owned(),
        Expect::Refuse(stage, Some(alert)) => format!("a refusal at {stage} with {alert}"),
        Expect::Refuse(Stage::Call, None) => "PERMISSION_DENIED".to_owned(),
        Expect::Refuse(stage, None) => format!("a refusal at {stage} without a word"),
    }
}

fn decided(server: &Connection) -> String {
    let side = server_side(server);
    match side.reason.as_str() {
        "" => side.stage.unwrap_or_default().to_owned(),
        reason => format!("{}, {reason}", side.stage.unwrap_or_default()),
    }
}
