//! A list without filters where Terraform wants none or some.

use super::{Check, Rule};
use crate::cloud::{Breaks, requirement};
use crate::report::{Finding, Severity, Verdict};

pub static RULE: Rule = Rule {
    id: "filter-list-empty",
    severity: Severity::Error,
    title: "Terraform's list of filters is empty",
    docs: "The Terraform provider refuses an empty certificate_filters. Without filters, everybody below the bundle gets in.",
    fix: "leave the attribute certificate_filters out, or put a filter into it",
    requirement: &requirement::FILTER_LIST_FILLED,
    breaks: Breaks::Upload,
    check: Check::Filters(|given, _| {
        let Ok(file) = &given.file else { return Verdict::skip("the file cannot be read") };
        let Some(line) = file.empty_list else { return Verdict::Pass };
        let place = given.place(line, line);
        Verdict::of([Finding::new("certificate_filters is an empty list").at(place)])
    }),
};
