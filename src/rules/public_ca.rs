//! Which certificates belong to CAs that browsers trust. Not a rule; two rules ask.

use std::sync::{Arc, LazyLock};

use super::{Seat, seats};
use crate::pki::chain::{SignatureCheck, signed_by};
use crate::pki::{Bundle, Certificate};

/// Mozilla's list of TLS roots: subject and certificate, both DER. To read them all takes longer than to judge a bundle,
/// so only those are read whose name is asked for.
static ROOTS: LazyLock<Vec<(&[u8], &[u8])>> = LazyLock::new(|| {
    let all = webpki_root_certs::TLS_SERVER_ROOT_CERTS.iter().map(AsRef::<[u8]>::as_ref);
    all.filter_map(|root| Some((Certificate::subject_of(root)?, root))).collect()
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
    ROOTS.iter().filter(move |(subject, _)| *subject == name).filter_map(|(_, der)| Certificate::read(der).ok())
}
