//! API keys: known by the SHA-256 of the secret, which itself is nowhere kept.

use std::collections::{BTreeSet, HashMap};
use std::fmt;
use std::sync::Arc;

use aws_lc_rs::digest;
use time::OffsetDateTime;

use super::namespace::NamespaceName;

/// What is known of a key, other than the key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiKey {
    /// A name for records.
    pub id: Arc<str>,
    /// The namespaces whose calls it authorizes.
    pub namespaces: BTreeSet<NamespaceName>,
    /// The last instant at which it holds; none for a key without an end.
    pub not_after: Option<OffsetDateTime>,
    pub disabled: bool,
}

/// SHA-256 of a key's bytes.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Fingerprint([u8; 32]);

impl Fingerprint {
    pub fn of(secret: &[u8]) -> Self {
        let mut bytes = [0; 32];
        bytes.copy_from_slice(digest::digest(&digest::SHA256, secret).as_ref());
        Self(bytes)
    }

    /// From 64 hex digits, in either case.
    pub fn parse(text: &str) -> Option<Self> {
        let mut bytes = [0; 32];
        if text.len() != 64 || !text.is_ascii() {
            return None;
        }
        for (byte, pair) in bytes.iter_mut().zip(text.as_bytes().chunks(2)) {
            *byte = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
        }
        // from_str_radix takes a sign.
        text.bytes().all(|digit| digit.is_ascii_hexdigit()).then_some(Self(bytes))
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SHA-256 of an API key")
    }
}

/// Every key of a world.
#[derive(Debug, Clone, Default)]
pub struct ApiKeys(HashMap<Fingerprint, Arc<ApiKey>>);

impl ApiKeys {
    /// The key that was there under this fingerprint, if any.
    pub fn insert(&mut self, fingerprint: Fingerprint, key: ApiKey) -> Option<Arc<ApiKey>> {
        self.0.insert(fingerprint, Arc::new(key))
    }

    /// Looked up by its hash, so that time tells nothing about secrets.
    pub fn find(&self, secret: &[u8]) -> Option<&Arc<ApiKey>> {
        self.0.get(&Fingerprint::of(secret))
    }

    pub fn all(&self) -> impl Iterator<Item = &Arc<ApiKey>> {
        self.0.values()
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_found_by_its_secret_alone() {
        let mut keys = ApiKeys::default();
        let key = ApiKey { id: "ci".into(), namespaces: BTreeSet::new(), not_after: None, disabled: false };
        // printf %s abc | sha256sum
        let known = "BA7816BF8F01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        keys.insert(Fingerprint::parse(known).unwrap(), key);
        assert_eq!(keys.find(b"abc").map(|key| &*key.id), Some("ci"));
        assert!(keys.find(b"abd").is_none());
        for wrong in ["", "ba", &known.replace('B', "+"), &known.replace('B', "é")] {
            assert!(Fingerprint::parse(wrong).is_none(), "{wrong}");
        }
    }
}
