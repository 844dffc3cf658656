//! White space before a boundary line.

use super::{Check, Rule, faulty_blocks};
use crate::cloud::{Breaks, requirement};
use crate::pki::pem::BlockFault;
use crate::report::Severity;

pub static RULE: Rule = Rule {
    id: "pem-begin-indented",
    severity: Severity::Error,
    title: "boundary of a block is indented",
    docs: "Go's PEM reader wants BEGIN and END at the start of their lines. A block that is indented, as in YAML, is not \
           seen. Where one stands behind a good block, the Temporal CLI loses it without a word, and tcld fails.",
    fix: "remove the white space before -----BEGIN and -----END",
    requirement: &requirement::PEM_READS,
    breaks: Breaks::Upload,
    check: Check::Container(|file, _| {
        faulty_blocks(file, |entry, fault| match fault {
            BlockFault::Indented { line } => Some(format!(
                "{}, a boundary of block {}, starts with white space; Go's reader does not see it",
                file.line(*line),
                entry.index
            )),
            _ => None,
        })
    }),
};
