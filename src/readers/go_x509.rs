//! Go's `crypto/x509` parser: how many certificates it finds in some bytes, and what it says when it refuses.

use std::sync::Arc;

use super::Says;
use crate::pki::Certificate;
use crate::pki::certificate::Defect;

/// What `x509.ParseCertificates` makes of DER that may hold several certificates back to back.
#[derive(Debug)]
pub struct Parsed {
    /// Each with its offset.
    pub certificates: Vec<(usize, Arc<Certificate>)>,
    /// Where it stopped, and what it says. Then Go returns none of the certificates.
    pub error: Option<(usize, Says)>,
}

pub fn parse_all(der: &[u8]) -> Parsed {
    let mut parsed = Parsed { certificates: Vec::new(), error: None };
    let mut at = 0;
    while at < der.len() {
        match parse_first(&der[at..]) {
            Ok((certificate, length)) => {
                parsed.certificates.push((at, certificate));
                at += length;
            }
            Err(says) => {
                parsed.error = Some((at, says));
                break;
            }
        }
    }
    parsed
}

/// `x509.ParseCertificate`: one certificate and nothing behind it.
pub fn parse_one(der: &[u8]) -> Result<Arc<Certificate>, Says> {
    match parse_first(der)? {
        (certificate, length) if length == der.len() => Ok(certificate),
        _ => Err(Says::Exactly("x509: trailing data".to_owned())),
    }
}

fn parse_first(der: &[u8]) -> Result<(Arc<Certificate>, usize), Says> {
    let whole = Der(der).element(SEQUENCE).ok_or_else(|| malformed("certificate"))?;
    judge_outline(whole.content)?;
    let certificate = Certificate::read(whole.all).map_err(|_| Says::Begins("x509: ".to_owned()))?;
    match certificate.defects.first() {
        None => Ok((certificate, whole.all.len())),
        // That one comes from another package, with words of its own.
        Some(Defect::KeyMalformed) => Err(Says::Begins(String::new())),
        Some(_) => Err(Says::Begins("x509: ".to_owned())),
    }
}

/// The steps of Go's parser up to the subject, in its order: they tell keys and requests from certificates.
fn judge_outline(content: &[u8]) -> Result<(), Says> {
    let mut outer = Der(content);
    let mut tbs = Der(outer.element(SEQUENCE).ok_or_else(|| malformed("tbs certificate"))?.content);
    if tbs.0.first() == Some(&VERSION) {
        let mut version = Der(tbs.element(VERSION).ok_or_else(|| malformed("version"))?.content);
        let number = version.integer().filter(|_| version.0.is_empty()).ok_or_else(|| malformed("version"))?;
        match number {
            [negative, ..] if *negative >= 0x80 => return Err(malformed("version")),
            [0..=2] => {}
            _ if number.len() > 8 => return Err(malformed("version")),
            _ => return Err(Says::Exactly("x509: invalid version".to_owned())),
        }
    }
    let serial = tbs.integer().ok_or_else(|| malformed("serial number"))?;
    if serial[0] >= 0x80 {
        return Err(Says::Exactly("x509: negative serial number".to_owned()));
    }
    let inner = tbs.element(SEQUENCE).ok_or_else(|| malformed("signature algorithm identifier"))?;
    let outer = outer.element(SEQUENCE).ok_or_else(|| malformed("algorithm identifier"))?;
    if inner.content != outer.content {
        let text = "x509: inner and outer signature algorithm identifiers don't match";
        return Err(Says::Exactly(text.to_owned()));
    }
    let mut algorithm = Der(inner.content);
    if !algorithm.element(OID).is_some_and(|oid| is_oid(oid.content)) {
        return Err(malformed("OID"));
    }
    judge_name(tbs.element(SEQUENCE).ok_or_else(|| malformed("issuer"))?.content)?;
    tbs.element(SEQUENCE).ok_or_else(|| malformed("validity"))?;
    judge_name(tbs.element(SEQUENCE).ok_or_else(|| malformed("issuer"))?.content)
}

/// The outline of a name; what its strings may hold is for our own reader to say.
fn judge_name(content: &[u8]) -> Result<(), Says> {
    let invalid = |what: &str| Says::Exactly(format!("x509: invalid RDNSequence{what}"));
    let mut name = Der(content);
    while !name.0.is_empty() {
        let mut set = Der(name.element(SET).ok_or_else(|| invalid(""))?.content);
        while !set.0.is_empty() {
            let attribute = set.element(SEQUENCE).ok_or_else(|| invalid(": invalid attribute"))?;
            let mut fields = Der(attribute.content);
            if !fields.element(OID).is_some_and(|oid| is_oid(oid.content)) {
                return Err(invalid(": invalid attribute type"));
            }
            let value = fields.0.first().and_then(|tag| fields.element(*tag));
            // Go 1.27 says more of it than 1.26.
            value.ok_or_else(|| Says::Begins("x509: invalid RDNSequence: invalid attribute value".to_owned()))?;
        }
    }
    Ok(())
}

/// Numbers of base 128, each as short as it can be and of 31 bits at most.
fn is_oid(content: &[u8]) -> bool {
    let is_number = |number: &[u8]| {
        let value = number.iter().fold(0u64, |value, byte| value << 7 | u64::from(byte & 0x7F));
        number.len() <= 5 && number[0] != 0x80 && value < 1 << 31
    };
    content.last().is_some_and(|last| *last < 0x80) && content.split_inclusive(|byte| *byte < 0x80).all(is_number)
}

fn malformed(what: &str) -> Says {
    Says::Exactly(format!("x509: malformed {what}"))
}

const SEQUENCE: u8 = 0x30;
const INTEGER: u8 = 0x02;
const OID: u8 = 0x06;
const SET: u8 = 0x31;
const VERSION: u8 = 0xA0;

/// DER that is read from the front, as strictly as Go reads it.
struct Der<'a>(&'a [u8]);

struct Element<'a> {
    all: &'a [u8],
    content: &'a [u8],
}

impl<'a> Der<'a> {
    fn element(&mut self, tag: u8) -> Option<Element<'a>> {
        let (found, short) = (*self.0.first()?, usize::from(*self.0.get(1)?));
        let (header, length) = match short {
            0..=0x7F => (2, short),
            0x81..=0x84 => {
                let header = 2 + (short & 0x7F);
                let bytes = self.0.get(2..header)?;
                let length = bytes.iter().fold(0usize, |length, byte| length << 8 | usize::from(*byte));
                if bytes[0] == 0 || length < 0x80 {
                    return None;
                }
                (header, length)
            }
            _ => return None,
        };
        if found != tag {
            return None;
        }
        let all = self.0.get(..header.checked_add(length)?)?;
        self.0 = &self.0[all.len()..];
        Some(Element { all, content: &all[header..] })
    }

    /// The octets of an INTEGER, never empty, as short as they can be.
    fn integer(&mut self) -> Option<&'a [u8]> {
        let content = self.element(INTEGER)?.content;
        match content {
            [] => None,
            [0x00, next, ..] if *next < 0x80 => None,
            [0xFF, next, ..] if *next >= 0x80 => None,
            _ => Some(content),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_private_key_is_a_malformed_tbs_certificate() {
        // PKCS #8: version, then an algorithm.
        let key = [0x30, 0x05, 0x02, 0x01, 0x00, 0x30, 0x00];
        assert_eq!(parse_one(&key).unwrap_err().text(), "x509: malformed tbs certificate");
    }

    #[test]
    fn an_encrypted_key_is_a_malformed_serial_number() {
        let key = [0x30, 0x06, 0x30, 0x02, 0x06, 0x00, 0x04, 0x00];
        assert_eq!(parse_one(&key).unwrap_err().text(), "x509: malformed serial number");
    }

    #[test]
    fn no_bytes_are_no_certificates_and_no_error() {
        let parsed = parse_all(&[]);
        assert!(parsed.certificates.is_empty() && parsed.error.is_none());
    }
}
