//! Where the door reports what happened.

use std::net::SocketAddr;
use std::time::Duration;

use super::outcome::{Call, Connection};

/// Something that happened at the door.
#[derive(Debug, Clone)]
pub enum Event {
    /// A connection was decided.
    Decided(Connection),
    /// A call was answered. The last calls may be told after the connection is closed.
    Called { number: u64, peer: SocketAddr, call: Call },
    /// A connection ended.
    Closed { number: u64, peer: SocketAddr, ending: Ending, lasted: Duration },
}

/// What ended a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// It was never admitted.
    Refused,
    /// The client closed.
    Client,
    /// The client broke the rules of HTTP/2.
    Protocol,
    /// The client did not answer a ping.
    Unanswered,
    /// The client did not speak HTTP/2 in time.
    Silent,
    /// No call for too long.
    Idle,
    /// The client's certificate expired.
    CertificateExpired,
    /// It was as old as connections become.
    Age,
    /// The door was closed.
    Stopped,
}

impl Ending {
    pub fn name(self) -> &'static str {
        match self {
            Self::Refused => "refused",
            Self::Client => "client",
            Self::Protocol => "protocol",
            Self::Unanswered => "unanswered",
            Self::Silent => "silent",
            Self::Idle => "idle",
            Self::CertificateExpired => "certificate-expired",
            Self::Age => "age",
            Self::Stopped => "stopped",
        }
    }
}

/// Takes events as they happen; a connection is decided before anything else of it is told. Must not block.
pub type Sink = std::sync::Arc<dyn Fn(Event) + Send + Sync>;
