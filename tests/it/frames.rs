//! HTTP/2 by hand, for clients that do what no library would: frames, header blocks, and what comes back.

use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::client::TlsStream;

use crate::served::{NAMESPACE, SERVER_NAME};

pub const DATA: u8 = 0;
pub const HEADERS: u8 = 1;
pub const RST_STREAM: u8 = 3;
pub const SETTINGS: u8 = 4;
pub const PING: u8 = 6;
pub const GOAWAY: u8 = 7;
pub const WINDOW_UPDATE: u8 = 8;
pub const CONTINUATION: u8 = 9;

pub const END_STREAM: u8 = 1;
pub const END_HEADERS: u8 = 4;

pub const DESCRIBE_NAMESPACE: &str = "/temporal.api.workflowservice.v1.WorkflowService/DescribeNamespace";

/// RFC 9113 §7.
pub const ENHANCE_YOUR_CALM: u32 = 11;
pub const FLOW_CONTROL_ERROR: u32 = 3;

/// For a server to end a connection.
const DEADLINE: Duration = Duration::from_secs(30);

/// RFC 9113 §4.1.
pub fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = (payload.len() as u32).to_be_bytes();
    [&length[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
}

/// The preface, and settings that change these.
pub fn preface(settings: &[(u16, u32)]) -> Vec<u8> {
    let payload: Vec<_> =
        settings.iter().flat_map(|(id, value)| [&id.to_be_bytes()[..], &value.to_be_bytes()[..]].concat()).collect();
    [&b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"[..], &frame(SETTINGS, 0, 0, &payload)].concat()
}

/// A header block without compression (RFC 7541 §6.2.2).
pub fn block(headers: &[(&str, &str)]) -> Vec<u8> {
    let mut out = Vec::new();
    for (name, value) in headers {
        out.push(0);
        for text in [name, value] {
            out.extend(integer(text.len(), 7));
            out.extend(text.as_bytes());
        }
    }
    out
}

/// RFC 7541 §5.1, with nothing in the bits before it.
pub fn integer(value: usize, bits: u32) -> Vec<u8> {
    let most = (1 << bits) - 1;
    if value < most {
        return vec![value as u8];
    }
    let (mut out, mut rest) = (vec![most as u8], value - most);
    while rest >= 128 {
        out.push((rest % 128 + 128) as u8);
        rest /= 128;
    }
    out.push(rest as u8);
    out
}

/// The headers of a good call.
pub fn call_headers(path: &str) -> Vec<(&str, &str)> {
    vec![
        (":method", "POST"),
        (":scheme", "https"),
        (":path", path),
        (":authority", SERVER_NAME),
        ("content-type", "application/grpc"),
        ("te", "trailers"),
        ("temporal-namespace", NAMESPACE),
    ]
}

/// A message in its gRPC frame.
pub fn message(flag: u8, bytes: &[u8]) -> Vec<u8> {
    [&[flag], &(bytes.len() as u32).to_be_bytes()[..], bytes].concat()
}

/// The body of DescribeNamespace.
pub fn question() -> Vec<u8> {
    message(0, &[&[0x0A, NAMESPACE.len() as u8], NAMESPACE.as_bytes()].concat())
}

/// What a server has sent until it closed.
#[derive(Debug, Default)]
pub struct Answer {
    pub frames: Vec<(u8, u8, u32, Vec<u8>)>,
}

impl Answer {
    /// The error code of the last GOAWAY.
    pub fn goaway(&self) -> Option<u32> {
        let last = self.frames.iter().rfind(|frame| frame.0 == GOAWAY)?;
        Some(u32::from_be_bytes(last.3[4..8].try_into().unwrap()))
    }

    pub fn count(&self, kind: u8) -> usize {
        self.frames.iter().filter(|frame| frame.0 == kind).count()
    }
}

/// Sends while it reads, since neither side may wait for the other, and reads until the server has closed.
pub async fn exchange(tls: TlsStream<TcpStream>, bytes: Vec<u8>) -> Answer {
    let (mut from, mut to) = tokio::io::split(tls);
    let sending = async {
        // The server may close in the middle of it.
        let _ = to.write_all(&bytes).await;
        let _ = to.flush().await;
        std::future::pending::<()>().await;
    };
    let mut heard = Vec::new();
    let reading = async {
        let mut chunk = vec![0; 64 * 1024];
        while let Ok(count @ 1..) = from.read(&mut chunk).await {
            heard.extend_from_slice(&chunk[..count]);
        }
    };
    let both = async {
        tokio::select! { () = sending => {} () = reading => {} }
    };
    tokio::time::timeout(DEADLINE, both).await.unwrap();
    split(&heard)
}

fn split(mut bytes: &[u8]) -> Answer {
    let mut answer = Answer::default();
    while let Some((head, rest)) = bytes.split_at_checked(9) {
        let length = u32::from_be_bytes([0, head[0], head[1], head[2]]) as usize;
        let Some((payload, rest)) = rest.split_at_checked(length) else { break };
        let stream = u32::from_be_bytes(head[5..9].try_into().unwrap());
        answer.frames.push((head[3], head[4], stream, payload.to_vec()));
        bytes = rest;
    }
    answer
}
