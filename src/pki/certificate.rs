//! One X.509 certificate: its DER and the facts that are judged, read once by x509-parser.

use std::borrow::Cow;
use std::collections::HashSet;
use std::net::IpAddr;
use std::sync::Arc;

use ::time::OffsetDateTime;
use aws_lc_rs::digest;
use x509_parser::oid_registry::Oid;
use x509_parser::prelude::*;

use super::name::{Attribute, Name, hex, printable};

/// DER that parsed once, with owned facts. Immutable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certificate {
    der: Vec<u8>,
    tbs: (usize, usize),
    /// 1 for v1, 3 for v3; other numbers as found, plus one.
    pub version: u32,
    pub serial: Vec<u8>,
    pub issuer: Name,
    pub subject: Name,
    pub not_before: OffsetDateTime,
    pub not_after: OffsetDateTime,
    pub key: PublicKey,
    /// DER content of the key's AlgorithmIdentifier, without its outer tag and length.
    pub key_algorithm: Vec<u8>,
    /// The subjectPublicKey bits.
    pub key_bits: Vec<u8>,
    /// Bits of the public exponent; 0 for keys that are not RSA.
    pub rsa_exponent_bits: u32,
    /// DER of the whole SubjectPublicKeyInfo.
    pub spki: Vec<u8>,
    pub signature: Signature,
    pub basic_constraints: Extension<BasicConstraints>,
    pub key_usage: Extension<KeyUsage>,
    pub extended_key_usage: Extension<ExtendedKeyUsage>,
    pub authority_key_id: Option<Vec<u8>>,
    pub subject_key_id: Option<Vec<u8>>,
    pub alternative_names: Vec<AlternativeName>,
    pub name_constraints: Extension<NameConstraints>,
    pub policies: CertificatePolicies,
    /// Dotted OIDs of critical extensions that no judge here processes.
    pub unknown_critical: Vec<String>,
    /// What Go's parser refuses although this one reads it.
    pub defects: Vec<Defect>,
}

/// A signature over the certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signature {
    pub algorithm: SignatureAlgorithm,
    /// DER content of the outer AlgorithmIdentifier.
    pub algorithm_der: Vec<u8>,
    pub value: Vec<u8>,
}

/// An extension that is absent, present, or there but unreadable (which must not look like absent).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Extension<T> {
    Absent,
    Present(T),
    Unreadable,
}

impl<T> Extension<T> {
    pub fn present(&self) -> Option<&T> {
        match self {
            Self::Present(value) => Some(value),
            Self::Absent | Self::Unreadable => None,
        }
    }

    pub fn is_absent(&self) -> bool {
        matches!(self, Self::Absent)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BasicConstraints {
    pub critical: bool,
    pub ca: bool,
    pub path_len: Option<u32>,
}

/// The bits of a keyUsage extension.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeyUsage(u16);

impl KeyUsage {
    pub fn digital_signature(self) -> bool {
        self.0 & 1 == 1
    }

    pub fn key_cert_sign(self) -> bool {
        self.0 >> 5 & 1 == 1
    }

    /// The names of the bits that are set, as RFC 5280 spells them.
    pub fn names(self) -> Vec<&'static str> {
        const NAMES: [&str; 9] = [
            "digitalSignature",
            "contentCommitment",
            "keyEncipherment",
            "dataEncipherment",
            "keyAgreement",
            "keyCertSign",
            "cRLSign",
            "encipherOnly",
            "decipherOnly",
        ];
        NAMES.into_iter().enumerate().filter(|(bit, _)| self.0 >> bit & 1 == 1).map(|(_, name)| name).collect()
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExtendedKeyUsage {
    pub any: bool,
    pub client_auth: bool,
    pub server_auth: bool,
    /// All purposes, by name or dotted OID.
    pub names: Vec<String>,
}

impl ExtendedKeyUsage {
    pub fn allows_client(&self) -> bool {
        // Like Go, an extension without any purpose limits nothing.
        self.any || self.client_auth || self.names.is_empty()
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AlternativeName {
    Dns(String),
    Email(String),
    Uri(String),
    Ip(IpAddr),
    Other,
}

impl AlternativeName {
    /// The text that a certificate filter is matched with; none for the kinds that have no text.
    pub fn text(&self) -> Option<String> {
        match self {
            Self::Dns(text) | Self::Email(text) | Self::Uri(text) => Some(text.clone()),
            Self::Ip(address) => Some(address.to_string()),
            Self::Other => None,
        }
    }
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NameConstraints {
    pub permitted: Vec<Subtree>,
    pub excluded: Vec<Subtree>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subtree {
    Dns(String),
    Email(String),
    Uri(String),
    Ip {
        address: Vec<u8>,
        mask: Vec<u8>,
    },
    /// A kind of name that the judges here do not compare.
    Other,
}

/// What a certificate says of policies.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CertificatePolicies {
    /// Dotted OIDs of certificatePolicies.
    pub oids: Vec<String>,
    /// requireExplicitPolicy of policyConstraints.
    pub require_explicit: Option<u32>,
    /// policyMappings are there.
    pub mapped: bool,
    /// inhibitAnyPolicy is there.
    pub any_inhibited: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PublicKey {
    Rsa {
        bits: u32,
    },
    Ec(Curve),
    Ed25519,
    Dsa,
    /// Dotted OID.
    Other(String),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Curve {
    P256,
    P384,
    P521,
    /// Dotted OID, or "explicit parameters".
    Other(String),
}

impl std::fmt::Display for PublicKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Rsa { bits } => write!(f, "RSA {bits}"),
            Self::Ec(Curve::P256) => f.write_str("EC P-256"),
            Self::Ec(Curve::P384) => f.write_str("EC P-384"),
            Self::Ec(Curve::P521) => f.write_str("EC P-521"),
            Self::Ec(Curve::Other(curve)) => write!(f, "EC {}", printable(curve)),
            Self::Ed25519 => f.write_str("Ed25519"),
            Self::Dsa => f.write_str("DSA"),
            Self::Other(oid) => write!(f, "algorithm {}", printable(oid)),
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hash {
    Md2,
    Md5,
    Sha1,
    Sha224,
    Sha256,
    Sha384,
    Sha512,
}

impl Hash {
    pub fn is_sha256_or_stronger(self) -> bool {
        matches!(self, Self::Sha256 | Self::Sha384 | Self::Sha512)
    }

    pub fn name(self) -> &'static str {
        match self {
            Self::Md2 => "MD2",
            Self::Md5 => "MD5",
            Self::Sha1 => "SHA-1",
            Self::Sha224 => "SHA-224",
            Self::Sha256 => "SHA-256",
            Self::Sha384 => "SHA-384",
            Self::Sha512 => "SHA-512",
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SignatureAlgorithm {
    Rsa(Hash),
    RsaPss,
    Ecdsa(Hash),
    Dsa,
    Ed25519,
    /// Dotted OID.
    Other(String),
}

impl SignatureAlgorithm {
    fn of(oid: &str) -> Self {
        match oid {
            "1.2.840.113549.1.1.2" => Self::Rsa(Hash::Md2),
            "1.2.840.113549.1.1.4" => Self::Rsa(Hash::Md5),
            "1.2.840.113549.1.1.5" | "1.3.14.3.2.29" => Self::Rsa(Hash::Sha1),
            "1.2.840.113549.1.1.14" => Self::Rsa(Hash::Sha224),
            "1.2.840.113549.1.1.11" => Self::Rsa(Hash::Sha256),
            "1.2.840.113549.1.1.12" => Self::Rsa(Hash::Sha384),
            "1.2.840.113549.1.1.13" => Self::Rsa(Hash::Sha512),
            "1.2.840.113549.1.1.10" => Self::RsaPss,
            "1.2.840.10045.4.1" => Self::Ecdsa(Hash::Sha1),
            "1.2.840.10045.4.3.1" => Self::Ecdsa(Hash::Sha224),
            "1.2.840.10045.4.3.2" => Self::Ecdsa(Hash::Sha256),
            "1.2.840.10045.4.3.3" => Self::Ecdsa(Hash::Sha384),
            "1.2.840.10045.4.3.4" => Self::Ecdsa(Hash::Sha512),
            "1.2.840.10040.4.3" | "2.16.840.1.101.3.4.3.2" => Self::Dsa,
            "1.3.101.112" => Self::Ed25519,
            other => Self::Other(other.to_owned()),
        }
    }

    /// The hash, where the algorithm names one.
    pub fn hash(&self) -> Option<Hash> {
        match self {
            Self::Rsa(hash) | Self::Ecdsa(hash) => Some(*hash),
            Self::RsaPss | Self::Dsa | Self::Ed25519 | Self::Other(_) => None,
        }
    }
}

impl std::fmt::Display for SignatureAlgorithm {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Rsa(hash) => write!(f, "RSA with {}", hash.name()),
            Self::Ecdsa(hash) => write!(f, "ECDSA with {}", hash.name()),
            Self::RsaPss => f.write_str("RSA-PSS"),
            Self::Dsa => f.write_str("DSA"),
            Self::Ed25519 => f.write_str("Ed25519"),
            Self::Other(oid) => write!(f, "algorithm {}", printable(oid)),
        }
    }
}

/// A fault of encoding for which Go's crypto/x509 refuses to parse a certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Defect {
    TrailingData { bytes: usize },
    VersionUnknown(u32),
    SerialNegative,
    SerialNotMinimal,
    LengthNotMinimal,
    BooleanNotDer,
    TimeWithFraction,
    NameMalformed,
    KeyMalformed,
    AlgorithmsDiffer,
    ExtensionRepeated(String),
    ExtensionUnreadable(String),
}

impl std::fmt::Display for Defect {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::TrailingData { bytes } => write!(f, "{bytes} bytes follow the certificate inside its block"),
            Self::VersionUnknown(version) => write!(f, "it says it is X.509 version {version}"),
            Self::SerialNegative => f.write_str("its serial number is negative"),
            Self::SerialNotMinimal => f.write_str("its serial number is empty or has needless octets"),
            Self::LengthNotMinimal => f.write_str("a length in it is longer than it needs to be, which is not DER"),
            Self::BooleanNotDer => f.write_str("a TRUE in it is not written as FF, which is not DER"),
            Self::TimeWithFraction => f.write_str("a time in it has a fraction of a second"),
            Self::NameMalformed => f.write_str("a string in its subject or issuer is not of the type that it says"),
            Self::KeyMalformed => f.write_str("its public key is on another curve, or not encoded as it should be"),
            Self::AlgorithmsDiffer => {
                f.write_str("the signed part and the envelope name different signature algorithms")
            }
            Self::ExtensionRepeated(oid) => write!(f, "extension {} stands in it twice", printable(oid)),
            Self::ExtensionUnreadable(oid) => write!(f, "extension {} cannot be read", printable(oid)),
        }
    }
}

/// Bytes of one certificate that are read. Go's crypto/tls takes no longer message with certificates in it, rustls a
/// quarter of it.
pub const MOST_BYTES: usize = 256 * 1024;

/// Why bytes are no certificate.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CertificateError {
    #[error("not a certificate: its DER structure breaks off or has another shape")]
    Malformed,
    #[error("{0} bytes are more than any TLS stack takes for a certificate")]
    TooLarge(usize),
}

impl Certificate {
    /// Reads one DER certificate; bytes behind it become a [`Defect`].
    pub fn read(der: &[u8]) -> Result<Arc<Self>, CertificateError> {
        if der.len() > MOST_BYTES {
            return Err(CertificateError::TooLarge(der.len()));
        }
        let (rest, parsed) = X509Certificate::from_der(der).map_err(|_| CertificateError::Malformed)?;
        let whole = &der[..der.len() - rest.len()];
        let tbs = &parsed.tbs_certificate;
        let spki = &tbs.subject_pki;
        let tbs_start = header_length(whole);
        let mut certificate = Self {
            der: whole.to_vec(),
            tbs: (tbs_start, tbs_start + tbs.as_ref().len()),
            version: tbs.version.0.saturating_add(1),
            serial: tbs.raw_serial().to_vec(),
            issuer: name(&tbs.issuer),
            subject: name(&tbs.subject),
            not_before: tbs.validity.not_before.to_datetime(),
            not_after: tbs.validity.not_after.to_datetime(),
            key: public_key(spki),
            key_algorithm: sequence_content(spki.raw).map(sequence_content_or_empty).unwrap_or_default(),
            key_bits: spki.subject_public_key.data.to_vec(),
            rsa_exponent_bits: 0,
            spki: spki.raw.to_vec(),
            signature: Signature {
                algorithm: SignatureAlgorithm::of(&dotted(&parsed.signature_algorithm.algorithm)),
                algorithm_der: sequence_content_or_empty(&whole[tbs_start + tbs.as_ref().len()..]),
                value: parsed.signature_value.data.to_vec(),
            },
            basic_constraints: Extension::Absent,
            key_usage: Extension::Absent,
            extended_key_usage: Extension::Absent,
            authority_key_id: None,
            subject_key_id: None,
            alternative_names: Vec::new(),
            name_constraints: Extension::Absent,
            policies: CertificatePolicies::default(),
            unknown_critical: Vec::new(),
            defects: Vec::new(),
        };
        if matches!(certificate.key, PublicKey::Rsa { .. }) {
            certificate.rsa_exponent_bits = super::strict::rsa_exponent_bits(&certificate.key_bits);
        }
        if !rest.is_empty() {
            certificate.defects.push(Defect::TrailingData { bytes: rest.len() });
        }
        if certificate.version > 3 {
            certificate.defects.push(Defect::VersionUnknown(certificate.version));
        }
        if certificate.serial.first().is_some_and(|byte| byte & 0x80 != 0) {
            certificate.defects.push(Defect::SerialNegative);
        }
        if tbs.signature != parsed.signature_algorithm {
            certificate.defects.push(Defect::AlgorithmsDiffer);
        }
        // Like Go, extensions of versions that have none are passed over.
        if certificate.version >= 3 {
            certificate.read_extensions(tbs.extensions());
        }
        certificate.defects.extend(super::strict::defects(&certificate));
        certificate.defects.dedup();
        Ok(Arc::new(certificate))
    }

    /// The DER of the subject, found without reading the rest. For certificates that are known to be well-formed.
    pub fn subject_of(der: &[u8]) -> Option<&[u8]> {
        super::strict::subject(der)
    }

    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// The signed part.
    pub fn tbs(&self) -> &[u8] {
        &self.der[self.tbs.0..self.tbs.1]
    }

    /// Lower-case hex.
    pub fn sha256(&self) -> String {
        hex(digest::digest(&digest::SHA256, &self.der).as_ref())
    }

    /// Lower-case hex without colons: the fingerprint that tcld prints and takes.
    pub fn sha1(&self) -> String {
        hex(digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, &self.der).as_ref())
    }

    /// Subject and issuer are the same bytes. Whether it signed itself is for [`super::chain`] to say.
    pub fn is_self_issued(&self) -> bool {
        self.subject.der() == self.issuer.der()
    }

    pub fn is_ca(&self) -> bool {
        self.basic_constraints.present().is_some_and(|constraints| constraints.ca)
    }

    fn read_extensions(&mut self, extensions: &[X509Extension<'_>]) {
        let mut seen = HashSet::new();
        for extension in extensions {
            let oid = dotted(&extension.oid);
            if seen.contains(&oid) {
                self.defects.push(Defect::ExtensionRepeated(oid.into_owned()));
                continue;
            }
            let parsed = extension.parsed_extension();
            if matches!(parsed, ParsedExtension::ParseError { .. }) {
                self.mark_unreadable(&oid);
                self.defects.push(Defect::ExtensionUnreadable(oid.clone().into_owned()));
            }
            if extension.critical && !PROCESSED.contains(&&*oid) {
                self.unknown_critical.push(oid.clone().into_owned());
            }
            self.keep(parsed, extension.critical);
            if extension.critical && self.is_unhandled(&oid) {
                self.unknown_critical.push(oid.clone().into_owned());
            }
            seen.insert(oid);
        }
    }

    /// Extensions that are known, with content that is not: Go counts these as unhandled too.
    fn is_unhandled(&self, oid: &str) -> bool {
        match oid {
            "2.5.29.17" => self.alternative_names.iter().all(|name| *name == AlternativeName::Other),
            "2.5.29.30" => self.name_constraints.present().is_some_and(|found| {
                found.permitted.iter().chain(&found.excluded).any(|subtree| *subtree == Subtree::Other)
            }),
            _ => false,
        }
    }

    fn mark_unreadable(&mut self, oid: &str) {
        match oid {
            "2.5.29.19" => self.basic_constraints = Extension::Unreadable,
            "2.5.29.15" => self.key_usage = Extension::Unreadable,
            "2.5.29.37" => self.extended_key_usage = Extension::Unreadable,
            "2.5.29.30" => self.name_constraints = Extension::Unreadable,
            _ => {}
        }
    }

    fn keep(&mut self, parsed: &ParsedExtension<'_>, critical: bool) {
        match parsed {
            ParsedExtension::BasicConstraints(found) => {
                let (ca, path_len) = (found.ca, found.path_len_constraint);
                self.basic_constraints = Extension::Present(BasicConstraints { critical, ca, path_len });
            }
            // Like Go, a key usage without any bit is none.
            ParsedExtension::KeyUsage(found) if found.flags == 0 => {}
            ParsedExtension::KeyUsage(found) => self.key_usage = Extension::Present(KeyUsage(found.flags)),
            ParsedExtension::ExtendedKeyUsage(found) => {
                self.extended_key_usage = Extension::Present(extended_key_usage(found));
            }
            ParsedExtension::AuthorityKeyIdentifier(found) => {
                self.authority_key_id = found.key_identifier.as_ref().map(|id| id.0.to_vec());
            }
            ParsedExtension::SubjectKeyIdentifier(found) => self.subject_key_id = Some(found.0.to_vec()),
            ParsedExtension::SubjectAlternativeName(found) => {
                self.alternative_names = found.general_names.iter().map(alternative_name).collect();
            }
            ParsedExtension::CertificatePolicies(found) => {
                self.policies.oids = found.iter().map(|policy| policy.policy_id.to_id_string()).collect();
            }
            ParsedExtension::PolicyConstraints(found) => {
                self.policies.require_explicit = found.require_explicit_policy;
            }
            ParsedExtension::PolicyMappings(_) => self.policies.mapped = true,
            ParsedExtension::InhibitAnyPolicy(_) => self.policies.any_inhibited = true,
            ParsedExtension::NameConstraints(found) => {
                let subtrees = |list: &Option<Vec<GeneralSubtree<'_>>>| {
                    list.iter().flatten().map(|subtree| self::subtree(&subtree.base)).collect()
                };
                self.name_constraints = Extension::Present(NameConstraints {
                    permitted: subtrees(&found.permitted_subtrees),
                    excluded: subtrees(&found.excluded_subtrees),
                });
            }
            _ => {}
        }
    }
}

/// The critical extensions that Go's crypto/x509 counts as handled; so does [`super::chain`].
const PROCESSED: [&str; 12] = [
    "2.5.29.14",
    "2.5.29.15",
    "2.5.29.17",
    "2.5.29.19",
    "2.5.29.30",
    "2.5.29.31",
    "2.5.29.32",
    "2.5.29.33",
    "2.5.29.35",
    "2.5.29.36",
    "2.5.29.37",
    "2.5.29.54",
];

/// Dotted decimal. Those that most certificates have are not spelled out anew each time: it is a third of what reading
/// one costs.
fn dotted(oid: &Oid<'_>) -> Cow<'static, str> {
    let known = COMMON.iter().find(|(content, _)| *content == oid.as_bytes());
    known.map_or_else(|| oid.to_id_string().into(), |(_, text)| (*text).into())
}

/// Object identifiers as the content of their DER, and as text.
const COMMON: [(&[u8], &str); 20] = [
    (&[0x55, 0x04, 0x03], "2.5.4.3"),
    (&[0x55, 0x04, 0x06], "2.5.4.6"),
    (&[0x55, 0x04, 0x07], "2.5.4.7"),
    (&[0x55, 0x04, 0x08], "2.5.4.8"),
    (&[0x55, 0x04, 0x0A], "2.5.4.10"),
    (&[0x55, 0x04, 0x0B], "2.5.4.11"),
    (&[0x55, 0x1D, 0x0E], "2.5.29.14"),
    (&[0x55, 0x1D, 0x0F], "2.5.29.15"),
    (&[0x55, 0x1D, 0x11], "2.5.29.17"),
    (&[0x55, 0x1D, 0x13], "2.5.29.19"),
    (&[0x55, 0x1D, 0x23], "2.5.29.35"),
    (&[0x55, 0x1D, 0x25], "2.5.29.37"),
    (&[0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x02, 0x01], "1.2.840.10045.2.1"),
    (&[0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07], "1.2.840.10045.3.1.7"),
    (&[0x2B, 0x81, 0x04, 0x00, 0x22], "1.3.132.0.34"),
    (&[0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x04, 0x03, 0x02], "1.2.840.10045.4.3.2"),
    (&[0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x04, 0x03, 0x03], "1.2.840.10045.4.3.3"),
    (&[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01, 0x01], "1.2.840.113549.1.1.1"),
    (&[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01, 0x0B], "1.2.840.113549.1.1.11"),
    (&[0x2B, 0x65, 0x70], "1.3.101.112"),
];

fn name(parsed: &X509Name<'_>) -> Name {
    let rdns = parsed.iter().map(|rdn| {
        let attributes = rdn.iter().map(|attribute| Attribute {
            oid: dotted(attribute.attr_type()),
            tag: attribute.attr_value().header.tag().0,
            value: attribute.attr_value().data.to_vec(),
        });
        attributes.collect()
    });
    Name::new(parsed.as_raw(), rdns.collect())
}

fn public_key(spki: &SubjectPublicKeyInfo<'_>) -> PublicKey {
    let oid = dotted(&spki.algorithm.algorithm);
    match &*oid {
        "1.2.840.113549.1.1.1" => match spki.parsed() {
            Ok(x509_parser::public_key::PublicKey::RSA(key)) => {
                let bits = key.modulus.iter().skip_while(|byte| **byte == 0).count() * 8;
                let leading = key.modulus.iter().find(|byte| **byte != 0).map_or(0, |byte| byte.leading_zeros());
                PublicKey::Rsa { bits: (bits as u32).saturating_sub(leading) }
            }
            _ => PublicKey::Other(oid.into_owned()),
        },
        "1.2.840.10045.2.1" => {
            let curve = spki.algorithm.parameters.as_ref().and_then(|parameters| parameters.as_oid().ok());
            PublicKey::Ec(match curve.as_ref().map(dotted).as_deref() {
                Some("1.2.840.10045.3.1.7") => Curve::P256,
                Some("1.3.132.0.34") => Curve::P384,
                Some("1.3.132.0.35") => Curve::P521,
                Some(other) => Curve::Other(other.to_owned()),
                None => Curve::Other("explicit parameters".to_owned()),
            })
        }
        "1.3.101.112" => PublicKey::Ed25519,
        "1.2.840.10040.4.1" => PublicKey::Dsa,
        _ => PublicKey::Other(oid.into_owned()),
    }
}

fn extended_key_usage(found: &x509_parser::extensions::ExtendedKeyUsage<'_>) -> ExtendedKeyUsage {
    let named = [
        (found.any, "any"),
        (found.server_auth, "serverAuth"),
        (found.client_auth, "clientAuth"),
        (found.code_signing, "codeSigning"),
        (found.email_protection, "emailProtection"),
        (found.time_stamping, "timeStamping"),
        (found.ocsp_signing, "OCSPSigning"),
    ];
    let mut names: Vec<_> = named.iter().filter(|(set, _)| *set).map(|(_, name)| (*name).to_owned()).collect();
    names.extend(found.other.iter().map(|oid| oid.to_id_string()));
    ExtendedKeyUsage { any: found.any, client_auth: found.client_auth, server_auth: found.server_auth, names }
}

fn alternative_name(found: &GeneralName<'_>) -> AlternativeName {
    match found {
        GeneralName::DNSName(text) => AlternativeName::Dns((*text).to_owned()),
        GeneralName::RFC822Name(text) => AlternativeName::Email((*text).to_owned()),
        GeneralName::URI(text) => AlternativeName::Uri((*text).to_owned()),
        GeneralName::IPAddress(bytes) => ip(bytes).map_or(AlternativeName::Other, AlternativeName::Ip),
        _ => AlternativeName::Other,
    }
}

fn ip(bytes: &[u8]) -> Option<IpAddr> {
    let v4 = <[u8; 4]>::try_from(bytes).map(IpAddr::from);
    v4.or_else(|_| <[u8; 16]>::try_from(bytes).map(IpAddr::from)).ok()
}

fn subtree(base: &GeneralName<'_>) -> Subtree {
    match base {
        GeneralName::DNSName(text) => Subtree::Dns((*text).to_owned()),
        GeneralName::RFC822Name(text) => Subtree::Email((*text).to_owned()),
        GeneralName::URI(text) => Subtree::Uri((*text).to_owned()),
        GeneralName::IPAddress(bytes) if matches!(bytes.len(), 8 | 32) => {
            let (address, mask) = bytes.split_at(bytes.len() / 2);
            Subtree::Ip { address: address.to_vec(), mask: mask.to_vec() }
        }
        _ => Subtree::Other,
    }
}

/// Tag and length octets of a DER element. Only called on elements that parsed.
fn header_length(der: &[u8]) -> usize {
    match der.get(1) {
        Some(length) if length & 0x80 != 0 => 2 + usize::from(length & 0x7F),
        _ => 2,
    }
}

/// The content of the DER element that `der` starts with.
fn sequence_content(der: &[u8]) -> Option<&[u8]> {
    let header = header_length(der);
    let length = match der.get(1)? {
        short if short & 0x80 == 0 => usize::from(*short),
        _ => der
            .get(2..header)?
            .iter()
            .try_fold(0usize, |length, byte| length.checked_mul(256).map(|length| length + usize::from(*byte)))?,
    };
    der.get(header..header.checked_add(length)?)
}

fn sequence_content_or_empty(der: &[u8]) -> Vec<u8> {
    sequence_content(der).unwrap_or_default().to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_common_object_identifiers_are_spelled_as_the_parser_spells_them() {
        for (content, text) in COMMON {
            assert_eq!(dotted(&Oid::new(content.into())), text);
            assert_eq!(Oid::new(content.into()).to_id_string(), text);
        }
    }
}
