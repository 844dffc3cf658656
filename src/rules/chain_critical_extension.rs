//! A critical extension that nobody knows.

use super::{Check, Rule, chain_fault};
use crate::cloud::{Breaks, Stage, requirement};
use crate::pki::chain::ChainFault;
use crate::report::Severity;

pub static RULE: Rule = Rule {
    id: "chain-critical-extension",
    severity: Severity::Error,
    title: "critical extension is unknown",
    docs: "A verifier must refuse a certificate with a critical extension that it does not process.",
    fix: "issue the certificate with that extension not marked critical, or without it",
    requirement: &requirement::CHAIN_BUILDS,
    breaks: Breaks::Connect(Stage::Chain),
    check: Check::Chain(|chain, context| {
        chain_fault(chain, context, |fault, _| matches!(fault, ChainFault::UnknownCritical { .. }))
    }),
};
