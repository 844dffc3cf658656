//! A filter without any field.

use super::{Check, Rule, filter_place};
use crate::cloud::filter::FilterError;
use crate::cloud::{Breaks, requirement};
use crate::report::{Finding, Severity, Verdict};

pub static RULE: Rule = Rule {
    id: "filter-empty",
    severity: Severity::Error,
    title: "filter has no field",
    docs: "A filter names at least one field. White space counts as nothing.",
    fix: "give the filter a commonName, organization, organizationalUnit or subjectAlternativeName, or remove it",
    requirement: &requirement::FILTER_FIELDS,
    breaks: Breaks::Upload,
    check: Check::Filters(|given, _| {
        let entries = given.file.iter().flat_map(|file| &file.entries).enumerate();
        let empty = entries.filter(|(_, entry)| entry.filter == Err(FilterError::Empty));
        Verdict::of(empty.map(|(position, entry)| {
            Finding::new(format!("filter {} has no field with a value", position + 1)).at(filter_place(given, entry))
        }))
    }),
};
