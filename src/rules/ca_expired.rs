//! An expired CA in the bundle.

use super::{Check, Rule, about_validity, time_text};
use crate::cloud::{Breaks, requirement};
use crate::pki::clock::rfc3339;
use crate::report::{Finding, Severity, Verdict};

pub static RULE: Rule = Rule {
    id: "ca-expired",
    severity: Severity::Error,
    title: "CA certificate has expired",
    docs: "An expired CA invalidates every certificate below it. An update of the bundle is judged as a whole: the \
           cloud refuses it for each expired certificate in the result, even when the update only removes another one. \
           With two expired CAs stored they cannot be removed one at a time.",
    fix: "upload a bundle of live certificates only, all at once: `tcld namespace accepted-client-ca set`",
    requirement: &requirement::CA_VALID,
    breaks: Breaks::Upload,
    check: Check::Authority(|seat, context| {
        let not_after = seat.certificate.not_after;
        if context.now <= not_after {
            return Verdict::Pass;
        }
        let ago = time_text(context.now - not_after);
        let message = format!("{} expired at {}, {ago} ago", seat.name(), rfc3339(not_after));
        Verdict::of([about_validity(Finding::new(message).at(seat.place()), seat.certificate)])
    }),
};
