//! What happened at the door, counted, in the text format that Prometheus reads, on a loopback port of its own.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use http::{HeaderValue, Method, Request, Response, StatusCode};
use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::Registry;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;

use super::audit::Event;
use super::outcome::Decision;
use super::{Loopback, WireError};

/// Scrapes at a time, each of which has so long.
const SCRAPES: usize = 16;
const PATIENCE: Duration = Duration::from_secs(10);

/// Labels never hold what a client wrote: their values are few and known.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Decided {
    decision: &'static str,
    stage: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Answered {
    method: &'static str,
    status: u32,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Ended {
    why: &'static str,
}

/// Counters of one door.
pub struct Metrics {
    registry: Registry,
    connections: Family<Decided, Counter>,
    open: Gauge,
    ended: Family<Ended, Counter>,
    calls: Family<Answered, Counter>,
    handshake: Histogram,
    dropped: Counter,
    reloads: Family<Ended, Counter>,
}

impl std::fmt::Debug for Metrics {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("metrics of a front door")
    }
}

impl Metrics {
    pub fn new() -> Arc<Self> {
        let mut registry = Registry::with_prefix("certproof");
        let connections = Family::default();
        let (open, ended, calls) = (Gauge::default(), Family::default(), Family::default());
        // From 0.1 ms in steps of two to 1.6 s.
        let handshake = Histogram::new(exponential_buckets(0.000_1, 2.0, 15));
        let (dropped, reloads) = (Counter::default(), Family::default());
        registry.register(
            "connections",
            "Connections by what was decided of them, and at which stage",
            connections.clone(),
        );
        registry.register("connections_open", "Connections at this moment", open.clone());
        registry.register("connections_ended", "Connections by what ended them", ended.clone());
        registry.register("calls", "Calls by method and gRPC status code", calls.clone());
        registry.register("decision_seconds", "From the accepted connection to its decision", handshake.clone());
        registry.register("audit_lines_dropped", "Lines that came faster than they could be written", dropped.clone());
        registry.register("reloads", "Changes of the world's files, by what came of them", reloads.clone());
        Arc::new(Self { registry, connections, open, ended, calls, handshake, dropped, reloads })
    }

    pub fn count(&self, event: &Event) {
        match event {
            Event::Decided(connection) => {
                let (decision, stage) = match &connection.decision {
                    Decision::Admitted => ("admitted", ""),
                    Decision::Refused(refusal) => ("refused", refusal.stage.name()),
                    Decision::Gone(_) => ("gone", ""),
                    Decision::Full(_) => ("full", ""),
                };
                self.connections.get_or_create(&Decided { decision, stage }).inc();
                self.handshake.observe(connection.decided_after.as_secs_f64());
            }
            Event::Called { call, .. } => {
                let status = u32::from(call.status);
                self.calls.get_or_create(&Answered { method: call.path, status }).inc();
            }
            Event::Closed { ending, .. } => {
                self.ended.get_or_create(&Ended { why: ending.name() }).inc();
            }
        }
    }

    pub fn set_open(&self, connections: usize) {
        self.open.set(i64::try_from(connections).unwrap_or(i64::MAX));
    }

    pub fn dropped(&self, lines: u64) {
        self.dropped.inc_by(lines);
    }

    /// `loaded` or `refused`.
    pub fn reloaded(&self, what: &'static str) {
        self.reloads.get_or_create(&Ended { why: what }).inc();
    }

    /// The text that a scrape gets.
    pub fn text(&self) -> String {
        let mut text = String::new();
        // Writing into a String never fails.
        let _ = encode(&mut text, &self.registry);
        text
    }
}

/// Answers `GET /metrics` until it is dropped. `before` is called before each answer.
///
/// # Errors
/// When the address is taken.
pub async fn serve(
    listen: Loopback,
    metrics: Arc<Metrics>,
    before: impl Fn(&Metrics) + Send + Sync + 'static,
) -> Result<(std::net::SocketAddr, tokio::task::JoinHandle<()>), WireError> {
    let failed = |source| WireError::Listen { address: listen.address(), source };
    let listener = TcpListener::bind(listen.address()).await.map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    let (before, places) = (Arc::new(before), Arc::new(Semaphore::new(SCRAPES)));
    let task = tokio::spawn(async move {
        loop {
            let Ok(place) = places.clone().acquire_owned().await else { return };
            let Ok((tcp, _)) = listener.accept().await else {
                tokio::time::sleep(Duration::from_millis(20)).await;
                continue;
            };
            let (metrics, before) = (metrics.clone(), before.clone());
            let service = service_fn(move |request: Request<Incoming>| {
                before(&metrics);
                let answer = answer(&request, &metrics);
                async move { Ok::<_, Infallible>(answer) }
            });
            tokio::spawn(async move {
                let mut builder = hyper::server::conn::http1::Builder::new();
                builder.timer(TokioTimer::new()).header_read_timeout(PATIENCE).keep_alive(false);
                let served = builder.serve_connection(TokioIo::new(tcp), service);
                let _ = tokio::time::timeout(PATIENCE, served).await;
                drop(place);
            });
        }
    });
    Ok((address, task))
}

fn answer(request: &Request<Incoming>, metrics: &Metrics) -> Response<Full<Bytes>> {
    if request.uri().path() != "/metrics" || request.method() != Method::GET {
        let mut response = Response::new(Full::from("GET /metrics\n"));
        *response.status_mut() = StatusCode::NOT_FOUND;
        return response;
    }
    let mut response = Response::new(Full::from(metrics.text()));
    let kind = HeaderValue::from_static("application/openmetrics-text; version=1.0.0; charset=utf-8");
    response.headers_mut().insert(http::header::CONTENT_TYPE, kind);
    response
}
