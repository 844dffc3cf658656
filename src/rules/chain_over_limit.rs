//! A chain that costs more than verifiers spend.

use super::{Check, Rule, chain_fault};
use crate::cloud::{Breaks, Stage, requirement};
use crate::pki::chain::ChainFault;
use crate::report::Severity;

pub static RULE: Rule = Rule {
    id: "chain-over-limit",
    severity: Severity::Error,
    title: "client sends too many certificates",
    docs: "Verifiers bound what they spend on one client: Go stops after 100 signature checks. Here 32 certificates and \
           100 checks are the bounds. A client file with a whole trust store in it runs into them.",
    fix: "keep the leaf and its intermediates in the client's file, and nothing else",
    requirement: &requirement::CHAIN_BUILDS,
    breaks: Breaks::Connect(Stage::Chain),
    check: Check::Chain(|chain, context| {
        chain_fault(chain, context, |fault, _| {
            matches!(fault, ChainFault::TooManySent { .. } | ChainFault::BudgetSpent)
        })
    }),
};
