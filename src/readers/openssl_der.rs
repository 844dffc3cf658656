//! Outlines that OpenSSL's parser insists on: of certificates what x509-parser passes over, of keys and revocation lists
//! just enough to tell them from something else.

/// Algorithms and names of a certificate are shaped as they should be. Lengths need not be the shortest.
pub fn is_certificate(der: &[u8]) -> bool {
    let read = || {
        let mut outer = Elements(one(der, SEQUENCE)?);
        let mut tbs = Elements(outer.take(SEQUENCE)?);
        if tbs.0.first() == Some(&VERSION) {
            tbs.take(VERSION)?;
        }
        tbs.take(INTEGER).filter(|serial| is_integer(serial))?;
        let inner = tbs.take(SEQUENCE)?;
        let issuer = tbs.take(SEQUENCE)?;
        tbs.take(SEQUENCE)?;
        let subject = tbs.take(SEQUENCE)?;
        let mut key = Elements(tbs.take(SEQUENCE)?);
        let algorithms = [inner, outer.take(SEQUENCE)?, key.take(SEQUENCE)?];
        key.take(BIT_STRING)?;
        while let Some(_unique_id) = tbs.take(0x81).or_else(|| tbs.take(0x82)) {}
        let extensions = match tbs.take(EXTENSIONS) {
            None => Vec::new(),
            Some(list) => whole(one(list, SEQUENCE)?, SEQUENCE)?,
        };
        outer.take(BIT_STRING)?;
        let names = is_name(issuer) && is_name(subject);
        Some(names && algorithms.into_iter().all(is_algorithm) && extensions.into_iter().all(is_extension))
    };
    read().unwrap_or(false)
}

/// Whether notBefore and notAfter are written as DER wants it, in UTC with seconds and no fractions.
pub fn times_are_plain(der: &[u8]) -> (bool, bool) {
    let validity = || {
        let mut tbs = Elements(Elements(one(der, SEQUENCE)?).take(SEQUENCE)?);
        tbs.take(VERSION);
        tbs.take(INTEGER)?;
        // Signature algorithm and issuer come first.
        tbs.take(SEQUENCE)?;
        tbs.take(SEQUENCE)?;
        let mut times = Elements(tbs.take(SEQUENCE)?);
        Some((times.next()?, times.next()?))
    };
    let is_plain = |time: &[u8]| {
        let digits = time.strip_suffix(b"Z").filter(|digits| digits.iter().all(u8::is_ascii_digit));
        digits.is_some_and(|digits| matches!(digits.len(), 12 | 14))
    };
    validity().map_or((false, false), |(before, after)| (is_plain(before), is_plain(after)))
}

/// What may follow a TRUSTED CERTIFICATE: its trust settings, a sequence.
pub fn is_settings(der: &[u8]) -> bool {
    one(der, SEQUENCE).is_some()
}

/// A private key in one of its forms: a sequence that begins with a version.
pub fn is_key(der: &[u8]) -> bool {
    one(der, SEQUENCE).is_some_and(|content| Elements(content).take(INTEGER).is_some())
}

/// A revocation list: a signed part, an algorithm, a signature.
pub fn is_revocation_list(der: &[u8]) -> bool {
    let read = || {
        let mut outer = Elements(one(der, SEQUENCE)?);
        outer.take(SEQUENCE).filter(|signed| !signed.is_empty())?;
        let sound = is_algorithm(outer.take(SEQUENCE)?);
        outer.take(BIT_STRING)?;
        Some(sound)
    };
    read().unwrap_or(false)
}

const INTEGER: u8 = 0x02;
const BIT_STRING: u8 = 0x03;
const OID: u8 = 0x06;
const SEQUENCE: u8 = 0x30;
const SET: u8 = 0x31;
const VERSION: u8 = 0xA0;
const EXTENSIONS: u8 = 0xA3;
const BOOLEAN: u8 = 0x01;
const OCTET_STRING: u8 = 0x04;

fn is_algorithm(content: &[u8]) -> bool {
    let mut fields = Elements(content);
    fields.take(OID).is_some_and(|oid| !oid.is_empty())
        && (fields.0.is_empty() || fields.next().is_some())
        && fields.0.is_empty()
}

fn is_name(content: &[u8]) -> bool {
    whole(content, SET).is_some_and(|rdns| {
        rdns.into_iter()
            .all(|rdn| whole(rdn, SEQUENCE).is_some_and(|attributes| attributes.into_iter().all(is_attribute)))
    })
}

fn is_attribute(content: &[u8]) -> bool {
    let mut fields = Elements(content);
    let named = fields.take(OID).is_some_and(|oid| !oid.is_empty());
    let tag = fields.0.first().copied();
    named && fields.next().is_some_and(|value| is_text(tag, value)) && fields.0.is_empty()
}

/// OpenSSL brings names into a canonical form when it reads them, for which strings must be what they say. One octet a
/// character is good for every other type.
fn is_text(tag: Option<u8>, value: &[u8]) -> bool {
    match tag {
        Some(0x0C) => std::str::from_utf8(value).is_ok(),
        Some(0x1E) => value.len().is_multiple_of(2),
        Some(0x1C) => value.len().is_multiple_of(4),
        _ => true,
    }
}

/// At least one octet, and none that says nothing.
fn is_integer(content: &[u8]) -> bool {
    match content {
        [] => false,
        [0x00, next, ..] => next & 0x80 != 0,
        [0xFF, next, ..] => next & 0x80 == 0,
        _ => true,
    }
}

fn is_extension(content: &[u8]) -> bool {
    let mut fields = Elements(content);
    let named = fields.take(OID).is_some_and(|oid| !oid.is_empty());
    fields.take(BOOLEAN);
    named && fields.take(OCTET_STRING).is_some() && fields.0.is_empty()
}

/// Elements of one tag and nothing else.
fn whole(content: &[u8], tag: u8) -> Option<Vec<&[u8]>> {
    let mut fields = Elements(content);
    let mut found = Vec::new();
    while !fields.0.is_empty() {
        found.push(fields.take(tag)?);
    }
    Some(found)
}

fn one(der: &[u8], tag: u8) -> Option<&[u8]> {
    Elements(der).take(tag)
}

struct Elements<'a>(&'a [u8]);

impl<'a> Elements<'a> {
    fn take(&mut self, tag: u8) -> Option<&'a [u8]> {
        (self.0.first() == Some(&tag)).then(|| self.next()).flatten()
    }

    /// The content of the next element, whatever its tag.
    fn next(&mut self) -> Option<&'a [u8]> {
        let short = usize::from(*self.0.get(1)?);
        let (header, length) = match short {
            0..=0x7F => (2, short),
            0x81..=0x84 => {
                let header = 2 + (short & 0x7F);
                (header, self.0.get(2..header)?.iter().fold(0usize, |length, byte| length << 8 | usize::from(*byte)))
            }
            _ => return None,
        };
        let end = header.checked_add(length)?;
        let content = self.0.get(header..end)?;
        self.0 = &self.0[end..];
        Some(content)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_algorithm_begins_with_an_object_identifier() {
        assert!(is_algorithm(&[OID, 1, 0x2A]));
        assert!(is_algorithm(&[OID, 1, 0x2A, 0x05, 0x00]));
        assert!(!is_algorithm(&[0x07, 1, 0x2A]));
        assert!(!is_algorithm(&[OID, 1, 0x2A, 0x05]));
    }

    #[test]
    fn an_empty_sequence_is_neither_key_nor_list() {
        assert!(!is_key(&[0x30, 0x00]) && !is_revocation_list(&[0x30, 0x00]));
        assert!(is_key(&[0x30, 0x03, 0x02, 0x01, 0x00]));
    }
}
