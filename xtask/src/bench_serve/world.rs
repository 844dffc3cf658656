//! What is served: a folder of namespaces, each with its own CA, in every form that a contender reads; and the clients.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use certproof::cloud::endpoint;
use certproof::forge::server::ServerAuthority;
use certproof::forge::{KeyKind, KeySource, Recipe};
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
    namespaces: usize,
    /// By namespace, in order.
    pub clients: Arc<Vec<Client>>,
    /// A client of a CA that no namespace has, which asks for the first one.
    pub stranger: Client,
}

impl World {
    /// Namespaces with a client each, which presents `root -> leaf`, or with an intermediate
    /// `root -> intermediate -> leaf`; P-256 throughout. The server's certificate is one for the account.
    ///
    /// # Errors
    /// When something cannot be forged or written.
    pub fn make(folder: PathBuf, namespaces: usize, intermediates: usize) -> Result<Self> {
        Self::with(folder, namespaces, 1, |name, _, now| {
            Recipe::with_intermediates(name, KeySource::Fresh, KeyKind::P256, now, intermediates)
        })
    }

    /// One namespace of many clients, each below an intermediate of its own and all below one root.
    ///
    /// # Errors
    /// When something cannot be forged or written.
    pub fn crowded(folder: PathBuf, clients: usize) -> Result<Self> {
        Self::with(folder, 1, clients, |name, number, now| {
            // By the same seed, the same label has the same key.
            let mut recipe = Recipe::with_intermediates(name, KeySource::Seeded(1), KeyKind::P256, now, 1);
            recipe.authorities[1].spec.label.push_str(&format!(" {number}"));
            recipe.client.label.push_str(&format!(" {number}"));
            recipe
        })
    }

    fn with(
        folder: PathBuf,
        namespaces: usize,
        clients: usize,
        recipe: impl Fn(&str, usize, OffsetDateTime) -> Recipe + Sync,
    ) -> Result<Self> {
        let now = OffsetDateTime::now_utc();
        std::fs::create_dir_all(&folder)?;
        let server = ServerAuthority::fresh("bench server CA", now)?;
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from(server.certificate.as_slice()))?;
        let roots = Arc::new(roots);
        write_server(&folder, &server, now)?;
        for name in (0..namespaces).map(namespace) {
            std::fs::create_dir(folder.join(name))?;
        }
        let members: Result<Vec<Client>> = (0..namespaces * clients)
            .into_par_iter()
            .map(|number| {
                let name = namespace(number / clients);
                let forged = recipe(&name, number, now).forge()?;
                if number % clients == 0 {
                    std::fs::write(authority(&folder, &name), forged.bundle_pem())?;
                }
                Client::new(roots.clone(), &name, &forged)
            })
            .collect();
        let world = (0..namespaces)
            .map(namespace)
            .fold(String::from("[server]\nca = \"server-ca.pem\"\nkey = \"server-ca.key\"\n"), |world, name| {
                world + &format!("\n[[namespaces]]\nname = \"{name}\"\nca = \"{name}/ca.pem\"\n")
            });
        std::fs::write(folder.join("world.toml"), world)?;
        let foreign = Recipe::with_intermediates(&namespace(0), KeySource::Fresh, KeyKind::P256, now, 1).forge()?;
        let stranger = Client::new(roots, &namespace(0), &foreign)?;
        Ok(Self { folder, namespaces, clients: Arc::new(members?), stranger })
    }

    pub fn names(&self) -> impl Iterator<Item = String> {
        (0..self.namespaces).map(namespace)
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
