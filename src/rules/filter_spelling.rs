//! Filters in another tool's spelling.

use super::{Check, Rule, shell_word};
use crate::cloud::filter::Spelling;
use crate::cloud::{Breaks, requirement};
use crate::report::{Finding, Severity, Verdict};

pub static RULE: Rule = Rule {
    id: "filter-spelling",
    severity: Severity::Info,
    title: "filters are not in tcld's spelling",
    docs: "Filters in the spelling of the Temporal CLI, the Cloud Ops API or Terraform are judged as any others. Given to \
           another tool they are refused, or worse: tcld ignores names that it does not know, so it finds no filter in \
           such an object, and an import then lets everybody below the bundle in.",
    fix: "give the file only to the tool that it is written for, or convert it with `certproof filters FILE --to tcld`",
    requirement: &requirement::FILTER_SPELLING,
    breaks: Breaks::Nothing,
    check: Check::Filters(|given, _| {
        let Ok(file) = &given.file else { return Verdict::skip("the file cannot be read") };
        if given.carried.is_some() {
            return Verdict::skip("the filters are in the spelling of the document that carries them");
        }
        let by_tcld = match (file.spelling, file.entries.len()) {
            (Spelling::Tcld, _) => return Verdict::Pass,
            (Spelling::List | Spelling::Terraform, _) => "tcld refuses it",
            (Spelling::CloudCli, 2..) => "tcld refuses it, and the Temporal CLI takes one object at a time",
            // A list of its own or an object around one.
            (Spelling::TerraformJson, _) => "tcld does not read it",
            (Spelling::CloudCli | Spelling::CloudApi, _) => "tcld finds no filter in it",
        };
        let first_line = file.entries.first().map_or(1, |entry| entry.first_line);
        let place = given.place(first_line, first_line);
        let finding = Finding::new(format!("this is {}; {by_tcld}", file.spelling.name())).at(place);
        Verdict::of([finding.help(format!("convert it: certproof filters {} --to tcld", shell_word(&given.path)))])
    }),
};
