//! Just enough gRPC over h2 for a real Temporal client to connect and describe its namespace.
//!
//! Messages are read and written by hand: two string fields in, two messages of three fields out. A request for another
//! namespace, in header or body, is answered as Temporal's open-source authorizer does.

use bytes::Bytes;
use h2::RecvStream;
use h2::server::SendResponse;
use http::{HeaderMap, HeaderValue, Request, Response};

use super::outcome::Call;
use crate::cloud::NamespaceName;

pub const DESCRIBE_NAMESPACE: &str = "/temporal.api.workflowservice.v1.WorkflowService/DescribeNamespace";
pub const GET_SYSTEM_INFO: &str = "/temporal.api.workflowservice.v1.WorkflowService/GetSystemInfo";
const HEALTH_CHECK: &str = "/grpc.health.v1.Health/Check";

/// The header in which SDKs name the namespace of a request.
pub const NAMESPACE_HEADER: &str = "temporal-namespace";

/// Largest request message that is read, in bytes. The three methods need a few hundred.
const LARGEST_MESSAGE: usize = 64 * 1024;

pub const OK: u8 = 0;
const INVALID_ARGUMENT: u8 = 3;
pub const PERMISSION_DENIED: u8 = 7;
const RESOURCE_EXHAUSTED: u8 = 8;
const UNIMPLEMENTED: u8 = 12;

/// Answers one request on an admitted connection and says what was answered.
///
/// # Errors
/// When the connection breaks.
pub async fn answer(
    request: Request<RecvStream>,
    mut respond: SendResponse<Bytes>,
    namespace: &NamespaceName,
) -> Result<Call, h2::Error> {
    let (head, mut body) = request.into_parts();
    let path = head.uri.path().to_owned();
    let known = [DESCRIBE_NAMESPACE, GET_SYSTEM_INFO, HEALTH_CHECK].contains(&path.as_str());
    if !known {
        // Before the body: a streaming call waits for an answer before it sends or ends anything.
        let Status { code, message } = match names_other_namespace(&head.headers, namespace) {
            true => denied(),
            false => {
                status(UNIMPLEMENTED, "this front door answers GetSystemInfo, DescribeNamespace and health Check only")
            }
        };
        send(&mut respond, code, &message, None)?;
        // A path is the client's text, and is not repeated in records.
        return Ok(Call { path: "(another method)".to_owned(), status: code, message });
    }
    let encoding = head.headers.get("grpc-encoding").map(|encoding| encoding.as_bytes().to_vec());
    let answer = match read_message(&mut body, encoding.as_deref()).await? {
        Ok(message) => reply(&path, &head.headers, &message, namespace),
        Err(status) => Err(status),
    };
    let (status, text, message) = match answer {
        Ok(message) => (OK, String::new(), Some(message)),
        Err(Status { code, message }) => (code, message, None),
    };
    send(&mut respond, status, &text, message)?;
    Ok(Call { path, status, message: text })
}

struct Status {
    code: u8,
    message: String,
}

fn status(code: u8, message: impl Into<String>) -> Status {
    Status { code, message: message.into() }
}

/// What Temporal's open-source authorizer says.
fn denied() -> Status {
    status(PERMISSION_DENIED, "Request unauthorized.")
}

fn names_other_namespace(headers: &HeaderMap, namespace: &NamespaceName) -> bool {
    let ours = namespace.as_str().as_bytes();
    headers.get_all(NAMESPACE_HEADER).iter().any(|name| !name.as_bytes().eq_ignore_ascii_case(ours))
}

fn reply(path: &str, headers: &HeaderMap, message: &[u8], namespace: &NamespaceName) -> Result<Vec<u8>, Status> {
    if names_other_namespace(headers, namespace) {
        return Err(denied());
    }
    let is_ours = |name: &[u8]| name.eq_ignore_ascii_case(namespace.as_str().as_bytes());
    match path {
        // An empty message: a server without optional capabilities.
        GET_SYSTEM_INFO => Ok(Vec::new()),
        // HealthCheckResponse { status: SERVING }
        HEALTH_CHECK => Ok(vec![0x08, 0x01]),
        DESCRIBE_NAMESPACE => {
            let asked = string_fields(message).ok_or_else(|| status(INVALID_ARGUMENT, "malformed request message"))?;
            let mut names = asked.iter().filter(|(_, name)| !name.is_empty()).peekable();
            if names.peek().is_none() || names.any(|(_, name)| !is_ours(name)) {
                return Err(denied());
            }
            Ok(described(namespace))
        }
        _ => {
            Err(status(UNIMPLEMENTED, "this front door answers GetSystemInfo, DescribeNamespace and health Check only"))
        }
    }
}

/// `DescribeNamespaceResponse { namespace_info: { name, state: REGISTERED, id } }`; name and id are the same here.
fn described(namespace: &NamespaceName) -> Vec<u8> {
    let name = namespace.as_str().as_bytes();
    let mut info = Vec::new();
    write_field(0x0A, name, &mut info);
    info.extend([0x10, 0x01]);
    write_field(0x32, name, &mut info);
    let mut out = Vec::new();
    write_field(0x0A, &info, &mut out);
    out
}

/// A length-delimited field, by its key.
fn write_field(key: u8, value: &[u8], out: &mut Vec<u8>) {
    out.push(key);
    write_varint(value.len(), out);
    out.extend_from_slice(value);
}

fn write_varint(mut number: usize, out: &mut Vec<u8>) {
    while number >= 0x80 {
        out.push((number & 0x7F) as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

/// The length-delimited fields 1 (namespace) and 2 (id) of DescribeNamespaceRequest. None when it is no protobuf.
fn string_fields(mut message: &[u8]) -> Option<Vec<(u64, &[u8])>> {
    let mut fields = Vec::new();
    while !message.is_empty() {
        let key = read_varint(&mut message)?;
        let length = match key & 7 {
            0 => {
                read_varint(&mut message)?;
                continue;
            }
            1 => 8,
            2 => usize::try_from(read_varint(&mut message)?).ok()?,
            5 => 4,
            _ => return None,
        };
        let (value, rest) = message.split_at_checked(length)?;
        message = rest;
        if key & 7 == 2 && matches!(key >> 3, 1 | 2) {
            fields.push((key >> 3, value));
        }
    }
    Some(fields)
}

fn read_varint(bytes: &mut &[u8]) -> Option<u64> {
    let mut number = 0u64;
    for shift in (0..64).step_by(7) {
        let (byte, rest) = bytes.split_first()?;
        *bytes = rest;
        number |= u64::from(byte & 0x7F) << shift;
        if byte & 0x80 == 0 {
            return Some(number);
        }
    }
    None
}

/// One gRPC message: a flag for compression, a length, the bytes.
async fn read_message(body: &mut RecvStream, encoding: Option<&[u8]>) -> Result<Result<Vec<u8>, Status>, h2::Error> {
    let mut bytes = Vec::new();
    while let Some(chunk) = body.data().await {
        let chunk = chunk?;
        body.flow_control().release_capacity(chunk.len())?;
        bytes.extend_from_slice(&chunk);
        if bytes.len() > LARGEST_MESSAGE {
            let text = format!("request messages of this front door have at most {LARGEST_MESSAGE} bytes");
            return Ok(Err(status(RESOURCE_EXHAUSTED, text)));
        }
    }
    let Some((head, message)) = bytes.split_at_checked(5) else {
        return Ok(Err(status(INVALID_ARGUMENT, "the request has no message")));
    };
    let length = u32::from_be_bytes([head[1], head[2], head[3], head[4]]) as usize;
    Ok(match message.get(..length) {
        Some(message) if message.len() == bytes.len() - 5 => match (head[0], encoding) {
            (0, _) => Ok(message.to_vec()),
            (_, Some(b"gzip")) => inflate(message),
            // The words by which SDKs know that they should try again uncompressed.
            _ => Err(status(UNIMPLEMENTED, "this grpc-encoding is not supported: no decompressor installed")),
        },
        _ => Err(status(INVALID_ARGUMENT, "the request is not exactly one message")),
    })
}

/// Decompresses a message, up to the bound that holds for plain ones.
fn inflate(message: &[u8]) -> Result<Vec<u8>, Status> {
    use std::io::Read as _;
    let mut plain = Vec::new();
    let mut reader = flate2::read::GzDecoder::new(message).take(LARGEST_MESSAGE as u64 + 1);
    reader.read_to_end(&mut plain).map_err(|_| status(INVALID_ARGUMENT, "the request is not gzip, as it says"))?;
    if plain.len() > LARGEST_MESSAGE {
        return Err(status(RESOURCE_EXHAUSTED, format!("the request has more than {LARGEST_MESSAGE} bytes")));
    }
    Ok(plain)
}

fn send(respond: &mut SendResponse<Bytes>, code: u8, text: &str, message: Option<Vec<u8>>) -> Result<(), h2::Error> {
    let mut response = Response::new(());
    response.headers_mut().insert("content-type", HeaderValue::from_static("application/grpc"));
    response.headers_mut().insert("grpc-accept-encoding", HeaderValue::from_static("gzip"));
    let mut trailers = HeaderMap::new();
    trailers.insert("grpc-status", HeaderValue::from(u16::from(code)));
    if let Ok(text) = HeaderValue::from_str(text) {
        trailers.insert("grpc-message", text);
    }
    let Some(message) = message else {
        response.headers_mut().extend(trailers);
        respond.send_response(response, true)?;
        return Ok(());
    };
    let mut frame = vec![0];
    frame.extend((message.len() as u32).to_be_bytes());
    frame.extend(message);
    let mut stream = respond.send_response(response, false)?;
    stream.send_data(Bytes::from(frame), false)?;
    stream.send_trailers(trailers)
}

/// The frame of a request message with one string field 1, as the client sends it.
pub fn request_frame(namespace: &str) -> Bytes {
    let mut message = Vec::new();
    if !namespace.is_empty() {
        write_field(0x0A, namespace.as_bytes(), &mut message);
    }
    let mut frame = vec![0];
    frame.extend((message.len() as u32).to_be_bytes());
    frame.extend(message);
    Bytes::from(frame)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fields_that_name_a_namespace_are_found_among_others() {
        let message = b"\x0A\x01a\x18\x05\x12\x01b\x1A\x01c";
        assert_eq!(string_fields(message), Some(vec![(1, &b"a"[..]), (2, &b"b"[..])]));
        assert_eq!(string_fields(b"\x0A\x05a"), None);
        assert_eq!(string_fields(&[0xFF; 11]), None);
    }

    #[test]
    fn a_compressed_message_is_read_up_to_the_bound() {
        use std::io::Write as _;
        let gzip = |bytes: &[u8]| {
            let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
            encoder.write_all(bytes).unwrap();
            encoder.finish().unwrap()
        };
        assert_eq!(inflate(&gzip(b"message")).ok(), Some(b"message".to_vec()));
        let bomb = inflate(&gzip(&vec![0; 50 * LARGEST_MESSAGE]));
        assert_eq!(bomb.err().map(|status| status.code), Some(RESOURCE_EXHAUSTED));
        assert_eq!(inflate(b"plain").err().map(|status| status.code), Some(INVALID_ARGUMENT));
    }

    #[test]
    fn another_namespace_is_unauthorized_in_header_and_body() {
        let ours: NamespaceName = "orders.f45a2".parse().unwrap();
        let ask = |body: &[u8], header: Option<&'static str>| {
            let mut headers = HeaderMap::new();
            if let Some(name) = header {
                headers.insert(NAMESPACE_HEADER, HeaderValue::from_static(name));
            }
            reply(DESCRIBE_NAMESPACE, &headers, body, &ours).err().map(|status| status.code)
        };
        let own = &request_frame("orders.f45a2")[5..];
        assert_eq!(ask(own, Some("orders.f45a2")), None);
        assert_eq!(ask(own, Some("other.f45a2")), Some(PERMISSION_DENIED));
        assert_eq!(ask(&request_frame("other.f45a2")[5..], None), Some(PERMISSION_DENIED));
        assert_eq!(ask(b"", None), Some(PERMISSION_DENIED));
    }
}
