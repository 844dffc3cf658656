//! The body of an answer: a message of our own, or what the upstream sends, told to the records when it ends.

use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue};
use hyper::body::{Body, Frame, Incoming, SizeHint};

use super::audit::{Event, Sink};
use super::grpc;
use super::outcome::{Call, CallReason};

type BoxError = Box<dyn std::error::Error + Send + Sync>;

const STATUS: HeaderName = HeaderName::from_static("grpc-status");

/// The body of an answer.
pub enum Reply {
    Empty,
    /// One message in its frame, then the status OK.
    Message {
        frame: Option<Bytes>,
        is_over: bool,
    },
    /// The door's own reflection service.
    Library {
        body: tonic::body::Body,
        tally: Box<Tally>,
    },
    Forwarded {
        body: Incoming,
        tally: Box<Tally>,
    },
}

impl Body for Reply {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        match self.get_mut() {
            Self::Empty => Poll::Ready(None),
            Self::Message { is_over: true, .. } => Poll::Ready(None),
            Self::Message { frame, is_over } => {
                let next = frame.take().map(Frame::data).unwrap_or_else(|| {
                    *is_over = true;
                    Frame::trailers(HeaderMap::from_iter([(STATUS, HeaderValue::from_static("0"))]))
                });
                Poll::Ready(Some(Ok(next)))
            }
            Self::Library { body, tally } => followed(Pin::new(body).poll_frame(cx), tally),
            Self::Forwarded { body, tally } => followed(Pin::new(body).poll_frame(cx), tally),
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Empty => true,
            Self::Message { is_over, .. } => *is_over,
            Self::Library { body, .. } => body.is_end_stream(),
            Self::Forwarded { body, .. } => body.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Empty => SizeHint::with_exact(0),
            Self::Message { .. } | Self::Library { .. } => SizeHint::default(),
            Self::Forwarded { body, .. } => body.size_hint(),
        }
    }
}

/// Passes a frame on, and keeps the status that is in it.
fn followed<E: Into<BoxError>>(
    polled: Poll<Option<Result<Frame<Bytes>, E>>>,
    tally: &mut Tally,
) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
    if let Poll::Ready(Some(Ok(frame))) = &polled
        && let Some(trailers) = frame.trailers_ref()
    {
        tally.note(trailers);
    }
    polled.map_err(Into::into)
}

/// What becomes of a call; told when it is dropped, so that a call whose client goes away is told as well.
pub struct Tally {
    sink: Sink,
    number: u64,
    peer: SocketAddr,
    pub call: Call,
    since: Instant,
    /// What a connection counts while the call is under way.
    _under_way: Arc<dyn Send + Sync>,
}

impl Tally {
    /// A call that counts as cancelled until its status is known.
    pub fn new(
        sink: Sink,
        (number, peer): (u64, SocketAddr),
        path: &'static str,
        under_way: Arc<dyn Send + Sync>,
    ) -> Self {
        let call = Call {
            path,
            namespace: None,
            key: None,
            status: grpc::CANCELLED,
            message: "broken off before it was answered".to_owned(),
            reason: None,
            forwarded: false,
            took: Duration::ZERO,
            answered: Instant::now(),
        };
        Self { sink, number, peer, call, since: Instant::now(), _under_way: under_way }
    }

    /// It was answered here.
    pub fn served(&mut self) {
        self.call.status = grpc::OK;
        self.call.message.clear();
    }

    pub fn refused(&mut self, code: u8, message: String, reason: CallReason) {
        self.call.status = code;
        self.call.message = message;
        self.call.reason = Some(reason);
    }

    /// Looks for a status among headers or trailers. The words beside it are between the client and its server: there
    /// may be ids and values in them.
    pub fn note(&mut self, headers: &HeaderMap) {
        if let Some(status) = headers.get(STATUS).map(HeaderValue::to_str) {
            self.call.status = status.ok().and_then(|status| status.parse().ok()).unwrap_or(grpc::UNKNOWN);
            self.call.message.clear();
        }
    }
}

impl Drop for Tally {
    fn drop(&mut self) {
        let call = Call { took: self.since.elapsed(), answered: Instant::now(), ..self.call.clone() };
        (self.sink)(Event::Called { number: self.number, peer: self.peer, call });
    }
}
