//! Edits to finished files: their armour, and the containers that people put in a bundle's place.

use crate::cloud::kit::{Bytes, File, Files};
use crate::forge::der::{self, Content, Node};
use crate::forge::recipe::bundle_json;
use crate::pki::pem::{self, encode};

/// A key in the encryption that OpenSSL used before PKCS#8: its headers, and a body that nobody decrypts.
pub(super) const OLD_ENCRYPTED_KEY: &str = "-----BEGIN RSA PRIVATE KEY-----
Proc-Type: 4,ENCRYPTED
DEK-Info: AES-256-CBC,00000000000000000000000000000000

AAAAAAAAAAAAAAAAAAAAAA==
-----END RSA PRIVATE KEY-----
";

/// Line feeds are added up to a number of bytes.
pub(super) fn filled(mut pem: Vec<u8>, bytes: usize) -> Vec<u8> {
    pem.resize(bytes.max(pem.len()), b'\n');
    pem
}

pub(super) fn named(path: &str, file: File) -> File {
    File { path: path.into(), ..file }
}

pub(super) fn bundle(files: &mut Files, change: impl FnOnce(Vec<u8>) -> Vec<u8>) {
    if let Some(file) = &mut files.bundle {
        file.bytes = Bytes(change(std::mem::take(&mut file.bytes.0)));
    }
}

pub(super) fn bundle_text(files: &mut Files, change: impl FnOnce(String) -> String) {
    bundle(files, |bytes| change(String::from_utf8_lossy(&bytes).into_owned()).into_bytes());
}

pub(super) fn client(files: &mut Files, change: impl FnOnce(Vec<u8>) -> Vec<u8>) {
    if let Some(file) = &mut files.client {
        file.bytes = Bytes(change(std::mem::take(&mut file.bytes.0)));
    }
}

pub(super) fn key(files: &mut Files, change: impl FnOnce(Vec<u8>) -> Vec<u8>) {
    if let Some(file) = &mut files.key {
        file.bytes = Bytes(change(std::mem::take(&mut file.bytes.0)));
    }
}

pub(super) fn filters(files: &mut Files, change: impl FnOnce(String) -> String) {
    if let Some(file) = &mut files.filters {
        file.bytes = Bytes(change(String::from_utf8_lossy(&file.bytes.0).into_owned()).into_bytes());
    }
}

/// The DER of the first block.
pub(super) fn first_der(text: &[u8]) -> Vec<u8> {
    every_der(text).into_iter().next().unwrap_or_default()
}

pub(super) fn every_der(text: &[u8]) -> Vec<Vec<u8>> {
    let scan = pem::scan(text);
    let ders = scan.segments.into_iter().filter_map(|segment| match segment {
        pem::Segment::Block(block) => block.der.map(|der| der.to_vec()),
        _ => None,
    });
    ders.collect()
}

/// Changes the value of the bundle in JSON.
pub(super) fn json_value(files: &mut Files, change: impl FnOnce(&str) -> Vec<u8>) {
    bundle(files, |json| {
        let document: serde_json::Value = serde_json::from_slice(&json).unwrap_or_default();
        let value = document["accepted_client_ca"].as_str().unwrap_or_default();
        bundle_json(&String::from_utf8_lossy(&change(value))).into_bytes()
    });
}

/// A tar archive of one small file: its header in ustar form, its bytes, and two empty blocks.
pub(super) fn tar(name: &str, content: &[u8]) -> Vec<u8> {
    const BLOCK: usize = 512;
    let mut header = [0_u8; BLOCK];
    let mut put = |at: usize, text: &[u8]| header[at..at + text.len()].copy_from_slice(text);
    put(0, name.as_bytes());
    put(100, b"0000644\0");
    put(108, b"0000000\0");
    put(116, b"0000000\0");
    put(124, format!("{:011o}\0", content.len()).as_bytes());
    put(136, b"00000000000\0");
    // The checksum counts its own field as spaces.
    put(148, b"        ");
    put(156, b"0");
    put(257, b"ustar\x0000");
    let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
    header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    let mut out = header.to_vec();
    out.extend_from_slice(content);
    out.resize(out.len().next_multiple_of(BLOCK) + 2 * BLOCK, 0);
    out
}

/// A SignedData that holds one certificate and signs nothing, as `openssl crl2pkcs7 -nocrl` makes it.
pub(super) fn pkcs7(certificate: &[u8]) -> Vec<u8> {
    let Some(certificate) = Node::read(certificate) else { return Vec::new() };
    let data = Node::sequence(vec![Node::oid("1.2.840.113549.1.7.1")]);
    let signed = Node::sequence(vec![
        Node::primitive(der::INTEGER, [1]),
        Node::constructed(der::SET, vec![]),
        data,
        Node::constructed(0xA0, vec![certificate]),
        Node::constructed(der::SET, vec![]),
    ]);
    Node::sequence(vec![Node::oid("1.2.840.113549.1.7.2"), Node::constructed(0xA0, vec![signed])]).write()
}

/// The frame of a PFX around a certificate: enough to be recognised, no tool would open it.
pub(super) fn pkcs12(certificate: &[u8]) -> Vec<u8> {
    let content = Node::constructed(0xA0, vec![Node::primitive(der::OCTET_STRING, certificate)]);
    let data = Node::sequence(vec![Node::oid("1.2.840.113549.1.7.1"), content]);
    Node::sequence(vec![Node::primitive(der::INTEGER, [3]), data]).write()
}

/// The ECPrivateKey inside a PKCS#8 key of the kinds that are made here, with its curve.
pub(super) fn sec1(text: &[u8]) -> Vec<u8> {
    let Some(mut info) = Node::read(&first_der(text)) else { return Vec::new() };
    let fields = info.children();
    let curve = fields[1].children()[1].clone();
    let inner = match &fields[2].content {
        Content::Primitive(bytes) => Node::read(bytes),
        Content::Constructed(_) => None,
    };
    let Some(mut private) = inner else { return Vec::new() };
    if private.children().iter().all(|node| node.tag != 0xA0) {
        private.children().insert(2, Node::constructed(0xA0, vec![curve]));
    }
    encode("EC PRIVATE KEY", &private.write()).into_bytes()
}

/// The RSAPrivateKey inside a PKCS#8 key.
pub(super) fn pkcs1(text: &[u8]) -> Vec<u8> {
    let Some(mut info) = Node::read(&first_der(text)) else { return Vec::new() };
    match info.children().get(2).map(|key| &key.content) {
        Some(Content::Primitive(private)) => encode("RSA PRIVATE KEY", private).into_bytes(),
        _ => Vec::new(),
    }
}

/// A root that browsers trust, from Mozilla's list.
pub(super) fn add_public_ca(files: &mut Files) {
    if let Some(root) = webpki_root_certs::TLS_SERVER_ROOT_CERTS.first() {
        bundle_text(files, |text| text + &encode("CERTIFICATE", root));
    }
}
