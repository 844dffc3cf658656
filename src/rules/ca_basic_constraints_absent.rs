//! A CA certificate that does not say what it is.

use super::{Check, Rule};
use crate::cloud::{Breaks, requirement};
use crate::pki::certificate::Extension;
use crate::report::{Finding, Severity, Verdict};

pub static RULE: Rule = Rule {
    id: "ca-basic-constraints-absent",
    severity: Severity::Error,
    title: "CA certificate has no basic constraints",
    docs: "A version 3 certificate is a CA only if its basic constraints say CA:true.",
    fix: "issue the CA certificate again with `basicConstraints = critical, CA:TRUE`",
    requirement: &requirement::CA_TRUE,
    breaks: Breaks::Upload,
    check: Check::Authority(|seat, _| {
        if seat.certificate.version != 3 {
            return Verdict::skip("only version 3 has extensions");
        }
        let what = match seat.certificate.basic_constraints {
            Extension::Absent => "has no basic constraints",
            Extension::Unreadable => "has basic constraints that cannot be read",
            Extension::Present(_) => return Verdict::Pass,
        };
        Verdict::of([Finding::new(format!("{} {what}", seat.name())).at(seat.place())])
    }),
};
