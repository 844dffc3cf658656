//! A gRPC server without TLS that stands behind a door, answers every call with OK, and remembers what arrived.
//!
//! Scenarios about isolation must show more than a refusal: that nothing of the refused call ever got through.

use std::convert::Infallible;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use http::{HeaderMap, Request, header};
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use super::{Loopback, WireError, grpc};

/// The header by which a call is found again.
pub const MARK: &str = "certproof-mark";

/// Runs until it is dropped.
#[derive(Debug)]
pub struct Witness {
    pub address: Loopback,
    arrivals: Arc<Mutex<Vec<Arrival>>>,
    task: JoinHandle<()>,
}

/// A call as it came to the server behind the door.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arrival {
    pub path: String,
    /// What its header [`MARK`] says.
    pub mark: String,
    /// It came with an API key.
    pub shows_key: bool,
    /// The message in its frame.
    pub body: Vec<u8>,
}

impl Witness {
    /// # Errors
    /// When the address is taken.
    pub async fn open(listen: Loopback) -> Result<Self, WireError> {
        let wanted = listen.address();
        let failed = |source| WireError::Listen { address: wanted, source };
        let listener = TcpListener::bind(wanted).await.map_err(failed)?;
        let address = Loopback::try_from(listener.local_addr().map_err(failed)?)?;
        let arrivals = Arc::<Mutex<Vec<Arrival>>>::default();
        let task = tokio::spawn(accept(listener, arrivals.clone()));
        Ok(Self { address, arrivals, task })
    }

    /// The calls that arrived under that mark, in their order.
    pub fn arrived(&self, mark: &str) -> Vec<Arrival> {
        lock(&self.arrivals).iter().filter(|arrival| arrival.mark == mark).cloned().collect()
    }
}

impl Drop for Witness {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn accept(listener: TcpListener, arrivals: Arc<Mutex<Vec<Arrival>>>) {
    loop {
        // Out of file descriptors or the like, which passes.
        let Ok((tcp, _)) = listener.accept().await else {
            tokio::time::sleep(Duration::from_millis(20)).await;
            continue;
        };
        let _ = tcp.set_nodelay(true);
        let arrivals = arrivals.clone();
        let service = service_fn(move |request| {
            let arrivals = arrivals.clone();
            async move {
                let arrival = read(request).await;
                lock(&arrivals).push(arrival);
                Ok::<_, Infallible>(grpc::answer(&[]))
            }
        });
        let builder = hyper::server::conn::http2::Builder::new(TokioExecutor::new());
        tokio::spawn(builder.serve_connection(TokioIo::new(tcp), service));
    }
}

async fn read(request: Request<Incoming>) -> Arrival {
    let (head, body) = request.into_parts();
    let text = |headers: &HeaderMap, name: &str| {
        headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned()
    };
    // A body that broke off arrived as far as it came; here it is as good as empty.
    let body = body.collect().await.map(|body| body.to_bytes().to_vec()).unwrap_or_default();
    Arrival {
        path: head.uri.path().to_owned(),
        mark: text(&head.headers, MARK),
        shows_key: head.headers.contains_key(header::AUTHORIZATION),
        body,
    }
}

fn lock(arrivals: &Mutex<Vec<Arrival>>) -> MutexGuard<'_, Vec<Arrival>> {
    // Nothing that holds the lock can panic half-way through a change.
    arrivals.lock().unwrap_or_else(PoisonError::into_inner)
}
