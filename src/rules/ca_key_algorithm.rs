//! A CA key that is neither RSA nor ECDSA.

use super::{Check, Rule};
use crate::cloud::{Breaks, gate, requirement};
use crate::report::{Finding, Severity, Verdict};

pub static RULE: Rule = Rule {
    id: "ca-key-algorithm",
    severity: Severity::Error,
    title: "CA key is neither RSA nor ECDSA",
    docs: "The documents name RSA and ECDSA as signing algorithms. Whether Ed25519 is refused on upload or only when a \
           client connects is not public.",
    fix: "make the CA with an RSA or EC key",
    requirement: &requirement::KEY_ALGORITHM,
    breaks: Breaks::Upload,
    check: Check::Authority(|seat, _| {
        let wrong = gate::key_not_allowed(seat.certificate);
        Verdict::of(wrong.map(|key| Finding::new(format!("the key of {} is {key}", seat.name())).at(seat.place())))
    }),
};
