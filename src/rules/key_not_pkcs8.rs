//! A private key in an older format.

use super::{Check, Rule, conversion, key_place};
use crate::cloud::{Breaks, requirement};
use crate::pki::key::{KeyContent, KeyFormat};
use crate::report::{Finding, Severity, Verdict};

pub static RULE: Rule = Rule {
    id: "key-not-pkcs8",
    severity: Severity::Warning,
    title: "private key is not in PKCS#8",
    docs: "Java takes PKCS#8 keys only, and tcld wants it of a CA's key. The other SDKs read the older formats as well.",
    fix: "convert the key to PKCS#8",
    requirement: &requirement::KEY_PKCS8,
    breaks: Breaks::Nothing,
    check: Check::Key(|key, _| {
        let KeyContent::Key { block, format, .. } = &key.content else { return Verdict::Pass };
        let name = match format {
            KeyFormat::Pkcs8 => return Verdict::Pass,
            KeyFormat::Sec1 => "SEC1 (EC PRIVATE KEY)",
            KeyFormat::Pkcs1 => "PKCS#1 (RSA PRIVATE KEY)",
            KeyFormat::Other => "an older format",
        };
        let help = conversion(&key.path, key.carried.as_ref(), "pkcs8.key", |from, to| {
            format!("openssl pkcs8 -topk8 -nocrypt -in {from} -out {to}")
        });
        Verdict::of([Finding::new(format!("this key is in {name}")).at(key_place(key, Some(block))).help(help)])
    }),
};
