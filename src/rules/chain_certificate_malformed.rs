//! A certificate of the client's file that Go's parser refuses.

use super::{Check, Rule, chain_fault};
use crate::cloud::{Breaks, Stage, requirement};
use crate::pki::chain::ChainFault;
use crate::report::Severity;

pub static RULE: Rule = Rule {
    id: "chain-certificate-malformed",
    severity: Severity::Error,
    title: "client sends a malformed certificate",
    docs: "A server that is written in Go parses everything a client sends before it judges anything, and refuses the \
           connection over one malformed certificate.",
    fix: "issue the certificate again with a tool that keeps to RFC 5280",
    requirement: &requirement::PARSES,
    breaks: Breaks::Connect(Stage::Chain),
    check: Check::Chain(|chain, context| {
        chain_fault(chain, context, |fault, _| {
            matches!(fault, ChainFault::Defective { .. } | ChainFault::Unreadable { .. })
        })
    }),
};
