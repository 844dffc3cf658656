//! Endpoints: the host names by which a namespace, or a region, is reached.
//!
//! | endpoint | host | who uses it |
//! |---|---|---|
//! | Namespace Endpoint | `<name>.<account>.tmprl.cloud` | client certificates, and API keys where the namespace has no other |
//! | regional endpoint | `<region>.<cloud>.api.temporal.io` | API keys; the request says which namespace |
//! | older regional name | `<cloud>-<region>.region.tmprl.cloud` | documented beside a remark that no certificate covers it |
//!
//! A private path (PrivateLink, an IP address) has no name of its own here: the client overrides the server name with
//! one of these.

use super::namespace::NamespaceName;
use super::region::RegionName;

const SUFFIX: &str = ".tmprl.cloud";
const OLD_REGION: &str = ".region.tmprl.cloud";
const REGION: &str = ".api.temporal.io";

/// What a server name asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Endpoint {
    Namespace(NamespaceName),
    Region(RegionName),
    /// The older spelling of a region, which a front door serves only where a switch says so.
    OldRegion(RegionName),
}

/// The Namespace Endpoint `<name>.<account>.tmprl.cloud`, without its port.
pub fn host(namespace: &NamespaceName) -> String {
    format!("{namespace}{SUFFIX}")
}

/// The regional endpoint `<region>.<cloud>.api.temporal.io`, without its port.
pub fn regional_host(region: &RegionName) -> String {
    format!("{}.{}{REGION}", region.place(), region.cloud())
}

/// The older regional name `<cloud>-<region>.region.tmprl.cloud`.
pub fn old_regional_host(region: &RegionName) -> String {
    format!("{region}{OLD_REGION}")
}

/// The server name that covers every namespace of an account.
pub fn wildcard(account: &str) -> String {
    format!("*.{account}{SUFFIX}")
}

/// What a server name asks for; host names are compared without case.
pub fn endpoint(server_name: &str) -> Option<Endpoint> {
    let lower = server_name.to_ascii_lowercase();
    if let Some(region) = lower.strip_suffix(OLD_REGION) {
        return region.parse().ok().map(Endpoint::OldRegion);
    }
    if let Some(namespace) = lower.strip_suffix(SUFFIX) {
        return namespace.parse().ok().map(Endpoint::Namespace);
    }
    let (place, cloud) = lower.strip_suffix(REGION)?.split_once('.')?;
    let region: RegionName = format!("{cloud}-{place}").parse().ok()?;
    // `east-1.aws-us` would spell the same region as `us-east-1.aws`.
    (regional_host(&region) == lower).then_some(Endpoint::Region(region))
}

/// The namespace whose endpoint a server name is.
pub fn namespace(server_name: &str) -> Option<NamespaceName> {
    match endpoint(server_name)? {
        Endpoint::Namespace(namespace) => Some(namespace),
        Endpoint::Region(_) | Endpoint::OldRegion(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_name_is_the_endpoint_that_its_host_spells() {
        let region: RegionName = "aws-us-east-1".parse().unwrap();
        assert_eq!(endpoint("US-east-1.aws.api.temporal.io"), Some(Endpoint::Region(region.clone())));
        assert_eq!(endpoint(&regional_host(&region)), Some(Endpoint::Region(region.clone())));
        assert_eq!(endpoint(&old_regional_host(&region)), Some(Endpoint::OldRegion(region)));
        let orders: NamespaceName = "orders.f45a2".parse().unwrap();
        assert_eq!(endpoint("orders.f45a2.tmprl.cloud"), Some(Endpoint::Namespace(orders)));
        for neither in [
            "orders.f45a2.tmprl.cloud.",
            "tmprl.cloud",
            "a.b.c.api.temporal.io",
            "127.0.0.1",
            "saas-api.tmprl.cloud",
            "east-1.aws-us.api.temporal.io",
        ] {
            assert_eq!(endpoint(neither), None, "{neither}");
        }
    }
}
