//! A CA that is about to expire.

use super::{Check, Rule, expires_soon};
use crate::cloud::{Breaks, requirement};
use crate::report::Severity;

pub static RULE: Rule = Rule {
    id: "ca-expires-soon",
    severity: Severity::Warning,
    title: "CA certificate expires soon",
    docs: "An expired CA takes every client below it down, and its replacement must be uploaded before clients change. The \
           cloud notifies 15, 10 and 5 days before; --expires-within sets another window.",
    fix: "upload the new CA beside the old one now, then renew the clients",
    requirement: &requirement::RENEWED_IN_TIME,
    breaks: Breaks::Nothing,
    check: Check::Authority(expires_soon),
};
