//! What Go's parser refuses and x509-parser reads: encodings that BER allows and DER does not, strings that are not of
//! their type, names and keys that say something else than they are labelled.
//!
//! Only certificates that x509-parser has read come here. Where a structure is not what it should be, that is for
//! [`super::certificate`] to have noticed; here it is passed over.

use std::collections::HashSet;

use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1, ECDSA_P384_SHA384_ASN1, ECDSA_P521_SHA512_ASN1, ParsedPublicKey};

use super::certificate::{Certificate, Curve, Defect, PublicKey, Subtree};
use super::constraints::is_domain;

/// Faults of a certificate's encoding.
pub fn defects(certificate: &Certificate) -> Vec<Defect> {
    let mut defects = Vec::new();
    if has_long_length(certificate.der(), 0) {
        defects.push(Defect::LengthNotMinimal);
    }
    let fields = || Elements(Elements(certificate.tbs()).next().map_or(&[], |tbs| tbs.content));
    for field in fields().filter(|field| field.tag == EXTENSIONS && certificate.version >= 3) {
        let list = Elements(field.content).next().map_or(&[][..], |list| list.content);
        defects.extend(Elements(list).filter_map(|extension| judge_extension(extension.content)));
    }
    defects.extend(judge_serial(&certificate.serial));
    // In this order: signature, issuer, validity, subject, subjectPublicKeyInfo.
    let sequences: Vec<_> = fields().filter(|field| field.tag == SEQUENCE).map(|field| field.content).collect();
    if let [_, issuer, validity, subject, ..] = sequences[..] {
        defects.extend(judge_times(validity));
        defects.extend([issuer, subject].into_iter().filter_map(judge_name));
    }
    defects.extend(judge_policies(certificate));
    defects.extend(judge_constraints(certificate));
    defects.extend(judge_key(certificate));
    defects
}

/// See [`Certificate::subject_of`].
pub fn subject(der: &[u8]) -> Option<&[u8]> {
    let certificate = Elements(der).next()?;
    let tbs = Elements(certificate.content).next()?;
    // Behind signature, issuer and validity.
    Elements(tbs.content).filter(|field| field.tag == SEQUENCE).nth(3).map(|field| field.whole)
}

/// Bits of the public exponent in an RSAPublicKey.
pub fn rsa_exponent_bits(key: &[u8]) -> u32 {
    let numbers = Elements(key).next().map_or(&[][..], |key| key.content);
    let exponent = Elements(numbers).nth(1).map_or(&[][..], |exponent| exponent.content);
    let leading = exponent.iter().take_while(|octet| **octet == 0).count();
    let unset = exponent.get(leading).map_or(0, |octet| octet.leading_zeros());
    u32::try_from((exponent.len() - leading) * 8).unwrap_or(u32::MAX).saturating_sub(unset)
}

const OID: u8 = 0x06;
const BOOLEAN: u8 = 0x01;
const OCTET_STRING: u8 = 0x04;
const SEQUENCE: u8 = 0x30;
const SET: u8 = 0x31;
const EXTENSIONS: u8 = 0xA3;

/// A DER element; the tag is one octet, which is all that certificates use.
#[derive(Clone, Copy)]
struct Element<'a> {
    tag: u8,
    content: &'a [u8],
    /// With tag and length.
    whole: &'a [u8],
    /// Its length is written in the shortest way.
    minimal: bool,
}

/// The elements that stand side by side in some bytes, up to the first that is none.
struct Elements<'a>(&'a [u8]);

impl<'a> Iterator for Elements<'a> {
    type Item = Element<'a>;

    fn next(&mut self) -> Option<Element<'a>> {
        let tag = *self.0.first()?;
        let short = *self.0.get(1)?;
        let (header, length, minimal) = match short {
            0..=0x7F => (2, usize::from(short), true),
            0x81..=0x84 => {
                let header = 2 + usize::from(short & 0x7F);
                let bytes = self.0.get(2..header)?;
                let length = bytes.iter().fold(0usize, |length, byte| length << 8 | usize::from(*byte));
                (header, length, bytes[0] != 0 && length >= 0x80)
            }
            _ => return None,
        };
        let content = self.0.get(header..header.checked_add(length)?)?;
        let (whole, rest) = self.0.split_at(header + length);
        self.0 = rest;
        Some(Element { tag, content, whole, minimal })
    }
}

/// Nobody nests a certificate deeper than this.
const DEEPEST: usize = 24;

fn has_long_length(bytes: &[u8], depth: usize) -> bool {
    Elements(bytes).any(|element| {
        let constructed = element.tag & 0x20 != 0;
        !element.minimal || constructed && depth < DEEPEST && has_long_length(element.content, depth + 1)
    })
}

fn judge_serial(serial: &[u8]) -> Option<Defect> {
    let padded = match serial {
        [] => true,
        [0x00, next, ..] => next & 0x80 == 0,
        [0xFF, next, ..] => next & 0x80 != 0,
        _ => false,
    };
    padded.then_some(Defect::SerialNotMinimal)
}

fn judge_times(validity: &[u8]) -> Option<Defect> {
    let mut times = Elements(validity);
    times.any(|time| time.content.iter().any(|byte| matches!(byte, b'.' | b','))).then_some(Defect::TimeWithFraction)
}

fn judge_name(name: &[u8]) -> Option<Defect> {
    let good = is_whole(name)
        && Elements(name).all(|rdn| {
            rdn.tag == SET && is_whole(rdn.content) && Elements(rdn.content).all(|attribute| is_attribute(attribute))
        });
    (!good).then_some(Defect::NameMalformed)
}

/// Whether elements fill some bytes to their end.
fn is_whole(bytes: &[u8]) -> bool {
    let mut elements = Elements(bytes);
    while elements.next().is_some() {}
    elements.0.is_empty()
}

/// A type and a value of a kind that holds it. What stands behind the value is passed over, as Go does.
fn is_attribute(attribute: Element<'_>) -> bool {
    let mut parts = Elements(attribute.content);
    let kind = parts.next().is_some_and(|kind| kind.tag == OID && is_oid(kind.content));
    attribute.tag == SEQUENCE && kind && parts.next().is_some_and(is_string)
}

/// Numbers of base 128, each written as short as it can be, and of 31 bits at most.
fn is_oid(content: &[u8]) -> bool {
    let is_number = |number: &[u8]| {
        let value = number.iter().fold(0_u64, |value, byte| value << 7 | u64::from(byte & 0x7F));
        number.len() <= 5 && number[0] != 0x80 && value < 1 << 31
    };
    content.last().is_some_and(|last| last & 0x80 == 0)
        && content.split_inclusive(|byte| byte & 0x80 == 0).all(is_number)
}

/// Whether a string holds what its type allows. Go takes `*` and `&` in PrintableString as well.
fn is_string(value: Element<'_>) -> bool {
    match value.tag {
        0x0C => std::str::from_utf8(value.content).is_ok(),
        0x12 => value.content.iter().all(|byte| byte.is_ascii_digit() || *byte == b' '),
        0x13 => value.content.iter().all(|byte| {
            byte.is_ascii_alphanumeric()
                || matches!(byte, b'\''..=b')' | b'+'..=b'/' | b' ' | b':' | b'=' | b'?' | b'*' | b'&')
        }),
        0x16 => value.content.is_ascii(),
        // VisibleString and GeneralString, which Go does not read.
        0x1A | 0x1B => false,
        0x1E => value.content.len().is_multiple_of(2),
        _ => true,
    }
}

/// One `Extension`: its OID, its criticality if written, its value.
fn judge_extension(extension: &[u8]) -> Option<Defect> {
    let mut parts = Elements(extension);
    let oid = parts.next().filter(|part| part.tag == OID)?.content;
    let mut next = parts.next()?;
    let mut critical = false;
    if next.tag == BOOLEAN {
        if !is_boolean(next) {
            return Some(Defect::BooleanNotDer);
        }
        critical = next.content == [0xFF];
        next = parts.next()?;
    }
    let value = Some(next).filter(|part| part.tag == OCTET_STRING)?.content;
    let inner = Elements(value).next();
    let inner_elements = || Elements(inner.map_or(&[][..], |element| element.content));
    let malformed = match oid {
        SUBJECT_KEY_ID | AUTHORITY_KEY_ID => critical,
        BASIC_CONSTRAINTS => {
            if inner_elements().any(|part| part.tag == BOOLEAN && !is_boolean(part)) {
                return Some(Defect::BooleanNotDer);
            }
            false
        }
        EXTENDED_KEY_USAGE => inner_elements().any(|part| part.tag != OID),
        SUBJECT_ALTERNATIVE_NAME => !inner_elements().all(is_alternative_name),
        _ => false,
    };
    malformed.then(|| Defect::ExtensionUnreadable(dotted(oid).to_owned()))
}

const SUBJECT_KEY_ID: &[u8] = &[0x55, 0x1D, 0x0E];
const SUBJECT_ALTERNATIVE_NAME: &[u8] = &[0x55, 0x1D, 0x11];
const BASIC_CONSTRAINTS: &[u8] = &[0x55, 0x1D, 0x13];
const AUTHORITY_KEY_ID: &[u8] = &[0x55, 0x1D, 0x23];
const EXTENDED_KEY_USAGE: &[u8] = &[0x55, 0x1D, 0x25];

fn dotted(oid: &[u8]) -> &'static str {
    match oid {
        SUBJECT_KEY_ID => "2.5.29.14",
        SUBJECT_ALTERNATIVE_NAME => "2.5.29.17",
        AUTHORITY_KEY_ID => "2.5.29.35",
        _ => "2.5.29.37",
    }
}

fn is_boolean(value: Element<'_>) -> bool {
    matches!(value.content, [0x00] | [0xFF])
}

fn is_alternative_name(name: Element<'_>) -> bool {
    match name.tag & 0x1F {
        1 | 2 => name.content.is_ascii(),
        6 => std::str::from_utf8(name.content).is_ok_and(|uri| uri.is_ascii() && is_uri(uri)),
        7 => matches!(name.content.len(), 4 | 16),
        _ => true,
    }
}

/// As far as Go parses a URI: its percent escapes, the brackets of its host, the labels of its domain.
fn is_uri(uri: &str) -> bool {
    let mut rest = uri;
    while let Some((_, tail)) = rest.split_once('%') {
        if !tail.bytes().take(2).all(|byte| byte.is_ascii_hexdigit()) || tail.len() < 2 {
            return false;
        }
        rest = tail;
    }
    let Some((_, rest)) = uri.split_once("://") else { return true };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    if host.starts_with('[') {
        return host.contains(']');
    }
    let host = host.split(':').next().unwrap_or_default();
    host.is_empty() || is_domain(host)
}

fn judge_policies(certificate: &Certificate) -> Option<Defect> {
    let mut seen = HashSet::new();
    let repeated = !certificate.policies.oids.iter().all(|oid| seen.insert(oid));
    repeated.then(|| Defect::ExtensionUnreadable("2.5.29.32".to_owned()))
}

fn judge_constraints(certificate: &Certificate) -> Option<Defect> {
    let constraints = certificate.name_constraints.present()?;
    let mut all = constraints.permitted.iter().chain(&constraints.excluded).peekable();
    let nothing = all.peek().is_none();
    let wrong = all.any(|subtree| match subtree {
        Subtree::Dns(base) => !is_base(base),
        Subtree::Email(base) => !base.rsplit_once('@').map_or_else(|| is_base(base), |(_, host)| is_domain(host)),
        Subtree::Uri(base) => !is_base(base),
        Subtree::Ip { mask, .. } => has_holes(mask),
        Subtree::Other => false,
    });
    (nothing || wrong).then(|| Defect::ExtensionUnreadable("2.5.29.30".to_owned()))
}

fn is_base(base: &str) -> bool {
    let base = base.strip_prefix('.').unwrap_or(base);
    base.is_empty() || is_domain(base)
}

/// Whether a zero bit stands before a one bit.
fn has_holes(mask: &[u8]) -> bool {
    let bits = mask.iter().flat_map(|byte| (0..8).rev().map(move |bit| byte >> bit & 1));
    bits.skip_while(|bit| *bit == 1).any(|bit| bit == 1)
}

fn judge_key(certificate: &Certificate) -> Option<Defect> {
    const NULL: &[u8] = &[0x05, 0x00];
    const SECP224R1: &str = "1.3.132.0.33";
    let parameters = || {
        let oid = Elements(&certificate.key_algorithm).next().map_or(0, |oid| oid.content.len() + 2);
        certificate.key_algorithm.get(oid..).unwrap_or_default()
    };
    let on_curve = |algorithm| ParsedPublicKey::new(algorithm, &certificate.key_bits[..]).is_ok();
    let uncompressed = certificate.key_bits.first() == Some(&0x04);
    let good = match &certificate.key {
        PublicKey::Rsa { .. } => parameters() == NULL,
        PublicKey::Ec(Curve::P256) => uncompressed && on_curve(&ECDSA_P256_SHA256_ASN1),
        PublicKey::Ec(Curve::P384) => uncompressed && on_curve(&ECDSA_P384_SHA384_ASN1),
        PublicKey::Ec(Curve::P521) => uncompressed && on_curve(&ECDSA_P521_SHA512_ASN1),
        PublicKey::Ec(Curve::Other(curve)) => curve == SECP224R1,
        PublicKey::Ed25519 => parameters().is_empty() && certificate.key_bits.len() == 32,
        PublicKey::Dsa | PublicKey::Other(_) => true,
    };
    (!good).then_some(Defect::KeyMalformed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mask_has_no_one_behind_a_zero() {
        assert!(!has_holes(&[255, 240, 0, 0]));
        assert!(has_holes(&[255, 0, 255, 0]));
    }

    #[test]
    fn a_uri_has_whole_escapes_and_a_domain_of_labels() {
        assert!(is_uri("spiffe://td.example/ns/x%20y"));
        assert!(is_uri("urn:temporal:worker"));
        for wrong in ["https://example.com/%zz", "https://[::1", "https://a..b/"] {
            assert!(!is_uri(wrong), "{wrong}");
        }
    }

    #[test]
    fn the_roots_of_mozillas_list_have_no_defect() {
        for der in webpki_root_certs::TLS_SERVER_ROOT_CERTS {
            let root = Certificate::read(der).unwrap();
            assert_eq!(root.defects, [], "{}", root.subject);
            assert_eq!(subject(der), Some(root.subject.der()), "{}", root.subject);
        }
    }
}
