//! CONNECTING: the front door and its client, with real TLS on real loopback sockets.
//!
//! Whoever connects is judged in stages ([`crate::cloud::Stage`]); every decision comes out as an [`Outcome`] with the
//! full reason on the server's side and only an alert on the wire. This room knows neither rules nor forge: server
//! certificates are handed to it.
//!
//! For the tests of a client of Temporal's, with the features `wire` and `forge`: a door to a namespace whose hierarchy
//! was just made. Whatever connects to its address with the kit's client certificate, and
//! `orders.f45a2.tmprl.cloud` as server name, gets in; and what becomes of everybody is told.
//!
//! ```
//! # #[cfg(all(feature = "wire", feature = "forge"))] {
//! use std::sync::{Arc, Mutex};
//!
//! use certproof::cloud::{Kit, World};
//! use certproof::forge::{KeyKind, KeySource, Recipe, server::ServerAuthority};
//! use certproof::wire::{FrontDoor, ServerIdentity};
//!
//! let now = certproof::pki::Clock::System.now();
//! let made = Recipe::good("orders.f45a2", KeySource::Fresh, KeyKind::P256, now).forge()?;
//! let world = World::of([("orders.f45a2".parse()?, &Kit::read(&made.files))]);
//!
//! // Clients must be told to trust this CA; it stands where the public ones stand for the cloud.
//! let authority = ServerAuthority::fresh("my tests", now)?;
//! let server_root = authority.certificate.clone();
//! let mint = move |names: &[String]| {
//!     let server = authority.issue(names, now).map_err(|error| error.to_string())?;
//!     ServerIdentity::new(vec![server.certificate], server.key.pkcs8()).map_err(|error| error.to_string())
//! };
//!
//! let events = Arc::new(Mutex::new(Vec::new()));
//! let told = events.clone();
//! let runtime = tokio::runtime::Runtime::new()?;
//! runtime.block_on(async {
//!     let records = Arc::new(move |event| told.lock().unwrap().push(event));
//!     let door = FrontDoor::to(world, mint).records(records).open().await?;
//!     assert!(door.address().ip().is_loopback());
//!     // … connect to door.address() here, then look at what happened: events.lock() …
//!     # assert!(events.lock().unwrap().is_empty() && !server_root.is_empty());
//!     Ok::<_, Box<dyn std::error::Error>>(())
//! })?;
//! # }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod aside;
pub mod audit;
mod calls;
pub mod client;
pub mod crowd;
mod door;
mod gatekeeper;
mod grpc;
mod identity;
pub mod messages;
pub mod methods;
pub mod metrics;
pub mod namespaces;
pub mod outcome;
mod patience;
mod posture;
mod reflection;
mod reply;
mod room;
mod route;
pub mod sabotage;
mod settings;
pub mod tickets;
mod upstream;
mod visit;
mod weakened;
pub mod witness;

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;

pub use door::{FrontDoor, Plan};
pub use identity::{Identities, ServerIdentity};
pub use outcome::{Decision, Outcome};
use rustls::crypto::CryptoProvider;
pub use settings::Settings;

/// An address that only this machine can reach.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Loopback(SocketAddr);

impl Loopback {
    /// A port of 127.0.0.1; 0 lets the system choose.
    pub fn port(port: u16) -> Self {
        Self(SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), port))
    }

    pub fn address(self) -> SocketAddr {
        self.0
    }
}

impl TryFrom<SocketAddr> for Loopback {
    type Error = WireError;

    fn try_from(address: SocketAddr) -> Result<Self, WireError> {
        if address.ip().is_loopback() { Ok(Self(address)) } else { Err(WireError::NotLoopback(address)) }
    }
}

/// What stopped a door or a client from being set up.
#[derive(Debug, thiserror::Error)]
pub enum WireError {
    #[error("{0} is not a loopback address; only 127.0.0.0/8 and [::1] are served")]
    NotLoopback(SocketAddr),
    #[error("cannot listen on {address}: {source}")]
    Listen { address: SocketAddr, source: std::io::Error },
    #[error("the TLS library refuses the {what}: {source}")]
    Tls { what: &'static str, source: rustls::Error },
    #[error("the TLS library cannot use the {what}")]
    Unusable { what: &'static str },
}

/// aws-lc-rs, passed everywhere explicitly: this library neither uses nor installs a process default.
fn provider() -> Arc<CryptoProvider> {
    static PROVIDER: std::sync::LazyLock<Arc<CryptoProvider>> =
        std::sync::LazyLock::new(|| Arc::new(rustls::crypto::aws_lc_rs::default_provider()));
    PROVIDER.clone()
}
