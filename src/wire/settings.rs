//! Deadlines and bounds of a front door, each with its default and the reason for it.

use std::time::Duration;

#[cfg(feature = "sabotage")]
use super::sabotage::Sabotage;

/// Deadlines and bounds of a door.
#[derive(Debug, Clone, Copy)]
pub struct Settings {
    /// From the accepted connection to a whole ClientHello: 10 s.
    pub hello: Duration,
    /// From the ClientHello to the end of the TLS handshake: 10 s.
    pub handshake: Duration,
    /// From the handshake to the client's HTTP/2 preface: 10 s. Headers that never end are ended by a ping, since nothing
    /// may be said in between (RFC 9113 §6.10).
    pub preface: Duration,
    /// From a request's headers to the end of its message: 30 s.
    pub body: Duration,
    /// Without a call on an admitted connection: 10 minutes, which the age of a connection cuts short by default.
    pub idle: Duration,
    /// After a refusal: how long the client's bytes are drained so that it gets the alert: 0.5 s.
    pub linger: Duration,
    /// After which a connection is ended with GOAWAY: 5 minutes, as the cloud documents. The end of the client
    /// certificate's validity does the same, if it comes first.
    pub age: Duration,
    /// For the calls that are under way when a connection is ended: 70 s, since a long poll takes up to 60.
    pub drain: Duration,
    /// How often an HTTP/2 ping asks whether the client is still there: after 30 s of silence.
    pub ping: Duration,
    /// For the answer to such a ping: 20 s.
    pub ping_answer: Duration,
    /// Connections at a time: 12,000. More are closed at once.
    pub connections: usize,
    /// The same, of one IP address: 11,000, so that one peer alone cannot take every place.
    pub per_peer: usize,
    /// Connections at a time that have not finished their handshake: 1,024. One more ends the oldest of them.
    pub handshaking: usize,
    /// Calls at a time on one connection: 256.
    pub streams: u32,
    /// Bytes of a request's headers: 16 KiB.
    pub header_bytes: u32,
    /// Bytes of one request message, compressed or not: 4 MiB, the cloud's documented limit.
    pub message_bytes: usize,
    /// Bytes of request messages that are held at a time, of all connections: 256 MiB, of which one namespace has an
    /// eighth. More wait. A compressed message counts as the largest one until it is unpacked.
    pub held_bytes: usize,
    #[cfg(feature = "sabotage")]
    pub sabotage: Option<Sabotage>,
}

impl Settings {
    /// With no deadline beyond a hundred years, which a clock cannot add.
    pub(super) fn bounded(mut self) -> Self {
        let deadlines = [
            &mut self.hello,
            &mut self.handshake,
            &mut self.preface,
            &mut self.body,
            &mut self.idle,
            &mut self.linger,
            &mut self.age,
            &mut self.drain,
            &mut self.ping,
            &mut self.ping_answer,
        ];
        for deadline in deadlines {
            *deadline = (*deadline).min(Duration::from_secs(100 * 365 * 86_400));
        }
        self
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            hello: Duration::from_secs(10),
            handshake: Duration::from_secs(10),
            preface: Duration::from_secs(10),
            body: Duration::from_secs(30),
            idle: Duration::from_secs(600),
            linger: Duration::from_millis(500),
            age: Duration::from_secs(300),
            drain: Duration::from_secs(70),
            ping: Duration::from_secs(30),
            ping_answer: Duration::from_secs(20),
            connections: 12_000,
            per_peer: 11_000,
            handshaking: 1_024,
            streams: 256,
            header_bytes: 16 * 1024,
            message_bytes: 4 * 1024 * 1024,
            held_bytes: 256 * 1024 * 1024,
            #[cfg(feature = "sabotage")]
            sabotage: None,
        }
    }
}
