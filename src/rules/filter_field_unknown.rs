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
        let Ok(file) = &given.file else { return Verdict::skip("the file cannot be read") };
        Verdict::of(file.unknown.iter().map(|name| {
            let place = given.place(name.line, name.line);
            let finding = Finding::new(file.spelling.unknown_name()).at(place);
            match name.meant {
                Some(field) => finding.help(format!("write {}", file.spelling.name_of(field))),
                None => finding,
            }
        }))
    }),
};
