//! A namespace in upper case.

use super::{Check, Rule};
use crate::cloud::{Breaks, requirement};
use crate::report::{Finding, Severity, Verdict};

pub static RULE: Rule = Rule {
    id: "namespace-upper-case",
    severity: Severity::Warning,
    title: "namespace is written in upper case",
    docs: "Namespaces are lower case. One public page says that names are compared without case, another that they are \
           case sensitive; lower case is right in both.",
    fix: "write the namespace in lower case",
    requirement: &requirement::NAMESPACE_CASE,
    breaks: Breaks::Nothing,
    check: Check::Namespace(|name, _| {
        let upper = name.chars().any(|c| c.is_ascii_uppercase());
        Verdict::of(upper.then(|| Finding::new("the namespace has upper-case letters")))
    }),
};
