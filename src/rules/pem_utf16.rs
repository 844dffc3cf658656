//! A PEM file in UTF-16.

use super::{Check, Rule, container_is, conversion};
use crate::cloud::{Breaks, requirement};
use crate::pki::pem::Container;
use crate::report::Severity;

pub static RULE: Rule = Rule {
    id: "pem-utf16",
    severity: Severity::Error,
    title: "file is UTF-16 text",
    docs: "PEM is ASCII. Windows tools, PowerShell's redirection among them, write UTF-16, in which no reader finds a block.",
    fix: "save it as ASCII or UTF-8 without a byte order mark",
    requirement: &requirement::PEM_READS,
    breaks: Breaks::Upload,
    check: Check::Container(|file, _| {
        let help = conversion(&file.path, file.carried.as_ref(), "fixed.pem", |from, to| {
            format!("iconv -f UTF-16 -t US-ASCII {from} > {to}")
        });
        container_is(file, Container::Utf16, "this is UTF-16 text; PEM readers see no block in it", Some(help))
    }),
};
