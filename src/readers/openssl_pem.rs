//! OpenSSL's PEM reader: blocks one after the other, and the first fault in any of them ends it.
//!
//! What is said here of version 3.0 was tried against it, line by line; `cargo xtask interop` goes on trying.

use super::openssl_base64;

/// What one call of the reader returns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Item {
    Block(Block),
    Fault(Fault),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    pub label: String,
    /// RFC 1421 headers, or whatever else stands before the first empty line.
    pub header: Header,
    pub begin: usize,
    pub end: usize,
    pub der: Vec<u8>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Header {
    None,
    Encrypted,
    /// Text that is no such header; shorter than 11 octets it passes for none with keys.
    Other,
}

/// Why the reader gave up, in OpenSSL's words, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    pub begin: usize,
    pub end: usize,
    pub reason: &'static str,
}

/// Everything that repeated calls return, up to the first fault.
pub fn items(data: &[u8]) -> Vec<Item> {
    let mut reader = Reader { data, at: 0 };
    let mut items = Vec::new();
    while let Some(item) = reader.next_item() {
        let is_fault = matches!(item, Item::Fault(_));
        items.push(item);
        if is_fault {
            break;
        }
    }
    items
}

/// Octets that one read of a line brings at most; a longer line comes in pieces.
const LONGEST: usize = 254;
const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

struct Reader<'a> {
    data: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    /// A line, or the piece of one, up to a NUL; none at the end and where a NUL comes first.
    fn line(&mut self) -> Option<&'a [u8]> {
        let rest = &self.data[self.at..];
        let window = &rest[..rest.len().min(LONGEST)];
        let length = window.iter().position(|byte| *byte == b'\n').map_or(window.len(), |at| at + 1);
        self.at += length;
        let line = &window[..length];
        let line = line.split(|byte| *byte == 0).next().unwrap_or_default();
        (!line.is_empty()).then_some(line)
    }

    fn next_item(&mut self) -> Option<Item> {
        let (label, begin) = self.find_begin()?;
        Some(match self.read_body(&label) {
            Err(reason) => Item::Fault(Fault { begin, end: self.at, reason }),
            Ok((header, body)) => match openssl_base64::decode(&body) {
                None => Item::Fault(Fault { begin, end: self.at, reason: "bad base64 decode" }),
                Some(der) if der.is_empty() => Item::Fault(Fault { begin, end: self.at, reason: "PEM lib" }),
                Some(der) => {
                    let label = String::from_utf8_lossy(&label).into_owned();
                    Item::Block(Block { label, header: header_kind(&header), begin, end: self.at, der })
                }
            },
        })
    }

    fn find_begin(&mut self) -> Option<(Vec<u8>, usize)> {
        let mut is_first = true;
        loop {
            let mut begin = self.at;
            let mut line = self.line()?;
            if is_first && line.len() > BYTE_ORDER_MARK.len() && line.starts_with(BYTE_ORDER_MARK) {
                line = &line[BYTE_ORDER_MARK.len()..];
                begin += BYTE_ORDER_MARK.len();
            }
            is_first = false;
            let label = trim(line).strip_prefix(b"-----BEGIN ").and_then(|rest| rest.strip_suffix(b"-----"));
            if let Some(label) = label {
                return Some((label.to_vec(), begin));
            }
        }
    }

    /// Header and body, or OpenSSL's word for what is wrong.
    fn read_body(&mut self, label: &[u8]) -> Result<(Vec<u8>, Vec<u8>), &'static str> {
        const BAD_END: &str = "bad end line";
        let (mut header, mut body) = (Vec::new(), Vec::new());
        let mut state = State::Undecided;
        let (mut is_short, mut partial) = (false, false);
        loop {
            let raw = self.line().ok_or(BAD_END)?;
            let was_partial = partial;
            partial = raw.len() == LONGEST && raw[LONGEST - 1] != b'\n';
            if state == State::Undecided && raw.contains(&b':') {
                state = State::Header;
            }
            let line = trim(raw);
            if line.is_empty() {
                if !was_partial {
                    if state == State::Body {
                        return Err(BAD_END);
                    }
                    state = State::Body;
                }
                continue;
            }
            if let Some(rest) = line.strip_prefix(b"-----END ") {
                if rest.strip_prefix(label) != Some(b"-----") {
                    return Err(BAD_END);
                }
                // Without an empty line and without a colon there were no headers.
                return Ok(if state == State::Undecided { (Vec::new(), header) } else { (header, body) });
            }
            if is_short {
                return Err(BAD_END);
            }
            let target = if state == State::Body { &mut body } else { &mut header };
            target.extend_from_slice(line);
            target.push(b'\n');
            if state == State::Body {
                if line.len() > 64 {
                    return Err(BAD_END);
                }
                is_short = line.len() < 64;
            }
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Undecided,
    Header,
    Body,
}

/// Without trailing blanks, control characters, and, where C's char has a sign, anything beyond ASCII.
fn trim(line: &[u8]) -> &[u8] {
    let kept = line.iter().rposition(|byte| matches!(byte, b'!'..=0x7F)).map_or(0, |at| at + 1);
    &line[..kept]
}

fn header_kind(header: &[u8]) -> Header {
    let Ok(text) = std::str::from_utf8(header) else { return Header::Other };
    let Some(rest) = text.strip_prefix("Proc-Type:") else {
        return if header.is_empty() { Header::None } else { Header::Other };
    };
    match rest.trim_start_matches([' ', '\t']).strip_prefix("4,") {
        Some(rest) if rest.trim_start_matches([' ', '\t']).starts_with("ENCRYPTED") => Header::Encrypted,
        _ => Header::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn first(text: &str) -> Item {
        items(text.as_bytes()).remove(0)
    }

    #[test]
    fn an_empty_line_in_a_body_makes_a_header_of_what_is_before() {
        let with = |gap: &str| first(&format!("-----BEGIN A-----\nMIIB\n{gap}MIIB\n-----END A-----\n"));
        let (Item::Block(whole), Item::Block(torn)) = (with(""), with("\n")) else { panic!("both are blocks") };
        assert_eq!((whole.header, whole.der.len()), (Header::None, 6));
        assert_eq!((torn.header, torn.der.len()), (Header::Other, 3));
    }

    #[test]
    fn an_end_with_something_behind_it_is_a_bad_end_line() {
        let with = |tail: &str| first(&format!("-----BEGIN A-----\nMIIB\n-----END A-----{tail}\n"));
        assert!(matches!(with(" \t"), Item::Block(_)));
        assert!(matches!(with("x"), Item::Fault(Fault { reason: "bad end line", .. })));
    }
}
