//! Text before or between the blocks of the file that gets uploaded.

use super::{Check, Role, Rule, texts};
use crate::cloud::{Breaks, requirement};
use crate::report::{Finding, Severity, Verdict};

pub static RULE: Rule = Rule {
    id: "pem-text-between",
    severity: Severity::Warning,
    title: "text stands before or between the blocks",
    docs: "Readers skip such text, yet tcld and the Temporal CLI upload it with the certificates: comments, and the \
           listings that `openssl x509 -text` writes, count towards the 32 KB and leave your hands.",
    fix: "remove everything outside the blocks",
    requirement: &requirement::NO_TEXT,
    breaks: Breaks::Nothing,
    check: Check::Container(|file, role| {
        if role != Role::Bundle {
            return Verdict::skip("this file is not uploaded");
        }
        let last_block = file.entries.last().map_or(0, |entry| entry.block.last_line);
        Verdict::of(texts(file).filter(|text| text.first_line < last_block).map(|text| {
            let description = format!("{} bytes of text", text.bytes);
            Finding::new(format!("{description} that would be uploaded")).at(file.lines(
                text.first_line,
                text.last_line,
                description,
            ))
        }))
    }),
};
