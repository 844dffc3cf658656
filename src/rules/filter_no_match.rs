//! A client that no filter lets in.

use super::{Check, Rule, filter_place};
use crate::cloud::filter::FilterEntry;
use crate::cloud::{Breaks, Stage, requirement};
use crate::pki::Certificate;
use crate::pki::name::printable;
use crate::report::{Finding, Severity, Verdict};

pub static RULE: Rule = Rule {
    id: "filter-no-match",
    severity: Severity::Error,
    title: "no filter matches the client certificate",
    docs: "With filters set, a client gets in if all fields of at least one of them match, whatever the case. What the \
           cloud answers to a client that none matches is not documented.",
    fix: "add a filter that the client matches, or issue the client certificate with names that one lists",
    requirement: &requirement::FILTER_MATCH,
    breaks: Breaks::Connect(Stage::Filter),
    check: Check::Filters(|given, context| {
        let Ok(file) = &given.file else { return Verdict::skip("the file cannot be read") };
        let Some(leaf) = context.kit.leaf() else { return Verdict::skip("no client certificate was given") };
        let usable = file.filters();
        if usable.is_empty() && !file.entries.is_empty() {
            return Verdict::skip("none of the filters can be used");
        }
        if usable.admit(leaf) {
            return Verdict::Pass;
        }
        let mut finding = Finding::new(format!("none of {} filters matches `{}`", usable.0.len(), leaf.subject));
        if let Some(first) = file.entries.first() {
            finding = finding.at(filter_place(given, first));
        }
        const MOST_TOLD: usize = 5;
        let entries = file.entries.iter().enumerate();
        for line in entries.filter_map(|(position, entry)| mismatch(position, entry, leaf)).take(MOST_TOLD) {
            finding = finding.note(line);
        }
        Verdict::of([finding])
    }),
};

/// The first field of a filter that does not match, and what the certificate has there.
fn mismatch(position: usize, entry: &FilterEntry, leaf: &Certificate) -> Option<String> {
    let (field, pattern) = entry.filter.as_ref().ok()?.mismatch(leaf)?;
    let values: Vec<_> = field.values(leaf).iter().map(|value| format!("`{}`", printable(value))).collect();
    let has = if values.is_empty() { "none".to_owned() } else { values.join(", ") };
    let pattern = printable(&pattern.to_string());
    Some(format!("filter {} wants {} `{pattern}`, the certificate has {has}", position + 1, field.name()))
}
