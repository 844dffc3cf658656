//! A CA certificate signed with a hash weaker than SHA-256.

use super::{Check, Rule};
use crate::cloud::{Breaks, requirement};
use crate::report::{Finding, Severity, Verdict};

pub static RULE: Rule = Rule {
    id: "ca-signature-weak",
    severity: Severity::Error,
    title: "CA certificate is signed with a weak hash",
    docs: "Signatures use SHA-256 or stronger; SHA-1 and MD5 cannot be used.",
    fix: "have the certificate signed again with SHA-256 or stronger; the key can stay",
    requirement: &requirement::SIGNATURE_SHA256,
    breaks: Breaks::Upload,
    check: Check::Authority(|seat, _| {
        let algorithm = &seat.certificate.signature.algorithm;
        if algorithm.hash().is_none_or(|hash| hash.is_sha256_or_stronger()) {
            return Verdict::Pass;
        }
        let finding = Finding::new(format!("the signature of {} is {algorithm}", seat.name())).at(seat.place());
        Verdict::of([if seat.certificate.is_self_issued() {
            finding.note("nothing rests on the signature of a root, yet the requirement makes no exception for it")
        } else {
            finding
        }])
    }),
};
