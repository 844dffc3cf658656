//! `certproof serve`: the front door for a world, with its records, its metrics, and its reload.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::time::Duration;

use arc_swap::ArcSwap;
use clap::{Args, ValueEnum};
use time::OffsetDateTime;

use super::audit::{self, Rotating};
use super::reload::{self, Change};
use super::world::{self, Loaded, Place};
use super::{Exit, Failure, Reader, Screen, input, parse_time, real_now};
use crate::cloud::{Kit, NamespaceName, endpoint};
use crate::pki::Clock;
use crate::pki::clock::{parse_duration, rfc3339};
use crate::report::{Severity, Verdict, plural};
use crate::rules::{self, Terms};
use crate::wire::audit::{Event, Sink};
use crate::wire::metrics::{self, Metrics};
use crate::wire::outcome::{Connection, Decision};
use crate::wire::{FrontDoor, Loopback, ServerIdentity, Settings};

/// Lines that may wait to be printed or written. More are counted and left out: a slow disk or a full pipe must hold up
/// no connection.
const WAITING_LINES: usize = 65_536;

/// For the last lines to be printed and written. A pipe that nobody reads is not waited for any longer.
const LAST_LINES: Duration = Duration::from_secs(5);

/// Namespaces that are named in the greeting, and in warnings.
const NAMED: usize = 20;

#[derive(Debug, Args)]
#[command(
    after_help = "PATH is a folder that `certproof gen hierarchy` makes (server-ca.pem, server-ca.key, and a folder per
namespace, <name>.<account>, with ca.pem and optionally filters.json), or a world.toml, or a folder with one.
Nothing is written into it. When a file of it changes, the new state is put in place without dropping a
connection; a broken new state is refused, and the old one kept.
Stop with Ctrl-C: calls under way have 10 seconds to end; once more stops at once."
)]
pub struct Arguments {
    /// Folder of kits, or world.toml
    path: PathBuf,
    /// Loopback address to listen on; port 0 lets the system choose
    #[arg(long, default_value = "127.0.0.1:7233", value_name = "ADDRESS")]
    listen: SocketAddr,
    /// Forward calls that the gate lets through to this gRPC server: loopback, HTTP/2 without TLS
    #[arg(long, value_name = "ADDRESS")]
    upstream: Option<SocketAddr>,
    /// Write this file once the door is open: its address, `REGION ADDRESS` for each path into a region, and `metrics
    /// ADDRESS`
    #[arg(long, value_name = "FILE")]
    ready_file: Option<PathBuf>,
    /// Append one JSON line per connection, call and ending to this file
    #[arg(long, value_name = "FILE")]
    audit: Option<PathBuf>,
    /// Move the audit file aside at this size in bytes; five are kept
    #[arg(long, default_value_t = 64 * 1024 * 1024, value_name = "BYTES", value_parser = clap::value_parser!(u64).range(4096..))]
    audit_bytes: u64,
    /// Serve Prometheus metrics at http://ADDRESS/metrics: loopback
    #[arg(long, value_name = "ADDRESS")]
    metrics: Option<SocketAddr>,
    /// Print no line per connection and refused call
    #[arg(long, short)]
    quiet: bool,
    /// What is logged on standard error, apart from the lines about connections
    #[arg(long, default_value = "warn", value_name = "LEVEL")]
    log: Level,
    /// Judge clients as if the door had been opened at this time
    #[arg(long, value_name = "RFC 3339", value_parser = parse_time)]
    at: Option<OffsetDateTime>,
    #[command(flatten)]
    bounds: Bounds,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Deadlines and bounds")]
struct Bounds {
    /// For a ClientHello to arrive, and again for the rest of the handshake
    #[arg(long, default_value = "10s", value_name = "DURATION", value_parser = duration)]
    handshake_timeout: Duration,
    /// From the handshake to the beginning of HTTP/2
    #[arg(long, default_value = "10s", value_name = "DURATION", value_parser = duration)]
    preface_timeout: Duration,
    /// Of silence, after which an HTTP/2 ping asks whether the client is still there
    #[arg(long, default_value = "30s", value_name = "DURATION", value_parser = duration)]
    ping_interval: Duration,
    /// For the answer to such a ping, and so for headers that never end
    #[arg(long, default_value = "20s", value_name = "DURATION", value_parser = duration)]
    ping_timeout: Duration,
    /// From a request's headers to the end of its message
    #[arg(long, default_value = "30s", value_name = "DURATION", value_parser = duration)]
    body_timeout: Duration,
    /// Without a call on an admitted connection
    #[arg(long, default_value = "10m", value_name = "DURATION", value_parser = duration)]
    idle_timeout: Duration,
    /// After which a connection is ended with GOAWAY, as the cloud does
    #[arg(long, default_value = "5m", value_name = "DURATION", value_parser = duration)]
    max_age: Duration,
    /// For calls under way when a connection is ended
    #[arg(long, default_value = "70s", value_name = "DURATION", value_parser = duration)]
    drain: Duration,
    /// Connections at a time
    #[arg(long, default_value_t = 12_000, value_name = "N", value_parser = at_least_one)]
    connections: usize,
    /// Connections at a time of one IP address
    #[arg(long, default_value_t = 11_000, value_name = "N", value_parser = at_least_one)]
    connections_per_peer: usize,
    /// Connections at a time that have not finished their handshake, half of the places at most; one more ends the oldest
    #[arg(long, default_value_t = 1_024, value_name = "N", value_parser = at_least_one)]
    handshakes: usize,
    /// Calls at a time on one connection
    #[arg(long, default_value_t = 256, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    streams: u32,
    /// Bytes of a request's headers
    #[arg(long, default_value_t = 16 * 1024, value_name = "BYTES")]
    header_bytes: u32,
    /// Bytes of a request message, unpacked
    #[arg(long, default_value_t = 4 * 1024 * 1024, value_name = "BYTES", value_parser = message_bytes)]
    message_bytes: usize,
    /// Bytes of request messages at a time, of all connections; one connection has an eighth, and more wait
    #[arg(long, default_value_t = 256 * 1024 * 1024, value_name = "BYTES", value_parser = at_least_one)]
    held_bytes: usize,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Level {
    Off,
    Error,
    Warn,
    Info,
    Debug,
    Trace,
}

fn duration(text: &str) -> Result<Duration, String> {
    parse_duration(text).map(time::Duration::unsigned_abs)
}

/// The length before a message has 32 bits.
fn message_bytes(text: &str) -> Result<usize, String> {
    match at_least_one(text)? {
        bytes @ ..=0x4000_0000 => Ok(bytes),
        _ => Err("at most a gibibyte is read".to_owned()),
    }
}

fn at_least_one(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(0) | Err(_) => Err("a number from 1 up is wanted".to_owned()),
        Ok(number) => Ok(number),
    }
}

impl Bounds {
    fn settings(&self) -> Settings {
        Settings {
            hello: self.handshake_timeout,
            handshake: self.handshake_timeout,
            preface: self.preface_timeout,
            ping: self.ping_interval,
            ping_answer: self.ping_timeout,
            body: self.body_timeout,
            idle: self.idle_timeout,
            age: self.max_age,
            drain: self.drain,
            connections: self.connections,
            per_peer: self.connections_per_peer,
            handshaking: self.handshakes,
            streams: self.streams,
            header_bytes: self.header_bytes,
            message_bytes: self.message_bytes,
            held_bytes: self.held_bytes,
            ..Settings::default()
        }
    }
}

pub fn run(arguments: &Arguments, screen: &Screen) -> Result<Exit, Failure> {
    let told = |text: String| Failure::CouldNotTell(text);
    log_to_stderr(arguments.log);
    let listen = Loopback::try_from(arguments.listen)?;
    let upstream = arguments.upstream.map(Loopback::try_from).transpose()?;
    let metrics_at = arguments.metrics.map(Loopback::try_from).transpose()?;
    let clock = arguments.at.map_or(Clock::System, Clock::starting);
    let loaded = world::load(&arguments.path).map_err(told)?;
    let mut settings = arguments.bounds.settings();
    fit_to_open_files(&mut settings, screen);
    let audit = arguments.audit.as_ref().map(|path| {
        let failed = |error| told(format!("cannot write `{}`: {}", input::shown(path), input::plain(&error)));
        Rotating::open(path, arguments.audit_bytes).map_err(failed)
    });
    let audit = audit.transpose()?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let served = runtime.block_on(async {
        let metrics = Metrics::new();
        let (records, receivers, ends) = Records::new(metrics.clone(), !arguments.quiet, audit.is_some());
        let authority = Arc::new(ArcSwap::from_pointee(loaded.server));
        let minting = authority.clone();
        let mint = move |names: &[String]| mint(&minting.load(), names);
        let mut plan = FrontDoor::to(loaded.world.clone(), mint)
            .listen(listen)
            .clock(clock)
            .settings(settings)
            .records(records.sink());
        for (region, listen) in &loaded.paths {
            plan = plan.path(region.clone(), *listen);
        }
        if let Some(upstream) = upstream {
            plan = plan.upstream(upstream);
        }
        let door = Arc::new(plan.open().await?);
        let scraped = match metrics_at {
            Some(at) => {
                let counted = Arc::downgrade(&door);
                let before = move |metrics: &Metrics| {
                    metrics.set_open(counted.upgrade().map_or(0, |door| door.connections()));
                };
                Some(metrics::serve(at, metrics.clone(), before).await?)
            }
            None => None,
        };
        let greeting =
            greeting(&door, &loaded.world, &loaded.places, &loaded.server_ca, scraped.as_ref().map(|at| at.0));
        let writer = audit.map(|audit| {
            let (metrics, screen) = (metrics.clone(), *screen);
            tokio::task::spawn_blocking(move || write_all(audit, &receivers.audit, &screen, &metrics))
        });
        let printing = *screen;
        let mut printer = tokio::task::spawn_blocking(move || print_all(&printing, &greeting, &receivers.lines));
        // Whoever reads the ready file may stop the process at once.
        let mut signals = Signals::new()?;
        if let Some(path) = &arguments.ready_file {
            write_ready(path, &door, scraped.as_ref().map(|at| at.0)).map_err(told)?;
        }
        // Judging signatures of thousands of bundles takes seconds, and the door is open meanwhile.
        let (world, places, judging) = (loaded.world, loaded.places, *screen);
        std::thread::spawn(move || {
            world.tenants().for_each(|tenant| tenant.judge());
            warn(&places, clock, &judging);
        });
        let ours = [arguments.audit.clone(), arguments.ready_file.clone()].into_iter().flatten().collect();
        let changing = Reloading { door: door.clone(), authority, metrics, clock, screen: *screen };
        let watched = reload::watch(arguments.path.clone(), loaded.sources, loaded.begun, ours, move |change| {
            changing.take(change)
        });
        if let Err(why) = watched {
            screen.complain(&format!("warning: {why}"));
        }
        let mut is_printing = true;
        let result = tokio::select! {
            printed = &mut printer => {
                is_printing = false;
                printed.unwrap_or(Ok(())).map(|()| Exit::Clean)
            }
            () = signals.next() => Ok(Exit::Clean),
        };
        if result.is_ok() {
            end(&door, &mut signals, screen).await;
            let written = async {
                // A blocking send: the queue may be full, and what is in it is written all the same.
                let _ = tokio::task::spawn_blocking(move || ends.iter().for_each(|end| drop(end.send(None)))).await;
                if let Some(writer) = writer {
                    let _ = writer.await;
                }
                if is_printing {
                    let _ = printer.await;
                }
            };
            let _ = tokio::time::timeout(LAST_LINES, written).await;
        }
        result
    });
    // The printer may hang on a full pipe for ever; the process does not wait for it.
    runtime.shutdown_background();
    served
}

/// For calls to end when the door is closed.
const PATIENCE: Duration = Duration::from_secs(10);

/// Lets calls end, unless somebody is in a hurry.
async fn end(door: &FrontDoor, signals: &mut Signals, screen: &Screen) {
    let open = door.connections();
    if open > 0 {
        screen.complain(&format!("closing {}; once more stops at once", plural(open, "connection")));
    }
    tokio::select! {
        () = door.close(PATIENCE) => {}
        () = signals.next() => door.close(Duration::ZERO).await,
    }
}

/// Ctrl-C and SIGTERM, which are caught from the moment that this is made.
struct Signals {
    #[cfg(unix)]
    caught: [tokio::signal::unix::Signal; 2],
}

impl Signals {
    fn new() -> std::io::Result<Self> {
        #[cfg(unix)]
        {
            use tokio::signal::unix::{SignalKind, signal};
            Ok(Self { caught: [signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?] })
        }
        #[cfg(not(unix))]
        Ok(Self {})
    }

    async fn next(&mut self) {
        #[cfg(unix)]
        {
            let [interrupt, terminate] = &mut self.caught;
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
            }
        }
        #[cfg(not(unix))]
        let _ = tokio::signal::ctrl_c().await;
    }
}

/// Real clients judge the server by their own clocks.
fn mint(authority: &crate::forge::server::ServerAuthority, names: &[String]) -> Result<ServerIdentity, String> {
    let server = authority.issue(names, real_now()).map_err(|error| error.to_string())?;
    ServerIdentity::new(vec![server.certificate], server.key.pkcs8()).map_err(|error| error.to_string())
}

/// What happens when files change.
struct Reloading {
    door: Arc<FrontDoor>,
    authority: Arc<ArcSwap<crate::forge::server::ServerAuthority>>,
    metrics: Arc<Metrics>,
    clock: Clock,
    screen: Screen,
}

impl Reloading {
    fn take(&self, change: Change) {
        match change {
            Change::Refused(why) => {
                self.metrics.reloaded("refused");
                self.screen.complain(&format!("the changed files do not load, and the old state is kept: {why}"));
            }
            Change::Loaded(loaded) => {
                let Loaded { world, server, paths, places, .. } = *loaded;
                let opened: Vec<_> = self.door.paths().keys().collect();
                if paths.keys().collect::<Vec<_>>() != opened {
                    let text = "warning: paths into regions are opened at the start only; stop and start for them";
                    self.screen.complain(text);
                }
                let tenants: Vec<_> = world.tenants().cloned().collect();
                if server.certificate != self.authority.load().certificate {
                    self.authority.store(Arc::new(server));
                    self.door.forget_server_certificates();
                }
                self.door.replace(world);
                self.metrics.reloaded("loaded");
                self.screen.complain(&format!("reloaded: {}", plural(tenants.len(), "namespace")));
                tenants.iter().for_each(|tenant| tenant.judge());
                warn(&places, self.clock, &self.screen);
            }
        }
    }
}

/// Findings at error level load all the same, since a stored bundle may have aged; they are told.
fn warn(places: &[(NamespaceName, Place)], clock: Clock, screen: &Screen) {
    let mut told = 0;
    for (name, place) in places {
        let Ok(files) = place.read() else { continue };
        let cases =
            rules::run(&Kit { namespace: Some(name.to_string()), ..Kit::read(&files) }, &Terms::at(clock.now()));
        let errors = cases
            .iter()
            .filter(|case| case.topic.severity == Severity::Error && matches!(case.verdict, Verdict::Fail(_)));
        let ids: Vec<_> = errors.map(|case| case.topic.id).collect();
        if ids.is_empty() {
            continue;
        }
        told += 1;
        if told <= NAMED {
            let (ids, check) = (ids.join(", "), place.to_check());
            screen.complain(&format!("warning: {name} has errors ({ids}); `certproof check {check}` explains"));
        }
    }
    if told > NAMED {
        screen.complain(&format!("warning: {} more have errors", plural(told - NAMED, "namespace")));
    }
}

/// One file a connection, and some for what else there is.
fn fit_to_open_files(settings: &mut Settings, screen: &Screen) {
    #[cfg(unix)]
    {
        use rustix::process::{Resource, getrlimit, setrlimit};
        const ELSE: usize = 64;
        let mut limit = getrlimit(Resource::Nofile);
        limit.current = limit.maximum;
        // Where it cannot be raised, it is as it is.
        let _ = setrlimit(Resource::Nofile, limit);
        let files = getrlimit(Resource::Nofile).current.and_then(|files| usize::try_from(files).ok());
        let fit = files.unwrap_or(usize::MAX).saturating_sub(ELSE).max(1);
        if fit < settings.connections {
            screen.complain(&format!(
                "the system allows {} open files, so {fit} connections at a time are served instead of {}; `ulimit -n` \
                 raises it",
                fit + ELSE,
                settings.connections
            ));
            settings.connections = fit;
        }
    }
    settings.per_peer = settings.per_peer.min(settings.connections);
    // Whoever has not shown who it is takes at most half of the places, and the oldest of them is who goes.
    settings.handshaking = settings.handshaking.min(settings.connections.div_ceil(2));
}

fn log_to_stderr(level: Level) {
    use tracing_subscriber::filter::{LevelFilter, Targets};
    use tracing_subscriber::fmt;
    use tracing_subscriber::layer::SubscriberExt as _;
    use tracing_subscriber::util::SubscriberInitExt as _;
    let level = match level {
        Level::Off => LevelFilter::OFF,
        Level::Error => LevelFilter::ERROR,
        Level::Warn => LevelFilter::WARN,
        Level::Info => LevelFilter::INFO,
        Level::Debug => LevelFilter::DEBUG,
        Level::Trace => LevelFilter::TRACE,
    };
    // Our own: libraries write what clients send.
    let ours = Targets::new().with_target("certproof", level);
    let lines = fmt::layer().with_writer(std::io::stderr).with_ansi(false);
    // Set once; a second door in the same process keeps the first one's.
    let _ = tracing_subscriber::registry().with(ours).with(lines).try_init();
}

/// Takes events from the door without ever waiting.
struct Records {
    metrics: Arc<Metrics>,
    lines: Option<Queue>,
    audit: Option<Queue>,
}

/// A line, without its end; none ends the queue. Events would hold whatever certificates strangers sent.
type Entry = Option<String>;

struct Queue {
    lines: SyncSender<Entry>,
    dropped: Arc<AtomicU64>,
}

struct Receivers {
    lines: Waiting,
    audit: Waiting,
}

struct Waiting {
    lines: Receiver<Entry>,
    dropped: Arc<AtomicU64>,
}

impl Records {
    /// Also returns what ends the queues.
    fn new(metrics: Arc<Metrics>, lines: bool, audit: bool) -> (Self, Receivers, [SyncSender<Entry>; 2]) {
        let queue = || {
            let (sender, lines) = sync_channel(WAITING_LINES);
            let dropped = Arc::new(AtomicU64::new(0));
            (Queue { lines: sender, dropped: dropped.clone() }, Waiting { lines, dropped })
        };
        let ((to_lines, from_lines), (to_audit, from_audit)) = (queue(), queue());
        // The printer waits for lines even where none will come: it is what keeps the process there.
        let ends = [to_audit.lines.clone(), to_lines.lines.clone()];
        let records =
            Self { metrics, lines: Some(to_lines).filter(|_| lines), audit: Some(to_audit).filter(|_| audit) };
        (records, Receivers { lines: from_lines, audit: from_audit }, ends)
    }

    fn sink(self) -> Sink {
        Arc::new(move |event| {
            self.metrics.count(&event);
            let at = real_now();
            if let (Some(lines), Some(line)) = (&self.lines, self.lines.as_ref().and_then(|_| line(&event))) {
                lines.take(format!("{} {line}", rfc3339(at)));
            }
            if let Some(audit) = &self.audit {
                audit.take(audit::line(&event, at));
            }
        })
    }
}

impl Queue {
    fn take(&self, line: String) {
        if let Err(TrySendError::Full(_)) = self.lines.try_send(Some(line)) {
            self.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// Writes the audit file until the door is gone.
fn write_all(mut file: Rotating, waiting: &Waiting, screen: &Screen, metrics: &Metrics) {
    let mut failing = false;
    let mut write = |line: &str| {
        let written = file.write(line);
        if let Err(error) = &written {
            metrics.dropped(1);
            // Told when it begins to fail, not for each line.
            if !failing {
                screen.complain(&format!("the audit file cannot be written, and lines are lost: {error}"));
            }
        }
        failing = written.is_err();
    };
    loop {
        let line = waiting.lines.recv().ok().flatten();
        let lost = waiting.dropped.swap(0, Ordering::Relaxed);
        if lost > 0 {
            metrics.dropped(lost);
            write(&audit::dropped(lost, real_now()));
        }
        match line {
            Some(line) => write(&line),
            None => return,
        }
    }
}

/// Prints until nobody reads any more.
fn print_all(screen: &Screen, greeting: &str, waiting: &Waiting) -> Result<(), Failure> {
    let mut reader = screen.print(greeting)?;
    while reader == Reader::There {
        let line = waiting.lines.recv().ok().flatten();
        let lost = waiting.dropped.swap(0, Ordering::Relaxed);
        if lost > 0 {
            screen.print(&format!("{} {} left out\n", rfc3339(real_now()), plural(lost as usize, "line")))?;
        }
        match line {
            Some(line) => reader = screen.print(&format!("{line}\n"))?,
            None => return Ok(()),
        }
    }
    Ok(())
}

/// The file appears whole: whoever waits for it reads all of it.
fn write_ready(path: &Path, door: &FrontDoor, metrics: Option<SocketAddr>) -> Result<(), String> {
    let mut text = format!("{}\n", door.address());
    for (region, address) in door.paths() {
        text.push_str(&format!("{region} {address}\n"));
    }
    if let Some(metrics) = metrics {
        text.push_str(&format!("metrics {metrics}\n"));
    }
    let mut beside = path.to_owned().into_os_string();
    beside.push(format!(".{}.part", std::process::id()));
    let beside = PathBuf::from(beside);
    let written = std::fs::write(&beside, text).and_then(|()| std::fs::rename(&beside, path));
    written.map_err(|error| format!("cannot write `{}`: {}", input::shown(path), input::plain(&error)))
}

fn greeting(
    door: &FrontDoor,
    world: &crate::cloud::World,
    places: &[(NamespaceName, Place)],
    server_ca: &Path,
    metrics: Option<SocketAddr>,
) -> String {
    let address = door.address();
    let mut out = format!("listening on {address} (TLS 1.3, h2)\n");
    for tenant in world.tenants().take(NAMED) {
        let mut facts = Vec::new();
        if tenant.authentication.takes_certificates() {
            facts.push(plural(tenant.authorities(), "CA"));
            facts.push(plural(tenant.filters.0.len(), "filter"));
        }
        if tenant.authentication.takes_keys() {
            let keys = world.keys.all().filter(|key| key.namespaces.contains(&tenant.name)).count();
            facts.push(plural(keys, "API key"));
        }
        facts.extend(tenant.region.as_ref().map(|region| format!("in {region}")));
        out.push_str(&format!("  {}: {}\n", tenant.name, facts.join(", ")));
    }
    let more = world.tenants().count().saturating_sub(NAMED);
    if more > 0 {
        out.push_str(&format!("  and {} more\n", plural(more, "namespace")));
    }
    for region in world.regions() {
        let path = door.paths().get(region).map(|path| format!(", path {path}")).unwrap_or_default();
        out.push_str(&format!("  {region}: {}{path}\n", endpoint::regional_host(region)));
    }
    if let Some(metrics) = metrics {
        out.push_str(&format!("metrics at http://{metrics}/metrics\n"));
    }
    let with_client = places.iter().find_map(|(name, place)| match place {
        Place::Kit(folder) if folder.join("client.pem").exists() => Some((name, input::shown(folder))),
        _ => None,
    });
    if let Some((name, kit)) = with_client {
        out.push_str(&format!(
            "connect a client:\n  TEMPORAL_ADDRESS={address} TEMPORAL_NAMESPACE={name} \\\n  \
             TEMPORAL_TLS_CLIENT_CERT_PATH={kit}/client.pem TEMPORAL_TLS_CLIENT_KEY_PATH={kit}/client.key \\\n  \
             TEMPORAL_TLS_SERVER_CA_CERT_PATH={} TEMPORAL_TLS_SERVER_NAME={}\n",
            input::shown(server_ca),
            endpoint::host(name)
        ));
    }
    out
}

/// One line per connection, and one per call that was not answered with OK.
fn line(event: &Event) -> Option<String> {
    match event {
        Event::Decided(connection) => Some(decided(connection)),
        Event::Called { call, .. } if call.status == 0 => None,
        Event::Called { peer, call, .. } => {
            let why = call.reason.as_ref().map(|reason| format!(": {reason}")).unwrap_or_default();
            let (path, status, message) = (call.path, call.status, &call.message);
            Some(format!("{peer} call {path} answered with status {status} \"{message}\"{why}"))
        }
        Event::Closed { .. } => None,
    }
}

fn decided(connection: &Connection) -> String {
    let Connection { peer, namespace, region, identity, decision, .. } = connection;
    let whom = match identity {
        Some(identity) => format!("`{}` (SHA-256 {}…)", identity.subject(), &identity.sha256()[..16]),
        None => "a client".to_owned(),
    };
    let where_to = match (namespace, &connection.server_name, region) {
        (Some(namespace), _, _) if connection.verifier_runs > 0 => format!("the CAs of {namespace}"),
        (Some(namespace), _, _) => namespace.to_string(),
        (None, _, Some(region)) if matches!(decision, Decision::Admitted) => format!("the endpoint of {region}"),
        (None, Some(name), _) => format!("no namespace (server name `{}`)", crate::pki::name::printable(name)),
        (None, None, _) => "no namespace (no server name)".to_owned(),
    };
    match decision {
        Decision::Admitted if identity.is_none() => {
            format!("{peer} connected to {where_to}: its calls are to show an API key")
        }
        Decision::Admitted => format!("{peer} admitted: {whom} against {where_to}"),
        Decision::Refused(refusal) => {
            let alert = refusal.alert.map_or_else(|| "no alert".to_owned(), |alert| format!("alert {alert}"));
            format!("{peer} refused at {} ({alert}): {whom} against {where_to}: {}", refusal.stage, refusal.reason)
        }
        Decision::Full(full) => format!("{peer} turned away: {full}"),
        Decision::Gone(how) => format!("{peer} gone: {whom} against {where_to}: {how}"),
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Debug, Parser)]
    struct Alone {
        #[command(flatten)]
        arguments: Arguments,
    }

    #[test]
    fn the_defaults_of_the_options_are_those_of_the_library() {
        let alone = Alone::try_parse_from(["serve", "pki"]).unwrap();
        assert_eq!(format!("{:?}", alone.arguments.bounds.settings()), format!("{:?}", Settings::default()));
    }
}
