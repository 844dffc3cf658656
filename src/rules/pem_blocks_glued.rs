//! END of one block and BEGIN of the next on one line.

use super::{Check, Rule, faulty_blocks};
use crate::cloud::{Breaks, requirement};
use crate::pki::pem::BlockFault;
use crate::report::Severity;

pub static RULE: Rule = Rule {
    id: "pem-blocks-glued",
    severity: Severity::Error,
    title: "two blocks share a line",
    docs: "Files were joined by `cat` without a line end between them. Go's PEM reader sees neither of the two blocks.",
    fix: "put a line end between -----END CERTIFICATE----- and -----BEGIN CERTIFICATE-----",
    requirement: &requirement::PEM_READS,
    breaks: Breaks::Upload,
    check: Check::Container(|file, _| {
        faulty_blocks(file, |entry, fault| match fault {
            // The block before has the same fault on its last line.
            BlockFault::Glued { line } if *line == entry.block.first_line => {
                Some(format!("block {} begins on {}, where the one before it ends", entry.index, file.line(*line)))
            }
            _ => None,
        })
    }),
};
