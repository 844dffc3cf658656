//! A block with nothing in it.

use super::{Check, Rule, faulty_blocks};
use crate::cloud::{Breaks, requirement};
use crate::pki::pem::BlockFault;
use crate::report::Severity;

pub static RULE: Rule = Rule {
    id: "pem-block-empty",
    severity: Severity::Error,
    title: "block is empty",
    docs: "Nothing stands between BEGIN and END, as in a template that was not filled in. Go's PEM reader returns the block \
           with zero bytes in it: what parses them as a certificate fails, what parses them as a list of certificates \
           goes on with none.",
    fix: "fill the block in, or remove it",
    requirement: &requirement::PARSES,
    breaks: Breaks::Upload,
    check: Check::Container(|file, _| {
        faulty_blocks(file, |entry, fault| match fault {
            BlockFault::Empty => Some(format!("block {} holds nothing", entry.index)),
            _ => None,
        })
    }),
};
