//! A CA that is not valid yet.

use super::{Check, Rule, about_validity};
use crate::cloud::{Breaks, requirement};
use crate::pki::clock::rfc3339;
use crate::report::{Finding, Severity, Verdict};

pub static RULE: Rule = Rule {
    id: "ca-not-yet-valid",
    severity: Severity::Error,
    title: "CA certificate is not valid yet",
    docs: "The chain of every certificate of the bundle is built and judged at the present time; a CA of tomorrow does \
           not verify today.",
    fix: "upload it once it is valid, or check the clock of the machine that made it",
    requirement: &requirement::VALID_NOW,
    breaks: Breaks::Upload,
    check: Check::Authority(|seat, context| {
        let not_before = seat.certificate.not_before;
        Verdict::of((context.now < not_before).then(|| {
            let message = format!("{} is not valid before {}", seat.name(), rfc3339(not_before));
            about_validity(Finding::new(message).at(seat.place()), seat.certificate)
        }))
    }),
};
