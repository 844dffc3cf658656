//! A byte that is no base64 in the body of a block.

use super::{Check, Rule, faulty_blocks};
use crate::cloud::{Breaks, requirement};
use crate::pki::pem::BlockFault;
use crate::report::Severity;

pub static RULE: Rule = Rule {
    id: "pem-not-base64",
    severity: Severity::Error,
    title: "body of a block is not base64",
    docs: "One stray byte makes Go's PEM reader skip the whole block, and say nothing: the certificate is lost. Copying \
           through web pages leaves no-break spaces, abridged examples leave dots.",
    fix: "copy the block again from its source",
    requirement: &requirement::PEM_READS,
    breaks: Breaks::Upload,
    check: Check::Container(|file, _| {
        faulty_blocks(file, |entry, fault| match fault {
            BlockFault::NotBase64 { line, byte } => {
                Some(format!("{}, in block {}, holds {}", file.line(*line), entry.index, described(*byte)))
            }
            _ => None,
        })
    }),
};

/// By kind and number only: the byte may belong to a secret.
fn described(byte: u8) -> String {
    match byte {
        0xC2 | 0xE2 => format!("a byte 0x{byte:02X}, often a no-break space or a typographic sign"),
        b'-' | b'_' => "a `-` or `_`, as in URL-safe base64".to_owned(),
        b'.' => "a dot, as in an abridged example".to_owned(),
        byte => format!("a byte 0x{byte:02X}, which is not base64"),
    }
}
