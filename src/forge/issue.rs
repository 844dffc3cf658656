//! One certificate from its specification: rcgen writes the signed part, an edit may break it, our own key signs.
//!
//! rcgen cannot write names with two OUs, versions before v3, weak signatures or broken DER. So its output is taken as
//! a tree, names, key and algorithm are put in, the edits of a flaw are applied, and the result is signed again: the
//! signature is valid unless the flaw is the signature itself.

use std::borrow::Cow;
use std::net::IpAddr;

use rcgen::{
    BasicConstraints, CertificateParams, CustomExtension, ExtendedKeyUsagePurpose, GeneralSubtree, IsCa, KeyIdMethod,
    PublicKeyData, SanType, SerialNumber,
};
use time::OffsetDateTime;

/// The purposes of an extended key usage.
pub use rcgen::ExtendedKeyUsagePurpose as Purpose;
pub use rcgen::KeyUsagePurpose;

use super::der::{self, Content, Node};
use super::{ForgeError, Key, SigningHash};
use crate::pki::name::{COMMON_NAME, ORGANIZATION, ORGANIZATIONAL_UNIT};

/// A distinguished name: attributes in order, each in an RDN of its own.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DistinguishedName(Vec<(Cow<'static, str>, StringType, String)>);

/// The string type of an attribute value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StringType {
    /// PrintableString where the characters allow it, else UTF8String, as Go and OpenSSL write it.
    Usual,
    Utf8,
}

impl DistinguishedName {
    pub fn new() -> Self {
        Self::default()
    }

    pub fn cn(self, value: impl Into<String>) -> Self {
        self.with(COMMON_NAME, StringType::Usual, value)
    }

    pub fn o(self, value: impl Into<String>) -> Self {
        self.with(ORGANIZATION, StringType::Usual, value)
    }

    pub fn ou(self, value: impl Into<String>) -> Self {
        self.with(ORGANIZATIONAL_UNIT, StringType::Usual, value)
    }

    pub fn with(mut self, oid: impl Into<Cow<'static, str>>, string: StringType, value: impl Into<String>) -> Self {
        self.0.push((oid.into(), string, value.into()));
        self
    }

    /// The values of one attribute, by its OID.
    pub fn values(&self, oid: &str) -> impl Iterator<Item = String> {
        self.0.iter().filter(move |(known, ..)| known == oid).map(|(_, _, value)| value.clone())
    }

    /// The same name with every value changed.
    pub fn map(&self, string: StringType, change: impl Fn(&str) -> String) -> Self {
        Self(self.0.iter().map(|(oid, _, value)| (oid.clone(), string, change(value))).collect())
    }

    /// DER of the Name.
    pub fn write(&self) -> Vec<u8> {
        let rdns = self.0.iter().map(|(oid, string, value)| {
            let printable = |byte: u8| {
                byte.is_ascii_alphanumeric()
                    || matches!(byte, b' ' | b'\'' | b'('..=b')' | b'+'..=b'/' | b':' | b'=' | b'?')
            };
            let tag = if *string == StringType::Usual && value.bytes().all(printable) { 0x13 } else { 0x0C };
            let attribute = Node::sequence(vec![Node::oid(oid), Node::primitive(tag, value.as_bytes())]);
            Node::constructed(der::SET, vec![attribute])
        });
        Node::sequence(rdns.collect()).write()
    }
}

/// Everything that goes into one certificate but its keys and its issuer.
#[derive(Debug, Clone)]
pub struct Spec {
    /// Names the key: equal labels of one recipe share a key.
    pub label: String,
    pub subject: DistinguishedName,
    pub key: super::KeyKind,
    /// The hash of the signature over this certificate; by default the one that goes with the issuer's key.
    pub hash: Option<SigningHash>,
    pub not_before: OffsetDateTime,
    pub not_after: OffsetDateTime,
    /// None leaves the extension out.
    pub basic_constraints: Option<(bool, Option<u8>)>,
    /// Empty leaves the extension out.
    pub key_usage: Vec<KeyUsagePurpose>,
    /// Empty leaves the extension out.
    pub purposes: Vec<ExtendedKeyUsagePurpose>,
    pub dns: Vec<String>,
    pub ip: Vec<IpAddr>,
    pub uri: Vec<String>,
    pub email: Vec<String>,
    pub authority_key_id: bool,
    pub subject_key_id: bool,
    /// DNS subtrees that the certificates below may have names in.
    pub permitted_dns: Vec<String>,
    /// DNS subtrees that the certificates below may have no names in.
    pub excluded_dns: Vec<String>,
    /// OIDs and DER of extensions beyond these, each critical.
    pub critical: Vec<(Vec<u64>, Vec<u8>)>,
    /// Applied to the signed part before it is signed.
    pub edits: Vec<fn(&mut Node)>,
    /// Applied to the finished certificate, which breaks its signature or its envelope.
    pub damage: Option<fn(Vec<u8>) -> Vec<u8>>,
}

/// Who signs: its name, its key identifier and its key.
#[derive(Debug)]
pub struct Issuer<'a> {
    /// DER of the Name.
    pub name: Vec<u8>,
    pub key_id: Vec<u8>,
    pub key: &'a Key,
}

/// Makes the DER of one certificate.
///
/// # Errors
/// When a name cannot be encoded or the issuer's key cannot sign with the hash.
pub fn issue(spec: &Spec, key: &Key, issuer: &Issuer<'_>, serial: &[u8]) -> Result<Vec<u8>, ForgeError> {
    let hash = spec.hash.unwrap_or(issuer.key.kind().hash());
    let algorithm = issuer.key.signature_algorithm(hash)?;
    let mut tbs = template(spec, key, issuer, serial)?;
    let fields = tbs.children();
    // [0] version, serial, signature, issuer, validity, subject, subjectPublicKeyInfo, [3] extensions
    fields[2] = algorithm.clone();
    fields[3] = tree(&issuer.name)?;
    fields[5] = tree(&spec.subject.write())?;
    fields[6] = tree(key.spki())?;
    if !spec.subject_key_id {
        remove_extension(&mut tbs, "2.5.29.14");
    }
    for edit in &spec.edits {
        edit(&mut tbs);
    }
    let signature = issuer.key.sign(hash, &tbs.write())?;
    let mut certificate = Node::sequence(vec![tbs, algorithm, Node::bit_string(&signature)]).write();
    if let Some(damage) = spec.damage {
        certificate = damage(certificate);
    }
    Ok(certificate)
}

/// The signed part as rcgen writes it, with a dummy key.
fn template(spec: &Spec, key: &Key, issuer: &Issuer<'_>, serial: &[u8]) -> Result<Node, ForgeError> {
    let unencodable = |error: rcgen::Error| ForgeError::NotEncodable(error.to_string());
    let mut params = CertificateParams::default();
    params.not_before = spec.not_before;
    params.not_after = spec.not_after;
    params.serial_number = Some(SerialNumber::from_slice(serial));
    params.is_ca = match spec.basic_constraints {
        None => IsCa::NoCa,
        Some((false, _)) => IsCa::ExplicitNoCa,
        Some((true, None)) => IsCa::Ca(BasicConstraints::Unconstrained),
        Some((true, Some(length))) => IsCa::Ca(BasicConstraints::Constrained(length)),
    };
    params.key_usages = spec.key_usage.clone();
    params.extended_key_usages = spec.purposes.clone();
    for name in &spec.dns {
        let name = name.as_str().try_into().map_err(|_| ForgeError::NotEncodable(format!("DNS name `{name}`")))?;
        params.subject_alt_names.push(SanType::DnsName(name));
    }
    params.subject_alt_names.extend(spec.ip.iter().copied().map(SanType::IpAddress));
    for (names, kind) in [(&spec.uri, SanType::URI as fn(_) -> _), (&spec.email, SanType::Rfc822Name)] {
        for name in names {
            let name = name.as_str().try_into().map_err(|_| ForgeError::NotEncodable(format!("name `{name}`")))?;
            params.subject_alt_names.push(kind(name));
        }
    }
    if !(spec.permitted_dns.is_empty() && spec.excluded_dns.is_empty()) {
        let subtrees = |names: &[String]| names.iter().cloned().map(GeneralSubtree::DnsName).collect();
        params.name_constraints = Some(rcgen::NameConstraints {
            permitted_subtrees: subtrees(&spec.permitted_dns),
            excluded_subtrees: subtrees(&spec.excluded_dns),
        });
    }
    params.use_authority_key_identifier_extension = spec.authority_key_id;
    params.key_identifier_method = KeyIdMethod::PreSpecified(key.identifier());
    params.custom_extensions = spec
        .critical
        .iter()
        .map(|(oid, content)| {
            let mut extension = CustomExtension::from_oid_content(oid, content.clone());
            extension.set_criticality(true);
            extension
        })
        .collect();
    let mut above = CertificateParams::default();
    above.key_identifier_method = KeyIdMethod::PreSpecified(issuer.key_id.clone());
    let written = params.signed_by(&Dummy, &rcgen::Issuer::new(above, Dummy)).map_err(unencodable)?;
    let mut certificate = tree(written.der())?;
    Ok(certificate.children().swap_remove(0))
}

/// Stands in for both keys while rcgen writes; what it contributes is replaced afterwards.
struct Dummy;

impl PublicKeyData for Dummy {
    fn der_bytes(&self) -> &[u8] {
        &[0]
    }

    fn algorithm(&self) -> &'static rcgen::SignatureAlgorithm {
        &rcgen::PKCS_ECDSA_P256_SHA256
    }
}

impl rcgen::SigningKey for Dummy {
    fn sign(&self, _: &[u8]) -> Result<Vec<u8>, rcgen::Error> {
        Ok(vec![0])
    }
}

fn tree(der: &[u8]) -> Result<Node, ForgeError> {
    Node::read(der).ok_or_else(|| ForgeError::NotEncodable("not a DER tree".to_owned()))
}

/// The extensions of a signed part, as `Extension` sequences; none before v3.
pub fn extensions(tbs: &mut Node) -> Option<&mut Vec<Node>> {
    let wrapper = tbs.children().iter_mut().find(|node| node.tag == 0xA3)?;
    Some(wrapper.children().first_mut()?.children())
}

/// Takes an extension out.
pub fn remove_extension(tbs: &mut Node, oid: &str) {
    if let Some(extensions) = extensions(tbs) {
        extensions.retain(|extension| !is_extension(extension, oid));
        if extensions.is_empty() {
            tbs.children().retain(|node| node.tag != 0xA3);
        }
    }
}

/// The `Extension` sequence of that OID.
pub fn extension<'a>(tbs: &'a mut Node, oid: &str) -> Option<&'a mut Node> {
    extensions(tbs)?.iter_mut().find(|extension| is_extension(extension, oid))
}

fn is_extension(extension: &Node, oid: &str) -> bool {
    match &extension.content {
        Content::Constructed(parts) => parts.first() == Some(&Node::oid(oid)),
        Content::Primitive(_) => false,
    }
}
