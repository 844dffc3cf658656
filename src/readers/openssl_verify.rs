//! `openssl verify -purpose sslclient`: how OpenSSL builds a chain and what it has against it, in its order.
//!
//! Names are compared without their case; the store is asked before what the client sent; the first issuer that fits by
//! name and key identifier and is valid now is taken, and its signature is looked at when the chain is complete:
//!
//! ```text
//! leaf -> certificates of -untrusted -> certificates of the store -> one that is self-signed
//! ```

use std::sync::Arc;

use time::OffsetDateTime;

use super::{Client, openssl_der};
use crate::pki::Certificate;
use crate::pki::certificate::{AlternativeName, Defect, ExtendedKeyUsage, PublicKey, SignatureAlgorithm, Subtree};
use crate::pki::chain::{self, SignatureCheck};
use crate::pki::constraints;

/// Why OpenSSL does not verify a client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// OpenSSL's error number, and the depth at which it reports it; the leaf is at 0.
    Error { number: u32, depth: usize },
    /// Our crypto or our code cannot tell.
    NotJudged(String),
}

impl Fault {
    /// The line that `openssl verify` prints first.
    pub fn text(&self) -> Option<String> {
        let Self::Error { number, depth } = self else { return None };
        let text = match number {
            2 => "unable to get issuer certificate",
            7 => "certificate signature failure",
            9 => "certificate is not yet valid",
            10 => "certificate has expired",
            13 => "format error in certificate's notBefore field",
            14 => "format error in certificate's notAfter field",
            18 => "self-signed certificate",
            19 => "self-signed certificate in certificate chain",
            20 => "unable to get local issuer certificate",
            22 => "certificate chain too long",
            25 => "path length constraint exceeded",
            26 => "unsuitable certificate purpose",
            32 => "key usage does not include certificate signing",
            34 => "unhandled critical extension",
            47 => "permitted subtree violation",
            48 => "excluded subtree violation",
            79 => "invalid CA certificate",
            _ => return None,
        };
        Some(format!("error {number} at {depth} depth lookup: {text}"))
    }
}

const fn error(number: u32, depth: usize) -> Fault {
    Fault::Error { number, depth }
}

/// # Errors
/// The first thing that OpenSSL has against the chain.
pub fn verify(client: &Client, store: &[Arc<Certificate>], now: OffsetDateTime) -> Result<(), Fault> {
    judge_means(client, store)?;
    let chain = build(client, store, now)?;
    judge_extensions(&chain)?;
    judge_signatures(&chain, now)?;
    judge_names(&chain)
}

/// Certificates in the longest chain that OpenSSL looks at, beside leaf and root.
const LONGEST: usize = 100;

/// Extensions that OpenSSL parses before anything else; of one that our reader does not take, OpenSSL may.
const PARSED: [&str; 8] =
    ["2.5.29.14", "2.5.29.15", "2.5.29.17", "2.5.29.19", "2.5.29.30", "2.5.29.31", "2.5.29.35", "2.5.29.37"];

/// Whether what is said below covers these certificates.
fn judge_means(client: &Client, store: &[Arc<Certificate>]) -> Result<(), Fault> {
    let cannot = |why: String| Err(Fault::NotJudged(why));
    for certificate in std::iter::once(&client.leaf).chain(&client.sent).chain(store) {
        for defect in &certificate.defects {
            match defect {
                Defect::KeyMalformed => return cannot("a public key that our reader does not take".to_owned()),
                Defect::ExtensionUnreadable(oid) if PARSED.contains(&oid.as_str()) => {
                    return cannot(format!("extension {oid}, which our reader does not take"));
                }
                _ => {}
            }
        }
    }
    match client.leaf.key {
        PublicKey::Other(_) => cannot("a public key of an algorithm that is not known here".to_owned()),
        _ => Ok(()),
    }
}

fn build(client: &Client, store: &[Arc<Certificate>], now: OffsetDateTime) -> Result<Vec<Arc<Certificate>>, Fault> {
    let mut chain = vec![client.leaf.clone()];
    let mut untrusted: Vec<_> = std::iter::once(&client.leaf).chain(&client.sent).cloned().collect();
    let mut from_store = false;
    while chain.len() < LONGEST + 2 {
        let last = chain[chain.len() - 1].clone();
        let self_signed = is_self_signed(&last);
        if from_store && self_signed {
            return Ok(chain);
        }
        // Certificates of the store may come again; what the client sent is used up.
        let trusted = pick(store, &last, now);
        match trusted {
            Some(found) if !self_signed => {
                chain.push(found);
                from_store = true;
                continue;
            }
            // Self-signed and sent by the client: only the very same certificate in the store will do.
            Some(found) if found.der() == last.der() => return Ok(chain),
            _ => {}
        }
        let next = (!from_store && !self_signed).then(|| pick(&untrusted, &last, now)).flatten();
        match next {
            Some(found) => {
                untrusted.retain(|other| !Arc::ptr_eq(other, &found));
                chain.push(found);
            }
            None => {
                let depth = chain.len() - 1;
                return Err(match (self_signed, depth, from_store) {
                    (true, 0, _) => error(18, depth),
                    (true, ..) => error(19, depth),
                    (false, _, true) => error(2, depth),
                    (false, _, false) => error(20, depth),
                });
            }
        }
    }
    Err(error(22, chain.len() - 1))
}

/// The first that may be the issuer and is valid now, else the one that ended last.
fn pick(among: &[Arc<Certificate>], of: &Certificate, now: OffsetDateTime) -> Option<Arc<Certificate>> {
    let candidates = among.iter().filter(|found| may_issue(found, of));
    let mut latest: Option<&Arc<Certificate>> = None;
    for found in candidates {
        if is_valid(found, now) {
            return Some(found.clone());
        }
        if latest.is_none_or(|other| found.not_after > other.not_after) {
            latest = Some(found);
        }
    }
    latest.cloned()
}

fn is_valid(certificate: &Certificate, now: OffsetDateTime) -> bool {
    certificate.not_before <= now && now <= certificate.not_after
}

/// By name, key identifier and kind of key; the signature itself is looked at later. A certificate with
/// an extension twice has no issuer and is none.
fn may_issue(issuer: &Certificate, of: &Certificate) -> bool {
    !has_bad_extension(issuer)
        && !has_bad_extension(of)
        && issuer.subject.canonical() == of.issuer.canonical()
        && key_ids_fit(issuer, of)
        && kinds_fit(&issuer.key, of)
}

fn has_bad_extension(certificate: &Certificate) -> bool {
    let is_bad = |defect: &Defect| matches!(defect, Defect::ExtensionRepeated(oid) if PARSED.contains(&oid.as_str()));
    certificate.defects.iter().any(is_bad)
}

fn key_ids_fit(issuer: &Certificate, of: &Certificate) -> bool {
    match (&of.authority_key_id, &issuer.subject_key_id) {
        (Some(wanted), Some(found)) => wanted == found,
        _ => true,
    }
}

fn kinds_fit(key: &PublicKey, of: &Certificate) -> bool {
    matches!(
        (&of.signature.algorithm, key),
        (SignatureAlgorithm::Rsa(_) | SignatureAlgorithm::RsaPss, PublicKey::Rsa { .. })
            | (SignatureAlgorithm::Ecdsa(_), PublicKey::Ec(_))
            | (SignatureAlgorithm::Ed25519, PublicKey::Ed25519)
            | (SignatureAlgorithm::Dsa, PublicKey::Dsa)
            | (SignatureAlgorithm::Other(_), _)
            | (_, PublicKey::Other(_))
    )
}

fn is_self_signed(certificate: &Certificate) -> bool {
    certificate.subject.canonical() == certificate.issuer.canonical()
        && key_ids_fit(certificate, certificate)
        && kinds_fit(&certificate.key, certificate)
}

/// Extensions that OpenSSL knows whatever is in them: alternative names and name constraints.
const KNOWN: [&str; 2] = ["2.5.29.17", "2.5.29.30"];

fn judge_extensions(chain: &[Arc<Certificate>]) -> Result<(), Fault> {
    let top = chain.len() - 1;
    let mut below = 0u32;
    for (depth, certificate) in chain.iter().enumerate() {
        if certificate.unknown_critical.iter().any(|oid| !KNOWN.contains(&oid.as_str())) {
            return Err(error(34, depth));
        }
        let authority = authority(certificate);
        if depth > 0 && (authority == Authority::No || depth < top && authority != Authority::Stated) {
            return Err(error(79, depth));
        }
        let excluded = certificate.extended_key_usage.present().is_some_and(|usage| !names_client(usage));
        let no_signature = depth == 0
            && certificate
                .key_usage
                .present()
                .is_some_and(|usage| !usage.digital_signature() && !usage.names().contains(&"keyAgreement"));
        if excluded || no_signature {
            return Err(error(26, depth));
        }
        let allowed = certificate.basic_constraints.present().and_then(|constraints| constraints.path_len);
        if depth > 1 && allowed.is_some_and(|allowed| below > allowed) {
            return Err(error(25, depth));
        }
        if depth > 0 && certificate.subject.canonical() != certificate.issuer.canonical() {
            below += 1;
        }
    }
    Ok(())
}

/// anyExtendedKeyUsage does not stand for clientAuth.
fn names_client(usage: &ExtendedKeyUsage) -> bool {
    usage.client_auth
}

#[derive(PartialEq, Eq)]
enum Authority {
    No,
    /// basicConstraints say so.
    Stated,
    /// A self-signed X.509 v1 certificate, or one with keyCertSign and without basicConstraints.
    Supposed,
}

fn authority(certificate: &Certificate) -> Authority {
    let usage = certificate.key_usage.present();
    if usage.is_some_and(|usage| !usage.key_cert_sign()) {
        return Authority::No;
    }
    match certificate.basic_constraints.present() {
        Some(constraints) if constraints.ca => Authority::Stated,
        Some(_) => Authority::No,
        None if certificate.version == 1 && is_self_signed(certificate) => Authority::Supposed,
        None if usage.is_some() => Authority::Supposed,
        None => Authority::No,
    }
}

/// From the root down: signature and time of each. A root's own signature is not looked at.
fn judge_signatures(chain: &[Arc<Certificate>], now: OffsetDateTime) -> Result<(), Fault> {
    let top = chain.len() - 1;
    for (depth, certificate) in chain.iter().enumerate().rev() {
        if depth < top {
            let issuer = &chain[depth + 1];
            if issuer.key_usage.present().is_some_and(|usage| !usage.key_cert_sign()) {
                return Err(error(32, depth + 1));
            }
            match chain::signed_by(certificate, issuer) {
                _ if certificate.defects.contains(&Defect::AlgorithmsDiffer) => return Err(error(7, depth)),
                SignatureCheck::Good => {}
                SignatureCheck::Bad => return Err(error(7, depth)),
                SignatureCheck::Weak => {
                    let algorithm = &certificate.signature.algorithm;
                    return Err(Fault::NotJudged(format!(
                        "OpenSSL still takes {algorithm}, which is not checked here"
                    )));
                }
                SignatureCheck::NotJudged(why) => return Err(Fault::NotJudged(why)),
            }
        }
        let (before, after) = openssl_der::times_are_plain(certificate.der());
        if !before {
            return Err(error(13, depth));
        }
        if now < certificate.not_before {
            return Err(error(9, depth));
        }
        if !after {
            return Err(error(14, depth));
        }
        if now > certificate.not_after {
            return Err(error(10, depth));
        }
    }
    Ok(())
}

fn is_label(label: &str) -> bool {
    !label.is_empty() && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

/// Only constraints on DNS names, and only on plain ones: with all others OpenSSL has rules of its own.
fn judge_names(chain: &[Arc<Certificate>]) -> Result<(), Fault> {
    for (depth, certificate) in chain.iter().enumerate().rev() {
        if depth > 0 && certificate.subject.canonical() == certificate.issuer.canonical() {
            continue;
        }
        for authority in &chain[depth + 1..] {
            let Some(found) = authority.name_constraints.present() else { continue };
            let plain = |name: &str| name.trim_start_matches('.').split('.').all(is_label);
            let is_told = found
                .permitted
                .iter()
                .chain(&found.excluded)
                .all(|subtree| matches!(subtree, Subtree::Dns(name) if plain(name)));
            let mut names = certificate.alternative_names.iter();
            let names_are_told = names.all(|name| matches!(name, AlternativeName::Dns(name) if plain(name)));
            if !is_told || !names_are_told {
                return Err(Fault::NotJudged(
                    "name constraints, or names, of a kind that is not compared here".to_owned(),
                ));
            }
            match constraints::violation(authority, certificate) {
                Ok(None) => {}
                Ok(Some(_)) if found.excluded.is_empty() => return Err(error(47, depth)),
                Ok(Some(_)) if found.permitted.is_empty() => return Err(error(48, depth)),
                Ok(Some(_)) | Err(_) => return Err(Fault::NotJudged("name constraints of both kinds".to_owned())),
            }
        }
    }
    Ok(())
}
