//! A block that is neither certificate nor key.

use super::{Check, Role, Rule};
use crate::cloud::{Breaks, requirement};
use crate::pki::Content;
use crate::report::{Finding, Severity, Verdict};

pub static RULE: Rule = Rule {
    id: "pem-foreign-block",
    severity: Severity::Error,
    title: "block is not a certificate",
    docs: "The bundle holds CERTIFICATE blocks only. Temporal's clients do not look at labels: they try to parse whatever \
           the block holds, and fail with a message that does not say what it was.",
    fix: "remove the block",
    requirement: &requirement::ONLY_CERTIFICATES,
    breaks: Breaks::Upload,
    check: Check::Container(|file, role| {
        let foreign = file.entries.iter().filter(|entry| match entry.block.label.as_str() {
            // These have rules of their own.
            "PKCS7" | "TRUSTED CERTIFICATE" => false,
            // What `openssl ecparam` writes before a key.
            "EC PARAMETERS" => role == Role::Bundle,
            _ => matches!(entry.content, Content::Foreign),
        });
        Verdict::of(foreign.map(|entry| {
            let message = format!("block {} is {}", entry.index, described(&entry.block.label));
            Finding::new(message).at(file.place(entry))
        }))
    }),
};

fn described(label: &str) -> &'static str {
    match label {
        "CERTIFICATE REQUEST" | "NEW CERTIFICATE REQUEST" => {
            "a certificate signing request: what a CA is asked with, not what it answers"
        }
        "X509 CRL" => "a revocation list; the cloud looks at none",
        "PUBLIC KEY" | "RSA PUBLIC KEY" => "a bare public key",
        "EC PARAMETERS" => "the curve parameters of a key, whose key is probably near",
        _ => "not a certificate",
    }
}
