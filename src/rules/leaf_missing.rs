//! A client file without a certificate.

use super::{Check, Rule};
use crate::cloud::{Breaks, Stage, requirement};
use crate::pki::Content;
use crate::report::{Finding, Severity, Verdict};

pub static RULE: Rule = Rule {
    id: "leaf-missing",
    severity: Severity::Error,
    title: "client file holds no certificate that can be read",
    docs: "A client presents its own certificate first, then the intermediates above it. Certificate and key are easily \
           given in the wrong order, and an empty variable makes an empty file.",
    fix: "give the file that begins with the client's own -----BEGIN CERTIFICATE-----",
    requirement: &requirement::CLIENT_CERTIFICATE,
    breaks: Breaks::Connect(Stage::Present),
    check: Check::Client(|file, context| {
        if context.kit.leaf().is_some() {
            return Verdict::Pass;
        }
        let holds_key = file.entries.iter().any(|entry| matches!(entry.content, Content::PrivateKey { .. }));
        let finding = match holds_key {
            true => Finding::new("this is a private key; the client's certificate is in another file")
                .help("give this file with --key, and the certificate with --client"),
            false => Finding::new("no certificate can be read where the client's own should be"),
        };
        Verdict::of([finding.at(file.whole())])
    }),
};
