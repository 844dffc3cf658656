//! One connection, from its first byte to its last.

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use rustls::server::{Acceptor, NoServerSessionStorage, ServerConfig};
use rustls::{AlertDescription, HandshakeKind};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, ReadBuf};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio_rustls::LazyConfigAcceptor;
use tokio_rustls::server::{StartHandshake, TlsStream};

use super::audit::{Ending, Event};
use super::calls::{Admitted, Caller, UnderWay};
use super::crowd::Place;
use super::door::{Phase, Shared, State};
use super::gatekeeper::{Gatekeeper, Judgement};
use super::outcome::{Connection, Decision, Identity, Reason, TlsFacts};
use super::provider;
use super::route::{Credentials, Entrance, judge_hello, refusal, route};
#[cfg(feature = "sabotage")]
use super::sabotage::Sabotage;
use crate::cloud::{Alert, RegionName, Stage};
use crate::pki::Clock;

/// Bytes of the preface with which every HTTP/2 client begins (RFC 9113 §3.4).
const PREFACE: usize = 24;

/// One connection.
pub struct Visit {
    shared: Arc<Shared>,
    place: Place,
    /// The region into which the listener leads, if into one alone.
    path: Option<Arc<RegionName>>,
    peer: SocketAddr,
    arrived: Instant,
    phase: watch::Receiver<Phase>,
    decided: AtomicBool,
}

/// What a handshake led to.
struct Guest {
    stream: TlsStream<TcpStream>,
    caller: Caller,
    identity: Option<Identity>,
    state: Arc<State>,
}

impl Visit {
    pub fn new(
        shared: Arc<Shared>,
        place: Place,
        path: Option<Arc<RegionName>>,
        peer: SocketAddr,
        phase: watch::Receiver<Phase>,
    ) -> Self {
        Self { shared, place, path, peer, arrived: Instant::now(), phase, decided: AtomicBool::new(false) }
    }

    pub async fn run(self, tcp: TcpStream) {
        // Alerts are small and must not wait for more.
        let _ = tcp.set_nodelay(true);
        let mut closed = self.phase.clone();
        let ending = tokio::select! {
            ending = self.serve(tcp) => ending,
            _ = closed.wait_for(|phase| *phase == Phase::Closed) => {
                let how = "the door was closed".to_owned();
                self.decide(Connection::arriving(self.place.number, self.peer), Decision::Gone(how));
                Ending::Stopped
            }
        };
        let lasted = self.arrived.elapsed();
        (self.shared.sink)(Event::Closed { number: self.place.number, peer: self.peer, ending, lasted });
    }

    async fn serve(&self, tcp: TcpStream) -> Ending {
        let mut closing = self.phase.clone();
        let welcomed = tokio::select! {
            // Whoever is admitted is not sent away in the same moment.
            biased;
            guest = self.welcome(tcp) => guest,
            () = self.place.evicted() => {
                let how = "sent away: too many connections have not finished their handshake".to_owned();
                self.decide(Connection::arriving(self.place.number, self.peer), Decision::Gone(how));
                None
            }
            _ = closing.wait_for(|phase| *phase != Phase::Open) => {
                let how = "the door was closed".to_owned();
                self.decide(Connection::arriving(self.place.number, self.peer), Decision::Gone(how));
                return Ending::Stopped;
            }
        };
        match welcomed {
            Some(guest) => self.converse(guest).await,
            None => Ending::Refused,
        }
    }

    /// From the first byte to the decision.
    async fn welcome(&self, tcp: TcpStream) -> Option<Guest> {
        let mut record = Connection::arriving(self.place.number, self.peer);
        record.region = self.path.as_deref().cloned();
        let start = self.read_hello(tcp, &record).await?;
        self.place.speaks();
        let hello = start.client_hello();
        // Once: the world and the clock that a client is judged by belong together.
        let state = self.shared.state();
        record.server_name = hello.server_name().map(str::to_owned);
        #[cfg(feature = "sabotage")]
        let tls12_allowed = self.shared.settings.sabotage == Some(Sabotage::Tls12Allowed);
        #[cfg(not(feature = "sabotage"))]
        let tls12_allowed = false;
        let judged = judge_hello(&hello, state.world.switches.no_h2, tls12_allowed);
        let path = self.path.as_deref();
        #[cfg(feature = "sabotage")]
        let path = path.filter(|_| self.shared.settings.sabotage != Some(Sabotage::RegionsIgnored));
        let entrance = match judged.and_then(|()| route(&state, hello.server_name(), path)) {
            Ok(entrance) => entrance,
            Err(refusal) => {
                let alert = refusal.alert;
                self.decide(record, Decision::Refused(refusal));
                self.turn_away(start.io, alert).await;
                return None;
            }
        };
        let gatekeeper = self.gatekeeper(&entrance, &state);
        match &entrance {
            Entrance::Namespace(posture, _) => {
                record.namespace = Some(posture.tenant.name.clone());
                record.region = record.region.or_else(|| posture.tenant.region.clone());
            }
            Entrance::Region(region) => record.region = Some(region.clone()),
        }
        let config = match self.config(&entrance, gatekeeper.clone()) {
            Ok(config) => config,
            Err(why) => {
                self.decide(record, refused(Stage::Route, Reason::Handshake(why), None));
                self.turn_away(start.io, None).await;
                return None;
            }
        };
        let handshake = start.into_stream(config).into_fallible();
        let Ok(handshake) = tokio::time::timeout(self.shared.settings.handshake, handshake).await else {
            self.decide(record, Decision::Gone("the handshake took too long".to_owned()));
            return None;
        };
        let judgement = gatekeeper.map(|gatekeeper| gatekeeper.judgement()).unwrap_or_default();
        record.verifier_runs = judgement.runs;
        record.identity = judgement.identity.clone();
        match handshake {
            Ok(stream) => {
                record.full_handshake = stream.get_ref().1.handshake_kind() != Some(HandshakeKind::Resumed);
                record.tls = facts(&stream);
                let caller = caller(&entrance, &judgement);
                let decision = match &caller {
                    Caller::Barred(_) => refused(Stage::Filter, Reason::NoFilterMatches, None),
                    _ => Decision::Admitted,
                };
                self.decide(record, decision);
                self.place.settle();
                Some(Guest { stream, caller, identity: judgement.identity, state })
            }
            Err((error, io)) => {
                self.decide(record, judgement.refusal.map_or_else(|| explain(&error), Decision::Refused));
                self.linger(io).await;
                None
            }
        }
    }

    async fn read_hello(&self, tcp: TcpStream, record: &Connection) -> Option<StartHandshake<TcpStream>> {
        let mut acceptor = LazyConfigAcceptor::new(Acceptor::default(), tcp);
        let hello = tokio::time::timeout(self.shared.settings.hello, &mut acceptor).await;
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

    /// None where certificates are not asked for.
    fn gatekeeper(&self, entrance: &Entrance, state: &State) -> Option<Arc<Gatekeeper>> {
        let Entrance::Namespace(posture, credentials @ (Credentials::Certificate | Credentials::Either)) = entrance
        else {
            return None;
        };
        let optional = *credentials == Credentials::Either;
        #[cfg(feature = "sabotage")]
        let optional = optional || self.shared.settings.sabotage == Some(Sabotage::CertificateOptional);
        Some(Arc::new(Gatekeeper::new(
            posture.clone(),
            state.world.switches,
            optional,
            state.clock.now(),
            provider(),
            #[cfg(feature = "sabotage")]
            self.shared.settings.sabotage,
        )))
    }

    /// Under half a microsecond: everything in it is shared. One per connection, because a shared one could resume
    /// sessions and would not tell the gatekeeper which connection it judges.
    fn config(&self, entrance: &Entrance, gatekeeper: Option<Arc<Gatekeeper>>) -> Result<Arc<ServerConfig>, String> {
        let versions: &[&rustls::SupportedProtocolVersion] = &[&rustls::version::TLS13];
        #[cfg(feature = "sabotage")]
        let versions = match self.shared.settings.sabotage {
            Some(Sabotage::Tls12Allowed) => rustls::ALL_VERSIONS,
            _ => versions,
        };
        let resolver = self.shared.minted.resolver(&entrance.server_names())?;
        let builder = ServerConfig::builder_with_provider(provider())
            .with_protocol_versions(versions)
            .map_err(|error| error.to_string())?;
        let builder = match gatekeeper {
            Some(gatekeeper) => builder.with_client_cert_verifier(gatekeeper),
            None => builder.with_no_client_auth(),
        };
        let mut config = builder.with_cert_resolver(resolver);
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

    /// HTTP/2 with a guest, until one of both has had enough.
    async fn converse(&self, guest: Guest) -> Ending {
        let settings = &self.shared.settings;
        let (age, at_age) = self.end_of(&guest);
        let under_way = UnderWay::new();
        let admitted = Arc::new(Admitted {
            shared: self.shared.clone(),
            caller: guest.caller,
            number: self.place.number,
            peer: self.peer,
            under_way: under_way.clone(),
            #[cfg(feature = "sabotage")]
            beginning: guest.state,
            not_after: guest.identity.map(|identity| identity.not_after()),
        });
        let service = service_fn(move |request| {
            let admitted = admitted.clone();
            async move { Ok::<_, Infallible>(admitted.serve(request).await) }
        });
        let mut builder = hyper::server::conn::http2::Builder::new(TokioExecutor::new());
        builder
            .timer(TokioTimer::new())
            .max_concurrent_streams(settings.streams)
            .max_header_list_size(settings.header_bytes)
            .keep_alive_interval(settings.ping)
            .keep_alive_timeout(settings.ping_answer)
            .max_send_buf_size(64 * 1024);
        let heard = Arc::new(AtomicUsize::new(0));
        let blocked = Arc::new(Mutex::new(None));
        let stream = Counted { stream: guest.stream, heard: heard.clone(), blocked: blocked.clone() };
        let mut connection = pin!(builder.serve_connection(TokioIo::new(stream), service));
        let mut phase = self.phase.clone();
        let mut ending = None;
        let mut preface = pin!(tokio::time::sleep(settings.preface));
        let mut has_spoken = false;
        let mut old = pin!(tokio::time::sleep(age));
        let mut idle = pin!(tokio::time::sleep(settings.idle));
        let mut over = pin!(tokio::time::sleep(Duration::MAX));
        // hyper's own end of a connection waits for its last words to be written.
        let patience = settings.ping + settings.ping_answer;
        let mut listens = pin!(tokio::time::sleep(patience));
        loop {
            let why = tokio::select! {
                ended = connection.as_mut() => {
                    return ending.unwrap_or_else(|| ended.map_or_else(|error| broken(&error), |()| Ending::Client));
                }
                () = preface.as_mut(), if !has_spoken => {
                    has_spoken = heard.load(Ordering::Relaxed) >= PREFACE;
                    if has_spoken { continue } else { return Ending::Silent }
                }
                () = listens.as_mut() => {
                    let since = *blocked.lock().unwrap_or_else(PoisonError::into_inner);
                    if since.is_some_and(|since: Instant| since.elapsed() >= patience) {
                        return Ending::Unanswered;
                    }
                    listens.as_mut().reset((since.unwrap_or_else(Instant::now) + patience).into());
                    continue;
                }
                () = over.as_mut(), if ending.is_some() => return ending.unwrap_or(Ending::Client),
                () = old.as_mut(), if ending.is_none() => at_age,
                _ = phase.wait_for(|phase| *phase != Phase::Open), if ending.is_none() => Ending::Stopped,
                () = idle.as_mut(), if ending.is_none() => match under_way.quiet_since() {
                    Some(since) if since.elapsed() >= settings.idle => Ending::Idle,
                    since => {
                        let since = since.unwrap_or_else(Instant::now);
                        idle.as_mut().reset((since + settings.idle).into());
                        continue;
                    }
                },
            };
            // GOAWAY: those under way have their time. A client that goes on all the same is judged as before.
            ending = Some(why);
            connection.as_mut().graceful_shutdown();
            over.as_mut().reset((Instant::now() + settings.drain).into());
        }
    }

    /// How long a guest may stay, and what ends it then.
    fn end_of(&self, guest: &Guest) -> (Duration, Ending) {
        let age = self.shared.settings.age;
        // A clock that stands still expires nothing.
        let moves = !matches!(guest.state.clock, Clock::Fixed(_));
        let Some(identity) = guest.identity.as_ref().filter(|_| moves) else { return (age, Ending::Age) };
        let left = Duration::try_from(identity.not_after() - guest.state.clock.now()).unwrap_or_default();
        if left < age { (left, Ending::CertificateExpired) } else { (age, Ending::Age) }
    }

    /// Once per connection: whoever is sent away while its refusal lingers was refused.
    fn decide(&self, record: Connection, decision: Decision) {
        if self.decided.swap(true, Ordering::Relaxed) {
            return;
        }
        let record = Connection { decision, decided_after: self.arrived.elapsed(), ..record };
        tracing::debug!(peer = %self.peer, decision = %record.decision, "decided");
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

/// Who ended an HTTP/2 connection that broke.
fn broken(error: &hyper::Error) -> Ending {
    use std::error::Error as _;
    tracing::debug!(?error, "a connection broke");
    match error.source().and_then(|source| source.downcast_ref::<h2::Error>()) {
        _ if error.is_timeout() => Ending::Unanswered,
        Some(error) if error.is_library() => Ending::Protocol,
        _ => Ending::Client,
    }
}

fn caller(entrance: &Entrance, judgement: &Judgement) -> Caller {
    match entrance {
        Entrance::Region(region) => Caller::KeyAtRegion(region.clone()),
        Entrance::Namespace(posture, credentials) => {
            let name = posture.tenant.name.clone();
            match (credentials, &judgement.identity) {
                (Credentials::Key, _) | (Credentials::Either, None) => Caller::KeyAtNamespace(name),
                _ if judgement.barred => Caller::Barred(name),
                _ => Caller::Certificate(name),
            }
        }
    }
}

fn facts(stream: &TlsStream<TcpStream>) -> Option<TlsFacts> {
    let connection = stream.get_ref().1;
    Some(TlsFacts {
        version: connection.protocol_version()?.as_str()?,
        cipher_suite: connection.negotiated_cipher_suite()?.suite().as_str()?,
        key_exchange: connection.negotiated_key_exchange_group()?.name().as_str()?,
    })
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

/// A TLS stream that counts what it has heard, and knows since when nobody listens to it.
struct Counted {
    stream: TlsStream<TcpStream>,
    heard: Arc<AtomicUsize>,
    /// Since when nothing more can be written.
    blocked: Arc<Mutex<Option<Instant>>>,
}

impl Counted {
    fn note<T>(&self, written: &Poll<T>) {
        let mut blocked = self.blocked.lock().unwrap_or_else(PoisonError::into_inner);
        match written {
            Poll::Pending => _ = blocked.get_or_insert_with(Instant::now),
            Poll::Ready(_) => *blocked = None,
        }
    }
}

impl AsyncRead for Counted {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let before = buf.filled().len();
        let read = Pin::new(&mut this.stream).poll_read(cx, buf);
        if this.heard.load(Ordering::Relaxed) < PREFACE {
            this.heard.fetch_add(buf.filled().len() - before, Ordering::Relaxed);
        }
        read
    }
}

impl AsyncWrite for Counted {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let written = Pin::new(&mut this.stream).poll_write(cx, bytes);
        this.note(&written);
        written
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let flushed = Pin::new(&mut this.stream).poll_flush(cx);
        this.note(&flushed);
        flushed
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_shutdown(cx)
    }
}
