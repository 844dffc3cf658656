//! Where the door reports what happened.

use super::outcome::{Call, Connection};
use std::net::SocketAddr;

/// Something that happened at the door.
#[derive(Debug, Clone)]
pub enum Event {
    /// A connection was decided.
    Decided(Connection),
    /// A call was answered on an admitted connection. The last calls may be told after the connection is closed.
    Called { peer: SocketAddr, call: Call },
    /// A connection ended.
    Closed { peer: SocketAddr },
}

/// Takes events as they happen; a connection is decided before anything else of it is told. Must not block.
pub type Sink = std::sync::Arc<dyn Fn(Event) + Send + Sync>;
