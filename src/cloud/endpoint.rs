//! Namespace Endpoints: the host name of a namespace, and the namespace of a host name.

use super::namespace::NamespaceName;

const SUFFIX: &str = ".tmprl.cloud";

/// The Namespace Endpoint `<name>.<account>.tmprl.cloud`, without its port.
pub fn host(namespace: &NamespaceName) -> String {
    format!("{namespace}{SUFFIX}")
}

/// The server name that covers every namespace of an account.
pub fn wildcard(account: &str) -> String {
    format!("*.{account}{SUFFIX}")
}

/// The namespace that a server name asks for; host names are compared without case.
pub fn namespace(server_name: &str) -> Option<NamespaceName> {
    let lower = server_name.to_ascii_lowercase();
    lower.strip_suffix(SUFFIX)?.parse().ok()
}
