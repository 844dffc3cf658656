//! A link of the chain signed with SHA-1 or MD5.

use super::{Check, Rule, chain_fault};
use crate::cloud::{Breaks, Stage, requirement};
use crate::pki::chain::ChainFault;
use crate::report::Severity;

pub static RULE: Rule = Rule {
    id: "chain-signature-weak",
    severity: Severity::Error,
    title: "certificate of the chain is signed with a weak hash",
    docs: "Go verifies no SHA-1 or MD5 signatures, and the documents forbid them; the chain breaks at that link.",
    fix: "have the certificate signed again with SHA-256 or stronger",
    requirement: &requirement::SIGNATURE_SHA256,
    breaks: Breaks::Connect(Stage::Chain),
    check: Check::Chain(|chain, context| {
        chain_fault(chain, context, |fault, _| matches!(fault, ChainFault::WeakSignature { .. }))
    }),
};
