//! Line ends written as backslash and n.

use super::{Check, Rule, container_is, conversion};
use crate::cloud::{Breaks, requirement};
use crate::pki::pem::Container;
use crate::report::Severity;

pub static RULE: Rule = Rule {
    id: "pem-escaped-newlines",
    severity: Severity::Error,
    title: "line ends are the two characters \\ and n",
    docs: "A PEM file that went through JSON, YAML or an environment variable without being unescaped is one long line. \
           No PEM reader sees a block in it.",
    fix: "turn each \\n into a line end",
    requirement: &requirement::PEM_READS,
    breaks: Breaks::Upload,
    check: Check::Container(|file, _| {
        let help = conversion(&file.path, file.carried.as_ref(), "fixed.pem", |from, to| {
            format!("printf '%b' \"$(cat {from})\" > {to}")
        });
        let message = "the line ends of this PEM file are written out as `\\n`; Go's reader sees no block in it";
        container_is(file, Container::EscapedPem, message, Some(help))
    }),
};
