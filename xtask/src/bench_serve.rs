//! What the front door costs its server, as ratios from one run: beside bare tokio-rustls, nginx, HAProxy, Go and hyper.
//!
//! Every server is a process of its own on loopback, and what counts is the processor time that it spends, over all its
//! threads and children. What is compared runs in turns, so that all sides see the same machine; the median of the turns
//! counts, and the best and the worst are shown. The client offers TLS 1.3, X25519 and AES-128-GCM only.
//!
//! A handshake is: connect, TLS with a client certificate, the preface of HTTP/2, the server's SETTINGS, which come once
//! it has judged the certificate, and the close by both sides.

mod apt;
#[path = "bench_serve/bare.rs"]
mod bare;
#[path = "bench_serve/contenders.rs"]
mod contenders;
#[path = "bench_serve/load.rs"]
mod load;
mod ratio;
#[path = "bench_serve/server.rs"]
mod server;
#[path = "bench_serve/world.rs"]
mod world;

use std::path::Path;
use std::process::{Command, ExitCode};
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::runtime::{Builder, Runtime};

use contenders::{BARE_FLEET, BARE_PROXY, BARE_SERVER, Contenders, Kind, UPSTREAM_SERVER};
use load::Client;
use ratio::Ratio;
use server::Server;
use world::World;

type Result<T = ()> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;

const USAGE: &str = "\
usage: cargo xtask bench serve [handshakes] [namespaces] [calls] [--strict] [--rivals-at-scale]

Measures everything, or only what is named.

  --strict           fails on a miss and on a missing rival
  --rivals-at-scale  shows what the rivals need for 10,000 namespaces as well; takes a minute more

Installs nginx and haproxy with apt-get where they are missing and it may.";

const PARTS: [&str; 3] = ["handshakes", "namespaces", "calls"];
const AT_SCALE: &str = "--rivals-at-scale";

/// For whatever a server still does once the client has seen its end of the connection.
const SETTLING: Duration = Duration::from_millis(10);

fn main() -> ExitCode {
    ratio::main(USAGE, |arguments| match *arguments {
        [BARE_SERVER, folder, authority, ready] => {
            Some(serve(bare::server(folder.as_ref(), authority.as_ref(), ready.as_ref())))
        }
        [BARE_FLEET, folder, ready] => Some(serve(bare::fleet(folder.as_ref(), ready.as_ref()))),
        [BARE_PROXY, upstream, folder, authority, ready] => Some(
            upstream
                .parse()
                .map_err(Into::into)
                .and_then(|upstream| serve(bare::proxy(folder.as_ref(), authority.as_ref(), ready.as_ref(), upstream))),
        ),
        [UPSTREAM_SERVER, ready] => Some(serve(bare::upstream(ready.as_ref()))),
        _ if arguments.iter().all(|argument| PARTS.contains(argument) || *argument == AT_SCALE) => {
            let named: Vec<_> = arguments.iter().copied().filter(|argument| PARTS.contains(argument)).collect();
            let parts = if named.is_empty() { &PARTS[..] } else { &named };
            Some(run(parts, arguments.contains(&AT_SCALE)))
        }
        _ => None,
    })
}

/// Serves until it is killed, on as many threads as certproof has.
fn serve(server: impl Future<Output = Result>) -> Result<bool> {
    Builder::new_multi_thread().enable_all().build()?.block_on(server)?;
    Ok(true)
}

/// Whether every demand holds and everybody was there.
fn run(parts: &[&str], rivals_at_scale: bool) -> Result<bool> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let build = ["build", "--quiet", "--release", "--package", "certproof", "--bin", "certproof"];
    if !Command::new("cargo").args(build).current_dir(&root).status()?.success() {
        return Err("certproof does not build".into());
    }
    let start = Instant::now();
    let contenders = Contenders::find()?;
    let everybody = introduce(&contenders, &std::fs::read_to_string(root.join("Cargo.lock"))?);
    let folder = std::env::temp_dir().join(format!("certproof-bench-serve-{}", std::process::id()));
    let measured = measure(&folder, &contenders, parts, rivals_at_scale);
    std::fs::remove_dir_all(&folder)?;
    let held = measured?;
    println!("took {:.0} s", start.elapsed().as_secs_f64());
    Ok(held && everybody)
}

/// Names everybody with their versions, and says whether all are there.
fn introduce(contenders: &Contenders, lock: &str) -> bool {
    let version = |name: &str| {
        let entry = lock.split("[[package]]").find(|entry| entry.contains(&format!("\nname = \"{name}\"\n")));
        let version = entry.and_then(|entry| entry.split("version = \"").nth(1)?.split('"').next());
        format!("{name} {}", version.unwrap_or("?"))
    };
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    println!("servers, each a process of its own on loopback; {cores} cores");
    println!("  {}", contenders.certproof.version);
    let bare = ["tokio-rustls", "rustls", "rustls-webpki", "aws-lc-rs", "h2", "hyper", "tokio"].map(version);
    println!("  bare servers of {}", bare.join(", "));
    let mut everybody = true;
    for rival in &contenders.rivals {
        match &rival.version {
            Ok(version) => println!("  {version}"),
            Err(error) => {
                println!("  {} is MISSING: {error}", rival.kind.name());
                everybody = false;
            }
        }
    }
    everybody
}

fn measure(folder: &Path, contenders: &Contenders, parts: &[&str], rivals_at_scale: bool) -> Result<bool> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let chained = World::make(folder.join("chained"), 1, 1)?;
    let mut held = true;
    if parts.contains(&"handshakes") {
        let direct = World::make(folder.join("direct"), 1, 0)?;
        held &= handshakes(&runtime, contenders, &direct, "root -> leaf")?;
        held &= handshakes(&runtime, contenders, &chained, "root -> intermediate -> leaf")?;
    }
    if parts.contains(&"namespaces") {
        held &= namespaces(&runtime, contenders, &chained, folder, rivals_at_scale)?;
    }
    if parts.contains(&"calls") {
        held &= calls(&runtime, contenders, &chained)?;
    }
    Ok(held)
}

/// Full handshakes at every server.
fn handshakes(runtime: &Runtime, contenders: &Contenders, world: &World, shape: &str) -> Result<bool> {
    const BATCH: u32 = 600;
    const TURNS: usize = 25;
    let mut servers = vec![contenders::bare_server(world)?, contenders.certproof.start(world, None)?];
    let mut present = Vec::new();
    for rival in contenders.rivals.iter().filter(|rival| rival.version.is_ok()) {
        servers.push(rival.kind.start(world)?);
        present.push(rival.kind);
    }
    for server in &servers {
        runtime.block_on(prove_gate(server, world))?;
    }
    let times = in_turns(servers.len(), TURNS, |number| {
        let server = &servers[number];
        cost(server, BATCH, || runtime.block_on(load::handshakes(server.address, &world.clients, BATCH)))
    })?;
    println!("handshakes: {shape}, P-256, {BATCH} a turn, 4 under way, {TURNS} turns");
    let figures: Vec<_> =
        servers.iter().zip(&times).map(|(server, times)| format!("{} {:.0}", server.name, micros(times))).collect();
    println!("  processor time in us: {}", figures.join(", "));
    let (bare, ours) = (&times[0], &times[1]);
    let mut holds =
        Ratio::of(ours, bare)
            .demand("certproof / bare tokio-rustls with webpki's verifier", "at most 1.15", |r| r <= 1.15);
    for (kind, theirs) in present.iter().zip(&times[2..]) {
        let what = format!("certproof / {}", kind.name());
        match kind {
            Kind::Nginx | Kind::HaProxy => holds &= Ratio::of(ours, theirs).demand(&what, "at most 0.5", |r| r <= 0.5),
            Kind::Go => Ratio::of(ours, theirs).show(&what),
        }
        Ratio::of(bare, theirs).show(&format!("bare tokio-rustls / {}", kind.name()));
    }
    Ok(holds)
}

/// Ten thousand namespaces against one: the start, the memory, and handshakes with clients of any of them.
fn namespaces(
    runtime: &Runtime,
    contenders: &Contenders,
    one: &World,
    folder: &Path,
    rivals_at_scale: bool,
) -> Result<bool> {
    const NAMESPACES: usize = 10_000;
    const STARTS: usize = 7;
    const BATCH: u32 = 600;
    const TURNS: usize = 41;
    let many = World::make(folder.join("many"), NAMESPACES, 1)?;
    // As many different signatures: those of the same client over and over cost a processor less, which learns them.
    let crowded = World::crowded(folder.join("crowded"), NAMESPACES)?;
    let start = |world| contenders.certproof.start(world, None);
    let (mut delays, mut sizes, mut work) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..STARTS {
        let (small, large) = (Opened::of(&start(one)?)?, Opened::of(&start(&many)?)?);
        delays.push(large.after - small.after);
        sizes.push(large.resident - small.resident);
        work.push(large.work - small.work);
    }
    let servers = [(start(&crowded)?, &crowded.clients), (start(&many)?, &many.clients)];
    let settled = [servers[0].0.settle()?, servers[1].0.settle()?];
    let mut first = Vec::new();
    for (server, clients) in &servers {
        let visits = u32::try_from(clients.len())?;
        first.push(cost(server, visits, || runtime.block_on(load::handshake_of_each(server.address, clients)))?);
    }
    let times = in_turns(servers.len(), TURNS, |number| {
        let (server, clients) = &servers[number];
        cost(server, BATCH, || runtime.block_on(load::handshakes(server.address, clients, BATCH)))
    })?;
    let resident = [servers[0].0.resident()?, servers[1].0.resident()?];
    drop(servers);
    println!(
        "namespaces: {NAMESPACES} with a CA and a client each, against one with as many clients; {STARTS} starts; then {BATCH} handshakes a turn, {TURNS} turns"
    );
    println!("  processor time in us: one {:.0}, {NAMESPACES} {:.0}", micros(&times[0]), micros(&times[1]));
    let seconds = settled.map(|work| work.as_secs_f64());
    println!(
        "  processor time in s until they had come to rest: one {:.2}, {NAMESPACES} {:.2}",
        seconds[0], seconds[1]
    );
    println!("  resident afterwards in MiB: one {:.0}, {NAMESPACES} {:.0}", resident[0], resident[1]);
    let mut holds =
        Ratio::of(&times[1], &times[0])
            .demand("handshakes at 10,000 namespaces / at one", "at most 1.05", |r| r <= 1.05);
    Ratio::of(&first[1..], &first[..1]).show("the same where every client comes for the first time");
    holds &= Ratio::sorted(delays).demand("s from start to open beyond one namespace", "at most 0.3", |s| s <= 0.3);
    Ratio::sorted(work).show("s of processor time until then, which other load does not stretch");
    holds &= Ratio::sorted(sizes).demand("MiB resident when open beyond one namespace", "at most 35", |m| m <= 35.0);
    if rivals_at_scale {
        scale(runtime, contenders, one, &many)?;
    }
    Ok(holds)
}

/// The same starts of the others, once each: until a client has got through a handshake.
fn scale(runtime: &Runtime, contenders: &Contenders, one: &World, many: &World) -> Result {
    let start = |kind: Option<Kind>, world: &World| match kind {
        Some(kind) => kind.start(world),
        None => contenders::bare_fleet(world),
    };
    let present = contenders.rivals.iter().filter(|rival| rival.version.is_ok() && rival.kind != Kind::Go);
    for kind in std::iter::once(None).chain(present.map(|rival| Some(rival.kind))) {
        let open = |world: &World| -> Result<(Opened, &str)> {
            let begin = Instant::now();
            let server = start(kind, world)?;
            runtime.block_on(load::handshakes(server.address, &world.clients, 4))?;
            Ok((Opened { after: begin.elapsed().as_secs_f64(), ..Opened::of(&server)? }, server.name))
        };
        let ((small, name), (large, _)) = (open(one)?, open(many)?);
        let (after, resident) = (large.after - small.after, large.resident - small.resident);
        println!("  {name} needs {after:.2} s and {resident:.0} MiB beyond its start for one namespace");
    }
    Ok(())
}

/// Unary calls that are handed on to a plaintext server. Which thread serves which connection is drawn once a process and
/// makes a fifth of the cost, so every turn has new processes.
fn calls(runtime: &Runtime, contenders: &Contenders, world: &World) -> Result<bool> {
    const BATCH: u32 = 800;
    const TURNS: usize = 25;
    println!("calls: DescribeNamespace handed on over h2c, one connection, {BATCH} a turn, {TURNS} turns");
    let mut holds = true;
    for (at_once, how) in [(1, "one after another"), (16, "16 under way")] {
        let times = in_turns(2, TURNS, |number| {
            let upstream = contenders::upstream(world)?;
            let server = match number {
                0 => contenders::bare_proxy(world, upstream.address)?,
                _ => contenders.certproof.start(world, Some(upstream.address))?,
            };
            runtime.block_on(prove_gate(&server, world))?;
            let line = runtime.block_on(world.clients[0].dial(server.address))?;
            cost(&server, BATCH, || runtime.block_on(load::calls(&line, BATCH, at_once)))
        })?;
        println!("  {how}, processor time in us: hyper {:.1}, certproof {:.1}", micros(&times[0]), micros(&times[1]));
        let what = format!("certproof / bare hyper proxy, {how}");
        holds &= Ratio::of(&times[1], &times[0]).demand(&what, "at most 1.3", |r| r <= 1.3);
    }
    Ok(holds)
}

/// A server that has just opened, in seconds and MiB.
struct Opened {
    after: f64,
    work: f64,
    resident: f64,
}

impl Opened {
    fn of(server: &Server) -> Result<Self> {
        let work = server.processor_time()?.as_secs_f64();
        Ok(Self { after: server.opened_after.as_secs_f64(), work, resident: server.resident()? })
    }
}

/// That the server serves the namespace's client and not a stranger: otherwise it would win by not judging.
async fn prove_gate(server: &Server, world: &World) -> Result {
    let ours: &Arc<Vec<Client>> = &world.clients;
    if !ours[0].is_served(server.address).await {
        return Err(format!("{} does not serve the namespace's client", server.name).into());
    }
    if world.stranger.is_served(server.address).await {
        return Err(format!("{} serves a client of a foreign CA", server.name).into());
    }
    Ok(())
}

/// What each contender's piece of work costs, by contender and turn. Every other turn goes backwards, so that nobody
/// always follows the same neighbour. A turn before the first only warms up.
fn in_turns(contenders: usize, turns: usize, cost: impl Fn(usize) -> Result<Duration>) -> Result<Vec<Vec<Duration>>> {
    let mut times = vec![Vec::new(); contenders];
    for turn in 0..=turns {
        let forwards = 0..contenders;
        let order: Vec<_> = if turn % 2 == 0 { forwards.collect() } else { forwards.rev().collect() };
        for number in order {
            let spent = cost(number)?;
            if turn > 0 {
                times[number].push(spent);
            }
        }
    }
    Ok(times)
}

/// What each of so many pieces of work costs a server.
fn cost(server: &Server, pieces: u32, work: impl FnOnce() -> Result) -> Result<Duration> {
    let before = server.processor_time()?;
    work().map_err(|error| format!("{}: {error}", server.name))?;
    std::thread::sleep(SETTLING);
    Ok((server.processor_time()? - before) / pieces)
}

/// The median of the times.
fn micros(times: &[Duration]) -> f64 {
    let mut times = times.to_vec();
    times.sort();
    times[times.len() / 2].as_secs_f64() * 1e6
}
