//! gRPC server reflection, so that grpcurl needs no protos: the library's service over the descriptors of the protos.

use std::sync::OnceLock;

use http::request::Parts;
use http::{Request, Response};
use hyper::body::Incoming;
use tonic::codegen::Service as _;
use tonic_reflection::server::Builder;

use super::grpc;
use super::methods::DESCRIPTORS;
use super::reply::Reply;

const V1: &str = "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo";
const V1ALPHA: &str = "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo";

/// The path of a reflection service, of either version.
pub fn lookup(path: &str) -> Option<&'static str> {
    [V1, V1ALPHA].into_iter().find(|known| *known == path)
}

/// Lets the library answer.
pub async fn answer(path: &'static str, head: Parts, body: Incoming) -> Response<Reply> {
    let request = Request::from_parts(head, body);
    // Never fails to answer; what it has to say against a request is a gRPC status.
    let answered = match (builder(), path) {
        (Some(builder), V1) => match builder.build_v1() {
            Ok(mut service) => service.call(request).await.ok(),
            Err(_) => None,
        },
        (Some(builder), _) => match builder.build_v1alpha() {
            Ok(mut service) => service.call(request).await.ok(),
            Err(_) => None,
        },
        (None, _) => None,
    };
    let unavailable = || grpc::refuse(grpc::UNIMPLEMENTED, "reflection is not available");
    answered.map_or_else(unavailable, |response| response.map(Reply::Library))
}

fn builder() -> Option<Builder<'static>> {
    Some(Builder::configure().register_encoded_file_descriptor_set(descriptors()?))
}

/// Unpacked once: it is some hundred kilobytes, and most doors are never asked.
fn descriptors() -> Option<&'static [u8]> {
    use std::io::Read as _;
    static UNPACKED: OnceLock<Option<Vec<u8>>> = OnceLock::new();
    let unpack = || {
        let mut bytes = Vec::new();
        flate2::read::GzDecoder::new(DESCRIPTORS).read_to_end(&mut bytes).ok()?;
        Some(bytes)
    };
    UNPACKED.get_or_init(unpack).as_deref()
}
