//! Text behind the last block of the file that gets uploaded.

use super::{Check, Role, Rule, texts};
use crate::cloud::{Breaks, requirement};
use crate::report::{Finding, Severity, Verdict};

pub static RULE: Rule = Rule {
    id: "pem-text-trailing",
    severity: Severity::Error,
    title: "text stands behind the last block",
    docs: "tcld and Terraform fail on anything but white space behind the last block; the Temporal CLI ignores it.",
    fix: "remove everything behind the last -----END CERTIFICATE-----",
    requirement: &requirement::NO_TEXT,
    breaks: Breaks::Upload,
    check: Check::Container(|file, role| {
        if role != Role::Bundle {
            return Verdict::skip("this file is not uploaded");
        }
        let Some(last) = file.entries.last() else { return Verdict::Pass };
        Verdict::of(texts(file).filter(|text| text.first_line > last.block.last_line).map(|text| {
            let description = format!("{} bytes of text", text.bytes);
            let finding = Finding::new(format!("{description} behind the last block")).at(file.lines(
                text.first_line,
                text.last_line,
                description,
            ));
            match file.scan.unread_from == Some(text.first_line) {
                true => finding.note("so much stands before it that it was not looked into"),
                false => finding,
            }
        }))
    }),
};
