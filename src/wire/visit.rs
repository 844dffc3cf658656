//! One connection, from its first byte to its last.

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use rustls::server::{Acceptor, ServerConfig};
use rustls::{AlertDescription, HandshakeKind};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
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
use super::patience::{Patience, Signs, Verdict, Watched};
use super::posture::{self, Asks};
use super::provider;
use super::route::{Credentials, Entrance, is_about_versions, judge_hello, no_tls13, offers_tls13, refusal, route};
use super::sabotage::Sabotage;
use super::weakened;
use crate::cloud::{Alert, RegionName, Stage};
use crate::pki::Clock;

/// For the tasks of calls whose connection has ended.
const AFTER_CALLS: Duration = Duration::from_millis(100);

/// One connection.
pub struct Visit {
    shared: Arc<Shared>,
    place: Place,
    /// The region into which the listener leads, if into one alone.
    path: Option<Arc<RegionName>>,
    peer: SocketAddr,
    /// The listener's address.
    dialled: SocketAddr,
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
        (peer, dialled): (SocketAddr, SocketAddr),
        phase: watch::Receiver<Phase>,
    ) -> Self {
        Self { shared, place, path, peer, dialled, arrived: Instant::now(), phase, decided: AtomicBool::new(false) }
    }

    pub async fn run(self, tcp: TcpStream) {
        // Alerts are small and must not wait for more.
        let _ = tcp.set_nodelay(true);
        let ending = self.serve(tcp).await;
        let lasted = self.arrived.elapsed();
        (self.shared.sink)(Event::Closed { number: self.place.number, peer: self.peer, ending, lasted });
    }

    async fn serve(&self, tcp: TcpStream) -> Ending {
        let mut phase = self.phase.clone();
        let (how, ending) = tokio::select! {
            // Whoever is admitted is not sent away in the same moment.
            biased;
            // Both are large, and neither lasts as long as the connection.
            guest = Box::pin(self.welcome(tcp)) => match guest {
                Some(guest) => return Box::pin(self.converse(guest)).await,
                None => return Ending::Refused,
            },
            () = self.place.evicted() => {
                ("sent away: too many connections have not finished their handshake", Ending::Refused)
            }
            _ = reached(&mut phase, Phase::Closing) => ("the door was closed", Ending::Stopped),
        };
        self.decide(Connection::arriving(self.place.number, self.peer), Decision::Gone(how.to_owned()));
        ending
    }

    /// From the first byte to the decision.
    async fn welcome(&self, tcp: TcpStream) -> Option<Guest> {
        let mut record = Connection::arriving(self.place.number, self.peer);
        record.region = self.path.as_deref().cloned();
        let weakness = self.shared.settings.weakness();
        let is_spelled_otherwise = weakened::is_spelled_otherwise(weakness, &tcp).await;
        let start = self.read_hello(tcp, &record).await?;
        self.place.speaks();
        let hello = start.client_hello();
        // Once: the world and the clock that a client is judged by belong together.
        let state = self.shared.state();
        record.server_name = hello.server_name().map(str::to_owned);
        let judged = judge_hello(&hello, state.world.switches.no_h2, weakness);
        let path = self.path.as_deref().filter(|_| !weakness.is(Sabotage::RegionsIgnored));
        let name = hello.server_name().filter(|_| !is_spelled_otherwise);
        let routed = judged.and_then(|()| route(&state, name, path));
        let routed =
            routed.or_else(|refusal| weakened::entrance(weakness, &refusal.reason, &state, name).ok_or(refusal));
        let entrance = match routed {
            Ok(entrance) => entrance,
            Err(refusal) => {
                let StartHandshake { accepted, io, .. } = start;
                let refusal =
                    if weakness.is(Sabotage::Tls12Allowed) || offers_tls13(accepted) { refusal } else { no_tls13() };
                let alert = refusal.alert;
                self.decide(record, Decision::Refused(refusal));
                self.turn_away(io, alert).await;
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
        let config = match self.config(&entrance) {
            Ok(config) => config,
            Err(why) => {
                self.decide(record, refused(Stage::Route, Reason::Handshake(why), None));
                self.turn_away(start.io, None).await;
                return None;
            }
        };
        let handshake = async {
            let handshake = start.into_stream(config).into_fallible();
            match &gatekeeper {
                Some(gatekeeper) => gatekeeper.clone().attend(handshake).await,
                None => handshake.await,
            }
        };
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
                let at = judgement.refused_at.unwrap_or_else(Instant::now);
                self.decide_at(at, record, judgement.refusal.map_or_else(|| explain(&error), Decision::Refused));
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
    fn gatekeeper(&self, entrance: &Entrance, state: &Arc<State>) -> Option<Arc<Gatekeeper>> {
        let Entrance::Namespace(posture, Credentials::Certificate | Credentials::Either) = entrance else {
            return None;
        };
        let weakness = self.shared.settings.weakness();
        let tenant = weakened::tenant(weakness, &posture.tenant, state, &self.shared.kept);
        let tenant = tenant.unwrap_or_else(|| posture.tenant.clone());
        Some(Arc::new(Gatekeeper::new(tenant, state.clone(), provider(), weakness)))
    }

    fn config(&self, entrance: &Entrance) -> Result<Arc<ServerConfig>, String> {
        let resolver = self.shared.minted.resolver(&entrance.server_names())?;
        let weakness = self.shared.settings.weakness();
        let asked = match entrance {
            Entrance::Namespace(posture, Credentials::Certificate) if weakness.is(Sabotage::CertificateOptional) => {
                Some((posture, Asks::Optionally))
            }
            Entrance::Namespace(posture, Credentials::Certificate) => Some((posture, Asks::Always)),
            Entrance::Namespace(posture, Credentials::Either) => Some((posture, Asks::Optionally)),
            Entrance::Namespace(_, Credentials::Key) | Entrance::Region(_) => None,
        };
        let config = match asked {
            Some((posture, asks)) => posture.config(resolver, asks, weakness),
            None => posture::config(resolver, None, weakness),
        };
        let config = config.map_err(|error| error.to_string())?;
        Ok(match (weakness.which(), asked) {
            (Some(Sabotage::SessionsKept), _) => self.shared.kept.resuming(&config),
            (Some(Sabotage::EarlyDataTaken), Some((posture, _))) => {
                self.shared.kept.taking_early_data(&config, posture)
            }
            _ => config,
        })
    }

    /// HTTP/2 with a guest, until one of both has had enough.
    async fn converse(&self, guest: Guest) -> Ending {
        let settings = &self.shared.settings;
        let end = self.end_of(&guest);
        let under_way = UnderWay::new();
        let admitted = Arc::new(Admitted {
            shared: self.shared.clone(),
            caller: guest.caller,
            number: self.place.number,
            peer: self.peer,
            under_way: under_way.clone(),
            lasting: settings.weakness().is(Sabotage::StateKept).then_some(guest.state),
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
        let signs = Arc::new(Signs::default());
        let mut patience = Patience::new(settings, signs.clone(), under_way.clone(), end);
        let stream = Watched { stream: guest.stream, signs };
        let mut connection = pin!(builder.serve_connection(TokioIo::new(stream), service));
        let mut phase = self.phase.clone();
        let mut look = pin!(tokio::time::sleep(Duration::ZERO));
        loop {
            match patience.verdict(Instant::now()) {
                Verdict::Drop(ending) => return ending,
                // A client that goes on all the same is judged as before.
                Verdict::Part(why) => {
                    patience.part(why);
                    connection.as_mut().graceful_shutdown();
                    continue;
                }
                Verdict::Wait(until) => look.as_mut().reset(until.into()),
            }
            let parting = patience.parting();
            let awaited = if parting.is_some() { Phase::Closed } else { Phase::Closing };
            tokio::select! {
                ended = connection.as_mut() => {
                    // Each call has a task of its own, which may end a little later, and with it goes the call's record.
                    let until = Instant::now() + AFTER_CALLS;
                    while under_way.quiet_since().is_none() && Instant::now() < until {
                        tokio::time::sleep(Duration::from_millis(1)).await;
                    }
                    return parting.unwrap_or_else(|| ended.map_or_else(|error| broken(&error), |()| Ending::Client));
                }
                () = look.as_mut() => {}
                now = reached(&mut phase, awaited) => match now {
                    Phase::Closed => return parting.unwrap_or(Ending::Stopped),
                    _ => {
                        patience.part(Ending::Stopped);
                        connection.as_mut().graceful_shutdown();
                    }
                }
            }
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
        self.decide_at(Instant::now(), record, decision);
    }

    fn decide_at(&self, at: Instant, record: Connection, decision: Decision) {
        if self.decided.swap(true, Ordering::Relaxed) {
            return;
        }
        let arrived = self.arrived;
        let decided_after = at.saturating_duration_since(arrived);
        let record = Connection { decision, dialled: self.dialled, arrived, decided_after, ..record };
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

/// Returns once the door has come so far, and how far.
async fn reached(phase: &mut watch::Receiver<Phase>, awaited: Phase) -> Phase {
    // A door that is gone is closed.
    phase.wait_for(|phase| *phase >= awaited).await.map_or(Phase::Closed, |phase| *phase)
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
    use rustls::Error;
    let Some(error) = error.get_ref().and_then(|inner| inner.downcast_ref::<Error>()) else {
        return Decision::Gone(format!("the connection broke off: {}", error.kind()));
    };
    match error {
        Error::NoCertificatesPresented => {
            refused(Stage::Present, Reason::NoCertificate, Some(Alert::CERTIFICATE_REQUIRED))
        }
        Error::NoApplicationProtocol => refused(Stage::Hello, Reason::NoH2, Some(Alert::NO_APPLICATION_PROTOCOL)),
        Error::PeerIncompatible(why) if is_about_versions(why) => Decision::Refused(no_tls13()),
        // The client speaks before it has presented anything: it has judged the server's certificate.
        Error::AlertReceived(AlertDescription::CloseNotify | AlertDescription::UserCanceled) => {
            Decision::Gone("the client closed during the handshake".to_owned())
        }
        Error::AlertReceived(alert) => refused(Stage::Trust, Reason::ServerRefused(Alert(u8::from(*alert))), None),
        other => refused(Stage::Hello, Reason::Handshake(other.to_string()), None),
    }
}
