//! An issuer in the chain that may not sign certificates.

use super::{Check, Rule, chain_fault};
use crate::cloud::{Breaks, Stage, requirement};
use crate::pki::chain::ChainFault;
use crate::report::Severity;

pub static RULE: Rule = Rule {
    id: "chain-cert-sign-missing",
    severity: Severity::Error,
    title: "issuer in the chain may not sign certificates",
    docs: "The key usage of an issuer, where there is one, includes keyCertSign.",
    fix: "issue the CA again with `keyUsage = critical, keyCertSign, cRLSign`",
    requirement: &requirement::CA_CERT_SIGN,
    breaks: Breaks::Connect(Stage::Chain),
    check: Check::Chain(|chain, context| {
        chain_fault(chain, context, |fault, _| matches!(fault, ChainFault::NoCertSign { .. }))
    }),
};
