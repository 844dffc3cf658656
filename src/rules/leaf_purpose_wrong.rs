//! A client certificate that is for something else.

use super::{Check, Rule};
use crate::cloud::{Breaks, Stage, requirement};
use crate::report::{Finding, Severity, Verdict};

pub static RULE: Rule = Rule {
    id: "leaf-purpose-wrong",
    severity: Severity::Error,
    title: "certificate is not for client authentication",
    docs: "An extended key usage lists what a certificate is for. With one that leaves clientAuth out, every TLS server \
           tried refuses it, although the cloud's documents do not mention the extension.",
    fix: "issue it with `extendedKeyUsage = clientAuth`, or without the extension",
    requirement: &requirement::LEAF_CLIENT_AUTH,
    breaks: Breaks::Connect(Stage::Chain),
    check: Check::Leaf(|seat, _| {
        let usage = seat.certificate.extended_key_usage.present().filter(|usage| !usage.allows_client());
        Verdict::of(usage.map(|usage| {
            let message = format!("{} is for {} only", seat.name(), usage.names.join(", "));
            Finding::new(message).at(seat.place())
        }))
    }),
};
