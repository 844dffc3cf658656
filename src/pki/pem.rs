//! A strict PEM scanner that keeps every line: blocks, text and blank lines, each with its line range.
//!
//! Nothing in a file makes it fail. What a lenient reader would skip or repair is kept as a [`BlockFault`], so that a
//! rule can say which line is to blame. Line numbers are 1-based; lines end at LF, CRLF or a lone CR.

use std::ops::Range;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// One stretch of lines. Every line of a file belongs to at least one segment; glued blocks share theirs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Segment {
    Block(Block),
    Text(Text),
    Blank { first_line: u32, last_line: u32 },
}

impl Segment {
    pub fn lines(&self) -> (u32, u32) {
        match self {
            Self::Block(block) => (block.first_line, block.last_line),
            Self::Text(text) => (text.first_line, text.last_line),
            Self::Blank { first_line, last_line } => (*first_line, *last_line),
        }
    }
}

/// `-----BEGIN label-----` up to its END, or as far as it got.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    pub label: String,
    pub first_line: u32,
    pub last_line: u32,
    /// Bytes from the first to the last line, line ends included.
    pub bytes: usize,
    /// RFC 1421 headers, names only: their values can be secret.
    pub headers: Vec<String>,
    pub faults: Vec<BlockFault>,
    /// The decoded body; none where the base64 cannot be decoded or END is missing.
    pub der: Option<Body>,
    /// BEGIN, the first body line and END as written, for CERTIFICATE blocks only.
    pub quote: Vec<(u32, String)>,
}

impl Block {
    /// Bytes without any armour.
    pub(super) fn bare(label: &str, der: &[u8]) -> Self {
        Self {
            label: label.to_owned(),
            first_line: 1,
            last_line: 1,
            bytes: der.len(),
            headers: Vec::new(),
            faults: Vec::new(),
            der: Some(Body(der.to_vec())),
            quote: Vec::new(),
        }
    }
}

/// The decoded bytes of a block. It may be a private key, so `Debug` shows its length only.
#[derive(Clone, PartialEq, Eq)]
pub struct Body(Vec<u8>);

impl std::ops::Deref for Body {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0
    }
}

impl std::fmt::Debug for Body {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} bytes", self.0.len())
    }
}

/// What is wrong with the armour of a block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BlockFault {
    /// White space stands before BEGIN or END.
    Indented { line: u32 },
    /// END and the next BEGIN share a line.
    Glued { line: u32 },
    /// The file or the next BEGIN comes before END.
    EndMissing,
    /// END names another label.
    EndMismatched { line: u32 },
    /// A body line holds a byte that is not base64.
    NotBase64 { line: u32, byte: u8 },
    /// The base64 as a whole has a wrong length or wrong padding.
    Truncated { line: u32 },
    /// There is nothing between BEGIN and END.
    Empty,
}

impl std::fmt::Display for BlockFault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Indented { line } => write!(f, "line {line} is indented"),
            Self::Glued { line } => write!(f, "line {line} is the end of one block and the beginning of another"),
            Self::EndMissing => f.write_str("END is missing"),
            Self::EndMismatched { line } => write!(f, "line {line} ends another label than the one that began"),
            Self::NotBase64 { line, byte } => write!(f, "line {line} holds a byte 0x{byte:02X}, which is not base64"),
            Self::Truncated { line } => write!(f, "the base64 is incomplete at line {line}"),
            Self::Empty => f.write_str("there is nothing in it"),
        }
    }
}

/// Lines outside all blocks. The text itself is not kept: it may be secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text {
    pub first_line: u32,
    pub last_line: u32,
    pub bytes: usize,
    /// The first line that reads like a boundary but is none (wrong dashes, data on the same line).
    pub mangled_boundary: Option<u32>,
}

/// What the file as a whole looks like, before any block is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Container {
    Pem,
    Empty,
    /// PEM whose line ends are the two characters `\` and `n`.
    EscapedPem,
    /// Base64 of a PEM file, as tcld and Terraform carry it.
    Base64Pem,
    /// UTF-16 text.
    Utf16,
    /// A certificate or a key in DER.
    Der,
    Pkcs7,
    Pkcs12,
    /// A Java key store.
    Jks,
    Zip,
    Gzip,
    Tar,
    /// A JSON document in which nobody carries certificates.
    Json,
    /// Nothing that we know.
    Unknown,
}

/// How the lines of a file end.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LineEnds {
    pub lf: usize,
    pub crlf: usize,
    pub lone_cr: usize,
    /// Boundaries among the lines that end with a lone CR: Go does not see these.
    pub boundary_cr: usize,
}

impl Container {
    /// What people call it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Pem => "PEM",
            Self::Empty => "empty",
            Self::EscapedPem => "PEM with escaped line ends",
            Self::Base64Pem => "base64 of PEM",
            Self::Utf16 => "UTF-16 text",
            Self::Der => "DER",
            Self::Pkcs7 => "PKCS#7",
            Self::Pkcs12 => "PKCS#12",
            Self::Jks => "a Java key store",
            Self::Zip => "a zip archive",
            Self::Gzip => "gzip data",
            Self::Tar => "a tar archive",
            Self::Json => "JSON",
            Self::Unknown => "nothing known",
        }
    }

    /// Whether blocks can be read from it: certificates, keys, or what else stands there.
    pub fn holds_blocks(self) -> bool {
        matches!(self, Self::Pem | Self::EscapedPem | Self::Base64Pem | Self::Utf16 | Self::Der)
    }
}

/// All of a file, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scan {
    pub container: Container,
    pub byte_order_mark: bool,
    pub line_ends: LineEnds,
    pub line_count: u32,
    /// Empty unless `container` is [`Container::Pem`]; see [`super::wrapping`] for what is in the others.
    pub segments: Vec<Segment>,
    /// The line from which on nothing was looked at, because [`MOST_SEGMENTS`] stand before it. What is there counts as
    /// one text.
    pub unread_from: Option<u32>,
}

/// Stretches of lines that one file is read for; the cloud takes 16 certificates, and an operating system trusts 150.
pub const MOST_SEGMENTS: usize = 20_000;

/// Reads a file. Never fails and never panics, whatever the bytes.
pub fn scan(bytes: &[u8]) -> Scan {
    let byte_order_mark = bytes.starts_with(BYTE_ORDER_MARK);
    let text = if byte_order_mark { &bytes[BYTE_ORDER_MARK.len()..] } else { bytes };
    let container = sniff(text);
    let lines = Lines::new(text);
    let mut line_ends = LineEnds::default();
    for line in lines.from(0) {
        match line.end {
            LineEnd::Lf => line_ends.lf += 1,
            LineEnd::CrLf => line_ends.crlf += 1,
            LineEnd::Cr => {
                line_ends.lone_cr += 1;
                line_ends.boundary_cr += usize::from(Boundary::read(line.text).is_some());
            }
            LineEnd::None => {}
        }
    }
    let (segments, unread_from) = if container == Container::Pem { segment(&lines) } else { (Vec::new(), None) };
    Scan { container, byte_order_mark, line_ends, line_count: lines.len() as u32, segments, unread_from }
}

/// PEM of one block: 64 characters a line, a line feed at the end. Go's `pem.EncodeToMemory` writes the same bytes.
pub fn encode(label: &str, der: &[u8]) -> String {
    let mut out = format!("-----BEGIN {label}-----\n");
    let base64 = STANDARD.encode(der);
    let mut rest = base64.as_str();
    while !rest.is_empty() {
        let (line, tail) = rest.split_at(rest.len().min(64));
        out.push_str(line);
        out.push('\n');
        rest = tail;
    }
    out.push_str(&format!("-----END {label}-----\n"));
    out
}

/// Certificates back to back: the form to which the cloud and Terraform normalise a bundle.
pub fn encode_certificates(certificates: &[Vec<u8>]) -> String {
    certificates.iter().map(|der| encode("CERTIFICATE", der)).collect()
}

const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum LineEnd {
    Lf,
    CrLf,
    Cr,
    None,
}

struct Line<'a> {
    number: u32,
    text: &'a [u8],
    end: LineEnd,
}

impl Line<'_> {
    fn bytes(&self) -> usize {
        self.text.len()
            + match self.end {
                LineEnd::Lf | LineEnd::Cr => 1,
                LineEnd::CrLf => 2,
                LineEnd::None => 0,
            }
    }

    fn is_blank(&self) -> bool {
        self.text.iter().all(u8::is_ascii_whitespace)
    }
}

/// The lines of a file by number: only where each starts is kept, since a file may be nothing but line ends.
struct Lines<'a> {
    bytes: &'a [u8],
    starts: Vec<usize>,
}

impl<'a> Lines<'a> {
    fn new(bytes: &'a [u8]) -> Self {
        let ends = each_line(bytes).map(|line| line.bytes());
        // Counted first, so that no room is taken that is not needed.
        let mut starts = Vec::with_capacity(each_line(bytes).count());
        starts.extend(ends.scan(0, |start, length| Some(std::mem::replace(start, *start + length))));
        Self { bytes, starts }
    }

    fn len(&self) -> usize {
        self.starts.len()
    }

    fn get(&self, index: usize) -> Option<Line<'a>> {
        let line = each_line(&self.bytes[*self.starts.get(index)?..]).next()?;
        Some(Line { number: index as u32 + 1, ..line })
    }

    fn from(&self, index: usize) -> impl Iterator<Item = Line<'a>> {
        let start = self.starts.get(index).copied().unwrap_or(self.bytes.len());
        (index as u32 + 1..).zip(each_line(&self.bytes[start..])).map(|(number, line)| Line { number, ..line })
    }

    /// Bytes from the first to the last of some lines, line ends included.
    fn bytes(&self, first: usize, last: usize) -> usize {
        let end = |index: usize| self.starts.get(index).copied().unwrap_or(self.bytes.len());
        end(last + 1) - end(first)
    }
}

/// All lines in order, numbered 1.
fn each_line(bytes: &[u8]) -> impl Iterator<Item = Line<'_>> {
    let mut rest = bytes;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let stop = memchr::memchr2(b'\n', b'\r', rest);
        let (text, end) = match stop {
            None => (rest, LineEnd::None),
            Some(stop) => {
                let end = match rest[stop..] {
                    [b'\n', ..] => LineEnd::Lf,
                    [_, b'\n', ..] => LineEnd::CrLf,
                    _ => LineEnd::Cr,
                };
                (&rest[..stop], end)
            }
        };
        let line = Line { number: 1, text, end };
        rest = &rest[line.bytes()..];
        Some(line)
    })
}

enum Boundary<'a> {
    Begin {
        label: &'a [u8],
        indented: bool,
    },
    End {
        label: &'a [u8],
        indented: bool,
    },
    /// END of one block and BEGIN of the next on one line.
    Glued {
        end: &'a [u8],
        begin: &'a [u8],
    },
}

impl<'a> Boundary<'a> {
    fn read(line: &'a [u8]) -> Option<Self> {
        let trimmed = line.trim_ascii();
        let indented = line.first().is_some_and(u8::is_ascii_whitespace);
        if let Some(label) = armour(trimmed, b"-----BEGIN ") {
            return Some(Self::Begin { label, indented });
        }
        if let Some(label) = armour(trimmed, b"-----END ") {
            return Some(Self::End { label, indented });
        }
        let rest = trimmed.strip_prefix(b"-----END ")?;
        let split = find(rest, b"-----")?;
        let begin = rest[split + 5..].trim_ascii_start();
        Some(Self::Glued { end: &rest[..split], begin: armour(begin, b"-----BEGIN ")? })
    }
}

/// The label between `prefix` and the closing dashes, if that is all there is on the line.
fn armour<'a>(line: &'a [u8], prefix: &[u8]) -> Option<&'a [u8]> {
    let label = line.strip_prefix(prefix)?.strip_suffix(b"-----")?;
    (find(label, b"--").is_none()).then_some(label)
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    memchr::memmem::find(haystack, needle)
}

fn reads_like_boundary(line: &[u8]) -> bool {
    // Typographic dashes, four dashes, data behind the dashes: what copying through a chat or a mail leaves.
    let upper = line.to_ascii_uppercase();
    (find(&upper, b"BEGIN ").is_some() || find(&upper, b"END ").is_some())
        && (find(&upper, b"--").is_some()
            || find(&upper, "—".as_bytes()).is_some()
            || find(&upper, "–".as_bytes()).is_some())
}

fn segment(lines: &Lines<'_>) -> (Vec<Segment>, Option<u32>) {
    let mut segments = Vec::new();
    let mut next = 0;
    while let Some(line) = lines.get(next) {
        if segments.len() >= MOST_SEGMENTS {
            let last = lines.len() - 1;
            segments.push(Segment::Text(Text {
                first_line: line.number,
                last_line: lines.len() as u32,
                bytes: lines.bytes(next, last),
                mangled_boundary: None,
            }));
            return (segments, Some(line.number));
        }
        match Boundary::read(line.text) {
            Some(Boundary::Begin { label, indented }) => {
                next = read_blocks(lines, next, label, indented, &mut segments);
            }
            _ if line.is_blank() => {
                let last = run(lines, next, |line| line.is_blank());
                segments.push(Segment::Blank { first_line: line.number, last_line: last as u32 + 1 });
                next = last + 1;
            }
            _ => {
                let is_text = |line: &Line<'_>| {
                    !line.is_blank() && !matches!(Boundary::read(line.text), Some(Boundary::Begin { .. }))
                };
                let last = run(lines, next, is_text);
                let mut text = lines.from(next).take(last + 1 - next);
                segments.push(Segment::Text(Text {
                    first_line: line.number,
                    last_line: last as u32 + 1,
                    bytes: lines.bytes(next, last),
                    mangled_boundary: text.find(|line| reads_like_boundary(line.text)).map(|line| line.number),
                }));
                next = last + 1;
            }
        }
    }
    (segments, None)
}

/// Index of the last line from `start` on for which `belongs` holds without a break; `start` belongs.
fn run(lines: &Lines<'_>, start: usize, belongs: impl Fn(&Line<'_>) -> bool) -> usize {
    start + lines.from(start + 1).take_while(belongs).count()
}

/// Reads the block whose BEGIN is line `begin`, and those glued to its end. Returns the index of the next unread line.
fn read_blocks(lines: &Lines<'_>, begin: usize, label: &[u8], indented: bool, segments: &mut Vec<Segment>) -> usize {
    let mut draft = Draft::new(lines, begin, label);
    if indented {
        draft.faults.push(BlockFault::Indented { line: begin as u32 + 1 });
    }
    let mut next = begin + 1;
    while let Some(line) = lines.get(next) {
        match Boundary::read(line.text) {
            Some(Boundary::Begin { .. }) => {
                segments.push(draft.unended(next - 1));
                return next;
            }
            Some(Boundary::End { label, indented }) => {
                if indented {
                    draft.faults.push(BlockFault::Indented { line: line.number });
                }
                segments.push(draft.ended(next, label));
                return next + 1;
            }
            Some(Boundary::Glued { end, begin }) => {
                draft.faults.push(BlockFault::Glued { line: line.number });
                segments.push(draft.ended(next, end));
                draft = Draft::new(lines, next, begin);
                draft.faults.push(BlockFault::Glued { line: line.number });
                if segments.len() >= MOST_SEGMENTS {
                    segments.push(draft.unended(next));
                    return next + 1;
                }
            }
            None => draft.body.end = next + 1,
        }
        next += 1;
    }
    segments.push(draft.unended(lines.len() - 1));
    lines.len()
}

/// Header names of one block that are kept; the traditional key formats have two.
const MOST_HEADERS: usize = 16;

struct Draft<'a> {
    lines: &'a Lines<'a>,
    begin: usize,
    /// As written, to hold END against.
    written: &'a [u8],
    label: String,
    /// Indices of the lines between the boundaries.
    body: Range<usize>,
    faults: Vec<BlockFault>,
}

impl<'a> Draft<'a> {
    fn new(lines: &'a Lines<'a>, begin: usize, label: &'a [u8]) -> Self {
        let body = begin + 1..begin + 1;
        Self { lines, begin, written: label, label: printable_label(label), body, faults: Vec::new() }
    }

    fn ended(mut self, end: usize, end_label: &[u8]) -> Segment {
        if end_label != self.written {
            self.faults.push(BlockFault::EndMismatched { line: end as u32 + 1 });
        }
        let (headers, body) = self.split_headers();
        let der = self.decode(body);
        self.finish(end, headers, der)
    }

    fn unended(mut self, last: usize) -> Segment {
        self.faults.push(BlockFault::EndMissing);
        let (headers, _) = self.split_headers();
        self.finish(last, headers, None)
    }

    /// Header names, and the lines behind the blank line that ends them.
    fn split_headers(&self) -> (Vec<String>, Range<usize>) {
        // A boundary with something behind it is no header, whatever is in that something.
        fn name(line: Line<'_>) -> Option<String> {
            let colon = line.text.iter().position(|byte| *byte == b':').filter(|_| !line.text.starts_with(b"-----"))?;
            Some(printable_label(line.text[..colon].trim_ascii()))
        }
        // Like Go: headers are the first lines with a colon, and a blank line behind them is not needed.
        let mut names: Vec<_> = self.lines.from(self.body.start).take(self.body.len()).map_while(name).collect();
        let body = self.body.start + names.len()..self.body.end;
        names.truncate(MOST_HEADERS);
        (names, body)
    }

    fn decode(&mut self, body: Range<usize>) -> Option<Body> {
        let mut base64 = Vec::new();
        for line in self.lines.from(body.start).take(body.len()) {
            // Nearly every line is nothing but base64.
            if line.text.iter().all(|byte| is_base64(*byte)) {
                base64.extend_from_slice(line.text);
                continue;
            }
            // Go drops spaces and tabs wherever they stand.
            let text = line.text.iter().filter(|byte| !byte.is_ascii_whitespace());
            let before = base64.len();
            base64.extend(text);
            if let Some(byte) = base64[before..].iter().find(|byte| !is_base64(**byte)) {
                self.faults.push(BlockFault::NotBase64 { line: line.number, byte: *byte });
                return None;
            }
        }
        if base64.is_empty() {
            self.faults.push(BlockFault::Empty);
            return None;
        }
        match STANDARD.decode(&base64) {
            Ok(der) => Some(Body(der)),
            Err(_) => {
                let line = if body.is_empty() { self.begin } else { body.end - 1 } as u32 + 1;
                self.faults.push(BlockFault::Truncated { line });
                None
            }
        }
    }

    fn finish(self, last: usize, headers: Vec<String>, der: Option<Body>) -> Segment {
        let quote = if self.label == "CERTIFICATE" { self.quote(last) } else { Vec::new() };
        Segment::Block(Block {
            first_line: self.begin as u32 + 1,
            last_line: last as u32 + 1,
            bytes: self.lines.bytes(self.begin, last),
            label: self.label,
            headers,
            faults: self.faults,
            der,
            quote,
        })
    }

    /// Boundaries are rebuilt from their parts, so that nothing else on their line is ever shown.
    fn quote(&self, last: usize) -> Vec<(u32, String)> {
        let mut quote = vec![(self.begin as u32 + 1, format!("-----BEGIN {}-----", self.label))];
        if let Some(line) = self.lines.get(self.body.start).filter(|_| !self.body.is_empty()) {
            let text = line.text.trim_ascii();
            if !text.is_empty() && text.len() <= 76 && text.iter().all(|byte| is_base64(*byte)) {
                quote.push((line.number, String::from_utf8_lossy(text).into_owned()));
            }
        }
        if !self.faults.contains(&BlockFault::EndMissing) {
            quote.push((last as u32 + 1, format!("-----END {}-----", self.label)));
        }
        quote
    }
}

fn is_base64(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=')
}

/// Labels and header names of the trade are shown; anything else could be somebody's text.
fn printable_label(label: &[u8]) -> String {
    match std::str::from_utf8(label) {
        Ok(known) if LABELS.contains(&known) || HEADERS.contains(&known) => known.to_owned(),
        // That it calls itself a key still counts.
        Ok(key) if key.ends_with(" PRIVATE KEY") => format!("{UNRECOGNISED} PRIVATE KEY"),
        _ => UNRECOGNISED.to_owned(),
    }
}

const UNRECOGNISED: &str = "(unrecognised)";

/// RFC 7468, RFC 1421, and what OpenSSL, OpenSSH, GnuPG, Java, age and their like write.
const LABELS: [&str; 40] = [
    "CERTIFICATE",
    "X509 CERTIFICATE",
    "X.509 CERTIFICATE",
    "TRUSTED CERTIFICATE",
    "ATTRIBUTE CERTIFICATE",
    "CERTIFICATE CHAIN",
    "CERTIFICATE REQUEST",
    "NEW CERTIFICATE REQUEST",
    "X509 CRL",
    "CRL",
    "PKCS7",
    "PKCS #7 SIGNED DATA",
    "CMS",
    "PKCS12",
    "PRIVATE KEY",
    "ENCRYPTED PRIVATE KEY",
    "RSA PRIVATE KEY",
    "EC PRIVATE KEY",
    "DSA PRIVATE KEY",
    "ANY PRIVATE KEY",
    "ED25519 PRIVATE KEY",
    "OPENSSH PRIVATE KEY",
    "SSH2 ENCRYPTED PRIVATE KEY",
    "PGP PRIVATE KEY BLOCK",
    "TSS2 PRIVATE KEY",
    "PUBLIC KEY",
    "RSA PUBLIC KEY",
    "DSA PUBLIC KEY",
    "EC PUBLIC KEY",
    "SSH2 PUBLIC KEY",
    "PGP PUBLIC KEY BLOCK",
    "EC PARAMETERS",
    "DH PARAMETERS",
    "X9.42 DH PARAMETERS",
    "DSA PARAMETERS",
    "PGP MESSAGE",
    "PGP SIGNATURE",
    "PGP SIGNED MESSAGE",
    "SSL SESSION PARAMETERS",
    "AGE ENCRYPTED FILE",
];

/// What says that a key is encrypted.
const HEADERS: [&str; 2] = ["Proc-Type", "DEK-Info"];

fn sniff(bytes: &[u8]) -> Container {
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Container::Empty;
    }
    // An archive may hold PEM, and is none; so may JSON.
    if bytes.get(257..262) == Some(b"ustar") {
        return Container::Tar;
    }
    let has_block = || each_line(bytes).any(|line| line.text.starts_with(b"-----BEGIN "));
    if matches!(bytes.trim_ascii_start(), [b'{' | b'[', ..]) && !has_block() {
        return Container::Json;
    }
    if find(bytes, b"-----BEGIN ").is_some() {
        let escaped = find(bytes, b"-----\\n").is_some() || find(bytes, b"-----\\r\\n").is_some();
        let has_boundary = || each_line(bytes).any(|line| Boundary::read(line.text).is_some());
        return if escaped && !has_boundary() { Container::EscapedPem } else { Container::Pem };
    }
    if bytes.starts_with(b"\xFF\xFE") || bytes.starts_with(b"\xFE\xFF") {
        return Container::Utf16;
    }
    // "LS0tLS1CRUdJTi" is "-----BEGIN" in base64.
    if bytes.trim_ascii_start().starts_with(b"LS0tLS1CRUdJTi") {
        return Container::Base64Pem;
    }
    if bytes.starts_with(b"\xFE\xED\xFE\xED") || bytes.starts_with(b"\xCE\xCE\xCE\xCE") {
        return Container::Jks;
    }
    if bytes.starts_with(b"PK\x03\x04") {
        return Container::Zip;
    }
    if bytes.starts_with(b"\x1F\x8B") {
        return Container::Gzip;
    }
    sniff_der(bytes).unwrap_or_else(|| {
        // Boundaries that lost their dashes still deserve a line number.
        if each_line(bytes).any(|line| reads_like_boundary(line.text)) { Container::Pem } else { Container::Unknown }
    })
}

fn sniff_der(bytes: &[u8]) -> Option<Container> {
    const SIGNED_DATA: &[u8] = b"\x06\x09\x2A\x86\x48\x86\xF7\x0D\x01\x07\x02";
    let body = sequence_body(bytes)?;
    if body.starts_with(SIGNED_DATA) {
        return Some(Container::Pkcs7);
    }
    if body.starts_with(b"\x02\x01\x03\x30") {
        return Some(Container::Pkcs12);
    }
    // A key begins with its version, a certificate with its body.
    let key = body.starts_with(b"\x02\x01\x00") || body.starts_with(b"\x02\x01\x01");
    (key || sequence_body(body).is_some()).then_some(Container::Der)
}

/// What a bare DER element would be labelled as in PEM.
pub(super) fn der_label(element: &[u8]) -> &'static str {
    match sequence_body(element) {
        Some([0x02, ..]) => "PRIVATE KEY",
        _ => "CERTIFICATE",
    }
}

/// Bytes of the SEQUENCE at the start, header included; none where it has no definite length or is not complete.
pub(super) fn der_length(bytes: &[u8]) -> Option<usize> {
    let (0x30, length) = (*bytes.first()?, *bytes.get(1)?) else { return None };
    let (header, length) = match length {
        0..=0x7F => (2, usize::from(length)),
        0x81..=0x84 => {
            let count = usize::from(length & 0x7F);
            let number = bytes.get(2..2 + count)?.iter().fold(0_usize, |sum, byte| (sum << 8) | usize::from(*byte));
            (2 + count, number)
        }
        _ => return None,
    };
    Some(header + length).filter(|total| *total <= bytes.len())
}

/// What follows the header of a SEQUENCE, whether or not it is complete.
fn sequence_body(bytes: &[u8]) -> Option<&[u8]> {
    let (0x30, length) = (*bytes.first()?, *bytes.get(1)?) else { return None };
    match length {
        0..=0x80 => bytes.get(2..),
        0x81..=0x84 => bytes.get(2 + usize::from(length & 0x7F)..),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(text: &str) -> Vec<Vec<BlockFault>> {
        let blocks = scan(text.as_bytes()).segments.into_iter().filter_map(|segment| match segment {
            Segment::Block(block) => Some(block.faults),
            _ => None,
        });
        blocks.collect()
    }

    #[test]
    fn a_second_begin_that_is_indented_is_still_a_block() {
        let text = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n -----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n";
        assert_eq!(faults(text), [vec![], vec![BlockFault::Indented { line: 4 }]]);
    }

    #[test]
    fn glued_blocks_are_both_read() {
        let text = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE----------BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n";
        let glued = BlockFault::Glued { line: 3 };
        assert_eq!(faults(text), [vec![glued.clone()], vec![glued]]);
    }

    #[test]
    fn a_block_without_end_stops_at_the_next_begin() {
        let text = "-----BEGIN CERTIFICATE-----\nMIIB\n-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n";
        assert_eq!(faults(text), [vec![BlockFault::EndMissing], vec![]]);
    }

    #[test]
    fn a_byte_that_is_not_base64_is_named_with_its_line() {
        let text = "-----BEGIN CERTIFICATE-----\nMIIB\nM\u{a0}IB\n-----END CERTIFICATE-----\n";
        assert_eq!(faults(text), [vec![BlockFault::NotBase64 { line: 3, byte: 0xC2 }]]);
    }

    #[test]
    fn a_label_that_nobody_uses_could_be_text_and_is_not_kept() {
        let label = |label: &str| {
            let scan = scan(encode(label, b"0").as_bytes());
            let [Segment::Block(block)] = &scan.segments[..] else { panic!("one block, got {:?}", scan.segments) };
            block.label.clone()
        };
        assert_eq!(label("X509 CRL"), "X509 CRL");
        assert_eq!(label("HUNTER2"), "(unrecognised)");
        assert_eq!(label("HUNTER2 PRIVATE KEY"), "(unrecognised) PRIVATE KEY");
    }

    #[test]
    fn labels_that_differ_are_told_apart_even_when_neither_is_known() {
        let text = "-----BEGIN ONE-----\nMIIB\n-----END TWO-----\n";
        assert_eq!(faults(text), [vec![BlockFault::EndMismatched { line: 3 }]]);
    }

    #[test]
    fn headers_are_kept_by_name_only() {
        let text = "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\nMIIB\n-----END RSA PRIVATE KEY-----\n";
        let scan = scan(text.as_bytes());
        let [Segment::Block(block)] = &scan.segments[..] else { panic!("one block, got {:?}", scan.segments) };
        assert_eq!(block.headers, ["Proc-Type", "DEK-Info"]);
        assert!(block.quote.is_empty());
    }
}
