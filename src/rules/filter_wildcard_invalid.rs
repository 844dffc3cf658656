//! A wildcard where none may stand.

use super::{Check, Rule, filter_place};
use crate::cloud::filter::FilterError;
use crate::cloud::{Breaks, requirement};
use crate::report::{Finding, Severity, Verdict};

pub static RULE: Rule = Rule {
    id: "filter-wildcard-invalid",
    severity: Severity::Error,
    title: "wildcard in a filter is not allowed",
    docs: "A value may have one `*`, at its start or at its end: `*.example.com` or `Example*`. It may not stand alone or \
           inside a value.",
    fix: "move the `*` to one end of the value, or write the value out",
    requirement: &requirement::FILTER_WILDCARD,
    breaks: Breaks::Upload,
    check: Check::Filters(|given, _| {
        let entries = given.file.iter().flat_map(|file| &file.entries).enumerate();
        let wrong = entries.filter_map(|(position, entry)| match &entry.filter {
            Err(error @ FilterError::Wildcard { .. }) => {
                let message = format!("filter {}: {error}", position + 1);
                Some(Finding::new(message).at(filter_place(given, entry)))
            }
            _ => None,
        });
        Verdict::of(wrong)
    }),
};
