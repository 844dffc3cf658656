//! The least that could do the work: bare servers, run by this program as processes of its own.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use http::uri::{Authority, Scheme};
use http::{HeaderMap, HeaderValue, Request, Response, Uri};
use hyper::body::Incoming;
use hyper::client::conn::http2::SendRequest;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use rustls::RootCertStore;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{Acceptor, NoServerSessionStorage, ServerConfig, WebPkiClientVerifier};
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::{LazyConfigAcceptor, TlsAcceptor};

use crate::Result;

/// tokio-rustls with webpki's verifier: one CA, and h2 that answers every call with an empty message.
///
/// # Errors
/// When it cannot serve.
pub async fn server(folder: &Path, authority: &Path, ready: &Path) -> Result {
    let acceptor = TlsAcceptor::from(config(&identity(folder)?, authority)?);
    let listener = listen(ready).await?;
    loop {
        let tcp = accept(&listener).await?;
        let acceptor = acceptor.clone();
        tokio::spawn(async move { answer(acceptor.accept(tcp).await?).await });
    }
}

/// The same with a configuration for each namespace of the folder.
///
/// # Errors
/// When it cannot serve.
pub async fn fleet(folder: &Path, ready: &Path) -> Result {
    let identity = identity(folder)?;
    let mut configs = HashMap::new();
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let authority = entry.path().join("ca.pem");
        if authority.exists() {
            let host = format!("{}.tmprl.cloud", entry.file_name().to_string_lossy());
            configs.insert(host, config(&identity, &authority)?);
        }
    }
    let configs = Arc::new(configs);
    let listener = listen(ready).await?;
    loop {
        let tcp = accept(&listener).await?;
        let configs = configs.clone();
        tokio::spawn(async move {
            let start = LazyConfigAcceptor::new(Acceptor::default(), tcp).await?;
            let config = start.client_hello().server_name().and_then(|name| configs.get(name)).cloned();
            answer(start.into_stream(config.ok_or("no such namespace")?).await?).await
        });
    }
}

/// A plaintext server that answers every call with an empty message.
///
/// # Errors
/// When it cannot serve.
pub async fn upstream(ready: &Path) -> Result {
    let listener = listen(ready).await?;
    loop {
        let tcp = accept(&listener).await?;
        tokio::spawn(answer(tcp));
    }
}

/// tokio-rustls as in [`server`], and hyper that hands every call on over one connection.
///
/// # Errors
/// When it cannot serve.
pub async fn proxy(folder: &Path, authority: &Path, ready: &Path, upstream: SocketAddr) -> Result {
    let acceptor = TlsAcceptor::from(config(&identity(folder)?, authority)?);
    let tcp = TcpStream::connect(upstream).await?;
    tcp.set_nodelay(true)?;
    let (onward, connection) = hyper::client::conn::http2::handshake(TokioExecutor::new(), TokioIo::new(tcp)).await?;
    tokio::spawn(connection);
    let upstream: Authority = upstream.to_string().parse()?;
    let listener = listen(ready).await?;
    loop {
        let tcp = accept(&listener).await?;
        let (acceptor, onward, upstream) = (acceptor.clone(), onward.clone(), upstream.clone());
        tokio::spawn(async move {
            let tls = acceptor.accept(tcp).await?;
            let service = service_fn(move |request| hand_on(request, onward.clone(), upstream.clone()));
            let http = hyper::server::conn::http2::Builder::new(TokioExecutor::new());
            http.serve_connection(TokioIo::new(tls), service).await?;
            Result::Ok(())
        });
    }
}

async fn hand_on(
    mut request: Request<Incoming>,
    mut onward: SendRequest<Incoming>,
    upstream: Authority,
) -> Result<Response<Incoming>> {
    let mut parts = std::mem::take(request.uri_mut()).into_parts();
    parts.scheme = Some(Scheme::HTTP);
    parts.authority = Some(upstream);
    *request.uri_mut() = Uri::from_parts(parts)?;
    Ok(onward.send_request(request).await?)
}

async fn answer(io: impl AsyncRead + AsyncWrite + Unpin) -> Result {
    let mut connection = h2::server::handshake(io).await?;
    while let Some(request) = connection.accept().await {
        let (request, mut respond) = request?;
        tokio::spawn(async move {
            let mut body = request.into_body();
            while let Some(data) = body.data().await {
                body.flow_control().release_capacity(data?.len())?;
            }
            let response = Response::builder().header("content-type", "application/grpc").body(())?;
            let mut stream = respond.send_response(response, false)?;
            // A message of no bytes.
            stream.send_data(Bytes::from_static(&[0; 5]), false)?;
            stream.send_trailers(HeaderMap::from_iter([(
                http::HeaderName::from_static("grpc-status"),
                HeaderValue::from_static("0"),
            )]))?;
            Result::Ok(())
        });
    }
    Ok(())
}

fn identity(folder: &Path) -> Result<Arc<SingleCertAndKey>> {
    let certificate = CertificateDer::from_pem_file(folder.join("server.pem"))?;
    let key = PrivateKeyDer::from_pem_file(folder.join("server.key"))?;
    let key = rustls::crypto::aws_lc_rs::sign::any_ecdsa_type(&key)?;
    Ok(Arc::new(SingleCertAndKey::from(CertifiedKey::new(vec![certificate], key))))
}

fn config(identity: &Arc<SingleCertAndKey>, authority: &Path) -> Result<Arc<ServerConfig>> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut roots = RootCertStore::empty();
    for root in CertificateDer::pem_file_iter(authority)? {
        roots.add(root?)?;
    }
    let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider.clone()).build()?;
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13])?
        .with_client_cert_verifier(verifier)
        .with_cert_resolver(identity.clone());
    config.alpn_protocols = vec![b"h2".to_vec()];
    config.session_storage = Arc::new(NoServerSessionStorage {});
    config.send_tls13_tickets = 0;
    Ok(Arc::new(config))
}

/// Opens a port and writes the ready file, complete or not at all.
async fn listen(ready: &Path) -> Result<TcpListener> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let draft = ready.with_extension("new");
    std::fs::write(&draft, format!("{}\n", listener.local_addr()?))?;
    std::fs::rename(draft, ready)?;
    Ok(listener)
}

async fn accept(listener: &TcpListener) -> Result<TcpStream> {
    let (tcp, _) = listener.accept().await?;
    tcp.set_nodelay(true)?;
    Ok(tcp)
}
