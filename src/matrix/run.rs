//! Runs scenarios side by side against one door, and holds what both ends saw against what was expected.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use time::OffsetDateTime;
use tokio::sync::{Notify, Semaphore};
use tokio::task::JoinSet;

use super::MatrixError;
use super::homes::WORLD;
use super::lab::Lab;
use super::request::{self, Sent};
use super::scenario::{Change, Course, Expect, Home, Scenario, Ticket};
use super::scenarios::SWITCHES;
use crate::cloud::requirement::{GATE, GATE_SILENT};
use crate::cloud::switches::Switches;
use crate::cloud::{Alert, Breaks, RegionName, Stage, endpoint};
use crate::pki::Clock;
use crate::pki::clock::rfc3339;
use crate::report::{Case, Counts, Exchange, Finding, Report, Severity, Side, Subject, Topic, Verdict};
use crate::wire::audit::{Event, Sink};
use crate::wire::client::Client;
use crate::wire::outcome::{Call, Connection, Decision, Reason, Refusal, Seen, Sight};
use crate::wire::tickets::TicketOffice;
use crate::wire::witness::{Arrival, Witness};
use crate::wire::{FrontDoor, Loopback, Outcome, Settings, WireError};

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

/// The stage that most scenarios share.
struct Theatre {
    lab: Arc<Lab>,
    options: Options,
    witness: Witness,
    set: Set,
}

/// A door, and what it reports.
struct Set {
    door: FrontDoor,
    ledger: Arc<Ledger>,
}

impl Theatre {
    async fn open(lab: Arc<Lab>, options: Options) -> Result<Self, MatrixError> {
        let witness = Witness::open().await?;
        let set = Set::open(&lab, &options, SWITCHES, &witness).await?;
        Ok(Self { lab, options, witness, set })
    }

    async fn play(&self, scenario: &'static Scenario) -> Result<Played, MatrixError> {
        let client = self.lab.client(scenario)?;
        let shares_the_door = matches!(scenario.course, Course::Once | Course::Reused) && scenario.switches == SWITCHES;
        if shares_the_door {
            return Ok(Played {
                visit: self.observe(&client, &self.set, scenario.home, scenario, 0).await?,
                primed: None,
            });
        }
        // It has another world, so the scenario has a door of its own.
        let set = Set::open(&self.lab, &self.options, scenario.switches, &self.witness).await?;
        let Course::Ticket(ticket) = &scenario.course else {
            return Ok(Played { visit: self.observe(&client, &set, scenario.home, scenario, 0).await?, primed: None });
        };
        let first = match ticket {
            Ticket::From(namespace) => WORLD.iter().find(|home| home.namespace == *namespace),
            Ticket::Again | Ticket::AfterRotation | Ticket::AfterExpiry => None,
        };
        let first = first.copied().unwrap_or(scenario.home);
        let primed = self.observe(&client, &set, first, scenario, 0).await?;
        if client.held_tickets() == 0 {
            self.collect_ticket(&client, first).await?;
        }
        match ticket {
            Ticket::AfterRotation => set.door.replace(self.lab.changed(Change::AnotherRoot, scenario.home)?),
            Ticket::AfterExpiry => set.door.set_clock(self.later()),
            Ticket::Again | Ticket::From(_) => {}
        }
        let visit = self.observe(&client, &set, scenario.home, scenario, 1).await?;
        Ok(Played { visit, primed: Some(primed.outcome) })
    }

    /// `visit` tells apart the visits of one scenario.
    async fn observe(
        &self,
        client: &Client,
        set: &Set,
        home: &Home,
        scenario: &'static Scenario,
        visit: usize,
    ) -> Result<Visit, MatrixError> {
        let sent = request::calls(scenario, home, visit)?;
        let attempt = request::attempt(scenario, home, &sent);
        let mut between: Box<dyn FnMut(usize) + Send> = match scenario.course {
            Course::Once | Course::Reused | Course::Ticket(_) => Box::new(|_| ()),
            Course::Reloaded(change) => {
                let mut next = Some(self.lab.changed(change, scenario.home)?);
                let clock = matches!(change, Change::KeysExpired).then(|| self.later());
                Box::new(move |_| {
                    if let Some(world) = next.take() {
                        set.door.replace(world);
                    }
                    if let Some(clock) = clock {
                        set.door.set_clock(clock);
                    }
                })
            }
        };
        let (sight, local) = client.attempt_with(set.address(scenario)?, &attempt, &mut *between).await;
        let server = match local {
            Some(local) => set.ledger.settle(local, sight.answers.len()).await,
            None => None,
        };
        let calls = sent.into_iter().map(|sent| (self.witness.arrived(&sent.mark), sent));
        let calls = calls.map(|(arrivals, sent)| Made { sent, arrivals }).collect();
        Ok(Visit { outcome: Outcome { server, client: sight }, calls })
    }

    async fn collect_ticket(&self, client: &Client, home: &Home) -> Result<(), MatrixError> {
        let (name, account) = home.namespace.split_once('.').unwrap_or((home.namespace, ""));
        let office = TicketOffice::open(self.lab.identity(&endpoint::wildcard(account))?).await?;
        // Without a ticket the cell fails, since it then never offers one.
        let _ = client.collect_ticket(office.address, &format!("{name}.{account}.tmprl.cloud")).await;
        Ok(())
    }

    /// Behind the end of what lasts an hour.
    fn later(&self) -> Clock {
        Clock::Fixed(self.options.at + time::Duration::hours(2))
    }
}

impl Set {
    async fn open(
        lab: &Arc<Lab>,
        options: &Options,
        switches: Switches,
        witness: &Witness,
    ) -> Result<Self, MatrixError> {
        let ledger = Arc::new(Ledger::default());
        let sink: Sink = {
            let ledger = ledger.clone();
            Arc::new(move |event| ledger.enter(event))
        };
        let minting = lab.clone();
        let mut world = lab.world.clone();
        world.switches = switches;
        let mut plan = FrontDoor::to(world, move |names| minting.mint(names))
            .clock(Clock::Fixed(options.at))
            .settings(options.settings)
            .upstream(witness.address)
            .records(sink);
        for region in lab.world.regions() {
            plan = plan.path(region.clone(), Loopback::port(0));
        }
        Ok(Self { door: plan.open().await?, ledger })
    }

    /// Of the door, or of the path that the scenario dials.
    fn address(&self, scenario: &Scenario) -> Result<Loopback, WireError> {
        let path = scenario.path.and_then(|region| region.parse::<RegionName>().ok());
        let path = path.and_then(|region| self.door.paths().get(&region).copied());
        Loopback::try_from(path.unwrap_or_else(|| self.door.address()))
    }
}

struct Played {
    visit: Visit,
    /// The visit before, for scenarios about tickets.
    primed: Option<Outcome>,
}

/// One connection, seen from everywhere.
struct Visit {
    outcome: Outcome,
    calls: Vec<Made>,
}

/// A call, and what of it came to the server behind the door.
struct Made {
    sent: Sent,
    arrivals: Vec<Arrival>,
}

impl Visit {
    /// What the client saw of the call that the scenario is about; of the connection, if it came to no such call.
    fn seen(&self) -> &Seen {
        let tried = self.calls.iter().position(|made| made.sent.is_tried);
        let answers = &self.outcome.client.answers;
        tried.and_then(|tried| answers.get(tried)).unwrap_or(&self.outcome.client.seen)
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

    /// Waits until the door is done with a client, and with the calls that were answered; gives up after 5 seconds.
    async fn settle(&self, peer: SocketAddr, answered: usize) -> Option<Connection> {
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

    fn take_settled(&self, peer: SocketAddr, answered: usize) -> Option<Connection> {
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        let entry = entries.get(&peer)?;
        let connection = entry.connection.as_ref()?;
        if !entry.closed || connection.calls.len() < answered {
            return None;
        }
        entries.remove(&peer)?.connection
    }
}

fn case(scenario: &'static Scenario, played: &Played) -> Case {
    let findings = judge(scenario, played);
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
            severity: Severity::Error,
            title: scenario.title,
            docs: scenario.docs,
            fix: "the gate does not do what is expected of it; report this together with the output of --format json",
            source: if silent { &GATE_SILENT.evidence } else { &GATE.evidence },
        },
        subject: Subject { subject: Some(scenario.home.namespace.into()), ..Subject::default() },
        verdict: Verdict::of(findings),
        breaks: stage.map_or("nothing", |stage| Breaks::Connect(stage).label()),
        exchange: Some(exchange(scenario, &played.visit)),
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
    wrong.extend(judge_client(scenario.expect, visit));
    wrong.extend(visit.calls.iter().filter_map(|made| judge_arrival(scenario.expect, made)));
    if matches!(scenario.course, Course::Ticket(_)) {
        wrong.extend(judge_ticket(server.as_ref(), client, played.primed.as_ref()));
    }
    wrong.into_iter().map(Finding::new).collect()
}

fn judge_server(scenario: &Scenario, server: &Connection, asked: usize) -> Option<String> {
    let expect = scenario.expect;
    let is_let_in = || server.verifier_runs == scenario.verifier_runs && server.calls.len() == asked;
    let refused: Vec<_> = server.calls.iter().filter(|call| call.status != 0).collect();
    let fits = match (expect, &server.decision) {
        (Expect::Admit, Decision::Admitted) => is_let_in() && refused.is_empty(),
        (Expect::Answer(code, why), Decision::Admitted) => {
            is_let_in() && matches!(refused[..], [call] if call.status == code && reason(call) == why)
        }
        (Expect::Barred, Decision::Refused(Refusal { stage: Stage::Filter, alert: None, .. })) => {
            is_let_in() && refused.len() == asked && refused.iter().all(|call| call.status == 7)
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
    let observed = decided(server);
    let runs = server.verifier_runs;
    Some(format!("expected {}, the server decided: {observed} (chain judged {runs} times)", expected(expect)))
}

/// The call that the scenario is about comes out as expected, and those around it are answered.
fn judge_client(expect: Expect, visit: &Visit) -> Option<String> {
    let seen = visit.seen();
    let fits = match (expect, seen) {
        (Expect::Admit, Seen::Served) | (Expect::Refuse(Stage::Trust, _), Seen::ServerRefused(_)) => true,
        (Expect::Answer(expected, _), Seen::Status { code, .. }) => *code == expected,
        (Expect::Barred, Seen::Status { code, .. }) => *code == 7,
        (Expect::Refuse(_, Some(alert)), Seen::Alert(seen)) => alert == *seen,
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
fn judge_arrival(expect: Expect, made: &Made) -> Option<String> {
    let is_let_through = !made.sent.is_tried || expect == Expect::Admit;
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

fn exchange(scenario: &Scenario, visit: &Visit) -> Exchange {
    let outcome = &visit.outcome;
    let micros = |duration: Duration| u64::try_from(duration.as_micros()).unwrap_or(u64::MAX);
    Exchange {
        id: scenario.id.into(),
        traits: Vec::new(),
        moments: Vec::new(),
        expected: match scenario.expect {
            Expect::Admit => Side { stage: Some(ADMIT), ..Side::default() },
            Expect::Refuse(stage, alert) => side(stage, alert, String::new()),
            Expect::Answer(_, why) => side(Stage::Call, None, why.to_owned()),
            Expect::Barred => side(Stage::Filter, None, String::new()),
        },
        server: outcome.server.as_ref().map(server_side).unwrap_or_default(),
        client: client_side(visit.seen()),
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

fn expected(expect: Expect) -> String {
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
