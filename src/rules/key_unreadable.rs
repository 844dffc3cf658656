//! A private key that cannot be used.

use super::{Check, Rule, key_place, small_key};
use crate::cloud::{Breaks, Stage, requirement};
use crate::pki::certificate::{Curve, PublicKey};
use crate::pki::key::KeyContent;
use crate::report::{Finding, Severity, Verdict};

pub static RULE: Rule = Rule {
    id: "key-unreadable",
    severity: Severity::Error,
    title: "private key cannot be read",
    docs: "The block is labelled as a private key, but what it holds is no key of a kind that TLS clients load.",
    fix: "export the key again, unencrypted and in PKCS#8",
    requirement: &requirement::KEY_READABLE,
    breaks: Breaks::Connect(Stage::Prove),
    check: Check::Key(|key, context| {
        let KeyContent::Key { block, public_key: None, .. } = &key.content else { return Verdict::Pass };
        let unusual = context.kit.leaf().is_some_and(|leaf| match &leaf.key {
            PublicKey::Ec(Curve::Other(_)) | PublicKey::Dsa | PublicKey::Other(_) => true,
            key => small_key(key).is_some(),
        });
        if unusual {
            return Verdict::skip("the certificate's key is of a kind or size that is not loaded here");
        }
        Verdict::of([Finding::new("no key can be read from this block").at(key_place(key, Some(block)))])
    }),
};
