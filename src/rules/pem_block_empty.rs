//! A block with nothing in it.

use super::{Check, Rule, faulty_blocks};
use crate::cloud::{Breaks, requirement};
use crate::pki::pem::BlockFault;
use crate::report::Severity;

pub static RULE: Rule = Rule {
    id: "pem-block-empty",
    severity: Severity::Error,
    title: "block is empty",
    docs: "Nothing stands between BEGIN and END, as in a template that was not filled in. Parsers then fail on zero bytes.",
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
