//! From a scenario's words to the calls that its client makes.

use std::io;

use super::scenario::{Course, Header, Home, NameSent, Packing, Part, Request, Scenario};
use crate::cloud::endpoint;
use crate::wire::client::{Ask, Attempt, Sni, gzipped, plain};
use crate::wire::witness;

const SERVICE: &str = "/temporal.api.workflowservice.v1.WorkflowService/";

/// DescribeNamespace of the own namespace.
pub const OWN: Request = Request {
    method: "DescribeNamespace",
    authority: None,
    keys: None,
    header: Header::Own,
    body: &[Part::Own(1)],
    packing: Packing::Plain,
};

/// A call, and what of it may be seen behind the door.
#[derive(Debug)]
pub struct Sent {
    pub ask: Ask,
    pub mark: String,
    /// The message in its frame, unpacked.
    pub plain: Vec<u8>,
    /// It is the one that the scenario is about.
    pub is_tried: bool,
}

/// The calls of a scenario in their order. `visit` tells apart the visits of one scenario.
///
/// # Errors
/// When a message cannot be compressed.
pub fn calls(id: &str, scenario: &Scenario, home: &Home, visit: usize) -> io::Result<Vec<Sent>> {
    let own = (&OWN, false);
    let tried = (&scenario.request, true);
    let requests = match scenario.course {
        Course::Once | Course::Ticket(_) | Course::Early(_) => vec![tried],
        Course::Reused => vec![own, tried, own],
        Course::Reloaded(_) => vec![own, tried],
    };
    let calls = requests.into_iter().enumerate();
    calls
        .map(|(number, (request, is_tried))| {
            let mark = format!("{id} {visit}.{number}");
            let parts: Vec<_> = request.body.iter().map(|part| written(part, home)).collect();
            let whole = parts.concat();
            Ok(Sent {
                ask: ask(request, scenario, home, &mark, &parts)?,
                mark,
                plain: plain(&whole).to_vec(),
                is_tried,
            })
        })
        .collect()
}

pub fn attempt(scenario: &Scenario, home: &Home, sent: &[Sent]) -> Attempt {
    let endpoint = host(home);
    Attempt {
        server_name: match &scenario.server_name {
            NameSent::Endpoint => Sni::Name(endpoint),
            NameSent::UpperCase => Sni::Name(endpoint.to_ascii_uppercase()),
            NameSent::Text(text) => Sni::Name((*text).to_owned()),
            NameSent::Absent => Sni::Absent(endpoint),
            NameSent::IpLiteral => Sni::IpLiteral,
        },
        calls: sent.iter().map(|sent| sent.ask.clone()).collect(),
    }
}

fn ask(request: &Request, scenario: &Scenario, home: &Home, mark: &str, parts: &[Vec<u8>]) -> io::Result<Ask> {
    let server_name = match &scenario.server_name {
        NameSent::Text(text) => (*text).to_owned(),
        _ => host(home),
    };
    let mut headers = vec![(witness::MARK, mark.to_owned())];
    let keys = request.keys.unwrap_or(scenario.keys).iter();
    headers.extend(keys.map(|line| ("authorization", (*line).to_owned())));
    match request.header {
        Header::Own => headers.push(("temporal-namespace", home.namespace.to_owned())),
        Header::Lines(lines) => headers.extend(lines.iter().map(|line| ("temporal-namespace", (*line).to_owned()))),
    }
    let body = match request.packing {
        Packing::Plain => plain(&parts.concat()),
        Packing::Gzip => gzipped([parts.concat().as_slice()])?,
        Packing::GzipMembers => gzipped(parts.iter().map(Vec::as_slice))?,
    };
    if !matches!(request.packing, Packing::Plain) {
        headers.push(("grpc-encoding", "gzip".to_owned()));
    }
    let path = if request.method.starts_with('/') { String::new() } else { SERVICE.to_owned() } + request.method;
    let authority = request.authority.map_or(server_name, str::to_owned);
    Ok(Ask { path, authority, headers, body })
}

fn host(home: &Home) -> String {
    home.namespace.parse().map_or_else(|_| home.namespace.to_owned(), |name| endpoint::host(&name))
}

/// As protobuf writes it (Protocol Buffers, "Encoding": LEN records).
fn written(part: &Part, home: &Home) -> Vec<u8> {
    let (number, value) = match part {
        Part::Own(number) => (*number, home.namespace.as_bytes().to_vec()),
        Part::Text(number, text) => (*number, text.as_bytes().to_vec()),
        Part::Message(number, parts) => (*number, parts.iter().flat_map(|part| written(part, home)).collect()),
    };
    let mut out = varint(number as usize * 8 + 2);
    out.extend(varint(value.len()));
    out.extend(value);
    out
}

fn varint(mut number: usize) -> Vec<u8> {
    let mut out = Vec::new();
    while number > 0x7F {
        out.push((number & 0x7F) as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::matrix::homes::ORDERS;

    #[test]
    fn a_message_is_written_as_protobuf_writes_it() {
        let message = written(&Part::Message(21, &[Part::Own(1), Part::Text(2, "id")]), &ORDERS);
        assert_eq!(message, b"\xAA\x01\x12\x0A\x0Corders.f45a2\x12\x02id");
    }
}
