//! The deadlines and bounds of a door, as options of the command line.

use std::time::Duration;

use clap::Args;

use crate::cli::Screen;
use crate::pki::clock::parse_duration;
use crate::wire::Settings;

#[derive(Debug, Args)]
#[command(next_help_heading = "Deadlines and bounds")]
pub struct Bounds {
    /// For a ClientHello to arrive, and again for the rest of the handshake
    #[arg(long, default_value = "10s", value_name = "DURATION", value_parser = duration)]
    handshake_timeout: Duration,
    /// From the handshake to the beginning of HTTP/2
    #[arg(long, default_value = "10s", value_name = "DURATION", value_parser = duration)]
    preface_timeout: Duration,
    /// Of silence, after which an HTTP/2 ping asks whether the client is still there
    #[arg(long, default_value = "30s", value_name = "DURATION", value_parser = duration)]
    ping_interval: Duration,
    /// For the answer to such a ping, and so for headers that never end
    #[arg(long, default_value = "20s", value_name = "DURATION", value_parser = duration)]
    ping_timeout: Duration,
    /// From a request's headers to the end of its message
    #[arg(long, default_value = "30s", value_name = "DURATION", value_parser = duration)]
    body_timeout: Duration,
    /// Without a call on an admitted connection
    #[arg(long, default_value = "10m", value_name = "DURATION", value_parser = duration)]
    idle_timeout: Duration,
    /// After which a connection is ended with GOAWAY, as the cloud does
    #[arg(long, default_value = "5m", value_name = "DURATION", value_parser = duration)]
    max_age: Duration,
    /// For calls under way when a connection is ended
    #[arg(long, default_value = "70s", value_name = "DURATION", value_parser = duration)]
    drain: Duration,
    /// Connections at a time
    #[arg(long, default_value_t = 12_000, value_name = "N", value_parser = at_least_one)]
    connections: usize,
    /// Connections at a time of one IP address
    #[arg(long, default_value_t = 11_000, value_name = "N", value_parser = at_least_one)]
    connections_per_peer: usize,
    /// Connections at a time that have not finished their handshake, half of the places at most; one more ends the oldest
    #[arg(long, default_value_t = 1_024, value_name = "N", value_parser = at_least_one)]
    handshakes: usize,
    /// Calls at a time on one connection
    #[arg(long, default_value_t = 256, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    streams: u32,
    /// Bytes of a request's headers
    #[arg(long, default_value_t = 16 * 1024, value_name = "BYTES")]
    header_bytes: u32,
    /// Bytes of a request message, unpacked
    #[arg(long, default_value_t = 4 * 1024 * 1024, value_name = "BYTES", value_parser = message_bytes)]
    message_bytes: usize,
    /// Bytes of request messages at a time, of all connections; one namespace has an eighth, and more wait
    #[arg(long, default_value_t = 256 * 1024 * 1024, value_name = "BYTES", value_parser = at_least_one)]
    held_bytes: usize,
}

fn duration(text: &str) -> Result<Duration, String> {
    parse_duration(text).map(time::Duration::unsigned_abs)
}

/// The length before a message has 32 bits.
fn message_bytes(text: &str) -> Result<usize, String> {
    match at_least_one(text)? {
        bytes @ ..=0x4000_0000 => Ok(bytes),
        _ => Err("at most a gibibyte is read".to_owned()),
    }
}

fn at_least_one(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(0) | Err(_) => Err("a number from 1 up is wanted".to_owned()),
        Ok(number) => Ok(number),
    }
}

impl Bounds {
    pub fn settings(&self) -> Settings {
        Settings {
            hello: self.handshake_timeout,
            handshake: self.handshake_timeout,
            preface: self.preface_timeout,
            ping: self.ping_interval,
            ping_answer: self.ping_timeout,
            body: self.body_timeout,
            idle: self.idle_timeout,
            age: self.max_age,
            drain: self.drain,
            connections: self.connections,
            per_peer: self.connections_per_peer,
            handshaking: self.handshakes,
            streams: self.streams,
            header_bytes: self.header_bytes,
            message_bytes: self.message_bytes,
            held_bytes: self.held_bytes,
            ..Settings::default()
        }
    }
}

/// One file a connection, and some for what else there is.
pub fn fit_to_open_files(settings: &mut Settings, screen: &Screen) {
    #[cfg(unix)]
    {
        use rustix::process::{Resource, getrlimit, setrlimit};
        const ELSE: usize = 64;
        let mut limit = getrlimit(Resource::Nofile);
        limit.current = limit.maximum;
        // Where it cannot be raised, it is as it is.
        let _ = setrlimit(Resource::Nofile, limit);
        let files = getrlimit(Resource::Nofile).current.and_then(|files| usize::try_from(files).ok());
        let fit = files.unwrap_or(usize::MAX).saturating_sub(ELSE).max(1);
        if fit < settings.connections {
            screen.complain(&format!(
                "the system allows {} open files, so {fit} connections at a time are served instead of {}; `ulimit -n` \
                 raises it",
                fit + ELSE,
                settings.connections
            ));
            settings.connections = fit;
        }
    }
    settings.per_peer = settings.per_peer.min(settings.connections);
    // Whoever has not shown who it is takes at most half of the places, and the oldest of them is who goes.
    settings.handshaking = settings.handshaking.min(settings.connections.div_ceil(2));
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Debug, Parser)]
    struct Alone {
        #[command(flatten)]
        bounds: Bounds,
    }

    #[test]
    fn the_defaults_of_the_options_are_those_of_the_library() {
        let alone = Alone::try_parse_from(["serve"]).unwrap();
        assert_eq!(format!("{:?}", alone.bounds.settings()), format!("{:?}", Settings::default()));
    }
}
