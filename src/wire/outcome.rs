//! What the server decided and why, and what the client saw and when it could first know.

use std::fmt;
use std::net::SocketAddr;
use std::time::Duration;

use crate::cloud::gate::Breach;
use crate::cloud::{Alert, NamespaceName, Stage};
use crate::pki::chain::ChainFault;

/// Both sides of one connection.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// None when the server never saw the connection.
    pub server: Option<Connection>,
    pub client: Sight,
}

/// The server's side of one connection.
#[derive(Debug, Clone)]
pub struct Connection {
    pub peer: SocketAddr,
    /// As the client sent it, lower case; none when it sent none or an IP address.
    pub server_name: Option<String>,
    pub namespace: Option<NamespaceName>,
    pub identity: Option<Identity>,
    pub decision: Decision,
    /// How often the client's chain was judged; 0 for a connection that was admitted means it was never judged.
    pub verifier_runs: u32,
    /// False when a session was resumed.
    pub full_handshake: bool,
    /// From the accepted connection to the decision.
    pub decided_after: Duration,
    pub calls: Vec<Call>,
}

/// Who the client says it is: its leaf.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    pub subject: String,
    pub sha256: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    Admitted,
    Refused(Refusal),
    /// The client went away before anything was decided.
    Gone(String),
}

/// Where and why a connection or a call was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    pub stage: Stage,
    pub reason: Reason,
    /// What the server sent; none where it closes without a word.
    pub alert: Option<Alert>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reason {
    NoTls13,
    NoH2,
    /// The handshake broke off for a reason of its own.
    Handshake(String),
    ServerNameMissing,
    NamespaceUnknown(String),
    /// The alert with which the client refused the server.
    ServerRefused(Alert),
    NoCertificate,
    Unreadable,
    Chain(ChainFault),
    Breach(Breach),
    KeyNotProved,
    /// The client's key is of a kind that our TLS library does not verify.
    KeyNotJudged(String),
    NoFilterMatches,
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoTls13 => f.write_str("the client does not offer TLS 1.3"),
            Self::NoH2 => f.write_str("the client does not offer h2 in ALPN"),
            Self::Handshake(error) => f.write_str(error),
            Self::ServerNameMissing => f.write_str("the client sent no server name"),
            Self::NamespaceUnknown(name) => write!(f, "no namespace is served as `{name}`"),
            Self::ServerRefused(alert) => write!(f, "the client refused the server's certificate with {alert}"),
            Self::NoCertificate => f.write_str("the client presented no certificate"),
            Self::Unreadable => f.write_str("the client presented something that is no certificate"),
            Self::Chain(fault) => fault.fmt(f),
            Self::Breach(breach) => breach.fmt(f),
            Self::KeyNotProved => f.write_str("the client's key does not belong to its certificate"),
            Self::KeyNotJudged(key) => write!(f, "signatures by a key of {key} are not verified here"),
            Self::NoFilterMatches => f.write_str("no certificate filter matches the client certificate"),
        }
    }
}

/// One gRPC call that came in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// `/package.Service/Method`
    pub path: String,
    /// gRPC status code: 0 OK, 7 PERMISSION_DENIED, 12 UNIMPLEMENTED, …
    pub status: u8,
    pub message: String,
}

/// The client's side.
#[derive(Debug, Clone)]
pub struct Sight {
    pub seen: Seen,
    /// From the attempt's start to the return of the TLS handshake; none when it failed.
    pub connected_after: Option<Duration>,
    /// From the attempt's start until the client could first know the decision.
    pub known_after: Duration,
    /// None when there was no handshake.
    pub full_handshake: Option<bool>,
    /// The client offered a session ticket.
    pub offered_ticket: bool,
}

/// What became of an attempt, in the client's eyes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Seen {
    /// gRPC status OK.
    Served,
    /// Any other gRPC status.
    Status { code: u8, message: String },
    /// The server's alert; "connected" tells whether the handshake call had returned before.
    Alert(Alert),
    /// The server closed without a word.
    Closed,
    /// The client itself refuses the server.
    ServerRefused(String),
    /// Anything else.
    Failed(String),
}

impl fmt::Display for Seen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Served => f.write_str("OK"),
            Self::Status { code: 7, .. } => f.write_str("PERMISSION_DENIED(7)"),
            Self::Status { code, message } => write!(f, "status {code} \"{message}\""),
            Self::Alert(alert) => write!(f, "alert {alert}"),
            Self::Closed => f.write_str("closed, no alert"),
            Self::ServerRefused(why) => write!(f, "refuses: {why}"),
            Self::Failed(why) => f.write_str(why),
        }
    }
}
