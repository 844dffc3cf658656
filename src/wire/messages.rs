//! The few messages that the door writes or reads itself, by the field numbers of Temporal's and gRPC's protos.
//!
//! A test beside the generator of [`super::methods`] decodes them with the official crate, which is too heavy to be a
//! dependency of everybody's tests.

use prost::Message;

use crate::cloud::NamespaceName;

/// temporal.api.workflowservice.v1.GetSystemInfoResponse. No capabilities: there is no server behind the door.
#[derive(Clone, PartialEq, Message)]
pub struct SystemInfo {
    #[prost(string, tag = "1")]
    pub server_version: String,
}

/// temporal.api.workflowservice.v1.DescribeNamespaceResponse.
#[derive(Clone, PartialEq, Message)]
pub struct NamespaceDescription {
    #[prost(message, optional, tag = "1")]
    pub info: Option<NamespaceInfo>,
}

/// temporal.api.namespace.v1.NamespaceInfo.
#[derive(Clone, PartialEq, Message)]
pub struct NamespaceInfo {
    #[prost(string, tag = "1")]
    pub name: String,
    /// 1 is REGISTERED.
    #[prost(int32, tag = "2")]
    pub state: i32,
    /// The name again: behind this door they are the same.
    #[prost(string, tag = "6")]
    pub id: String,
}

/// grpc.health.v1.HealthCheckRequest.
#[derive(Clone, PartialEq, Message)]
pub struct HealthQuestion {
    #[prost(string, tag = "1")]
    pub service: String,
}

/// grpc.health.v1.HealthCheckResponse.
#[derive(Clone, PartialEq, Message)]
pub struct Health {
    /// 1 is SERVING.
    #[prost(int32, tag = "1")]
    pub status: i32,
}

pub fn system_info() -> Vec<u8> {
    SystemInfo { server_version: concat!("certproof ", env!("CARGO_PKG_VERSION")).to_owned() }.encode_to_vec()
}

pub fn description(namespace: &NamespaceName) -> Vec<u8> {
    let name = namespace.to_string();
    NamespaceDescription { info: Some(NamespaceInfo { name: name.clone(), state: 1, id: name }) }.encode_to_vec()
}

pub fn serving() -> Vec<u8> {
    Health { status: 1 }.encode_to_vec()
}

/// A message of one string field with the number 1: what most requests begin with.
#[derive(Clone, PartialEq, Message)]
pub struct Named {
    #[prost(string, tag = "1")]
    pub name: String,
}
