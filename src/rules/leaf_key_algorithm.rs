//! A client key that is neither RSA nor ECDSA.

use super::{Check, Rule};
use crate::cloud::{Breaks, Stage, gate, requirement};
use crate::report::{Finding, Severity, Verdict};

pub static RULE: Rule = Rule {
    id: "leaf-key-algorithm",
    severity: Severity::Error,
    title: "client key is neither RSA nor ECDSA",
    docs: "The documents name RSA and ECDSA. Ed25519 works with many TLS servers, but nobody outside knows whether the \
           cloud's takes it.",
    fix: "make the client's key with RSA or EC",
    requirement: &requirement::KEY_ALGORITHM,
    breaks: Breaks::Connect(Stage::Chain),
    check: Check::Leaf(|seat, _| {
        let wrong = gate::key_not_allowed(seat.certificate);
        Verdict::of(wrong.map(|key| Finding::new(format!("the key of {} is {key}", seat.name())).at(seat.place())))
    }),
};
