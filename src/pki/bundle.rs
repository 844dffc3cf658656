//! All blocks of one file in order, readable or not, each with its line range.

use std::sync::Arc;

use super::certificate::{Certificate, CertificateError};
use super::pem::{self, Block, Container, Scan, Segment};
use crate::report::{Place, QuotedLine};

/// One file that should hold certificates.
#[derive(Debug, Clone)]
pub struct Bundle {
    /// As the user wrote it; "-" is standard input.
    pub path: Arc<str>,
    /// Bytes of the file as it stands, which is what gets uploaded.
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
        let scan = pem::scan(bytes);
        let blocks = scan.segments.iter().filter_map(|segment| match segment {
            Segment::Block(block) => Some(block.clone()),
            Segment::Text(_) | Segment::Blank { .. } => None,
        });
        let entries =
            blocks.enumerate().map(|(position, block)| Entry { index: position + 1, content: content(&block), block });
        Self { path: path.into(), size: bytes.len(), entries: entries.collect(), scan }
    }

    pub fn is_pem(&self) -> bool {
        self.scan.container == Container::Pem
    }

    /// The certificates that could be read, with their entries.
    pub fn certificates(&self) -> impl Iterator<Item = (&Entry, &Arc<Certificate>)> {
        self.entries.iter().filter_map(|entry| Some((entry, entry.certificate()?)))
    }

    /// The whole file as a place, with nothing quoted.
    pub fn whole(&self) -> Place {
        Place { path: self.path.clone(), first_line: 1, last_line: self.scan.line_count.max(1), quote: Vec::new() }
    }

    /// A line range, with a description in place of its text.
    pub fn lines(&self, first_line: u32, last_line: u32, description: impl Into<String>) -> Place {
        let quote = vec![QuotedLine { number: first_line, text: format!("({}, not shown)", description.into()) }];
        Place { path: self.path.clone(), first_line, last_line, quote }
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
        if quoted.is_empty() {
            return self.lines(block.first_line, block.last_line, entry.description());
        }
        let quote = quoted.into_iter().map(|(number, text)| QuotedLine { number, text }).collect();
        Place { path: self.path.clone(), first_line: block.first_line, last_line: block.last_line, quote }
    }
}

impl Entry {
    /// "PRIVATE KEY block, 5 lines, 241 bytes".
    pub fn description(&self) -> String {
        let block = &self.block;
        format!("{} block, {} lines, {} bytes", block.label, block.last_line - block.first_line + 1, block.bytes)
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
        "CERTIFICATE" => match &block.der {
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
