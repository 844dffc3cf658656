//! The loopback CA, and the server certificate of each account below it.

use time::OffsetDateTime;

use super::issue::{DistinguishedName, Issuer, Spec, issue};
use super::{ForgeError, Key, KeyKind, KeyRing, KeySource};
use rcgen::ExtendedKeyUsagePurpose;

/// Stands where the public web CAs stand for the real cloud: clients must be told to trust it.
#[derive(Debug)]
pub struct ServerAuthority {
    /// DER
    pub certificate: Vec<u8>,
    name: Vec<u8>,
    key_id: Vec<u8>,
    key: Key,
}

/// A server's certificate chain without root, and its key.
#[derive(Debug)]
pub struct ServerCertificate {
    /// DER
    pub certificate: Vec<u8>,
    pub key: Key,
}

impl ServerAuthority {
    /// A fresh CA of that common name, whose validity starts a day before `at`. Real clients judge it by their own clock,
    /// so `at` is the real time.
    ///
    /// # Errors
    /// When the system has no randomness.
    pub fn fresh(name: &str, at: OffsetDateTime) -> Result<Self, ForgeError> {
        Self::new(DistinguishedName::new().o("certproof").cn(name), at, KeySource::Fresh)
    }

    /// A CA of that subject and with a key of that source.
    ///
    /// # Errors
    /// When the system has no randomness.
    pub fn new(subject: DistinguishedName, at: OffsetDateTime, keys: KeySource) -> Result<Self, ForgeError> {
        let mut ring = KeyRing::new(keys);
        let key = ring.key(KeyKind::P256, "server root")?;
        let spec = Spec::authority("server root", subject, KeyKind::P256, at);
        let name = spec.subject.write();
        let own = Issuer { name: name.clone(), key_id: key.identifier(), key: &key };
        let certificate = issue(&spec, &key, &own, &ring.serial("server root")?)?;
        Ok(Self { certificate, name, key_id: key.identifier(), key })
    }

    /// A CA from its files.
    ///
    /// # Errors
    /// When the key is of a kind that cannot sign here.
    pub fn read(certificate: &crate::pki::Certificate, private_key: &[u8]) -> Result<Self, ForgeError> {
        let key = Key::read(private_key)?;
        let key_id = certificate.subject_key_id.clone().unwrap_or_else(|| key.identifier());
        Ok(Self { certificate: certificate.der().to_vec(), name: certificate.subject.der().to_vec(), key_id, key })
    }

    /// Whether the key belongs to the certificate.
    pub fn is_consistent(&self) -> bool {
        crate::pki::Certificate::read(&self.certificate).is_ok_and(|certificate| certificate.spki == self.key.spki())
    }

    /// PKCS#8
    pub fn private_key(&self) -> &[u8] {
        self.key.pkcs8()
    }

    /// A certificate for these DNS names.
    ///
    /// # Errors
    /// When a name is no DNS name.
    pub fn issue(&self, names: &[String], at: OffsetDateTime) -> Result<ServerCertificate, ForgeError> {
        let mut ring = KeyRing::new(KeySource::Fresh);
        let key = ring.key(KeyKind::P256, "server")?;
        let subject = DistinguishedName::new().cn(names.first().cloned().unwrap_or_default());
        let spec = Spec {
            dns: names.to_vec(),
            purposes: vec![ExtendedKeyUsagePurpose::ServerAuth],
            ..Spec::client("server", subject, KeyKind::P256, at)
        };
        let issuer = Issuer { name: self.name.clone(), key_id: self.key_id.clone(), key: &self.key };
        let certificate = issue(&spec, &key, &issuer, &ring.serial("server")?)?;
        Ok(ServerCertificate { certificate, key })
    }
}
