//! A rustls client that can misbehave in every way the scenarios ask for, and that reports what it saw and when.
//!
//! A TLS 1.3 client has finished its handshake before the server has judged its certificate. So nothing is called
//! admitted before the answer to a call has come, and nothing refused before the first read.

use std::io::{self, Write as _};
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use bytes::Bytes;
use h2::client::SendRequest;
use http::Request;
use pki_types::{CertificateDer, ServerName};
pub use rustls::NamedGroup;
use rustls::client::{
    ClientSessionStore, ResolvesClientCert, Resumption, Tls12ClientSessionValue, Tls13ClientSessionValue,
};
use rustls::sign::CertifiedKey;
use rustls::{ClientConfig, ClientConnection, HandshakeKind, RootCertStore, SignatureScheme};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::outcome::{EarlyData, Seen, Sight};
use super::{Loopback, ServerIdentity, WireError, grpc, provider};
use crate::cloud::{Alert, NamespaceName, endpoint};
use crate::pki::Certificate;

/// How long an attempt may take in all.
const DEADLINE: Duration = Duration::from_secs(10);

/// How long a connection is listened to after its call was answered.
const GRACE: Duration = Duration::from_millis(5);

/// How long a broken call waits for the alert that explains it.
const PATIENCE: Duration = Duration::from_secs(1);

/// Whom a client dials.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    Here(Loopback),
    /// Somebody else's server, which the user has named.
    Named(SocketAddr),
}

impl From<Loopback> for Target {
    fn from(address: Loopback) -> Self {
        Self::Here(address)
    }
}

impl Target {
    pub fn address(self) -> SocketAddr {
        match self {
            Self::Here(loopback) => loopback.address(),
            Self::Named(address) => address,
        }
    }
}

/// What a client brings along. `Debug` shows no key.
#[derive(Debug)]
pub struct Profile {
    /// The leaf, then what is sent with it, and the key; none presents no certificate.
    pub identity: Option<ServerIdentity>,
    /// DER of the CAs that servers are judged by.
    pub roots: Vec<CertificateDer<'static>>,
    pub versions: Versions,
    pub protocols: Vec<Vec<u8>>,
    /// Presents its certificate only where the server names one of its CAs, or none at all, as Go and Java do.
    pub heeds_ca_names: bool,
}

/// What a client offers in its ClientHello.
#[derive(Debug, Clone)]
pub struct Offer {
    pub versions: Versions,
    /// Application protocols in its order.
    pub protocols: Vec<Vec<u8>>,
    /// The one group that it offers; all that the library has, if none is given.
    pub group: Option<NamedGroup>,
    /// Its first call goes along with the ClientHello, where it holds a ticket that allows this.
    pub early_data: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Versions {
    Tls13,
    Tls12,
}

/// One try at the door.
#[derive(Debug, Clone)]
pub struct Attempt {
    pub server_name: Sni,
    /// Made one after the other on the same connection.
    pub calls: Vec<Ask>,
}

/// One gRPC call as it is asked, whether or not it makes sense.
#[derive(Debug, Clone)]
pub struct Ask {
    /// `/package.Service/Method`.
    pub path: String,
    /// `:authority`: a host, perhaps with a port.
    pub authority: String,
    /// Beside those of every gRPC call; a name may come more than once.
    pub headers: Vec<(&'static str, String)>,
    /// The message in its frame: [`plain`] or [`gzipped`].
    pub body: Bytes,
}

impl Ask {
    /// DescribeNamespace, with the namespace named wherever it belongs.
    pub fn describe(namespace: &NamespaceName) -> Self {
        Self {
            path: grpc::DESCRIBE_NAMESPACE.to_owned(),
            authority: endpoint::host(namespace),
            headers: vec![(grpc::NAMESPACE_HEADER, namespace.to_string())],
            body: grpc::request_frame(namespace.as_str()),
        }
    }
}

/// An uncompressed message in its frame.
pub fn plain(message: &[u8]) -> Bytes {
    grpc::frame(message)
}

/// A message in its frame, each part of it compressed to a gzip member of its own.
///
/// # Errors
/// When compression fails, which it does not in memory.
pub fn gzipped<'p>(parts: impl IntoIterator<Item = &'p [u8]>) -> io::Result<Bytes> {
    let mut packed = Vec::new();
    for part in parts {
        let mut encoder = flate2::write::GzEncoder::new(packed, flate2::Compression::fast());
        encoder.write_all(part)?;
        packed = encoder.finish()?;
    }
    let mut frame = grpc::frame(&packed).to_vec();
    // The first byte of a frame says whether the message is compressed.
    frame[0] = 1;
    Ok(frame.into())
}

/// What is sent as server name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sni {
    /// Sent as it is written, and what the server's certificate must be good for.
    Name(String),
    /// Sent not at all; the certificate must be good for the name.
    Absent(String),
    /// `127.0.0.1` where a host name belongs, which a well-behaved stack never sends: raw bytes.
    IpLiteral,
}

/// A client with its own configuration and its own store of session tickets.
#[derive(Debug)]
pub struct Client {
    roots: Arc<RootCertStore>,
    presenter: Arc<Presenter>,
    config: Arc<ClientConfig>,
    without_sni: Arc<ClientConfig>,
    tickets: Arc<TicketStore>,
}

impl Client {
    /// # Errors
    /// When the key cannot be used by the TLS library.
    pub fn new(profile: Profile) -> Result<Self, WireError> {
        let mut roots = RootCertStore::empty();
        for root in profile.roots {
            roots.add(root).map_err(|source| WireError::Tls { what: "server root", source })?;
        }
        let identity = profile.identity.map(|identity| identity.certified().map(Arc::new)).transpose()?;
        let presenter = Arc::new(Presenter { identity, heeds_ca_names: profile.heeds_ca_names });
        let offer = Offer { versions: profile.versions, protocols: profile.protocols, group: None, early_data: false };
        Self::with(Arc::new(roots), presenter, offer)
    }

    /// One with the same certificate and the same roots, and no tickets yet.
    ///
    /// # Errors
    /// When the TLS library does not have the group.
    pub fn offering(&self, offer: Offer) -> Result<Self, WireError> {
        Self::with(self.roots.clone(), self.presenter.clone(), offer)
    }

    fn with(roots: Arc<RootCertStore>, presenter: Arc<Presenter>, offer: Offer) -> Result<Self, WireError> {
        let versions: &[&rustls::SupportedProtocolVersion] = match offer.versions {
            Versions::Tls13 => &[&rustls::version::TLS13],
            Versions::Tls12 => &[&rustls::version::TLS12],
        };
        let mut library = provider();
        if let Some(group) = offer.group {
            Arc::make_mut(&mut library).kx_groups.retain(|offered| offered.name() == group);
        }
        let refused = |source| WireError::Tls { what: "client configuration", source };
        let mut config = ClientConfig::builder_with_provider(library)
            .with_protocol_versions(versions)
            .map_err(refused)?
            .with_root_certificates(roots.clone())
            .with_client_cert_resolver(presenter.clone());
        config.alpn_protocols = offer.protocols;
        config.enable_early_data = offer.early_data;
        let tickets = Arc::new(TicketStore::default());
        config.resumption = Resumption::store(tickets.clone());
        let mut without_sni = config.clone();
        without_sni.enable_sni = false;
        Ok(Self { roots, presenter, config: Arc::new(config), without_sni: Arc::new(without_sni), tickets })
    }

    /// Session tickets that the client holds and would offer to anybody.
    pub fn held_tickets(&self) -> usize {
        self.tickets.lock().held.len()
    }

    /// Connects, makes its calls, and waits until it knows the server's decision. Also returns the client's own address,
    /// by which the server's record is found.
    pub async fn attempt(&self, door: impl Into<Target>, attempt: &Attempt) -> (Sight, Option<SocketAddr>) {
        self.attempt_with(door.into(), attempt, &mut |_| ()).await
    }

    /// The same; `between` is told the number of every answer that has come (1, 2, …) before the next call is made.
    pub async fn attempt_with(
        &self,
        door: Target,
        attempt: &Attempt,
        between: &mut (dyn FnMut(usize) + Send),
    ) -> (Sight, Option<SocketAddr>) {
        let start = Instant::now();
        let offered_before = self.tickets.lock().offered;
        let mut trace = Trace {
            start,
            connected_after: None,
            full_handshake: None,
            early_data: EarlyData::NotOffered,
            local: None,
            answers: Vec::new(),
        };
        let run = self.run(door, attempt, between, &mut trace);
        let seen = tokio::time::timeout(DEADLINE, run).await;
        let sight = Sight {
            started: start,
            seen: seen.unwrap_or_else(|_| Seen::Failed(format!("nothing known after {} s", DEADLINE.as_secs()))),
            answers: trace.answers,
            connected_after: trace.connected_after,
            known_after: start.elapsed(),
            full_handshake: trace.full_handshake,
            offered_ticket: self.tickets.lock().offered > offered_before,
            early_data: trace.early_data,
        };
        (sight, trace.local)
    }

    async fn run(
        &self,
        door: Target,
        attempt: &Attempt,
        between: &mut (dyn FnMut(usize) + Send),
        trace: &mut Trace,
    ) -> Seen {
        let tcp = match TcpStream::connect(door.address()).await {
            Ok(tcp) => tcp,
            Err(error) => return Seen::Failed(format!("cannot connect: {}", error.kind())),
        };
        let _ = tcp.set_nodelay(true);
        trace.local = tcp.local_addr().ok();
        let (config, name) = match &attempt.server_name {
            Sni::Name(name) => (&self.config, name),
            Sni::Absent(name) => (&self.without_sni, name),
            Sni::IpLiteral => return self.send_ip_literal(tcp, trace).await,
        };
        let Ok(server_name) = ServerName::try_from(name.clone()) else {
            return Seen::Failed(format!("`{name}` is no server name"));
        };
        let connector = TlsConnector::from(config.clone());
        if config.enable_early_data {
            return rush(connector, server_name, tcp, &attempt.calls, between, trace).await;
        }
        let stream = match connector.connect(server_name, tcp).await {
            Ok(stream) => stream,
            Err(error) => return see(&error),
        };
        trace.connected_after = Some(trace.start.elapsed());
        trace.full_handshake = Some(is_full(&stream));
        let fate = Fate::default();
        let stream = Watched { stream, fate: fate.clone() };
        match converse(stream, &attempt.calls, between, &mut trace.answers).await {
            Ok(seen) => seen,
            Err(error) => fate.seen().unwrap_or_else(|| see_h2(&error)),
        }
    }

    /// A ClientHello for a host name of the same length, with `127.0.0.1` put in its place. The server is expected to
    /// close, so nothing more of TLS is needed.
    async fn send_ip_literal(&self, mut tcp: TcpStream, trace: &mut Trace) -> Seen {
        const STAND_IN: &[u8; 9] = b"127-0-0-1";
        let hello = ServerName::try_from("127-0-0-1").ok().and_then(|name| {
            let mut connection = ClientConnection::new(self.config.clone(), name).ok()?;
            if connection.early_data().is_some() {
                trace.early_data = EarlyData::Refused;
            }
            let mut bytes = Vec::new();
            connection.write_tls(&mut bytes).ok()?;
            let at = bytes.windows(STAND_IN.len()).position(|window| window == STAND_IN)?;
            bytes[at..at + STAND_IN.len()].copy_from_slice(b"127.0.0.1");
            Some(bytes)
        });
        let Some(hello) = hello else { return Seen::Failed("the ClientHello could not be written".to_owned()) };
        let mut answer = Vec::new();
        let spoken = async {
            tcp.write_all(&hello).await?;
            tcp.take(4096).read_to_end(&mut answer).await
        };
        match (spoken.await, answer.as_slice()) {
            (Ok(_), []) => Seen::Closed,
            (Ok(_), [21, _, _, 0, 2, 2, alert]) => Seen::Alert(Alert(*alert)),
            (Ok(_), _) => Seen::Failed("the server went on with the handshake".to_owned()),
            (Err(error), _) => see(&error),
        }
    }
}

struct Trace {
    start: Instant,
    connected_after: Option<Duration>,
    full_handshake: Option<bool>,
    early_data: EarlyData,
    local: Option<SocketAddr>,
    answers: Vec<Seen>,
}

fn is_full(stream: &TlsStream<TcpStream>) -> bool {
    stream.get_ref().1.handshake_kind() != Some(HandshakeKind::Resumed)
}

/// Sends the first call along with the ClientHello, and again behind the handshake if the server does not take it so.
async fn rush(
    connector: TlsConnector,
    server_name: ServerName<'static>,
    tcp: TcpStream,
    asks: &[Ask],
    between: &mut (dyn FnMut(usize) + Send),
    trace: &mut Trace,
) -> Seen {
    let Trace { start, connected_after, full_handshake, early_data, answers, .. } = trace;
    let (http, mut wire) = tokio::io::duplex(64 * 1024);
    let fate = Fate::default();
    let noted = fate.clone();
    // HTTP/2 has its end of the pipe, TLS the other, so that what is said first is known before there is a connection.
    let carry = async move {
        let mut flight = Vec::new();
        while let Ok(Ok(1..)) = tokio::time::timeout(GRACE, wire.read_buf(&mut flight)).await {}
        let mut early = 0;
        let connecting = connector.connect_with(server_name, tcp, |connection| {
            let Some(mut writer) = connection.early_data() else { return };
            early = writer.write(&flight).unwrap_or_default();
            *early_data = EarlyData::Refused;
        });
        let stream = match connecting.await {
            Ok(stream) => stream,
            Err(error) => return noted.note(see(&error)),
        };
        *connected_after = Some(start.elapsed());
        *full_handshake = Some(is_full(&stream));
        if stream.get_ref().1.is_early_data_accepted() {
            *early_data = EarlyData::Taken;
        } else {
            early = 0;
        }
        let mut stream = Watched { stream, fate: noted };
        // What goes wrong from here on is noted by the stream.
        if stream.write_all(&flight[early..]).await.is_ok() && stream.flush().await.is_ok() {
            let _ = tokio::io::copy_bidirectional(&mut wire, &mut stream).await;
        }
    };
    let talk = converse(http, asks, between, answers);
    tokio::pin!(talk);
    let said = tokio::select! {
        said = &mut talk => said,
        // The pipe has broken with the connection, so the talk is over as well.
        () = carry => talk.await,
    };
    match said {
        Ok(seen) if seen != Seen::Closed => seen,
        Ok(closed) => fate.seen().unwrap_or(closed),
        Err(error) => fate.seen().unwrap_or_else(|| see_h2(&error)),
    }
}

/// Runs HTTP/2 over an established connection until the calls are answered or the connection breaks.
async fn converse(
    stream: impl AsyncRead + AsyncWrite + Unpin,
    asks: &[Ask],
    between: &mut (dyn FnMut(usize) + Send),
    answers: &mut Vec<Seen>,
) -> Result<Seen, h2::Error> {
    let (sender, connection) = h2::client::handshake(stream).await?;
    let calls = ask_all(sender, asks, between, answers);
    tokio::pin!(calls);
    tokio::pin!(connection);
    tokio::select! {
        seen = &mut calls => match seen {
            Ok(seen) => {
                // A ticket behind the answer would not be missed.
                let _ = tokio::time::timeout(GRACE, connection).await;
                Ok(seen)
            }
            // The call broke; the connection learns why.
            Err(error) => match tokio::time::timeout(PATIENCE, connection).await {
                Ok(Err(error)) => Err(error),
                _ => Err(error),
            },
        },
        ended = &mut connection => ended.map(|()| Seen::Closed),
    }
}

/// The last answer; every one is kept.
async fn ask_all(
    mut sender: SendRequest<Bytes>,
    asks: &[Ask],
    between: &mut (dyn FnMut(usize) + Send),
    answers: &mut Vec<Seen>,
) -> Result<Seen, h2::Error> {
    for ask in asks {
        if !answers.is_empty() {
            between(answers.len());
        }
        sender = sender.ready().await?;
        let seen = call(&mut sender, ask).await?;
        answers.push(seen);
    }
    Ok(answers.last().cloned().unwrap_or_else(|| Seen::Failed("nothing was asked".to_owned())))
}

async fn call(sender: &mut SendRequest<Bytes>, ask: &Ask) -> Result<Seen, h2::Error> {
    let mut request = Request::post(format!("https://{}{}", ask.authority, ask.path))
        .header("content-type", "application/grpc")
        .header("te", "trailers");
    for (name, value) in &ask.headers {
        request = request.header(*name, value);
    }
    let Ok(request) = request.body(()) else {
        return Ok(Seen::Failed("the request cannot be written".to_owned()));
    };
    let (response, mut body) = sender.send_request(request, false)?;
    body.send_data(ask.body.clone(), true)?;
    let (head, mut body) = response.await?.into_parts();
    while let Some(chunk) = body.data().await {
        let length = chunk?.len();
        body.flow_control().release_capacity(length)?;
    }
    let trailers = body.trailers().await?.unwrap_or_default();
    let value = |name: &str| {
        let value = trailers.get(name).or_else(|| head.headers.get(name))?;
        value.to_str().ok().map(str::to_owned)
    };
    let message = value("grpc-message").unwrap_or_default();
    Ok(match value("grpc-status").and_then(|code| code.parse().ok()) {
        Some(grpc::OK) => Seen::Served,
        Some(code) => Seen::Status { code, message },
        None => Seen::Failed(format!("HTTP {} without a gRPC status", head.status.as_u16())),
    })
}

fn see(error: &io::Error) -> Seen {
    use rustls::Error;
    match error.get_ref().and_then(|inner| inner.downcast_ref::<Error>()) {
        Some(Error::AlertReceived(alert)) => Seen::Alert(Alert(u8::from(*alert))),
        Some(Error::InvalidCertificate(why)) => Seen::ServerRefused(refused_server(why)),
        Some(other) => Seen::Failed(other.to_string()),
        None => match error.kind() {
            io::ErrorKind::UnexpectedEof => Seen::Closed,
            kind => Seen::Failed(format!("connection error: {kind}")),
        },
    }
}

fn refused_server(why: &rustls::CertificateError) -> String {
    use rustls::CertificateError;
    match why {
        CertificateError::UnknownIssuer => "unknown issuer".to_owned(),
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => "other name".to_owned(),
        other => other.to_string(),
    }
}

fn see_h2(error: &h2::Error) -> Seen {
    match error.get_io() {
        Some(error) => see(error),
        None => Seen::Failed(format!("HTTP/2: {error}")),
    }
}

/// What ended a TLS connection, kept here because HTTP/2 hands errors on as text only.
#[derive(Debug, Clone, Default)]
struct Fate(Arc<Mutex<Option<Seen>>>);

impl Fate {
    fn seen(&self) -> Option<Seen> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn note(&self, seen: Seen) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(seen);
    }
}

/// A TLS stream whose first failed read is noted.
struct Watched {
    stream: TlsStream<TcpStream>,
    fate: Fate,
}

impl AsyncRead for Watched {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let read = Pin::new(&mut this.stream).poll_read(cx, buf);
        if let Poll::Ready(Err(error)) = &read {
            this.fate.note(see(error));
        }
        read
    }
}

impl AsyncWrite for Watched {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().stream).poll_write(cx, bytes)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_shutdown(cx)
    }
}

/// Presents its certificate whether or not the key belongs to it.
#[derive(Debug)]
struct Presenter {
    identity: Option<Arc<CertifiedKey>>,
    heeds_ca_names: bool,
}

impl Presenter {
    fn is_wanted(&self, identity: &CertifiedKey, ca_names: &[&[u8]]) -> bool {
        let of_a_named_ca = |der: &CertificateDer<'_>| {
            Certificate::read(der).is_ok_and(|certificate| ca_names.contains(&certificate.issuer.der()))
        };
        !self.heeds_ca_names || ca_names.is_empty() || identity.cert.iter().any(of_a_named_ca)
    }
}

impl ResolvesClientCert for Presenter {
    fn resolve(&self, ca_names: &[&[u8]], schemes: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        let identity = self.identity.as_ref().filter(|identity| self.is_wanted(identity, ca_names))?;
        identity.key.choose_scheme(schemes).map(|_| identity.clone())
    }

    fn has_certs(&self) -> bool {
        self.identity.is_some()
    }
}

/// Keeps every TLS 1.3 ticket and offers the newest to whatever server is next.
#[derive(Debug, Default)]
struct TicketStore(Mutex<Tickets>);

#[derive(Debug, Default)]
struct Tickets {
    held: Vec<Tls13ClientSessionValue>,
    offered: usize,
}

impl TicketStore {
    fn lock(&self) -> std::sync::MutexGuard<'_, Tickets> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ClientSessionStore for TicketStore {
    fn set_kx_hint(&self, _: ServerName<'static>, _: NamedGroup) {}

    fn kx_hint(&self, _: &ServerName<'_>) -> Option<NamedGroup> {
        None
    }

    fn set_tls12_session(&self, _: ServerName<'static>, _: Tls12ClientSessionValue) {}

    fn tls12_session(&self, _: &ServerName<'_>) -> Option<Tls12ClientSessionValue> {
        None
    }

    fn remove_tls12_session(&self, _: &ServerName<'static>) {}

    fn insert_tls13_ticket(&self, _: ServerName<'static>, ticket: Tls13ClientSessionValue) {
        self.lock().held.push(ticket);
    }

    fn take_tls13_ticket(&self, _: &ServerName<'static>) -> Option<Tls13ClientSessionValue> {
        let mut tickets = self.lock();
        let ticket = tickets.held.pop()?;
        tickets.offered += 1;
        Some(ticket)
    }
}

impl Client {
    /// Connects to a server that gives out tickets (see [`super::tickets`]) and keeps what it gets.
    ///
    /// # Errors
    /// When the connection fails.
    pub async fn collect_ticket(&self, office: Loopback, server_name: &str) -> io::Result<()> {
        let tcp = TcpStream::connect(office.address()).await?;
        let name = ServerName::try_from(server_name.to_owned()).map_err(io::Error::other)?;
        let mut stream = TlsConnector::from(self.config.clone()).connect(name, tcp).await?;
        // Tickets come behind the handshake; the office sends one byte after them.
        stream.read_u8().await?;
        stream.shutdown().await
    }
}
