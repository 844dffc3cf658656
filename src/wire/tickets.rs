//! A plain TLS 1.3 server that gives out session tickets, since the front door never does.
//!
//! Scenarios about resumption need a client that really offers a ticket. It gets one here, from a server with the same
//! certificate, and offers it to the door. Its tickets allow early data, for clients that care.

use std::sync::Arc;
use std::time::Duration;

use rustls::server::{ServerConfig, ServerSessionMemoryCache};
use rustls::sign::SingleCertAndKey;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;

use super::{Loopback, ServerIdentity, WireError, provider};

/// Octets of early data that a ticket allows: what OpenSSL's servers allow as well.
const EARLY: u32 = 16 * 1024;

/// Runs until it is dropped.
#[derive(Debug)]
pub struct TicketOffice {
    pub address: Loopback,
    task: JoinHandle<()>,
}

impl TicketOffice {
    /// # Errors
    /// When the server key cannot be used or no port is free.
    pub async fn open(identity: ServerIdentity) -> Result<Self, WireError> {
        let refused = |source| WireError::Tls { what: "ticket office", source };
        let resolver = Arc::new(SingleCertAndKey::from(identity.certified()?));
        let mut config = ServerConfig::builder_with_provider(provider())
            .with_protocol_versions(&[&rustls::version::TLS13])
            .map_err(refused)?
            .with_no_client_auth()
            .with_cert_resolver(resolver);
        config.alpn_protocols = vec![b"h2".to_vec()];
        config.session_storage = ServerSessionMemoryCache::new(16);
        config.max_early_data_size = EARLY;
        let wanted = Loopback::port(0).address();
        let listen = |source| WireError::Listen { address: wanted, source };
        let listener = TcpListener::bind(wanted).await.map_err(listen)?;
        let address = Loopback::try_from(listener.local_addr().map_err(listen)?)?;
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let task = tokio::spawn(async move {
            loop {
                // Out of file descriptors or the like, which passes.
                let Ok((tcp, _)) = listener.accept().await else {
                    tokio::time::sleep(Duration::from_millis(20)).await;
                    continue;
                };
                let acceptor = acceptor.clone();
                tokio::spawn(tokio::time::timeout(Duration::from_secs(5), async move {
                    let mut stream = acceptor.accept(tcp).await?;
                    stream.write_u8(0).await?;
                    stream.shutdown().await
                }));
            }
        });
        Ok(Self { address, task })
    }
}

impl Drop for TicketOffice {
    fn drop(&mut self) {
        self.task.abort();
    }
}
