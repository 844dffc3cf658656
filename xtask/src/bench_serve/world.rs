//! What is served: a folder of namespaces, each with its own CA, in every form that a contender reads; and the clients.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use certproof::cloud::endpoint;
use certproof::forge::server::ServerAuthority;
use certproof::forge::{Forged, KeyKind, KeySource, Recipe};
use certproof::pki::pem::{encode, encode_certificates};
use rayon::prelude::*;
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use time::OffsetDateTime;

use crate::Result;
use crate::load::Client;

pub const ACCOUNT: &str = "f45a2";

pub struct World {
    pub folder: PathBuf,
    /// By namespace, in order.
    pub clients: Arc<Vec<Client>>,
    /// A client of a CA that no namespace has, which asks for the first one.
    pub stranger: Client,
}

impl World {
    /// Namespaces whose clients present `root -> leaf`, or with an intermediate `root -> intermediate -> leaf`; P-256
    /// throughout. The server's certificate is one for the account.
    ///
    /// # Errors
    /// When something cannot be forged or written.
    pub fn make(folder: PathBuf, namespaces: usize, intermediates: usize) -> Result<Self> {
        let now = OffsetDateTime::now_utc();
        std::fs::create_dir_all(&folder)?;
        let server = ServerAuthority::fresh("bench server CA", now)?;
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from(server.certificate.as_slice()))?;
        let roots = Arc::new(roots);
        write_server(&folder, &server, now)?;
        let forge = |name: &str| -> Result<(Forged, Client)> {
            let forged =
                Recipe::with_intermediates(name, KeySource::Fresh, KeyKind::P256, now, intermediates).forge()?;
            let client = Client::new(roots.clone(), name, &forged)?;
            Ok((forged, client))
        };
        let clients: Result<Vec<Client>> = (0..namespaces)
            .into_par_iter()
            .map(|number| {
                let name = namespace(number);
                let (forged, client) = forge(&name)?;
                std::fs::create_dir(folder.join(&name))?;
                std::fs::write(authority(&folder, &name), forged.bundle_pem())?;
                Ok(client)
            })
            .collect();
        let world = (0..namespaces)
            .map(namespace)
            .fold(String::from("[server]\nca = \"server-ca.pem\"\nkey = \"server-ca.key\"\n"), |world, name| {
                world + &format!("\n[[namespaces]]\nname = \"{name}\"\nca = \"{name}/ca.pem\"\n")
            });
        std::fs::write(folder.join("world.toml"), world)?;
        let (_, stranger) = forge(&namespace(0))?;
        Ok(Self { folder, clients: Arc::new(clients?), stranger })
    }

    pub fn names(&self) -> impl Iterator<Item = String> {
        (0..self.clients.len()).map(namespace)
    }
}

/// The bundle of a namespace.
pub fn authority(folder: &Path, namespace: &str) -> PathBuf {
    folder.join(namespace).join("ca.pem")
}

fn namespace(number: usize) -> String {
    format!("orders-{number}.{ACCOUNT}")
}

/// The server CA for certproof, which makes its certificate itself; for everybody else one of the same making.
fn write_server(folder: &Path, authority: &ServerAuthority, now: OffsetDateTime) -> Result {
    let own = authority.issue(&[endpoint::wildcard(ACCOUNT)], now)?;
    let (certificate, key) = (encode_certificates(&[own.certificate]), encode("PRIVATE KEY", own.key.pkcs8()));
    for (name, text) in [
        ("server-ca.pem", encode_certificates(std::slice::from_ref(&authority.certificate))),
        ("server-ca.key", encode("PRIVATE KEY", authority.private_key())),
        ("server-both.pem", format!("{certificate}{key}")),
        ("server.pem", certificate),
        ("server.key", key),
    ] {
        std::fs::write(folder.join(name), text)?;
    }
    Ok(())
}
