//! Private keys: their format and the public key that belongs to them. The key itself is never kept.

use std::sync::Arc;

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P384_SHA384_ASN1_SIGNING, ECDSA_P521_SHA512_ASN1_SIGNING, EcdsaKeyPair,
    Ed25519KeyPair, KeyPair, RsaKeyPair,
};

use super::bundle::is_encrypted;
use super::pem::{self, Block, Scan, Segment};
use super::source::Carried;

/// A file that should hold one private key.
#[derive(Debug, Clone)]
pub struct KeyFile {
    pub path: Arc<str>,
    /// Set where the key stands in a document, or where the file is wrapped in something.
    pub carried: Option<Carried>,
    pub size: usize,
    pub scan: Scan,
    pub content: KeyContent,
}

#[derive(Debug, Clone)]
pub enum KeyContent {
    /// The first private key of the file.
    Key {
        block: Block,
        format: KeyFormat,
        public_key: Option<Vec<u8>>,
    },
    Encrypted {
        block: Block,
    },
    /// No block of the file is a private key.
    Missing,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyFormat {
    Pkcs8,
    /// `EC PRIVATE KEY`
    Sec1,
    /// `RSA PRIVATE KEY`
    Pkcs1,
    Other,
}

impl KeyFile {
    pub fn read(path: impl Into<Arc<str>>, bytes: &[u8]) -> Self {
        Self::read_carried(path, bytes, None)
    }

    /// Reads what a document carries; `bytes` are the value, decoded as the document wants it.
    pub fn read_carried(path: impl Into<Arc<str>>, bytes: &[u8], carried: Option<&Carried>) -> Self {
        let scan = pem::scan(bytes);
        let content = content(&scan);
        Self { path: path.into(), carried: carried.cloned(), size: bytes.len(), scan, content }
    }
}

fn content(scan: &Scan) -> KeyContent {
    let blocks = scan.segments.iter().filter_map(|segment| match segment {
        Segment::Block(block) if block.label.ends_with("PRIVATE KEY") => Some(block),
        _ => None,
    });
    let Some(block) = blocks.into_iter().next().cloned() else { return KeyContent::Missing };
    if is_encrypted(&block) {
        return KeyContent::Encrypted { block };
    }
    let format = match block.label.as_str() {
        "PRIVATE KEY" => KeyFormat::Pkcs8,
        "EC PRIVATE KEY" => KeyFormat::Sec1,
        "RSA PRIVATE KEY" => KeyFormat::Pkcs1,
        _ => KeyFormat::Other,
    };
    let public_key = block.der.as_deref().and_then(public_key);
    KeyContent::Key { block, format, public_key }
}

/// The subjectPublicKey bits that belong to a private key in PKCS#8, SEC1 or PKCS#1.
///
/// None when the crypto library does not take the key: another algorithm, or RSA below 2048 bits.
pub fn public_key(der: &[u8]) -> Option<Vec<u8>> {
    for algorithm in [&ECDSA_P256_SHA256_ASN1_SIGNING, &ECDSA_P384_SHA384_ASN1_SIGNING, &ECDSA_P521_SHA512_ASN1_SIGNING]
    {
        if let Ok(key) = EcdsaKeyPair::from_private_key_der(algorithm, der) {
            return Some(key.public_key().as_ref().to_vec());
        }
    }
    if let Ok(key) = RsaKeyPair::from_pkcs8(der).or_else(|_| RsaKeyPair::from_der(der)) {
        return Some(key.public_key().as_ref().to_vec());
    }
    let key = Ed25519KeyPair::from_pkcs8_maybe_unchecked(der).ok()?;
    Some(key.public_key().as_ref().to_vec())
}
