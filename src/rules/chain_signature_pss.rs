//! A certificate of the client's file that is signed with RSA-PSS.

use super::{Check, Rule};
use crate::cloud::{Breaks, requirement};
use crate::pki::certificate::SignatureAlgorithm;
use crate::report::{Finding, Severity, Verdict};

pub static RULE: Rule = Rule {
    id: "chain-signature-pss",
    severity: Severity::Warning,
    title: "client sends a certificate signed with RSA-PSS",
    docs: "RSA-PSS is RSA, and Go and rustls verify it; yet whether the cloud takes it is not public, and some stacks do \
           not.",
    fix: "sign with plain RSA (PKCS#1 v1.5) or ECDSA to be sure",
    requirement: &requirement::SIGNATURE_SHA256,
    breaks: Breaks::Nothing,
    check: Check::Chain(|_, context| {
        let sent = context.kit.leaf().into_iter().cloned().chain(context.kit.sent());
        let pss = sent.filter(|certificate| certificate.signature.algorithm == SignatureAlgorithm::RsaPss);
        Verdict::of(pss.map(|certificate| {
            let finding = Finding::new(format!("`{}` is signed with RSA-PSS", certificate.subject));
            match context.locate(&certificate) {
                Some(seat) => finding.at(seat.place()),
                None => finding,
            }
        }))
    }),
};
