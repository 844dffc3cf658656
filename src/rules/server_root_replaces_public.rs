//! A server root that shuts the public ones out.

use super::{Check, Rule};
use crate::cloud::{Breaks, requirement};
use crate::report::{Finding, Severity, Verdict};

pub static RULE: Rule = Rule {
    id: "server-root-replaces-public",
    severity: Severity::Warning,
    title: "server root replaces the public roots",
    docs: "In most SDKs a server root replaces the system's roots. The cloud's server certificates are signed by a public \
           CA, so a client needs none; a proxy that inspects TLS, or a front door on loopback, is a reason to give one.",
    fix: "leave the server root unset for the cloud",
    requirement: &requirement::SERVER_ROOT_UNSET,
    breaks: Breaks::Nothing,
    check: Check::ServerRoot(|file, _| {
        let message = "with this file the client trusts no public CA any more";
        Verdict::of([Finding::new(message).at(file.whole())])
    }),
};
