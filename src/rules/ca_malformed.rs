//! A CA certificate that Go's parser refuses.

use super::{Check, Rule};
use crate::cloud::{Breaks, requirement};
use crate::report::{Finding, Severity, Verdict};

pub static RULE: Rule = Rule {
    id: "ca-malformed",
    severity: Severity::Error,
    title: "CA certificate is malformed",
    docs: "Other tools may read it, but Go's parser, on which Temporal's clients and, by its error texts, the cloud rely, \
           refuses certificates with such a fault.",
    fix: "issue the certificate again with a tool that keeps to RFC 5280",
    requirement: &requirement::PARSES,
    breaks: Breaks::Upload,
    check: Check::Authority(|seat, _| {
        Verdict::of(
            seat.certificate
                .defects
                .iter()
                .map(|defect| Finding::new(format!("Go would not parse {}: {defect}", seat.name())).at(seat.place())),
        )
    }),
};
