//! A server root that shuts the public ones out.

use super::{Check, Rule, public_ca};
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
        if !public_ca::among(file).is_empty() {
            return Verdict::Pass;
        }
        let message = "with this file, which holds no public root, most SDKs trust no public CA any more";
        Verdict::of([Finding::new(message).at(file.whole())])
    }),
};
