//! A client certificate that does not say that it is no CA.

use super::{Check, Rule};
use crate::cloud::{Breaks, requirement};
use crate::report::{Finding, Severity, Verdict};

pub static RULE: Rule = Rule {
    id: "leaf-basic-constraints-absent",
    severity: Severity::Warning,
    title: "certificate has no basic constraints",
    docs: "The documents demand CA:false. Verifiers take an absent extension for it, so such a client is expected to get \
           in.",
    fix: "issue it with `basicConstraints = CA:FALSE`",
    requirement: &requirement::LEAF_BASIC_CONSTRAINTS_PRESENT,
    breaks: Breaks::Nothing,
    check: Check::Leaf(|seat, _| {
        if seat.certificate.version != 3 {
            return Verdict::skip("only version 3 has extensions");
        }
        Verdict::of(
            seat.certificate
                .basic_constraints
                .is_absent()
                .then(|| Finding::new(format!("{} has no basic constraints", seat.name())).at(seat.place())),
        )
    }),
};
