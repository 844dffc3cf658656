//! `certproof explain`: a rule, a scenario of the matrix, or a pasted error text.

use std::fmt::Write as _;

use clap::Args;

use super::{Exit, Failure, Screen};
use crate::diagnose::symptoms;
use crate::matrix::scenarios;
use crate::pki::name::printable;
use crate::report::wrap;
use crate::rules;

#[derive(Debug, Args)]
pub struct Arguments {
    /// A rule's id, a scenario's id, or the text of an error
    #[arg(required = true, num_args = 1..)]
    what: Vec<String>,
}

pub(super) fn run(arguments: &Arguments, screen: &Screen) -> Result<Exit, Failure> {
    let what = arguments.what.join(" ");
    let text = rule(&what).or_else(|| scenario(&what)).or_else(|| symptom(&what));
    let Some(text) = text else {
        return Err(Failure::CouldNotTell(format!(
            "`{}` is no rule, no scenario and no error text that is known here; see `certproof rules` and \
             `certproof matrix --list`",
            printable(&what)
        )));
    };
    screen.print(&wrap(&text, screen.width()))?;
    Ok(Exit::Clean)
}

fn rule(id: &str) -> Option<String> {
    let rule = rules::find(id)?;
    let source = &rule.requirement.evidence;
    Some(format!(
        "{severity}[{id}]: {title}\n\n{docs}\n\nFix: {fix}.\nBreaks: {breaks}.\nRests on: {sentence}.\n  {basis}: {gist}\n  {link} (read {read})\n",
        severity = rule.severity,
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

fn scenario(id: &str) -> Option<String> {
    let scenario = scenarios::find(id)?;
    Some(format!("scenario {id}: {}\n\n{}\n\nat {}\n", scenario.title, scenario.docs, scenario.home.namespace))
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
