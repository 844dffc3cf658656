//! A CA whose extended key usage leaves clients out.

use super::{Check, Rule, chain_fault};
use crate::cloud::{Breaks, Stage, requirement};
use crate::pki::chain::ChainFault;
use crate::report::Severity;

pub static RULE: Rule = Rule {
    id: "chain-purpose-excluded",
    severity: Severity::Error,
    title: "CA in the chain is not for clients",
    docs: "An extended key usage on a CA limits what certificates below it are good for. An intermediate for serverAuth \
           alone breaks every client certificate it issues.",
    fix: "issue the client certificate below a CA without extended key usage, or with clientAuth in it",
    requirement: &requirement::LEAF_CLIENT_AUTH,
    breaks: Breaks::Connect(Stage::Chain),
    check: Check::Chain(|chain, context| {
        chain_fault(chain, context, |fault, is_leaf| matches!(fault, ChainFault::PurposeExcluded { .. }) && !is_leaf)
    }),
};
