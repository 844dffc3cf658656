//! A well-known public CA, and nothing known of filters.

use super::{Check, Rule, public_ca};
use crate::cloud::{Breaks, requirement};
use crate::report::{Finding, Severity, Verdict};

pub static RULE: Rule = Rule {
    id: "bundle-public-ca",
    severity: Severity::Warning,
    title: "bundle holds a public CA",
    docs: "Anybody can get a certificate from a CA that operating systems trust, so the cloud takes one only together \
           with certificate filters. Recognised are the roots of Mozilla's list and what they signed directly. The root \
           by which clients judge the cloud's own servers has no place in a bundle: it says whom clients trust, a bundle \
           says whom the cloud trusts.",
    fix: "leave it out if it is there for the cloud's own servers; else set certificate filters, and give them with \
          --filters; better, use a CA of your own",
    requirement: &requirement::PUBLIC_CA_FILTERED,
    breaks: Breaks::Nothing,
    check: Check::Bundle(|file, context| {
        if context.kit.filters.is_some() {
            return Verdict::skip("filters were given");
        }
        Verdict::of(public_ca::among(file).into_iter().map(|seat| {
            let message = format!("{} belongs to a CA that Mozilla's list trusts", seat.name());
            Finding::new(message).at(seat.place())
        }))
    }),
};
