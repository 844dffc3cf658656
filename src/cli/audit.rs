//! The audit file of `serve`: one JSON object a line for every connection, call and ending, rotated by size.

use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::Serialize;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::report::json;
use crate::wire::audit::Event;
use crate::wire::outcome::{Call, Connection, Decision, Reason};

/// Version of the shape below.
const SCHEMA_VERSION: u32 = 1;

/// Files that are kept beside the one that is written: `FILE.1` is the newest.
const KEPT: usize = 5;

/// One line.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(tag = "event", rename_all = "kebab-case")]
enum Line<'a> {
    /// A connection was decided.
    Connection(ConnectionLine<'a>),
    /// A call was answered.
    Call(CallLine<'a>),
    /// A connection ended.
    Closed(ClosedLine),
    /// So many lines were left out, because they came faster than they could be written.
    Dropped { schema_version: u32, at: String, lines: u64 },
}

#[derive(Debug, Serialize, JsonSchema)]
struct ConnectionLine<'a> {
    schema_version: u32,
    /// RFC 3339, UTC.
    at: String,
    /// Counts the connections of one run from 1; 0 for one that was turned away at the door.
    connection: u64,
    /// IP address and port.
    peer: String,
    /// What the client sent as server name, in lower case.
    server_name: Option<&'a str>,
    /// Whose endpoint that is.
    namespace: Option<&'a str>,
    region: Option<&'a str>,
    identity: Option<IdentityNote>,
    decision: DecisionName,
    /// Where it was refused: hello, route, trust, present, chain, prove or filter.
    stage: Option<&'static str>,
    /// Why, in words.
    reason: Option<String>,
    alert: Option<AlertNote>,
    tls: Option<TlsNote>,
    /// How often the client's chain was judged.
    chain_judged: u32,
    /// Microseconds from the accepted connection to the decision.
    decided_us: u64,
}

/// The client's leaf.
#[derive(Debug, Serialize, JsonSchema)]
struct IdentityNote {
    subject: String,
    /// Of the DER, in lower-case hex.
    sha256: String,
    /// RFC 3339, UTC.
    not_after: String,
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum DecisionName {
    Admitted,
    Refused,
    /// The client went away, or was too slow, before anything was decided.
    Gone,
    /// There was no place for it.
    Full,
}

/// What the server sent, as far as it is known, or, at the trust stage, what the client sent.
#[derive(Debug, Serialize, JsonSchema)]
struct AlertNote {
    number: u8,
    name: &'static str,
}

#[derive(Debug, Serialize, JsonSchema)]
struct TlsNote {
    version: &'static str,
    cipher_suite: &'static str,
    key_exchange: &'static str,
}

#[derive(Debug, Serialize, JsonSchema)]
struct CallLine<'a> {
    schema_version: u32,
    /// RFC 3339, UTC.
    at: String,
    connection: u64,
    peer: String,
    /// `/package.Service/Method`, or words in parentheses for one that is not known.
    path: &'a str,
    namespace: Option<&'a str>,
    /// Id of the API key that was shown.
    api_key: Option<&'a str>,
    /// gRPC status code.
    status: u8,
    /// What the client was told.
    message: Option<&'a str>,
    /// Why it was refused, in words.
    reason: Option<String>,
    /// Whether the server behind the door answered.
    forwarded: bool,
    /// Microseconds.
    took_us: u64,
}

#[derive(Debug, Serialize, JsonSchema)]
struct ClosedLine {
    schema_version: u32,
    /// RFC 3339, UTC.
    at: String,
    connection: u64,
    peer: String,
    /// refused, client, protocol, unanswered, silent, idle, certificate-expired, age or stopped.
    ending: &'static str,
    /// Microseconds.
    lasted_us: u64,
}

/// An event as one line without its end.
pub fn line(event: &Event, at: OffsetDateTime) -> String {
    let micros = |duration: std::time::Duration| u64::try_from(duration.as_micros()).unwrap_or(u64::MAX);
    let written_at = rfc3339_micros(at);
    let line = match event {
        Event::Decided(connection) => Line::Connection(connection_line(connection, written_at)),
        Event::Called { number, peer, call } => {
            let Call { path, namespace, key, status, message, reason, forwarded, took, answered: _ } = call;
            Line::Call(CallLine {
                schema_version: SCHEMA_VERSION,
                at: written_at,
                connection: *number,
                peer: peer.to_string(),
                path,
                namespace: namespace.as_ref().map(|name| name.as_str()),
                api_key: key.as_deref(),
                status: *status,
                message: Some(message.as_str()).filter(|message| !message.is_empty()),
                reason: reason.as_ref().map(ToString::to_string),
                forwarded: *forwarded,
                took_us: micros(*took),
            })
        }
        Event::Closed { number, peer, ending, lasted } => Line::Closed(ClosedLine {
            schema_version: SCHEMA_VERSION,
            at: written_at,
            connection: *number,
            peer: peer.to_string(),
            ending: ending.name(),
            lasted_us: micros(*lasted),
        }),
    };
    written(&line)
}

/// The line that stands for lines that were left out.
pub fn dropped(lines: u64, at: OffsetDateTime) -> String {
    written(&Line::Dropped { schema_version: SCHEMA_VERSION, at: rfc3339_micros(at), lines })
}

fn written(line: &Line<'_>) -> String {
    // Strings, numbers and options of them: there is nothing that serde_json could refuse.
    serde_json::to_string(line).unwrap_or_default()
}

fn connection_line(connection: &Connection, at: String) -> ConnectionLine<'_> {
    let (decision, stage, reason, alert) = match &connection.decision {
        Decision::Admitted => (DecisionName::Admitted, None, None, None),
        Decision::Refused(refusal) => {
            let alert = match refusal.reason {
                Reason::ServerRefused(alert) => Some(alert),
                _ => refusal.alert,
            };
            (DecisionName::Refused, Some(refusal.stage.name()), Some(refusal.reason.to_string()), alert)
        }
        Decision::Gone(how) => (DecisionName::Gone, None, Some(how.clone()), None),
        Decision::Full(full) => (DecisionName::Full, None, Some(full.to_string()), None),
    };
    ConnectionLine {
        schema_version: SCHEMA_VERSION,
        at,
        connection: connection.number,
        peer: connection.peer.to_string(),
        server_name: connection.server_name.as_deref(),
        namespace: connection.namespace.as_ref().map(|name| name.as_str()),
        region: connection.region.as_ref().map(|region| region.as_str()),
        identity: connection.identity.as_ref().map(|identity| IdentityNote {
            subject: identity.subject(),
            sha256: identity.sha256(),
            not_after: rfc3339_micros(identity.not_after()),
        }),
        decision,
        stage,
        reason,
        alert: alert.map(|alert| AlertNote { number: alert.0, name: alert.name() }),
        tls: connection.tls.as_ref().map(|tls| TlsNote {
            version: tls.version,
            cipher_suite: tls.cipher_suite,
            key_exchange: tls.key_exchange,
        }),
        chain_judged: connection.verifier_runs,
        decided_us: u64::try_from(connection.decided_after.as_micros()).unwrap_or(u64::MAX),
    }
}

fn rfc3339_micros(at: OffsetDateTime) -> String {
    let utc = at.to_offset(time::UtcOffset::UTC);
    let micros = utc.replace_nanosecond(utc.microsecond() * 1_000).unwrap_or(utc);
    micros.format(&Rfc3339).unwrap_or_else(|_| micros.to_string())
}

/// The JSON Schema of a line.
pub fn schema() -> String {
    let mut schema = schemars::schema_for!(Line<'static>);
    schema.insert("title".to_owned(), "A line of the audit file of certproof serve".into());
    json::pretty(&schema)
}

/// A file that is appended to, and moved aside when it has reached its size.
#[derive(Debug)]
pub struct Rotating {
    path: PathBuf,
    file: File,
    size: u64,
    limit: u64,
}

impl Rotating {
    /// What is in the file already stays there.
    ///
    /// # Errors
    /// When the file cannot be opened for appending.
    pub fn open(path: &Path, limit: u64) -> io::Result<Self> {
        let file = OpenOptions::new().create(true).append(true).open(path)?;
        let size = file.metadata()?.len();
        Ok(Self { path: path.to_owned(), file, size, limit })
    }

    /// # Errors
    /// When the disk is full or the like; later lines are tried again.
    pub fn write(&mut self, line: &str) -> io::Result<()> {
        let length = line.len() as u64 + 1;
        if self.size > 0 && self.size + length > self.limit {
            self.rotate()?;
        }
        // In one piece, so that whoever follows the file never reads half a line.
        self.file.write_all(format!("{line}\n").as_bytes())?;
        self.size += length;
        Ok(())
    }

    fn rotate(&mut self) -> io::Result<()> {
        // Somebody else may have moved it aside, and what is kept must not make room for nothing.
        if self.path.symlink_metadata().is_ok() {
            self.shift()?;
        }
        self.file = OpenOptions::new().create(true).append(true).open(&self.path)?;
        self.size = self.file.metadata()?.len();
        Ok(())
    }

    /// `FILE.4` becomes `FILE.5`, and so on; `FILE` becomes `FILE.1`.
    fn shift(&self) -> io::Result<()> {
        let numbered = |number: usize| {
            let mut name = self.path.clone().into_os_string();
            name.push(format!(".{number}"));
            PathBuf::from(name)
        };
        for number in (1..KEPT).rev() {
            match std::fs::rename(numbered(number), numbered(number + 1)) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
        std::fs::rename(&self.path, numbered(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_file_is_moved_aside_and_nothing_but_the_oldest_is_lost() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("audit.jsonl");
        std::fs::write(&path, "kept\n").unwrap();
        let mut file = Rotating::open(&path, 10).unwrap();
        for line in 0..8 {
            file.write(&format!("line {line}")).unwrap();
        }
        let read = |name: &str| std::fs::read_to_string(folder.path().join(name)).unwrap();
        assert_eq!(read("audit.jsonl"), "line 7\n");
        assert_eq!(read("audit.jsonl.1"), "line 6\n");
        assert_eq!(read("audit.jsonl.5"), "line 2\n");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 6);

        std::fs::remove_file(&path).unwrap();
        file.write("line 8").unwrap();
        file.write("line 9").unwrap();
        assert_eq!(read("audit.jsonl"), "line 9\n", "written again where it was taken away");
        assert_eq!(read("audit.jsonl.1"), "line 8\n");
    }
}
