//! What tcld, the cloud CLI and the Terraform provider have in common: every PEM block goes into Go's parser at once.

use super::go_pem::{self, Block};
use super::go_x509::{self, Parsed};
use super::{Given, Says, Seen, What};

/// A file as these three read it: blocks of any label, their bytes joined, parsed as one row of certificates.
pub struct Row {
    pub blocks: Vec<Block>,
    pub parsed: Parsed,
    /// Where each block's bytes end among the joined ones.
    ends: Vec<usize>,
}

impl Row {
    pub fn read(bytes: &[u8]) -> Self {
        let blocks = go_pem::blocks(bytes);
        let joined: Vec<u8> = blocks.iter().flat_map(|block| block.der.iter().copied()).collect();
        let ends = blocks.iter().scan(0, |end, block| {
            *end += block.der.len();
            Some(*end)
        });
        Self { ends: ends.collect(), blocks, parsed: go_x509::parse_all(&joined) }
    }

    /// Bytes behind the last block.
    pub fn rest<'a>(&self, bytes: &'a [u8]) -> &'a [u8] {
        &bytes[self.blocks.last().map_or(0, |block| block.end)..]
    }

    pub fn is_empty(&self) -> bool {
        self.blocks.iter().all(|block| block.der.is_empty())
    }

    pub fn error(&self) -> Option<&Says> {
        self.parsed.error.as_ref().map(|(_, says)| says)
    }

    /// Position of the block that holds the byte at an offset of the joined bytes.
    pub fn block_of(&self, offset: usize) -> usize {
        self.ends.partition_point(|end| *end <= offset)
    }

    /// tcld and the cloud CLI pair the first certificate with the first block, and so on. A block with two certificates
    /// leaves the last without one.
    pub fn unpaired(&self) -> Option<Says> {
        let blocks = self.blocks.len();
        (self.parsed.certificates.len() > blocks)
            .then(|| Says::Begins(format!("panic: runtime error: index out of range [{blocks}] with length {blocks}")))
    }

    pub fn seen(&self, given: &Given<'_>) -> Vec<Seen> {
        let seen = |offset: usize, what| {
            let block = &self.blocks[self.block_of(offset)];
            given.seen(block.begin, block.end, what)
        };
        let certificates = self.parsed.certificates.iter();
        let mut all: Vec<_> =
            certificates.map(|(offset, found)| seen(*offset, What::Certificate(found.clone()))).collect();
        if let Some((offset, says)) = &self.parsed.error {
            all.push(seen(*offset, What::Unreadable(says.text())));
        }
        all
    }
}
