//! A client that no filter lets in.

use super::{Check, Rule, filter_place};
use crate::cloud::filter::decision::{Cell, Row};
use crate::cloud::{Breaks, Stage, requirement};
use crate::pki::name::printable;
use crate::report::{Finding, Severity, Verdict};

pub static RULE: Rule = Rule {
    id: "filter-no-match",
    severity: Severity::Error,
    title: "no filter matches the client certificate",
    docs: "With filters set, a client gets in if all fields of at least one of them match, whatever the case. What the \
           cloud answers to a client that none matches is not documented. `certproof filters` shows every field.",
    fix: "add a filter that the client matches, or issue the client certificate with names that one lists",
    requirement: &requirement::FILTER_MATCH,
    breaks: Breaks::Connect(Stage::Filter),
    check: Check::Filters(|given, context| {
        let Ok(file) = &given.file else { return Verdict::skip("the file cannot be read") };
        let Some(leaf) = context.kit.leaf() else { return Verdict::skip("no client certificate was given") };
        let decision = file.decide(leaf);
        if decision.rows.is_empty() && !file.entries.is_empty() {
            return Verdict::skip("none of the filters can be used");
        }
        if decision.admits() {
            return Verdict::Pass;
        }
        let count = decision.rows.len();
        let mut finding = Finding::new(format!("none of {count} filters matches `{}`", leaf.subject));
        if let Some(nearest) = decision.nearest() {
            finding = finding.at(filter_place(given, &file.entries[nearest.number - 1])).note(nearest.keeps_out());
        }
        const MOST_TOLD: usize = 5;
        // The nearest first, the others in order.
        let mut rows: Vec<_> = decision.rows.iter().collect();
        rows.sort_by_key(|row| row.missed().count());
        Verdict::of([rows.into_iter().take(MOST_TOLD).filter_map(mismatch).fold(finding, Finding::note)])
    }),
};

/// The first field of a filter that does not match, and what the certificate has there.
fn mismatch(row: &Row) -> Option<String> {
    let (field, Cell::Missed { pattern, values }) = row.missed().next()? else { return None };
    let shown: Vec<_> = values.iter().take(5).map(|value| format!("`{}`", printable(value))).collect();
    let has = match values.len() {
        0 => "none".to_owned(),
        count if count > shown.len() => format!("{} and {} more", shown.join(", "), count - shown.len()),
        _ => shown.join(", "),
    };
    let (number, pattern) = (row.number, printable(pattern.text()));
    Some(format!("filter {number} wants {} `{pattern}`, the certificate has {has}", field.name()))
}
