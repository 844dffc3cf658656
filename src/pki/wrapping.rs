//! What is wrapped around a PEM file or a certificate: base64, escaped line ends, UTF-16, or no armour at all.
//!
//! Whether a wrapping is right where it stands is for the rules to say; what is in it is read all the same.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};

use super::pem::{self, Block, Container, Scan, Segment};
use super::source::Lines;

/// What a file holds once its wrapping is taken off.
#[derive(Debug)]
pub struct Unwrapped {
    /// Of the file as a whole still says what it is; its segments are those of the text inside.
    pub scan: Scan,
    /// From the lines inside to those of the file; none where they are the same.
    pub lines: Option<Lines>,
    /// Bytes of the PEM inside: what would be sent.
    pub size: usize,
}

/// Reads a file with whatever is wrapped around it. Never fails and never panics, whatever the bytes.
pub fn read(bytes: &[u8]) -> Unwrapped {
    let scan = pem::scan(bytes);
    let inside = match scan.container {
        Container::Base64Pem => {
            decode(bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes)).map(|(text, lines)| (text, Some(lines)))
        }
        Container::EscapedPem => Some(unescape(bytes)).map(|(text, lines)| (text, Some(lines))),
        Container::Utf16 => utf16(bytes).map(|text| (text, None)),
        Container::Der => return der(scan, bytes),
        _ => None,
    };
    let Some((text, lines)) = inside else { return Unwrapped { scan, lines: None, size: bytes.len() } };
    let inner = pem::scan(&text);
    let scan = Scan { container: scan.container, byte_order_mark: scan.byte_order_mark, ..inner };
    Unwrapped { scan, lines, size: text.len() }
}

/// Base64 as Go's decoder takes it: line ends are skipped, nothing else is.
pub fn base64(text: &[u8]) -> Option<Vec<u8>> {
    let compact: Vec<u8> = text.iter().copied().filter(|byte| !matches!(byte, b'\n' | b'\r')).collect();
    STANDARD.decode(compact).ok()
}

fn decode(bytes: &[u8]) -> Option<(Vec<u8>, Lines)> {
    // Where each base64 character stands, so that a decoded line knows its own.
    let mut compact = Vec::new();
    let mut line_of = Vec::new();
    let mut line = 1;
    for byte in bytes.trim_ascii_end() {
        match byte {
            b'\n' => line += 1,
            byte if byte.is_ascii_whitespace() => {}
            byte => {
                compact.push(*byte);
                line_of.push(line);
            }
        }
    }
    // Some tools leave the padding out.
    let text = STANDARD.decode(&compact).or_else(|_| STANDARD_NO_PAD.decode(&compact)).ok()?;
    let at = |offset: usize| line_of.get(offset / 3 * 4).copied().unwrap_or(line);
    let mut lines = Lines::default();
    let mut start = 0;
    for (number, content) in (1..).zip(text.split_inclusive(|byte| *byte == b'\n')) {
        lines.push(number, at(start), at(start + content.len() - 1));
        start += content.len();
    }
    Some((text, lines))
}

/// The two characters `\` and `n` as a line feed, likewise `\r`. Quotes around the whole are dropped.
fn unescape(bytes: &[u8]) -> (Vec<u8>, Lines) {
    let mut text = Vec::with_capacity(bytes.len());
    let mut lines = Lines::default();
    let (mut line, mut number) = (1, 1);
    lines.push(1, 1, 1);
    let mut rest = bytes;
    if let Some(quoted) = bytes.trim_ascii().strip_prefix(b"\"") {
        line += memchr::memchr_iter(b'\n', &bytes[..bytes.len() - bytes.trim_ascii_start().len()]).count() as u32;
        lines = Lines::within(line, line);
        rest = quoted;
    }
    while let Some((byte, tail)) = rest.split_first() {
        rest = tail;
        match (byte, tail.first()) {
            (b'\\', Some(b'n')) => {
                rest = &tail[1..];
                text.push(b'\n');
            }
            (b'\\', Some(b'r')) => {
                rest = &tail[1..];
                continue;
            }
            (b'"', None | Some(b'\n' | b'\r')) => continue,
            (b'\n', _) => {
                line += 1;
                text.push(b'\n');
            }
            (byte, _) => {
                text.push(*byte);
                continue;
            }
        }
        number += 1;
        lines.push(number, line, line);
    }
    (text, lines)
}

fn utf16(bytes: &[u8]) -> Option<Vec<u8>> {
    let (mark, body) = bytes.split_at_checked(2)?;
    let unit = |pair: &[u8]| match mark {
        b"\xFF\xFE" => u16::from_le_bytes([pair[0], pair[1]]),
        _ => u16::from_be_bytes([pair[0], pair[1]]),
    };
    let text = char::decode_utf16(body.chunks_exact(2).map(unit)).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER));
    Some(text.collect::<String>().into_bytes())
}

/// Certificates or keys in DER, one behind the other.
fn der(scan: Scan, bytes: &[u8]) -> Unwrapped {
    // What has more of them than this is no file that anybody made.
    const MOST_ELEMENTS: usize = 1_000;
    let mut segments = Vec::new();
    let mut rest = bytes;
    while !rest.is_empty() && segments.len() < MOST_ELEMENTS {
        let (element, tail) = rest.split_at(pem::der_length(rest).unwrap_or(rest.len()));
        segments.push(Segment::Block(Block::bare(pem::der_label(element), element)));
        rest = tail;
    }
    let size = segments.iter().map(|segment| match segment {
        Segment::Block(block) => pem::encode(&block.label, block.der.as_deref().unwrap_or_default()).len(),
        Segment::Text(_) | Segment::Blank { .. } => 0,
    });
    let size = size.sum();
    Unwrapped { scan: Scan { segments, line_count: 1, line_ends: pem::LineEnds::default(), ..scan }, lines: None, size }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PEM: &str = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n";

    fn block(bytes: &[u8]) -> (Container, String, (u32, u32)) {
        let Unwrapped { scan, lines, .. } = read(bytes);
        let Some(Segment::Block(block)) = scan.segments.first() else { panic!("a block, got {scan:?}") };
        let lines =
            lines.map_or((block.first_line, block.last_line), |lines| lines.locate(block.first_line, block.last_line));
        (scan.container, block.label.clone(), lines)
    }

    #[test]
    fn base64_of_a_pem_is_read_with_the_lines_of_the_file() {
        let one = STANDARD.encode(PEM);
        assert_eq!(block(one.as_bytes()), (Container::Base64Pem, "CERTIFICATE".to_owned(), (1, 1)));
        let wrapped: String = one.as_bytes().chunks(20).map(|line| format!("{}\n", line.escape_ascii())).collect();
        assert_eq!(block(wrapped.as_bytes()).2, (1, 4));
    }

    #[test]
    fn escaped_line_ends_are_read_as_line_ends() {
        let escaped = PEM.replace('\n', "\\n");
        assert_eq!(block(escaped.as_bytes()), (Container::EscapedPem, "CERTIFICATE".to_owned(), (1, 1)));
        assert_eq!(block(format!("\"{}\"\n", escaped.trim_end_matches("\\n")).as_bytes()).1, "CERTIFICATE");
    }

    #[test]
    fn utf_16_is_read_in_both_byte_orders() {
        let little: Vec<u8> = [0xFF, 0xFE].into_iter().chain(PEM.bytes().flat_map(|byte| [byte, 0])).collect();
        let big: Vec<u8> = [0xFE, 0xFF].into_iter().chain(PEM.bytes().flat_map(|byte| [0, byte])).collect();
        assert_eq!(block(&little), (Container::Utf16, "CERTIFICATE".to_owned(), (1, 3)));
        assert_eq!(block(&big).2, (1, 3));
    }

    #[test]
    fn bare_der_is_a_certificate_or_a_key() {
        assert_eq!(block(&[0x30, 3, 0x30, 1, 0]).1, "CERTIFICATE");
        assert_eq!(block(&[0x30, 3, 2, 1, 0]).1, "PRIVATE KEY");
    }
}
