//! `certproof explain`: a rule, a scenario of the matrix, or a pasted error text.

use std::fmt::Write as _;

use clap::Args;

use super::near::did_you_mean;
use super::{Exit, Failure, Screen, example, real_now};
use crate::diagnose::symptoms;
use crate::matrix::product::{self, Extent};
use crate::matrix::{Cell, scenarios, story};
use crate::pki::name::printable;
use crate::report::{sequence, wrap};
use crate::rules::{self, Rule};

#[derive(Debug, Args)]
pub struct Arguments {
    /// A rule's id, a scenario's id, or the text of an error
    #[arg(num_args = 1..)]
    what: Vec<String>,
}

pub(super) fn run(arguments: &Arguments, screen: &Screen) -> Result<Exit, Failure> {
    let what = arguments.what.join(" ");
    if what.trim().is_empty() {
        return Err(Failure::CouldNotTell(everything(screen.width())));
    }
    // Some scenarios are named after the rule that they prove.
    let rule = rules::find(&what).map(explained).transpose()?;
    let named: Vec<_> = [rule, scenario(&what, screen.width())?].into_iter().flatten().collect();
    let text = if named.is_empty() { symptom(&what) } else { Some(named.join("\n")) };
    let Some(text) = text else {
        let hint = did_you_mean(&what, ids());
        return Err(Failure::CouldNotTell(format!(
            "`{}` is no rule, no scenario and no error text that is known here{hint}; see `certproof rules` and \
             `certproof matrix --list`",
            printable(&what)
        )));
    };
    screen.print(&wrap(&text, screen.width()))?;
    Ok(Exit::Clean)
}

fn ids() -> impl Iterator<Item = &'static str> {
    let rules = rules::ALL.iter().map(|rule| rule.id);
    rules.chain(scenarios::ALL.iter().map(|scenario| scenario.id))
}

/// What there is to explain.
fn everything(width: usize) -> String {
    let list = |ids: &mut dyn Iterator<Item = &'static str>| format!("  {}\n", ids.collect::<Vec<_>>().join(" "));
    let text = format!(
        "nothing to explain; give the id of a rule or of a scenario, or the text of an error\n\nrules:\n{}\nscenarios:\n{}",
        list(&mut rules::ALL.iter().map(|rule| rule.id)),
        list(&mut scenarios::ALL.iter().map(|scenario| scenario.id))
    );
    wrap(text.trim_end(), width)
}

fn explained(rule: &Rule) -> Result<String, Failure> {
    let source = &rule.requirement.evidence;
    let example = match example::of(rule)? {
        Some(example) => example.to_string(),
        None => "No example: this rule never fails; it says that it could not judge, and why.\n".to_owned(),
    };
    Ok(format!(
        "{severity}[{id}]: {title}\n\n{docs}\n\n{example}\nFix: {fix}.\nBreaks: {breaks}.\nRests on: {sentence}.\n  \
         {basis}: {gist}\n  {link} (read {read})\n",
        severity = rule.severity,
        id = rule.id,
        title = rule.title,
        docs = rule.docs,
        fix = rule.fix,
        breaks = rule.breaks.label(),
        sentence = rule.requirement.sentence,
        basis = source.basis.name(),
        gist = source.gist,
        link = source.link,
        read = source.read,
    ))
}

/// A cell of the matrix. Nothing is tried for it: no command but those that connect opens a socket.
fn scenario(id: &str, width: usize) -> Result<Option<String>, Failure> {
    let Some(cell) = cell(id)? else { return Ok(None) };
    let scenario = &cell.scenario;
    let traits: String = cell.traits.iter().map(|(name, value)| format!("  {name}: {value}\n")).collect();
    Ok(Some(format!(
        "scenario {}: {}\n\n{}\n\n{}\n{traits}\nTry it: certproof matrix --only '{}'\n",
        cell.id,
        scenario.title,
        scenario.docs,
        sequence::draw(&story::steps(scenario), width),
        cell.id
    )))
}

/// Those written by hand, and those of the product, whose ids have a colon.
fn cell(id: &str) -> Result<Option<Cell>, Failure> {
    if let Some(literal) = scenarios::find(id) {
        return Ok(Some(literal.into()));
    }
    if !id.contains(':') {
        return Ok(None);
    }
    // What is expected does not depend on the time that hierarchies are made for.
    for extent in [Extent::Sampled, Extent::Full] {
        if let Some(cell) = product::cells(extent, real_now())?.into_iter().find(|cell| *cell.id == *id) {
            return Ok(Some(cell));
        }
    }
    Ok(None)
}

fn symptom(text: &str) -> Option<String> {
    let mut out = String::new();
    for symptom in symptoms::find(text) {
        let _ = writeln!(
            out,
            "stage {} ({})\n  cause: {}\n  do:    {}",
            symptom.stage,
            symptom.basis.name(),
            symptom.cause,
            symptom.fix
        );
    }
    (!out.is_empty()).then_some(out)
}
