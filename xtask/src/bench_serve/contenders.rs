//! Who is measured, and how each is started: certproof, the bare servers of this program, nginx, HAProxy and Go.

use std::fmt::Write as _;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use crate::server::{Server, Sign, free_address, ready_file};
use crate::world::{World, authority};
use crate::{Result, apt};

/// The arguments with which this program starts itself as one of the bare servers.
pub const BARE_SERVER: &str = "--bare-server";
pub const BARE_FLEET: &str = "--bare-fleet";
pub const BARE_PROXY: &str = "--bare-proxy";
pub const UPSTREAM_SERVER: &str = "--upstream-server";

pub struct Contenders {
    pub certproof: Certproof,
    pub rivals: Vec<Rival>,
}

pub struct Certproof {
    program: PathBuf,
    pub version: String,
}

/// Whom we compare ourselves with and have not built.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Nginx,
    HaProxy,
    Go,
}

pub struct Rival {
    pub kind: Kind,
    /// Or why it is not here.
    pub version: Result<String>,
}

impl Contenders {
    /// # Errors
    /// When certproof is not built.
    pub fn find() -> Result<Self> {
        let program = std::env::current_exe()?.with_file_name("certproof");
        let version = said(Command::new(&program).arg("--version"))?;
        let rivals = [Kind::Nginx, Kind::HaProxy, Kind::Go].into_iter();
        Ok(Self {
            certproof: Certproof { program, version },
            rivals: rivals.map(|kind| Rival { kind, version: kind.version_or_install() }).collect(),
        })
    }
}

impl Certproof {
    /// Without a line per connection, which nobody else prints either.
    ///
    /// # Errors
    /// When it does not serve.
    pub fn start(&self, world: &World, upstream: Option<SocketAddr>) -> Result<Server> {
        let ready = ready_file(&world.folder, "certproof")?;
        let mut command = Command::new(&self.program);
        command.arg("serve").arg(world.folder.join("world.toml")).args(["--listen", "127.0.0.1:0", "--quiet"]);
        command.arg("--ready-file").arg(&ready);
        if let Some(upstream) = upstream {
            command.args(["--upstream", &upstream.to_string()]);
        }
        Server::start("certproof", &world.folder, &mut command, &Sign::File(ready))
    }
}

/// # Errors
/// When it does not serve.
pub fn bare_server(world: &World) -> Result<Server> {
    let only = only(world)?;
    own("tokio-rustls", world, |command| command.arg(BARE_SERVER).arg(&world.folder).arg(only))
}

/// # Errors
/// When it does not serve.
pub fn bare_fleet(world: &World) -> Result<Server> {
    own("tokio-rustls", world, |command| command.arg(BARE_FLEET).arg(&world.folder))
}

/// # Errors
/// When it does not serve.
pub fn bare_proxy(world: &World, upstream: SocketAddr) -> Result<Server> {
    let only = only(world)?;
    own("hyper", world, |command| command.args([BARE_PROXY, &upstream.to_string()]).arg(&world.folder).arg(only))
}

/// # Errors
/// When it does not serve.
pub fn upstream(world: &World) -> Result<Server> {
    own("upstream", world, |command| command.arg(UPSTREAM_SERVER))
}

/// This program once more. The ready file comes last.
fn own(name: &'static str, world: &World, arguments: impl FnOnce(&mut Command) -> &mut Command) -> Result<Server> {
    let ready = ready_file(&world.folder, name)?;
    let mut command = Command::new(std::env::current_exe()?);
    arguments(&mut command).arg(&ready);
    Server::start(name, &world.folder, &mut command, &Sign::File(ready))
}

/// The bundle of a world of one namespace.
fn only(world: &World) -> Result<PathBuf> {
    let first = world.names().next().ok_or("a world without namespaces")?;
    Ok(authority(&world.folder, &first))
}

impl Kind {
    pub fn name(self) -> &'static str {
        match self {
            Self::Nginx => "nginx",
            Self::HaProxy => "haproxy",
            Self::Go => "Go",
        }
    }

    /// Starts it for every namespace of the world, or in Go for the only one.
    ///
    /// # Errors
    /// When it does not serve.
    pub fn start(self, world: &World) -> Result<Server> {
        match self {
            Self::Nginx => nginx(world),
            Self::HaProxy => haproxy(world),
            Self::Go => go(world),
        }
    }

    fn version_or_install(self) -> Result<String> {
        self.version().or_else(|missing| {
            let package = match self {
                Self::Nginx => "nginx",
                Self::HaProxy => "haproxy",
                // Debian's is years behind, and would flatter us.
                Self::Go => return Err(missing),
            };
            apt::install(package).map_err(|error| format!("{missing}; {error}"))?;
            self.version()
        })
    }

    fn version(self) -> Result<String> {
        match self {
            Self::Nginx => {
                let text = said(Command::new("nginx").arg("-V"))?;
                Ok(format!("{} with {}", first_line(&text), openssl_of(&text, "built with ", "running with ")))
            }
            Self::HaProxy => {
                let text = said(Command::new("haproxy").arg("-vv"))?;
                let version = first_line(&text).split(" - ").next().unwrap_or_default().to_owned();
                Ok(format!("{version} with {}", openssl_of(&text, "Built with ", "Running on OpenSSL version : ")))
            }
            Self::Go => Ok(first_line(&said(Command::new("go").arg("version"))?).to_owned()),
        }
    }
}

fn nginx(world: &World) -> Result<Server> {
    let address = free_address()?;
    let mut servers = String::new();
    for name in world.names() {
        let authority = authority(&world.folder, &name);
        write!(
            servers,
            "    server {{\n        listen {address} ssl http2;\n        server_name {name}.tmprl.cloud;\n        \
             ssl_client_certificate {};\n        location / {{ return 200; }}\n    }}\n",
            authority.display()
        )?;
    }
    let text = include_str!("../../bench/nginx.conf").replace("%SERVERS%", &servers);
    let config = configuration(world, "nginx.conf", &text)?;
    let mut command = Command::new("nginx");
    command.arg("-p").arg(&world.folder).args(["-e", "stderr", "-c"]).arg(config);
    Server::start("nginx", &world.folder, &mut command, &Sign::Accepts(address))
}

fn haproxy(world: &World) -> Result<Server> {
    let address = free_address()?;
    let server = world.folder.join("server-both.pem");
    let list = world.folder.join("haproxy.list");
    let mut lines = String::new();
    for name in world.names() {
        let authority = authority(&world.folder, &name);
        let (server, authority) = (server.display(), authority.display());
        writeln!(lines, "{server} [ca-file {authority} verify required alpn h2] {name}.tmprl.cloud")?;
    }
    std::fs::write(&list, lines)?;
    let text = include_str!("../../bench/haproxy.cfg")
        .replace("%PORT%", &address.port().to_string())
        .replace("%CERTIFICATES%", &format!("strict-sni crt-list {}", list.display()));
    let config = configuration(world, "haproxy.cfg", &text)?;
    let mut command = Command::new("haproxy");
    command.arg("-db").arg("-f").arg(config);
    Server::start("haproxy", &world.folder, &mut command, &Sign::Accepts(address))
}

fn go(world: &World) -> Result<Server> {
    let program = world.folder.join("go-server");
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("bench").join("server.go");
    let mut build = Command::new("go");
    build.args(["build", "-o"]).arg(&program).arg(source).env("CGO_ENABLED", "0").current_dir(&world.folder);
    said(&mut build)?;
    let ready = ready_file(&world.folder, "go")?;
    let mut command = Command::new(program);
    command.arg(&world.folder).arg(only(world)?).arg(&ready);
    Server::start("Go", &world.folder, &mut command, &Sign::File(ready))
}

fn configuration(world: &World, name: &str, text: &str) -> Result<PathBuf> {
    let path = world.folder.join(name);
    std::fs::write(&path, text.replace("%FOLDER%", &world.folder.display().to_string()))?;
    Ok(path)
}

/// What a program prints, on either stream.
fn said(command: &mut Command) -> Result<String> {
    let program = command.get_program().to_string_lossy().into_owned();
    let Output { status, stdout, stderr } =
        command.stdin(Stdio::null()).output().map_err(|error| format!("{program}: {error}"))?;
    let text = [stdout, stderr].concat();
    let text = String::from_utf8_lossy(&text).trim().to_owned();
    if status.success() { Ok(text) } else { Err(format!("{program} ended with {status}: {text}").into()) }
}

fn first_line(text: &str) -> &str {
    text.lines().next().unwrap_or_default()
}

/// The release of OpenSSL that it runs on, or was built with where it does not tell them apart.
fn openssl_of(text: &str, built: &str, running: &str) -> String {
    let after = |mark: &str| text.split(mark).nth(1).filter(|rest| rest.starts_with("OpenSSL"));
    let named = after(running).or_else(|| after(built)).unwrap_or_default();
    named.split_whitespace().take(2).collect::<Vec<_>>().join(" ")
}
