//! The list of flaws, for people and for programs.

use serde::Serialize;

use crate::forge::Flaw;
use crate::forge::flaw::{self, harmless};
use crate::report::json;
use crate::rules;

/// An id and what it breaks, and what is wrong indented below; prefixes stand together. What breaks nothing and trips
/// no rule comes last.
pub(super) fn lines() -> String {
    let flaws = sorted().into_iter().map(|flaw| (flaw.id, breaks(flaw), flaw.title));
    let harmless = harmless::ALL.iter().map(|harmless| (harmless.id, HARMLESS, harmless.title));
    let all: Vec<_> = flaws.chain(harmless).collect();
    let longest = all.iter().map(|(id, ..)| id.len()).max().unwrap_or(0);
    all.into_iter().map(|(id, breaks, title)| format!("{id:<longest$}  {breaks}\n  {title}\n")).collect()
}

const HARMLESS: &str = "trips no rule";

pub(super) fn json() -> String {
    let flaws = sorted().into_iter().map(|flaw| JsonFlaw {
        id: flaw.id,
        rule: flaw.rule(),
        title: flaw.title,
        breaks: breaks(flaw),
        company: flaw.company,
    });
    let harmless = harmless::ALL.iter().map(|harmless| JsonHarmless {
        id: harmless.id,
        title: harmless.title,
        reason: harmless.reason,
    });
    let document = Document {
        schema_version: 1,
        certproof: env!("CARGO_PKG_VERSION"),
        flaws: flaws.collect(),
        harmless: harmless.collect(),
    };
    json::pretty(&document)
}

fn sorted() -> Vec<&'static Flaw> {
    let mut flaws: Vec<_> = flaw::ALL.iter().collect();
    flaws.sort_by_key(|flaw| flaw.id);
    flaws
}

/// What the flaw's rule says of it.
fn breaks(flaw: &Flaw) -> &'static str {
    rules::find(flaw.rule()).map_or("nothing", |rule| rule.breaks.label())
}

#[derive(Serialize)]
struct Document {
    schema_version: u32,
    certproof: &'static str,
    flaws: Vec<JsonFlaw>,
    harmless: Vec<JsonHarmless>,
}

#[derive(Serialize)]
struct JsonFlaw {
    id: &'static str,
    rule: &'static str,
    title: &'static str,
    breaks: &'static str,
    /// Other rules that fire as well.
    company: &'static [&'static str],
}

#[derive(Serialize)]
struct JsonHarmless {
    id: &'static str,
    title: &'static str,
    reason: &'static str,
}
