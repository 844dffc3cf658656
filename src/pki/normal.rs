//! The normal form of a bundle: its certificates and nothing else, each once, each before its issuer.

use std::sync::Arc;

use time::OffsetDateTime;

use super::bundle::{Bundle, Content, Entry};
use super::certificate::Certificate;
use super::pem::{self, Segment};
use crate::report::plural;

/// A bundle in normal form, and what was done to get there.
#[derive(Debug)]
pub struct Normal {
    pub certificates: Vec<Arc<Certificate>>,
    /// PEM, as Go's encoder and so Terraform's provider writes it.
    pub pem: String,
    pub changes: Vec<Change>,
    /// Blocks that should be certificates and cannot be read. They are not in the normal form.
    pub lost: Vec<Lost>,
}

/// Something that was taken out or put elsewhere, with its lines in the original.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    pub first_line: u32,
    pub last_line: u32,
    pub what: String,
}

/// A block that is lost, with its lines in the original.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lost {
    pub first_line: u32,
    pub last_line: u32,
}

/// Brings a bundle into normal form. With a time, certificates that have expired then are dropped as well.
pub fn normalise(bundle: &Bundle, drop_expired_at: Option<OffsetDateTime>) -> Normal {
    let mut normal = Normal { certificates: Vec::new(), pem: String::new(), changes: Vec::new(), lost: Vec::new() };
    let mut entries = bundle.entries.iter();
    for segment in &bundle.scan.segments {
        match segment {
            Segment::Block(_) => {
                if let Some(entry) = entries.next() {
                    normal.take(entry, drop_expired_at);
                }
            }
            // A boundary that nobody recognises may have a certificate behind it.
            Segment::Text(text)
                if bundle.scan.unread_from == Some(text.first_line) || text.mangled_boundary.is_some() =>
            {
                normal.lost.push(Lost { first_line: text.first_line, last_line: text.last_line });
            }
            Segment::Text(text) => {
                normal.changed(text.first_line, text.last_line, format!("{} bytes of text dropped", text.bytes));
            }
            Segment::Blank { .. } => {}
        }
    }
    let last = bundle.scan.line_count.max(1);
    if bundle.scan.byte_order_mark {
        normal.changed(1, 1, "byte order mark dropped".to_owned());
    }
    let ends = bundle.scan.line_ends;
    if ends.crlf + ends.lone_cr > 0 {
        normal.changed(1, last, format!("{} line ends written as line feeds", ends.crlf + ends.lone_cr));
    }
    let ordered = issuers_last(&normal.certificates);
    if ordered != normal.certificates {
        normal.changed(1, last, "certificates ordered, each before its issuer".to_owned());
        normal.certificates = ordered;
    }
    let ders: Vec<_> = normal.certificates.iter().map(|certificate| certificate.der().to_vec()).collect();
    normal.pem = pem::encode_certificates(&ders);
    normal
}

impl Normal {
    fn take(&mut self, entry: &Entry, drop_expired_at: Option<OffsetDateTime>) {
        let (first_line, last_line) = (entry.block.first_line, entry.block.last_line);
        let dropped = match &entry.content {
            Content::Certificate(certificate) => {
                if self.certificates.iter().any(|other| other.der() == certificate.der()) {
                    "duplicate certificate dropped".to_owned()
                } else if drop_expired_at.is_some_and(|at| at > certificate.not_after) {
                    format!("expired certificate `{}` dropped", certificate.subject)
                } else {
                    self.certificates.push(certificate.clone());
                    if entry.block.label != "CERTIFICATE" {
                        self.changed(first_line, last_line, format!("{} relabelled as CERTIFICATE", entry.block.label));
                    }
                    if !entry.block.headers.is_empty() {
                        let headers = plural(entry.block.headers.len(), "header");
                        self.changed(first_line, last_line, format!("{headers} dropped"));
                    }
                    for fault in &entry.block.faults {
                        self.changed(first_line, last_line, format!("boundary mended: {fault}"));
                    }
                    return;
                }
            }
            Content::Unreadable(_) | Content::Damaged => {
                self.lost.push(Lost { first_line, last_line });
                return;
            }
            Content::PrivateKey { .. } => "private key dropped".to_owned(),
            Content::Foreign => format!("{} block dropped", entry.block.label),
        };
        self.changed(first_line, last_line, dropped);
    }

    fn changed(&mut self, first_line: u32, last_line: u32, what: String) {
        self.changes.push(Change { first_line, last_line, what });
    }
}

/// Stable: certificates move only as far as they must. Cross-signed pairs, which have no such order, stay as they are.
fn issuers_last(certificates: &[Arc<Certificate>]) -> Vec<Arc<Certificate>> {
    // Everything is held against everything; a bundle has 16 certificates, and what has hundreds is none.
    const MOST_ORDERED: usize = 256;
    if certificates.len() > MOST_ORDERED {
        return certificates.to_vec();
    }
    let mut left: Vec<_> = certificates.to_vec();
    let mut ordered = Vec::new();
    while !left.is_empty() {
        let issues_none_left = |candidate: &Arc<Certificate>| {
            let below = |other: &Arc<Certificate>| {
                other.der() != candidate.der()
                    && !other.is_self_issued()
                    && other.issuer.der() == candidate.subject.der()
            };
            !left.iter().any(below)
        };
        let next = left.iter().position(issues_none_left).unwrap_or(0);
        ordered.push(left.remove(next));
    }
    ordered
}
