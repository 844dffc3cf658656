//! From a ClientHello to the endpoint that it asks for.

use std::sync::{Arc, LazyLock};

use rustls::server::{Accepted, ClientHello, ResolvesServerCert, ServerConfig};
use rustls::sign::CertifiedKey;
use rustls::{CipherSuite, Error, PeerIncompatible};

use super::door::State;
use super::outcome::{Reason, Refusal};
use super::posture::Posture;
use super::sabotage::{Sabotage, Weakness};
use crate::cloud::endpoint::{self, Endpoint};
use crate::cloud::switches::{DualAuthentication, NoH2, OldRegionNames, UnknownServerName};
use crate::cloud::world::Authentication;
use crate::cloud::{Alert, RegionName, Stage};
use crate::pki::name::printable;

/// Where a connection wants to go, and what it must show there.
#[derive(Debug, Clone)]
pub enum Entrance {
    Namespace(Arc<Posture>, Credentials),
    /// API keys alone.
    Region(RegionName),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Credentials {
    Certificate,
    Key,
    /// A certificate or a key.
    Either,
}

impl Entrance {
    /// The names that the server's certificate is for, the first of which stands for all.
    pub fn server_names(&self) -> Vec<String> {
        match self {
            Self::Namespace(posture, _) => vec![endpoint::wildcard(posture.tenant.name.account())],
            Self::Region(region) => vec![endpoint::regional_host(region), endpoint::old_regional_host(region)],
        }
    }
}

/// TLS 1.3 and h2, which every client must offer.
pub fn judge_hello(hello: &ClientHello<'_>, no_h2: NoH2, weakness: Weakness) -> Result<(), Refusal> {
    // Whoever speaks TLS 1.3 offers one of its suites.
    let offers_tls13 = hello.cipher_suites().iter().any(|suite| TLS13_SUITES.contains(suite));
    if !offers_tls13 && !weakness.is(Sabotage::Tls12Allowed) {
        return Err(no_tls13());
    }
    let offers_h2 = match hello.alpn() {
        Some(mut protocols) => protocols.any(|protocol| protocol == b"h2"),
        None => weakness.is(Sabotage::AlpnOptional),
    };
    if !offers_h2 {
        let alert = match no_h2 {
            NoH2::NoApplicationProtocol => Some(Alert::NO_APPLICATION_PROTOCOL),
            NoH2::Close => None,
        };
        return Err(refusal(Stage::Hello, Reason::NoH2, alert));
    }
    Ok(())
}

/// Whether a client offers the version itself, which its suites alone do not tell: a library that is set to TLS 1.2 may
/// name those of TLS 1.3 all the same. rustls looks at versions first, so a configuration without a certificate finds out
/// what it thinks of them, and signs nothing.
pub fn offers_tls13(hello: Accepted) -> bool {
    static NOBODY: LazyLock<Option<Arc<ServerConfig>>> = LazyLock::new(|| {
        let builder = ServerConfig::builder_with_provider(super::provider());
        let builder = builder.with_protocol_versions(&[&rustls::version::TLS13]).ok()?;
        Some(Arc::new(builder.with_no_client_auth().with_cert_resolver(Arc::new(Nobody))))
    });
    let Some(nobody) = NOBODY.clone() else { return true };
    !matches!(hello.into_connection(nobody), Err((Error::PeerIncompatible(why), _)) if is_about_versions(&why))
}

/// That the client does not speak TLS 1.3.
pub fn is_about_versions(why: &PeerIncompatible) -> bool {
    matches!(
        why,
        PeerIncompatible::Tls12NotOffered
            | PeerIncompatible::Tls12NotOfferedOrEnabled
            | PeerIncompatible::SupportedVersionsExtensionRequired
            | PeerIncompatible::Tls13RequiredForQuic
    )
}

/// Has no certificate.
#[derive(Debug)]
struct Nobody;

impl ResolvesServerCert for Nobody {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        None
    }
}

pub fn no_tls13() -> Refusal {
    refusal(Stage::Hello, Reason::NoTls13, Some(Alert::PROTOCOL_VERSION))
}

/// The endpoint that the server name spells. rustls has lower-cased the name, and hands on neither IP addresses nor names
/// that are none. `path` is the region into which the listener leads, if it leads into one alone.
pub fn route(state: &State, server_name: Option<&str>, path: Option<&RegionName>) -> Result<Entrance, Refusal> {
    let switches = state.world.switches;
    let alert = match switches.unknown_server_name {
        UnknownServerName::Close => None,
        UnknownServerName::UnrecognizedName => Some(Alert::UNRECOGNIZED_NAME),
    };
    let refused = |reason| refusal(Stage::Route, reason, alert);
    let name = server_name.ok_or_else(|| refused(Reason::ServerNameMissing))?;
    let unknown = || refused(Reason::NamespaceUnknown(printable(name)));
    let (entrance, region) = match endpoint::endpoint(name).ok_or_else(unknown)? {
        Endpoint::Namespace(namespace) => {
            let posture = state.postures.get(&namespace).cloned().ok_or_else(unknown)?;
            let credentials = match (posture.tenant.authentication, switches.dual_authentication) {
                (Authentication::ApiKey, _) => Credentials::Key,
                (Authentication::Both, DualAuthentication::KeysOnBoth) => Credentials::Either,
                (Authentication::Mtls | Authentication::Both, _) => Credentials::Certificate,
            };
            let region = posture.tenant.region.clone();
            (Entrance::Namespace(posture, credentials), region)
        }
        Endpoint::OldRegion(_) if switches.old_region_names == OldRegionNames::Unknown => return Err(unknown()),
        Endpoint::Region(region) | Endpoint::OldRegion(region) => {
            if !state.world.has_region(&region) {
                return Err(refused(Reason::RegionUnknown(printable(name))));
            }
            (Entrance::Region(region.clone()), Some(region))
        }
    };
    match path {
        Some(path) if region.as_ref() != Some(path) => Err(refused(Reason::ElsewhereThan(path.clone()))),
        _ => Ok(entrance),
    }
}

pub fn refusal(stage: Stage, reason: Reason, alert: Option<Alert>) -> Refusal {
    Refusal { stage, reason, alert }
}

const TLS13_SUITES: [CipherSuite; 5] = [
    CipherSuite::TLS13_AES_128_GCM_SHA256,
    CipherSuite::TLS13_AES_256_GCM_SHA384,
    CipherSuite::TLS13_CHACHA20_POLY1305_SHA256,
    CipherSuite::TLS13_AES_128_CCM_SHA256,
    CipherSuite::TLS13_AES_128_CCM_8_SHA256,
];
