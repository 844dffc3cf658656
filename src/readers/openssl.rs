//! OpenSSL's command line: what `-CAfile` loads of a file, what `x509 -in` shows of it, and what it says to a client.

use std::collections::HashSet;
use std::sync::Arc;

use super::openssl_pem::{self, Block, Fault, Header, Item};
use super::{Answer, Client, Effect, Given, Remark, Says, Way, What, openssl_der, openssl_verify};
use crate::pki::{Certificate, key};
use crate::report::{Basis, Evidence};

static STORE: Evidence = Evidence {
    basis: Basis::Observed,
    gist: "tried with OpenSSL 3.0.19 on whole and broken files: certificates and CRLs are taken, keys must parse, other \
           labels are skipped if their base64 is whole, the first fault of any block makes the file fail; CI goes on \
           trying",
    link: "https://docs.openssl.org/3.0/man3/X509_LOOKUP_hash_dir/",
    read: "2026-11-24",
};

static FIRST: Evidence = Evidence {
    basis: Basis::Observed,
    gist: "tried with OpenSSL 3.0.19: `openssl x509` and the certificate argument of `openssl verify` stop at the first \
           certificate, and say nothing of what follows; CI goes on trying",
    link: "https://github.com/openssl/openssl/issues/14675",
    read: "2026-11-24",
};

static VERIFY: Evidence = Evidence {
    basis: Basis::Observed,
    gist: "tried with OpenSSL 3.0.19 on every forged kit; CI holds the verdicts against the installed one",
    link: "https://docs.openssl.org/3.0/man1/openssl-verification-options/",
    read: "2026-11-24",
};

pub fn read(given: &Given<'_>) -> (Answer, Vec<Way>) {
    let items = openssl_pem::items(given.bytes);
    let (store, trusted) = store(given, &items);
    let loaded = store.answer.unwrap_or(Answer::CannotTell);
    let client = given.client.map(|client| verify(given, client, loaded, &trusted));
    let judged = std::iter::once(loaded).chain(client.iter().filter_map(|way| way.answer));
    let answer = Answer::all(judged.collect::<Vec<_>>());
    let ways = std::iter::once(store).chain(first(given, &items)).chain(client).collect();
    (answer, ways)
}

/// What is loaded, and whether a certificate of it has trust settings, which are not simulated.
struct Trusted {
    certificates: Vec<Arc<Certificate>>,
    has_settings: bool,
}

fn store(given: &Given<'_>, items: &[Item]) -> (Way, Trusted) {
    let mut trusted = Trusted { certificates: Vec::new(), has_settings: false };
    let (mut seen, mut remarks, mut lists) = (Vec::new(), Vec::new(), 0);
    let mut broken: Option<(usize, usize, &'static str)> = None;
    // False once there is a key of which it is not known whether OpenSSL can load it.
    let mut is_told = true;
    for item in items {
        let block = match item {
            Item::Block(block) => block,
            Item::Fault(Fault { begin, end, reason }) => {
                broken = Some((*begin, *end, *reason));
                break;
            }
        };
        let what = match kind(&block.label) {
            Kind::Other => {
                let lines = Some((given.lines.at(block.begin), given.lines.at(block.end - 1)));
                let text = "a block with a label that OpenSSL does not look for is skipped".to_owned();
                remarks.push(Remark { lines, effect: Effect::Dropped, text });
                continue;
            }
            _ if block.header == Header::Other => Err("not proc type"),
            Kind::Certificate { settings } => match certificate(&block.der) {
                _ if block.header == Header::Encrypted => Err("bad decrypt"),
                Some(certificate) if settings && !has_whole_settings(&certificate, &block.der) => {
                    Err("nested asn1 error")
                }
                None => Err("nested asn1 error"),
                Some(certificate) => {
                    trusted.has_settings |= settings && block.der.len() > certificate.der().len();
                    trusted.certificates.push(certificate.clone());
                    Ok(What::Certificate(certificate))
                }
            },
            Kind::RevocationList if !openssl_der::is_revocation_list(&block.der) => Err("nested asn1 error"),
            Kind::RevocationList => {
                lists += 1;
                Ok(What::Other("a revocation list"))
            }
            Kind::Key => match loads_key(block) {
                Some(false) => Err("unsupported"),
                loads => {
                    is_told &= loads.is_some();
                    Ok(What::Other("a private key, which is not used"))
                }
            },
        };
        match what {
            Ok(what) => seen.push(given.seen(block.begin, block.end, what)),
            Err(reason) => {
                seen.push(given.seen(block.begin, block.end, What::Unreadable(reason.to_owned())));
                broken = Some((block.begin, block.end, reason));
                break;
            }
        }
    }
    if broken.is_none() && trusted.certificates.is_empty() && lists == 0 {
        broken = Some((0, given.bytes.len().max(1), "no certificate or crl found"));
    }
    let is_loaded = broken.is_none();
    if let Some((begin, end, reason)) = broken {
        let lines = Some((given.lines.at(begin), given.lines.at(end.saturating_sub(1))));
        let text = format!("OpenSSL stops here ({reason}), and nothing of the file is loaded");
        remarks.push(Remark { lines, effect: Effect::Lost, text });
        trusted.certificates.clear();
    } else {
        remarks.extend(lost(given, items));
    }
    let (answer, says) = match (is_loaded, is_told) {
        (false, _) => (Answer::Refused, Some(Says::Begins("Error loading file ".to_owned()))),
        (true, true) => (Answer::Accepted, None),
        (true, false) => {
            let text = "whether OpenSSL can load one of the keys is not known, and all hangs on it".to_owned();
            remarks.push(Remark { lines: None, effect: Effect::Note, text });
            (Answer::CannotTell, None)
        }
    };
    let how = "openssl verify -CAfile, which is X509_STORE_load_file";
    (Way { how, answer: Some(answer), seen, remarks, says, evidence: &STORE }, trusted)
}

/// Blocks of ours that OpenSSL does not see although it is content with the file: their boundaries are not whole.
fn lost<'a>(given: &'a Given<'_>, items: &'a [Item]) -> impl Iterator<Item = Remark> + 'a {
    let begins = items.iter().filter_map(|item| match item {
        Item::Block(block) => Some(given.lines.at(block.begin)),
        Item::Fault(_) => None,
    });
    let begins: HashSet<_> = begins.collect();
    let missing = given.bundle.entries.iter().filter(move |entry| !begins.contains(&entry.block.first_line));
    missing.map(|entry| Remark {
        lines: Some((entry.block.first_line, entry.block.last_line)),
        effect: if entry.block.label == "CERTIFICATE" { Effect::Lost } else { Effect::Dropped },
        text: format!("block {} is not seen as one", entry.index),
    })
}

enum Kind {
    /// With trust settings behind it, or without.
    Certificate {
        settings: bool,
    },
    RevocationList,
    Key,
    Other,
}

fn kind(label: &str) -> Kind {
    match label {
        "CERTIFICATE" | "X509 CERTIFICATE" => Kind::Certificate { settings: false },
        "TRUSTED CERTIFICATE" => Kind::Certificate { settings: true },
        "X509 CRL" => Kind::RevocationList,
        _ if label.contains("PRIVATE KEY") => Kind::Key,
        _ => Kind::Other,
    }
}

/// What OpenSSL's parser takes for a certificate, as far as we can parse it ourselves.
fn certificate(der: &[u8]) -> Option<Arc<Certificate>> {
    Certificate::read(der).ok().filter(|certificate| openssl_der::is_certificate(certificate.der()))
}

/// Nothing behind the certificate, or settings. Behind any other certificate OpenSSL does not look.
fn has_whole_settings(certificate: &Certificate, der: &[u8]) -> bool {
    let behind = &der[certificate.der().len()..];
    behind.is_empty() || openssl_der::is_settings(behind)
}

/// Whether OpenSSL can load a private key; none where our crypto cannot and its outline is one. An encrypted key is kept
/// as it is.
fn loads_key(block: &Block) -> Option<bool> {
    let is_encrypted = block.header == Header::Encrypted || block.label == "ENCRYPTED PRIVATE KEY";
    match is_encrypted || key::public_key(&block.der).is_some() {
        true => Some(true),
        false if openssl_der::is_key(&block.der) => None,
        false => Some(false),
    }
}

/// `openssl x509 -in`: told only where the first block is a sound certificate; what the command does to find another one
/// behind a fault is not simulated.
fn first(given: &Given<'_>, items: &[Item]) -> Option<Way> {
    let Some(Item::Block(block)) = items.first() else { return None };
    if !matches!(kind(&block.label), Kind::Certificate { .. }) || block.header != Header::None {
        return None;
    }
    let certificate = certificate(&block.der)?;
    if matches!(kind(&block.label), Kind::Certificate { settings: true })
        && !has_whole_settings(&certificate, &block.der)
    {
        return None;
    }
    let behind = given.bundle.entries.iter().filter(|entry| entry.block.first_line > given.lines.at(block.begin));
    let remarks = behind.map(|entry| Remark {
        lines: Some((entry.block.first_line, entry.block.last_line)),
        effect: if entry.block.label == "CERTIFICATE" { Effect::Lost } else { Effect::Dropped },
        text: "stands behind the first certificate and is not looked at, sound or not".to_owned(),
    });
    Some(Way {
        how: "openssl x509 -in",
        answer: Some(Answer::Accepted),
        seen: vec![given.seen(block.begin, block.end, What::Certificate(certificate))],
        remarks: remarks.collect(),
        says: None,
        evidence: &FIRST,
    })
}

fn verify(given: &Given<'_>, client: &Client, loaded: Answer, trusted: &Trusted) -> Way {
    let note = |text: String| vec![Remark { lines: None, effect: Effect::Note, text }];
    let (answer, says, remarks) = if loaded == Answer::CannotTell {
        (Answer::CannotTell, None, note("it is not known whether the CAs are loaded".to_owned()))
    } else if loaded == Answer::Refused {
        (
            Answer::Refused,
            Some(Says::Begins("Error loading file ".to_owned())),
            note("without its CAs it judges nobody".to_owned()),
        )
    } else if trusted.has_settings {
        (Answer::CannotTell, None, note("the trust settings of a TRUSTED CERTIFICATE are not simulated".to_owned()))
    } else {
        match openssl_verify::verify(client, &trusted.certificates, given.at) {
            Ok(()) => (Answer::Accepted, None, Vec::new()),
            Err(openssl_verify::Fault::NotJudged(why)) => (Answer::CannotTell, None, note(why)),
            Err(fault) => (Answer::Refused, fault.text().map(Says::Exactly), Vec::new()),
        }
    };
    let how = "openssl verify -purpose sslclient -CAfile … -untrusted CLIENT CLIENT";
    Way { how, answer: Some(answer), seen: Vec::new(), remarks, says, evidence: &VERIFY }
}
