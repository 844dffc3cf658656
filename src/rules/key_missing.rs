//! A key file without a private key.

use super::{Check, Rule, key_place};
use crate::cloud::{Breaks, Stage, requirement};
use crate::pki::key::KeyContent;
use crate::pki::pem::Segment;
use crate::report::{Finding, Severity, Verdict};

pub static RULE: Rule = Rule {
    id: "key-missing",
    severity: Severity::Error,
    title: "key file holds no private key",
    docs: "The SDKs want the private key that belongs to the client certificate, as a PEM block. The two files are easily \
           given in the wrong order.",
    fix: "give the file with -----BEGIN PRIVATE KEY----- in it",
    requirement: &requirement::KEY_READABLE,
    breaks: Breaks::Connect(Stage::Prove),
    check: Check::Key(|key, _| {
        if !matches!(key.content, KeyContent::Missing) {
            return Verdict::Pass;
        }
        let is_certificate =
            |segment: &Segment| matches!(segment, Segment::Block(block) if block.label == "CERTIFICATE");
        let finding = match key.scan.segments.iter().any(is_certificate) {
            true => Finding::new("this is a certificate; its private key is in another file")
                .help("give this file with --client, and the private key with --key"),
            false => Finding::new("no block of this file is a private key"),
        };
        Verdict::of([finding.at(key_place(key, None))])
    }),
};
