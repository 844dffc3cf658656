//! `certproof serve` as a process of its own: its world, its memory and files, its records, and good clients at its door.

use std::fs::{self, File};
use std::io::Read as _;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus};
use std::sync::Arc;
use std::time::{Duration, Instant};

use certproof::forge::server::ServerAuthority;
use certproof::forge::{self, Forged};
use certproof::pki::pem;
use certproof::wire::client::{Ask, Attempt, Client, Profile, Sni, Versions};
use certproof::wire::outcome::Seen;
use certproof::wire::{Loopback, ServerIdentity};
use pki_types::ServerName;
use rustix::process::{Pid, Signal};
use rustls::{ClientConfig, RootCertStore};
use serde_json::Value;
use tempfile::TempDir;
use time::OffsetDateTime;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

pub const NAMESPACE: &str = "orders.f45a2";
pub const SERVER_NAME: &str = "orders.f45a2.tmprl.cloud";

/// For whatever is waited for. Far more than anything takes on a busy machine.
const DEADLINE: Duration = Duration::from_secs(30);

/// The files of a world in a folder of its own, before and while it is served.
pub struct Files {
    pub folder: TempDir,
    pub forged: Forged,
    pub authority: ServerAuthority,
}

impl Files {
    /// A folder with one kit.
    pub fn kit() -> Self {
        let now = OffsetDateTime::now_utc();
        let folder = tempfile::tempdir().unwrap();
        let forged = forge::good(NAMESPACE, now).unwrap();
        let authority = ServerAuthority::fresh("test server CA", now).unwrap();
        let files = Self { folder, forged, authority };
        let world = files.world();
        fs::create_dir_all(world.join(NAMESPACE)).unwrap();
        fs::write(world.join("server-ca.pem"), pem::encode("CERTIFICATE", &files.authority.certificate)).unwrap();
        fs::write(world.join("server-ca.key"), pem::encode("PRIVATE KEY", files.authority.private_key())).unwrap();
        fs::write(files.bundle(), files.forged.bundle_pem()).unwrap();
        files
    }

    pub fn world(&self) -> PathBuf {
        self.folder.path().join("world")
    }

    pub fn bundle(&self) -> PathBuf {
        self.world().join(NAMESPACE).join("ca.pem")
    }

    /// Puts a `world.toml` beside the kit.
    pub fn write_toml(&self, text: &str) {
        replace(&self.world().join("world.toml"), text);
    }

    /// Serves it; a good client has been there once.
    pub fn serve(self, options: &str) -> Served {
        let mut served = self.open(options);
        // Once served, it has opened what it keeps open.
        runtime().block_on(served.knock(1));
        served.until("the first visitor has left", |served| served.closed() == 1);
        served.fds_at_start = served.fds();
        served
    }

    /// Serves it; nobody has been there.
    pub fn open(self, options: &str) -> Served {
        Served::start(self, options)
    }

    /// What a rustls client needs to be let in as the kit's own, or as another, or as nobody.
    pub fn config(&self, identity: Option<&Forged>) -> ClientConfig {
        let mut roots = RootCertStore::empty();
        roots.add(self.authority.certificate.clone().into()).unwrap();
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let builder = ClientConfig::builder_with_provider(provider).with_protocol_versions(&[&rustls::version::TLS13]);
        let builder = builder.unwrap().with_root_certificates(roots);
        let mut config = match identity {
            Some(forged) => {
                builder.with_client_auth_cert(forged.client_chain(), forged.client_key.private_key()).unwrap()
            }
            None => builder.with_no_client_auth(),
        };
        config.alpn_protocols = vec![b"h2".to_vec()];
        config
    }

    pub fn client(&self, forged: &Forged) -> Client {
        let identity = ServerIdentity::new(forged.chain.clone(), forged.client_key.pkcs8()).unwrap();
        let roots = vec![self.authority.certificate.clone().into()];
        let protocols = vec![b"h2".to_vec()];
        let (identity, versions, heeds_ca_names) = (Some(identity), Versions::Tls13, false);
        Client::new(Profile { identity, roots, versions, protocols, heeds_ca_names }).unwrap()
    }
}

/// Written beside and renamed, as those do who know.
pub fn replace(path: &Path, text: impl AsRef<[u8]>) {
    let beside = path.with_extension("new");
    fs::write(&beside, text).unwrap();
    fs::rename(&beside, path).unwrap();
}

/// A door in a process of its own.
pub struct Served {
    pub files: Files,
    pub address: SocketAddr,
    /// The whole of the ready file.
    pub ready: String,
    child: Child,
    fds_at_start: usize,
    client: Client,
}

impl Served {
    fn start(files: Files, options: &str) -> Self {
        let at = |name: &str| files.folder.path().join(name);
        let mut command = Command::new(assert_cmd::cargo::cargo_bin("certproof"));
        command.arg("serve").arg(files.world()).args(["--listen", "127.0.0.1:0", "--ready-file"]).arg(at("ready"));
        command.arg("--audit").arg(at("audit.jsonl")).args(options.split_whitespace());
        command.stdout(File::create(at("stdout")).unwrap()).stderr(File::create(at("stderr")).unwrap());
        let mut child = command.spawn().unwrap();
        let since = Instant::now();
        let ready = loop {
            if let Ok(ready) = fs::read_to_string(at("ready")) {
                break ready;
            }
            let said = || fs::read_to_string(at("stderr")).unwrap();
            assert!(child.try_wait().unwrap().is_none(), "it ended: {}", said());
            assert!(since.elapsed() < DEADLINE, "it is not ready: {}", said());
            std::thread::yield_now();
        };
        let address = ready.lines().next().unwrap().parse().unwrap();
        let client = files.client(&files.forged);
        Self { files, address, ready, child, fds_at_start: 0, client }
    }

    pub fn pid(&self) -> Pid {
        Pid::from_child(&self.child)
    }

    /// A good client calls so often and is answered each time.
    pub async fn knock(&self, times: usize) {
        for visit in 1..=times {
            let seen = self.seen_by(&self.client).await;
            assert_eq!(seen, Seen::Served, "visit {visit} of {times}; {}", self.said());
        }
    }

    pub async fn seen_by(&self, client: &Client) -> Seen {
        let server_name = Sni::Name(SERVER_NAME.to_owned());
        let attempt = Attempt { server_name, calls: vec![Ask::describe(&NAMESPACE.parse().unwrap())] };
        client.attempt(Loopback::try_from(self.address).unwrap(), &attempt).await.0.seen
    }

    /// Attacks while a good client is served so often; returns what the attack came to.
    pub fn withstand<T>(&self, visits: usize, attack: impl Future<Output = T>) -> T {
        std::thread::scope(|scope| {
            let good = scope.spawn(|| runtime().block_on(self.knock(visits)));
            let result = runtime().block_on(attack);
            good.join().unwrap();
            result
        })
    }

    /// A TLS connection as the kit's own client.
    pub async fn connect(&self) -> TlsStream<TcpStream> {
        self.connect_with(self.files.config(Some(&self.files.forged))).await.unwrap()
    }

    pub async fn connect_with(&self, config: ClientConfig) -> std::io::Result<TlsStream<TcpStream>> {
        let tcp = TcpStream::connect(self.address).await?;
        tcp.set_nodelay(true)?;
        let name = ServerName::try_from(SERVER_NAME).unwrap();
        TlsConnector::from(Arc::new(config)).connect(name, tcp).await
    }

    /// Kilobytes by their name in `/proc/PID/status`: VmRSS is now, VmHWM the most there was.
    pub fn memory(&self, name: &str) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':')).unwrap();
        line.trim().trim_end_matches(" kB").parse().unwrap()
    }

    /// Open files.
    pub fn fds(&self) -> usize {
        fs::read_dir(format!("/proc/{}/fd", self.child.id())).unwrap().count()
    }

    /// What it has written on standard error.
    pub fn said(&self) -> String {
        String::from_utf8_lossy(&fs::read(self.files.folder.path().join("stderr")).unwrap()).into_owned()
    }

    /// What it has written on standard output.
    pub fn printed(&self) -> String {
        String::from_utf8_lossy(&fs::read(self.files.folder.path().join("stdout")).unwrap()).into_owned()
    }

    /// Lines of the audit file, of those moved aside too, the oldest first. The last may be half written.
    pub fn records(&self) -> Vec<Value> {
        let path = |number: usize| match number {
            0 => self.files.folder.path().join("audit.jsonl"),
            _ => self.files.folder.path().join(format!("audit.jsonl.{number}")),
        };
        let mut text = String::new();
        for number in (0..=5).rev() {
            if let Ok(mut file) = File::open(path(number)) {
                file.read_to_string(&mut text).unwrap();
            }
        }
        text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
    }

    pub fn closed(&self) -> usize {
        self.records().iter().filter(|line| line["event"] == "closed").count()
    }

    /// Looks again and again until it is so.
    pub fn until(&self, what: &str, is_so: impl Fn(&Self) -> bool) {
        let since = Instant::now();
        while !is_so(self) {
            assert!(since.elapsed() < DEADLINE, "never so: {what}; {} files open; {}", self.fds(), self.said());
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    pub fn signal(&self, signal: Signal) {
        rustix::process::kill_process(self.pid(), signal).unwrap();
    }

    pub fn wait(&mut self) -> ExitStatus {
        let since = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status;
            }
            assert!(since.elapsed() < DEADLINE, "it does not end: {}", self.said());
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Everybody has gone: files are as they were, the door still stands, it ends in peace, it has not panicked, and each
    /// of its connections was decided once and closed once. Returns the records.
    pub fn finish(mut self) -> Vec<Value> {
        self.until("its files are closed", |served| served.fds() <= served.fds_at_start);
        assert!(self.child.try_wait().unwrap().is_none(), "it ended: {}", self.said());
        runtime().block_on(self.knock(1));
        self.signal(Signal::TERM);
        assert!(self.wait().success(), "{}", self.said());
        assert!(!self.said().contains("panicked"), "{}", self.said());
        let records = self.records();
        let numbers = |event: &str| {
            let of = records.iter().filter(|line| line["event"] == event);
            let mut numbers: Vec<_> =
                of.map(|line| line["connection"].as_u64().unwrap()).filter(|it| *it > 0).collect();
            numbers.sort_unstable();
            numbers
        };
        let every: Vec<_> = (1..=numbers("closed").last().copied().unwrap_or_default()).collect();
        if !records.iter().any(|line| line["event"] == "dropped") {
            assert!(numbers("connection") == every, "a connection was not decided exactly once");
            assert!(numbers("closed") == every, "a connection was not closed exactly once");
        }
        records
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Lines of one event, by a field of theirs.
pub fn count(records: &[Value], event: &str, field: &str, value: &str) -> usize {
    records.iter().filter(|line| line["event"] == event && line[field] == value).count()
}

pub fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap()
}
