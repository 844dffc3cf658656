//! What is said once the door is open: to whoever reads the screen, and to scripts that wait for a file.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use super::NAMED;
use crate::cli::input;
use crate::cli::world::Place;
use crate::cloud::{NamespaceName, World, endpoint};
use crate::report::plural;
use crate::wire::FrontDoor;

/// The file appears whole: whoever waits for it reads all of it.
pub fn write_ready(path: &Path, door: &FrontDoor, metrics: Option<SocketAddr>) -> Result<(), String> {
    let mut text = format!("{}\n", door.address());
    for (region, address) in door.paths() {
        text.push_str(&format!("{region} {address}\n"));
    }
    if let Some(metrics) = metrics {
        text.push_str(&format!("metrics {metrics}\n"));
    }
    let mut beside = path.to_owned().into_os_string();
    beside.push(format!(".{}.part", std::process::id()));
    let beside = PathBuf::from(beside);
    let written = std::fs::write(&beside, text).and_then(|()| std::fs::rename(&beside, path));
    written.map_err(|error| format!("cannot write `{}`: {}", input::shown(path), input::plain(&error)))
}

pub fn greeting(
    door: &FrontDoor,
    world: &World,
    places: &[(NamespaceName, Place)],
    server_ca: &Path,
    metrics: Option<SocketAddr>,
) -> String {
    let address = door.address();
    let mut out = format!("listening on {address} (TLS 1.3, h2)\n");
    for tenant in world.tenants().take(NAMED) {
        let mut facts = Vec::new();
        if tenant.authentication.takes_certificates() {
            facts.push(plural(tenant.authorities(), "CA"));
            facts.push(plural(tenant.filters.0.len(), "filter"));
        }
        if tenant.authentication.takes_keys() {
            let keys = world.keys.all().filter(|key| key.namespaces.contains(&tenant.name)).count();
            facts.push(plural(keys, "API key"));
        }
        facts.extend(tenant.region.as_ref().map(|region| format!("in {region}")));
        out.push_str(&format!("  {}: {}\n", tenant.name, facts.join(", ")));
    }
    let more = world.tenants().count().saturating_sub(NAMED);
    if more > 0 {
        out.push_str(&format!("  and {} more\n", plural(more, "namespace")));
    }
    for region in world.regions() {
        let path = door.paths().get(region).map(|path| format!(", path {path}")).unwrap_or_default();
        out.push_str(&format!("  {region}: {}{path}\n", endpoint::regional_host(region)));
    }
    if let Some(metrics) = metrics {
        out.push_str(&format!("metrics at http://{metrics}/metrics\n"));
    }
    let with_client = places.iter().find_map(|(name, place)| match place {
        Place::Kit(folder) if folder.join("client.pem").exists() => Some((name, input::shown(folder))),
        _ => None,
    });
    if let Some((name, kit)) = with_client {
        out.push_str(&format!(
            "connect a client:\n  TEMPORAL_ADDRESS={address} TEMPORAL_NAMESPACE={name} \\\n  \
             TEMPORAL_TLS_CLIENT_CERT_PATH={kit}/client.pem TEMPORAL_TLS_CLIENT_KEY_PATH={kit}/client.key \\\n  \
             TEMPORAL_TLS_SERVER_CA_CERT_PATH={} TEMPORAL_TLS_SERVER_NAME={}\n",
            input::shown(server_ca),
            endpoint::host(name)
        ));
    }
    out
}
