//! gRPC's framing over HTTP/2: one message in, one message or a status out.

use bytes::{BufMut as _, Bytes, BytesMut};
use http::{HeaderMap, HeaderValue, Response};
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use prost::Message as _;

use super::messages::Named;
use super::outcome::CallReason;
use super::reply::Reply;
use super::room::{Held, Share};
use super::sabotage::Sabotage;
use super::settings::Settings;
use super::weakened;

pub const DESCRIBE_NAMESPACE: &str = "/temporal.api.workflowservice.v1.WorkflowService/DescribeNamespace";
pub const GET_SYSTEM_INFO: &str = "/temporal.api.workflowservice.v1.WorkflowService/GetSystemInfo";

/// The header in which SDKs name the namespace of a request.
pub const NAMESPACE_HEADER: &str = "temporal-namespace";

pub const OK: u8 = 0;
/// The client went away.
pub const CANCELLED: u8 = 1;
pub const UNKNOWN: u8 = 2;
pub const INVALID_ARGUMENT: u8 = 3;
pub const DEADLINE_EXCEEDED: u8 = 4;
pub const NOT_FOUND: u8 = 5;
pub const PERMISSION_DENIED: u8 = 7;
pub const RESOURCE_EXHAUSTED: u8 = 8;
pub const UNIMPLEMENTED: u8 = 12;
pub const UNAVAILABLE: u8 = 14;
pub const UNAUTHENTICATED: u8 = 16;

/// Bytes before a message: a flag for compression and its length.
const PREFIX: usize = 5;

/// A refusal of one call: what the client is told, and why.
#[derive(Debug, PartialEq, Eq)]
pub struct Status {
    pub code: u8,
    pub message: String,
    pub reason: CallReason,
}

pub fn status(code: u8, message: impl Into<String>, reason: CallReason) -> Status {
    Status { code, message: message.into(), reason }
}

fn malformed(how: &str) -> Status {
    status(INVALID_ARGUMENT, how, CallReason::Malformed(how.to_owned()))
}

/// One request message, unpacked, in its frame. It counts among the held bytes as long as any of it lives.
#[derive(Debug)]
pub struct Message {
    frame: Bytes,
}

impl Message {
    fn new(frame: Bytes, held: Option<Held>) -> Self {
        let Some(held) = held else { return Self { frame } };
        Self { frame: Bytes::from_owner(Holding { frame, _held: held }) }
    }

    pub fn bytes(&self) -> &[u8] {
        &self.frame[PREFIX..]
    }

    /// As it is forwarded.
    pub fn into_frame(self) -> Bytes {
        self.frame
    }
}

struct Holding {
    frame: Bytes,
    _held: Held,
}

impl AsRef<[u8]> for Holding {
    fn as_ref(&self) -> &[u8] {
        &self.frame
    }
}

/// Reads the one message of a request.
///
/// # Errors
/// When it is too large, too slow, not exactly one message, or compressed otherwise than with gzip.
pub async fn read_message(
    body: &mut Incoming,
    headers: &HeaderMap,
    settings: &Settings,
    room: &Share,
) -> Result<Message, Status> {
    let late = || status(DEADLINE_EXCEEDED, "the request message did not come in time", CallReason::TooSlow);
    let unpacked = unpack(body, headers, settings, room);
    tokio::time::timeout(settings.body, unpacked).await.unwrap_or_else(|_| Err(late()))
}

async fn unpack(
    body: &mut Incoming,
    headers: &HeaderMap,
    settings: &Settings,
    room: &Share,
) -> Result<Message, Status> {
    let limit = settings.message_bytes;
    let (bytes, mut held) = read_body(body, limit, room).await?;
    let Some(head) = bytes.first_chunk().map(Head::read) else {
        return Err(malformed("the request has no message"));
    };
    let message = bytes.slice(PREFIX..);
    if head.length != message.len() {
        return Err(malformed("the request is not exactly one message"));
    }
    match (head.flag, headers.get("grpc-encoding").map(HeaderValue::as_bytes)) {
        (0, _) => Ok(Message::new(bytes, held)),
        (1, Some(b"gzip")) => {
            let plain = match settings.weakness().is(Sabotage::FirstMemberAlone) {
                false => inflate(&message, limit)?,
                true => weakened::first_member(&message),
            };
            if let Some(held) = &mut held {
                held.shrink(plain.len());
            }
            Ok(Message::new(frame(&plain), held))
        }
        (1, _) => {
            // The words by which SDKs know that they should try again uncompressed.
            let text = "this grpc-encoding is not supported: no decompressor installed";
            Err(status(UNIMPLEMENTED, text, CallReason::Malformed(text.to_owned())))
        }
        _ => Err(malformed("the flag before the message is neither 0 nor 1")),
    }
}

/// What stands before a message.
struct Head {
    /// 1 where it is compressed.
    flag: u8,
    /// Bytes of the message.
    length: usize,
}

impl Head {
    fn read(&[flag, length @ ..]: &[u8; PREFIX]) -> Self {
        Self { flag, length: u32::from_be_bytes(length) as usize }
    }

    /// Bytes that are held for it: as many as it may become, since what it unpacks to is not known before.
    fn holds(&self, limit: usize) -> usize {
        match self.flag {
            0 => self.length,
            _ => self.length + limit,
        }
    }
}

async fn read_body(body: &mut Incoming, limit: usize, room: &Share) -> Result<(Bytes, Option<Held>), Status> {
    /// Bytes of a message that is not counted.
    const SMALL: usize = 4 * 1024;
    let mut whole = Bytes::new();
    let mut longer = BytesMut::new();
    let mut announced = None;
    let mut held = None;
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| broke_off())?;
        let Ok(chunk) = frame.into_data() else { continue };
        if whole.is_empty() && longer.is_empty() {
            // Most messages come in one piece, and are not copied.
            whole = chunk;
        } else {
            longer.put(std::mem::take(&mut whole));
            longer.put(chunk);
        }
        let so_far = if longer.is_empty() { &whole[..] } else { &longer[..] };
        if announced.is_none()
            && let Some(head) = so_far.first_chunk().map(Head::read)
        {
            if head.length > limit {
                return Err(too_large(limit));
            }
            let holds = head.holds(limit);
            if holds > SMALL {
                held = room.hold(holds).await;
            }
            announced = Some(head.length);
        }
        if announced.is_some_and(|length| so_far.len() > PREFIX + length) {
            return Err(malformed("the request is not exactly one message"));
        }
    }
    Ok((if longer.is_empty() { whole } else { longer.freeze() }, held))
}

/// Nobody may be there any more to be told.
fn broke_off() -> Status {
    let text = "the request broke off";
    status(CANCELLED, text, CallReason::Malformed(text.to_owned()))
}

fn too_large(limit: usize) -> Status {
    let reason = CallReason::TooLarge(limit);
    status(RESOURCE_EXHAUSTED, reason.to_string(), reason)
}

/// Every gzip member, as Go's reader takes them: what is judged is all that a server would read. No client sends more
/// than one, and each takes work to begin with, so there are not many.
fn inflate(message: &[u8], limit: usize) -> Result<Vec<u8>, Status> {
    use std::io::Read as _;
    const MEMBERS: usize = 8;
    let (mut plain, mut rest) = (Vec::new(), message);
    for _ in 0..MEMBERS {
        let mut member = flate2::bufread::GzDecoder::new(rest);
        let left = limit.saturating_sub(plain.len()) as u64;
        let read = member.by_ref().take(left + 1).read_to_end(&mut plain);
        read.map_err(|_| malformed("the request is not gzip, as it says"))?;
        if plain.len() > limit {
            return Err(too_large(limit));
        }
        rest = member.into_inner();
        if rest.is_empty() {
            return Ok(plain);
        }
    }
    Err(malformed("the request has more gzip members than anybody sends"))
}

/// A message in its frame, uncompressed.
pub fn frame(message: &[u8]) -> Bytes {
    let mut frame = BytesMut::with_capacity(PREFIX + message.len());
    frame.put_u8(0);
    // Messages are bounded far below 4 GiB.
    frame.put_u32(message.len() as u32);
    frame.put_slice(message);
    frame.freeze()
}

/// An answer with a message and the status OK.
pub fn answer(message: &[u8]) -> Response<Reply> {
    response(Reply::Message { frame: Some(frame(message)), is_over: false })
}

/// An answer with a status alone.
pub fn refuse(code: u8, text: &str) -> Response<Reply> {
    let mut response = response(Reply::Empty);
    response.headers_mut().insert("grpc-status", HeaderValue::from(u16::from(code)));
    if let Ok(text) = HeaderValue::from_str(&percent_encoded(text)) {
        response.headers_mut().insert("grpc-message", text);
    }
    response
}

fn response(body: Reply) -> Response<Reply> {
    let mut response = Response::new(body);
    let headers = response.headers_mut();
    headers.insert("content-type", HeaderValue::from_static("application/grpc"));
    headers.insert("grpc-accept-encoding", HeaderValue::from_static("gzip"));
    response
}

/// As gRPC wants `grpc-message`: printable ASCII but for `%`.
fn percent_encoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b' '..=b'~' if byte != b'%' => out.push(char::from(byte)),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

/// The frame of a request message with one string field 1, as the client sends it.
pub fn request_frame(namespace: &str) -> Bytes {
    frame(&Named { name: namespace.to_owned() }.encode_to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: usize = 64 * 1024;

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        use std::io::Write as _;
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn a_compressed_message_is_read_up_to_the_bound() {
        assert_eq!(inflate(&gzip(b"message"), LIMIT), Ok(b"message".to_vec()));
        let bomb = inflate(&gzip(&vec![0; 50 * LIMIT]), LIMIT);
        assert_eq!(bomb.map_err(|status| status.code), Err(RESOURCE_EXHAUSTED));
        assert_eq!(inflate(b"plain", LIMIT).map_err(|status| status.code), Err(INVALID_ARGUMENT));
    }

    #[test]
    fn a_second_gzip_member_is_part_of_the_message() {
        assert_eq!(inflate(&[gzip(b"mess"), gzip(b"age")].concat(), LIMIT), Ok(b"message".to_vec()));
        assert!(inflate(&[gzip(b"mess"), b"age".to_vec()].concat(), LIMIT).is_err());
        assert!(inflate(&gzip(b"").repeat(8), LIMIT).is_ok());
        assert!(inflate(&gzip(b"").repeat(9), LIMIT).is_err());
    }

    #[test]
    fn a_status_text_is_written_as_grpc_wants_it() {
        assert_eq!(percent_encoded("100 % ä\n"), "100 %25 %C3%A4%0A");
    }
}
