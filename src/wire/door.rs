//! The front door: TLS 1.3 only, one loopback port for many accounts, each namespace judged by its own CAs.
//!
//! ```text
//! ClientHello -> TLS 1.3? h2? -> server name is whose endpoint? -> a fresh configuration with that gatekeeper
//!             -> handshake, one record -> calls, each judged and recorded -> GOAWAY
//! ```

use std::collections::{BTreeMap, HashMap};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use tokio::net::{TcpListener, TcpSocket};
use tokio::sync::watch;

use super::audit::{Event, Sink};
use super::crowd::Crowd;
use super::identity::{Identities, Minted};
use super::outcome::{Connection, Decision};
use super::posture::Posture;
use super::room::Room;
use super::settings::Settings;
use super::upstream::Upstream;
use super::visit::Visit;
use super::weakened::Kept;
use super::{Loopback, WireError};
use crate::cloud::world::{Tenant, World};
use crate::cloud::{NamespaceName, RegionName};
use crate::pki::Clock;

/// Connections that may wait to be accepted, if the system allows so many. The library's 128 are gone in a flood, and a
/// good client then has to come again after a second.
const BACKLOG: u32 = 4_096;

/// A front door that is about to be opened.
pub struct Plan {
    world: World,
    identities: Identities,
    listen: Loopback,
    paths: BTreeMap<RegionName, Loopback>,
    upstream: Option<Loopback>,
    clock: Clock,
    settings: Settings,
    sink: Sink,
}

/// A running front door. Dropping it closes the listener and every connection.
#[derive(Debug)]
pub struct FrontDoor {
    address: SocketAddr,
    paths: BTreeMap<RegionName, SocketAddr>,
    shared: Arc<Shared>,
    phase: watch::Sender<Phase>,
}

impl std::fmt::Debug for Plan {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "plan of a front door on {:?}", self.listen)
    }
}

/// What connections are told of the door.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    Open,
    /// No new connections; those there are end their calls.
    Closing,
    Closed,
}

/// What every connection of a door shares.
pub struct Shared {
    state: ArcSwap<State>,
    pub(super) minted: Minted,
    pub settings: Settings,
    pub sink: Sink,
    pub upstream: Option<Upstream>,
    pub room: Room,
    pub crowd: Arc<Crowd>,
    pub(super) kept: Kept,
}

impl Shared {
    pub fn state(&self) -> Arc<State> {
        self.state.load_full()
    }
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "front door with {} connections", self.crowd.count())
    }
}

/// What connections and calls are judged by; replaced as a whole.
pub struct State {
    pub world: World,
    pub postures: HashMap<NamespaceName, Arc<Posture>>,
    pub clock: Clock,
}

impl State {
    fn new(world: World, clock: Clock) -> Self {
        let posture = |tenant: &Arc<Tenant>| Arc::new(Posture::new(tenant.clone(), world.switches.ca_names));
        let postures = world.tenants().map(|tenant| (tenant.name.clone(), posture(tenant))).collect();
        Self { world, postures, clock }
    }
}

impl Plan {
    /// On a port of 127.0.0.1 that the system chooses.
    #[must_use]
    pub fn listen(self, listen: Loopback) -> Self {
        Self { listen, ..self }
    }

    /// A further address that leads into one region alone, as a private path does.
    #[must_use]
    pub fn path(mut self, region: RegionName, listen: Loopback) -> Self {
        self.paths.insert(region, listen);
        self
    }

    /// Calls that the gate lets through are forwarded to this gRPC server, which speaks HTTP/2 without TLS.
    #[must_use]
    pub fn upstream(self, upstream: Loopback) -> Self {
        Self { upstream: Some(upstream), ..self }
    }

    /// What client certificates and API keys are judged by; the system's clock if not given. Servers are judged by their
    /// clients, by clocks of their own.
    #[must_use]
    pub fn clock(self, clock: Clock) -> Self {
        Self { clock, ..self }
    }

    #[must_use]
    pub fn settings(self, settings: Settings) -> Self {
        Self { settings, ..self }
    }

    /// Gets one event per connection decided, call answered, and connection ended.
    #[must_use]
    pub fn records(self, sink: Sink) -> Self {
        Self { sink, ..self }
    }

    /// Opens the door.
    ///
    /// # Errors
    /// When an address is taken.
    pub async fn open(mut self) -> Result<FrontDoor, WireError> {
        self.settings = self.settings.bounded();
        let (listener, address) = bind(self.listen)?;
        let mut listeners = vec![(listener, address, None)];
        let mut paths = BTreeMap::new();
        for (region, listen) in self.paths {
            let (listener, address) = bind(listen)?;
            listeners.push((listener, address, Some(region.clone())));
            paths.insert(region, address);
        }
        let shared = Arc::new(Shared {
            state: ArcSwap::from_pointee(State::new(self.world, self.clock)),
            minted: Minted::new(self.identities),
            sink: self.sink,
            upstream: self.upstream.map(Upstream::new).transpose()?,
            room: Room::new(&self.settings),
            crowd: Crowd::new(&self.settings),
            settings: self.settings,
            kept: Kept::default(),
        });
        let (phase, watched) = watch::channel(Phase::Open);
        tokio::spawn(beat(shared.crowd.clone(), watched.clone()));
        for (listener, address, path) in listeners {
            tokio::spawn(accept(listener, address, path.map(Arc::new), shared.clone(), watched.clone()));
        }
        Ok(FrontDoor { address, paths, shared, phase })
    }
}

fn bind(wanted: Loopback) -> Result<(TcpListener, SocketAddr), WireError> {
    let failed = |source| WireError::Listen { address: wanted.address(), source };
    let listener = listen(wanted.address()).map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    Ok((listener, address))
}

/// As the library's own bind, but for the backlog.
fn listen(address: SocketAddr) -> std::io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    #[cfg(not(windows))]
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

impl FrontDoor {
    /// A door to this world, on a port of 127.0.0.1 that the system chooses, with every default. `identities` makes the
    /// server certificates.
    pub fn to(
        world: World,
        identities: impl Fn(&[String]) -> Result<super::ServerIdentity, String> + Send + Sync + 'static,
    ) -> Plan {
        Plan {
            world,
            identities: Arc::new(identities),
            listen: Loopback::port(0),
            paths: BTreeMap::new(),
            upstream: None,
            clock: Clock::System,
            settings: Settings::default(),
            sink: Arc::new(|_| ()),
        }
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The addresses that lead into one region each.
    pub fn paths(&self) -> &BTreeMap<RegionName, SocketAddr> {
        &self.paths
    }

    /// Puts another world in place, for all handshakes and for all calls from now on. No connection is dropped: one that
    /// was admitted stays until its end, as the cloud's do; one whose namespace is gone gets no more calls through.
    pub fn replace(&self, world: World) {
        self.shared.state.rcu(|state| State::new(world.clone(), state.clock));
    }

    /// Puts another clock in place.
    pub fn set_clock(&self, clock: Clock) {
        self.shared.state.rcu(|state| State::new(state.world.clone(), clock));
    }

    /// Has server certificates minted again, from the next handshake on.
    pub fn forget_server_certificates(&self) {
        self.shared.minted.forget();
    }

    /// Connections at this moment.
    pub fn connections(&self) -> usize {
        self.shared.crowd.count()
    }

    /// Takes no more connections, lets the calls that are under way end, and returns when all connections have. After
    /// `patience` the rest are dropped.
    pub async fn close(&self, patience: Duration) {
        /// For connections that are told to drop what they have.
        const AT_ONCE: Duration = Duration::from_secs(1);
        self.phase.send_replace(Phase::Closing);
        if tokio::time::timeout(patience, self.shared.crowd.empty()).await.is_err() {
            self.phase.send_replace(Phase::Closed);
            let _ = tokio::time::timeout(AT_ONCE, self.shared.crowd.empty()).await;
        }
    }
}

impl Drop for FrontDoor {
    fn drop(&mut self) {
        self.phase.send_replace(Phase::Closed);
    }
}

/// A deadline that is nearer than all others wakes a thread of tokio's, whose sleep it shortens; the first one of a
/// connection nearly always is, and waking costs more than everything else that is ours about a handshake. So a nearer
/// one is kept while there are connections.
async fn beat(crowd: Arc<Crowd>, mut phase: watch::Receiver<Phase>) {
    /// Below every default deadline of [`Settings`].
    const BEAT: Duration = Duration::from_millis(50);
    let beats = async {
        loop {
            crowd.occupied().await;
            tokio::time::sleep(BEAT).await;
        }
    };
    tokio::select! {
        () = beats => {}
        _ = phase.wait_for(|phase| *phase == Phase::Closed) => {}
    }
}

async fn accept(
    listener: TcpListener,
    address: SocketAddr,
    path: Option<Arc<RegionName>>,
    shared: Arc<Shared>,
    mut phase: watch::Receiver<Phase>,
) {
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = phase.wait_for(|phase| *phase != Phase::Open) => return,
        };
        let (tcp, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                // Out of file descriptors or the like: the oldest that has not shown who it is makes room, and the door
                // does not spin.
                tracing::warn!(%error, "cannot accept a connection");
                shared.crowd.make_room();
                tokio::time::sleep(Duration::from_millis(20)).await;
                continue;
            }
        };
        match shared.crowd.enter(peer.ip()) {
            Ok(place) => {
                let visit = Visit::new(shared.clone(), place, path.clone(), (peer, address), phase.clone());
                tokio::spawn(visit.run(tcp));
                // Whoever was sent away for it goes before the next one comes, and a flood outruns nobody.
                tokio::task::yield_now().await;
            }
            Err(full) => {
                tracing::debug!(%peer, %full, "turned away");
                let record = Connection::arriving(0, peer);
                (shared.sink)(Event::Decided(Connection { decision: Decision::Full(full), ..record }));
            }
        }
    }
}
