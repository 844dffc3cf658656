//! Temporal's SDKs and the TLS of many languages come to the door, well and badly, and learn what they should.

mod cases;
mod class;
mod gate;
mod normal;
mod page;
mod programs;
mod table;

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Stdio};

use rayon::prelude::*;
use serde_json::Value;

use super::child::{Running, STEP};
use super::folder;
use crate::{Result, root, run as run_in_root};
use cases::{CASES, Case, Does, Door, Offers, Shows, Trusts};
use class::Class;
use gate::Gate;
use programs::{MODELS, Ready, Stack};
use table::{Comparison, Row, Shown, Table};

/// Most attempts wait for a deadline of their own.
const AT_ONCE: usize = 8;

/// How often each refusal is tried for the table: an alert may be lost in a race.
const TRIES_TO_PUBLISH: usize = 3;

/// How often one is tried that does not show what is published, before it counts as different.
const TRIES_TO_AGREE: usize = 5;

/// Holds what the stacks show against the published table.
///
/// # Errors
/// When a stack that must be there is missing, an attempt does not end on both sides as expected, or a stack of the
/// published version shows its user something of another class.
pub fn run() -> Result {
    let published = Table::published()?;
    let outcomes = tried(TRIES_TO_AGREE, &|row| published.compare(row) == Comparison::Same)?;
    let mut failures = outcomes.failures;
    let mut same = 0;
    for row in &outcomes.rows {
        match published.compare(row) {
            Comparison::Same => same += 1,
            Comparison::OtherVersion(differs) => println!("{differs}"),
            Comparison::Differs(differs) => failures.push(differs),
        }
    }
    let absent = MODELS.iter().map(|model| model.name).filter(|name| !outcomes.present.contains(name));
    for name in absent {
        println!("NOT compared: {name}");
    }
    println!("{same} of {} rows of {} hold", published.rows.len(), table::TABLE);
    if failures.is_empty() { Ok(()) } else { Err(failures.join("\n").into()) }
}

/// Publishes what the stacks show; of those that are not here, what was published stays.
///
/// # Errors
/// As for [`run`], but for the comparison.
pub fn write() -> Result {
    let mut outcomes = tried(TRIES_TO_PUBLISH, &|_| false)?;
    outcomes.failures.extend(outcomes.rows.iter().filter_map(misfit));
    if !outcomes.failures.is_empty() {
        return Err(outcomes.failures.join("\n").into());
    }
    let mut rows = outcomes.rows;
    if root().join(table::TABLE).is_file() {
        let absent = |row: &Row| !outcomes.present.contains(&row.stack.as_str());
        rows.extend(Table::published()?.rows.into_iter().filter(absent));
    }
    let case = |row: &Row| CASES.iter().position(|case| case.id == row.refusal);
    let model = |row: &Row| MODELS.iter().position(|model| model.name == row.stack);
    rows.sort_by_key(|row| (case(row), model(row)));
    let table = Table::new(rows);
    table::write(&table, page::of(&table))
}

/// What is to be looked at before it is published: words that do not go with the way in which the door refuses.
fn misfit(row: &Row) -> Option<String> {
    let case = CASES.iter().find(|case| case.id == row.refusal)?;
    let odd = |shown: &&Shown| shown.class != Class::Unsupported && !case.ends.fits(shown.class);
    let odd = row.shown.iter().find(odd)?;
    Some(format!("{}, {}: {} is not what the door gives cause for: {}", row.stack, case.what, odd.class, odd.text))
}

/// All that came of it.
#[derive(Default)]
struct Outcomes {
    rows: Vec<Row>,
    failures: Vec<String>,
    present: Vec<&'static str>,
}

/// Has every stack try every case, refusals until enough was seen of them.
fn tried(most: usize, is_enough: &(dyn Fn(&Row) -> bool + Sync)) -> Result<Outcomes> {
    std::fs::create_dir_all(folder().join("logs"))?;
    run_in_root("cargo", &["build", "--quiet", "--package", "certproof", "--bin", "certproof"])?;
    let ready = programs::ready()?;
    let world = gate::world()?;
    let server = ready.server.as_deref().map(Server::start).transpose()?;
    let upstream = server.as_ref().map(|server| server.address.as_str());

    let all: Vec<_> = ready.stacks.iter().flat_map(|stack| CASES.iter().map(move |case| (stack, case))).collect();
    let threads = rayon::ThreadPoolBuilder::new().num_threads(AT_ONCE).build()?;
    let tries = |&(stack, case): &(&Stack, &Case)| {
        let what = format!("{}, {}", stack.model.name, case.what);
        let done = tries(stack, case, &world, upstream, most, is_enough).map_err(|error| format!("{what}: {error}"));
        (stack.model.name, case.what, done)
    };
    let done: Vec<_> = threads.install(|| all.par_iter().map(tries).collect());
    report(&ready, done)
}

fn tries(
    stack: &Stack,
    case: &Case,
    world: &Path,
    upstream: Option<&str>,
    most: usize,
    is_enough: &(dyn Fn(&Row) -> bool + Sync),
) -> Result<Done> {
    let mut done = attempt(stack, case, world, upstream)?;
    if let Done::Refused(row) = &mut done {
        for _ in 1..most {
            if is_enough(row) || row.classes().contains(&Class::Unsupported) {
                break;
            }
            if let Done::Refused(again) = attempt(stack, case, world, upstream)? {
                row.join(again);
            }
        }
    }
    Ok(done)
}

/// How an attempt went that did not fail.
enum Done {
    Admitted,
    /// Also where the stack cannot come as it would have to, and says why.
    Refused(Row),
    /// The stack cannot do this, and says why.
    Unsupported(String),
    /// Nobody would expect the stack to do this.
    NotForIt,
}

type Outcome = (&'static str, &'static str, std::result::Result<Done, String>);

fn attempt(stack: &Stack, case: &Case, world: &Path, upstream: Option<&str>) -> Result<Done> {
    let Some(mode) = stack.model.mode(case) else { return Ok(Done::NotForIt) };
    if case.does == Does::Works && upstream.is_none() {
        return Ok(Done::NotForIt);
    }
    let what = format!("{} with {}", stack.model.name, case.what);
    let mut gate = match case.door {
        Door::Right => Gate::open(world, &what, upstream.filter(|_| case.does == Does::Works))?,
        Door::Misnamed => Gate::misnamed(world, &what)?,
    };
    let mut command = stack.command();
    flags(&mut command, case, world, &gate.address);
    command.arg(mode);
    let finished = Running::start(&what, &mut command, Stdio::null(), STEP)?.finish()?;
    let answer: Value = finished
        .stdout
        .lines()
        .last()
        .and_then(|line| serde_json::from_str(line).ok())
        .ok_or_else(|| finished.unexpected("a line of JSON"))?;
    let port = gate.address.rsplit(':').next().unwrap_or_default();
    let text = normal::text(answer["text"].as_str().unwrap_or_default(), port, &[&root().canonicalize()?, world]);
    let row = |class, door| Row {
        stack: stack.model.name.to_owned(),
        version: stack.version.clone(),
        refusal: case.id.to_owned(),
        client: case.what.to_owned(),
        door,
        shown: vec![Shown { class, text: text.clone() }],
    };
    if answer["result"] == "unsupported" {
        let is_row = case.is_refusal();
        return Ok(if is_row { Done::Refused(row(Class::Unsupported, Vec::new())) } else { Done::Unsupported(text) });
    }
    let ends = case.ends_if_unasked.filter(|_| stack.model.heeds_ca_names).unwrap_or(case.ends);
    let class = Class::of(&text, ends.sent());
    if answer["result"] != if ends.is_refusal() { "refused" } else { "ok" } {
        return Err(format!("the client said {answer}, and the door {}", gate.told()).into());
    }
    let door = gate.decided(&ends)?;
    if case.does == Does::Works {
        gate.forwarded("/RespondWorkflowTaskCompleted")?;
    }
    Ok(if ends.is_refusal() { Done::Refused(row(class, door)) } else { Done::Admitted })
}

/// What all programs understand, or say that they do not.
fn flags(command: &mut Command, case: &Case, world: &Path, address: &str) {
    command.args(["--address", address, "--namespace", case.namespace]);
    if let Some(host) = case.host {
        command.args(["--server-name", host]);
    }
    let authority = match case.trusts {
        Trusts::Servers => world.join("server-ca.pem"),
        Trusts::OwnAuthority => world.join(case.namespace).join("ca.pem"),
    };
    command.arg("--server-ca").arg(authority);
    match case.shows {
        Shows::Nothing => {}
        Shows::Certificate(of) => {
            command.arg("--cert").arg(world.join(of).join("client.pem"));
            command.arg("--key").arg(world.join(of).join("client.key"));
        }
        Shows::Key(key) => drop(command.arg("--api-key-file").arg(gate::key_file(world, key))),
    }
    match case.offers {
        Offers::H2 => {}
        Offers::Tls12 => drop(command.args(["--max-version", "1.2"])),
        Offers::Http11 => drop(command.args(["--alpn", "http/1.1"])),
        Offers::NoProtocol => drop(command.args(["--alpn", "none"])),
    }
    match case.does {
        Does::Describes(other) => drop(command.args(["--describe", other])),
        Does::DescribesUnawares(other) => drop(command.args(["--describe-unawares", other])),
        Does::Addresses(other) => drop(command.args(["--authority", other])),
        Does::Connects | Does::Works => {}
    }
}

/// Prints how many attempts of each stack ended as expected, and what was not tried.
fn report(ready: &Ready, done: Vec<Outcome>) -> Result<Outcomes> {
    let mut outcomes =
        Outcomes { present: ready.stacks.iter().map(|stack| stack.model.name).collect(), ..Outcomes::default() };
    let mut counts: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    let mut cannot = Vec::new();
    for (stack, case, done) in done {
        let (all, unaware) = counts.entry(stack).or_default();
        match done {
            Ok(Done::Admitted) => *all += 1,
            Ok(Done::Refused(row)) => {
                if !row.classes().contains(&Class::Unsupported) {
                    *all += 1;
                    *unaware += usize::from(!row.classes().into_iter().any(Class::knows_why));
                }
                outcomes.rows.push(row);
            }
            Ok(Done::Unsupported(why)) => cannot.push(format!("{stack}, {case}: {why}")),
            Ok(Done::NotForIt) => {}
            Err(error) => outcomes.failures.push(error),
        }
    }
    let words = outcomes.rows.iter().flat_map(|row| {
        row.shown.iter().map(move |shown| {
            format!("{}\t{}\t{}\t{}\n", row.stack, row.refusal, shown.class, shown.text.replace(['\n', '\t'], " "))
        })
    });
    std::fs::write(folder().join("logs").join("stacks.tsv"), words.collect::<String>())?;
    for stack in &ready.stacks {
        let (all, unaware) = counts.get(stack.model.name).copied().unwrap_or_default();
        let unaware = if unaware == 0 { String::new() } else { format!(", {unaware} of them without seeing why") };
        println!("{} ({}) ends {all} attempts as the door says it does{unaware}", stack.model.name, stack.version);
    }
    for line in ready.missing.iter().chain(&cannot) {
        println!("NOT tried: {line}");
    }
    Ok(outcomes)
}

/// A Temporal server behind the doors. Dropping it ends it.
struct Server {
    _running: Running,
    address: String,
}

impl Server {
    fn start(binary: &Path) -> Result<Self> {
        let mut command = Command::new(binary);
        command.arg(cases::ORDERS);
        // It ends when its standard input does, should we not live to end it.
        let mut running = Running::start("temporal-server", &mut command, Stdio::piped(), STEP)?;
        let printed = running.wait_until("it said where it listens", |printed| printed.ends_with('\n'))?;
        Ok(Self { _running: running, address: printed.trim().to_owned() })
    }
}
