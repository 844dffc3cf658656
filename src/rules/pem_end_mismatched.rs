//! BEGIN and END with different labels.

use super::{Check, Rule, faulty_blocks};
use crate::cloud::{Breaks, requirement};
use crate::pki::pem::BlockFault;
use crate::report::Severity;

pub static RULE: Rule = Rule {
    id: "pem-end-mismatched",
    severity: Severity::Error,
    title: "BEGIN and END have different labels",
    docs: "Go's PEM reader skips a block whose END names another label than its BEGIN.",
    fix: "give both lines the same label",
    requirement: &requirement::PEM_READS,
    breaks: Breaks::Upload,
    check: Check::Container(|file, _| {
        faulty_blocks(file, |entry, fault| match fault {
            BlockFault::EndMismatched { line } => {
                let (index, label, line) = (entry.index, &entry.block.label, file.line(*line));
                Some(format!("block {index} begins as {label} and ends on {line} as something else"))
            }
            _ => None,
        })
    }),
};
