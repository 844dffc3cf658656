//! Temporal's SDKs and the TLS of many languages come to the door, well and badly, and learn what they should.

mod cases;
mod gate;
mod programs;

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Stdio;

use rayon::prelude::*;
use serde_json::Value;

use super::child::{Running, STEP};
use super::folder;
use crate::{Result, run as run_in_root};
use cases::{CASES, Case, Connection, Does, LOST, Shows};
use gate::Gate;
use programs::Stack;

/// Most attempts wait for a deadline of their own.
const AT_ONCE: usize = 8;

/// # Errors
/// When a stack that must be there is missing, or an attempt does not end on both sides as expected.
pub fn run() -> Result {
    std::fs::create_dir_all(folder().join("logs"))?;
    run_in_root("cargo", &["build", "--quiet", "--package", "certproof", "--bin", "certproof"])?;
    let ready = programs::ready()?;
    let world = gate::world()?;
    let server = ready.server.as_deref().map(Server::start).transpose()?;
    let upstream = server.as_ref().map(|server| server.address.as_str());

    let all: Vec<_> = ready.stacks.iter().flat_map(|stack| CASES.iter().map(move |case| (stack, case))).collect();
    let threads = rayon::ThreadPoolBuilder::new().num_threads(AT_ONCE).build()?;
    let attempt = |&(stack, case): &(&Stack, &Case)| {
        let what = format!("{}, {}", stack.name, case.what);
        let done = attempt(stack, case, &world, upstream).map_err(|error| format!("{what}: {error}"));
        (stack.name, case.what, done)
    };
    let mut done: Vec<_> = threads.install(|| all.par_iter().map(attempt).collect());
    report(&ready, &mut done)
}

/// How an attempt went that did not fail.
enum Done {
    AsExpected {
        /// What the client said, where it was refused.
        text: String,
        knows_why: bool,
    },
    /// The stack cannot do this, and says why.
    Unsupported(String),
    /// Nobody would expect the stack to do this.
    NotForIt,
}

type Outcome = (&'static str, &'static str, std::result::Result<Done, String>);

fn attempt(stack: &Stack, case: &Case, world: &Path, upstream: Option<&str>) -> Result<Done> {
    let Some(mode) = stack.mode(case) else { return Ok(Done::NotForIt) };
    if case.does == Does::Works && upstream.is_none() {
        return Ok(Done::NotForIt);
    }
    let what = format!("{} with {}", stack.name, case.what);
    let mut gate = Gate::open(world, &what, upstream.filter(|_| case.does == Does::Works))?;
    let mut command = stack.command();
    command.args(["--address", &gate.address, "--namespace", case.namespace, "--server-name", case.host]);
    command.arg("--server-ca").arg(world.join("server-ca.pem"));
    match case.shows {
        Shows::Nothing => {}
        Shows::Certificate(of) => {
            command.arg("--cert").arg(world.join(of).join("client.pem"));
            command.arg("--key").arg(world.join(of).join("client.key"));
        }
        Shows::Key(key) => drop(command.arg("--api-key-file").arg(gate::key_file(world, key))),
    }
    match case.does {
        Does::Describes(other) => drop(command.args(["--describe", other])),
        Does::Addresses(other) => drop(command.args(["--authority", other])),
        Does::Connects | Does::Works => {}
    }
    command.arg(mode);
    let finished = Running::start(&what, &mut command, Stdio::null(), STEP)?.finish()?;
    let answer: Value = finished
        .stdout
        .lines()
        .last()
        .and_then(|line| serde_json::from_str(line).ok())
        .ok_or_else(|| finished.unexpected("a line of JSON"))?;
    let text = answer["text"].as_str().unwrap_or_default().to_owned();
    if answer["result"] == "unsupported" {
        return Ok(Done::Unsupported(text));
    }
    let ends = case.ends_if_unasked.filter(|_| stack.heeds_ca_names).unwrap_or(case.ends);
    let says = |words: &[&str]| words.iter().any(|word| bare(&text).contains(word));
    let is_refused = answer["result"] == "refused";
    let sees_why = ends.client.is_some_and(says);
    let loses_alert = matches!(ends.connection, Connection::Refused { .. }) && says(LOST);
    let client = match ends.client {
        None => answer["result"] == "ok",
        Some(_) => is_refused && (sees_why || loses_alert),
    };
    if !client {
        return Err(format!("the client said {answer}, and the door {}", gate.told()).into());
    }
    gate.decided(&ends)?;
    if case.does == Does::Works {
        gate.forwarded("/RespondWorkflowTaskCompleted")?;
    }
    Ok(Done::AsExpected { text, knows_why: !is_refused || sees_why })
}

/// Small letters and digits: one alert is spelled in as many ways as there are stacks.
fn bare(text: &str) -> String {
    text.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
}

/// Prints how many attempts of each stack ended as expected; the words of all go into a file.
fn report(ready: &programs::Ready, done: &mut Vec<Outcome>) -> Result {
    let mut failures = Vec::new();
    let mut words = String::new();
    let mut counts: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    let mut cannot = Vec::new();
    for (stack, case, done) in done.drain(..) {
        match done {
            Ok(Done::AsExpected { text, knows_why }) => {
                let (all, unaware) = counts.entry(stack).or_default();
                *all += 1;
                *unaware += usize::from(!knows_why);
                words.push_str(&format!("{stack}\t{case}\t{}\n", text.trim().replace(['\n', '\t'], " ")));
            }
            Ok(Done::Unsupported(why)) => cannot.push(format!("{stack}, {case}: {why}")),
            Ok(Done::NotForIt) => {}
            Err(error) => failures.push(error),
        }
    }
    std::fs::write(folder().join("logs").join("stacks.tsv"), words)?;
    for stack in &ready.stacks {
        let (all, unaware) = counts.get(stack.name).copied().unwrap_or_default();
        let unaware = if unaware == 0 { String::new() } else { format!(", {unaware} of them without seeing why") };
        println!("{} ({}) ends {all} attempts as the door says it does{unaware}", stack.name, stack.version);
    }
    for line in ready.missing.iter().chain(&cannot) {
        println!("NOT tried: {line}");
    }
    if failures.is_empty() { Ok(()) } else { Err(failures.join("\n").into()) }
}

/// A Temporal server behind the doors. Dropping it ends it.
struct Server {
    _running: Running,
    address: String,
}

impl Server {
    fn start(binary: &Path) -> Result<Self> {
        let mut command = std::process::Command::new(binary);
        command.arg(cases::ORDERS);
        // It ends when its standard input does, should we not live to end it.
        let mut running = Running::start("temporal-server", &mut command, Stdio::piped(), STEP)?;
        let printed = running.wait_until("it said where it listens", |printed| printed.ends_with('\n'))?;
        Ok(Self { _running: running, address: printed.trim().to_owned() })
    }
}
