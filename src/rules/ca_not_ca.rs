//! A CA certificate that says it is none.

use super::ca_is_leaf::leaf_sign;
use super::{Check, Rule};
use crate::cloud::{Breaks, requirement};
use crate::report::{Finding, Severity, Verdict};

pub static RULE: Rule = Rule {
    id: "ca-not-ca",
    severity: Severity::Error,
    title: "CA certificate says CA:false",
    docs: "Each certificate of the bundle says CA:true in its basic constraints. This one says the opposite, though \
           nothing else marks it as a leaf.",
    fix: "issue the CA certificate again with `basicConstraints = critical, CA:TRUE`",
    requirement: &requirement::CA_TRUE,
    breaks: Breaks::Upload,
    check: Check::Authority(|seat, _| {
        let denies = seat.certificate.basic_constraints.present().is_some_and(|constraints| !constraints.ca);
        Verdict::of(
            (denies && leaf_sign(seat).is_none())
                .then(|| Finding::new(format!("{} says CA:false", seat.name())).at(seat.place())),
        )
    }),
};
