//! rustls programs: rustls-pki-types reads the PEM, webpki makes anchors of it and judges clients. The real libraries.

use std::collections::{HashMap, HashSet, VecDeque};

use pki_types::CertificateDer;
use pki_types::pem::PemObject as _;

use super::{Answer, Client, Effect, Given, Remark, Says, Seen, Way, What};
use crate::pki::chain::by_webpki::{self, Anchor};
use crate::pki::{Bundle, Certificate, Content, Entry};
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
    let mut turns = Turns::of(&given.bundle);
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
                seen.push(turns.seen(given, &der, what));
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
    let read: HashSet<_> = seen.iter().filter_map(|seen| seen.index).collect();
    let remarks = given.bundle.entries.iter().filter_map(|entry| {
        let effect = match entry.content {
            Content::PrivateKey { .. } | Content::Foreign => Effect::Dropped,
            _ if read.contains(&entry.index) => return None,
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

/// The library gives no positions: of entries by their bytes, the one whose turn it is.
struct Turns<'a>(HashMap<&'a [u8], VecDeque<&'a Entry>>);

impl<'a> Turns<'a> {
    fn of(bundle: &'a Bundle) -> Self {
        let mut turns: HashMap<&[u8], VecDeque<_>> = HashMap::new();
        for entry in &bundle.entries {
            if let Some(der) = &entry.block.der {
                turns.entry(der).or_default().push_back(entry);
            }
        }
        Self(turns)
    }

    fn seen(&mut self, given: &Given<'_>, der: &[u8], what: What) -> Seen {
        match self.0.get_mut(der).and_then(VecDeque::pop_front) {
            Some(entry) => {
                Seen { index: Some(entry.index), lines: (entry.block.first_line, entry.block.last_line), what }
            }
            None => Seen { index: None, lines: (1, given.bundle.scan.line_count.max(1)), what },
        }
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
