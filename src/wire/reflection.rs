//! gRPC server reflection, so that grpcurl needs no protos: the library's service over the descriptors of the protos.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::OnceLock;

use http::request::Parts;
use http::{Request, Response};
use hyper::body::Incoming;
use tonic_reflection::server::Builder;

use super::methods::DESCRIPTORS;

const V1: &str = "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo";
const V1ALPHA: &str = "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo";

/// The path of a reflection service, of either version.
pub fn lookup(path: &str) -> Option<&'static str> {
    [V1, V1ALPHA].into_iter().find(|known| *known == path)
}

/// Bytes of a question, which names a file or a symbol. The library would take four million.
const QUESTION: usize = 16 * 1024;

/// Lets the library answer.
pub async fn answer(path: &'static str, head: Parts, body: Incoming) -> Response<tonic::body::Body> {
    let request = Request::from_parts(head, body);
    let service = services().and_then(|services| services.iter().find(|service| service.0 == path));
    match service {
        Some((_, service)) => service(request).await,
        None => tonic::Status::unimplemented("reflection is not available").into_http(),
    }
}

type Answering = Pin<Box<dyn Future<Output = Response<tonic::body::Body>> + Send>>;
type Service = Box<dyn Fn(Request<Incoming>) -> Answering + Send + Sync>;

/// Made once: each takes megabytes, and most doors are never asked.
fn services() -> Option<&'static [(&'static str, Service); 2]> {
    static SERVICES: OnceLock<Option<[(&'static str, Service); 2]>> = OnceLock::new();
    let make = || {
        let descriptors = descriptors()?;
        let builder = || Builder::configure().register_encoded_file_descriptor_set(&descriptors);
        let (v1, v1alpha) = (builder().build_v1().ok()?, builder().build_v1alpha().ok()?);
        Some([
            (V1, service(v1.max_decoding_message_size(QUESTION))),
            (V1ALPHA, service(v1alpha.max_decoding_message_size(QUESTION))),
        ])
    };
    SERVICES.get_or_init(make).as_ref()
}

/// Never fails to answer; what it has to say against a request is a gRPC status.
fn service<S>(service: S) -> Service
where
    S: tonic::codegen::Service<Request<Incoming>, Response = Response<tonic::body::Body>, Error = Infallible>,
    S: Clone + Send + Sync + 'static,
    S::Future: Send + 'static,
{
    Box::new(move |request| {
        let answering = service.clone().call(request);
        Box::pin(async move {
            match answering.await {
                Ok(response) => response,
                Err(never) => match never {},
            }
        })
    })
}

fn descriptors() -> Option<Vec<u8>> {
    use std::io::Read as _;
    let mut bytes = Vec::new();
    flate2::read::GzDecoder::new(DESCRIPTORS).read_to_end(&mut bytes).ok()?;
    Some(bytes)
}
