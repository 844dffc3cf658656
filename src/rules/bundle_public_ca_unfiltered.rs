//! A well-known public CA without any filter.

use super::{Check, Rule, public_ca};
use crate::cloud::{Breaks, requirement};
use crate::report::{Finding, Severity, Verdict};

pub static RULE: Rule = Rule {
    id: "bundle-public-ca-unfiltered",
    severity: Severity::Error,
    title: "public CA in the bundle, and no filter set",
    docs: "The filters that were given let everybody in. Together with a CA from which anybody can get a certificate that \
           would open the namespace to the world, and the cloud refuses it.",
    fix: "leave it out if it is there for the cloud's own servers; else add a filter that only your clients match",
    requirement: &requirement::PUBLIC_CA_FILTERED,
    breaks: Breaks::Upload,
    check: Check::Bundle(|file, context| {
        if context.kit.filters.is_none() {
            return Verdict::skip("no filters were given");
        }
        if !context.kit.usable_filters().is_empty() {
            return Verdict::Pass;
        }
        Verdict::of(public_ca::among(file).into_iter().map(|seat| {
            let message = format!("{} belongs to a CA that Mozilla's list trusts, and there is no filter", seat.name());
            Finding::new(message).at(seat.place())
        }))
    }),
};
