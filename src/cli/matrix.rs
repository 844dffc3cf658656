//! `certproof matrix`: every scenario against the loopback front door.

use clap::Args;
use time::OffsetDateTime;

use super::{Exit, Failure, Format, Screen, parse_time, real_now};
use crate::matrix::{self, Options, Scenario, scenarios};
use crate::report::table;

#[derive(Debug, Args)]
pub struct Arguments {
    /// Run scenarios whose id matches; `*` stands for anything
    #[arg(long, value_name = "GLOB")]
    only: Option<String>,
    /// List scenarios, run none
    #[arg(long)]
    list: bool,
    /// Make and judge client certificates at this time instead of now
    #[arg(long, value_name = "RFC 3339", value_parser = parse_time)]
    at: Option<OffsetDateTime>,
    /// Scenarios at a time
    #[arg(long, default_value_t = 8, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=256))]
    jobs: u16,
    #[arg(long, default_value = "full")]
    format: Format,
    /// Weaken the gate on purpose, to see which scenarios notice
    #[cfg(feature = "sabotage")]
    #[arg(long, value_name = "HOW")]
    sabotage: Option<String>,
}

pub fn run(arguments: &Arguments, screen: &Screen) -> Result<Exit, Failure> {
    let wanted = |scenario: &&Scenario| arguments.only.as_deref().is_none_or(|glob| matches(glob, scenario.id));
    let chosen: Vec<_> = scenarios::ALL.iter().filter(wanted).collect();
    if chosen.is_empty() {
        let glob = arguments.only.as_deref().unwrap_or_default();
        return Err(Failure::CouldNotTell(format!(
            "no scenario matches `{glob}`; `certproof matrix --list` lists them"
        )));
    }
    if arguments.list {
        let longest = chosen.iter().map(|scenario| scenario.id.len()).max().unwrap_or(0);
        let lines = chosen.iter().map(|scenario| format!("{:longest$}  {}\n", scenario.id, scenario.title));
        screen.print(&lines.collect::<String>())?;
        return Ok(Exit::Clean);
    }
    let now = real_now();
    let options = Options { jobs: arguments.jobs.into(), ..Options::new(arguments.at.unwrap_or(now), now) };
    #[cfg(feature = "sabotage")]
    let options = sabotaged(options, arguments)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let report = runtime.block_on(matrix::run(chosen, options))?;
    screen.print(&arguments.format.print(&report, |report| table::print(report, screen.width())))?;
    Ok(match (report.troubles.is_empty(), report.counts.worst()) {
        (false, _) => Exit::CouldNotTell,
        (true, Some(_)) => Exit::Findings,
        (true, None) => Exit::Clean,
    })
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
fn matches(glob: &str, id: &str) -> bool {
    let Some((head, tail)) = glob.split_once('*') else { return glob == id };
    let Some(rest) = id.strip_prefix(head) else { return false };
    (0..=rest.len()).filter(|at| rest.is_char_boundary(*at)).any(|at| matches(tail, &rest[at..]))
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn a_star_stands_for_anything() {
        assert!(matches("ticket-*", "ticket-again"));
        assert!(matches("*-expired", "leaf-expired"));
        assert!(matches("l*-*d", "leaf-expired"));
        assert!(!matches("leaf", "leaf-expired"));
    }
}
