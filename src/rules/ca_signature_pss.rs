//! A CA certificate signed with RSA-PSS.

use super::{Check, Rule};
use crate::cloud::{Breaks, requirement};
use crate::pki::certificate::SignatureAlgorithm;
use crate::report::{Finding, Severity, Verdict};

pub static RULE: Rule = Rule {
    id: "ca-signature-pss",
    severity: Severity::Warning,
    title: "CA certificate is signed with RSA-PSS",
    docs: "RSA-PSS is RSA, and Go verifies it; yet whether the cloud takes it is not public, and some clients do not.",
    fix: "sign with plain RSA (PKCS#1 v1.5) or ECDSA to be sure",
    requirement: &requirement::SIGNATURE_SHA256,
    breaks: Breaks::Nothing,
    check: Check::Authority(|seat, _| {
        let pss = seat.certificate.signature.algorithm == SignatureAlgorithm::RsaPss;
        Verdict::of(pss.then(|| Finding::new(format!("{} is signed with RSA-PSS", seat.name())).at(seat.place())))
    }),
};
