//! A namespace name that cannot exist.

use super::{Check, Rule};
use crate::cloud::namespace::{NamespaceError, NamespaceName};
use crate::cloud::{Breaks, requirement};
use crate::report::{Finding, Severity, Verdict};

pub static RULE: Rule = Rule {
    id: "namespace-invalid",
    severity: Severity::Error,
    title: "namespace name is not allowed",
    docs: "A namespace name has 2 to 64 lower-case letters, digits and hyphens; it starts with a letter and ends with a \
           letter or digit. The documents' own naming patterns use underscores, which are not allowed.",
    fix: "write the name in lower case, with hyphens for underscores",
    requirement: &requirement::NAMESPACE_SPELLING,
    breaks: Breaks::Nothing,
    check: Check::Namespace(|name, _| match name.parse::<NamespaceName>() {
        Ok(_) | Err(NamespaceError::NoAccount(_)) => Verdict::Pass,
        Err(error) => Verdict::of([Finding::new(error.to_string())]),
    }),
};
