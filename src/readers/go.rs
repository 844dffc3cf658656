//! Go itself: `CertPool.AppendCertsFromPEM`, and a TLS server that judges clients by such a pool.

use std::sync::Arc;

use super::go_pem;
use super::overlooked::overlooked;
use super::{Answer, Client, Effect, Given, Remark, Says, Way, What, go_x509};
use crate::pki::Certificate;
use crate::pki::certificate::{Hash, PublicKey, SignatureAlgorithm};
use crate::pki::chain::{self, Anchors, ChainFault};
use crate::pki::clock::rfc3339;
use crate::report::{Basis, Evidence};

static POOL: Evidence = Evidence {
    basis: Basis::Observed,
    gist: "the pool takes blocks labelled CERTIFICATE without headers, skips in silence what it cannot parse, and is \
           false only if it took none; CI holds this against a real Go",
    link: "https://pkg.go.dev/crypto/x509#CertPool.AppendCertsFromPEM",
    read: "2026-11-24",
};

static VERIFY: Evidence = Evidence {
    basis: Basis::Observed,
    gist: "a chain may end at any certificate of the pool, and every link is judged; CI holds the verdicts against a \
           real Go",
    link: "https://pkg.go.dev/crypto/x509#Certificate.Verify",
    read: "2026-11-24",
};

pub fn read(given: &Given<'_>) -> (Answer, Vec<Way>) {
    let (way, pool) = append(given);
    let client = given.client.map(|client| verify(given, client, pool));
    let ways: Vec<_> = std::iter::once(way).chain(client).collect();
    (Answer::all(ways.iter().filter_map(|way| way.answer)), ways)
}

fn append(given: &Given<'_>) -> (Way, Vec<Arc<Certificate>>) {
    let blocks = go_pem::blocks(given.bytes);
    let (mut seen, mut pool) = (Vec::new(), Vec::new());
    let mut remarks: Vec<_> =
        overlooked(given, &blocks).iter().map(|passed| passed.dropped("is passed over")).collect();
    for block in &blocks {
        let lines = Some((given.lines.at(block.begin), given.lines.at(block.end - 1)));
        let mut lost = |effect, text: String| remarks.push(Remark { lines, effect, text });
        if block.label != "CERTIFICATE" {
            let is_certificate = go_x509::parse_one(&block.der).is_ok();
            let effect = if is_certificate { Effect::Lost } else { Effect::Dropped };
            lost(effect, "a block with another label than CERTIFICATE is skipped".to_owned());
        } else if block.has_headers {
            lost(Effect::Lost, "a certificate with PEM headers is skipped".to_owned());
        } else {
            let what = match go_x509::parse_one(&block.der) {
                Ok(certificate) => {
                    pool.push(certificate.clone());
                    What::Certificate(certificate)
                }
                Err(says) => {
                    lost(Effect::Lost, "what cannot be parsed is skipped in silence".to_owned());
                    What::Unreadable(says.text())
                }
            };
            seen.push(given.seen(block.begin, block.end, what));
        }
    }
    let (answer, says) = match pool.is_empty() {
        false => (Answer::Accepted, None),
        true => (Answer::Refused, Some(Says::Exactly("false".to_owned()))),
    };
    let how = "x509.CertPool.AppendCertsFromPEM";
    (Way { how, answer: Some(answer), seen, remarks, says, evidence: &POOL }, pool)
}

fn verify(given: &Given<'_>, client: &Client, pool: Vec<Arc<Certificate>>) -> Way {
    let verified = chain::verify(&client.leaf, &client.sent, &Anchors::pool(pool), given.at);
    let (answer, says) = match &verified {
        Ok(_) => (Answer::Accepted, None),
        Err(fault) => match says(fault, client, given) {
            Some(says) => (Answer::Refused, Some(says)),
            None => (Answer::CannotTell, None),
        },
    };
    let note = |text: String| Remark { lines: None, effect: Effect::Note, text };
    let remarks = verified.err().map(|fault| note(fault.to_string()));
    let how = "crypto/tls with ClientCAs of this file, judging the client";
    let remarks = remarks.into_iter().collect();
    Way { how, answer: Some(answer), seen: Vec::new(), remarks, says, evidence: &VERIFY }
}

/// Go's words for a fault; none where we cannot tell what Go would find.
fn says(fault: &ChainFault, client: &Client, given: &Given<'_>) -> Option<Says> {
    const VALIDITY: &str = "x509: certificate has expired or is not yet valid: current time";
    let exactly = |text: &str| Some(Says::Exactly(text.to_owned()));
    let begins = |text: &str| Some(Says::Begins(text.to_owned()));
    let now = rfc3339(given.at);
    match fault {
        ChainFault::Expired { certificate } => {
            exactly(&format!("{VALIDITY} {now} is after {}", rfc3339(certificate.not_after)))
        }
        ChainFault::NotYetValid { certificate } => {
            exactly(&format!("{VALIDITY} {now} is before {}", rfc3339(certificate.not_before)))
        }
        ChainFault::UnknownCritical { .. } => exactly("x509: unhandled critical extension"),
        ChainFault::IssuerUnknown { .. } => exactly(UNKNOWN),
        ChainFault::BadSignature { issuer, .. } => Some(candidate(bad_signature(&issuer.key)?, issuer)),
        ChainFault::WeakSignature { certificate } => weak(certificate, client, given),
        // Only from version 3 on is an issuer without basic constraints refused before its certificate is judged.
        ChainFault::NotCa { certificate } if certificate.version < 3 && certificate.basic_constraints.is_absent() => {
            exactly("x509: certificate is not authorized to sign other certificates")
        }
        ChainFault::NotCa { certificate } | ChainFault::NoCertSign { certificate } => Some(candidate(
            "x509: invalid signature: parent certificate cannot sign this kind of certificate",
            certificate,
        )),
        ChainFault::PathTooLong { .. } => exactly("x509: too many intermediates for path length constraint"),
        ChainFault::NameConstrained { .. } => {
            begins("x509: a root or intermediate certificate is not authorized to sign for this name: ")
        }
        ChainFault::PurposeExcluded { .. } => exactly("x509: certificate specifies an incompatible key usage"),
        ChainFault::PolicyMissing { .. } => begins("x509: no valid chains built: "),
        ChainFault::Defective { .. } | ChainFault::Unreadable { .. } => {
            begins("tls: failed to parse certificate from client: ")
        }
        ChainFault::NotJudged { .. }
        | ChainFault::TooManySent { .. }
        | ChainFault::TooLongSent { .. }
        | ChainFault::TooCostly { .. } => None,
        ChainFault::BudgetSpent => begins("x509: "),
    }
}

const UNKNOWN: &str = "x509: certificate signed by unknown authority";

fn bad_signature(key: &PublicKey) -> Option<&'static str> {
    match key {
        PublicKey::Rsa { .. } => Some("crypto/rsa: verification error"),
        PublicKey::Ec(_) => Some("x509: ECDSA verification failure"),
        PublicKey::Ed25519 => Some("x509: Ed25519 verification failure"),
        PublicKey::Dsa | PublicKey::Other(_) => None,
    }
}

fn weak(certificate: &Certificate, client: &Client, given: &Given<'_>) -> Option<Says> {
    let algorithm = match certificate.signature.algorithm {
        SignatureAlgorithm::Rsa(Hash::Sha1) => "SHA1-RSA",
        SignatureAlgorithm::Ecdsa(Hash::Sha1) => "ECDSA-SHA1",
        SignatureAlgorithm::Rsa(Hash::Md5) => "MD5-RSA",
        _ => return Some(Says::Begins(UNKNOWN.to_owned())),
    };
    let issuers = given.bundle.certificates().map(|(_, found)| found).chain(&client.sent);
    let issuer = issuers.into_iter().find(|found| found.subject.der() == certificate.issuer.der())?;
    Some(candidate(&format!("x509: cannot verify signature: insecure algorithm {algorithm}"), issuer))
}

/// Go names the first candidate that it tried, by common name, else by organisation, else by serial number.
fn candidate(why: &str, issuer: &Certificate) -> Says {
    let name = issuer.subject.values("2.5.4.3").last().filter(|name| !name.is_empty());
    let name = name.or_else(|| issuer.subject.values("2.5.4.10").next());
    let hint =
        format!("{UNKNOWN} (possibly because of \"{why}\" while trying to verify candidate authority certificate ");
    match name.filter(|name| name.bytes().all(|byte| matches!(byte, b' '..=b'~') && byte != b'"' && byte != b'\\')) {
        Some(name) => Says::Exactly(format!("{hint}\"{name}\")")),
        None => Says::Begins(hint),
    }
}
