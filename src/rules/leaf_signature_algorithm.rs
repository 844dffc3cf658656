//! A client certificate that is not signed with RSA or ECDSA and SHA-256.

use super::{Check, Rule};
use crate::cloud::{Breaks, Stage, gate, requirement};
use crate::report::{Finding, Severity, Verdict};

pub static RULE: Rule =
    Rule {
        id: "leaf-signature-algorithm",
        severity: Severity::Error,
        title: "signature algorithm is not allowed",
        docs: "Client certificates are signed with RSA or ECDSA and SHA-256 or stronger; SHA-1 and MD5 cannot be used.",
        fix: "have it signed again by an RSA or EC CA with SHA-256 or stronger",
        requirement: &requirement::SIGNATURE_SHA256,
        breaks: Breaks::Connect(Stage::Chain),
        check: Check::Leaf(|seat, _| {
            let wrong = gate::signature_not_allowed(seat.certificate);
            Verdict::of(wrong.map(|algorithm| {
                Finding::new(format!("the signature of {} is {algorithm}", seat.name())).at(seat.place())
            }))
        }),
    };
