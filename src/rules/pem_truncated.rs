//! Base64 of a wrong length.

use super::{Check, Rule, faulty_blocks};
use crate::cloud::{Breaks, requirement};
use crate::pki::pem::BlockFault;
use crate::report::Severity;

pub static RULE: Rule = Rule {
    id: "pem-truncated",
    severity: Severity::Error,
    title: "base64 of a block is incomplete",
    docs: "Base64 comes in groups of four characters. Here some are missing, or the padding is wrong: a character or a \
           line was lost. Go's PEM reader skips the block without a word.",
    fix: "copy the block again from its source",
    requirement: &requirement::PEM_READS,
    breaks: Breaks::Upload,
    check: Check::Container(|file, _| {
        faulty_blocks(file, |entry, fault| match fault {
            BlockFault::Truncated { line } => Some(format!(
                "the base64 of block {} ends on {} with a group of four that is incomplete or padded wrongly",
                entry.index,
                file.line(*line)
            )),
            _ => None,
        })
    }),
};
