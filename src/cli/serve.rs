//! `certproof serve`: the front door for a world, with its records, its metrics, and its reload.

mod bounds;
mod greeting;
mod records;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use clap::{Args, ValueEnum};
use time::OffsetDateTime;

use self::bounds::{Bounds, fit_to_open_files};
use self::greeting::{greeting, write_ready};
use self::records::{Records, print_all, write_all};
use super::audit::Rotating;
use super::reload::{self, Change};
use super::world::{self, Loaded, Place};
use super::{Exit, Failure, Screen, input, parse_time, real_now};
use crate::cloud::{Kit, NamespaceName};
use crate::forge::server::ServerAuthority;
use crate::pki::Clock;
use crate::report::{Severity, Verdict, plural};
use crate::rules::{self, Terms};
use crate::wire::metrics::{self, Metrics};
use crate::wire::{FrontDoor, Loopback, ServerIdentity};

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

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Level {
    Off,
    Error,
    Warn,
    Info,
    Debug,
    Trace,
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
fn mint(authority: &ServerAuthority, names: &[String]) -> Result<ServerIdentity, String> {
    let server = authority.issue(names, real_now()).map_err(|error| error.to_string())?;
    ServerIdentity::new(vec![server.certificate], server.key.pkcs8()).map_err(|error| error.to_string())
}

/// What happens when files change.
struct Reloading {
    door: Arc<FrontDoor>,
    authority: Arc<ArcSwap<ServerAuthority>>,
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
