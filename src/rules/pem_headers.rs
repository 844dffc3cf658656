//! Headers between BEGIN and the certificate.

use super::{Check, Rule};
use crate::cloud::{Breaks, requirement};
use crate::pki::Content;
use crate::report::{Finding, Severity, Verdict, plural};

pub static RULE: Rule = Rule {
    id: "pem-headers",
    severity: Severity::Warning,
    title: "certificate block has headers",
    docs: "PEM of the nineties has `Name: value` lines below BEGIN. Temporal's clients parse such a block; Go's certificate \
           pools pass over it without a word, and OpenSSL and rustls refuse it. What the cloud does is not known.",
    fix: "remove the lines between BEGIN and the base64; `certproof fix` does",
    requirement: &requirement::PEM_PLAIN,
    breaks: Breaks::Upload,
    check: Check::Container(|file, _| {
        let is_certificate =
            |content: &Content| matches!(content, Content::Certificate(_) | Content::Unreadable(_) | Content::Damaged);
        let with =
            file.entries.iter().filter(|entry| is_certificate(&entry.content) && !entry.block.headers.is_empty());
        Verdict::of(with.map(|entry| {
            let headers = plural(entry.block.headers.len(), "header");
            Finding::new(format!("block {} has {headers} above its certificate", entry.index)).at(file.place(entry))
        }))
    }),
};
