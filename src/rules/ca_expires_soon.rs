//! A CA that is about to expire.

use super::{Check, Notices, Rule, expires_soon};
use crate::cloud::{Breaks, requirement};
use crate::report::Severity;

pub static RULE: Rule = Rule {
    id: "ca-expires-soon",
    severity: Severity::Warning,
    title: "CA certificate expires soon",
    docs: "An expired CA takes every client below it down, and its replacement must be uploaded before clients change. The \
           cloud notifies 15, 10 and 5 days before; `expiry-windows` in certproof.toml sets other windows, and \
           --expires-within a single one.",
    fix: "upload the new CA beside the old one now, then renew the clients",
    requirement: &requirement::RENEWED_IN_TIME,
    breaks: Breaks::Nothing,
    check: Check::Authority(|seat, context| expires_soon(seat, context, Notices::OfTheCloud)),
};
