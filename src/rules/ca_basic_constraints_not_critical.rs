//! A CA certificate whose basic constraints are not critical.

use super::{Check, Rule};
use crate::cloud::{Breaks, requirement};
use crate::report::{Finding, Severity, Verdict};

pub static RULE: Rule = Rule {
    id: "ca-basic-constraints-not-critical",
    severity: Severity::Info,
    title: "basic constraints of CA not critical",
    docs: "RFC 5280 §4.2.1.9 wants the extension critical in a CA. Go, rustls and OpenSSL do not mind; OpenSSL in strict \
           mode does, which Python's default context switches on from 3.13, so the CA is of no use for servers that \
           Python programs call. easy-rsa makes such CAs.",
    fix: "nothing needs to be done for the cloud; make the next CA with `basicConstraints = critical, CA:TRUE`",
    requirement: &requirement::BASIC_CONSTRAINTS_CRITICAL,
    breaks: Breaks::Nothing,
    check: Check::Authority(|seat, _| {
        let constraints = seat.certificate.basic_constraints.present();
        let loose = constraints.is_some_and(|constraints| constraints.ca && !constraints.critical);
        Verdict::of(loose.then(|| {
            let message = format!("{} has CA:true in an extension that is not critical", seat.name());
            Finding::new(message).at(seat.place())
        }))
    }),
};
