//! `certproof serve`: the front door for the kits of a folder.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use time::OffsetDateTime;

use super::{Exit, Failure, Reader, Screen, input, parse_time, real_now};
use crate::cloud::world::{Tenant, World};
use crate::cloud::{Kit, NamespaceName, endpoint};
use crate::forge::server::ServerAuthority;
use crate::pki::clock::rfc3339;
use crate::pki::{Bundle, Clock};
use crate::report::{Severity, Verdict, plural};
use crate::rules::{self, Terms};
use crate::wire::audit::{Event, Sink};
use crate::wire::outcome::{Connection, Decision};
use crate::wire::{FrontDoor, Loopback, ServerIdentity, Settings};

#[derive(Debug, Args)]
#[command(
    after_help = "The folder is what `certproof gen hierarchy` makes: server-ca.pem and server-ca.key, and one folder
per namespace, <name>.<account>, with ca.pem and optionally filters.json. Nothing is written into it.
Stop with Ctrl-C."
)]
pub struct Arguments {
    /// Folder with server-ca.pem, server-ca.key and a kit per namespace
    folder: PathBuf,
    /// Loopback address to listen on; port 0 lets the system choose
    #[arg(long, default_value = "127.0.0.1:7233", value_name = "ADDRESS")]
    listen: SocketAddr,
    /// Judge clients as if the door had been opened at this time
    #[arg(long, value_name = "RFC 3339", value_parser = parse_time)]
    at: Option<OffsetDateTime>,
}

pub fn run(arguments: &Arguments, screen: &Screen) -> Result<Exit, Failure> {
    let address = Loopback::try_from(arguments.listen)?;
    let clock = arguments.at.map_or(Clock::System, Clock::starting);
    let kits = read(&arguments.folder, clock, screen)?;
    let mut world = World::default();
    for (name, kit) in &kits {
        world.insert(Tenant::new(name.clone(), kit));
    }
    let identities = identities(&arguments.folder, &world)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let served = runtime.block_on(async {
        // Printing can block, on a full pipe for one; it must hold up neither connections nor Ctrl-C.
        let (lines, records) = std::sync::mpsc::channel();
        let sink: Sink = Arc::new(move |event| drop(lines.send(event)));
        let door = FrontDoor::open(address, &world, identities, clock, Settings::default(), sink).await?;
        let greeting = greeting(&door, &world, &arguments.folder);
        let screen = *screen;
        let printer = tokio::task::spawn_blocking(move || print_all(&screen, &greeting, &records));
        tokio::select! {
            printed = printer => printed.unwrap_or(Ok(()))?,
            stop = tokio::signal::ctrl_c() => stop?,
        }
        // The printer may hang on a full pipe for ever; the process does not wait for it.
        drop(door);
        Ok(Exit::Clean)
    });
    runtime.shutdown_background();
    served
}

/// Prints until nobody reads any more.
fn print_all(screen: &Screen, greeting: &str, records: &std::sync::mpsc::Receiver<Event>) -> Result<(), Failure> {
    let mut reader = screen.print(greeting)?;
    while reader == Reader::There {
        let Ok(event) = records.recv() else { break };
        if let Some(line) = line(&event) {
            reader = screen.print(&format!("{} {line}\n", rfc3339(real_now())))?;
        }
    }
    Ok(())
}

/// The kits of the folder. A bundle without any certificate does not load; other findings are told and load, since a
/// stored bundle may have aged.
fn read(folder: &Path, clock: Clock, screen: &Screen) -> Result<Vec<(NamespaceName, Kit)>, Failure> {
    let told = |text: String| Failure::CouldNotTell(text);
    let mut kits = Vec::new();
    for path in input::kits(folder).map_err(told)? {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let name: NamespaceName =
            name.parse().map_err(|error| told(format!("`{}` cannot be served: {error}", path.display())))?;
        let kit = Kit::read(&input::kit(&path).map_err(told)?);
        if kit.authorities().is_empty() {
            let text = format!(
                "`{}` holds no certificate that can be read; `certproof check` says why",
                path.join("ca.pem").display()
            );
            return Err(told(text));
        }
        if kit.has_unusable_filters() {
            let text = format!(
                "`{}` cannot be used, and without its filters everybody would get in; `certproof check {}` says why",
                path.join("filters.json").display(),
                path.display()
            );
            return Err(told(text));
        }
        let cases = rules::run(&kit, &Terms::at(clock.now()));
        let errors = cases
            .iter()
            .filter(|case| case.topic.severity == Severity::Error && matches!(case.verdict, Verdict::Fail(_)));
        let ids: Vec<_> = errors.map(|case| case.topic.id).collect();
        if !ids.is_empty() {
            screen.complain(&format!(
                "warning: {name} has errors ({}); `certproof check {}` explains",
                ids.join(", "),
                path.display()
            ));
        }
        kits.push((name, kit));
    }
    if kits.is_empty() {
        let folder = folder.display();
        return Err(told(format!("`{folder}` holds no kit; make some with `certproof gen hierarchy {folder}`")));
    }
    Ok(kits)
}

fn identities(folder: &Path, world: &World) -> Result<BTreeMap<String, ServerIdentity>, Failure> {
    let told = |text: String| Failure::CouldNotTell(text);
    let file = |name: &str| input::file(&folder.join(name)).map_err(told);
    let (certificate, key) = (file("server-ca.pem")?, file("server-ca.key")?);
    let bundle = Bundle::read(certificate.path.clone(), &certificate.bytes.0);
    let (_, certificate) = bundle
        .certificates()
        .next()
        .ok_or_else(|| told(format!("`{}` holds no certificate that can be read", certificate.path)))?;
    let block = Bundle::read(key.path.clone(), &key.bytes.0).entries.into_iter().find_map(|entry| entry.block.der);
    let block = block.ok_or_else(|| told(format!("`{}` holds no private key that can be read", key.path)))?;
    let authority = ServerAuthority::read(certificate, &block)?;
    if !authority.is_consistent() {
        return Err(told(format!("`{}` is not the key of `{}`", key.path, bundle.path)));
    }
    let mut identities = BTreeMap::new();
    for account in world.accounts() {
        // Real clients judge the server by their own clocks.
        let server = authority.issue(&[endpoint::wildcard(account)], real_now())?;
        identities.insert(account.to_owned(), ServerIdentity::new(vec![server.certificate], server.key.pkcs8())?);
    }
    Ok(identities)
}

fn greeting(door: &FrontDoor, world: &World, folder: &Path) -> String {
    let address = door.address();
    let mut out = format!("listening on {address} (TLS 1.3, client certificates, h2)\n");
    for tenant in world.tenants() {
        let cas = plural(tenant.anchors.certificates().count(), "CA");
        let filters = plural(tenant.filters.0.len(), "filter");
        out.push_str(&format!("  {}: {cas}, {filters}\n", tenant.name));
    }
    if let Some(tenant) = world.tenants().next() {
        let (name, folder) = (&tenant.name, folder.display());
        out.push_str(&format!(
            "connect a client:\n  TEMPORAL_ADDRESS={address} TEMPORAL_NAMESPACE={name} \\\n  \
             TEMPORAL_TLS_CLIENT_CERT_PATH={folder}/{name}/client.pem TEMPORAL_TLS_CLIENT_KEY_PATH={folder}/{name}/client.key \\\n  \
             TEMPORAL_TLS_SERVER_CA_CERT_PATH={folder}/server-ca.pem TEMPORAL_TLS_SERVER_NAME={}\n",
            endpoint::host(name)
        ));
    }
    out
}

/// One line per connection, and one per call that was not answered with OK.
fn line(event: &Event) -> Option<String> {
    match event {
        Event::Decided(connection) => Some(decided(connection)),
        Event::Called { peer, call } if call.status != 0 => {
            Some(format!("{peer} call {} answered with status {}: {}", call.path, call.status, call.message))
        }
        Event::Called { .. } | Event::Closed { .. } => None,
    }
}

fn decided(connection: &Connection) -> String {
    let Connection { peer, namespace, identity, decision, .. } = connection;
    let whom = match identity {
        Some(identity) => format!("`{}` (SHA-256 {}…)", identity.subject, &identity.sha256[..16]),
        None => "a client".to_owned(),
    };
    let where_to = match (namespace, &connection.server_name) {
        (Some(namespace), _) => format!("the CAs of {namespace}"),
        (None, Some(name)) => format!("no namespace (server name `{}`)", crate::pki::name::printable(name)),
        (None, None) => "no namespace (no server name)".to_owned(),
    };
    match decision {
        Decision::Admitted => format!("{peer} admitted: {whom} against {where_to}"),
        Decision::Refused(refusal) => {
            let alert = refusal.alert.map_or_else(|| "no alert".to_owned(), |alert| format!("alert {alert}"));
            format!("{peer} refused at {} ({alert}): {whom} against {where_to}: {}", refusal.stage, refusal.reason)
        }
        Decision::Gone(how) => format!("{peer} gone: {whom} against {where_to}: {how}"),
    }
}
