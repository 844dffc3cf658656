//! Server certificates, minted when a client first asks for their name.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

use pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::ResolvesServerCert;
use rustls::sign::{CertifiedKey, SingleCertAndKey};

use super::{WireError, provider};

/// A server certificate chain and its key.
pub struct ServerIdentity {
    pub chain: Vec<CertificateDer<'static>>,
    pub key: PrivateKeyDer<'static>,
}

impl std::fmt::Debug for ServerIdentity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "server identity of {} certificates", self.chain.len())
    }
}

impl ServerIdentity {
    /// From DER; the key as PKCS#8, PKCS#1 or SEC1.
    ///
    /// # Errors
    /// When the key is none of these.
    pub fn new(chain: Vec<Vec<u8>>, key: &[u8]) -> Result<Self, WireError> {
        let key = PrivateKeyDer::try_from(key.to_vec()).map_err(|_| WireError::Unusable { what: "private key" })?;
        Ok(Self { chain: chain.into_iter().map(CertificateDer::from).collect(), key })
    }

    pub(super) fn certified(self) -> Result<CertifiedKey, WireError> {
        let key = provider()
            .key_provider
            .load_private_key(self.key)
            .map_err(|source| WireError::Tls { what: "server key", source })?;
        Ok(CertifiedKey::new(self.chain, key))
    }
}

/// Makes the certificate that the door shows for DNS names: the wildcard of an account, or the names of a region. What
/// it says when it fails goes into records.
pub type Identities = Arc<dyn Fn(&[String]) -> Result<ServerIdentity, String> + Send + Sync>;

/// For how long a minted certificate is shown.
const LONGEST: Duration = Duration::from_secs(24 * 3600);

/// Keeps what was minted, by its first name.
pub(super) struct Minted {
    mint: Identities,
    resolvers: RwLock<Resolvers>,
}

#[derive(Default)]
struct Resolvers {
    shown: HashMap<String, Shown>,
    /// How often all were forgotten: what was begun before is not kept.
    generation: u64,
}

/// A certificate, and since when it is shown.
type Shown = (Instant, Arc<dyn ResolvesServerCert>);

impl Minted {
    pub fn new(mint: Identities) -> Self {
        Self { mint, resolvers: RwLock::default() }
    }

    pub fn forget(&self) {
        let mut resolvers = self.resolvers.write().unwrap_or_else(PoisonError::into_inner);
        resolvers.shown.clear();
        resolvers.generation += 1;
    }

    pub fn resolver(&self, names: &[String]) -> Result<Arc<dyn ResolvesServerCert>, String> {
        let name = names.first().map(String::as_str).unwrap_or_default();
        // Nothing panics while it holds this lock.
        let resolvers = self.resolvers.read().unwrap_or_else(PoisonError::into_inner);
        let (known, generation) = (resolvers.shown.get(name).cloned(), resolvers.generation);
        drop(resolvers);
        if let Some((_, resolver)) = known.filter(|(since, _)| since.elapsed() < LONGEST) {
            return Ok(resolver);
        }
        let certified = (self.mint)(names)?.certified().map_err(|error| error.to_string())?;
        let resolver: Arc<dyn ResolvesServerCert> = Arc::new(SingleCertAndKey::from(certified));
        let mut resolvers = self.resolvers.write().unwrap_or_else(PoisonError::into_inner);
        if resolvers.generation == generation {
            resolvers.shown.insert(name.to_owned(), (Instant::now(), resolver.clone()));
        }
        Ok(resolver)
    }
}
