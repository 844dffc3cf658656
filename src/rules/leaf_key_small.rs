//! A client key that is shorter than what most stacks accept.

use super::{Check, Rule, small_key};
use crate::cloud::{Breaks, requirement};
use crate::report::{Finding, Severity, Verdict};

pub static RULE: Rule = Rule {
    id: "leaf-key-small",
    severity: Severity::Warning,
    title: "client key is small",
    docs: "No minimum is documented, but many TLS libraries do not load RSA keys below 2,048 bits, on either side.",
    fix: "make the client's key with RSA of 2,048 bits or more, or with P-256 or P-384",
    requirement: &requirement::KEY_SIZE,
    breaks: Breaks::Nothing,
    check: Check::Leaf(|seat, _| {
        Verdict::of(
            small_key(&seat.certificate.key)
                .map(|key| Finding::new(format!("the key of {} is {key}", seat.name())).at(seat.place())),
        )
    }),
};
