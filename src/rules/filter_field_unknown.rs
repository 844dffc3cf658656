//! A member of the filters file that means nothing.

use super::{Check, Rule};
use crate::cloud::{Breaks, requirement};
use crate::report::{Finding, Severity, Verdict};

pub static RULE: Rule = Rule {
    id: "filter-field-unknown",
    severity: Severity::Warning,
    title: "filters file holds a name that means nothing",
    docs: "tcld ignores what it does not know. A misspelt field is then not set, and a misspelt \"filters\" sets no filter \
           at all, which lets everybody below the bundle in.",
    fix: "use \"filters\" with commonName, organization, organizationalUnit and subjectAlternativeName",
    requirement: &requirement::FILTER_FIELDS,
    breaks: Breaks::Nothing,
    check: Check::Filters(|given, _| {
        let lines = given.file.iter().flat_map(|file| &file.unknown);
        Verdict::of(lines.map(|line| {
            let place = given.place(*line, *line);
            Finding::new("tcld would ignore what stands here").at(place)
        }))
    }),
};
