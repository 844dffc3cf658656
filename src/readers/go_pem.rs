//! Go's `encoding/pem` Decode: what it takes for a block, and what it passes over without a word.
//!
//! It looks for the next line that begins with END, and from there back to the last BEGIN. What does not come out as a
//! block is skipped up to that END, and the search goes on; the label is only compared with END's.

use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

/// A block that Go returns, by offsets into the file.
#[derive(Debug, Clone)]
pub struct Block {
    pub label: String,
    pub has_headers: bool,
    /// The first dash of BEGIN.
    pub begin: usize,
    /// Behind the END line: what Go calls the rest.
    pub end: usize,
    pub der: Vec<u8>,
}

/// All blocks that repeated calls return. What is behind the last one's `end` is the rest.
pub fn blocks(data: &[u8]) -> Vec<Block> {
    let mut found: Vec<Block> = Vec::new();
    let next = |found: &[Block]| decode(data, found.last().map_or(0, |block| block.end));
    while let Some(block) = next(&found) {
        found.push(block);
    }
    found
}

const BEGIN: &[u8] = b"-----BEGIN ";
const END: &[u8] = b"\n-----END ";
const DASHES: &[u8] = b"-----";

/// Go's base64 does not look at the bits that padding leaves over.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::RequireCanonical),
);

fn decode(data: &[u8], from: usize) -> Option<Block> {
    let mut start = from;
    loop {
        let end_line = start + find(&data[start..], END)?;
        let behind_end = end_line + END.len();
        match read(data, start, end_line) {
            Attempt::Block { label, has_headers, begin, der } => {
                // An END that stands right behind BEGIN shares its line feed, hence one octet before the label.
                let (_, end) = line(data, end_line + END.len() - 1);
                return Some(Block { label, has_headers, begin, end, der });
            }
            Attempt::Skipped => start = behind_end,
            Attempt::Stop => return None,
        }
    }
}

enum Attempt {
    Block {
        label: String,
        has_headers: bool,
        begin: usize,
        der: Vec<u8>,
    },
    Skipped,
    /// Nothing is looked for any more.
    Stop,
}

fn read(data: &[u8], start: usize, end_line: usize) -> Attempt {
    let Some(begin) = find_last(&data[start..end_line], BEGIN).map(|at| start + at) else { return Attempt::Skipped };
    if begin > start && data[begin - 1] != b'\n' {
        return Attempt::Skipped;
    }
    let (first, mut at) = line(data, begin + BEGIN.len());
    let Some(label) = first.strip_suffix(DASHES) else { return Attempt::Skipped };
    let mut has_headers = false;
    loop {
        if at >= data.len() {
            return Attempt::Stop;
        }
        let (header, next) = line(data, at);
        if !header.contains(&b':') {
            break;
        }
        has_headers = true;
        at = next;
    }
    if has_headers && end_line < at {
        // Headers ran up to END, or over it.
        return if end_line + END.len() < at { Attempt::Stop } else { Attempt::Skipped };
    }
    let trailer = &data[end_line + END.len()..];
    let Some(behind) = trailer.strip_prefix(label).and_then(|rest| rest.strip_prefix(DASHES)) else {
        return Attempt::Skipped;
    };
    if !line(behind, 0).0.is_empty() {
        return Attempt::Skipped;
    }
    let body = data.get(at..end_line).unwrap_or_default();
    let base64: Vec<u8> = body.iter().copied().filter(|byte| !matches!(byte, b' ' | b'\t' | b'\r' | b'\n')).collect();
    match BASE64.decode(&base64) {
        Ok(der) => Attempt::Block { label: String::from_utf8_lossy(label).into_owned(), has_headers, begin, der },
        Err(_) => Attempt::Skipped,
    }
}

/// The line at an offset without its end and trailing blanks, and where the next one begins. Only LF ends a line.
fn line(data: &[u8], at: usize) -> (&[u8], usize) {
    let rest = &data[at..];
    let (length, next) = match rest.iter().position(|byte| *byte == b'\n') {
        Some(length) => (length, at + length + 1),
        None => (rest.len(), data.len()),
    };
    let text = &rest[..length];
    let text = if next > at + length { text.strip_suffix(b"\r").unwrap_or(text) } else { text };
    let blanks = text.iter().rev().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
    (&text[..text.len() - blanks], next)
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack.windows(needle.len()).position(|window| window == needle)
}

fn find_last(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack.windows(needle.len()).rposition(|window| window == needle)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(text: &str) -> Vec<String> {
        blocks(text.as_bytes()).into_iter().map(|block| block.label).collect()
    }

    #[test]
    fn what_cannot_be_decoded_is_passed_over() {
        let broken = "-----BEGIN A-----\nMI!B\n-----END A-----\n-----BEGIN B-----\nMIIB\n-----END B-----\n";
        assert_eq!(labels(broken), ["B"]);
        assert_eq!(labels(&broken.replace('!', "I")), ["A", "B"]);
    }

    #[test]
    fn a_begin_without_end_is_skipped_for_the_next_one() {
        assert_eq!(labels("-----BEGIN A-----\nMIIB\n-----BEGIN B-----\nMIIB\n-----END B-----\n"), ["B"]);
    }

    #[test]
    fn an_indented_begin_hides_its_block() {
        assert_eq!(labels(" -----BEGIN A-----\nMIIB\n-----END A-----\n"), Vec::<String>::new());
    }
}
