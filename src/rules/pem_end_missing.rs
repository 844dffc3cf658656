//! A block that breaks off.

use super::{Check, Rule, faulty_blocks};
use crate::cloud::{Breaks, requirement};
use crate::pki::pem::BlockFault;
use crate::report::Severity;

pub static RULE: Rule = Rule {
    id: "pem-end-missing",
    severity: Severity::Error,
    title: "block has no END",
    docs: "The file, or the next block, comes before the END line: something was cut off. Go's PEM reader skips the block; \
           at the end of a file the Temporal CLI loses it without a word.",
    fix: "copy the whole block again",
    requirement: &requirement::PEM_READS,
    breaks: Breaks::Upload,
    check: Check::Container(|file, _| {
        faulty_blocks(file, |entry, fault| match fault {
            BlockFault::EndMissing => Some(format!("block {} begins here and never ends", entry.index)),
            _ => None,
        })
    }),
};
