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
        tbs.take(INTEGER)?;
        let inner = tbs.take(SEQUENCE)?;
        let issuer = tbs.take(SEQUENCE)?;
        tbs.take(SEQUENCE)?;
        let subject = tbs.take(SEQUENCE)?;
        let sound = [inner, outer.take(SEQUENCE)?].into_iter().all(is_algorithm) && is_name(issuer) && is_name(subject);
        outer.take(BIT_STRING)?;
        Some(sound)
    };
    read().unwrap_or(false)
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
    fields.take(OID).is_some_and(|oid| !oid.is_empty()) && fields.next().is_some() && fields.0.is_empty()
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
