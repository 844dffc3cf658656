//! Which certificates belong to CAs that browsers trust. Not a rule; two rules ask.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock};

use super::{Seat, seats};
use crate::pki::chain::{SignatureCheck, signed_by};
use crate::pki::{Bundle, Certificate};

/// Mozilla's list of TLS roots, by subject.
static ROOTS: LazyLock<HashMap<Vec<u8>, Vec<Arc<Certificate>>>> = LazyLock::new(|| {
    let mut roots: HashMap<_, Vec<_>> = HashMap::new();
    let readable = webpki_root_certs::TLS_SERVER_ROOT_CERTS.iter().filter_map(|der| Certificate::read(der).ok());
    for root in readable {
        roots.entry(root.subject.der().to_vec()).or_default().push(root);
    }
    roots
});

/// Certificates of a bundle that are such roots, or are signed by one.
pub fn among(file: &Bundle) -> Vec<Seat<'_>> {
    seats(file).filter(|seat| is_public(seat.certificate)).collect()
}

fn is_public(certificate: &Certificate) -> bool {
    let named = |name: &[u8]| ROOTS.get(name).into_iter().flatten();
    named(certificate.subject.der()).any(|root| root.spki == certificate.spki)
        || named(certificate.issuer.der()).any(|root| signed_by(certificate, root) == SignatureCheck::Good)
}
