//! Which certificates belong to CAs that browsers trust. Not a rule; two rules ask.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock};

use super::{Seat, seats};
use crate::pki::chain::{SignatureCheck, signed_by};
use crate::pki::{Bundle, Certificate};

/// Mozilla's list of TLS roots as DER, by subject. To read them all takes longer than to judge a bundle, so only those
/// are read whose name is asked for.
static ROOTS: LazyLock<HashMap<&[u8], Vec<&[u8]>>> = LazyLock::new(|| {
    let mut roots: HashMap<&[u8], Vec<&[u8]>> = HashMap::new();
    for root in webpki_root_certs::TLS_SERVER_ROOT_CERTS {
        if let Some(subject) = Certificate::subject_of(root) {
            roots.entry(subject).or_default().push(root);
        }
    }
    roots
});

/// Certificates of a bundle that are such roots, or are signed by one.
pub fn among(file: &Bundle) -> Vec<Seat<'_>> {
    seats(file).filter(|seat| is_public(seat.certificate)).collect()
}

fn is_public(certificate: &Certificate) -> bool {
    named(certificate.subject.der()).any(|root| root.spki == certificate.spki)
        || named(certificate.issuer.der()).any(|root| signed_by(certificate, &root) == SignatureCheck::Good)
}

fn named(name: &[u8]) -> impl Iterator<Item = Arc<Certificate>> {
    ROOTS.get(name).into_iter().flatten().filter_map(|der| Certificate::read(der).ok())
}
