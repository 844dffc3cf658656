//! Distinguished names: their bytes for chaining, their canonical form for comparing, their text for people.

use std::borrow::Cow;
use std::fmt;

/// A distinguished name as it stands in a certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name {
    /// The DER of the whole Name: what issuers and subjects are linked by.
    der: Vec<u8>,
    rdns: Vec<Vec<Attribute>>,
}

/// One attribute of a relative distinguished name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attribute {
    /// Dotted decimal.
    pub oid: Cow<'static, str>,
    /// DER tag number of the value: 12 UTF8String, 19 PrintableString, 22 IA5String, 30 BMPString, …
    pub tag: u32,
    pub value: Vec<u8>,
}

/// A name in the form in which RFC 5280 §7.1 compares names: case folded, outer space trimmed, inner space collapsed,
/// string type ignored. Empty attributes are kept: the leaf that `tcld gen leaf` makes differs from its CA by one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CanonicalName(Vec<Vec<(Cow<'static, str>, Vec<u8>)>>);

impl Name {
    pub fn new(der: &[u8], rdns: Vec<Vec<Attribute>>) -> Self {
        Self { der: der.to_vec(), rdns }
    }

    pub fn der(&self) -> &[u8] {
        &self.der
    }

    pub fn is_empty(&self) -> bool {
        self.rdns.is_empty()
    }

    /// Every value of one attribute type, in order.
    pub fn values(&self, oid: &str) -> impl Iterator<Item = String> {
        self.rdns.iter().flatten().filter(move |attribute| attribute.oid == oid).map(Attribute::text)
    }

    /// As Go's `pkix.Name` prints itself, and so as the cloud quotes a subject: well-known attributes in a fixed order,
    /// equal ones joined by `+`, others behind them.
    pub fn go_string(&self) -> String {
        const ORDER: [(&str, &str); 9] = [
            ("2.5.4.5", "SERIALNUMBER"),
            (COMMON_NAME, "CN"),
            (ORGANIZATIONAL_UNIT, "OU"),
            (ORGANIZATION, "O"),
            ("2.5.4.17", "POSTALCODE"),
            ("2.5.4.9", "STREET"),
            ("2.5.4.7", "L"),
            ("2.5.4.8", "ST"),
            ("2.5.4.6", "C"),
        ];
        let mut parts = Vec::new();
        for (oid, key) in ORDER {
            let values: Vec<_> = self.values(oid).collect();
            // Of common name and serial number Go keeps the last, and an empty one it does not write.
            let single = matches!(oid, COMMON_NAME | "2.5.4.5");
            let values = if single {
                values.last().filter(|value| !value.is_empty()).cloned().into_iter().collect()
            } else {
                values
            };
            if !values.is_empty() {
                let pairs: Vec<_> = values.iter().map(|value| format!("{key}={}", go_escape(value))).collect();
                parts.push(pairs.join("+"));
            }
        }
        let others = self.rdns.iter().flatten().filter(|attribute| ORDER.iter().all(|(oid, _)| *oid != attribute.oid));
        let others: Vec<_> =
            others.map(|attribute| format!("{}=#{}", attribute.oid, hex(&go_value(&attribute.text())))).collect();
        parts.extend(others.into_iter().rev());
        parts.join(",")
    }

    pub fn canonical(&self) -> CanonicalName {
        let fold = |attribute: &Attribute| {
            let value = match attribute.decode() {
                Some(text) => collapse(&text.to_lowercase()).into_bytes(),
                None => attribute.value.clone(),
            };
            (attribute.oid.clone(), value)
        };
        let rdns = self.rdns.iter().map(|rdn| {
            let mut attributes: Vec<_> = rdn.iter().map(fold).collect();
            attributes.sort();
            attributes
        });
        CanonicalName(rdns.collect())
    }
}

impl Attribute {
    /// The value as text; bytes that are no text in their string type come out as hex.
    pub fn text(&self) -> String {
        self.decode().unwrap_or_else(|| format!("#{}", hex(&self.value)))
    }

    fn decode(&self) -> Option<String> {
        match self.tag {
            // UTF8String, NumericString, PrintableString, IA5String, VisibleString
            12 | 18 | 19 | 22 | 26 => String::from_utf8(self.value.clone()).ok(),
            // TeletexString: read as Latin-1, as other tools do
            20 => Some(self.value.iter().map(|byte| char::from(*byte)).collect()),
            // BMPString
            30 => {
                let units = self.value.chunks(2).map(|unit| match unit {
                    [high, low] => Some(u16::from_be_bytes([*high, *low])),
                    _ => None,
                });
                String::from_utf16(&units.collect::<Option<Vec<_>>>()?).ok()
            }
            // UniversalString
            28 => {
                let scalars = self.value.chunks(4).map(|scalar| {
                    let bytes = <[u8; 4]>::try_from(scalar).ok()?;
                    char::from_u32(u32::from_be_bytes(bytes))
                });
                scalars.collect()
            }
            _ => None,
        }
    }

    fn key(&self) -> &str {
        match &*self.oid {
            COMMON_NAME => "CN",
            "2.5.4.5" => "SERIALNUMBER",
            "2.5.4.6" => "C",
            "2.5.4.7" => "L",
            "2.5.4.8" => "ST",
            "2.5.4.9" => "STREET",
            ORGANIZATION => "O",
            ORGANIZATIONAL_UNIT => "OU",
            "0.9.2342.19200300.100.1.25" => "DC",
            "0.9.2342.19200300.100.1.1" => "UID",
            "1.2.840.113549.1.9.1" => "emailAddress",
            oid => oid,
        }
    }
}

pub const COMMON_NAME: &str = "2.5.4.3";
pub const ORGANIZATION: &str = "2.5.4.10";
pub const ORGANIZATIONAL_UNIT: &str = "2.5.4.11";

/// Parts of a name that are shown; names that people gave have ten.
const MOST_SHOWN: usize = 40;

/// In file order: "O=acme, OU=". Go prints the same attributes last to first.
impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.rdns.is_empty() {
            return f.write_str("(empty)");
        }
        for (position, rdn) in self.rdns.iter().enumerate() {
            if position == MOST_SHOWN {
                return write!(f, ", and {} more", self.rdns.len() - position);
            }
            f.write_str(if position == 0 { "" } else { ", " })?;
            for (position, attribute) in rdn.iter().take(MOST_SHOWN).enumerate() {
                f.write_str(if position == 0 { "" } else { " + " })?;
                write!(f, "{}={}", attribute.key(), printable(&attribute.text()))?;
            }
        }
        Ok(())
    }
}

/// Text from a certificate made safe for a terminal and a log: control and direction characters escaped, length capped.
pub fn printable(text: &str) -> String {
    const LONGEST: usize = 200;
    let hidden = |c: char| {
        c.is_control()
            || matches!(c, '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{FEFF}')
    };
    let mut out = String::new();
    for (count, c) in text.chars().enumerate() {
        if count == LONGEST {
            out.push('…');
            break;
        }
        match c {
            ',' | '+' | '\\' | '"' => out.extend(['\\', c]),
            c if hidden(c) => out.extend(c.escape_unicode()),
            c => out.push(c),
        }
    }
    out
}

/// Lower-case hex without separators.
pub fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 0xF]);
    digits.map(|digit| char::from(DIGITS[usize::from(digit)])).collect()
}

/// Go escapes what RFC 2253 names. Control characters, which it does not, are escaped for the reader's sake.
fn go_escape(value: &str) -> String {
    let last = value.chars().count().saturating_sub(1);
    let mut out = String::new();
    for (position, c) in value.chars().enumerate() {
        let special = matches!(c, ',' | '+' | '"' | '\\' | '<' | '>' | ';')
            || c == ' ' && (position == 0 || position == last)
            || c == '#' && position == 0;
        match c {
            c if special => out.extend(['\\', c]),
            c if c.is_control() => out.extend(c.escape_unicode()),
            c => out.push(c),
        }
    }
    out
}

/// The DER of a string as Go's encoder writes it: PrintableString where that can hold it, else UTF8String.
fn go_value(text: &str) -> Vec<u8> {
    let printable = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b" '()+,-./:=?".contains(&byte));
    let length = text.len();
    let mut out = vec![if printable { 19 } else { 12 }];
    match u8::try_from(length) {
        Ok(short) if short < 0x80 => out.push(short),
        _ => {
            let bytes = length.to_be_bytes();
            let significant = &bytes[bytes.iter().position(|byte| *byte != 0).unwrap_or(bytes.len() - 1)..];
            out.push(0x80 | significant.len() as u8);
            out.extend_from_slice(significant);
        }
    }
    out.extend_from_slice(text.as_bytes());
    out
}

fn collapse(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(values: &[(&str, u32, &[u8])]) -> Name {
        let rdns = values.iter().map(|(oid, tag, value)| {
            vec![Attribute { oid: (*oid).to_owned().into(), tag: *tag, value: value.to_vec() }]
        });
        Name::new(b"", rdns.collect())
    }

    #[test]
    fn case_space_and_string_type_do_not_tell_names_apart() {
        let utf8 = name(&[(COMMON_NAME, 12, b" Acme  Workers ")]);
        let bmp: Vec<u8> = "ACME WORKERS".encode_utf16().flat_map(u16::to_be_bytes).collect();
        assert_eq!(utf8.canonical(), name(&[(COMMON_NAME, 30, &bmp)]).canonical());
    }

    #[test]
    fn an_empty_attribute_tells_names_apart() {
        let ca = name(&[(ORGANIZATION, 19, b"acme")]);
        let leaf = name(&[(ORGANIZATION, 19, b"acme"), (ORGANIZATIONAL_UNIT, 19, b"")]);
        assert_ne!(ca.canonical(), leaf.canonical());
    }

    #[test]
    fn control_and_direction_characters_are_escaped() {
        let text = name(&[(COMMON_NAME, 12, "a\u{1b}[31m\u{202E}b".as_bytes())]).to_string();
        assert_eq!(text, "CN=a\\u{1b}[31m\\u{202e}b");
    }
}
