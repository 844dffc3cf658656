//! Where the door reports what happened.

use super::outcome::{Call, Connection};
use std::net::SocketAddr;

/// Something that happened at the door.
#[derive(Debug, Clone)]
pub enum Event {
    /// A connection was decided.
    Decided(Connection),
    /// A call was answered on an admitted connection.
    Called { peer: SocketAddr, call: Call },
    /// A connection ended.
    Closed { peer: SocketAddr },
}

/// Takes events in the order in which they happen on one connection. Must not block.
pub type Sink = std::sync::Arc<dyn Fn(Event) + Send + Sync>;
