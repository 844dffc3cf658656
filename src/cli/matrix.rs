//! `certproof matrix`: the conformance run against the loopback front door.

use std::net::{SocketAddr, TcpStream, ToSocketAddrs as _};
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use serde::Deserialize;
use time::OffsetDateTime;

use super::baseline::Baseline;
use super::progress::Progress;
use super::{Exit, Failure, Format, Screen, parse_time, real_now};
use crate::forge::server::ServerAuthority;
use crate::forge::write::write_folder;
use crate::matrix::export::{self, Addresses, Source};
use crate::matrix::outsider::Outsider;
use crate::matrix::product::{self, Extent};
use crate::matrix::{self, Against, Cell, Options, cell};
use crate::pki::{Bundle, Certificate};
use crate::report::{html, table};
use crate::wire::Loopback;

#[derive(Debug, Args)]
pub struct Arguments {
    /// Play every pair and every triple of ways to differ from a good client, not a sample
    #[arg(long)]
    full: bool,
    /// Play cells whose id matches; `*` stands for anything
    #[arg(long, value_name = "GLOB")]
    only: Option<String>,
    /// Play the Kth of N parts; which part a cell is in depends on its id alone
    #[arg(long, value_name = "K/N")]
    shard: Option<Shard>,
    /// List cells, play none
    #[arg(long)]
    list: bool,
    /// Known failures, each with its reason; one that no longer fails is a failure
    #[arg(long, value_name = "FILE")]
    baseline: Option<PathBuf>,
    /// Write what failed, beyond what is known to, into a new file for --baseline
    #[arg(long, value_name = "FILE", conflicts_with_all = ["list", "export"])]
    write_baseline: Option<PathBuf>,
    /// Begin nothing new once a cell has failed
    #[arg(long)]
    fail_fast: bool,
    /// Make and judge client certificates at this time instead of now
    #[arg(long, value_name = "RFC 3339", value_parser = parse_time)]
    at: Option<OffsetDateTime>,
    /// Cells at a time
    #[arg(long, default_value_t = 16, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=256))]
    jobs: u16,
    /// Try somebody else's gateway, which holds what --export wrote
    #[arg(long, value_name = "HOST:PORT", requires = "exported", conflicts_with = "client")]
    server: Option<String>,
    /// The folder that --export wrote and the gateway holds
    #[arg(long, value_name = "DIR", requires = "server", conflicts_with = "at")]
    exported: Option<PathBuf>,
    /// Write CAs, server certificates and configurations for nginx, HAProxy and Envoy into a new folder
    #[arg(long, value_name = "DIR", conflicts_with_all = ["server", "client", "list"])]
    export: Option<PathBuf>,
    /// Where the exported configurations listen; they hand calls on to the next port
    #[arg(long, value_name = "IP:PORT", requires = "export", default_value = "127.0.0.1:7443")]
    listen: SocketAddr,
    /// Try somebody else's client: a command with {host}, {port}, {sni}, {cert}, {key} and {ca} in it, which ends with 0
    /// when it got in, 1 when it was refused and 89 when it cannot do what is asked
    #[arg(long, value_name = "COMMAND", value_parser = Outsider::parse)]
    client: Option<Outsider>,
    /// Write a page for people as well: a heat map, filters, and the story of each cell
    #[arg(long, value_name = "FILE.html")]
    report: Option<PathBuf>,
    #[arg(long, default_value = "full")]
    format: Format,
    /// Weaken the gate on purpose, to see which cells notice
    #[cfg(feature = "sabotage")]
    #[arg(long, value_name = "HOW")]
    sabotage: Option<String>,
}

/// One of so many parts, counted from 1.
#[derive(Debug, Clone, Copy)]
struct Shard {
    number: u64,
    of: u64,
}

impl FromStr for Shard {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const WANTED: &str = "give it as K/N with K from 1 to N, such as 2/3";
        let (number, of) = text.split_once('/').ok_or(WANTED)?;
        let shard = Self { number: number.parse().map_err(|_| WANTED)?, of: of.parse().map_err(|_| WANTED)? };
        if (1..=shard.of).contains(&shard.number) { Ok(shard) } else { Err(WANTED) }
    }
}

impl Shard {
    /// By FNV-1a of the id, so that a new cell moves no other.
    fn holds(self, id: &str) -> bool {
        let hash = id
            .bytes()
            .fold(0xCBF2_9CE4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3));
        hash % self.of == self.number - 1
    }
}

pub fn run(arguments: &Arguments, screen: &Screen) -> Result<Exit, Failure> {
    let now = real_now();
    if let Some(folder) = &arguments.export {
        return export(folder, arguments, now, screen);
    }
    // A folder of its own, for the files that somebody else's client reads.
    let folder = arguments.client.as_ref().map(|_| Scratch::new()).transpose()?;
    let against = against(arguments, folder.as_ref())?;
    let at = match &against {
        Against::Gateway { source, .. } => source.at,
        Against::Door | Against::Client { .. } => arguments.at.unwrap_or(now),
    };
    let all = all(arguments, at)?;
    let baseline = arguments.baseline.as_deref().map(Baseline::read).transpose()?.map(Arc::new);
    let ids: Vec<_> = all.iter().map(|cell| cell.id.clone()).collect();
    if let Some(baseline) = &baseline {
        baseline.check_ids(ids.iter().map(|id| &**id))?;
    }
    let chosen = chosen(all, arguments)?;
    if arguments.list {
        return list(&chosen, screen);
    }
    if let Some(path) = arguments.write_baseline.as_deref().filter(|path| path.exists()) {
        let shown = path.display();
        return Err(Failure::CouldNotTell(format!("cannot write the baseline `{shown}`: it is there already")));
    }
    let progress = Arc::new(Progress::new(Some(chosen.len()), "cells", 500));
    let stepping = progress.clone();
    let options = Options {
        jobs: arguments.jobs.into(),
        fail_fast: arguments.fail_fast,
        is_known: baseline
            .clone()
            .map_or_else(|| Options::nothing_known(), |known| Arc::new(move |id| known.knows(id))),
        against,
        watch: Arc::new(move |_| stepping.step()),
        ..Options::new(at, now)
    };
    #[cfg(feature = "sabotage")]
    let options = sabotaged(options, arguments)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let mut report = runtime.block_on(matrix::run(chosen, options))?;
    progress.end();
    let failures = Baseline::of(&report, baseline.as_deref());
    let is_proof = report.troubles.is_empty();
    if let Some(baseline) = &baseline {
        baseline.apply(&mut report, ids.iter().map(|id| &**id));
    }
    if let Some(path) = &arguments.report {
        // Like the output of any program that is sent to a file, it replaces what was there before.
        std::fs::write(path, html::print(&report))
            .map_err(|error| Failure::CouldNotTell(format!("cannot write the report `{}`: {error}", path.display())))?;
    }
    screen.print(&arguments.format.print(&report, |report| table::print(report, screen.width())))?;
    match &arguments.write_baseline {
        Some(path) if is_proof => failures.write(path)?,
        Some(path) => screen.complain(&format!(
            "`{}` is not written: the run could not tell, so its failures are no known ones",
            path.display()
        )),
        None => {}
    }
    let judged = report.cases.len() - report.skipped;
    Ok(match (report.troubles.is_empty() && judged > 0, report.counts.errors) {
        (false, _) => Exit::CouldNotTell,
        (true, 0) => Exit::Clean,
        (true, _) => Exit::Findings,
    })
}

fn against(arguments: &Arguments, folder: Option<&Scratch>) -> Result<Against, Failure> {
    if let (Some(server), Some(exported)) = (&arguments.server, &arguments.exported) {
        let (source, witness) = source(exported)?;
        return Ok(Against::Gateway { address: resolve(server)?, source: Arc::new(source), witness });
    }
    Ok(match (&arguments.client, folder) {
        (Some(command), Some(folder)) => Against::Client { command: command.clone(), folder: folder.0.clone() },
        _ => Against::Door,
    })
}

/// The first address that somebody answers at.
fn resolve(server: &str) -> Result<SocketAddr, Failure> {
    let unusable = |why: String| Failure::CouldNotTell(format!("cannot use `{server}` as HOST:PORT: {why}"));
    let addresses: Vec<_> = server.to_socket_addrs().map_err(|error| unusable(error.to_string()))?.collect();
    let answers = |address: &&SocketAddr| TcpStream::connect_timeout(address, Duration::from_secs(5)).is_ok();
    addresses.iter().find(answers).copied().ok_or_else(|| {
        Failure::CouldNotTell(format!(
            "nobody answers at `{server}`: start the gateway first, with what --export wrote"
        ))
    })
}

/// What [`export::SOURCE_FILE`] holds.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SourceFile {
    seed: u64,
    at: i64,
    witness: SocketAddr,
}

fn source(folder: &Path) -> Result<(Source, Loopback), Failure> {
    let unusable = |file: &str, why: String| {
        let path = folder.join(file);
        Failure::CouldNotTell(format!(
            "cannot use `{}`: {why}; `certproof matrix --export DIR` writes it",
            path.display()
        ))
    };
    let read = |file: &str| std::fs::read(folder.join(file)).map_err(|error| unusable(file, error.to_string()));
    let text = String::from_utf8(read(export::SOURCE_FILE)?);
    let text = text.map_err(|error| unusable(export::SOURCE_FILE, error.to_string()))?;
    let SourceFile { seed, at, witness } =
        toml::from_str(&text).map_err(|error| unusable(export::SOURCE_FILE, error.to_string()))?;
    let at =
        OffsetDateTime::from_unix_timestamp(at).map_err(|error| unusable(export::SOURCE_FILE, error.to_string()))?;
    let witness = Loopback::try_from(witness).map_err(|error| unusable(export::SOURCE_FILE, error.to_string()))?;
    let first = |file: &str| -> Result<Vec<u8>, Failure> {
        let bundle = Bundle::read(Arc::<str>::from(file), &read(file)?);
        let found = bundle.entries.iter().find_map(|entry| entry.block.der.as_ref().map(|der| der.to_vec()));
        found.ok_or_else(|| unusable(file, "there is no block in it that can be read".to_owned()))
    };
    let authority =
        Certificate::read(&first("server-ca.pem")?).map_err(|error| unusable("server-ca.pem", error.to_string()))?;
    let servers = ServerAuthority::read(&authority, &first("server-ca.key")?)
        .map_err(|error| unusable("server-ca.key", error.to_string()))?;
    Ok((Source { seed, at, servers: Arc::new(servers) }, witness))
}

fn export(folder: &Path, arguments: &Arguments, now: OffsetDateTime, screen: &Screen) -> Result<Exit, Failure> {
    let source = Source::fresh(arguments.at.unwrap_or(now), now)?;
    let gateway = arguments.listen;
    let Some(port) = gateway.port().checked_add(1) else {
        return Err(Failure::CouldNotTell(format!("there is no port behind {gateway}: give another to --listen")));
    };
    let witness = SocketAddr::from(([127, 0, 0, 1], port));
    let mut outputs = export::files(source, Addresses { gateway, witness }, now)?;
    outputs.iter_mut().for_each(|output| output.path = folder.join(&output.path));
    let written = outputs.len();
    write_folder(folder, &outputs, false, &|| false)?;
    let shown = folder.display();
    screen.print(&format!(
        "wrote {written} files into {shown}; start one of these in it, which listens at {gateway}:\n\n  \
         nginx -p . -c nginx.conf -e stderr\n  haproxy -db -f haproxy.cfg\n  envoy -c envoy.yaml\n\nthen: certproof \
         matrix --server {gateway} --exported {shown}\n"
    ))?;
    Ok(Exit::Clean)
}

/// A folder that is gone when it is dropped.
struct Scratch(PathBuf);

impl Scratch {
    fn new() -> Result<Self, Failure> {
        let path = std::env::temp_dir().join(format!("certproof-{}", std::process::id()));
        let mut builder = std::fs::DirBuilder::new();
        // There are private keys in it.
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(&path)?;
        Ok(Self(path))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // What cannot be removed stays, for want of a better place to say so.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Every cell there is: what was written by hand, then the product.
fn all(arguments: &Arguments, at: OffsetDateTime) -> Result<Vec<Cell>, Failure> {
    let extent = if arguments.full { Extent::Full } else { Extent::Sampled };
    Ok(cell::literal().chain(product::cells(extent, at)?).collect())
}

fn chosen(all: Vec<Cell>, arguments: &Arguments) -> Result<Vec<Cell>, Failure> {
    let matching = |cell: &Cell| arguments.only.as_deref().is_none_or(|glob| matches(glob, &cell.id));
    let mut chosen: Vec<_> = all.into_iter().filter(matching).collect();
    if chosen.is_empty() {
        let glob = arguments.only.as_deref().unwrap_or_default();
        return Err(Failure::CouldNotTell(format!("no cell matches `{glob}`; `certproof matrix --list` lists them")));
    }
    if let Some(shard) = arguments.shard {
        chosen.retain(|cell| shard.holds(&cell.id));
        if chosen.is_empty() {
            let Shard { number, of } = shard;
            return Err(Failure::CouldNotTell(format!("the shard {number}/{of} is empty: fewer parts would do")));
        }
    }
    Ok(chosen)
}

fn list(chosen: &[Cell], screen: &Screen) -> Result<Exit, Failure> {
    let longest = chosen.iter().filter(|cell| *cell.id == *cell.scenario.id).map(|cell| cell.id.len()).max();
    let longest = longest.unwrap_or(0);
    let line = |cell: &Cell| match *cell.id == *cell.scenario.id {
        true => format!("{:longest$}  {}\n", cell.id, cell.scenario.title),
        false => format!("{}\n", cell.id),
    };
    screen.print(&chosen.iter().map(line).collect::<String>())?;
    Ok(Exit::Clean)
}

#[cfg(feature = "sabotage")]
fn sabotaged(mut options: Options, arguments: &Arguments) -> Result<Options, Failure> {
    use crate::wire::sabotage::Sabotage;
    if let Some(name) = &arguments.sabotage {
        let known = Sabotage::ALL.into_iter().find(|sabotage| sabotage.name() == name);
        let names = Sabotage::ALL.map(Sabotage::name).join(", ");
        options.settings.sabotage =
            Some(known.ok_or_else(|| Failure::CouldNotTell(format!("`{name}` is not one of {names}")))?);
    }
    Ok(options)
}

/// `*` stands for any run of characters.
pub(super) fn matches(glob: &str, id: &str) -> bool {
    let Some((head, tail)) = glob.split_once('*') else { return glob == id };
    let (middle, end) = tail.rsplit_once('*').unwrap_or(("", tail));
    let Some(rest) = id.strip_prefix(head).and_then(|rest| rest.strip_suffix(end)) else { return false };
    // The first place that fits leaves the most for what follows.
    let mut left = rest;
    middle.split('*').all(|part| match left.find(part) {
        Some(at) => {
            left = &left[at + part.len()..];
            true
        }
        None => false,
    })
}

#[cfg(test)]
mod tests {
    use super::{Shard, matches};

    #[test]
    fn every_id_is_in_one_shard() {
        for id in ["tls12-only", "orders.f45a2:good", "x"] {
            let holding = (1..=7).filter(|number| Shard { number: *number, of: 7 }.holds(id));
            assert_eq!(holding.count(), 1, "{id}");
        }
        for wrong in ["0/3", "4/3", "1", "1/0", "a/b", "1/2/3"] {
            assert!(wrong.parse::<Shard>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_star_stands_for_anything() {
        assert!(matches("ticket-*", "ticket-again"));
        assert!(matches("*-expired", "leaf-expired"));
        assert!(matches("l*-*d", "leaf-expired"));
        assert!(!matches("leaf", "leaf-expired"));
        assert!(matches("*", "") && matches("a*a", "aa") && !matches("a*a", "a"));
        assert!(matches("*:*leaf-*ed*", "orders.f45a2:leaf-expired+alpn-none"));
        assert!(!matches("*b*a*", "ab") && matches("*a*b*", "xaxbx"));
        assert!(!matches(&format!("{}x", "*".repeat(40)), "orders.f45a2:leaf-expired"));
    }
}
