//! `certproof rules`: every rule, a line or a JSON object each.

use clap::{Args, ValueEnum};
use serde::Serialize;

use super::near::did_you_mean;
use super::{Exit, Failure, Screen};
use crate::report::json;
use crate::rules::{self, Rule};

#[derive(Debug, Args)]
pub struct Arguments {
    /// Only the rules of this kind: pem, bundle, ca, leaf, chain, key, filter, server or namespace
    #[arg(long, value_name = "PREFIX")]
    prefix: Option<String>,
    #[arg(long, default_value = "full")]
    format: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// A line a rule
    Full,
    /// One JSON document
    Json,
}

pub fn run(arguments: &Arguments, screen: &Screen) -> Result<Exit, Failure> {
    let wanted = |rule: &&&Rule| arguments.prefix.as_ref().is_none_or(|wanted| prefix(rule) == wanted);
    let rules: Vec<_> = rules::ALL.iter().filter(wanted).copied().collect();
    if let (Some(unknown), true) = (&arguments.prefix, rules.is_empty()) {
        return Err(Failure::CouldNotTell(no_such_prefix(unknown)));
    }
    screen.print(&match arguments.format {
        Format::Full => lines(&rules),
        Format::Json => json(&rules),
    })?;
    Ok(Exit::Clean)
}

/// What a rule looks at.
fn prefix(rule: &Rule) -> &'static str {
    rule.id.split_once('-').map_or(rule.id, |(prefix, _)| prefix)
}

fn no_such_prefix(unknown: &str) -> String {
    let mut all: Vec<_> = rules::ALL.iter().map(|rule| prefix(rule)).collect();
    all.dedup();
    let hint = did_you_mean(unknown, all.iter().copied());
    format!("no rule begins with `{unknown}-`{hint}; the prefixes are {}", all.join(", "))
}

fn lines(rules: &[&Rule]) -> String {
    let longest = rules.iter().map(|rule| rule.id.len()).max().unwrap_or(0);
    rules.iter().map(|rule| format!("{:<7}  {:longest$}  {}\n", rule.severity.name(), rule.id, rule.title)).collect()
}

fn json(rules: &[&Rule]) -> String {
    let document = Document {
        schema_version: 1,
        certproof: env!("CARGO_PKG_VERSION"),
        rules: rules.iter().copied().map(JsonRule::new).collect(),
    };
    json::pretty(&document)
}

#[derive(Serialize)]
struct Document {
    schema_version: u32,
    certproof: &'static str,
    rules: Vec<JsonRule>,
}

#[derive(Serialize)]
struct JsonRule {
    id: &'static str,
    severity: &'static str,
    title: &'static str,
    prefix: &'static str,
    breaks: &'static str,
    basis: &'static str,
    source: &'static str,
    /// ISO 8601 date on which the source was read.
    read: &'static str,
}

impl JsonRule {
    fn new(rule: &Rule) -> Self {
        let evidence = &rule.requirement.evidence;
        Self {
            id: rule.id,
            severity: rule.severity.name(),
            title: rule.title,
            prefix: prefix(rule),
            breaks: rule.breaks.label(),
            basis: evidence.basis.name(),
            source: evidence.link,
            read: evidence.read,
        }
    }
}
