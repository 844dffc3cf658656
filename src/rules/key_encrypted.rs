//! A private key with a passphrase.

use super::{Check, Rule, conversion, key_place};
use crate::cloud::{Breaks, requirement};
use crate::pki::key::KeyContent;
use crate::report::{Finding, Severity, Verdict};

pub static RULE: Rule = Rule {
    id: "key-encrypted",
    severity: Severity::Error,
    title: "private key has a passphrase",
    docs: "The documents forbid a passphrase, and most SDKs have no way to give one.",
    fix: "store the key without passphrase, and protect the file instead",
    requirement: &requirement::NO_PASSPHRASE,
    breaks: Breaks::Nothing,
    check: Check::Key(|key, _| {
        let KeyContent::Encrypted { block } = &key.content else { return Verdict::Pass };
        let help = conversion(&key.path, key.carried.as_ref(), "plain.key", |from, to| {
            format!("openssl pkcs8 -topk8 -nocrypt -in {from} -out {to}")
        });
        Verdict::of([Finding::new("this private key is encrypted").at(key_place(key, Some(block))).help(help)])
    }),
};
