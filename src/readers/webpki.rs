//! rustls programs: rustls-pki-types reads the PEM, webpki makes anchors of it and judges clients. The real libraries.

use pki_types::CertificateDer;
use pki_types::pem::PemObject as _;

use super::{Answer, Client, Effect, Given, Remark, Says, Seen, Way, What};
use crate::pki::chain::by_webpki::{self, Anchor};
use crate::pki::{Certificate, Content};
use crate::report::{Basis, Evidence};

static ANCHORS: Evidence = Evidence {
    basis: Basis::Observed,
    gist: "the libraries themselves read the file here: CERTIFICATE blocks only, the first error ends the reading, every \
           certificate must make an anchor",
    link: "https://docs.rs/rustls-pki-types/latest/rustls_pki_types/pem/trait.PemObject.html",
    read: "2026-11-24",
};

static VERIFY: Evidence = Evidence {
    basis: Basis::Observed,
    gist: "the library itself judges here; of an anchor it uses name, key and name constraints, neither its validity nor \
           whether it may sign",
    link: "https://docs.rs/rustls-webpki/latest/webpki/struct.EndEntityCert.html",
    read: "2026-11-24",
};

pub fn read(given: &Given<'_>) -> (Answer, Vec<Way>) {
    let (way, anchors) = anchors(given);
    let client = given.client.map(|client| verify(given, client, &anchors));
    let ways: Vec<_> = std::iter::once(way).chain(client).collect();
    (Answer::all(ways.iter().filter_map(|way| way.answer)), ways)
}

fn anchors(given: &Given<'_>) -> (Way, Vec<Anchor>) {
    let (mut seen, mut anchors, mut says) = (Vec::new(), Vec::new(), None);
    let mut read = Vec::new();
    for item in CertificateDer::pem_slice_iter(given.bytes) {
        match item {
            Ok(der) => {
                let what = match (by_webpki::anchor(&der), Certificate::read(&der)) {
                    (Ok(anchor), Ok(certificate)) => {
                        anchors.push(anchor);
                        What::Certificate(certificate)
                    }
                    (Ok(anchor), Err(_)) => {
                        anchors.push(anchor);
                        What::Other("an anchor that we cannot parse ourselves")
                    }
                    (Err(error), _) => {
                        says.get_or_insert(Says::Exactly(error.clone()));
                        What::Unreadable(error)
                    }
                };
                seen.push(located(given, &der, &read, what));
                read.push(der);
            }
            Err(error) => {
                // The library's text of a bad boundary quotes the line, which could be anything.
                let text = error.to_string();
                let shown = text.split(':').next().unwrap_or_default().to_owned();
                says.get_or_insert(if shown == text { Says::Exactly(text) } else { Says::Begins(shown) });
                break;
            }
        }
    }
    if seen.is_empty() && says.is_none() {
        says = Some(Says::Exactly("no items found".to_owned()));
    }
    let remarks = given.bundle.entries.iter().filter_map(|entry| {
        let effect = match entry.content {
            Content::PrivateKey { .. } | Content::Foreign => Effect::Dropped,
            _ if seen.iter().any(|seen| seen.index == Some(entry.index)) => return None,
            _ => Effect::Lost,
        };
        let lines = Some((entry.block.first_line, entry.block.last_line));
        Some(Remark { lines, effect, text: "is not among the certificates that are read".to_owned() })
    });
    let remarks = remarks.collect();
    let answer = if says.is_some() { Answer::Refused } else { Answer::Accepted };
    let how = "CertificateDer::pem_slice_iter, and each an anchor of webpki";
    (Way { how, answer: Some(answer), seen, remarks, says, evidence: &ANCHORS }, anchors)
}

/// The library gives no positions: the entry with the same bytes, and of several the one whose turn it is.
fn located(given: &Given<'_>, der: &[u8], read: &[CertificateDer<'_>], what: What) -> Seen {
    let turn = read.iter().filter(|earlier| earlier.as_ref() == der).count();
    let same = |body: &crate::pki::pem::Body| **body == *der;
    let mut entries = given.bundle.entries.iter().filter(|entry| entry.block.der.as_ref().is_some_and(same));
    match entries.nth(turn) {
        Some(entry) => Seen { index: Some(entry.index), lines: (entry.block.first_line, entry.block.last_line), what },
        None => Seen { index: None, lines: (1, given.bundle.scan.line_count.max(1)), what },
    }
}

fn verify(given: &Given<'_>, client: &Client, anchors: &[Anchor]) -> Way {
    let sent: Vec<_> = client.sent.iter().map(|certificate| certificate.der()).collect();
    let verified = by_webpki::verify(client.leaf.der(), &sent, anchors, given.at);
    let answer = if verified.is_ok() { Answer::Accepted } else { Answer::Refused };
    let says = verified.err().map(Says::Exactly);
    let how = "EndEntityCert::verify_for_usage, for client authentication";
    Way { how, answer: Some(answer), seen: Vec::new(), remarks: Vec::new(), says, evidence: &VERIFY }
}
