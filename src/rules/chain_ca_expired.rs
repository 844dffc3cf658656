//! An expired CA above the client certificate.

use super::{Check, Rule, chain_fault};
use crate::cloud::{Breaks, Stage, requirement};
use crate::pki::chain::ChainFault;
use crate::report::Severity;

pub static RULE: Rule = Rule {
    id: "chain-ca-expired",
    severity: Severity::Error,
    title: "CA above the client certificate has expired",
    docs: "An expired CA, root or intermediate, invalidates all certificates below it, however long they are valid \
           themselves.",
    fix: "renew the CA, put it in the old one's place, in the bundle or the client's file, and issue the client \
          certificate below it",
    requirement: &requirement::CA_VALID,
    breaks: Breaks::Connect(Stage::Chain),
    check: Check::Chain(|chain, context| {
        chain_fault(chain, context, |fault, is_leaf| matches!(fault, ChainFault::Expired { .. }) && !is_leaf)
    }),
};
