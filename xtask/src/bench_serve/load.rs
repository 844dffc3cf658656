//! The client whose servers are measured: handshakes and unary calls, with the key exchange and cipher pinned.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::{BufMut as _, Bytes, BytesMut};
use certproof::cloud::endpoint;
use certproof::forge::Forged;
use h2::client::SendRequest;
use http::{HeaderMap, Request};
use rustls::client::Resumption;
use rustls::crypto::CryptoProvider;
use rustls::crypto::aws_lc_rs::{self, cipher_suite, kx_group};
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::Result;

const PATIENCE: Duration = Duration::from_secs(10);

const DESCRIBE_NAMESPACE: &str = "/temporal.api.workflowservice.v1.WorkflowService/DescribeNamespace";

/// The preface of HTTP/2 and an empty SETTINGS frame.
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0";

#[derive(Clone)]
pub struct Client {
    namespace: String,
    host: ServerName<'static>,
    config: Arc<ClientConfig>,
}

impl Client {
    /// # Errors
    /// When the TLS library cannot use what was forged.
    pub fn new(roots: Arc<RootCertStore>, namespace: &str, forged: &Forged) -> Result<Self> {
        // Everybody does the same arithmetic.
        let provider = CryptoProvider {
            kx_groups: vec![kx_group::X25519],
            cipher_suites: vec![cipher_suite::TLS13_AES_128_GCM_SHA256],
            ..aws_lc_rs::default_provider()
        };
        let mut config = ClientConfig::builder_with_provider(Arc::new(provider))
            .with_protocol_versions(&[&rustls::version::TLS13])?
            .with_root_certificates(roots)
            .with_client_auth_cert(forged.client_chain(), forged.client_key.private_key())?;
        config.alpn_protocols = vec![b"h2".to_vec()];
        config.resumption = Resumption::disabled();
        let host = ServerName::try_from(endpoint::host(&namespace.parse()?))?;
        Ok(Self { namespace: namespace.to_owned(), host, config: Arc::new(config) })
    }

    async fn connect(&self, door: SocketAddr) -> Result<TlsStream<TcpStream>> {
        let tcp = TcpStream::connect(door).await?;
        tcp.set_nodelay(true)?;
        Ok(TlsConnector::from(self.config.clone()).connect(self.host.clone(), tcp).await?)
    }

    /// One handshake: connect, TLS with a client certificate, HTTP/2's preface, the server's SETTINGS, close.
    ///
    /// The SETTINGS come once the server has judged the certificate. It has done with the connection when it closes.
    async fn handshake(&self, door: SocketAddr) -> Result {
        let mut tls = self.connect(door).await?;
        tls.write_all(PREFACE).await?;
        tls.flush().await?;
        let mut head = [0; 9];
        tls.read_exact(&mut head).await?;
        let [_, _, _, 4, ..] = head else { return Err("the first frame was not SETTINGS".into()) };
        tls.shutdown().await?;
        let mut rest = [0; 1024];
        // Some say goodbye, some just go.
        while !matches!(tls.read(&mut rest).await, Ok(0) | Err(_)) {}
        Ok(())
    }

    /// # Errors
    /// When the connection or HTTP/2 on it fails.
    pub async fn dial(&self, door: SocketAddr) -> Result<Line> {
        let tls = self.connect(door).await?;
        let (requests, connection) = h2::client::handshake(tls).await?;
        tokio::spawn(connection);
        // DescribeNamespaceRequest { namespace }
        let length = u8::try_from(self.namespace.len())?;
        let mut message = BytesMut::new();
        message.put_u8(0);
        message.put_u32(u32::from(length) + 2);
        message.put_slice(&[0x0A, length]);
        message.put_slice(self.namespace.as_bytes());
        let request = Request::post(format!("https://{}{DESCRIBE_NAMESPACE}", self.host.to_str()))
            .header("content-type", "application/grpc")
            .header("te", "trailers")
            .header("temporal-namespace", &self.namespace)
            .body(())?;
        Ok(Line { requests, request, message: message.freeze() })
    }

    /// Whether a request of this client is answered with a status of success.
    pub async fn is_served(&self, door: SocketAddr) -> bool {
        let ask = async { self.dial(door).await?.ask().await };
        matches!(tokio::time::timeout(PATIENCE, ask).await, Ok(Ok((true, _))))
    }
}

/// A connection over which DescribeNamespace is called.
#[derive(Clone)]
pub struct Line {
    requests: SendRequest<Bytes>,
    request: Request<()>,
    message: Bytes,
}

impl Line {
    async fn call(&self) -> Result {
        let (_, headers) = self.ask().await?;
        match headers.get("grpc-status").map(http::HeaderValue::as_bytes) {
            Some(b"0") => Ok(()),
            status => Err(format!("a call was answered with grpc-status {status:?}").into()),
        }
    }

    /// Whether the HTTP status is one of success, and the trailers, or the headers of an answer without trailers.
    async fn ask(&self) -> Result<(bool, HeaderMap)> {
        let mut requests = self.requests.clone().ready().await?;
        let (response, mut sending) = requests.send_request(self.request.clone(), false)?;
        sending.send_data(self.message.clone(), true)?;
        let (head, mut body) = response.await?.into_parts();
        while let Some(data) = body.data().await {
            body.flow_control().release_capacity(data?.len())?;
        }
        let trailers = body.trailers().await?;
        Ok((head.status.is_success(), trailers.unwrap_or(head.headers)))
    }
}

/// Connections under way at a time.
const AT_ONCE: usize = 4;

/// That many handshakes of clients chosen at random.
///
/// # Errors
/// When one fails.
pub async fn handshakes(door: SocketAddr, clients: &Arc<Vec<Client>>, count: u32) -> Result {
    let chosen = (0..count).map(|_| fastrand::usize(..clients.len())).collect();
    shake_hands(door, clients, chosen).await
}

/// A handshake of every client, in a random order.
///
/// # Errors
/// When one fails.
pub async fn handshake_of_each(door: SocketAddr, clients: &Arc<Vec<Client>>) -> Result {
    let mut chosen: Vec<_> = (0..clients.len()).collect();
    fastrand::shuffle(&mut chosen);
    shake_hands(door, clients, chosen).await
}

/// Handshakes of these clients, by their numbers.
async fn shake_hands(door: SocketAddr, clients: &Arc<Vec<Client>>, chosen: Vec<usize>) -> Result {
    let mut lanes = JoinSet::new();
    for lane in 0..AT_ONCE {
        let clients = clients.clone();
        let chosen: Vec<_> = chosen.iter().copied().skip(lane).step_by(AT_ONCE).collect();
        lanes.spawn(async move {
            for number in chosen {
                tokio::time::timeout(PATIENCE, clients[number].handshake(door)).await??;
            }
            Ok(())
        });
    }
    finish(lanes).await
}

/// That many calls over one connection, so many under way at a time.
///
/// # Errors
/// When one fails.
pub async fn calls(line: &Line, count: u32, at_once: u32) -> Result {
    let mut lanes = JoinSet::new();
    for _ in 0..at_once {
        let line = line.clone();
        lanes.spawn(async move {
            for _ in 0..count / at_once {
                tokio::time::timeout(PATIENCE, line.call()).await??;
            }
            Ok(())
        });
    }
    finish(lanes).await
}

async fn finish(mut lanes: JoinSet<Result>) -> Result {
    while let Some(ended) = lanes.join_next().await {
        ended??;
    }
    Ok(())
}
