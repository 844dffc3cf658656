//! A CA above the client certificate that is not valid yet.

use super::{Check, Rule, chain_fault};
use crate::cloud::{Breaks, Stage, requirement};
use crate::pki::chain::ChainFault;
use crate::report::Severity;

pub static RULE: Rule = Rule {
    id: "chain-ca-not-yet-valid",
    severity: Severity::Error,
    title: "CA above the client certificate is not valid yet",
    docs: "Each certificate of the chain is judged at the present time.",
    fix: "wait until the CA is valid, or issue it again by the right clock",
    requirement: &requirement::VALID_NOW,
    breaks: Breaks::Connect(Stage::Chain),
    check: Check::Chain(|chain, context| {
        chain_fault(chain, context, |fault, is_leaf| matches!(fault, ChainFault::NotYetValid { .. }) && !is_leaf)
    }),
};
