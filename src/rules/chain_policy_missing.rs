//! A CA that demands a policy, and a chain without one.

use super::{Check, Rule, chain_fault};
use crate::cloud::{Breaks, Stage, requirement};
use crate::pki::chain::ChainFault;
use crate::report::Severity;

pub static RULE: Rule = Rule {
    id: "chain-policy-missing",
    severity: Severity::Error,
    title: "CA demands a policy that the chain does not have",
    docs: "A CA with requireExplicitPolicy in its policy constraints accepts below it only certificates that share a \
           certificate policy. The cloud's documents do not mention policies; Go enforces them.",
    fix: "issue the client certificate with a policy of that CA, or below a CA without policy constraints",
    requirement: &requirement::CHAIN_BUILDS,
    breaks: Breaks::Connect(Stage::Chain),
    check: Check::Chain(|chain, context| {
        chain_fault(chain, context, |fault, _| matches!(fault, ChainFault::PolicyMissing { .. }))
    }),
};
