//! What a run of the matrix costs, beside as many bare handshakes: both ends in this process, in turns.
//!
//! A bare handshake is: connect, TLS 1.3 with a client certificate (P-256, `root -> intermediate -> leaf`), the preface of
//! HTTP/2, the server's SETTINGS, and the close; plain tokio-rustls with webpki's verifier, and the key exchange that the
//! library prefers, as the matrix's clients have it. A run of the matrix has all else in it: forging hierarchies, gRPC,
//! the server behind the door, and the judgement.

mod ratio;

use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

use certproof::forge::server::ServerAuthority;
use certproof::forge::{KeyKind, KeySource, Recipe};
use certproof::matrix::product::{self, Extent};
use certproof::matrix::{self, Cell, Options, cell};
use nix::time::{ClockId, clock_gettime};
use rustls::client::Resumption;
use rustls::crypto::aws_lc_rs::default_provider;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::server::{NoServerSessionStorage, WebPkiClientVerifier};
use rustls::{ClientConfig, RootCertStore, ServerConfig};
use time::OffsetDateTime;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;
use tokio::task::JoinSet;
use tokio_rustls::{TlsAcceptor, TlsConnector};

use ratio::Ratio;

type Result<T = ()> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;

const TURNS: usize = 9;

/// As many as the matrix has by default.
const AT_ONCE: usize = 16;

const HOST: &str = "orders.f45a2.tmprl.cloud";

/// The preface of HTTP/2 and an empty SETTINGS frame.
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0";
const SETTINGS: &[u8] = b"\0\0\0\x04\0\0\0\0\0";

fn main() -> ExitCode {
    ratio::main("usage: cargo xtask bench matrix [--strict]", |rest| rest.is_empty().then(run))
}

fn run() -> Result<bool> {
    let now = OffsetDateTime::now_utc();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let cells = sampled(now)?.len();
    let bare = runtime.block_on(Bare::open(now))?;
    let (mut runs, mut handshakes) = (Vec::new(), Vec::new());
    // The first turn warms up.
    for turn in 0..=TURNS {
        let (one, other) = (play(&runtime, sampled(now)?, now)?, bare.shake_hands(&runtime, cells)?);
        if turn > 0 {
            runs.push(one);
            handshakes.push(other);
        }
    }
    let times = |all: &[Spent], of: fn(&Spent) -> Duration| all.iter().map(of).collect::<Vec<_>>();
    let workers = std::thread::available_parallelism().map_or(1, usize::from);
    println!("matrix: {cells} cells, {AT_ONCE} at a time, {workers} cores, {TURNS} turns, both ends in one process");
    let show = |what: &str, all: &[Spent]| {
        let median = |of| seconds(times(all, of));
        println!("  {what}: {:.2} s, {:.2} s of processor time", median(|it| it.wall), median(|it| it.work));
    };
    show("the default run", &runs);
    show("as many bare handshakes", &handshakes);
    let of = |of: fn(&Spent) -> Duration| Ratio::of(&times(&runs, of), &times(&handshakes, of));
    let mut holds = of(|it| it.wall).demand("default run / as many bare handshakes, time", "at most 1.5", |r| r <= 1.5);
    of(|it| it.work).show("the same, processor time");
    let longest = times(&runs, |it| it.wall).iter().map(Duration::as_secs_f64).collect();
    holds &= Ratio::sorted(longest).demand("s for the default run", "at most 5", |s| s <= 5.0);
    let full: Vec<_> = cell::literal().chain(product::cells(Extent::Full, now)?).collect();
    let count = full.len();
    let spent = play(&runtime, full, now)?;
    println!("  --full: {count} cells, of at most 100,000");
    holds &= count <= 100_000;
    let took = Ratio::sorted(vec![spent.wall.as_secs_f64()]);
    holds &= took.demand("s for --full", "at most 90", |s| s <= 90.0);
    Ok(holds)
}

fn sampled(now: OffsetDateTime) -> Result<Vec<Cell>> {
    Ok(cell::literal().chain(product::cells(Extent::Sampled, now)?).collect())
}

fn play(runtime: &Runtime, cells: Vec<Cell>, now: OffsetDateTime) -> Result<Spent> {
    let options = Options { jobs: AT_ONCE, ..Options::new(now, now) };
    let (spent, report) = Spent::by(|| runtime.block_on(matrix::run(cells, options)))?;
    let report = report?;
    if report.counts.errors > 0 || !report.troubles.is_empty() {
        return Err("a cell did not come out as expected".into());
    }
    Ok(spent)
}

struct Spent {
    wall: Duration,
    work: Duration,
}

impl Spent {
    fn by<T>(work: impl FnOnce() -> T) -> Result<(Self, T)> {
        let clock = || clock_gettime(ClockId::CLOCK_PROCESS_CPUTIME_ID).map(Duration::from);
        let (start, before) = (Instant::now(), clock()?);
        let done = work();
        Ok((Self { wall: start.elapsed(), work: clock()? - before }, done))
    }
}

/// A bare server, and a client of its namespace.
struct Bare {
    address: std::net::SocketAddr,
    client: Arc<ClientConfig>,
}

impl Bare {
    async fn open(now: OffsetDateTime) -> Result<Self> {
        let forged = Recipe::good("orders.f45a2", KeySource::Fresh, KeyKind::P256, now).forge()?;
        let authority = ServerAuthority::fresh("bench server CA", now)?;
        let server = authority.issue(&[HOST.to_owned()], now)?;
        let store = |der: &[u8]| -> Result<Arc<RootCertStore>> {
            let mut store = RootCertStore::empty();
            store.add(CertificateDer::from(der.to_vec()))?;
            Ok(Arc::new(store))
        };
        let provider = Arc::new(default_provider());
        let key = |pkcs8: &[u8]| PrivateKeyDer::try_from(pkcs8.to_vec()).map_err(str::to_owned);
        let verifier =
            WebPkiClientVerifier::builder_with_provider(store(&forged.authorities[0])?, provider.clone()).build()?;
        let mut config = ServerConfig::builder_with_provider(provider.clone())
            .with_protocol_versions(&[&rustls::version::TLS13])?
            .with_client_cert_verifier(verifier)
            .with_single_cert(vec![server.certificate.into()], key(server.key.pkcs8())?)?;
        config.alpn_protocols = vec![b"h2".to_vec()];
        config.session_storage = Arc::new(NoServerSessionStorage {});
        config.send_tls13_tickets = 0;
        let chain = forged.chain.iter().map(|der| CertificateDer::from(der.clone())).collect();
        let mut client = ClientConfig::builder_with_provider(provider)
            .with_protocol_versions(&[&rustls::version::TLS13])?
            .with_root_certificates(store(&authority.certificate)?)
            .with_client_auth_cert(chain, key(forged.client_key.pkcs8())?)?;
        client.alpn_protocols = vec![b"h2".to_vec()];
        client.resumption = Resumption::disabled();
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let acceptor = TlsAcceptor::from(Arc::new(config));
        tokio::spawn(async move {
            while let Ok((tcp, _)) = listener.accept().await {
                let acceptor = acceptor.clone();
                tokio::spawn(async move {
                    tcp.set_nodelay(true)?;
                    let mut tls = acceptor.accept(tcp).await?;
                    let mut preface = [0; PREFACE.len()];
                    tls.read_exact(&mut preface).await?;
                    tls.write_all(SETTINGS).await?;
                    tls.shutdown().await
                });
            }
        });
        Ok(Self { address, client: Arc::new(client) })
    }

    fn shake_hands(&self, runtime: &Runtime, count: usize) -> Result<Spent> {
        let (spent, done) = Spent::by(|| runtime.block_on(self.all(count)))?;
        done.map(|()| spent)
    }

    async fn all(&self, count: usize) -> Result {
        let mut lanes = JoinSet::new();
        for lane in 0..AT_ONCE {
            let (client, address) = (self.client.clone(), self.address);
            lanes.spawn(async move {
                for _ in (lane..count).step_by(AT_ONCE) {
                    let tcp = TcpStream::connect(address).await?;
                    tcp.set_nodelay(true)?;
                    let name = ServerName::try_from(HOST)?;
                    let mut tls = TlsConnector::from(client.clone()).connect(name, tcp).await?;
                    tls.write_all(PREFACE).await?;
                    let mut head = [0; SETTINGS.len()];
                    tls.read_exact(&mut head).await?;
                    tls.shutdown().await?;
                }
                Result::Ok(())
            });
        }
        while let Some(ended) = lanes.join_next().await {
            ended??;
        }
        Ok(())
    }
}

/// The median of the times.
fn seconds(mut times: Vec<Duration>) -> f64 {
    times.sort();
    times[times.len() / 2].as_secs_f64()
}
