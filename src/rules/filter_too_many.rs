//! More filters than a namespace takes.

use super::{Check, Rule, filter_place};
use crate::cloud::{Breaks, requirement};
use crate::report::{Finding, Severity, Verdict};

pub static RULE: Rule = Rule {
    id: "filter-too-many",
    severity: Severity::Error,
    title: "too many filters",
    docs: "A namespace has at most 25 certificate filters.",
    fix: "join filters with a wildcard, or give clients a common field to filter by",
    requirement: &requirement::FILTER_COUNT,
    breaks: Breaks::Upload,
    check: Check::Filters(|given, _| {
        let Ok(file) = &given.file else { return Verdict::skip("the file cannot be read") };
        let (Some(most), true) = (requirement::FILTER_COUNT.number, file.is_over_limit()) else { return Verdict::Pass };
        let message = format!("{} filters, and at most {most} are allowed", file.entries.len());
        Verdict::of([Finding::new(message).at(filter_place(given, &file.entries[most]))])
    }),
};
