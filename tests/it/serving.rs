//! `certproof serve` in operation: scripts that wait for it, changes of its files, its end, its records, its secrets.

use std::fs;
use std::path::Path;
use std::time::Duration;

use bytes::Bytes;
use certproof::forge;
use certproof::wire::outcome::Seen;
use http::{HeaderMap, HeaderValue, Request, Response};
use predicates::prelude::*;
use rustix::process::Signal;
use serde_json::Value;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;

use crate::common::certproof;
use crate::frames::{DESCRIBE_NAMESPACE, GOAWAY, exchange, preface, question};
use crate::served::{Files, NAMESPACE, SERVER_NAME, Served, count, replace, runtime};

/// A connection of the good client's that stays.
struct Guest {
    sender: h2::client::SendRequest<Bytes>,
    connection: tokio::task::JoinHandle<Result<(), h2::Error>>,
}

impl Guest {
    async fn of(served: &Served) -> Self {
        let (sender, connection) = h2::client::handshake(served.connect().await).await.unwrap();
        Self { sender, connection: tokio::spawn(connection) }
    }

    /// Calls DescribeNamespace; the status, or why there is none.
    async fn call(&self) -> Result<u8, h2::Error> {
        call(self.sender.clone(), None).await
    }
}

async fn call(sender: h2::client::SendRequest<Bytes>, token: Option<&str>) -> Result<u8, h2::Error> {
    let mut request = Request::post(format!("https://{SERVER_NAME}{DESCRIBE_NAMESPACE}"))
        .header("content-type", "application/grpc")
        .header("te", "trailers")
        .header("temporal-namespace", NAMESPACE);
    if let Some(token) = token {
        request = request.header("authorization", format!("Bearer {token}"));
    }
    let (response, mut body) = sender.ready().await?.send_request(request.body(()).unwrap(), false)?;
    body.send_data(Bytes::from(question()), true)?;
    let (head, mut body) = response.await?.into_parts();
    while let Some(chunk) = body.data().await {
        let length = chunk?.len();
        body.flow_control().release_capacity(length)?;
    }
    let trailers = body.trailers().await?.unwrap_or_default();
    let status = trailers.get("grpc-status").or_else(|| head.headers.get("grpc-status")).unwrap();
    Ok(status.to_str().unwrap().parse().unwrap())
}

/// A server behind the door that answers once it is told to. Returns its address, what tells that a call has come, and
/// what lets it be answered.
async fn slow_upstream() -> (std::net::SocketAddr, oneshot::Receiver<()>, oneshot::Sender<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let ((came, has_come), (answer, may_answer)) = (oneshot::channel(), oneshot::channel());
    tokio::spawn(async move {
        let (tcp, _) = listener.accept().await.unwrap();
        let mut connection = h2::server::handshake(tcp).await.unwrap();
        let (_, mut respond) = connection.accept().await.unwrap().unwrap();
        let driver = tokio::spawn(async move { while connection.accept().await.is_some() {} });
        came.send(()).unwrap();
        may_answer.await.unwrap();
        let response = Response::builder().header("content-type", "application/grpc").body(()).unwrap();
        let mut body = respond.send_response(response, false).unwrap();
        let mut trailers = HeaderMap::new();
        trailers.insert("grpc-status", HeaderValue::from_static("0"));
        body.send_data(Bytes::from_static(&[0, 0, 0, 0, 0]), false).unwrap();
        body.send_trailers(trailers).unwrap();
        driver.await.unwrap();
    });
    (address, has_come, answer)
}

#[test]
fn the_ready_file_is_whole_and_says_where() {
    let served = Files::kit().serve("--metrics 127.0.0.1:0");
    let lines: Vec<_> = served.ready.lines().collect();
    assert_eq!(lines.len(), 2, "{}", served.ready);
    assert!(served.ready.ends_with('\n') && served.address.port() != 0 && served.address.ip().is_loopback());
    let metrics = lines[1].strip_prefix("metrics ").unwrap();
    let text = runtime().block_on(scrape(metrics));
    assert!(text.starts_with("HTTP/1.1 200"), "{text}");
    assert!(text.contains("certproof_connections_total{decision=\"admitted\",stage=\"\"} 1\n"), "{text}");
    assert!(text.ends_with("# EOF\n"), "{text}");
    served.finish();
}

#[test]
fn a_call_under_way_ends_before_the_door_does() {
    runtime().block_on(async {
        let (upstream, has_come, answer) = slow_upstream().await;
        let mut served = Files::kit().open(&format!("--upstream {upstream}"));
        let guest = Guest::of(&served).await;
        let sender = guest.sender.clone();
        let calling = tokio::spawn(call(sender, None));
        has_come.await.unwrap();
        served.signal(Signal::TERM);
        served.until("it is closing", |served| served.said().contains("closing 1 connection"));
        answer.send(()).unwrap();
        assert_eq!(calling.await.unwrap().unwrap(), 0);
        let _ = guest.connection.await.unwrap();
        assert_eq!(served.wait().code(), Some(0));
        assert_eq!(count(&served.records(), "closed", "ending", "stopped"), 1);
        assert_eq!(count(&served.records(), "call", "path", DESCRIBE_NAMESPACE), 1);
    });
}

#[test]
fn whoever_is_inside_when_the_door_closes_is_sent_goaway() {
    let mut served = Files::kit().serve("--drain 1s");
    runtime().block_on(async {
        let answer = tokio::spawn(exchange(served.connect().await, preface(&[])));
        served.until("it is inside", |served| count(&served.records(), "connection", "decision", "admitted") == 2);
        served.signal(Signal::TERM);
        let answer = answer.await.unwrap();
        assert!(answer.count(GOAWAY) >= 1, "{answer:?}");
    });
    assert_eq!(served.wait().code(), Some(0));
    assert_eq!(count(&served.records(), "closed", "ending", "stopped"), 1);
}

#[test]
fn a_connection_of_the_greatest_age_is_sent_goaway() {
    let served = Files::kit().serve("--max-age 1s --drain 1s");
    runtime().block_on(async {
        let guest = Guest::of(&served).await;
        assert_eq!(guest.call().await.unwrap(), 0);
        // The library goes when it is told to; whoever does not is dropped.
        let _ = guest.connection.await.unwrap();
        let answer = exchange(served.connect().await, preface(&[])).await;
        assert!(answer.count(GOAWAY) >= 1, "{answer:?}");
    });
    let records = served.finish();
    assert_eq!(count(&records, "closed", "ending", "age"), 2);
}

#[test]
fn a_connection_ends_when_its_certificate_does() {
    let files = Files::kit();
    let leaf = certproof::pki::Certificate::read(&files.forged.chain[0]).unwrap();
    let at = (leaf.not_after - time::Duration::seconds(8)).format(&Rfc3339).unwrap();
    let served = files.open(&format!("--at {at}"));
    runtime().block_on(async {
        let guest = Guest::of(&served).await;
        assert_eq!(guest.call().await.unwrap(), 0);
        let _ = guest.connection.await.unwrap();
        let client = served.files.client(&served.files.forged);
        assert!(matches!(served.seen_by(&client).await, Seen::Alert(_)), "the next one is refused");
    });
    served.until("it is recorded", |served| count(&served.records(), "closed", "ending", "certificate-expired") == 1);
}

/// Another hierarchy for the same namespace.
fn other() -> forge::Forged {
    forge::good(NAMESPACE, OffsetDateTime::now_utc()).unwrap()
}

#[test]
fn a_rotated_ca_is_taken_without_dropping_a_connection() {
    let served = Files::kit().serve("");
    let new = other();
    runtime().block_on(async {
        let guest = Guest::of(&served).await;
        let client = served.files.client(&new);
        assert!(matches!(served.seen_by(&client).await, Seen::Alert(_)));
        replace(&served.files.bundle(), new.bundle_pem());
        served.until("it is reloaded", |served| served.said().contains("reloaded: 1 namespace"));
        assert_eq!(served.seen_by(&client).await, Seen::Served);
        let old = served.files.client(&served.files.forged);
        assert!(matches!(served.seen_by(&old).await, Seen::Alert(_)), "the old CA is no longer trusted");
        assert_eq!(guest.call().await.unwrap(), 0, "but who is inside stays");
    });
}

#[test]
fn a_broken_new_state_is_refused_and_the_old_one_kept() {
    let served = Files::kit().serve("");
    let good = fs::read(served.files.bundle()).unwrap();
    let filters = served.files.world().join(NAMESPACE).join("filters.json");
    runtime().block_on(async {
        let guest = Guest::of(&served).await;
        replace(&served.files.bundle(), "no certificate");
        served.until("it is refused", |served| served.said().contains("holds no certificate that can be read"));
        served.knock(1).await;
        replace(&served.files.bundle(), &good);
        served.until("it is mended", |served| served.said().contains("reloaded"));
        fs::write(&filters, "{").unwrap();
        served.until("it is refused", |served| served.said().contains("without its filters everybody would get in"));
        served.knock(1).await;
        replace(&filters, "{\"filters\": [{\"commonName\": \"somebody else\"}]}");
        let reloads = |served: &Served| served.said().matches("reloaded").count();
        served.until("it is mended", |served| reloads(served) == 2);
        let client = served.files.client(&served.files.forged);
        assert!(matches!(served.seen_by(&client).await, Seen::Alert(_)), "no filter matches");
        fs::remove_file(&filters).unwrap();
        served.until("it is taken away", |served| reloads(served) == 3);
        served.knock(1).await;
        assert_eq!(guest.call().await.unwrap(), 0);
    });
    assert!(served.said().contains("the old state is kept"));
}

#[cfg(unix)]
#[test]
fn links_that_are_swapped_are_followed_as_kubernetes_swaps_them() {
    use std::os::unix::fs::symlink;
    let files = Files::kit();
    let kit = files.world().join(NAMESPACE);
    let new = other();
    for (version, bundle) in [("..1", files.forged.bundle_pem()), ("..2", new.bundle_pem())] {
        fs::create_dir(kit.join(version)).unwrap();
        fs::write(kit.join(version).join("ca.pem"), bundle).unwrap();
    }
    fs::remove_file(kit.join("ca.pem")).unwrap();
    symlink("..1", kit.join("..data")).unwrap();
    symlink("..data/ca.pem", kit.join("ca.pem")).unwrap();
    let served = files.serve("");
    runtime().block_on(async {
        symlink("..2", kit.join("..data_tmp")).unwrap();
        fs::rename(kit.join("..data_tmp"), kit.join("..data")).unwrap();
        fs::remove_dir_all(kit.join("..1")).unwrap();
        served.until("it is reloaded", |served| served.said().contains("reloaded"));
        assert_eq!(served.seen_by(&served.files.client(&new)).await, Seen::Served);
    });
}

#[cfg(unix)]
#[test]
fn a_file_behind_a_link_is_followed_where_it_lies() {
    let files = Files::kit();
    let elsewhere = files.folder.path().join("elsewhere");
    fs::create_dir(&elsewhere).unwrap();
    fs::rename(files.bundle(), elsewhere.join("roots.pem")).unwrap();
    std::os::unix::fs::symlink(elsewhere.join("roots.pem"), files.bundle()).unwrap();
    let served = files.serve("");
    let new = other();
    replace(&elsewhere.join("roots.pem"), new.bundle_pem());
    served.until("it is reloaded", |served| served.said().contains("reloaded"));
    runtime().block_on(async { assert_eq!(served.seen_by(&served.files.client(&new)).await, Seen::Served) });
}

#[test]
fn a_kit_put_in_the_place_of_another_is_followed_further() {
    let served = Files::kit().serve("");
    let (kit, aside) = (served.files.world().join(NAMESPACE), served.files.folder.path().join("aside"));
    let reloads = |served: &Served| served.said().matches("reloaded").count();
    for turn in ["1", "2"] {
        let before = reloads(&served);
        let new = served.files.folder.path().join(format!("new{turn}"));
        fs::create_dir(&new).unwrap();
        fs::write(new.join("ca.pem"), other().bundle_pem()).unwrap();
        fs::rename(&kit, aside.with_extension(turn)).unwrap();
        fs::rename(&new, &kit).unwrap();
        served.until("the new kit is taken", |served| reloads(served) > before);
        let before = reloads(&served);
        let new = other();
        replace(&served.files.bundle(), new.bundle_pem());
        served.until("a change in it is seen", |served| reloads(served) > before);
        runtime().block_on(async { assert_eq!(served.seen_by(&served.files.client(&new)).await, Seen::Served) });
    }
}

const TOML: &str = "[server]\nca = \"server-ca.pem\"\nkey = \"server-ca.key\"\n";

#[test]
fn a_namespace_that_is_listed_before_its_kit_is_there_comes_once_it_is() {
    let files = Files::kit();
    let first = format!("{TOML}[[namespaces]]\nname = \"{NAMESPACE}\"\nkit = \"{NAMESPACE}\"\n");
    files.write_toml(&first);
    let served = files.serve("");
    served.files.write_toml(&format!("{first}[[namespaces]]\nname = \"late.f45a2\"\nkit = \"far/late\"\n"));
    served.until("it is refused", |served| served.said().contains("the old state is kept"));
    let kit = served.files.world().join("far/late");
    fs::create_dir_all(&kit).unwrap();
    fs::write(kit.join("ca.pem"), other().bundle_pem()).unwrap();
    served.until("it is loaded", |served| served.said().contains("reloaded: 2 namespaces"));
    assert_eq!(served.said().matches("the old state is kept").count(), 1, "a reason is told once: {}", served.said());
    served.finish();
}

#[test]
fn the_audit_file_is_moved_aside_by_size_and_no_line_is_lost() {
    let served = Files::kit().serve("--audit-bytes 4096");
    runtime().block_on(served.knock(15));
    let rotated = |number: usize| served.files.folder.path().join(format!("audit.jsonl.{number}"));
    served.until("it is moved aside", |_| rotated(2).exists());
    served.until("all are written", |served| served.closed() == 16);
    for number in 1..=5 {
        if let Ok(found) = fs::metadata(rotated(number)) {
            assert!(found.len() <= 4096);
        }
    }
    served.finish();
}

#[test]
fn no_secret_is_in_any_output() {
    const KEY: &str = "canary-key-3f9c1d";
    const UNKNOWN: &str = "canary-token-77ab20";
    let files = Files::kit();
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, KEY.as_bytes());
    let sha256: String = digest.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    files.write_toml(&format!(
        "{TOML}[switches]\ndual-authentication = \"keys-on-both\"\n[[namespaces]]\nname = \"{NAMESPACE}\"\nkit = \
         \"{NAMESPACE}\"\nauth = [\"mtls\", \"api-key\"]\n[[api-keys]]\nid = \"ci\"\nsha256 = \"{sha256}\"\nnamespaces = \
         [\"{NAMESPACE}\"]\n"
    ));
    let private = fs::read_to_string(files.world().join("server-ca.key")).unwrap();
    let served = files.serve("--metrics 127.0.0.1:0 --log trace");
    let metrics = served.ready.lines().last().unwrap().strip_prefix("metrics ").unwrap().to_owned();
    let scraped = runtime().block_on(async {
        for (token, expected) in [(Some(KEY), 0), (Some(UNKNOWN), 7), (None, 7)] {
            let tls = served.connect_with(served.files.config(None)).await.unwrap();
            let (sender, connection) = h2::client::handshake(tls).await.unwrap();
            let connection = tokio::spawn(connection);
            assert_eq!(call(sender, token).await.unwrap(), expected, "{token:?}");
            connection.abort();
        }
        scrape(&metrics).await
    });
    // A key where its digest belongs is not repeated either.
    served.files.write_toml(&format!("{TOML}[[api-keys]]\nid = \"ci\"\nsha256 = \"{KEY}\"\nnamespaces = []\n"));
    served.until("it is refused", |served| served.said().contains("the old state is kept"));
    served.until("all are recorded", |served| served.closed() == 4);
    let records = served.records();
    assert_eq!(count(&records, "call", "api_key", "ci"), 1);
    let audit: String = records.iter().map(Value::to_string).collect();
    for text in [served.said(), served.printed(), scraped, audit] {
        for secret in [KEY, UNKNOWN, &sha256, "PRIVATE KEY", private.lines().nth(1).unwrap()] {
            assert!(!text.contains(secret), "{secret} in {text}");
        }
    }
}

async fn scrape(address: &str) -> String {
    let mut tcp = TcpStream::connect(address).await.unwrap();
    tcp.write_all(b"GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n").await.unwrap();
    let mut text = String::new();
    tcp.read_to_string(&mut text).await.unwrap();
    text
}

/// What is wrong, in which line, and words that its message must have.
const WRONG: &[(&str, &str, usize, &[&str])] = &[
    ("a field that is none", "[[namespaces]]\nnmae = \"a.b1\"\n", 5, &["unknown field `nmae`", "`name`"]),
    ("a table that is none", "[nonsense]\n", 4, &["unknown field `nonsense`", "namespaces"]),
    ("a number for a name", "[[namespaces]]\nname = 5\n", 5, &["expected a string"]),
    ("what is no TOML", "[[namespaces]\n", 4, &["]"]),
    ("no namespace", "", 1, &["no namespace is listed", "[[namespaces]]"]),
    ("a name that is none", "[[namespaces]]\nname = \"orders\"\n", 5, &["orders", "."]),
    (
        "a namespace twice",
        "[[namespaces]]\nname = \"orders.f45a2\"\nkit = \"orders.f45a2\"\n[[namespaces]]\nname = \"orders.f45a2\"\nkit = \"orders.f45a2\"\n",
        8,
        &["listed already", "keep one"],
    ),
    ("no ca", "[[namespaces]]\nname = \"orders.f45a2\"\n", 4, &["no ca", "give `ca"]),
    ("filters without a ca", "[[namespaces]]\nname = \"orders.f45a2\"\nfilters = \"f.json\"\n", 4, &["no ca"]),
    (
        "a kit and a ca",
        "[[namespaces]]\nname = \"orders.f45a2\"\nkit = \"orders.f45a2\"\nca = \"ca.pem\"\n",
        4,
        &["give the kit, or the two files"],
    ),
    (
        "a ca that is missing",
        "[[namespaces]]\nname = \"orders.f45a2\"\nca = \"none.pem\"\n",
        4,
        &["cannot read", "none.pem"],
    ),
    ("a kit that is missing", "[[namespaces]]\nname = \"orders.f45a2\"\nkit = \"none\"\n", 4, &["none"]),
    (
        "a region that is not listed",
        "[[namespaces]]\nname = \"orders.f45a2\"\nkit = \"orders.f45a2\"\nregion = \"aws-us-east-1\"\n",
        7,
        &["add [[regions]]"],
    ),
    ("a region that is none", "[[regions]]\nname = \"moon\"\n", 5, &["moon"]),
    (
        "a region twice",
        "[[regions]]\nname = \"aws-us-east-1\"\n[[regions]]\nname = \"aws-us-east-1\"\n",
        7,
        &["listed already"],
    ),
    (
        "a path that is not loopback",
        "[[regions]]\nname = \"aws-us-east-1\"\nlisten = \"0.0.0.0:0\"\n",
        6,
        &["not a loopback address"],
    ),
    (
        "a path without a port",
        "[[regions]]\nname = \"aws-us-east-1\"\nlisten = \"127.0.0.1\"\n",
        6,
        &["127.0.0.1:7300"],
    ),
    (
        "nobody's auth",
        "[[namespaces]]\nname = \"orders.f45a2\"\nkit = \"orders.f45a2\"\nauth = []\n",
        7,
        &["nobody would get in"],
    ),
    (
        "an auth that is none",
        "[[namespaces]]\nname = \"orders.f45a2\"\nkit = \"orders.f45a2\"\nauth = [\"password\"]\n",
        7,
        &["`mtls`"],
    ),
    ("a switch that is none", "[switches]\nca-names = \"maybe\"\n", 5, &["`sent`", "`withheld`"]),
    (
        "a key for a namespace that is not listed",
        "[[namespaces]]\nname = \"orders.f45a2\"\nkit = \"orders.f45a2\"\n[[api-keys]]\nid = \"ci\"\nsha256 = \"HASH\"\nnamespaces = [\"other.f45a2\"]\n",
        10,
        &["not listed; add [[namespaces]]"],
    ),
    (
        "a key for a namespace that takes none",
        "[[namespaces]]\nname = \"orders.f45a2\"\nkit = \"orders.f45a2\"\n[[api-keys]]\nid = \"ci\"\nsha256 = \"HASH\"\nnamespaces = [\"orders.f45a2\"]\n",
        10,
        &["add \"api-key\""],
    ),
    (
        "a key where its digest belongs",
        "[[namespaces]]\nname = \"orders.f45a2\"\nkit = \"orders.f45a2\"\n[[api-keys]]\nid = \"ci\"\nsha256 = \"canary-key\"\nnamespaces = []\n",
        9,
        &["64 hexadecimal digits", "sha256sum"],
    ),
    (
        "an end in quotes",
        "[[namespaces]]\nname = \"orders.f45a2\"\nkit = \"orders.f45a2\"\n[[api-keys]]\nid = \"ci\"\nsha256 = \"HASH\"\nnamespaces = []\nexpires = \"2027-03-01T00:00:00Z\"\n",
        11,
        &["datetime"],
    ),
    (
        "an end without an offset",
        "[[namespaces]]\nname = \"orders.f45a2\"\nkit = \"orders.f45a2\"\n[[api-keys]]\nid = \"ci\"\nsha256 = \"HASH\"\nnamespaces = []\nexpires = 2027-03-01\n",
        11,
        &["with offset"],
    ),
    (
        "a key twice",
        "[[namespaces]]\nname = \"orders.f45a2\"\nkit = \"orders.f45a2\"\n[[api-keys]]\nid = \"a\"\nsha256 = \"HASH\"\nnamespaces = []\n[[api-keys]]\nid = \"b\"\nsha256 = \"HASH\"\nnamespaces = []\n",
        11,
        &["once more", "keep one"],
    ),
    (
        "an id twice",
        "[[namespaces]]\nname = \"orders.f45a2\"\nkit = \"orders.f45a2\"\n[[api-keys]]\nid = \"a\"\nsha256 = \"HASH\"\nnamespaces = []\n[[api-keys]]\nid = \"a\"\nsha256 = \"HASH\"\nnamespaces = []\n",
        12,
        &["listed already"],
    ),
];

#[test]
fn what_is_wrong_in_a_world_is_said_with_its_line_and_the_way_out() {
    let files = Files::kit();
    let path = files.world().join("world.toml");
    for (what, text, line, words) in WRONG {
        files.write_toml(&format!("{TOML}{}", text.replace("HASH", &"ab".repeat(32))));
        let said = refusal(&path);
        assert!(said.contains(&format!("world.toml:{line}:")), "{what}: {said}");
        for word in *words {
            assert!(said.contains(word), "{what}: {word} is not in: {said}");
        }
        assert!(!said.contains("canary"), "{what}: {said}");
    }
}

#[test]
fn what_is_no_world_at_all_is_refused() {
    let files = Files::kit();
    let path = files.world().join("world.toml");
    let large = format!("{TOML}#{}", "x".repeat(9 << 20));
    let no_server = "[[namespaces]]\nname = \"orders.f45a2\"\nkit = \"orders.f45a2\"\n";
    let no_key = TOML.replace("server-ca.key", "none.key") + no_server;
    let other_key = TOML.replace("server-ca.key", "other.key") + no_server;
    fs::write(files.world().join("other.key"), other().key_pem()).unwrap();
    for (bytes, words) in [
        (Vec::new(), "world.toml:1: no CA signs the door's certificates; add [server]"),
        (b"\xFF\xFE[\0s\0".to_vec(), "not UTF-8"),
        (large.into_bytes(), "larger than"),
        (no_server.as_bytes().to_vec(), "world.toml:1: no CA signs the door's certificates; add [server]"),
        (no_key.into_bytes(), "world.toml:1: cannot read"),
        (other_key.into_bytes(), "is not the key of"),
    ] {
        replace(&path, bytes);
        let said = refusal(&path);
        assert!(said.contains(words), "{words} is not in: {said}");
    }
    fs::remove_file(&path).unwrap();
    assert!(refusal(&path).contains("cannot read"));
}

/// Serving ends with 2 and says so.
fn refusal(world: &Path) -> String {
    let mut command = certproof();
    command.arg("serve").arg(world).args(["--listen", "127.0.0.1:0"]).timeout(Duration::from_secs(30));
    let assert = command.assert().code(2).stdout(predicate::str::is_empty());
    String::from_utf8(assert.get_output().stderr.clone()).unwrap()
}
