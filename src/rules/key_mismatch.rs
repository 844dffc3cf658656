//! A private key that does not belong to the certificate.

use super::{Check, Rule, key_place};
use crate::cloud::{Breaks, Stage, requirement};
use crate::pki::key::KeyContent;
use crate::report::{Finding, Severity, Verdict};

pub static RULE: Rule = Rule {
    id: "key-mismatch",
    severity: Severity::Error,
    title: "private key does not belong to the certificate",
    docs: "The client proves in its handshake that it has the key of its certificate. With another key the server answers \
           decrypt_error, or the client's own library refuses the pair before it connects.",
    fix: "find the key that was made with this certificate, or issue a certificate for this key",
    requirement: &requirement::KEY_BELONGS,
    breaks: Breaks::Connect(Stage::Prove),
    check: Check::Key(|key, context| {
        let KeyContent::Key { block, public_key: Some(public_key), .. } = &key.content else {
            return Verdict::skip("there is no key to compare");
        };
        let Some(seat) = context.leaf_seat() else {
            return Verdict::skip("no client certificate was given that can be read");
        };
        if *public_key == seat.certificate.key_bits {
            return Verdict::Pass;
        }
        let message = format!("this is not the key of {}", seat.name());
        let finding = Finding::new(message).at(key_place(key, Some(block)));
        Verdict::of([finding.label(seat.place(), "has another key")])
    }),
};
