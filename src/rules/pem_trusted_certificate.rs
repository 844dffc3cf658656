//! OpenSSL's own kind of certificate block.

use super::{Check, Rule, conversion};
use crate::cloud::{Breaks, requirement};
use crate::report::{Finding, Severity, Verdict};

pub static RULE: Rule = Rule {
    id: "pem-trusted-certificate",
    severity: Severity::Error,
    title: "block is a TRUSTED CERTIFICATE",
    docs: "This is OpenSSL's own format: a certificate with trust settings behind it. Go either skips the block by its label or \
           stumbles over what follows the certificate.",
    fix: "write it as a plain certificate",
    requirement: &requirement::PARSES,
    breaks: Breaks::Upload,
    check: Check::Container(|file, _| {
        let blocks = file.entries.iter().filter(|entry| entry.block.label == "TRUSTED CERTIFICATE");
        Verdict::of(blocks.map(|entry| {
            let help = conversion(&file.path, file.carried.as_ref(), "fixed.pem", |from, to| {
                format!("openssl x509 -in {from} -out {to}")
            });
            Finding::new(format!("block {} is OpenSSL's own format", entry.index)).at(file.place(entry)).help(help)
        }))
    }),
};
