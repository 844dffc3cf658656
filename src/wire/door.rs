//! The front door: TLS 1.3 only, one loopback port for many accounts, each namespace judged by its own CAs.
//!
//! ```text
//! ClientHello -> TLS 1.3? h2? -> SNI names a namespace? -> a fresh configuration with that namespace's gatekeeper
//!             -> handshake -> gRPC, one record
//! ```

use std::collections::{BTreeMap, HashMap};
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

use pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{Acceptor, NoServerSessionStorage, ResolvesServerCert, ServerConfig};
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use rustls::{AlertDescription, CipherSuite, HandshakeKind};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio_rustls::LazyConfigAcceptor;
use tokio_rustls::server::{StartHandshake, TlsStream};

use super::audit::{Event, Sink};
use super::gatekeeper::{Gatekeeper, Posture};
use super::outcome::{Connection, Decision, Reason, Refusal};
#[cfg(feature = "sabotage")]
use super::sabotage::Sabotage;
use super::{Loopback, WireError, grpc, provider};
use crate::cloud::world::World;
use crate::cloud::{Alert, NamespaceName, Stage, endpoint};
use crate::pki::Clock;
use crate::pki::name::printable;

/// Deadlines and bounds of a door.
#[derive(Debug, Clone, Copy)]
pub struct Settings {
    /// For the ClientHello to arrive, and again for the rest of the handshake.
    pub handshake: Duration,
    /// Without a request on an admitted connection.
    pub idle: Duration,
    /// After a refusal: how long the client's bytes are drained so that it gets the alert.
    pub linger: Duration,
    /// Connections at a time; more wait in the listener's queue.
    pub connections: usize,
    #[cfg(feature = "sabotage")]
    pub sabotage: Option<Sabotage>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            handshake: Duration::from_secs(10),
            idle: Duration::from_secs(300),
            linger: Duration::from_millis(500),
            connections: 1024,
            #[cfg(feature = "sabotage")]
            sabotage: None,
        }
    }
}

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
    pub(super) fn certified(self) -> Result<CertifiedKey, WireError> {
        let key = provider()
            .key_provider
            .load_private_key(self.key)
            .map_err(|source| WireError::Tls { what: "server key", source })?;
        Ok(CertifiedKey::new(self.chain, key))
    }
}

/// A running front door. Dropping it closes the listener and every connection.
#[derive(Debug)]
pub struct FrontDoor {
    address: SocketAddr,
    shared: Arc<Shared>,
    stop: watch::Sender<bool>,
}

struct Shared {
    state: RwLock<Arc<State>>,
    /// By account.
    identities: BTreeMap<String, Arc<dyn ResolvesServerCert>>,
    settings: Settings,
    sink: Sink,
    #[cfg(feature = "sabotage")]
    kept_sessions: Arc<dyn rustls::server::StoresServerSessions>,
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "front door for {} accounts", self.identities.len())
    }
}

/// What a handshake is judged by; replaced as a whole.
struct State {
    postures: HashMap<NamespaceName, Arc<Posture>>,
    clock: Clock,
}

impl State {
    fn new(world: &World, clock: Clock) -> Arc<Self> {
        let postures = world.tenants().map(|tenant| (tenant.name.clone(), Arc::new(Posture::new(tenant.clone()))));
        Arc::new(Self { postures: postures.collect(), clock })
    }
}

impl FrontDoor {
    /// Opens a door on a loopback address. `identities` has one server certificate per account, `clock` is what client
    /// certificates are judged by, `sink` gets one record per connection and call.
    ///
    /// # Errors
    /// When a server key cannot be used or the address is taken.
    pub async fn open(
        address: Loopback,
        world: &World,
        identities: BTreeMap<String, ServerIdentity>,
        clock: Clock,
        settings: Settings,
        sink: Sink,
    ) -> Result<Self, WireError> {
        let listener = TcpListener::bind(address.address())
            .await
            .map_err(|source| WireError::Listen { address: address.address(), source })?;
        let address =
            listener.local_addr().map_err(|source| WireError::Listen { address: address.address(), source })?;
        let mut resolvers = BTreeMap::new();
        for (account, identity) in identities {
            let resolver: Arc<dyn ResolvesServerCert> = Arc::new(SingleCertAndKey::from(identity.certified()?));
            resolvers.insert(account, resolver);
        }
        let shared = Arc::new(Shared {
            state: RwLock::new(State::new(world, clock)),
            identities: resolvers,
            settings,
            sink,
            #[cfg(feature = "sabotage")]
            kept_sessions: rustls::server::ServerSessionMemoryCache::new(256),
        });
        let (stop, stopped) = watch::channel(false);
        tokio::spawn(accept(listener, shared.clone(), stopped));
        Ok(Self { address, shared, stop })
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Puts another world and clock in place for all handshakes from now on. Connections stay.
    pub fn replace(&self, world: &World, clock: Clock) {
        // Nothing panics while it holds this lock.
        *self.shared.state.write().unwrap_or_else(PoisonError::into_inner) = State::new(world, clock);
    }
}

impl Drop for FrontDoor {
    fn drop(&mut self) {
        // No receiver left means that it is closed already.
        let _ = self.stop.send(true);
    }
}

async fn accept(listener: TcpListener, shared: Arc<Shared>, mut stopped: watch::Receiver<bool>) {
    let places = Arc::new(Semaphore::new(shared.settings.connections));
    loop {
        let Ok(place) = places.clone().acquire_owned().await else { return };
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = stopped.changed() => return,
        };
        let Ok((tcp, peer)) = accepted else {
            // Out of file descriptors or the like: the door stays open, and does not spin.
            tokio::time::sleep(Duration::from_millis(20)).await;
            continue;
        };
        let visit = Visit { shared: shared.clone(), peer, arrived: Instant::now() };
        let mut stopped = stopped.clone();
        tokio::spawn(async move {
            tokio::select! {
                () = visit.run(tcp) => {}
                _ = stopped.changed() => {}
            }
            drop(place);
        });
    }
}

/// One connection.
struct Visit {
    shared: Arc<Shared>,
    peer: SocketAddr,
    arrived: Instant,
}

impl Visit {
    async fn run(self, tcp: TcpStream) {
        // Alerts are small and must not wait for more.
        let _ = tcp.set_nodelay(true);
        self.serve(tcp).await;
        (self.shared.sink)(Event::Closed { peer: self.peer });
    }

    async fn serve(&self, tcp: TcpStream) {
        let mut record = Connection {
            peer: self.peer,
            server_name: None,
            namespace: None,
            identity: None,
            decision: Decision::Gone("closed before the ClientHello".to_owned()),
            verifier_runs: 0,
            full_handshake: true,
            decided_after: Duration::ZERO,
            calls: Vec::new(),
        };
        let Some(start) = self.read_hello(tcp, &mut record).await else { return };
        let hello = start.client_hello();
        // Once: the world and the clock that a client is judged by belong together.
        let state = self.state();
        record.server_name = hello.server_name().map(str::to_owned);
        let posture = match self.judge_hello(&hello).and_then(|()| route(&state, &hello)) {
            Ok(posture) => posture,
            Err(refusal) => {
                let alert = refusal.alert;
                self.decide(record, Decision::Refused(refusal));
                return self.turn_away(start.io, alert).await;
            }
        };
        record.namespace = Some(posture.tenant.name.clone());
        let now = state.clock.now();
        let gatekeeper = Arc::new(Gatekeeper::new(
            posture.clone(),
            now,
            provider(),
            #[cfg(feature = "sabotage")]
            self.shared.settings.sabotage,
        ));
        let config = match self.config(posture.tenant.name.account(), gatekeeper.clone()) {
            Ok(config) => config,
            Err(error) => {
                return self.decide(record, refused(Stage::Route, Reason::Handshake(error.to_string()), None));
            }
        };
        let handshake = start.into_stream(config).into_fallible();
        let Ok(handshake) = tokio::time::timeout(self.shared.settings.handshake, handshake).await else {
            return self.decide(record, Decision::Gone("the handshake took too long".to_owned()));
        };
        let judgement = gatekeeper.judgement();
        record.verifier_runs = judgement.runs;
        record.identity = judgement.identity;
        match handshake {
            Ok(stream) => {
                record.full_handshake = stream.get_ref().1.handshake_kind() != Some(HandshakeKind::Resumed);
                self.decide(record, Decision::Admitted);
                self.converse(stream, &posture.tenant.name).await;
            }
            Err((error, io)) => {
                self.decide(record, judgement.refusal.map_or_else(|| explain(&error), Decision::Refused));
                self.linger(io).await;
            }
        }
    }

    async fn read_hello(&self, tcp: TcpStream, record: &mut Connection) -> Option<StartHandshake<TcpStream>> {
        let mut acceptor = LazyConfigAcceptor::new(Acceptor::default(), tcp);
        let hello = tokio::time::timeout(self.shared.settings.handshake, &mut acceptor).await;
        let decision = match hello {
            Ok(Ok(start)) => return Some(start),
            Ok(Err(error)) => explain(&error),
            Err(_) => Decision::Gone("no ClientHello in time".to_owned()),
        };
        self.decide(record.clone(), decision);
        if let Some(io) = acceptor.take_io() {
            self.linger(io).await;
        }
        None
    }

    fn judge_hello(&self, hello: &rustls::server::ClientHello<'_>) -> Result<(), Refusal> {
        // Whoever speaks TLS 1.3 offers one of its suites; rustls itself judges supported_versions afterwards.
        let offers_tls13 = hello.cipher_suites().iter().any(|suite| TLS13_SUITES.contains(suite));
        #[cfg(feature = "sabotage")]
        let offers_tls13 = offers_tls13 || self.shared.settings.sabotage == Some(Sabotage::Tls12Allowed);
        if !offers_tls13 {
            return Err(refusal(Stage::Hello, Reason::NoTls13, Some(Alert::PROTOCOL_VERSION)));
        }
        if !hello.alpn().is_some_and(|mut protocols| protocols.any(|protocol| protocol == b"h2")) {
            return Err(refusal(Stage::Hello, Reason::NoH2, Some(Alert::NO_APPLICATION_PROTOCOL)));
        }
        Ok(())
    }

    fn state(&self) -> Arc<State> {
        self.shared.state.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Under half a microsecond: everything in it is shared. One per connection, because a shared one could resume
    /// sessions and would not tell the gatekeeper which connection it judges.
    fn config(&self, account: &str, gatekeeper: Arc<Gatekeeper>) -> Result<Arc<ServerConfig>, rustls::Error> {
        let versions: &[&rustls::SupportedProtocolVersion] = &[&rustls::version::TLS13];
        #[cfg(feature = "sabotage")]
        let versions = match self.shared.settings.sabotage {
            Some(Sabotage::Tls12Allowed) => rustls::ALL_VERSIONS,
            _ => versions,
        };
        let resolver = self.shared.identities.get(account).cloned();
        let resolver =
            resolver.ok_or_else(|| rustls::Error::General("no server certificate for this account".to_owned()))?;
        let mut config = ServerConfig::builder_with_provider(provider())
            .with_protocol_versions(versions)?
            .with_client_cert_verifier(gatekeeper)
            .with_cert_resolver(resolver);
        config.alpn_protocols = vec![b"h2".to_vec()];
        // A resumed session skips the gatekeeper: a rotated CA or an expired leaf would still get in.
        config.session_storage = Arc::new(NoServerSessionStorage {});
        config.send_tls13_tickets = 0;
        #[cfg(feature = "sabotage")]
        if self.shared.settings.sabotage == Some(Sabotage::SessionsKept) {
            config.session_storage = self.shared.kept_sessions.clone();
            config.send_tls13_tickets = 2;
        }
        Ok(Arc::new(config))
    }

    async fn converse(&self, stream: TlsStream<TcpStream>, namespace: &NamespaceName) {
        let mut builder = h2::server::Builder::new();
        builder.max_concurrent_streams(100).max_header_list_size(16 * 1024);
        let handshake = tokio::time::timeout(self.shared.settings.handshake, builder.handshake(stream)).await;
        let Ok(Ok(mut connection)) = handshake else { return };
        loop {
            match tokio::time::timeout(self.shared.settings.idle, connection.accept()).await {
                Ok(Some(Ok((request, respond)))) => {
                    let (namespace, sink, peer) = (namespace.clone(), self.shared.sink.clone(), self.peer);
                    tokio::spawn(async move {
                        // A stream that breaks was the client's to break; there is nobody to answer.
                        if let Ok(call) = grpc::answer(request, respond, &namespace).await {
                            sink(Event::Called { peer, call });
                        }
                    });
                }
                Ok(Some(Err(_)) | None) => return,
                Err(_) => {
                    connection.graceful_shutdown();
                    // Whoever does not go then is cut off.
                    let _ = tokio::time::timeout(self.shared.settings.linger, connection.accept()).await;
                    return;
                }
            }
        }
    }

    fn decide(&self, record: Connection, decision: Decision) {
        let record = Connection { decision, decided_after: self.arrived.elapsed(), ..record };
        (self.shared.sink)(Event::Decided(record));
    }

    /// Sends a plaintext alert, or none, in answer to a ClientHello.
    async fn turn_away(&self, mut tcp: TcpStream, alert: Option<Alert>) {
        if let Some(Alert(number)) = alert {
            // Record type 21 (alert), legacy version 3.3, two bytes: fatal and the description.
            let _ = tcp.write_all(&[21, 3, 3, 0, 2, 2, number]).await;
        }
        self.linger(tcp).await;
    }

    /// Closing while the client still sends makes its kernel drop the alert that it has not read yet. So only the
    /// sending half is closed, and what still comes is read until the client closes or the time is up.
    async fn linger(&self, mut tcp: TcpStream) {
        let drain = async {
            tcp.shutdown().await?;
            let mut sink = [0; 4096];
            let mut left = 1 << 20;
            while left > 0 {
                match tcp.read(&mut sink).await? {
                    0 => break,
                    count => left -= count.min(left),
                }
            }
            Ok::<(), io::Error>(())
        };
        let _ = tokio::time::timeout(self.shared.settings.linger, drain).await;
    }
}

/// rustls has lower-cased the name, and hands on neither IP addresses nor names that are none.
fn route(state: &State, hello: &rustls::server::ClientHello<'_>) -> Result<Arc<Posture>, Refusal> {
    let Some(name) = hello.server_name() else {
        return Err(refusal(Stage::Route, Reason::ServerNameMissing, None));
    };
    let unknown = || refusal(Stage::Route, Reason::NamespaceUnknown(printable(name)), None);
    let namespace = endpoint::namespace(name).ok_or_else(unknown)?;
    state.postures.get(&namespace).cloned().ok_or_else(unknown)
}

const TLS13_SUITES: [CipherSuite; 5] = [
    CipherSuite::TLS13_AES_128_GCM_SHA256,
    CipherSuite::TLS13_AES_256_GCM_SHA384,
    CipherSuite::TLS13_CHACHA20_POLY1305_SHA256,
    CipherSuite::TLS13_AES_128_CCM_SHA256,
    CipherSuite::TLS13_AES_128_CCM_8_SHA256,
];

fn refusal(stage: Stage, reason: Reason, alert: Option<Alert>) -> Refusal {
    Refusal { stage, reason, alert }
}

fn refused(stage: Stage, reason: Reason, alert: Option<Alert>) -> Decision {
    Decision::Refused(refusal(stage, reason, alert))
}

/// A handshake that failed before, or apart from, the gatekeeper.
fn explain(error: &io::Error) -> Decision {
    use rustls::{Error, PeerIncompatible};
    let Some(error) = error.get_ref().and_then(|inner| inner.downcast_ref::<Error>()) else {
        return Decision::Gone(format!("the connection broke off: {}", error.kind()));
    };
    match error {
        Error::NoCertificatesPresented => {
            refused(Stage::Present, Reason::NoCertificate, Some(Alert::CERTIFICATE_REQUIRED))
        }
        Error::NoApplicationProtocol => refused(Stage::Hello, Reason::NoH2, Some(Alert::NO_APPLICATION_PROTOCOL)),
        Error::PeerIncompatible(
            PeerIncompatible::Tls12NotOfferedOrEnabled
            | PeerIncompatible::SupportedVersionsExtensionRequired
            | PeerIncompatible::Tls13RequiredForQuic,
        ) => refused(Stage::Hello, Reason::NoTls13, Some(Alert::PROTOCOL_VERSION)),
        // The client speaks before it has presented anything: it has judged the server's certificate.
        Error::AlertReceived(AlertDescription::CloseNotify | AlertDescription::UserCanceled) => {
            Decision::Gone("the client closed during the handshake".to_owned())
        }
        Error::AlertReceived(alert) => refused(Stage::Trust, Reason::ServerRefused(Alert(u8::from(*alert))), None),
        other => refused(Stage::Hello, Reason::Handshake(other.to_string()), None),
    }
}
