//! A filters file that is none.

use super::{Check, Rule};
use crate::cloud::{Breaks, requirement};
use crate::report::{Finding, Severity, Verdict};

pub static RULE: Rule = Rule {
    id: "filter-file-unreadable",
    severity: Severity::Error,
    title: "filters file cannot be read",
    docs: "Filters are read in tcld's form, {\"filters\": [{\"commonName\": \"…\", \"organization\": \"…\", \
           \"organizationalUnit\": \"…\", \"subjectAlternativeName\": \"…\"}]} with each field optional, and in those of \
           the Temporal CLI, the Cloud Ops API and Terraform. What could be read in two ways is not read at all.",
    fix: "mend what is said of it; `tcld namespace certificate-filters export` writes a form that is read",
    requirement: &requirement::FILTER_FIELDS,
    breaks: Breaks::Upload,
    check: Check::Filters(|given, _| {
        let Err(error) = &given.file else { return Verdict::Pass };
        let place = given.place(error.line, error.line);
        Verdict::of([Finding::new(error.to_string()).at(place)])
    }),
};
