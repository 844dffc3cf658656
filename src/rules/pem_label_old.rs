//! A certificate under the label of old tools.

use super::{Check, Rule};
use crate::cloud::{Breaks, requirement};
use crate::report::{Finding, Severity, Verdict};

pub static RULE: Rule = Rule {
    id: "pem-label-old",
    severity: Severity::Warning,
    title: "certificate is labelled X509 CERTIFICATE",
    docs: "The label of old tools for the same thing. Temporal's clients and OpenSSL take it; Go's certificate pools and \
           rustls pass over such a block without a word. What the cloud does is not known.",
    fix: "write CERTIFICATE in its two boundary lines; `certproof fix` does",
    requirement: &requirement::PEM_PLAIN,
    breaks: Breaks::Upload,
    check: Check::Container(|file, _| {
        let old = file.entries.iter().filter(|entry| entry.block.label == "X509 CERTIFICATE");
        Verdict::of(old.map(|entry| {
            let message = format!("block {} is a certificate under an old label", entry.index);
            Finding::new(message).at(file.place(entry))
        }))
    }),
};
