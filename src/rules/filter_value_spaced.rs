//! White space at the edge of a value.

use super::{Check, Rule, filter_place};
use crate::cloud::{Breaks, requirement};
use crate::pki::name::printable;
use crate::report::{Finding, Severity, Verdict};

pub static RULE: Rule = Rule {
    id: "filter-value-spaced",
    severity: Severity::Warning,
    title: "filter value begins or ends with white space",
    docs: "Values are sent as they are written, and matching is exact. Unless the cloud trims them, which no page says, a \
           value with white space at its edge matches only certificates that have it too, and a blank value none. Here, as \
           in tcld's own check, a blank value counts as not set.",
    fix: "write the value without white space at its edges, or leave a blank field out",
    requirement: &requirement::FILTER_TRIMMED,
    breaks: Breaks::Nothing,
    check: Check::Filters(|given, _| {
        let Ok(file) = &given.file else { return Verdict::skip("the file cannot be read") };
        let usable = file.entries.iter().enumerate().filter(|(_, entry)| entry.filter.is_ok());
        let values =
            usable.flat_map(|(position, entry)| entry.fields.iter().map(move |field| (position, entry, field)));
        let spaced = values.filter(|(_, _, (_, value))| value.trim() != value);
        Verdict::of(spaced.map(|(position, entry, (field, value))| {
            let (number, field) = (position + 1, field.name());
            let message = match value.trim().is_empty() {
                true => format!("filter {number} sets {field} to white space alone"),
                false => format!("filter {number} sets {field} to `{}`", printable(value)),
            };
            Finding::new(message).at(filter_place(given, entry))
        }))
    }),
};
