//! Clients that are slow, silent, greedy or broken, against the real binary: a good client is served all the while, memory
//! stays bounded, nothing panics, everything is recorded.

use std::io::Write as _;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use certproof::forge::der::{INTEGER, NULL, Node};
use certproof::forge::{KeyKind, KeySource, Recipe};
use http::Request;
use pki_types::ServerName;
use rustix::process::{Resource, Rlimit, getrlimit, prlimit, setrlimit};
use rustls::client::ResolvesClientCert;
use rustls::sign::{CertifiedKey, Signer, SigningKey};
use rustls::{ClientConnection, SignatureAlgorithm, SignatureScheme};
use serde_json::Value;
use time::OffsetDateTime;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::frames::{
    CONTINUATION, DATA, DESCRIBE_NAMESPACE, END_HEADERS, END_STREAM, ENHANCE_YOUR_CALM, FLOW_CONTROL_ERROR, HEADERS,
    PING, RST_STREAM, SETTINGS, WINDOW_UPDATE, block, call_headers, exchange, frame, integer, message, preface,
    question,
};
use crate::served::{Files, SERVER_NAME, Served, count, runtime};

/// Visits of the good client during an attack.
const VISITS: usize = 20;

const MIB: u64 = 1024;

/// Runs all of them at the same time.
async fn join_all<T: Send + 'static>(
    all: impl IntoIterator<Item = impl Future<Output = T> + Send + 'static>,
) -> Vec<T> {
    let tasks: Vec<_> = all.into_iter().map(tokio::spawn).collect();
    let mut results = Vec::with_capacity(tasks.len());
    for task in tasks {
        results.push(task.await.unwrap());
    }
    results
}

/// Reads until the other side closes.
async fn until_closed(tcp: &mut TcpStream) -> Vec<u8> {
    let mut heard = Vec::new();
    let mut chunk = [0; 4096];
    let reading = async {
        while let Ok(count @ 1..) = tcp.read(&mut chunk).await {
            heard.extend_from_slice(&chunk[..count]);
        }
    };
    tokio::time::timeout(Duration::from_secs(30), reading).await.unwrap();
    heard
}

/// Of the harness's own visitors, before and after.
const OWN: usize = 2;

/// Connections of the attack and what was decided of them.
fn attackers<'a>(records: &'a [Value], decision: &str) -> Vec<&'a Value> {
    records.iter().filter(|line| line["event"] == "connection" && line["decision"] == decision).collect()
}

fn client_hello(served: &Served) -> Vec<u8> {
    let config = Arc::new(served.files.config(Some(&served.files.forged)));
    let mut connection = ClientConnection::new(config, ServerName::try_from(SERVER_NAME).unwrap()).unwrap();
    let mut bytes = Vec::new();
    connection.write_tls(&mut bytes).unwrap();
    bytes
}

#[test]
fn ten_thousand_idle_connections_leave_room_for_a_good_client() {
    const WANTED: usize = 10_000;
    /// Of them, those that have finished their handshake: each costs two signatures on both sides.
    const ADMITTED: usize = 1_000;
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    setrlimit(Resource::Nofile, limit).unwrap();
    // Other tests have files of their own; the door gives half of its places to handshakes.
    let files = limit.maximum.map_or(usize::MAX, |files| files as usize);
    let silent = (WANTED - ADMITTED).min(files.saturating_sub(2_000) / 2);
    let served = Files::kit()
        .serve("--handshakes 20000 --handshake-timeout 5m --connections 40000 --connections-per-peer 40000 --quiet");
    let before = served.memory("VmRSS");
    let after_silent = served.withstand(VISITS, async {
        let address = served.address;
        let mut held = Vec::new();
        while held.len() < silent {
            let more = (silent - held.len()).min(500);
            held.extend(join_all((0..more).map(|_| TcpStream::connect(address))).await.into_iter().map(Result::unwrap));
        }
        served.until("all are inside", |served| served.fds() > silent);
        let after_silent = served.memory("VmRSS");
        served.knock(VISITS).await;
        let mut admitted = Vec::new();
        let config = Arc::new(served.files.config(Some(&served.files.forged)));
        for _ in 0..ADMITTED {
            let tcp = TcpStream::connect(address).await.unwrap();
            let name = ServerName::try_from(SERVER_NAME).unwrap();
            let mut tls = tokio_rustls::TlsConnector::from(config.clone()).connect(name, tcp).await.unwrap();
            tls.write_all(&preface(&[])).await.unwrap();
            admitted.push(tls);
        }
        served.knock(VISITS).await;
        after_silent
    });
    let (most, total) = (served.memory("VmHWM"), silent + ADMITTED);
    let each_silent = (after_silent - before) as f64 / silent as f64;
    let each_admitted = (most - after_silent) as f64 / ADMITTED as f64;
    let story = format!(
        "{total} of {WANTED} idle connections (as many as {files} open files allow): {before} KiB before, {most} KiB at \
         most, {each_silent:.1} KiB for a silent one, {each_admitted:.1} KiB for an admitted one"
    );
    assert!(total == WANTED || files < 25_000, "{story}");
    assert!(most < 400 * MIB, "{story}");
    let records = served.finish();
    assert_eq!(attackers(&records, "gone").len(), silent);
    assert_eq!(attackers(&records, "admitted").len(), ADMITTED + 3 * VISITS + OWN);
}

#[test]
fn silent_connections_make_room_where_places_are_few() {
    const FLOOD: usize = 1_000;
    let served = Files::kit().serve("--connections 400 --handshakes 1000 --handshake-timeout 5m");
    let held = served.withstand(VISITS, async {
        let address = served.address;
        let mut held = Vec::new();
        for _ in 0..10 {
            held.extend(join_all((0..FLOOD / 10).map(move |_| TcpStream::connect(address))).await);
        }
        served.knock(VISITS).await;
        held
    });
    drop(held);
    let records = served.finish();
    assert_eq!(attackers(&records, "admitted").len(), 2 * VISITS + OWN);
    assert_eq!(attackers(&records, "gone").len(), FLOOD);
    assert_eq!(attackers(&records, "full").len(), 0);
}

#[test]
fn accept_out_of_file_descriptors_recovers() {
    let served = Files::kit().serve("--handshake-timeout 5m");
    // It was told of more when it started, and so does not turn anybody away.
    let files = served.fds() as u64 + 40;
    prlimit(Some(served.pid()), Resource::Nofile, Rlimit { current: Some(files), maximum: Some(files) }).unwrap();
    let address = served.address;
    let held = runtime().block_on(join_all((0..100).map(move |_| TcpStream::connect(address))));
    served.withstand(VISITS, async { served.knock(VISITS).await });
    drop(held);
    assert!(served.said().contains("cannot accept a connection"), "{}", served.said());
    let records = served.finish();
    assert_eq!(attackers(&records, "gone").len(), 100);
    assert_eq!(attackers(&records, "admitted").len(), 2 * VISITS + OWN);
}

#[test]
fn a_flood_of_connections_is_taken_and_recorded_to_the_last() {
    const FLOOD: usize = 2_000;
    let served = Files::kit().serve("");
    served.withstand(VISITS, async {
        let address = served.address;
        let connect = move |_| async move { TcpStream::connect(address).await.map(drop) };
        for _ in 0..10 {
            for connected in join_all((0..FLOOD / 10).map(connect)).await {
                connected.unwrap();
            }
        }
    });
    assert!(served.memory("VmHWM") < 200 * MIB);
    served.until("the last is recorded", |served| served.closed() == FLOOD + VISITS + 1);
    let records = served.finish();
    assert_eq!(attackers(&records, "gone").len(), FLOOD);
}

#[test]
fn a_client_that_stops_after_server_hello_is_gone_in_time() {
    let served = Files::kit().serve("--handshake-timeout 1s");
    served.withstand(VISITS, async {
        let hello = client_hello(&served);
        let attack = |address| {
            let hello = hello.clone();
            async move {
                let mut tcp = TcpStream::connect(address).await.unwrap();
                tcp.write_all(&hello).await.unwrap();
                until_closed(&mut tcp).await
            }
        };
        for heard in join_all((0..50).map(|_| attack(served.address))).await {
            assert_eq!(heard.first(), Some(&22), "it was answered with a ServerHello");
        }
    });
    let records = served.finish();
    let gone = attackers(&records, "gone");
    assert_eq!(gone.len(), 50);
    assert!(gone.iter().all(|line| line["namespace"] == "orders.f45a2"), "{gone:?}");
}

#[test]
fn a_client_hello_that_never_ends_is_gone_in_time() {
    let served = Files::kit().serve("--handshake-timeout 1s");
    served.withstand(VISITS, async {
        let hello = client_hello(&served);
        let mut tcp = TcpStream::connect(served.address).await.unwrap();
        let dribble = async {
            let mut pace = tokio::time::interval(Duration::from_millis(20));
            for byte in hello.iter().cycle() {
                pace.tick().await;
                if tcp.write_all(&[*byte]).await.is_err() {
                    return;
                }
            }
        };
        tokio::time::timeout(Duration::from_secs(30), dribble).await.unwrap();
    });
    let records = served.finish();
    let gone = attackers(&records, "gone");
    assert_eq!(gone.len(), 1);
    assert_eq!(gone[0]["reason"], "no ClientHello in time");
}

#[test]
fn a_client_hello_byte_by_byte_is_answered() {
    let served = Files::kit().serve("");
    served.withstand(1, async {
        let mut tcp = TcpStream::connect(served.address).await.unwrap();
        tcp.set_nodelay(true).unwrap();
        for byte in client_hello(&served) {
            tcp.write_all(&[byte]).await.unwrap();
        }
        assert_eq!(tcp.read_u8().await.unwrap(), 22, "a handshake record");
    });
    served.finish();
}

#[test]
fn what_is_no_tls_is_refused_and_recorded() {
    let served = Files::kit().serve("--handshake-timeout 1s");
    let record = |kind: u8, bytes: &[u8]| [&[kind, 3, 1], &(bytes.len() as u16).to_be_bytes()[..], bytes].concat();
    let mut whole_hello_of_64_kib = record(22, &[&[1, 0, 0xFF, 0xFF, 3, 3][..], &[0; 16_000]].concat());
    for _ in 0..4 {
        whole_hello_of_64_kib.extend(record(22, &[0; 16_000]));
    }
    let noise: Vec<u8> = (0..5_000_u32).map(|at| (at.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    let attacks: Vec<(&str, Vec<u8>)> = vec![
        ("noise", noise),
        ("zeros", vec![0; 100_000]),
        ("HTTP/1.1", b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n".to_vec()),
        ("HTTP/2 without TLS", preface(&[])),
        ("SSL 2", vec![0x80, 0x2E, 1, 0, 2, 0, 0x15, 0, 0, 0, 0x10]),
        ("a record longer than any", [&[22, 3, 1, 0x41, 0x01][..], &[0; 0x4101]].concat()),
        ("the longest record that can be said", [&[22, 3, 1, 0xFF, 0xFF][..], &[0; 0xFFFF]].concat()),
        ("an empty record", record(22, &[])),
        ("a thousand empty records", record(22, &[]).repeat(1_000)),
        ("a ClientHello of 64 KiB", whole_hello_of_64_kib),
        ("a ClientHello of 16 MiB", record(22, &[1, 0xFF, 0xFF, 0xFF, 3, 3])),
        ("application data", record(23, b"hello")),
        ("an alert", record(21, &[2, 40])),
        ("a ServerHello", record(22, &[2, 0, 0, 2, 3, 3])),
        ("half of a ClientHello", client_hello(&served)[..100].to_vec()),
        ("two ClientHellos", client_hello(&served).repeat(2)),
        ("nothing", Vec::new()),
    ];
    let before = served.records().len();
    served.withstand(VISITS, async {
        for (what, bytes) in &attacks {
            let mut tcp = TcpStream::connect(served.address).await.unwrap();
            // It may close in the middle.
            let _ = tcp.write_all(bytes).await;
            let heard = until_closed(&mut tcp).await;
            assert!(heard.len() < 8_192, "{what} is answered with {} bytes", heard.len());
        }
    });
    assert!(before > 0 && served.memory("VmHWM") < 150 * MIB);
    let records = served.finish();
    let turned_away = attackers(&records, "gone").len() + attackers(&records, "refused").len();
    assert_eq!(turned_away, attacks.len());
    assert_eq!(attackers(&records, "admitted").len(), VISITS + OWN);
}

#[test]
fn a_client_that_vanished_is_noticed_by_a_ping() {
    let served = Files::kit().serve("--ping-interval 1s --ping-timeout 1s");
    served.withstand(VISITS, async {
        // Answers no ping, and so looks like one whose cable was cut.
        let answer = exchange(served.connect().await, preface(&[])).await;
        assert!(answer.count(PING) >= 1, "{answer:?}");
    });
    let records = served.finish();
    assert_eq!(count(&records, "closed", "ending", "unanswered"), 1);
}

#[test]
fn a_client_that_never_says_a_word_of_http2_is_gone_in_time() {
    let served = Files::kit().serve("--preface-timeout 1s");
    served.withstand(VISITS, async {
        exchange(served.connect().await, preface(&[])[..23].to_vec()).await;
    });
    let records = served.finish();
    assert_eq!(count(&records, "closed", "ending", "silent"), 1);
}

#[test]
fn rapid_resets_end_the_connection_and_nobody_elses() {
    const RESETS: u32 = 5_000;
    let served = Files::kit().serve("");
    served.withstand(VISITS, async {
        let headers = block(&call_headers(DESCRIBE_NAMESPACE));
        let mut bytes = preface(&[]);
        for stream in (1..).step_by(2).take(RESETS as usize) {
            bytes.extend(frame(HEADERS, END_HEADERS, stream, &headers));
            bytes.extend(frame(RST_STREAM, 0, stream, &8_u32.to_be_bytes()));
        }
        let answer = exchange(served.connect().await, bytes).await;
        assert_eq!(answer.goaway(), Some(ENHANCE_YOUR_CALM), "{answer:?}");
    });
    assert!(served.memory("VmHWM") < 150 * MIB);
    let records = served.finish();
    assert_eq!(count(&records, "closed", "ending", "protocol"), 1);
}

#[test]
fn a_call_that_is_reset_is_recorded_as_cancelled() {
    let served = Files::kit().serve("");
    runtime().block_on(async {
        let headers = block(&call_headers(DESCRIBE_NAMESPACE));
        let bytes = [preface(&[]), frame(HEADERS, END_HEADERS, 1, &headers)].concat();
        let mut tls = served.connect().await;
        tls.write_all(&bytes).await.unwrap();
        // Its answer to a ping says that it has seen the headers.
        tls.write_all(&frame(PING, 0, 0, &[7; 8])).await.unwrap();
        let mut heard = Vec::new();
        while !heard.windows(8).any(|window| window == [7; 8]) {
            heard.push(tls.read_u8().await.unwrap());
        }
        tls.write_all(&frame(RST_STREAM, 0, 1, &8_u32.to_be_bytes())).await.unwrap();
        served.until("it is recorded", |served| {
            served.records().iter().any(|line| line["event"] == "call" && line["status"] == 1)
        });
    });
    served.finish();
}

#[test]
fn header_bombs_cost_their_sender_the_connection_and_no_memory() {
    let served = Files::kit().serve("--ping-interval 1s --ping-timeout 1s");
    let good = block(&call_headers(DESCRIBE_NAMESPACE));
    let large = "x".repeat(15_000);
    let padding = block(&[("x-padding", &large)]);
    // RFC 7541 §6.2.1 puts 4,000 bytes into the table, and one byte each (§6.1) brings them up again.
    let mut bomb =
        [good.clone(), vec![0x40], integer(1, 7), b"x".to_vec(), integer(4_000, 7), vec![b'x'; 4_000]].concat();
    bomb.extend([0x80 | 62; 10_000]);
    let endless = |count: usize| {
        let mut bytes = frame(HEADERS, 0, 1, &good);
        (0..count).for_each(|_| bytes.extend(frame(CONTINUATION, 0, 1, &padding)));
        bytes
    };
    let empty = [frame(HEADERS, 0, 1, &good), frame(CONTINUATION, 0, 1, &[]).repeat(20_000)].concat();
    let many: String = (0..8_000).map(|at| format!("x-{at} ")).collect();
    let many: Vec<_> = many.split_whitespace().map(|name| (name, "")).collect();
    let many: Vec<_> = block(&many).chunks(16_000).map(<[u8]>::to_vec).collect();
    let mut thousands = frame(HEADERS, 0, 1, &good);
    many.iter().for_each(|chunk| thousands.extend(frame(CONTINUATION, 0, 1, chunk)));
    thousands.extend(frame(CONTINUATION, END_HEADERS, 1, &[]));
    let attacks = [
        ("headers that never end", endless(3)),
        ("a flood of CONTINUATION", endless(2_000)),
        ("a flood of empty CONTINUATION", empty),
        ("an HPACK bomb", frame(HEADERS, END_HEADERS | END_STREAM, 1, &bomb)),
        ("thousands of headers", thousands),
        ("a table larger than agreed", frame(HEADERS, END_HEADERS, 1, &[vec![0x20], integer(1 << 30, 5)].concat())),
        ("an index that is none", frame(HEADERS, END_HEADERS, 1, &[0xFF, 0xFF, 0xFF, 0xFF, 0x7F])),
        ("a block that breaks off", frame(HEADERS, END_HEADERS, 1, &[0x00, 0x7F])),
    ];
    served.withstand(VISITS, async {
        for (what, bytes) in &attacks {
            let answer = exchange(served.connect().await, [preface(&[]), bytes.clone()].concat()).await;
            // Whoever is not sent away at once answers no ping.
            assert!(answer.frames.len() < 100, "{what}: {answer:?}");
        }
    });
    assert!(served.memory("VmHWM") < 150 * MIB, "{} KiB", served.memory("VmHWM"));
    let records = served.finish();
    let ended = count(&records, "closed", "ending", "protocol") + count(&records, "closed", "ending", "unanswered");
    assert_eq!(ended, attacks.len());
    assert!(
        records.iter().all(|line| line["event"] != "call" || line["status"] != 0 || line["path"] == DESCRIBE_NAMESPACE)
    );
}

#[test]
fn floods_of_settings_and_pings_hold_up_nobody() {
    let served = Files::kit().serve("--ping-interval 1s --ping-timeout 1s");
    let settings = frame(SETTINGS, 0, 0, &[]).repeat(20_000);
    let pings = frame(PING, 0, 0, &[1; 8]).repeat(20_000);
    let tables = frame(SETTINGS, 0, 0, &[0, 1, 0xFF, 0xFF, 0xFF, 0xFF]).repeat(5_000);
    let overflow = frame(WINDOW_UPDATE, 0, 0, &0x7FFF_FFFF_u32.to_be_bytes());
    served.withstand(VISITS, async {
        for bytes in [settings, pings, tables] {
            exchange(served.connect().await, [preface(&[]), bytes].concat()).await;
        }
        let answer = exchange(served.connect().await, [preface(&[]), overflow].concat()).await;
        assert_eq!(answer.goaway(), Some(FLOW_CONTROL_ERROR), "{answer:?}");
    });
    assert!(served.memory("VmHWM") < 150 * MIB, "{} KiB", served.memory("VmHWM"));
    let records = served.finish();
    let endings: Vec<_> = records.iter().filter(|line| line["event"] == "closed").map(|line| &line["ending"]).collect();
    let odd = endings.iter().filter(|ending| ***ending != "client" && ***ending != "stopped").count();
    assert_eq!(odd, 4, "{endings:?}");
}

#[test]
fn a_flood_of_key_updates_holds_up_nobody() {
    let served = Files::kit().serve("--preface-timeout 1s");
    served.withstand(VISITS, async {
        let mut tls = served.connect().await;
        for _ in 0..2_000 {
            tls.get_mut().1.refresh_traffic_keys().unwrap();
            if tls.flush().await.is_err() {
                break;
            }
        }
        exchange(tls, Vec::new()).await;
    });
    assert!(served.memory("VmHWM") < 150 * MIB, "{} KiB", served.memory("VmHWM"));
    let records = served.finish();
    let connections = records.iter().filter(|line| line["event"] == "connection").count();
    assert_eq!(connections, 1 + VISITS + OWN);
}

/// A question for reflection: the file that describes every request and response, some hundred kilobytes.
fn large_question() -> Vec<u8> {
    let name = b"temporal/api/workflowservice/v1/request_response.proto";
    message(0, &[&[0x1A, name.len() as u8], &name[..]].concat())
}

#[test]
fn a_client_that_never_reads_is_gone_in_time_and_costs_little() {
    const STREAMS: u32 = 200;
    let served = Files::kit().serve("--ping-interval 1s --ping-timeout 1s");
    let headers = block(&call_headers("/grpc.reflection.v1.ServerReflection/ServerReflectionInfo"));
    // Windows as large as they can be: only that nobody reads holds the answers up. The questions fit the first window
    // of a connection, 65,535 bytes.
    let mut bytes = [preface(&[(4, 0x7FFF_FFFF)]), frame(WINDOW_UPDATE, 0, 0, &0x7FFE_FFFF_u32.to_be_bytes())].concat();
    for stream in (1..).step_by(2).take(STREAMS as usize) {
        bytes.extend(frame(HEADERS, END_HEADERS, stream, &headers));
        bytes.extend(frame(DATA, 0, stream, &large_question().repeat(4)));
    }
    served.withstand(VISITS, async {
        let mut tls = served.connect().await;
        // Where the server reads no more, this does not end.
        let _ = tokio::time::timeout(Duration::from_secs(1), tls.write_all(&bytes)).await;
        served.until("it is gone", |served| count(&served.records(), "closed", "ending", "unanswered") == 1);
    });
    let most = served.memory("VmHWM");
    assert!(most < 300 * MIB, "{most} KiB");
    served.finish();
}

#[test]
fn a_question_for_reflection_is_short() {
    let served = Files::kit().serve("");
    let headers = block(&call_headers("/grpc.reflection.v1.ServerReflection/ServerReflectionInfo"));
    let head = [0, 0, 0x3F, 0xFF, 0xFF];
    let bytes = [preface(&[]), frame(HEADERS, END_HEADERS, 1, &headers), frame(DATA, 0, 1, &head)].concat();
    served.withstand(VISITS, async {
        let mut tls = served.connect().await;
        tls.write_all(&bytes).await.unwrap();
        let mut heard = Vec::new();
        // OUT_OF_RANGE, which the library says at once instead of waiting for four megabytes.
        while !heard.windows(4).any(|window| window == [HEADERS, END_HEADERS | END_STREAM, 0, 0]) {
            heard.push(tls.read_u8().await.unwrap());
        }
    });
    served.finish();
}

/// Calls DescribeNamespace with a body in pieces, on streams of one connection at once. Returns each one's status, none
/// where the connection broke.
async fn upload(
    served: &Served,
    encoding: Option<&str>,
    streams: usize,
    pieces: &[Bytes],
    ends: bool,
) -> Vec<Option<u8>> {
    let (sender, connection) = h2::client::handshake(served.connect().await).await.unwrap();
    let driver = tokio::spawn(connection);
    let calls = (0..streams).map(|_| {
        let (sender, pieces) = (sender.clone(), pieces.to_vec());
        let mut request = Request::post(format!("https://{SERVER_NAME}{DESCRIBE_NAMESPACE}"))
            .header("content-type", "application/grpc")
            .header("temporal-namespace", "orders.f45a2");
        if let Some(encoding) = encoding {
            request = request.header("grpc-encoding", encoding);
        }
        let request = request.body(()).unwrap();
        async move {
            let (response, mut body) = sender.ready().await.ok()?.send_request(request, false).ok()?;
            for piece in pieces {
                // The server may have answered before it has all of it.
                if body.send_data(piece, false).is_err() {
                    break;
                }
            }
            if ends {
                let _ = body.send_data(Bytes::new(), true);
            }
            let response = response.await.ok()?;
            let status = response.headers().get("grpc-status")?.to_str().ok()?.parse().ok();
            // Dropped sooner it would be reset.
            drop(body);
            status
        }
    });
    let statuses = join_all(calls).await;
    driver.abort();
    statuses
}

#[test]
fn bodies_without_end_or_measure_are_refused_and_nothing_of_them_is_kept() {
    let served = Files::kit().serve("--body-timeout 2s --message-bytes 1000000");
    let gzip = {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        (0..64).for_each(|_| encoder.write_all(&vec![0; 1 << 20]).unwrap());
        message(1, &encoder.finish().unwrap())
    };
    let hundred_megabytes = message(0, &[0; 16]);
    let hundred_megabytes = [&[0], &100_000_000_u32.to_be_bytes()[..], &hundred_megabytes[5..]].concat();
    let before = served.memory("VmHWM");
    served.withstand(VISITS, async {
        let never_ends = upload(&served, None, 1, &[Bytes::from(question())], false).await;
        assert_eq!(never_ends, [Some(4)], "DEADLINE_EXCEEDED");
        let too_large = upload(&served, None, 1, &[Bytes::from(hundred_megabytes)], false).await;
        assert_eq!(too_large, [Some(8)], "RESOURCE_EXHAUSTED");
        let two = upload(&served, None, 1, &[Bytes::from(question().repeat(2))], true).await;
        assert_eq!(two, [Some(3)], "INVALID_ARGUMENT");
        let bombs = upload(&served, Some("gzip"), 20, &[Bytes::from(gzip)], true).await;
        assert_eq!(bombs, [Some(8); 20], "RESOURCE_EXHAUSTED");
    });
    let most = served.memory("VmHWM");
    assert!(most < before + 60 * MIB, "{before} KiB before, {most} KiB at most");
    served.finish();
}

#[test]
fn messages_in_small_pieces_count_as_much_as_whole_ones() {
    let served = Files::kit().serve("--body-timeout 2s --message-bytes 1000000 --held-bytes 8000000");
    let before = served.memory("VmHWM");
    // 200 times 300 kB, none of which ends: 60 MB in all, of which one connection may have 8.
    let pieces: Vec<_> = std::iter::once(Bytes::from_static(&[0, 0, 4, 0xC4, 0xB4]))
        .chain(std::iter::repeat_n(Bytes::from(vec![0; 2_000]), 150))
        .collect();
    let statuses = served.withstand(VISITS, upload(&served, None, 200, &pieces, false));
    assert!(statuses.iter().all(|status| *status == Some(4)), "{statuses:?}");
    let most = served.memory("VmHWM");
    assert!(most < before + 40 * MIB, "{before} KiB before, {most} KiB at most");
    served.finish();
}

/// A leaf's key of 16,384 bits, which nobody has to have: the number is made up.
fn enlarge(tbs: &mut Node) {
    let modulus: Vec<u8> = [0, 0xC5].into_iter().chain((0..2_047_u32).map(|at| (at * 7 + 3) as u8 | 1)).collect();
    let numbers = Node::sequence(vec![Node::primitive(INTEGER, modulus), Node::primitive(INTEGER, [1, 0, 1])]);
    let algorithm = Node::sequence(vec![Node::oid("1.2.840.113549.1.1.1"), Node::primitive(NULL, [])]);
    // version, serial number, signature algorithm, issuer, validity, subject, key
    tbs.children()[6] = Node::sequence(vec![algorithm, Node::bit_string(&numbers.write())]);
}

/// Signs with noise of the right length.
#[derive(Debug)]
struct Pretender(Arc<CertifiedKey>);

#[derive(Debug)]
struct Noise;

impl ResolvesClientCert for Pretender {
    fn resolve(&self, _: &[&[u8]], _: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        Some(self.0.clone())
    }

    fn has_certs(&self) -> bool {
        true
    }
}

impl SigningKey for Noise {
    fn choose_scheme(&self, _: &[SignatureScheme]) -> Option<Box<dyn Signer>> {
        Some(Box::new(Self))
    }

    fn algorithm(&self) -> SignatureAlgorithm {
        SignatureAlgorithm::RSA
    }
}

impl Signer for Noise {
    fn sign(&self, _: &[u8]) -> Result<Vec<u8>, rustls::Error> {
        Ok(vec![0x5A; 2_048])
    }

    fn scheme(&self) -> SignatureScheme {
        SignatureScheme::RSA_PSS_SHA256
    }
}

#[test]
fn keys_of_16384_bits_are_refused_without_much_work() {
    let files = Files::kit();
    let mut recipe = Recipe::good("orders.f45a2", KeySource::Fresh, KeyKind::P256, OffsetDateTime::now_utc());
    recipe.client.edits.push(enlarge);
    let forged = recipe.forge().unwrap();
    std::fs::write(files.bundle(), [files.forged.bundle_pem(), forged.bundle_pem()].concat()).unwrap();
    let served = files.serve("");
    let identity = CertifiedKey::new(forged.client_chain(), Arc::new(Noise));
    let mut config = served.files.config(None);
    config.client_auth_cert_resolver = Arc::new(Pretender(Arc::new(identity)));
    served.withstand(VISITS, async {
        for _ in 0..50 {
            let mut tls = served.connect_with(config.clone()).await.unwrap();
            assert!(tls.read_u8().await.is_err());
        }
    });
    let records = served.finish();
    let refused = attackers(&records, "refused");
    assert_eq!(refused.len(), 50);
    assert!(refused.iter().all(|line| line["stage"] == "prove"), "{}", refused[0]);
}
