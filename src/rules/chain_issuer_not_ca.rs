//! An issuer in the chain that is no CA.

use super::{Check, Rule, chain_fault};
use crate::cloud::{Breaks, Stage, requirement};
use crate::pki::chain::ChainFault;
use crate::report::Severity;

pub static RULE: Rule = Rule {
    id: "chain-issuer-not-ca",
    severity: Severity::Error,
    title: "issuer in the chain is not a CA",
    docs: "A certificate that signed others must say CA:true in its basic constraints; else every holder of a leaf could \
           issue certificates.",
    fix: "issue the CA again with `basicConstraints = critical, CA:TRUE`",
    requirement: &requirement::CHAIN_BUILDS,
    breaks: Breaks::Connect(Stage::Chain),
    check: Check::Chain(|chain, context| {
        chain_fault(chain, context, |fault, _| matches!(fault, ChainFault::NotCa { .. }))
    }),
};
