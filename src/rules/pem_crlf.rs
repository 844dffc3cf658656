//! Windows line ends in the file that gets uploaded.

use super::{Check, Role, Rule, conversion};
use crate::cloud::{Breaks, requirement};
use crate::report::{Finding, Severity, Verdict, plural};

pub static RULE: Rule = Rule {
    id: "pem-crlf",
    severity: Severity::Info,
    title: "lines end with CRLF",
    docs: "Go reads Windows line ends. tcld and the Temporal CLI upload the carriage returns too, where they count towards \
           the 32 KB.",
    fix: "write plain line feeds if size matters or if Terraform shows a difference",
    requirement: &requirement::PLAIN_LINES,
    breaks: Breaks::Nothing,
    check: Check::Container(|file, role| {
        if role != Role::Bundle {
            return Verdict::skip("this file is not uploaded");
        }
        let count = file.scan.line_ends.crlf;
        Verdict::of((count > 0 && file.is_pem()).then(|| {
            let help = conversion(&file.path, file.carried.as_ref(), "fixed.pem", |from, to| {
                format!("tr -d '\\r' < {from} > {to}")
            });
            Finding::new(format!("CRLF ends {}", plural(count, "line"))).at(file.whole()).help(help)
        }))
    }),
};
