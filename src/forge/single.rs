//! One CA or one leaf on its own, as `gen ca` and `gen leaf` make them.

use rcgen::{ExtendedKeyUsagePurpose, KeyUsagePurpose};
use time::{Duration, OffsetDateTime};

use super::issue::{DistinguishedName, Issuer, Spec, issue};
use super::{ForgeError, Key, KeyKind, KeyRing, KeySource};
use crate::pki::Certificate;

/// Which fields go in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// Key usage, clientAuth, key identifiers, and a dated common name so that no two CAs have the same name.
    Certproof,
    /// Exactly the fields of `tcld gen`: see the documentation of [`authority`] and [`leaf`].
    Tcld,
}

/// A certificate and its key.
#[derive(Debug)]
pub struct Issued {
    /// DER
    pub certificate: Vec<u8>,
    pub key: Key,
}

/// What a leaf says of its owner.
#[derive(Debug, Clone, Default)]
pub struct Owner {
    pub organization: String,
    pub organizational_unit: String,
    pub common_name: String,
}

/// A self-signed CA.
///
/// tcld's has the subject `O=…` alone, a DNS name `client.root.<organization>.<4 random characters>`, key usage
/// digitalSignature, keyCertSign and cRLSign (with RSA also keyEncipherment), no path length and no AKI; it starts a
/// minute before now.
///
/// # Errors
/// When the organization cannot be encoded or the system has no randomness.
pub fn authority(
    style: Style,
    organization: &str,
    rsa: bool,
    validity: Duration,
    at: OffsetDateTime,
) -> Result<Issued, ForgeError> {
    let mut ring = KeyRing::new(KeySource::Fresh);
    let kind = kind(rsa);
    let subject = DistinguishedName::new().o(organization);
    let mut spec = Spec {
        not_before: at - Duration::MINUTE,
        not_after: at + validity,
        key_usage: vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign],
        ..Spec::authority("ca", subject, kind, at)
    };
    match style {
        Style::Certproof => spec.subject = spec.subject.cn(format!("{organization} CA {}", at.date())),
        Style::Tcld => {
            spec.authority_key_id = false;
            spec.dns = vec![format!("client.root.{organization}.{}", suffix()?)];
            spec.key_usage.push(KeyUsagePurpose::DigitalSignature);
            if rsa {
                spec.key_usage.push(KeyUsagePurpose::KeyEncipherment);
            }
        }
    }
    let key = ring.key(kind, "ca")?;
    let own = Issuer { name: spec.subject.write(), key_id: key.identifier(), key: &key };
    let certificate = issue(&spec, &key, &own, &ring.serial("ca")?)?;
    Ok(Issued { certificate, key })
}

/// A client certificate below a CA that is on disk.
///
/// tcld's has the subject `O=…, OU=…` where the OU is there even when it is empty (which is what tells it from its CA),
/// a DNS name `client.endentity.<organization>.<4 random characters>`, CA:false, an AKI, and neither key usage nor
/// extended key usage.
///
/// # Errors
/// When the owner cannot be encoded, or the key cannot sign.
pub fn leaf(
    style: Style,
    owner: &Owner,
    rsa: bool,
    not_after: OffsetDateTime,
    at: OffsetDateTime,
    ca: &Certificate,
    ca_key: &Key,
) -> Result<Issued, ForgeError> {
    let mut ring = KeyRing::new(KeySource::Fresh);
    // tcld takes the kind of key from the CA.
    let kind = kind(rsa || style == Style::Tcld && ca_key.kind().is_rsa());
    let mut subject = DistinguishedName::new().o(owner.organization.as_str());
    let keeps_empty = style == Style::Tcld;
    if keeps_empty || !owner.organizational_unit.is_empty() {
        subject = subject.ou(owner.organizational_unit.as_str());
    }
    match (owner.common_name.as_str(), style) {
        ("", Style::Certproof) => subject = subject.cn(format!("{} client {}", owner.organization, at.date())),
        ("", Style::Tcld) => {}
        (name, _) => subject = subject.cn(name),
    }
    let mut spec = Spec { not_before: at - Duration::MINUTE, not_after, ..Spec::client("client", subject, kind, at) };
    if style == Style::Tcld {
        spec.key_usage = Vec::<KeyUsagePurpose>::new();
        spec.purposes = Vec::<ExtendedKeyUsagePurpose>::new();
        spec.subject_key_id = false;
        spec.dns = vec![format!("client.endentity.{}.{}", owner.organization, suffix()?)];
    }
    let key = ring.key(kind, "client")?;
    let key_id = ca.subject_key_id.clone().unwrap_or_else(|| ca_key.identifier());
    let issuer = Issuer { name: ca.subject.der().to_vec(), key_id, key: ca_key };
    let certificate = issue(&spec, &key, &issuer, &ring.serial("client")?)?;
    Ok(Issued { certificate, key })
}

fn kind(rsa: bool) -> KeyKind {
    if rsa { KeyKind::Rsa4096 } else { KeyKind::P384 }
}

/// Four random characters of tcld's alphabet.
fn suffix() -> Result<String, ForgeError> {
    const ALPHABET: &[u8; 63] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-";
    let mut bytes = [0; 4];
    aws_lc_rs::rand::fill(&mut bytes).map_err(|_| ForgeError::NoRandomness)?;
    Ok(bytes.iter().map(|byte| char::from(ALPHABET[usize::from(*byte) % ALPHABET.len()])).collect())
}
