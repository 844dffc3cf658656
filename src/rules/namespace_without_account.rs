//! A namespace without its account.

use super::{Check, Rule};
use crate::cloud::namespace::{NamespaceError, NamespaceName};
use crate::cloud::{Breaks, requirement};
use crate::report::{Finding, Severity, Verdict};

pub static RULE: Rule = Rule {
    id: "namespace-without-account",
    severity: Severity::Error,
    title: "namespace has no account",
    docs: "Clients and endpoints use the Namespace ID, <name>.<account>. Those who leave the account out get errors that \
           do not say so.",
    fix: "write the namespace as <name>.<account>",
    requirement: &requirement::NAMESPACE_ID,
    breaks: Breaks::Nothing,
    check: Check::Namespace(|name, _| match name.parse::<NamespaceName>() {
        Err(error @ NamespaceError::NoAccount(_)) => Verdict::of([Finding::new(error.to_string())]),
        _ => Verdict::Pass,
    }),
};
