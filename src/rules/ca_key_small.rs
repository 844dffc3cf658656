//! A CA key that is shorter than what most stacks accept.

use super::{Check, Rule, small_key};
use crate::cloud::{Breaks, requirement};
use crate::report::{Finding, Severity, Verdict};

pub static RULE: Rule = Rule {
    id: "ca-key-small",
    severity: Severity::Warning,
    title: "CA key is small",
    docs: "No minimum is documented, but Temporal's own proxy and some TLS libraries refuse RSA keys below 2,048 bits and \
           EC keys below 256.",
    fix: "make the CA with RSA of 2,048 bits or more, or with P-256 or P-384",
    requirement: &requirement::KEY_SIZE,
    breaks: Breaks::Nothing,
    check: Check::Authority(|seat, _| {
        Verdict::of(
            small_key(&seat.certificate.key)
                .map(|key| Finding::new(format!("the key of {} is {key}", seat.name())).at(seat.place())),
        )
    }),
};
