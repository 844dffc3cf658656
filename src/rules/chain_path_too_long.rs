//! More intermediates than a CA allows below it.

use super::{Check, Rule, chain_fault};
use crate::cloud::{Breaks, Stage, requirement};
use crate::pki::chain::ChainFault;
use crate::report::Severity;

pub static RULE: Rule = Rule {
    id: "chain-path-too-long",
    severity: Severity::Error,
    title: "chain is longer than a CA allows",
    docs: "A path length in a CA's basic constraints says how many intermediates may stand between it and a leaf. \
           `certstrap` and `step` write one by default.",
    fix: "issue the client certificate directly below that CA, or make the CA with a longer path length",
    requirement: &requirement::CHAIN_BUILDS,
    breaks: Breaks::Connect(Stage::Chain),
    check: Check::Chain(|chain, context| {
        chain_fault(chain, context, |fault, _| matches!(fault, ChainFault::PathTooLong { .. }))
    }),
};
