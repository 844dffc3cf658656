//! Hierarchies for other people's tests: a line for a good one, a line for a broken one, and what TLS libraries take.

use pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use time::OffsetDateTime;

use super::flaw::{self, Edit};
use super::{ForgeError, Forged, Key, KeyKind, KeySource, Recipe};
use crate::cloud::kit::File;
use crate::pki::Bundle;

/// A good hierarchy: a root in the bundle, one intermediate that the client sends, a client for this namespace; P-256,
/// fresh keys, all valid at `at`.
///
/// # Errors
/// When the system has no randomness.
pub fn good(namespace: &str, at: OffsetDateTime) -> Result<Forged, ForgeError> {
    Recipe::good(namespace, KeySource::Fresh, KeyKind::P256, at).forge()
}

/// The hierarchy of `orders.f45a2` with one thing wrong with it at `at`: the id of a rule, or `rule/variant`, as
/// `certproof gen flaw --list` lists them. A flaw of armour shows in the files only.
///
/// # Errors
/// When no flaw has that id, or the system has no randomness.
pub fn broken(flaw: &str, at: OffsetDateTime) -> Result<Forged, ForgeError> {
    let flaw = flaw::find(flaw)?;
    let mut recipe = Recipe::good("orders.f45a2", KeySource::Fresh, KeyKind::P256, at);
    (flaw.ground)(&mut recipe);
    match flaw.edit {
        Edit::Recipe(edit) => {
            edit(&mut recipe);
            recipe.forge()
        }
        Edit::Files(edit) => {
            let mut forged = recipe.forge()?;
            edit(&mut forged.files);
            Ok(forged)
        }
    }
}

impl Forged {
    /// The CA bundle as it would be uploaded.
    pub fn bundle_pem(&self) -> &[u8] {
        bytes(self.files.bundle.as_ref())
    }

    /// The client's certificate, then those that it sends along.
    pub fn client_pem(&self) -> &[u8] {
        bytes(self.files.client.as_ref())
    }

    /// The client's private key: PKCS#8.
    pub fn key_pem(&self) -> &[u8] {
        bytes(self.files.key.as_ref())
    }

    /// Every certificate of the bundle that can be read: what a server judges clients by.
    pub fn anchors(&self) -> Vec<CertificateDer<'static>> {
        let bundle = Bundle::read("ca.pem", self.bundle_pem());
        bundle.certificates().map(|(_, certificate)| certificate.der().to_vec().into()).collect()
    }

    /// The client's certificate, then those that it sends along.
    pub fn client_chain(&self) -> Vec<CertificateDer<'static>> {
        self.chain.iter().cloned().map(CertificateDer::from).collect()
    }
}

impl Key {
    /// The private key as TLS libraries take it.
    pub fn private_key(&self) -> PrivateKeyDer<'static> {
        PrivatePkcs8KeyDer::from(self.pkcs8().to_vec()).into()
    }
}

fn bytes(file: Option<&File>) -> &[u8] {
    file.map_or(&[], |file| &file.bytes.0)
}
