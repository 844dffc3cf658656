//! A tokio-rustls server that demands client certificates, tested with certificates of certproof's: a good client is
//! admitted, an expired one is refused. Everything happens at a time of the test's choice, on loopback.
//!
//! `cargo run --example tokio_rustls`

use std::sync::Arc;
use std::time::Duration;

use certproof::forge::server::ServerAuthority;
use certproof::forge::{self, Forged};
use pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::WebPkiClientVerifier;
use rustls::time_provider::TimeProvider;
use rustls::{ClientConfig, RootCertStore, ServerConfig};
use time::OffsetDateTime;
use time::macros::datetime;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::{TlsAcceptor, TlsConnector};

type Result<T = ()> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;

const AT: OffsetDateTime = datetime!(2027-01-01 00:00 UTC);
const GREETING: &[u8] = b"admitted";

#[tokio::main]
async fn main() -> Result {
    run().await
}

/// # Errors
/// When one of the clients is judged as it should not be, or it takes longer than ten seconds.
pub async fn run() -> Result {
    tokio::time::timeout(Duration::from_secs(10), judge_both()).await?
}

async fn judge_both() -> Result {
    let good = forge::good("orders.f45a2", AT)?;
    let expired = forge::broken("leaf-expired", AT)?;
    let authority = ServerAuthority::fresh("test server CA", AT)?;

    let (server_saw, client_saw) = connect(&good, &good, &authority).await?;
    assert!(server_saw.is_ok(), "{server_saw:?}");
    assert_eq!(client_saw?, GREETING);

    // The server trusts the expired client's own CA: it is refused for its age and nothing else.
    let (server_saw, client_saw) = connect(&expired, &expired, &authority).await?;
    assert!(server_saw.is_err_and(|error| error.to_string().contains("certificate expired")));
    assert!(client_saw.is_err_and(|error| error.to_string().contains("CertificateExpired")));

    Ok(())
}

/// What came of one connection, as the server and as the client saw it.
type Seen = (Result, Result<Vec<u8>>);

/// A server that admits the clients of one hierarchy, and the client of another.
async fn connect(admitted: &Forged, presented: &Forged, authority: &ServerAuthority) -> Result<Seen> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let acceptor = TlsAcceptor::from(server(admitted, authority)?);
    let serving = tokio::spawn(async move {
        let (tcp, _) = listener.accept().await?;
        let mut tls = acceptor.accept(tcp).await?;
        tls.write_all(GREETING).await?;
        tls.shutdown().await?;
        Ok(())
    });
    let connector = TlsConnector::from(client(presented, authority)?);
    let read = async {
        let tcp = TcpStream::connect(address).await?;
        let mut tls = connector.connect(ServerName::try_from("localhost")?, tcp).await?;
        // A TLS 1.3 client knows whether it was admitted when it reads, not when its handshake returns.
        let mut greeting = Vec::new();
        tls.read_to_end(&mut greeting).await?;
        Ok(greeting)
    };
    let seen = read.await;
    Ok((serving.await?, seen))
}

fn server(admitted: &Forged, authority: &ServerAuthority) -> Result<Arc<ServerConfig>> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let identity = authority.issue(&["localhost".to_owned()], AT)?;
    let verifier = WebPkiClientVerifier::builder_with_provider(roots(admitted.anchors())?, provider.clone()).build()?;
    let config = ServerConfig::builder_with_details(provider, Arc::new(FixedTime))
        .with_protocol_versions(&[&rustls::version::TLS13])?
        .with_client_cert_verifier(verifier)
        .with_single_cert(vec![identity.certificate.into()], identity.key.private_key())?;
    Ok(Arc::new(config))
}

fn client(presented: &Forged, authority: &ServerAuthority) -> Result<Arc<ClientConfig>> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_details(provider, Arc::new(FixedTime))
        .with_protocol_versions(&[&rustls::version::TLS13])?
        .with_root_certificates(roots(vec![authority.certificate.clone().into()])?)
        .with_client_auth_cert(presented.client_chain(), presented.client_key.private_key())?;
    Ok(Arc::new(config))
}

fn roots(certificates: Vec<CertificateDer<'static>>) -> Result<Arc<RootCertStore>> {
    let mut roots = RootCertStore::empty();
    for certificate in certificates {
        roots.add(certificate)?;
    }
    Ok(Arc::new(roots))
}

/// The clock of both ends.
#[derive(Debug)]
struct FixedTime;

impl TimeProvider for FixedTime {
    fn current_time(&self) -> Option<UnixTime> {
        let seconds = AT.unix_timestamp().try_into().ok()?;
        Some(UnixTime::since_unix_epoch(Duration::from_secs(seconds)))
    }
}
