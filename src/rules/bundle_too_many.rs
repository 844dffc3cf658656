//! More certificates than a bundle may hold.

use super::{Check, Rule};
use crate::cloud::{Breaks, requirement};
use crate::report::{Finding, Severity, Verdict};

pub static RULE: Rule = Rule {
    id: "bundle-too-many",
    severity: Severity::Error,
    title: "bundle holds too many certificates",
    docs: "A namespace takes at most 16 CA certificates. An operating system's whole certificate store does not fit, and \
           must not.",
    fix: "keep the CAs that issue your client certificates, and what they chain to",
    requirement: &requirement::BUNDLE_COUNT,
    breaks: Breaks::Upload,
    check: Check::Bundle(|file, _| {
        let count = file.certificates().count();
        let Some(most) = requirement::BUNDLE_COUNT.number.filter(|most| count > *most) else { return Verdict::Pass };
        let message = format!("{count} certificates, and at most {most} are allowed");
        Verdict::of([Finding::new(message).at(file.whole())])
    }),
};
