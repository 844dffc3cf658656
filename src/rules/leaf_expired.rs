//! A client certificate that has expired.

use super::{Check, Rule, about_validity, time_text};
use crate::cloud::{Breaks, Stage, requirement};
use crate::pki::clock::rfc3339;
use crate::report::{Finding, Severity, Verdict};

pub static RULE: Rule = Rule {
    id: "leaf-expired",
    severity: Severity::Error,
    title: "client certificate has expired",
    docs: "Connections that stand may go on for some minutes, which the cloud's maximum connection age suggests; the next \
           handshake is refused.",
    fix: "issue a new client certificate; when the clock of the machine is wrong, set it",
    requirement: &requirement::VALID_NOW,
    breaks: Breaks::Connect(Stage::Chain),
    check: Check::Leaf(|seat, context| {
        let not_after = seat.certificate.not_after;
        Verdict::of((context.now > not_after).then(|| {
            let ago = time_text(context.now - not_after);
            let message = format!("{} expired at {}, {ago} ago", seat.name(), rfc3339(not_after));
            about_validity(Finding::new(message).at(seat.place()), seat.certificate)
        }))
    }),
};
