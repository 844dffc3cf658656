//! Calls past the gate: forwarded as they were judged, answered whole, and described by reflection.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use certproof::cloud::{Kit, World};
use certproof::forge::server::ServerAuthority;
use certproof::forge::{Forged, KeyKind, KeySource, Recipe};
use certproof::wire::audit::Event;
use certproof::wire::{FrontDoor, Loopback, Plan, ServerIdentity};
use http::{HeaderMap, Request, Response};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio_rustls::TlsConnector;

const NAMESPACE: &str = "orders.f45a2";
const DESCRIBE: &str = "/temporal.api.workflowservice.v1.WorkflowService/DescribeNamespace";
const START: &str = "/temporal.api.workflowservice.v1.WorkflowService/StartWorkflowExecution";
const POLL: &str = "/temporal.api.workflowservice.v1.WorkflowService/PollWorkflowTaskQueue";

/// A request as the server behind the door got it.
#[derive(Debug)]
struct Got {
    path: String,
    headers: HeaderMap,
    body: Vec<u8>,
}

/// An HTTP/2 server without TLS that answers each call with what it was sent; a poll it never answers.
struct Behind {
    address: Loopback,
    got: mpsc::UnboundedReceiver<Got>,
    /// Polls whose client has gone.
    cancelled: mpsc::UnboundedReceiver<()>,
    task: tokio::task::JoinHandle<()>,
}

impl Behind {
    async fn start(listen: Loopback) -> Self {
        let listener = TcpListener::bind(listen.address()).await.unwrap();
        let address = Loopback::try_from(listener.local_addr().unwrap()).unwrap();
        let (got_in, got) = mpsc::unbounded_channel();
        let (cancelled_in, cancelled) = mpsc::unbounded_channel();
        let task = tokio::spawn(async move {
            let mut connections = tokio::task::JoinSet::new();
            while let Ok((tcp, _)) = listener.accept().await {
                let (got, cancelled) = (got_in.clone(), cancelled_in.clone());
                connections.spawn(async move {
                    let mut connection = h2::server::Builder::new()
                        .initial_window_size(1 << 24)
                        .initial_connection_window_size(1 << 24)
                        .handshake::<_, Bytes>(tcp)
                        .await
                        .unwrap();
                    let mut calls = tokio::task::JoinSet::new();
                    while let Some(Ok((request, respond))) = connection.accept().await {
                        calls.spawn(echo(request, respond, got.clone(), cancelled.clone()));
                    }
                });
            }
        });
        Self { address, got, cancelled, task }
    }

    fn stop(self) {
        self.task.abort();
    }
}

async fn echo(
    request: Request<h2::RecvStream>,
    mut respond: h2::server::SendResponse<Bytes>,
    got: mpsc::UnboundedSender<Got>,
    cancelled: mpsc::UnboundedSender<()>,
) {
    let (head, mut body) = request.into_parts();
    let body = read(&mut body).await;
    let path = head.uri.path().to_owned();
    let is_poll = path == POLL;
    let _ = got.send(Got { path, headers: head.headers, body: body.clone() });
    if is_poll {
        let _ = std::future::poll_fn(|cx| respond.poll_reset(cx)).await;
        let _ = cancelled.send(());
        return;
    }
    let response = Response::builder().header("content-type", "application/grpc").body(()).unwrap();
    let mut stream = respond.send_response(response, false).unwrap();
    stream.send_data(body.into(), false).unwrap();
    let trailers = HeaderMap::from_iter([("grpc-status".parse().unwrap(), http::HeaderValue::from_static("0"))]);
    stream.send_trailers(trailers).unwrap();
}

async fn read(body: &mut h2::RecvStream) -> Vec<u8> {
    let mut bytes = Vec::new();
    while let Some(Ok(chunk)) = body.data().await {
        body.flow_control().release_capacity(chunk.len()).unwrap();
        bytes.extend_from_slice(&chunk);
    }
    bytes
}

struct Stage {
    made: Forged,
    root: Vec<u8>,
    events: Arc<Mutex<Vec<Event>>>,
}

/// A door to one namespace, not yet open.
fn stage() -> (Plan, Stage) {
    let now = time::OffsetDateTime::now_utc();
    let made = Recipe::good(NAMESPACE, KeySource::Seeded(1), KeyKind::P256, now).forge().unwrap();
    let world = World::of([(NAMESPACE.parse().unwrap(), &Kit::read(&made.files))]);
    let authority = ServerAuthority::fresh("upstream tests", now).unwrap();
    let root = authority.certificate.clone();
    let mint = move |names: &[String]| {
        let server = authority.issue(names, now).map_err(|error| error.to_string())?;
        ServerIdentity::new(vec![server.certificate], server.key.pkcs8()).map_err(|error| error.to_string())
    };
    let events = Arc::new(Mutex::new(Vec::new()));
    let told = events.clone();
    let plan = FrontDoor::to(world, mint).records(Arc::new(move |event| told.lock().unwrap().push(event)));
    (plan, Stage { made, root, events })
}

impl Stage {
    async fn connect(&self, door: &FrontDoor) -> h2::client::SendRequest<Bytes> {
        self.connect_with(door, 1 << 24).await
    }

    /// With a window of so many bytes for each answer.
    async fn connect_with(&self, door: &FrontDoor, window: u32) -> h2::client::SendRequest<Bytes> {
        let mut roots = rustls::RootCertStore::empty();
        roots.add(self.root.clone().into()).unwrap();
        let chain = self.made.chain.iter().cloned().map(Into::into).collect();
        let key = pki_types::PrivateKeyDer::try_from(self.made.client_key.pkcs8().to_vec()).unwrap();
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let mut config = rustls::ClientConfig::builder_with_provider(provider)
            .with_protocol_versions(&[&rustls::version::TLS13])
            .unwrap()
            .with_root_certificates(roots)
            .with_client_auth_cert(chain, key)
            .unwrap();
        config.alpn_protocols = vec![b"h2".to_vec()];
        let tcp = TcpStream::connect(door.address()).await.unwrap();
        let name = format!("{NAMESPACE}.tmprl.cloud").try_into().unwrap();
        let tls = TlsConnector::from(Arc::new(config)).connect(name, tcp).await.unwrap();
        let (sender, connection) = h2::client::Builder::new()
            .initial_window_size(window)
            .initial_connection_window_size(1 << 24)
            .handshake(tls)
            .await
            .unwrap();
        tokio::spawn(connection);
        sender
    }

    /// Waits for the record of so many calls: status, reason, and whether they were forwarded. It is written when an
    /// answer is over, which its client may know first.
    async fn calls(&self, count: usize) -> Vec<(u8, Option<String>, bool)> {
        loop {
            let calls = self.calls_so_far();
            if calls.len() >= count {
                return calls;
            }
            tokio::task::yield_now().await;
        }
    }

    fn calls_so_far(&self) -> Vec<(u8, Option<String>, bool)> {
        let events = self.events.lock().unwrap();
        let call = |event: &Event| match event {
            Event::Called { call, .. } => {
                Some((call.status, call.reason.as_ref().map(ToString::to_string), call.forwarded))
            }
            _ => None,
        };
        events.iter().filter_map(call).collect()
    }
}

/// A message whose first field is the namespace, and whose field 15 is as long as wanted.
fn message(payload: usize) -> Vec<u8> {
    let mut message = [&[0x0A, NAMESPACE.len() as u8], NAMESPACE.as_bytes(), &[0x7A]].concat();
    let mut length = payload;
    while length >= 0x80 {
        message.push(length as u8 | 0x80);
        length >>= 7;
    }
    message.push(length as u8);
    message.extend((0..payload).map(|at| at as u8));
    message
}

fn frame(flag: u8, message: &[u8]) -> Vec<u8> {
    [&[flag][..], &(message.len() as u32).to_be_bytes(), message].concat()
}

/// The status, and the bytes before it.
async fn call(
    sender: &mut h2::client::SendRequest<Bytes>,
    path: &str,
    headers: &[(&str, &str)],
    frame: Vec<u8>,
) -> (String, Vec<u8>) {
    let mut request = Request::post(format!("https://127.0.0.1{path}"))
        .header("content-type", "application/grpc;json")
        .header("te", "trailers");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let (response, mut body) = sender.send_request(request.body(()).unwrap(), false).unwrap();
    // A refusal may come before the body is taken.
    let _ = body.send_data(frame.into(), true);
    let (head, mut body) = response.await.unwrap().into_parts();
    let bytes = read(&mut body).await;
    let trailers = body.trailers().await.unwrap().unwrap_or_default();
    let status = trailers.get("grpc-status").or_else(|| head.headers.get("grpc-status")).unwrap();
    (status.to_str().unwrap().to_owned(), bytes)
}

fn run(test: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async { tokio::time::timeout(Duration::from_secs(60), test).await.unwrap() });
}

#[test]
fn a_call_is_forwarded_as_it_was_judged_and_without_its_key() {
    run(async {
        let mut behind = Behind::start(Loopback::port(0)).await;
        let (plan, stage) = stage();
        let door = plan.upstream(behind.address).open().await.unwrap();
        let mut sender = stage.connect(&door).await;
        let packed = {
            use std::io::Write as _;
            let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
            encoder.write_all(&message(1000)).unwrap();
            encoder.finish().unwrap()
        };
        let headers = [
            ("temporal-namespace", NAMESPACE),
            ("authorization", "Bearer secret"),
            ("client-name", "test"),
            ("grpc-encoding", "gzip"),
        ];
        let (status, answer) = call(&mut sender, START, &headers, frame(1, &packed)).await;
        assert_eq!(status, "0");
        assert_eq!(answer, frame(0, &message(1000)));
        let got = behind.got.recv().await.unwrap();
        assert_eq!((got.path.as_str(), got.body), (START, frame(0, &message(1000))));
        assert_eq!(got.headers.get("client-name").unwrap(), "test");
        assert_eq!(got.headers.get("temporal-namespace").unwrap(), NAMESPACE);
        assert!(got.headers.get("authorization").is_none() && got.headers.get("grpc-encoding").is_none());
        // A server may take what follows `;` for the name of another codec.
        assert_eq!(got.headers.get("content-type").unwrap(), "application/grpc");
        assert_eq!(stage.calls(1).await, [(0, None, true)]);
    });
}

#[test]
fn large_messages_pass_up_to_the_bound_and_not_beyond() {
    run(async {
        let mut behind = Behind::start(Loopback::port(0)).await;
        let (plan, stage) = stage();
        let door = plan.upstream(behind.address).open().await.unwrap();
        let mut sender = stage.connect(&door).await;
        let large = frame(0, &message(4 * 1024 * 1024 - 100));
        let (status, answer) = call(&mut sender, START, &[], large.clone()).await;
        assert_eq!((status.as_str(), answer == large), ("0", true));
        behind.got.recv().await.unwrap();
        let (status, _) = call(&mut sender, START, &[], frame(0, &message(4 * 1024 * 1024))).await;
        assert_eq!(status, "8");
        assert!(behind.got.try_recv().is_err(), "what is refused does not arrive");
    });
}

#[test]
fn a_client_that_gives_up_a_long_poll_takes_it_back_from_the_server() {
    run(async {
        let mut behind = Behind::start(Loopback::port(0)).await;
        let (plan, stage) = stage();
        let door = plan.upstream(behind.address).open().await.unwrap();
        let mut sender = stage.connect(&door).await;
        let poll = {
            let mut sender = sender.clone();
            tokio::spawn(async move { call(&mut sender, POLL, &[], frame(0, &message(1))).await })
        };
        behind.got.recv().await.unwrap();
        // Other calls of the connection go on meanwhile.
        assert_eq!(call(&mut sender, START, &[], frame(0, &message(1))).await.0, "0");
        poll.abort();
        behind.cancelled.recv().await.unwrap();
        assert_eq!(stage.calls(2).await[1], (1, None, true), "told, though nobody waits for it any more");
    });
}

#[test]
fn a_client_that_reads_nothing_holds_up_nobody_else() {
    run(async {
        let mut behind = Behind::start(Loopback::port(0)).await;
        let (plan, stage) = stage();
        let door = plan.upstream(behind.address).open().await.unwrap();
        let deaf = stage.connect_with(&door, 0).await;
        let large = frame(0, &message(3 * 1024 * 1024));
        // More than a connection's window of the usual size, all of it on its way to somebody who takes none.
        for _ in 0..8 {
            let (mut sender, large) = (deaf.clone(), large.clone());
            tokio::spawn(async move { call(&mut sender, START, &[], large).await });
            behind.got.recv().await.unwrap();
        }
        let mut sender = stage.connect(&door).await;
        let (status, answer) = call(&mut sender, START, &[], large.clone()).await;
        assert_eq!((status.as_str(), answer == large), ("0", true));
    });
}

#[test]
fn a_certificate_that_expires_ends_the_calls_of_its_connection() {
    run(async {
        let (plan, stage) = stage();
        let door = plan.open().await.unwrap();
        let mut sender = stage.connect(&door).await;
        assert_eq!(call(&mut sender, DESCRIBE, &[], frame(0, &message(0))).await.0, "0");
        let later = certproof::pki::Clock::System.now() + time::Duration::days(3000);
        door.set_clock(certproof::pki::Clock::Fixed(later));
        assert_eq!(call(&mut sender, DESCRIBE, &[], frame(0, &message(0))).await.0, "7");
        let reason = stage.calls(2).await[1].1.clone();
        assert_eq!(reason.as_deref(), Some("the certificate of the connection has expired"));
    });
}

#[test]
fn a_server_that_is_away_is_unavailable_and_found_again_when_it_is_back() {
    run(async {
        let behind = Behind::start(Loopback::port(0)).await;
        let address = behind.address;
        let (plan, stage) = stage();
        let door = plan.upstream(address).open().await.unwrap();
        let mut sender = stage.connect(&door).await;
        assert_eq!(call(&mut sender, START, &[], frame(0, &message(1))).await.0, "0");
        behind.stop();
        while call(&mut sender, START, &[], frame(0, &message(1))).await.0 != "14" {}
        let _back = Behind::start(address).await;
        assert_eq!(call(&mut sender, START, &[], frame(0, &message(1))).await.0, "0");
    });
}

#[test]
fn a_client_that_has_spoken_is_not_taken_for_silent_later() {
    run(async {
        let (plan, stage) = stage();
        // A busy machine has its time to speak.
        let preface = Duration::from_millis(700);
        let settings = certproof::wire::Settings { preface, ..Default::default() };
        let door = plan.settings(settings).open().await.unwrap();
        let mut sender = stage.connect(&door).await;
        // What is shown is that nothing happens when this time is over.
        tokio::time::sleep(preface * 2).await;
        assert_eq!(call(&mut sender, DESCRIBE, &[], frame(0, &message(0))).await.0, "0");
    });
}

#[test]
fn reflection_lists_the_services_and_describes_them_in_both_versions() {
    run(async {
        let (plan, stage) = stage();
        let door = plan.open().await.unwrap();
        let mut sender = stage.connect(&door).await;
        let holds = |answer: &[u8], text: &str| answer.windows(text.len()).any(|window| window == text.as_bytes());
        for version in ["v1", "v1alpha"] {
            let path = format!("/grpc.reflection.{version}.ServerReflection/ServerReflectionInfo");
            // ServerReflectionRequest { list_services: "" }
            let (status, services) = call(&mut sender, &path, &[], frame(0, b"\x3A\x00")).await;
            assert_eq!(status, "0");
            for service in ["temporal.api.workflowservice.v1.WorkflowService", "grpc.health.v1.Health"] {
                assert!(holds(&services, service), "{version} lists {service}");
            }
            // ServerReflectionRequest { file_containing_symbol: … }
            let symbol = "temporal.api.workflowservice.v1.DescribeNamespaceRequest";
            let asked = [&[0x22, symbol.len() as u8], symbol.as_bytes()].concat();
            let (status, file) = call(&mut sender, &path, &[], frame(0, &asked)).await;
            assert_eq!(status, "0");
            assert!(holds(&file, "weak_consistency"), "{version} describes {symbol}");
        }
        let described = call(&mut sender, DESCRIBE, &[], frame(0, &message(0))).await;
        assert_eq!(described.0, "0", "the connection goes on");
    });
}

#[test]
fn what_the_gate_refuses_never_arrives() {
    run(async {
        let mut behind = Behind::start(Loopback::port(0)).await;
        let (plan, stage) = stage();
        let door = plan.upstream(behind.address).open().await.unwrap();
        let mut sender = stage.connect(&door).await;
        let other = [message(1), b"\x0A\x0bother.f45a2".to_vec()].concat();
        let upper = message(1).to_ascii_uppercase();
        let list = "/temporal.api.workflowservice.v1.WorkflowService/ListNamespaces";
        let delete = "/temporal.api.operatorservice.v1.OperatorService/DeleteNamespace";
        for (path, headers, body, status) in [
            (START, &[("temporal-namespace", "other.f45a2")][..], message(1), "7"),
            (START, &[], other, "7"),
            // The server behind tells cases apart, so what is not written as ours is another's.
            (START, &[], upper, "7"),
            (START, &[], Vec::new(), "7"),
            (list, &[], Vec::new(), "7"),
            (delete, &[], message(1), "7"),
            ("/temporal.server.api.adminservice.v1.AdminService/DescribeCluster", &[], Vec::new(), "12"),
            ("/temporal.api.workflowservice.v1.WorkflowService/Invented", &[], message(1), "12"),
        ] {
            assert_eq!(call(&mut sender, path, headers, frame(0, &body)).await.0, status, "{path}");
        }
        assert!(behind.got.try_recv().is_err());
    });
}
