//! A server that is measured: a program of its own, and what the system says that it spends.

use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::time::ClockId;
use nix::unistd::Pid;

use crate::Result;

/// How long a server may take to open; nginx needs a good while for 10,000 names.
const OPENING: Duration = Duration::from_secs(60);

/// How it shows that it is open.
pub enum Sign {
    /// A file appears whose first line is the address.
    File(PathBuf),
    /// It accepts connections there.
    Accepts(SocketAddr),
}

/// Dropping it ends it.
pub struct Server {
    pub name: &'static str,
    pub address: SocketAddr,
    /// From its start to its sign.
    pub opened_after: Duration,
    child: Child,
}

impl Server {
    /// What it complains of goes into a file of the folder.
    ///
    /// # Errors
    /// When it ends, or is not open in time.
    pub fn start(name: &'static str, folder: &Path, command: &mut Command, sign: &Sign) -> Result<Self> {
        let complaints = folder.join(format!("{name}.err"));
        command.stdout(Stdio::null()).stderr(std::fs::File::create(&complaints)?);
        let start = Instant::now();
        let child = command.stdin(Stdio::null()).spawn().map_err(|error| format!("{name} does not start: {error}"))?;
        let nowhere = SocketAddr::from(([127, 0, 0, 1], 0));
        let mut server = Self { name, address: nowhere, opened_after: Duration::ZERO, child };
        while start.elapsed() < OPENING {
            if let Some(address) = sign.seen() {
                server.opened_after = start.elapsed();
                server.address = address;
                return Ok(server);
            }
            if let Some(status) = server.child.try_wait()? {
                let complaints = std::fs::read_to_string(complaints)?;
                return Err(format!("{name} ended with {status} instead of serving: {}", complaints.trim()).into());
            }
            std::thread::sleep(Duration::from_micros(500));
        }
        Err(format!("{name} was not open after {} s", OPENING.as_secs()).into())
    }

    /// Processor time of all its threads and children so far, ended threads included.
    ///
    /// # Errors
    /// When it is gone.
    pub fn processor_time(&self) -> Result<Duration> {
        let mut sum = Duration::ZERO;
        for pid in self.processes() {
            sum += Duration::from(ClockId::pid_cpu_clock_id(pid)?.now()?);
        }
        Ok(sum)
    }

    /// Waits until it does nothing any more, a minute at most: what it judges of a large world once it is open is no part
    /// of a handshake. Returns the processor time until then.
    ///
    /// # Errors
    /// When it is gone.
    pub fn settle(&self) -> Result<Duration> {
        let mut before = self.processor_time()?;
        for _ in 0..300 {
            std::thread::sleep(Duration::from_millis(200));
            let now = self.processor_time()?;
            if now - before < Duration::from_millis(2) {
                return Ok(now);
            }
            before = now;
        }
        Err(format!("{} does not come to rest", self.name).into())
    }

    /// Resident memory of its largest process, in MiB: a master and its worker share nearly all of theirs.
    ///
    /// # Errors
    /// When it is gone.
    pub fn resident(&self) -> Result<f64> {
        let mut largest: f64 = 0.0;
        for pid in self.processes() {
            let status = std::fs::read_to_string(format!("/proc/{pid}/status"))?;
            let size = status.lines().find_map(|line| line.strip_prefix("VmRSS:")?.split_whitespace().next());
            largest = largest.max(size.ok_or("a process without VmRSS")?.parse()?);
        }
        Ok(largest / 1024.0)
    }

    fn processes(&self) -> Vec<Pid> {
        let mut found = vec![Pid::from_raw(self.child.id().cast_signed())];
        let mut next = 0;
        while let Some(pid) = found.get(next) {
            let children = std::fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).unwrap_or_default();
            found.extend(children.split_whitespace().filter_map(|child| child.parse().ok()).map(Pid::from_raw));
            next += 1;
        }
        found
    }
}

impl Drop for Server {
    /// Politely first: a master process takes its workers along.
    fn drop(&mut self) {
        let processes = self.processes();
        let _ = kill(processes[0], Signal::SIGTERM);
        let start = Instant::now();
        while start.elapsed() < Duration::from_secs(3) {
            if !matches!(self.child.try_wait(), Ok(None)) {
                return;
            }
            std::thread::sleep(Duration::from_millis(2));
        }
        // Still its own and its children's numbers, since the child has not been waited for.
        for pid in processes {
            let _ = kill(pid, Signal::SIGKILL);
        }
        let _ = self.child.wait();
    }
}

impl Sign {
    fn seen(&self) -> Option<SocketAddr> {
        let address = |text: &str| text.parse().ok();
        match self {
            Self::File(path) => std::fs::read_to_string(path).ok()?.lines().next().and_then(address),
            Self::Accepts(address) => TcpStream::connect(address).ok().map(|_| *address),
        }
    }
}

/// A port that nobody had just now, for servers that cannot choose one themselves.
///
/// # Errors
/// When there is none.
pub fn free_address() -> Result<SocketAddr> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?)
}

/// A ready file that is not there yet.
///
/// # Errors
/// When an old one stays.
pub fn ready_file(folder: &Path, name: &str) -> Result<PathBuf> {
    let path = folder.join(format!("{name}.ready"));
    match std::fs::remove_file(&path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error.into()),
        _ => Ok(path),
    }
}
