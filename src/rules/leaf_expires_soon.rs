//! A client certificate that is about to expire.

use super::{Check, Rule, expires_soon};
use crate::cloud::{Breaks, requirement};
use crate::report::Severity;

pub static RULE: Rule = Rule {
    id: "leaf-expires-soon",
    severity: Severity::Warning,
    title: "client certificate expires soon",
    docs: "From its last second on the client cannot connect any more. The window is 15 days; --expires-within sets another.",
    fix: "issue a new client certificate and roll it out",
    requirement: &requirement::RENEWED_IN_TIME,
    breaks: Breaks::Nothing,
    check: Check::Leaf(expires_soon),
};
