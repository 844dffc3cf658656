//! All blocks of one file in order, readable or not, each with its line range.

use std::sync::Arc;

use super::certificate::{Certificate, CertificateError};
use super::pem::{Block, Container, Scan, Segment};
use super::source::Carried;
use super::wrapping::{self, Unwrapped};
use crate::report::{Place, QuotedLine, plural};

/// One file that should hold certificates.
#[derive(Debug, Clone)]
pub struct Bundle {
    /// As the user wrote it; "-" is standard input.
    pub path: Arc<str>,
    /// Set where the certificates stand in a document, or where the file is wrapped in something.
    pub carried: Option<Carried>,
    /// Bytes of the PEM as it stands, which is what gets uploaded.
    pub size: usize,
    pub scan: Scan,
    pub entries: Vec<Entry>,
}

/// One block and what is in it.
#[derive(Debug, Clone)]
pub struct Entry {
    /// 1-based position among all blocks of the file.
    pub index: usize,
    pub block: Block,
    pub content: Content,
}

#[derive(Debug, Clone)]
pub enum Content {
    Certificate(Arc<Certificate>),
    /// Labelled CERTIFICATE, but its bytes are none.
    Unreadable(CertificateError),
    /// Labelled CERTIFICATE, but its armour could not be decoded.
    Damaged,
    PrivateKey {
        encrypted: bool,
    },
    /// Another label: CERTIFICATE REQUEST, TRUSTED CERTIFICATE, PKCS7, …
    Foreign,
}

impl Bundle {
    pub fn read(path: impl Into<Arc<str>>, bytes: &[u8]) -> Self {
        Self::read_carried(path, bytes, None)
    }

    /// Reads what a document carries; `bytes` are the value, decoded as the document wants it.
    pub fn read_carried(path: impl Into<Arc<str>>, bytes: &[u8], carried: Option<&Carried>) -> Self {
        let Unwrapped { scan, lines, size } = wrapping::read(bytes);
        let carried = match (carried, lines) {
            (None, None) => None,
            (None, Some(lines)) => Some(Carried { lines, ..Carried::default() }),
            (Some(carried), None) => Some(carried.clone()),
            (Some(carried), Some(lines)) => Some(Carried { lines: lines.inside(&carried.lines), ..carried.clone() }),
        };
        let blocks = scan.segments.iter().filter_map(|segment| match segment {
            Segment::Block(block) => Some(block.clone()),
            Segment::Text(_) | Segment::Blank { .. } => None,
        });
        let entries =
            blocks.enumerate().map(|(position, block)| Entry { index: position + 1, content: content(&block), block });
        Self { path: path.into(), carried, size, entries: entries.collect(), scan }
    }

    pub fn is_pem(&self) -> bool {
        self.scan.container == Container::Pem
    }

    /// Whether blocks could be read, in whatever wrapping they stand.
    pub fn holds_blocks(&self) -> bool {
        self.scan.container.holds_blocks()
    }

    /// The certificates that could be read, with their entries.
    pub fn certificates(&self) -> impl Iterator<Item = (&Entry, &Arc<Certificate>)> {
        self.entries.iter().filter_map(|entry| Some((entry, entry.certificate()?)))
    }

    /// The whole file as a place, with nothing quoted.
    pub fn whole(&self) -> Place {
        self.at(1, self.scan.line_count.max(1), Vec::new())
    }

    /// A line range of the text, with a description in place of it.
    pub fn lines(&self, first_line: u32, last_line: u32, description: impl Into<String>) -> Place {
        let description = description.into();
        let text = match self.in_step(first_line, last_line) {
            true => format!("({description}, not shown)"),
            false => format!("({description}; lines {first_line}-{last_line} of the decoded text, not shown)"),
        };
        let number = self.locate(first_line, last_line).0;
        self.at(first_line, last_line, vec![QuotedLine { number, text }])
    }

    /// The lines of the file on which lines of the text stand.
    pub fn locate(&self, first_line: u32, last_line: u32) -> (u32, u32) {
        self.carried.as_ref().map_or((first_line, last_line), |carried| carried.lines.locate(first_line, last_line))
    }

    /// A line of the text in words: "line 7", or "line 3 of the decoded text" where the file has no such line.
    pub fn line(&self, line: u32) -> String {
        match self.in_step(line, line) {
            true => format!("line {}", self.locate(line, line).0),
            false => format!("line {line} of the decoded text"),
        }
    }

    fn in_step(&self, first_line: u32, last_line: u32) -> bool {
        self.carried.as_ref().is_none_or(|carried| carried.lines.in_step(first_line, last_line))
    }

    /// Lines of the text as a place in the file. The quote has the numbers of the file already.
    fn at(&self, first_line: u32, last_line: u32, quote: Vec<QuotedLine>) -> Place {
        let (first_line, last_line) = self.locate(first_line, last_line);
        let member = self.carried.as_ref().and_then(|carried| carried.member.clone());
        Place { path: self.path.clone(), member, first_line, last_line, quote }
    }

    /// A block. Of certificates the boundaries and the first line are quoted, of all others their description.
    pub fn place(&self, entry: &Entry) -> Place {
        let block = &entry.block;
        let quoted: Vec<_> = match entry.content {
            Content::Certificate(_) => block.quote.clone(),
            // What cannot be read could be anything: its body stays unquoted.
            Content::Unreadable(_) | Content::Damaged => {
                block.quote.iter().filter(|(_, text)| text.starts_with("-----")).cloned().collect()
            }
            Content::PrivateKey { .. } | Content::Foreign => Vec::new(),
        };
        if quoted.is_empty() || !self.in_step(block.first_line, block.last_line) {
            return self.lines(block.first_line, block.last_line, entry.description());
        }
        let quote = quoted.into_iter().map(|(line, text)| QuotedLine { number: self.locate(line, line).0, text });
        self.at(block.first_line, block.last_line, quote.collect())
    }
}

impl Entry {
    /// "PRIVATE KEY block, 5 lines, 241 bytes".
    pub fn description(&self) -> String {
        let block = &self.block;
        let lines = plural((block.last_line - block.first_line + 1) as usize, "line");
        format!("{} block, {lines}, {} bytes", block.label, block.bytes)
    }

    pub fn certificate(&self) -> Option<&Arc<Certificate>> {
        match &self.content {
            Content::Certificate(certificate) => Some(certificate),
            _ => None,
        }
    }
}

fn content(block: &Block) -> Content {
    match block.label.as_str() {
        // The second is what old tools write for the same thing.
        "CERTIFICATE" | "X509 CERTIFICATE" => match &block.der {
            None => Content::Damaged,
            Some(der) => Certificate::read(der).map_or_else(Content::Unreadable, Content::Certificate),
        },
        label if label.ends_with("PRIVATE KEY") => Content::PrivateKey { encrypted: is_encrypted(block) },
        _ => Content::Foreign,
    }
}

/// PKCS#8 says it in the label, the traditional formats in a header.
pub(super) fn is_encrypted(block: &Block) -> bool {
    block.label == "ENCRYPTED PRIVATE KEY" || block.headers.iter().any(|name| name == "DEK-Info" || name == "Proc-Type")
}
