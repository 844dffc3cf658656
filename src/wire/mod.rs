//! CONNECTING: the front door and its client, with real TLS on real loopback sockets.
//!
//! Whoever connects is judged in stages ([`crate::cloud::Stage`]); every decision comes out as an [`Outcome`] with the
//! full reason on the server's side and only an alert on the wire. This room knows neither rules nor forge: server
//! certificates are handed to it.

mod aside;
pub mod audit;
mod calls;
pub mod client;
pub mod crowd;
mod door;
mod gatekeeper;
mod grpc;
mod identity;
mod messages;
pub mod methods;
pub mod metrics;
pub mod namespaces;
pub mod outcome;
mod reflection;
mod reply;
mod room;
mod route;
#[cfg(feature = "sabotage")]
pub mod sabotage;
mod settings;
pub mod tickets;
mod upstream;
mod visit;

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
