//! An issuer of the right name whose key did not sign.

use super::{Check, Rule, chain_fault};
use crate::cloud::{Breaks, Stage, requirement};
use crate::pki::chain::ChainFault;
use crate::report::Severity;

pub static RULE: Rule = Rule {
    id: "chain-signature-wrong",
    severity: Severity::Error,
    title: "signature does not come from the CA of that name",
    docs: "A CA has the issuer's name, but its key did not sign the certificate. Mostly the CA was made again under the \
           same name, and the bundle holds the other one; else the certificate is damaged.",
    fix: "put the CA that really signed into the bundle, or issue the certificate again below the one that is there",
    requirement: &requirement::LEAF_ACCEPTED,
    breaks: Breaks::Connect(Stage::Chain),
    check: Check::Chain(|chain, context| {
        chain_fault(chain, context, |fault, _| matches!(fault, ChainFault::BadSignature { .. }))
    }),
};
