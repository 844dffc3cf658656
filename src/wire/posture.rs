//! A namespace as the wire needs it: its state, and the TLS configuration that its connections share.

use std::sync::{Arc, Mutex, PoisonError};

use rustls::server::{NoServerSessionStorage, ResolvesServerCert, ServerConfig};

use super::gatekeeper::Verifier;
use super::provider;
use super::sabotage::{Sabotage, Weakness};
use crate::cloud::switches::CaNames;
use crate::cloud::world::Tenant;

/// One namespace behind the door.
#[derive(Debug)]
pub struct Posture {
    pub tenant: Arc<Tenant>,
    ca_names: CaNames,
    /// What the last connection was greeted with: made at the first one, and again for another server certificate.
    greeting: Mutex<Option<Greeting>>,
}

#[derive(Debug)]
struct Greeting {
    resolver: Arc<dyn ResolvesServerCert>,
    asks: Asks,
    config: Arc<ServerConfig>,
}

/// Whether a client certificate is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asks {
    /// It may be left out.
    Optionally,
    Always,
}

impl Posture {
    pub fn new(tenant: Arc<Tenant>, ca_names: CaNames) -> Self {
        Self { tenant, ca_names, greeting: Mutex::default() }
    }

    /// The configuration in which gatekeepers judge.
    ///
    /// # Errors
    /// When the TLS library does not take it.
    pub fn config(
        &self,
        resolver: Arc<dyn ResolvesServerCert>,
        asks: Asks,
        weakness: Weakness,
    ) -> Result<Arc<ServerConfig>, rustls::Error> {
        // A half-made one is never stored.
        let mut greeting = self.greeting.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(greeting) = &*greeting
            && Arc::ptr_eq(&greeting.resolver, &resolver)
            && greeting.asks == asks
        {
            return Ok(greeting.config.clone());
        }
        let verifier = Verifier::new(&self.tenant, self.ca_names, asks == Asks::Optionally, provider());
        let config = config(resolver.clone(), Some(verifier), weakness)?;
        *greeting = Some(Greeting { resolver, asks, config: config.clone() });
        Ok(config)
    }
}

/// A configuration that keeps nothing of any session; without a verifier, no certificate is asked for.
///
/// # Errors
/// When the TLS library does not take it.
pub fn config(
    resolver: Arc<dyn ResolvesServerCert>,
    verifier: Option<Verifier>,
    weakness: Weakness,
) -> Result<Arc<ServerConfig>, rustls::Error> {
    let versions = match weakness.is(Sabotage::Tls12Allowed) {
        false => &[&rustls::version::TLS13],
        true => rustls::ALL_VERSIONS,
    };
    let builder = ServerConfig::builder_with_provider(provider()).with_protocol_versions(versions)?;
    let builder = match verifier {
        Some(verifier) => builder.with_client_cert_verifier(Arc::new(verifier)),
        None => builder.with_no_client_auth(),
    };
    let mut config = builder.with_cert_resolver(resolver);
    config.alpn_protocols = vec![b"h2".to_vec()];
    // A resumed session skips the gatekeeper: a rotated CA or an expired leaf would still get in.
    config.session_storage = Arc::new(NoServerSessionStorage {});
    config.send_tls13_tickets = 0;
    Ok(Arc::new(config))
}
