//! A client certificate that is about to expire.

use super::{Check, Notices, Rule, expires_soon};
use crate::cloud::{Breaks, requirement};
use crate::report::Severity;

pub static RULE: Rule = Rule {
    id: "leaf-expires-soon",
    severity: Severity::Warning,
    title: "client certificate expires soon",
    docs: "From its last second on the client cannot connect any more. Warned of is, as with CAs, from 15 days before; \
           `expiry-windows` in certproof.toml and --expires-within set other windows.",
    fix: "issue a new client certificate and roll it out",
    requirement: &requirement::RENEWED_IN_TIME,
    breaks: Breaks::Nothing,
    check: Check::Leaf(|seat, context| expires_soon(seat, context, Notices::Nobodys)),
};
