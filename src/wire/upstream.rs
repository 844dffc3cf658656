//! The real server behind the gate: one HTTP/2 connection without TLS, on loopback, made again when it breaks.

use arc_swap::ArcSwapOption;
use http::uri::{Authority, Scheme};
use http::{HeaderName, Request, Response, Uri, header};
use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::http2::{Builder, SendRequest};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::sync::Mutex;

use super::Loopback;

/// For a connection to be made.
const PATIENCE: Duration = Duration::from_secs(5);

/// What belongs to the gate, or to one connection, and is not passed on.
const WITHHELD: [HeaderName; 3] = [header::AUTHORIZATION, header::HOST, header::CONTENT_LENGTH];

/// A gRPC server on loopback to which calls are forwarded.
pub struct Upstream {
    address: Loopback,
    authority: Authority,
    sender: ArcSwapOption<SendRequest<Full<Bytes>>>,
    connecting: Mutex<()>,
}

impl Upstream {
    pub fn new(address: Loopback) -> Option<Self> {
        let authority = address.address().to_string().parse().ok()?;
        Some(Self { address, authority, sender: ArcSwapOption::empty(), connecting: Mutex::new(()) })
    }

    /// Sends a request whose message was judged, and returns the beginning of the answer.
    ///
    /// # Errors
    /// In words, when the server is not there or breaks the connection.
    pub async fn call(
        &self,
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
        let mut sender = self.sender().await?;
        let sent = sender.try_send_request(request).await;
        match sent {
            Ok(response) => Ok(response),
            Err(mut error) => match error.take_message() {
                // The connection was closing, and the request was never sent.
                Some(request) => {
                    self.forget(&sender);
                    let mut sender = self.sender().await?;
                    sender.send_request(request).await.map_err(|error| error.to_string())
                }
                None => Err(error.into_error().to_string()),
            },
        }
    }

    async fn sender(&self) -> Result<SendRequest<Full<Bytes>>, String> {
        if let Some(sender) = self.live() {
            return Ok(sender);
        }
        let _one_at_a_time = self.connecting.lock().await;
        if let Some(sender) = self.live() {
            return Ok(sender);
        }
        let connect = async {
            let tcp = TcpStream::connect(self.address.address()).await.map_err(|error| error.kind().to_string())?;
            let _ = tcp.set_nodelay(true);
            let mut builder = Builder::new(TokioExecutor::new());
            builder.timer(TokioTimer::new()).keep_alive_interval(Duration::from_secs(30));
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

    fn live(&self) -> Option<SendRequest<Full<Bytes>>> {
        self.sender.load().as_deref().filter(|sender| !sender.is_closed()).cloned()
    }

    fn forget(&self, sender: &SendRequest<Full<Bytes>>) {
        if sender.is_closed() {
            self.sender.store(None);
        }
    }
}
