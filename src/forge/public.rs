//! Keys that everybody can have, and what everything made of them says in its subject.

use super::Recipe;
use super::issue::DistinguishedName;
use crate::pki::Certificate;
use crate::pki::name::ORGANIZATIONAL_UNIT;

/// The organizational unit of CAs and clients whose private keys follow from a seed. Filters rarely look at units, and a
/// name may have several.
pub const MARK: &str = "PUBLIC KEY MATERIAL";

impl DistinguishedName {
    /// The same name, marked.
    pub fn marked_public(self) -> Self {
        self.ou(MARK)
    }
}

impl Recipe {
    /// The same hierarchy, whose CAs and client are marked. What a flaw copies from their names is marked as well.
    pub fn marked_public(mut self) -> Self {
        let authorities = self.authorities.iter_mut().map(|authority| &mut authority.spec);
        for spec in authorities.chain([&mut self.client]) {
            spec.subject = std::mem::take(&mut spec.subject).marked_public();
        }
        self
    }
}

/// Whether the certificate is marked.
pub fn is_marked(certificate: &Certificate) -> bool {
    certificate.subject.values(ORGANIZATIONAL_UNIT).any(|value| value == MARK)
}
