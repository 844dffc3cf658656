//! `certproof rules`: every rule, a line each.

use clap::Args;

use super::{Exit, Failure, Screen};
use crate::rules;

#[derive(Debug, Args)]
pub struct Arguments {}

pub fn run(_: &Arguments, screen: &Screen) -> Result<Exit, Failure> {
    let longest = rules::ALL.iter().map(|rule| rule.id.len()).max().unwrap_or(0);
    let lines =
        rules::ALL.iter().map(|rule| format!("{:<7}  {:longest$}  {}\n", rule.severity.name(), rule.id, rule.title));
    screen.print(&lines.collect::<String>())?;
    Ok(Exit::Clean)
}
