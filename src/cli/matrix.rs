//! `certproof matrix`: the conformance run against the loopback front door.

use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;

use clap::Args;
use time::OffsetDateTime;

use super::baseline::Baseline;
use super::progress::Progress;
use super::{Exit, Failure, Format, Screen, parse_time, real_now};
use crate::matrix::product::{self, Extent};
use crate::matrix::{self, Cell, Options, cell};
use crate::report::table;

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
    /// Begin nothing new once a cell has failed
    #[arg(long)]
    fail_fast: bool,
    /// Make and judge client certificates at this time instead of now
    #[arg(long, value_name = "RFC 3339", value_parser = parse_time)]
    at: Option<OffsetDateTime>,
    /// Cells at a time
    #[arg(long, default_value_t = 16, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=256))]
    jobs: u16,
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
    let at = arguments.at.unwrap_or(now);
    let all = all(arguments, at)?;
    let baseline = arguments.baseline.as_deref().map(Baseline::read).transpose()?;
    if let Some(baseline) = &baseline {
        baseline.check_ids(all.iter().map(|cell| &*cell.id))?;
    }
    let chosen = chosen(all, arguments)?;
    if arguments.list {
        return list(&chosen, screen);
    }
    let progress = Arc::new(Progress::new(Some(chosen.len()), "cells", 500));
    let stepping = progress.clone();
    let options = Options {
        jobs: arguments.jobs.into(),
        fail_fast: arguments.fail_fast,
        watch: Arc::new(move |_| stepping.step()),
        ..Options::new(at, now)
    };
    #[cfg(feature = "sabotage")]
    let options = sabotaged(options, arguments)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let mut report = runtime.block_on(matrix::run(chosen, options))?;
    progress.end();
    if let Some(baseline) = &baseline {
        baseline.apply(&mut report);
    }
    screen.print(&arguments.format.print(&report, |report| table::print(report, screen.width())))?;
    let judged = report.cases.len() - report.skipped;
    Ok(match (report.troubles.is_empty() && judged > 0, report.counts.worst()) {
        (false, _) => Exit::CouldNotTell,
        (true, Some(_)) => Exit::Findings,
        (true, None) => Exit::Clean,
    })
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
    let Some(rest) = id.strip_prefix(head) else { return false };
    (0..=rest.len()).filter(|at| rest.is_char_boundary(*at)).any(|at| matches(tail, &rest[at..]))
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
    }
}
