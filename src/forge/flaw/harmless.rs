//! Edits that look like faults and are none: no rule finds fault with them, and the gate admits the client.

use super::Edit;
use super::edits::{
    generalized_time, intermediate, key_usage_not_critical, long_serial, subject_in_teletex, zero_serial,
};
use crate::cloud::kit::Files;
use crate::forge::{ForgeError, Recipe, SigningHash};

/// One way of making a hierarchy unusual without breaking it.
#[derive(Debug, Clone, Copy)]
pub struct Harmless {
    /// `harmless/variation`, so that it is no rule's.
    pub id: &'static str,
    /// What is unusual, in words, without a full stop. No two have the same.
    pub title: &'static str,
    /// Why no rule speaks of it: who allows it, and who was asked.
    pub reason: &'static str,
    pub edit: Edit,
}

impl Harmless {
    /// The usual files and the unusual ones, which differ in this edit alone.
    ///
    /// # Errors
    /// When the recipe cannot be forged.
    pub fn pair(&self, recipe: &Recipe) -> Result<(Files, Files), ForgeError> {
        super::pair(recipe.clone(), self.edit)
    }
}

pub static ALL: &[Harmless] = &[
    Harmless {
        id: "harmless/serial-zero",
        title: "the serial number of the client's certificate is zero",
        reason: "RFC 5280 §4.1.2.2 wants a positive number of CAs and asks readers to take zero; Go, rustls and OpenSSL do",
        edit: Edit::Recipe(|recipe| recipe.client.edits.push(zero_serial)),
    },
    Harmless {
        id: "harmless/serial-long",
        title: "the serial number of the client's certificate has 21 octets",
        reason: "RFC 5280 §4.1.2.2 allows CAs 20 octets; Go, rustls and OpenSSL take more",
        edit: Edit::Recipe(|recipe| recipe.client.edits.push(long_serial)),
    },
    Harmless {
        id: "harmless/name-in-teletex",
        title: "the client's name is a TeletexString",
        reason: "RFC 5280 §4.1.2.4 keeps the type for old names; names chain by their bytes, whatever their type",
        edit: Edit::Recipe(|recipe| recipe.client.edits.push(subject_in_teletex)),
    },
    Harmless {
        id: "harmless/time-generalized",
        title: "the client's certificate ends before 2050 in GeneralizedTime",
        reason: "RFC 5280 §4.1.2.5 wants UTCTime until 2049; Go, rustls and OpenSSL read either",
        edit: Edit::Recipe(|recipe| recipe.client.edits.push(generalized_time)),
    },
    Harmless {
        id: "harmless/key-usage-not-critical",
        title: "the key usage of the intermediate is not critical",
        reason: "RFC 5280 §4.2.1.3 says should; Go, rustls and OpenSSL, even when strict, do not look",
        edit: Edit::Recipe(|recipe| intermediate(recipe).edits.push(key_usage_not_critical)),
    },
    Harmless {
        id: "harmless/hash-of-another-curve",
        title: "the intermediate is signed with SHA-384 by a P-256 key",
        reason: "any hash goes with any key; Go, rustls and OpenSSL take SHA-256, SHA-384 and SHA-512 with P-256",
        edit: Edit::Recipe(|recipe| intermediate(recipe).hash = Some(SigningHash::Sha384)),
    },
    Harmless {
        id: "harmless/root-sent",
        title: "the client sends its root as well",
        reason: "RFC 8446 §4.4.2 lets clients leave the root out, and send it; verifiers pass over it",
        edit: Edit::Recipe(|recipe| recipe.authorities[0].sent = true),
    },
    Harmless {
        id: "harmless/intermediate-twice",
        title: "the intermediate is in the bundle, and the client sends it too",
        reason: "either place is enough; the documents ask for the bundle to be closed, not for it to hold nothing else",
        edit: Edit::Recipe(|recipe| recipe.authorities[1].in_bundle = true),
    },
];
