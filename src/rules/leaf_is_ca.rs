//! A CA certificate where the client's own belongs.

use super::{Check, Rule};
use crate::cloud::{Breaks, Stage, requirement};
use crate::report::{Finding, Severity, Verdict};

pub static RULE: Rule = Rule {
    id: "leaf-is-ca",
    severity: Severity::Error,
    title: "client certificate is a CA",
    docs: "A client presents an end-entity certificate, with CA:false. A CA given in its place means that its private key \
           is on the client's machine.",
    fix: "issue a certificate for the client below that CA, and keep the CA's key away from clients",
    requirement: &requirement::LEAF_NOT_CA,
    breaks: Breaks::Connect(Stage::Chain),
    check: Check::Leaf(|seat, _| {
        Verdict::of(
            seat.certificate.is_ca().then(|| Finding::new(format!("{} says CA:true", seat.name())).at(seat.place())),
        )
    }),
};
