//! Plays cells side by side against one door.

use std::collections::{HashMap, HashSet};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use time::OffsetDateTime;
use tokio::sync::{Notify, OnceCell};
use tokio::task::JoinSet;

use super::MatrixError;
use super::cell::{Cell, sanity};
use super::export::Source;
use super::homes::WORLD;
use super::lab::Lab;
use super::outsider::{Outsider, Said, is_for_anybody};
use super::request;
use super::scenario::{Change, Course, Home, Scenario, Ticket};
use super::scenarios::SWITCHES;
use super::verdict::{Made, Played, Visit, case, case_at_gateway, case_of_client, skipped};
use crate::cloud::switches::Switches;
use crate::cloud::{RegionName, endpoint};
use crate::pki::Clock;
use crate::pki::clock::rfc3339;
use crate::report::{Case, Counts, Report, Severity, Verdict, plural};
use crate::wire::audit::{Event, Sink};
use crate::wire::client::{Client, Target};
use crate::wire::outcome::Connection;
use crate::wire::tickets::TicketOffice;
use crate::wire::witness::Witness;
use crate::wire::{FrontDoor, Loopback, Outcome, Settings, WireError};

/// Who takes part.
#[derive(Debug, Clone)]
pub enum Against {
    /// Our clients against our front door.
    Door,
    /// Our clients against somebody else's gateway, which holds the world of the source and hands calls on to us.
    Gateway { address: SocketAddr, source: Arc<Source>, witness: Loopback },
    /// Somebody else's client against our front door.
    Client { command: Outsider, folder: PathBuf },
}

/// How a run goes.
#[derive(Clone)]
pub struct Options {
    /// What clients are judged by, and what their certificates are made for.
    pub at: OffsetDateTime,
    /// What the clients' own clocks say.
    pub real_now: OffsetDateTime,
    /// Cells at a time.
    pub jobs: usize,
    /// Nothing new is begun once a cell has failed.
    pub fail_fast: bool,
    pub settings: Settings,
    pub against: Against,
    /// Whether a cell, by its id, is known to fail: such a failure ends no run that is to end at the first.
    pub is_known: Arc<dyn Fn(&str) -> bool + Send + Sync>,
    /// Is told of every case when it is known, in no order.
    pub watch: Arc<dyn Fn(&Case) + Send + Sync>,
}

impl std::fmt::Debug for Options {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "a run at {}, {} cells at a time", rfc3339(self.at), self.jobs)
    }
}

impl Options {
    pub fn new(at: OffsetDateTime, real_now: OffsetDateTime) -> Self {
        // On a busy machine a client may take its time to read the alert.
        let settings = Settings { linger: Duration::from_secs(3), ..Settings::default() };
        Self {
            at,
            real_now,
            jobs: 16,
            fail_fast: false,
            settings,
            against: Against::Door,
            is_known: Self::nothing_known(),
            watch: Arc::new(|_| ()),
        }
    }

    pub fn nothing_known() -> Arc<dyn Fn(&str) -> bool + Send + Sync> {
        Arc::new(|_| false)
    }
}

/// Plays the given cells and reports them in the order given. Never tries one twice. A client that must get in and one
/// that must not come first and last: where these fail, the rest is no proof.
///
/// # Errors
/// When the world cannot be forged or the door cannot be opened.
pub async fn run(cells: Vec<Cell>, options: Options) -> Result<Report, MatrixError> {
    let theatre = Arc::new(Theatre::open(options.clone()).await?);
    let mut cells = cells;
    let mut notes = Vec::new();
    if let Against::Client { .. } = options.against {
        let all = cells.len();
        cells.retain(|cell| is_for_anybody(&cell.scenario));
        let left = all - cells.len();
        if left > 0 {
            notes.push(format!(
                "{} not tried, since they ask what the contract with a client has no words for",
                plural(left, "cell")
            ));
        }
    }
    let cells = Arc::new(cells);
    theatre.forge(&cells)?;
    let mut doubts = theatre.check_sanity("before").await;
    let (cases, mut troubles) = theatre.play_all(&cells).await;
    doubts.extend(theatre.check_sanity("after").await);
    let left = cells.len() - cases.len() - troubles.len();
    if left > 0 {
        notes.push(format!("{} not tried, since one failed", plural(left, "cell")));
    }
    troubles.extend(doubts);
    Ok(Report {
        command: "matrix",
        checked_at: rfc3339(options.at),
        profile: "cloud",
        passed: cases.iter().filter(|case| case.verdict == Verdict::Pass).count(),
        skipped: cases.iter().filter(|case| matches!(case.verdict, Verdict::Skip(_))).count(),
        scope: plural(cases.len(), "cell"),
        counts: Counts::of(&cases),
        forecasts: Vec::new(),
        cases,
        suppressed: 0,
        notes,
        troubles,
    })
}

/// The stage that most scenarios share.
struct Theatre {
    lab: Arc<Lab>,
    options: Options,
    witness: Witness,
    set: Set,
    /// By account: what gives out tickets in the name of its endpoints.
    offices: Mutex<HashMap<String, Arc<OnceCell<TicketOffice>>>>,
    /// Attempts of somebody else's client, each of which has a folder.
    told: AtomicUsize,
}

/// A door, and what it reports.
struct Set {
    door: FrontDoor,
    ledger: Arc<Ledger>,
}

impl Theatre {
    async fn open(options: Options) -> Result<Self, MatrixError> {
        let (source, listen) = match &options.against {
            Against::Gateway { source, witness, .. } => (Source::clone(source), *witness),
            Against::Door | Against::Client { .. } => (Source::fresh(options.at, options.real_now)?, Loopback::port(0)),
        };
        let lab = Arc::new(Lab::of(source, options.real_now)?);
        let witness = Witness::open(listen).await?;
        let set = Set::open(&lab, &options, SWITCHES, &witness).await?;
        Ok(Self { lab, options, witness, set, offices: Mutex::default(), told: AtomicUsize::new(0) })
    }

    /// What is costly is done before anybody knocks, on all processors: it would hold up handshakes.
    fn forge(&self, cells: &[Cell]) -> Result<(), MatrixError> {
        let mut seen = HashSet::new();
        let different = |cell: &&Cell| Lab::presenting_key(&cell.scenario).is_some_and(|key| seen.insert(key));
        let different: Vec<_> = cells.iter().filter(different).collect();
        let next = AtomicUsize::new(0);
        let forge = || {
            while let Some(cell) = different.get(next.fetch_add(1, Ordering::Relaxed)) {
                self.lab.client(&cell.scenario)?;
            }
            Ok(())
        };
        std::thread::scope(|scope| {
            let workers = std::thread::available_parallelism().map_or(1, usize::from);
            let workers: Vec<_> = (0..workers).map(|_| scope.spawn(forge)).collect();
            // A panic of theirs is one of ours.
            workers
                .into_iter()
                .try_for_each(|worker| worker.join().unwrap_or_else(|why| std::panic::resume_unwind(why)))
        })
    }

    /// The cases in the order of their cells, and what could not be told.
    async fn play_all(self: &Arc<Self>, cells: &Arc<Vec<Cell>>) -> (Vec<Case>, Vec<String>) {
        let (next, stop) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicBool::new(false)));
        let mut workers = JoinSet::new();
        for _ in 0..self.options.jobs.clamp(1, cells.len().max(1)) {
            let (theatre, cells, next, stop) = (self.clone(), cells.clone(), next.clone(), stop.clone());
            workers.spawn(async move {
                let mut done = Vec::new();
                while !stop.load(Ordering::Relaxed) {
                    let position = next.fetch_add(1, Ordering::Relaxed);
                    let Some(cell) = cells.get(position) else { break };
                    let played = theatre.judge(cell).await;
                    if let Ok(case) = &played {
                        (theatre.options.watch)(case);
                    }
                    let is_wrong = |case: &Case| {
                        matches!(case.verdict, Verdict::Fail(_)) && case.topic.severity == Severity::Error
                    };
                    let is_enough = match &played {
                        Ok(case) => is_wrong(case) && !(theatre.options.is_known)(&cell.id),
                        Err(_) => true,
                    };
                    stop.fetch_or(theatre.options.fail_fast && is_enough, Ordering::Relaxed);
                    done.push((position, played.map_err(|error| format!("{}: {error}", cell.id))));
                }
                done
            });
        }
        let (mut cases, mut troubles) = (Vec::new(), Vec::new());
        while let Some(done) = workers.join_next().await {
            match done {
                Ok(done) => done.into_iter().for_each(|(position, played)| match played {
                    Ok(case) => cases.push((position, case)),
                    Err(trouble) => troubles.push(trouble),
                }),
                Err(error) => troubles.push(format!("cells were not finished: {error}")),
            }
        }
        cases.sort_by_key(|(position, _)| *position);
        (cases.into_iter().map(|(_, case)| case).collect(), troubles)
    }

    /// What makes everything else doubtful.
    async fn check_sanity(&self, when: &str) -> Vec<String> {
        let mut troubles = Vec::new();
        for mut cell in sanity() {
            cell.id = format!("{}-{when}", cell.id).into();
            let doubt = match self.judge(&cell).await {
                Ok(case) if case.topic.severity < Severity::Error => None,
                Ok(case) => case.verdict.findings().first().map(|finding| finding.message.clone()),
                Err(error) => Some(error.to_string()),
            };
            troubles.extend(doubt.map(|doubt| format!("{}: {doubt}", cell.id)));
        }
        troubles
    }

    async fn judge(&self, cell: &Cell) -> Result<Case, MatrixError> {
        match &self.options.against {
            Against::Door => Ok(case(cell, &self.play(cell).await?)),
            Against::Gateway { address, .. } => self.play_at(*address, cell).await,
            Against::Client { command, folder } => self.play_with(command.clone(), folder, cell).await,
        }
    }

    /// At a gateway whose state we cannot change, and whose mind we cannot read.
    async fn play_at(&self, gateway: SocketAddr, cell: &Cell) -> Result<Case, MatrixError> {
        let scenario = &*cell.scenario;
        let unable = match scenario.course {
            _ if scenario.switches != SWITCHES => Some("is about a switch of our own front door"),
            _ if scenario.path.is_some() => Some("is about a further address, which a gateway's own does not tell"),
            Course::Reloaded(_) => Some("needs another state in mid-run, which only our own front door takes on"),
            Course::Ticket(Ticket::AfterRotation | Ticket::AfterExpiry)
            | Course::Early(Ticket::AfterRotation | Ticket::AfterExpiry) => {
                Some("needs another state in mid-run, which only our own front door takes on")
            }
            Course::Ticket(_) | Course::Early(_) | Course::Once | Course::Reused => None,
        };
        if let Some(unable) = unable {
            return Ok(skipped(cell, unable));
        }
        let client = self.lab.client(scenario)?;
        match scenario.course.ticket() {
            Some(Ticket::Held) => self.collect_ticket(&client, scenario.home).await?,
            Some(ticket) => {
                let first = match ticket {
                    Ticket::From(namespace) => WORLD.iter().find(|home| home.namespace == *namespace),
                    _ => None,
                };
                let first = first.copied().unwrap_or(scenario.home);
                self.knock(&client, Target::Named(gateway), first, cell, 0, &mut |_| ()).await?;
                if client.held_tickets() == 0 {
                    self.collect_ticket(&client, first).await?;
                }
            }
            None => {}
        }
        let (visit, _) = self.knock(&client, Target::Named(gateway), scenario.home, cell, 1, &mut |_| ()).await?;
        Ok(case_at_gateway(cell, &visit))
    }

    /// By a client of which we know what it says of itself alone, at a door of its own.
    async fn play_with(&self, command: Outsider, folder: &Path, cell: &Cell) -> Result<Case, MatrixError> {
        let scenario = cell.scenario.clone();
        let set = Set::open(&self.lab, &self.options, scenario.switches, &self.witness).await?;
        let material = self.lab.material(&scenario)?;
        let own = folder.join(self.told.fetch_add(1, Ordering::Relaxed).to_string());
        std::fs::create_dir_all(&own)?;
        let door = set.door.address();
        let said = tokio::task::spawn_blocking(move || command.attempt(door, &scenario, &material, &own)).await;
        let said = said.unwrap_or_else(|error| Said::Otherwise(error.to_string()));
        // Its records are complete once the connections of a client that has ended are.
        set.door.close(Duration::from_millis(500)).await;
        Ok(case_of_client(cell, &said, &set.ledger.all()))
    }

    async fn play(&self, cell: &Cell) -> Result<Played, MatrixError> {
        let scenario = &*cell.scenario;
        let client = self.lab.client(scenario)?;
        let ticket = scenario.course.ticket();
        if ticket == Some(&Ticket::Held) {
            self.collect_ticket(&client, scenario.home).await?;
        }
        let leaves_the_door_alone =
            ticket == Some(&Ticket::Held) || matches!(scenario.course, Course::Once | Course::Reused);
        if leaves_the_door_alone && scenario.switches == SWITCHES {
            let visit = self.observe(&client, &self.set, scenario.home, cell, 0).await?;
            return Ok(Played { visit, primed: None });
        }
        // It has another world, so the scenario has a door of its own.
        let set = Set::open(&self.lab, &self.options, scenario.switches, &self.witness).await?;
        let (Some(ticket), false) = (ticket, leaves_the_door_alone) else {
            let visit = self.observe(&client, &set, scenario.home, cell, 0).await?;
            return Ok(Played { visit, primed: None });
        };
        let first = match ticket {
            Ticket::From(namespace) => WORLD.iter().find(|home| home.namespace == *namespace),
            Ticket::Held | Ticket::Again | Ticket::AfterRotation | Ticket::AfterExpiry => None,
        };
        let first = first.copied().unwrap_or(scenario.home);
        let primed = self.observe(&client, &set, first, cell, 0).await?;
        if client.held_tickets() == 0 {
            self.collect_ticket(&client, first).await?;
        }
        match ticket {
            Ticket::AfterRotation => set.door.replace(self.lab.changed(Change::AnotherRoot, scenario.home)?),
            Ticket::AfterExpiry => set.door.set_clock(self.later()),
            Ticket::Held | Ticket::Again | Ticket::From(_) => {}
        }
        let visit = self.observe(&client, &set, scenario.home, cell, 1).await?;
        Ok(Played { visit, primed: Some(primed.outcome) })
    }

    /// `visit` tells apart the visits of one scenario.
    async fn observe(
        &self,
        client: &Client,
        set: &Set,
        home: &Home,
        cell: &Cell,
        visit: usize,
    ) -> Result<Visit, MatrixError> {
        let scenario = &*cell.scenario;
        let mut between: Box<dyn FnMut(usize) + Send> = match scenario.course {
            Course::Once | Course::Reused | Course::Ticket(_) | Course::Early(_) => Box::new(|_| ()),
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
        let target = Target::Here(set.address(scenario)?);
        let (mut seen, local) = self.knock(client, target, home, cell, visit, &mut *between).await?;
        if let Some(local) = local {
            let answered = seen.outcome.client.answers.len();
            seen.outcome.server = set.ledger.settle(local, target.address(), answered).await;
        }
        Ok(seen)
    }

    /// One connection, as the client and the server behind see it; and the client's address.
    async fn knock(
        &self,
        client: &Client,
        target: Target,
        home: &Home,
        cell: &Cell,
        visit: usize,
        between: &mut (dyn FnMut(usize) + Send),
    ) -> Result<(Visit, Option<SocketAddr>), MatrixError> {
        let sent = request::calls(&cell.id, &cell.scenario, home, visit)?;
        let attempt = request::attempt(&cell.scenario, home, &sent);
        let (sight, local) = client.attempt_with(target, &attempt, between).await;
        let calls = sent.into_iter().map(|sent| (self.witness.arrived(&sent.mark), sent));
        let calls = calls.map(|(arrivals, sent)| Made { sent, arrivals }).collect();
        Ok((Visit { outcome: Outcome { server: None, client: sight }, calls }, local))
    }

    async fn collect_ticket(&self, client: &Client, home: &Home) -> Result<(), MatrixError> {
        let (name, account) = home.namespace.split_once('.').unwrap_or((home.namespace, ""));
        let office = {
            let mut offices = self.offices.lock().unwrap_or_else(PoisonError::into_inner);
            offices.entry(account.to_owned()).or_default().clone()
        };
        let identity = self.lab.identity(&endpoint::wildcard(account))?;
        let office = office.get_or_try_init(|| TicketOffice::open(identity)).await?;
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

/// What the door reported, by the numbers that it gives to connections.
#[derive(Default)]
struct Ledger {
    entries: Mutex<HashMap<u64, Entry>>,
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
                let number = connection.number;
                entries.entry(number).or_default().connection = Some(connection);
            }
            Event::Called { number, call, .. } => {
                if let Some(connection) = entries.get_mut(&number).and_then(|entry| entry.connection.as_mut()) {
                    connection.calls.push(call);
                }
            }
            Event::Closed { number, .. } => {
                if let Some(entry) = entries.get_mut(&number) {
                    entry.closed = true;
                }
            }
        }
        drop(entries);
        self.changed.notify_waiters();
    }

    /// Every connection so far, in the order of their arrival.
    fn all(&self) -> Vec<Connection> {
        let entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        let mut all: Vec<_> = entries.values().filter_map(|entry| entry.connection.clone()).collect();
        all.sort_by_key(|connection| connection.number);
        all
    }

    /// Waits until the door is done with a client, and with the calls that were answered; gives up after 5 seconds.
    async fn settle(&self, client: SocketAddr, dialled: SocketAddr, answered: usize) -> Option<Connection> {
        let settled = async {
            loop {
                let changed = self.changed.notified();
                if let Some(connection) = self.take_settled(client, dialled, answered) {
                    return connection;
                }
                changed.await;
            }
        };
        tokio::time::timeout(Duration::from_secs(5), settled).await.ok()
    }

    fn take_settled(&self, client: SocketAddr, dialled: SocketAddr, answered: usize) -> Option<Connection> {
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        let is_it = |entry: &Entry| {
            let connection = entry.connection.as_ref().filter(|_| entry.closed);
            connection.is_some_and(|it| it.peer == client && it.dialled == dialled && it.calls.len() >= answered)
        };
        let number = entries.iter().find(|(_, entry)| is_it(entry)).map(|(number, _)| *number)?;
        entries.remove(&number)?.connection
    }
}
