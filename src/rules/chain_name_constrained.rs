//! A name that a CA's name constraints do not allow.

use super::{Check, Rule, chain_fault};
use crate::cloud::{Breaks, Stage, requirement};
use crate::pki::chain::ChainFault;
use crate::report::Severity;

pub static RULE: Rule = Rule {
    id: "chain-name-constrained",
    severity: Severity::Error,
    title: "CA does not allow the client's name",
    docs: "Name constraints limit the alternative names (DNS, IP, mail, URI) that certificates below a CA may have. The \
           cloud's documents do not mention them; Go, OpenSSL and rustls enforce them.",
    fix: "issue the client certificate with a name that the CA allows, or without that name",
    requirement: &requirement::CHAIN_BUILDS,
    breaks: Breaks::Connect(Stage::Chain),
    check: Check::Chain(|chain, context| {
        chain_fault(chain, context, |fault, _| matches!(fault, ChainFault::NameConstrained { .. }))
    }),
};
