//! More bytes than a bundle may have.

use super::{Check, Rule};
use crate::cloud::{Breaks, requirement};
use crate::report::{Finding, Severity, Verdict};

pub static RULE: Rule = Rule {
    id: "bundle-too-large",
    severity: Severity::Error,
    title: "bundle is too large",
    docs: "The payload is at most 32 KB before base64 encoding. Counted here are the bytes of the file as it would be \
           sent; whether the cloud counts before or after it strips text and white space is not public.",
    fix: "remove text between the blocks, duplicates and CAs that are not needed; EC certificates are smaller than RSA ones",
    requirement: &requirement::BUNDLE_SIZE,
    breaks: Breaks::Upload,
    check: Check::Bundle(|file, _| {
        let Some(most) = requirement::BUNDLE_SIZE.number.filter(|most| file.size > *most) else { return Verdict::Pass };
        Verdict::of([Finding::new(format!("{} bytes, and at most {most} are allowed", file.size)).at(file.whole())])
    }),
};
