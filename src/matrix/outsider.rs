//! Somebody else's client, as a command line: what it is told, and what its exit code says.

use std::io::Read as _;
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::channel;
use std::time::{Duration, Instant};

use super::lab::Material;
use super::scenario::{Course, Credential, Expect, KeyExchange, NameSent, Protocols, Scenario, Tls};
use super::scenarios::GOOD;
use crate::pki::pem::{encode, encode_certificates};

/// How long a client may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// For the last words of a client that has ended. What it left running may hold on to its standard error.
const LAST_WORDS: Duration = Duration::from_millis(200);

/// The words of its command line, with `{host}`, `{port}`, `{sni}`, `{cert}`, `{key}`, `{ca}` and `{namespace}` in them.
#[derive(Debug, Clone)]
pub struct Outsider(Vec<String>);

/// What a client said of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Said {
    /// Exit code 0.
    Admitted,
    /// Exit code 1.
    Refused,
    /// Exit code 89: it cannot do what is asked of it.
    Unable,
    /// Anything else is no part of the contract.
    Otherwise(String),
}

impl Outsider {
    /// Words are parted by spaces; quotes of either kind keep them together.
    ///
    /// # Errors
    /// In words, when there is no command, a quote is left open, or an unknown placeholder is in it.
    pub fn parse(line: &str) -> Result<Self, String> {
        let mut words: Vec<String> = Vec::new();
        let (mut word, mut quote) = (None::<String>, None);
        for c in line.chars() {
            match (quote, c) {
                (Some(open), c) if c == open => quote = None,
                (None, '"' | '\'') => {
                    quote = Some(c);
                    word.get_or_insert_default();
                }
                (None, c) if c.is_whitespace() => words.extend(word.take()),
                (_, c) => word.get_or_insert_default().push(c),
            }
        }
        if quote.is_some() {
            return Err("a quote is left open".to_owned());
        }
        words.extend(word);
        if words.is_empty() {
            return Err("there is no command in it".to_owned());
        }
        if !words.iter().any(|word| word.contains("{port}")) {
            return Err("the client would not know where to go: {port} is not in it".to_owned());
        }
        Ok(Self(words))
    }

    /// Lets it try a door. Its files are in the folder, which is its own.
    pub fn attempt(&self, door: SocketAddr, scenario: &Scenario, material: &Material, folder: &Path) -> Said {
        self.try_it(door, scenario, material, folder).unwrap_or_else(|why| Said::Otherwise(why.to_string()))
    }

    fn try_it(
        &self,
        door: SocketAddr,
        scenario: &Scenario,
        material: &Material,
        folder: &Path,
    ) -> std::io::Result<Said> {
        let path = |name: &str| folder.join(name).display().to_string();
        std::fs::write(path("ca.pem"), encode_certificates(std::slice::from_ref(&material.server_ca)))?;
        let (mut cert, mut key) = (String::new(), String::new());
        if let Some((chain, private)) = &material.identity {
            (cert, key) = (path("client.pem"), path("client.key"));
            std::fs::write(&cert, encode_certificates(chain))?;
            std::fs::write(&key, encode("PRIVATE KEY", private))?;
        }
        let values = [
            ("{host}", door.ip().to_string()),
            ("{port}", door.port().to_string()),
            ("{sni}", format!("{}.tmprl.cloud", scenario.home.namespace)),
            ("{namespace}", scenario.home.namespace.to_owned()),
            ("{cert}", cert),
            ("{key}", key),
            ("{ca}", path("ca.pem")),
        ];
        let fill = |word: &String| values.iter().fold(word.clone(), |word, (name, value)| word.replace(name, value));
        let words: Vec<_> = self.0.iter().map(fill).collect();
        let mut command = Command::new(&words[0]);
        command.args(&words[1..]).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
        // Whatever it starts in turn ends with it.
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        let child = command.spawn().map_err(|error| std::io::Error::other(format!("`{}`: {error}", words[0])))?;
        Ok(wait(child))
    }
}

fn wait(mut child: Child) -> Said {
    let start = Instant::now();
    let (telling, told) = channel();
    if let Some(mut pipe) = child.stderr.take() {
        std::thread::spawn(move || {
            // As much as a message may be; the rest is read as well, so that nobody waits for a full pipe.
            let mut piece = [0; 4_096];
            let mut left = piece.len();
            while let Ok(length @ 1..) = pipe.read(&mut piece) {
                let kept = length.min(left);
                left -= kept;
                let _ = telling.send(piece[..kept].to_vec());
            }
        });
    }
    let status = loop {
        match child.try_wait() {
            Ok(Some(status)) => break status,
            Ok(None) if start.elapsed() < PATIENCE => std::thread::sleep(Duration::from_millis(2)),
            _ => {
                end_all(&child);
                let _ = child.kill();
                let _ = child.wait();
                return Said::Otherwise(format!("it had not ended after {} s", PATIENCE.as_secs()));
            }
        }
    };
    end_all(&child);
    match status.code() {
        Some(0) => Said::Admitted,
        Some(1) => Said::Refused,
        Some(89) => Said::Unable,
        _ => {
            let mut complaint = Vec::new();
            let until = Instant::now() + LAST_WORDS;
            while let Ok(piece) = told.recv_timeout(until.saturating_duration_since(Instant::now())) {
                complaint.extend(piece);
            }
            let complaint = String::from_utf8_lossy(&complaint);
            // What it was given to read is for nobody's report.
            let complaint = match complaint.contains("PRIVATE KEY") {
                true => "(what it says has a private key in it)",
                false => complaint.lines().last().unwrap_or_default(),
            };
            Said::Otherwise(format!("it ended with {status}, which is none of 0, 1 and 89: {complaint}"))
        }
    }
}

/// The client's process group. There is none any more when nobody of it is left.
fn end_all(child: &Child) {
    #[cfg(unix)]
    if let Some(group) = i32::try_from(child.id()).ok().and_then(rustix::process::Pid::from_raw) {
        let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
    }
}

/// Whether a scenario asks of a client only what any client does: no odd handshakes, no odd calls.
pub fn is_for_anybody(scenario: &Scenario) -> bool {
    scenario.tls == Tls::V13
        && scenario.protocols == Protocols::H2
        && scenario.key_exchange == KeyExchange::Any
        && matches!(scenario.course, Course::Once)
        && matches!(scenario.server_name, NameSent::Endpoint)
        && scenario.keys.is_empty()
        && scenario.path.is_none()
        && scenario.home.authentication.takes_certificates()
        && scenario.request.method == GOOD.request.method
        && super::cell::is_own(&scenario.request)
        && !matches!(scenario.credential, Credential::HeedingOf(_))
        // Whoever makes no calls cannot know that all of them would be refused.
        && scenario.expect != Expect::Barred
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_parted_as_in_a_shell() {
        let parsed = Outsider::parse("my-client --to {host}:{port} 'a b' \"\" x'y z'").unwrap();
        assert_eq!(parsed.0, ["my-client", "--to", "{host}:{port}", "a b", "", "xy z"]);
        assert!(Outsider::parse("").unwrap_err().contains("no command"));
        assert!(Outsider::parse("client 'x").unwrap_err().contains("left open"));
        assert!(Outsider::parse("client {host}").unwrap_err().contains("{port}"));
    }
}
