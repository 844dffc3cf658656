//! How a private key is written: PKCS#8, the older forms of one kind each, or PKCS#8 under a password.

use pkcs8::EncryptedPrivateKeyInfoRef;
use pkcs8::pkcs5::{EncryptionScheme, pbes2};

use super::der::{Content, Node};
use super::key::{ec_algorithm, sec1};
use super::{ForgeError, Key, KeySource};
use crate::pki::pem;

/// Rounds of PBKDF2-HMAC-SHA256: what OWASP's Password Storage Cheat Sheet asks for (read November 2026).
const ROUNDS: u32 = 600_000;

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyEncoding {
    /// `PRIVATE KEY` (RFC 5958)
    Pkcs8,
    /// `EC PRIVATE KEY` (RFC 5915), of EC keys only
    Sec1,
    /// `RSA PRIVATE KEY` (RFC 8017), of RSA keys only
    Pkcs1,
    /// `ENCRYPTED PRIVATE KEY`: PBES2 with PBKDF2-HMAC-SHA256 of 600,000 rounds and AES-256-CBC (RFC 8018)
    Encrypted(Password),
}

/// Octets that open an encrypted key. `Debug` does not show them.
#[derive(Clone, PartialEq, Eq)]
pub struct Password(Vec<u8>);

impl Password {
    /// None when it is empty: that protects nothing.
    pub fn new(octets: impl Into<Vec<u8>>) -> Option<Self> {
        Some(octets.into()).filter(|octets| !octets.is_empty()).map(Self)
    }
}

impl std::fmt::Debug for Password {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a password")
    }
}

impl Key {
    /// The key in PEM. With a seeded source even the encrypted form is the same text each time.
    ///
    /// # Errors
    /// When the kind has no such form, or the system has no randomness.
    pub fn pem(&self, encoding: &KeyEncoding, source: KeySource) -> Result<String, ForgeError> {
        let no_such = |encoding| ForgeError::NoSuchEncoding { kind: self.kind(), encoding };
        match encoding {
            KeyEncoding::Pkcs8 => Ok(pem::encode("PRIVATE KEY", self.pkcs8())),
            KeyEncoding::Sec1 => {
                let key = self.sec1().ok_or_else(|| no_such("SEC1 (`EC PRIVATE KEY`), which is for EC keys"))?;
                Ok(pem::encode("EC PRIVATE KEY", &key.write()))
            }
            KeyEncoding::Pkcs1 => {
                let key = sec1(self.pkcs8()).filter(|_| self.kind().is_rsa());
                let key = key.ok_or_else(|| no_such("PKCS#1 (`RSA PRIVATE KEY`), which is for RSA keys"))?;
                Ok(pem::encode("RSA PRIVATE KEY", &key.write()))
            }
            KeyEncoding::Encrypted(password) => {
                Ok(pem::encode("ENCRYPTED PRIVATE KEY", &self.encrypt(password, source)?))
            }
        }
    }

    /// A private key from the DER of an EncryptedPrivateKeyInfo. Read are PBES2 with PBKDF2 or scrypt, and AES.
    ///
    /// # Errors
    /// When the password is another one, or the encryption or the key are of a kind that is not known here.
    pub fn decrypt(der: &[u8], password: &Password) -> Result<Self, ForgeError> {
        let not_taken = |error: &dyn std::fmt::Display| ForgeError::EncryptionNotTaken(error.to_string());
        let info = EncryptedPrivateKeyInfoRef::try_from(der).map_err(|error| not_taken(&error))?;
        let opened = info.encryption_algorithm.decrypt(&password.0, info.encrypted_data.as_bytes());
        match opened {
            Ok(pkcs8) if Node::read(&pkcs8).is_some() => Self::read(&pkcs8),
            // One wrong password in 256 leaves octets that look padded.
            Ok(_) | Err(pkcs8::pkcs5::Error::DecryptFailed) => Err(ForgeError::WrongPassword),
            Err(error) => Err(not_taken(&error)),
        }
    }

    /// ECPrivateKey with its curve, without which nobody could tell what it is.
    fn sec1(&self) -> Option<Node> {
        const PARAMETERS: u8 = 0xA0;
        if self.kind().is_rsa() {
            return None;
        }
        let mut key = sec1(self.pkcs8()).filter(|key| matches!(key.content, Content::Constructed(_)))?;
        let curve = ec_algorithm(self.kind()).children().pop()?;
        key.children().retain(|part| part.tag != PARAMETERS);
        key.children().insert(2, Node::constructed(PARAMETERS, vec![curve]));
        Some(key)
    }

    fn encrypt(&self, password: &Password, source: KeySource) -> Result<Vec<u8>, ForgeError> {
        let refused = |error: pkcs8::pkcs5::Error| ForgeError::EncryptionNotTaken(error.to_string());
        // No two keys of a seed share a salt: they are told apart by their public halves.
        let label: String = self.identifier().iter().map(|octet| format!("{octet:02x}")).collect();
        let salt = source.octets("salt", &label, 16)?;
        let mut vector = [0; 16];
        vector.copy_from_slice(&source.octets("iv", &label, 16)?);
        let scheme = pbes2::Parameters::generate_pbkdf2_sha256_aes256cbc(ROUNDS, &salt, vector).map_err(refused)?;
        let scheme = EncryptionScheme::from(scheme);
        let sealed = scheme.encrypt(&password.0, self.pkcs8()).map_err(refused)?;
        let unwritten = |error: pkcs8::der::Error| ForgeError::EncryptionNotTaken(error.to_string());
        let algorithm = pkcs8::der::Encode::to_der(&scheme).map_err(unwritten)?;
        let algorithm = Node::read(&algorithm).ok_or(ForgeError::KeyNotTaken)?;
        Ok(Node::sequence(vec![algorithm, Node::primitive(super::der::OCTET_STRING, sealed)]).write())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::forge::{KeyKind, KeyRing};
    use crate::pki::key::{KeyContent, KeyFile};

    fn key(kind: KeyKind) -> Key {
        KeyRing::new(KeySource::Seeded(7)).key(kind, "k").unwrap()
    }

    fn read_back(pem: &str, password: &Password) -> Key {
        match KeyFile::read("key", pem.as_bytes()).content {
            KeyContent::Key { block, .. } => Key::read(&block.der.unwrap()).unwrap(),
            KeyContent::Encrypted { block } => Key::decrypt(&block.der.unwrap(), password).unwrap(),
            KeyContent::Missing => panic!("no key"),
        }
    }

    #[test]
    fn every_encoding_of_every_kind_is_the_same_key() {
        let password = Password::new("correct horse").unwrap();
        let encrypted = KeyEncoding::Encrypted(password.clone());
        for (kind, encodings) in [
            (KeyKind::P256, [&KeyEncoding::Pkcs8, &KeyEncoding::Sec1, &encrypted]),
            (KeyKind::P384, [&KeyEncoding::Pkcs8, &KeyEncoding::Sec1, &encrypted]),
            (KeyKind::P521, [&KeyEncoding::Pkcs8, &KeyEncoding::Sec1, &encrypted]),
            (KeyKind::Rsa2048, [&KeyEncoding::Pkcs8, &KeyEncoding::Pkcs1, &encrypted]),
        ] {
            for source in [KeySource::Pooled, KeySource::Seeded(7)] {
                let key = KeyRing::new(source).key(kind, "k").unwrap();
                for encoding in encodings {
                    let pem = key.pem(encoding, source).unwrap();
                    assert_eq!(read_back(&pem, &password).spki(), key.spki(), "{kind:?} as {encoding:?}");
                }
            }
        }
    }

    #[test]
    fn a_form_that_the_kind_does_not_have_is_refused() {
        for (kind, encoding, form) in [
            (KeyKind::P256, KeyEncoding::Pkcs1, "PKCS#1"),
            (KeyKind::Rsa2048, KeyEncoding::Sec1, "SEC1"),
            (KeyKind::Ed25519, KeyEncoding::Sec1, "SEC1"),
        ] {
            let error = key(kind).pem(&encoding, KeySource::Fresh).unwrap_err().to_string();
            assert!(error.contains(form) && error.contains(&format!("{kind:?}")), "{error}");
        }
    }

    #[test]
    fn a_seed_fixes_salt_and_vector_and_nothing_else_does() {
        let encoding = KeyEncoding::Encrypted(Password::new("correct horse").unwrap());
        let pem = |source| key(KeyKind::P256).pem(&encoding, source).unwrap();
        assert_eq!(pem(KeySource::Seeded(1)), pem(KeySource::Seeded(1)));
        assert_ne!(pem(KeySource::Seeded(1)), pem(KeySource::Seeded(2)));
        assert_ne!(pem(KeySource::Fresh), pem(KeySource::Fresh));
    }

    #[test]
    fn another_password_opens_nothing_and_no_password_is_shown() {
        let (right, wrong) = (Password::new("correct horse").unwrap(), Password::new("battery staple").unwrap());
        let sealed = key(KeyKind::P256).encrypt(&right, KeySource::Fresh).unwrap();
        assert!(matches!(Key::decrypt(&sealed, &wrong), Err(ForgeError::WrongPassword)));
        assert_eq!(format!("{:?}", KeyEncoding::Encrypted(right)), "Encrypted(a password)");
        assert_eq!(Password::new(""), None);
    }
}
