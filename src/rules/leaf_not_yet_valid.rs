//! A client certificate that is not valid yet.

use super::{Check, Rule, about_validity};
use crate::cloud::{Breaks, Stage, requirement};
use crate::pki::clock::rfc3339;
use crate::report::{Finding, Severity, Verdict};

pub static RULE: Rule = Rule {
    id: "leaf-not-yet-valid",
    severity: Severity::Error,
    title: "client certificate is not valid yet",
    docs: "Servers in Go and rustls answer with the alert for an expired certificate, which misleads. Often the clock of the machine that \
           issued it is ahead.",
    fix: "wait until it is valid, or issue it again by the right clock",
    requirement: &requirement::VALID_NOW,
    breaks: Breaks::Connect(Stage::Chain),
    check: Check::Leaf(|seat, context| {
        let not_before = seat.certificate.not_before;
        Verdict::of((context.now < not_before).then(|| {
            let message = format!("{} is not valid before {}", seat.name(), rfc3339(not_before));
            about_validity(Finding::new(message).at(seat.place()), seat.certificate)
        }))
    }),
};
