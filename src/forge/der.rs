//! DER as a tree that can be edited, and the few elements that the mint writes itself.

/// One DER element.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    pub tag: u8,
    pub content: Content,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    Primitive(Vec<u8>),
    Constructed(Vec<Node>),
}

pub const BOOLEAN: u8 = 0x01;
pub const INTEGER: u8 = 0x02;
pub const BIT_STRING: u8 = 0x03;
pub const OCTET_STRING: u8 = 0x04;
pub const NULL: u8 = 0x05;
pub const OID: u8 = 0x06;
pub const SEQUENCE: u8 = 0x30;
pub const SET: u8 = 0x31;

impl Node {
    pub fn primitive(tag: u8, content: impl Into<Vec<u8>>) -> Self {
        Self { tag, content: Content::Primitive(content.into()) }
    }

    pub fn constructed(tag: u8, children: Vec<Self>) -> Self {
        Self { tag, content: Content::Constructed(children) }
    }

    pub fn sequence(children: Vec<Self>) -> Self {
        Self::constructed(SEQUENCE, children)
    }

    /// A BIT STRING without unused bits.
    pub fn bit_string(bits: &[u8]) -> Self {
        Self::primitive(BIT_STRING, [&[0], bits].concat())
    }

    /// An object identifier from its dotted form; only for the constants of this room.
    pub fn oid(dotted: &str) -> Self {
        Self::primitive(OID, oid(dotted))
    }

    /// Reads one element; None when the bytes are no DER of single-byte tags or something follows.
    pub fn read(bytes: &[u8]) -> Option<Self> {
        let (node, rest) = read(bytes)?;
        rest.is_empty().then_some(node)
    }

    pub fn write(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(self.size());
        self.write_to(&mut out);
        out
    }

    fn write_to(&self, out: &mut Vec<u8>) {
        out.push(self.tag);
        write_length(self.content_size(), out);
        match &self.content {
            Content::Primitive(bytes) => out.extend_from_slice(bytes),
            Content::Constructed(children) => children.iter().for_each(|child| child.write_to(out)),
        }
    }

    /// Octets of the whole element.
    fn size(&self) -> usize {
        let content = self.content_size();
        content + if content < 0x80 { 2 } else { 2 + significant_octets(content) }
    }

    fn content_size(&self) -> usize {
        match &self.content {
            Content::Primitive(bytes) => bytes.len(),
            Content::Constructed(children) => children.iter().map(Self::size).sum(),
        }
    }

    /// The children of a constructed element; none of a primitive one.
    pub fn children(&mut self) -> &mut Vec<Self> {
        if let Content::Primitive(_) = self.content {
            self.content = Content::Constructed(Vec::new());
        }
        match &mut self.content {
            Content::Constructed(children) => children,
            Content::Primitive(_) => unreachable!("made constructed above"),
        }
    }
}

fn read(bytes: &[u8]) -> Option<(Node, &[u8])> {
    let tag = *bytes.first()?;
    let short = usize::from(*bytes.get(1)?);
    let (header, length) = match short {
        0..=0x7F => (2, short),
        0x81..=0x84 => {
            let header = 2 + (short & 0x7F);
            let length = bytes.get(2..header)?.iter().fold(0, |length, byte| length << 8 | usize::from(*byte));
            (header, length)
        }
        _ => return None,
    };
    let content = bytes.get(header..header.checked_add(length)?)?;
    let rest = &bytes[header + length..];
    if tag & 0x20 == 0 {
        return Some((Node::primitive(tag, content), rest));
    }
    let mut children = Vec::new();
    let mut left = content;
    while !left.is_empty() {
        let (child, rest) = read(left)?;
        children.push(child);
        left = rest;
    }
    Some((Node::constructed(tag, children), rest))
}

fn write_length(length: usize, out: &mut Vec<u8>) {
    if length < 0x80 {
        out.push(length as u8);
        return;
    }
    let octets = significant_octets(length);
    out.push(0x80 | octets as u8);
    out.extend_from_slice(&length.to_be_bytes()[size_of::<usize>() - octets..]);
}

fn significant_octets(length: usize) -> usize {
    size_of::<usize>() - length.leading_zeros() as usize / 8
}

fn oid(dotted: &str) -> Vec<u8> {
    let mut arcs = dotted.split('.').map(|arc| arc.parse::<u64>().unwrap_or(0));
    let first = arcs.next().unwrap_or(0) * 40 + arcs.next().unwrap_or(0);
    let mut out = Vec::new();
    for arc in std::iter::once(first).chain(arcs) {
        let mut groups = vec![(arc & 0x7F) as u8];
        let mut rest = arc >> 7;
        while rest > 0 {
            groups.push((rest & 0x7F) as u8 | 0x80);
            rest >>= 7;
        }
        out.extend(groups.into_iter().rev());
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_read_is_written_back_byte_for_byte() {
        let der = Node::sequence(vec![
            Node::oid("1.2.840.10045.4.3.2"),
            Node::bit_string(&[7; 300]),
            Node::sequence(vec![Node::primitive(NULL, [])]),
        ])
        .write();
        assert_eq!(Node::read(&der).unwrap().write(), der);
        assert_eq!(&der[4..14], [0x06, 0x08, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x04, 0x03, 0x02]);
    }

    #[test]
    fn what_follows_the_element_is_not_swallowed() {
        assert_eq!(Node::read(&[0x05, 0x00, 0x00]), None);
    }
}
