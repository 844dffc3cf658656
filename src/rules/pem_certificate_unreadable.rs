//! A CERTIFICATE block with something else inside.

use super::{Check, Rule};
use crate::cloud::{Breaks, requirement};
use crate::pki::Content;
use crate::report::{Finding, Severity, Verdict};

pub static RULE: Rule = Rule {
    id: "pem-certificate-unreadable",
    severity: Severity::Error,
    title: "CERTIFICATE block holds no certificate",
    docs: "The base64 decodes, but what comes out cannot be parsed as a certificate. `openssl verify` and most linters \
           look at the first block only, and would not notice it further down.",
    fix: "copy the certificate again from its source, or remove the block",
    requirement: &requirement::PARSES,
    breaks: Breaks::Upload,
    check: Check::Container(|file, _| {
        let unreadable = file.entries.iter().filter_map(|entry| match &entry.content {
            Content::Unreadable(error) => Some((entry, error)),
            _ => None,
        });
        Verdict::of(
            unreadable
                .map(|(entry, error)| Finding::new(format!("block {} is {error}", entry.index)).at(file.place(entry))),
        )
    }),
};
