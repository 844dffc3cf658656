//! A client certificate without key usage.

use super::{Check, Rule};
use crate::cloud::{Breaks, requirement};
use crate::report::{Finding, Severity, Verdict};

pub static RULE: Rule = Rule {
    id: "leaf-key-usage-absent",
    severity: Severity::Warning,
    title: "client certificate has no key usage",
    docs: "The documents say that the key usage must include digital signature. An absent key usage allows everything, \
           and Temporal's own tcld makes such leaves by its documented commands, so the letter of the demand is \
           presumably not enforced.",
    fix: "issue it with `keyUsage = critical, digitalSignature`",
    requirement: &requirement::LEAF_KEY_USAGE_PRESENT,
    breaks: Breaks::Nothing,
    check: Check::Leaf(|seat, _| {
        if seat.certificate.version != 3 {
            return Verdict::skip("only version 3 has extensions");
        }
        Verdict::of(
            seat.certificate
                .key_usage
                .is_absent()
                .then(|| Finding::new(format!("{} has no key usage", seat.name())).at(seat.place())),
        )
    }),
};
