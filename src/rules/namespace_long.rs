//! A namespace name that is longer than the documents say.

use super::{Check, Rule};
use crate::cloud::namespace::NamespaceName;
use crate::cloud::{Breaks, requirement};
use crate::report::{Finding, Severity, Verdict};

pub static RULE: Rule = Rule {
    id: "namespace-long",
    severity: Severity::Warning,
    title: "namespace name is longer than documented",
    docs: "The documents allow 39 characters in the name, Temporal's Terraform provider 64.",
    fix: "choose a name of at most 39 characters to be sure",
    requirement: &requirement::NAMESPACE_LENGTH,
    breaks: Breaks::Nothing,
    check: Check::Namespace(|name, _| {
        let Ok(namespace) = name.parse::<NamespaceName>() else {
            return Verdict::skip("the name is not allowed at all");
        };
        let length = namespace.name().len();
        let Some(most) = requirement::NAMESPACE_LENGTH.number.filter(|most| length > *most) else {
            return Verdict::Pass;
        };
        Verdict::of([Finding::new(format!("the name has {length} characters, {most} are documented"))])
    }),
};
