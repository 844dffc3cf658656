//! A client certificate whose key usage does not let it sign.

use super::{Check, Rule};
use crate::cloud::{Breaks, Stage, requirement};
use crate::report::{Finding, Severity, Verdict};

pub static RULE: Rule = Rule {
    id: "leaf-key-usage-wrong",
    severity: Severity::Error,
    title: "key usage lacks digital signature",
    docs: "In TLS 1.3 a client proves its key with a signature. OpenSSL refuses such a certificate; rustls and Go do not \
           look, so a test against them does not find it.",
    fix: "issue it with `keyUsage = critical, digitalSignature`",
    requirement: &requirement::LEAF_DIGITAL_SIGNATURE,
    breaks: Breaks::Connect(Stage::Chain),
    check: Check::Leaf(|seat, _| {
        let usage = seat.certificate.key_usage.present().filter(|usage| !usage.digital_signature());
        Verdict::of(usage.map(|usage| {
            let names = usage.names().join(", ");
            Finding::new(format!("the key usage of {} is {names}, without digitalSignature", seat.name()))
                .at(seat.place())
        }))
    }),
};
