//! What Go's PEM reader passes over in a file: text, and blocks that it does not take for blocks.

use super::go_pem::Block;
use super::{Effect, Given, Remark};
use crate::pki::pem::Segment;
use crate::pki::{Content, Entry};

/// A stretch of the file that is no block to Go.
pub struct Overlooked<'a> {
    pub lines: (u32, u32),
    pub kind: Kind<'a>,
    /// Position of the block before which it stands; none behind the last.
    pub before: Option<usize>,
}

pub enum Kind<'a> {
    Text { bytes: usize },
    Block(&'a Entry),
}

pub fn overlooked<'a>(given: &'a Given<'_>, blocks: &[Block]) -> Vec<Overlooked<'a>> {
    let begins: Vec<_> = blocks.iter().map(|block| given.lines.at(block.begin)).collect();
    let mut entries = given.bundle.entries.iter();
    let mut found = Vec::new();
    for segment in &given.bundle.scan.segments {
        let lines = segment.lines();
        let behind = begins.partition_point(|begin| *begin <= lines.0);
        let before = (behind < begins.len()).then_some(behind);
        match segment {
            Segment::Text(text) => found.push(Overlooked { lines, kind: Kind::Text { bytes: text.bytes }, before }),
            Segment::Block(_) => {
                let Some(entry) = entries.next() else { continue };
                if begins.binary_search(&lines.0).is_err() {
                    found.push(Overlooked { lines, kind: Kind::Block(entry), before });
                }
            }
            Segment::Blank { .. } => {}
        }
    }
    found
}

impl Overlooked<'_> {
    /// It stays in the bytes that are sent.
    pub fn uploaded(&self, where_to: &str) -> Remark {
        let (effect, text) = match &self.kind {
            Kind::Text { bytes } => (Effect::Uploaded, format!("text of {bytes} bytes {where_to}")),
            Kind::Block(entry) => match entry.content {
                Content::PrivateKey { .. } => (Effect::Uploaded, format!("the text of a private key {where_to}")),
                Content::Foreign => (Effect::Uploaded, format!("{} {where_to}", entry.description())),
                Content::Certificate(_) | Content::Unreadable(_) | Content::Damaged => {
                    (Effect::Lost, format!("certificate block {} is not seen as one; its text {where_to}", entry.index))
                }
            },
        };
        Remark { lines: Some(self.lines), effect, text }
    }

    /// It is left behind.
    pub fn dropped(&self, how: &str) -> Remark {
        let (effect, text) = match &self.kind {
            Kind::Text { bytes } => (Effect::Dropped, format!("text of {bytes} bytes {how}")),
            Kind::Block(entry) => match entry.content {
                Content::PrivateKey { .. } => (Effect::Dropped, format!("a private key {how}")),
                Content::Foreign => (Effect::Dropped, format!("{} {how}", entry.description())),
                Content::Certificate(_) | Content::Unreadable(_) | Content::Damaged => {
                    (Effect::Lost, format!("certificate block {} is lost: it {how}", entry.index))
                }
            },
        };
        Remark { lines: Some(self.lines), effect, text }
    }
}

/// Everything in the file that is no certificate, for those who send the file as it is.
pub fn sent_as_it_is(given: &Given<'_>) -> Vec<Remark> {
    let mut entries = given.bundle.entries.iter();
    let mut remarks = Vec::new();
    for segment in &given.bundle.scan.segments {
        let text = match segment {
            Segment::Text(text) => format!("text of {} bytes is uploaded", text.bytes),
            Segment::Block(_) => match entries.next() {
                Some(entry) => match &entry.content {
                    Content::PrivateKey { encrypted: true } => "an encrypted private key is uploaded".to_owned(),
                    Content::PrivateKey { encrypted: false } => "a private key is uploaded".to_owned(),
                    Content::Foreign => format!("{} is uploaded", entry.description()),
                    Content::Certificate(_) | Content::Unreadable(_) | Content::Damaged => continue,
                },
                None => continue,
            },
            Segment::Blank { .. } => continue,
        };
        remarks.push(Remark { lines: Some(segment.lines()), effect: Effect::Uploaded, text });
    }
    if !given.bundle.is_pem() && !given.bytes.is_empty() {
        let text = format!("{} bytes that are no PEM are uploaded", given.bytes.len());
        remarks.push(Remark { lines: None, effect: Effect::Uploaded, text });
    }
    remarks
}
