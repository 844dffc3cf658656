//! One CA or one leaf on its own, as `gen ca` and `gen leaf` make them.

use rcgen::{ExtendedKeyUsagePurpose, KeyUsagePurpose};
use time::{Duration, OffsetDateTime};

use super::issue::{DistinguishedName, Issuer, Spec, issue};
use super::{ForgeError, Key, KeyKind, KeyRing, KeySource, public};
use crate::pki::Certificate;

/// Which fields go in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// Key usage, clientAuth, key identifiers, and a dated common name so that no two CAs have the same name.
    Certproof,
    /// Exactly the fields of `tcld gen`: see the documentation of [`authority`] and [`leaf`].
    Tcld,
}

/// What is asked for, of a CA and of a leaf alike. The same order with a seed gives the same octets.
#[derive(Debug, Clone, Copy)]
pub struct Order {
    pub style: Style,
    pub rsa: bool,
    pub at: OffsetDateTime,
    pub keys: KeySource,
}

impl Order {
    fn kind(&self) -> KeyKind {
        if self.rsa { KeyKind::Rsa4096 } else { KeyKind::P384 }
    }

    fn subject(&self, name: DistinguishedName) -> DistinguishedName {
        match self.keys {
            KeySource::Fresh => name,
            KeySource::Pooled | KeySource::Seeded(_) => name.marked_public(),
        }
    }
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
pub fn authority(order: &Order, organization: &str, validity: Duration) -> Result<Issued, ForgeError> {
    let &Order { style, rsa, at, keys } = order;
    let mut ring = KeyRing::new(keys);
    let kind = order.kind();
    let label = format!("ca/{organization}/{style:?}");
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
            spec.dns = vec![format!("client.root.{organization}.{}", suffix(keys, &label)?)];
            spec.key_usage.push(KeyUsagePurpose::DigitalSignature);
            if rsa {
                spec.key_usage.push(KeyUsagePurpose::KeyEncipherment);
            }
        }
    }
    spec.subject = order.subject(spec.subject);
    let key = ring.key(kind, &label)?;
    let own = Issuer { name: spec.subject.write(), key_id: key.identifier(), key: &key };
    let certificate = issue(&spec, &key, &own, &ring.serial(&serial_label(&label, &spec))?)?;
    Ok(Issued { certificate, key })
}

/// A client certificate below a CA that is on disk.
///
/// tcld's has the subject `O=…, OU=…` where the OU is there even when it is empty (which is what tells it from its CA),
/// a DNS name `client.endentity.<organization>.<4 random characters>`, CA:false, an AKI, and neither key usage nor
/// extended key usage.
///
/// # Errors
/// When the owner cannot be encoded, the key cannot sign, or a client whose key everybody can have is asked for below a
/// CA that says nothing of the kind: it would let everybody in.
pub fn leaf(
    order: &Order,
    owner: &Owner,
    not_after: OffsetDateTime,
    ca: &Certificate,
    ca_key: &Key,
) -> Result<Issued, ForgeError> {
    // tcld takes the kind of key from the CA.
    let order = Order { rsa: order.rsa || order.style == Style::Tcld && ca_key.kind().is_rsa(), ..*order };
    let Order { style, at, keys, .. } = order;
    if keys != KeySource::Fresh && !public::is_marked(ca) {
        return Err(ForgeError::PublicKeyBelowPrivateAuthority);
    }
    let mut ring = KeyRing::new(keys);
    let kind = order.kind();
    let label = format!("client/{}/{}/{}", owner.organization, owner.organizational_unit, owner.common_name);
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
        spec.dns = vec![format!("client.endentity.{}.{}", owner.organization, suffix(keys, &label)?)];
    }
    spec.subject = order.subject(spec.subject);
    let mut key = ring.key(kind, &label)?;
    // The public pool may hand out the key that its CA has.
    while key.spki() == ca_key.spki() {
        key = ring.key(kind, &label)?;
    }
    let key_id = ca.subject_key_id.clone().unwrap_or_else(|| ca_key.identifier());
    let issuer = Issuer { name: ca.subject.der().to_vec(), key_id, key: ca_key };
    let certificate = issue(&spec, &key, &issuer, &ring.serial(&serial_label(&label, &spec))?)?;
    Ok(Issued { certificate, key })
}

/// Two certificates of one key and one issuer differ in time, and must differ in serial number.
fn serial_label(label: &str, spec: &Spec) -> String {
    format!("{label}/{}/{}", spec.not_before.unix_timestamp(), spec.not_after.unix_timestamp())
}

/// Four random characters of tcld's alphabet.
fn suffix(keys: KeySource, label: &str) -> Result<String, ForgeError> {
    const ALPHABET: &[u8; 63] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-";
    let bytes = keys.octets("suffix", label, 4)?;
    Ok(bytes.iter().map(|byte| char::from(ALPHABET[usize::from(*byte) % ALPHABET.len()])).collect())
}
