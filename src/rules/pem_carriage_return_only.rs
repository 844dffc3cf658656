//! Lines that end with a carriage return alone.

use super::{Check, Rule};
use crate::cloud::{Breaks, requirement};
use crate::report::{Finding, Severity, Verdict};

pub static RULE: Rule = Rule {
    id: "pem-carriage-return-only",
    severity: Severity::Error,
    title: "lines end with a carriage return alone",
    docs: "The line ends of old Macintosh files. To Go's PEM reader the file is one line without any block.",
    fix: "write line feeds instead of carriage returns",
    requirement: &requirement::PEM_READS,
    breaks: Breaks::Upload,
    check: Check::Container(|file, _| {
        let count = file.scan.line_ends.lone_cr;
        Verdict::of((count > 0 && file.is_pem()).then(|| {
            let message =
                format!("{count} lines end with a carriage return alone; Go's reader does not see line ends there");
            let help = format!("tr '\\r' '\\n' < {} > clean.pem", file.path);
            Finding::new(message).at(file.whole()).help(help)
        }))
    }),
};
