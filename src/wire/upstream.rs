//! The real server behind the gate: HTTP/2 without TLS, on loopback, connected again when a connection breaks.

use arc_swap::ArcSwapOption;
use http::uri::{Authority, Scheme};
use http::{HeaderName, HeaderValue, Request, Response, Uri, header};
use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::http2::{Builder, SendRequest};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use std::collections::HashMap;
use std::sync::{Arc, PoisonError};
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::sync::Mutex;

use super::{Loopback, WireError};
use crate::cloud::NamespaceName;

/// For a connection to be made.
const PATIENCE: Duration = Duration::from_secs(5);

/// What belongs to the gate, or to one connection, and is not passed on.
const WITHHELD: [HeaderName; 3] = [header::AUTHORIZATION, header::HOST, header::CONTENT_LENGTH];

/// Bytes of answers that may be under way, of one call. The connection as a whole has no bound of its own, so that one
/// client that reads nothing holds up no other.
const CALL_WINDOW: u32 = 256 * 1024;
const WHOLE_WINDOW: u32 = i32::MAX as u32;

type Sender = SendRequest<Full<Bytes>>;

/// A gRPC server on loopback to which calls are forwarded: a connection for each namespace, since whatever bounds a
/// connection is shared by all its calls.
pub struct Upstream {
    address: Loopback,
    authority: Authority,
    links: std::sync::Mutex<HashMap<Option<NamespaceName>, Arc<Link>>>,
}

/// The connection of one namespace; of none, for the calls that are about no namespace.
#[derive(Default)]
struct Link {
    sender: ArcSwapOption<Sender>,
    connecting: Mutex<()>,
}

impl Upstream {
    /// # Errors
    /// When the address cannot stand in a URI, as one with a scope cannot.
    pub fn new(address: Loopback) -> Result<Self, WireError> {
        let unusable = |_| WireError::Unusable { what: "upstream's address" };
        let authority = address.address().to_string().parse().map_err(unusable)?;
        Ok(Self { address, authority, links: std::sync::Mutex::default() })
    }

    /// Sends a request whose message was judged, and returns the beginning of the answer.
    ///
    /// # Errors
    /// In words, when the server is not there or breaks the connection.
    pub async fn call(
        &self,
        namespace: Option<&NamespaceName>,
        path: &'static str,
        headers: http::HeaderMap,
        message: Bytes,
    ) -> Result<Response<Incoming>, String> {
        let uri = Uri::builder().scheme(Scheme::HTTP).authority(self.authority.clone()).path_and_query(path).build();
        let uri = uri.map_err(|error| error.to_string())?;
        let mut request = Request::post(uri).body(Full::new(message)).map_err(|error| error.to_string())?;
        *request.headers_mut() = headers;
        for name in WITHHELD {
            request.headers_mut().remove(name);
        }
        // What stands behind it may choose another reader of the same bytes.
        request.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/grpc"));
        let link = self.link(namespace);
        let mut sender = link.sender(self.address).await?;
        match sender.try_send_request(request).await {
            Ok(response) => Ok(response),
            Err(mut error) => match error.take_message() {
                // The connection was closing, and the request was never sent.
                Some(request) => {
                    link.forget(&sender);
                    let mut sender = link.sender(self.address).await?;
                    sender.send_request(request).await.map_err(|error| error.to_string())
                }
                None => Err(error.into_error().to_string()),
            },
        }
    }

    fn link(&self, namespace: Option<&NamespaceName>) -> Arc<Link> {
        // Nothing panics while it holds this lock.
        let mut links = self.links.lock().unwrap_or_else(PoisonError::into_inner);
        links.entry(namespace.cloned()).or_default().clone()
    }
}

impl Link {
    async fn sender(&self, address: Loopback) -> Result<Sender, String> {
        if let Some(sender) = self.live() {
            return Ok(sender);
        }
        let _one_at_a_time = self.connecting.lock().await;
        if let Some(sender) = self.live() {
            return Ok(sender);
        }
        let connect = async {
            let tcp = TcpStream::connect(address.address()).await.map_err(|error| error.kind().to_string())?;
            let _ = tcp.set_nodelay(true);
            let mut builder = Builder::new(TokioExecutor::new());
            builder
                .timer(TokioTimer::new())
                .keep_alive_interval(Duration::from_secs(30))
                .initial_stream_window_size(CALL_WINDOW)
                .initial_connection_window_size(WHOLE_WINDOW);
            builder.handshake(TokioIo::new(tcp)).await.map_err(|error| error.to_string())
        };
        let connected = tokio::time::timeout(PATIENCE, connect).await;
        let (sender, connection) = connected.unwrap_or_else(|_| Err(format!("no answer in {PATIENCE:?}")))?;
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(%error, "the connection to the upstream ended");
            }
        });
        self.sender.store(Some(Arc::new(sender.clone())));
        Ok(sender)
    }

    fn live(&self) -> Option<Sender> {
        self.sender.load().as_deref().filter(|sender| !sender.is_closed()).cloned()
    }

    fn forget(&self, sender: &Sender) {
        if sender.is_closed() {
            self.sender.store(None);
        }
    }
}
