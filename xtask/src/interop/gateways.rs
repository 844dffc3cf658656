//! The matrix against nginx, HAProxy and Envoy, as it configures them itself: what they cannot do is listed, and everything else
//! comes out as it would at the cloud's gate.

use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::tools;
use crate::{Result, apt, root, run as run_in_root};

/// How it is started in the folder that was exported, and with which known failures.
struct Gateway {
    program: &'static str,
    /// Whether it is a failure that it is not here.
    is_wanted: bool,
    /// Where it is, once it is installed.
    find: fn() -> Result<PathBuf>,
    arguments: &'static [&'static str],
    baseline: &'static str,
}

const GATEWAYS: [Gateway; 3] = [
    Gateway {
        program: "nginx",
        is_wanted: true,
        find: || packaged("nginx"),
        arguments: &["-p", ".", "-c", "nginx.conf", "-e", "stderr"],
        baseline: "xtask/interop/gateways/nginx.toml",
    },
    Gateway {
        program: "haproxy",
        is_wanted: true,
        find: || packaged("haproxy"),
        arguments: &["-db", "-f", "haproxy.cfg"],
        baseline: "xtask/interop/gateways/haproxy.toml",
    },
    Gateway {
        program: "envoy",
        is_wanted: false,
        find: tools::envoy,
        // Two of them on a machine need not know of each other.
        arguments: &["-c", "envoy.yaml", "--log-level", "warning", "--use-dynamic-base-id"],
        baseline: "xtask/interop/gateways/envoy.toml",
    },
];

/// # Errors
/// When nginx or HAProxy is not to be had, or a gateway is not as it is listed.
pub fn run() -> Result {
    run_in_root("cargo", &["build", "--quiet", "--package", "certproof", "--bin", "certproof"])?;
    let mut failures = Vec::new();
    for gateway in &GATEWAYS {
        let program = match (gateway.find)() {
            Ok(program) => program,
            Err(why) if gateway.is_wanted => {
                failures.push(format!("{}: {why}", gateway.program));
                continue;
            }
            Err(why) => {
                println!("NOT tried: {}: {why}", gateway.program);
                continue;
            }
        };
        match attempt(gateway, &program) {
            Ok(summary) => println!("{}, with what it is known not to do: {summary}", gateway.program),
            Err(error) => failures.push(format!("{}: {error}", gateway.program)),
        }
    }
    if failures.is_empty() { Ok(()) } else { Err(failures.join("\n").into()) }
}

/// Installs it where it is missing and it may.
fn packaged(program: &str) -> Result<PathBuf> {
    let is_there = || Command::new(program).arg("-v").output().is_ok();
    if is_there() {
        return Ok(program.into());
    }
    apt::install(program)?;
    if is_there() { Ok(program.into()) } else { Err("is not there after it was installed".into()) }
}

fn attempt(gateway: &Gateway, program: &Path) -> Result<String> {
    let folder = Folder::new(gateway.program)?;
    let port = free_ports()?;
    let address = format!("127.0.0.1:{port}");
    let certproof = super::certproof()?;
    let exported = folder.0.join("exported");
    let said = Command::new(&certproof)
        .args(["matrix", "--listen", &address, "--export"])
        .arg(&exported)
        .current_dir(root())
        .output()?;
    if !said.status.success() {
        return Err(format!("nothing was exported: {}", String::from_utf8_lossy(&said.stderr)).into());
    }
    let complaints = std::fs::File::create(folder.0.join("complaints"))?;
    let mut command = Command::new(program);
    command.args(gateway.arguments).current_dir(&exported).stdin(Stdio::null());
    let _running = Running(command.stdout(complaints.try_clone()?).stderr(complaints).spawn()?);
    let start = Instant::now();
    while TcpStream::connect(&address).is_err() {
        if start.elapsed() > Duration::from_secs(10) {
            return Err(format!("does not open: {}", std::fs::read_to_string(folder.0.join("complaints"))?).into());
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    let said = Command::new(&certproof)
        .args(["matrix", "--server", &address, "--baseline", gateway.baseline, "--exported"])
        .arg(&exported)
        .current_dir(root())
        .output()?;
    let text = String::from_utf8_lossy(&said.stdout);
    match said.status.success() {
        true => Ok(text.lines().last().unwrap_or_default().to_owned()),
        false => Err(format!("{}{text}", String::from_utf8_lossy(&said.stderr)).into()),
    }
}

/// A port with a free one behind it, at which the run listens.
fn free_ports() -> Result<u16> {
    for _ in 0..100 {
        let first = std::net::TcpListener::bind("127.0.0.1:0")?;
        let port = first.local_addr()?.port();
        if port < u16::MAX && std::net::TcpListener::bind(("127.0.0.1", port + 1)).is_ok() {
            return Ok(port);
        }
    }
    Err("no two ports in a row are free".into())
}

struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Result<Self> {
        let path = std::env::temp_dir().join(format!("certproof-{name}-{}", std::process::id()));
        std::fs::create_dir(&path)?;
        Ok(Self(path))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A program that ends when this does. A master of nginx's takes its workers along when it is asked politely.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let pid = nix::unistd::Pid::from_raw(self.0.id().cast_signed());
        let _ = nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGTERM);
        let _ = self.0.wait();
    }
}
