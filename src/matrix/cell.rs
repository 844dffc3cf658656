//! What a run plays: a scenario under an id of its own, and what was varied in it.

use std::borrow::Cow;
use std::sync::Arc;

use super::scenario::{
    Course, Credential, Header, KeyExchange, NameSent, Packing, Part, Protocols, Request, Scenario, Ticket, Tls, Trust,
};
use super::scenarios;
use crate::forge::KeyKind;

/// One square of the matrix.
#[derive(Debug, Clone)]
pub struct Cell {
    /// The same in every run.
    pub id: Arc<str>,
    pub scenario: Cow<'static, Scenario>,
    /// What was varied, by name.
    pub traits: Vec<(&'static str, &'static str)>,
}

impl From<&'static Scenario> for Cell {
    fn from(scenario: &'static Scenario) -> Self {
        Self { id: scenario.id.into(), scenario: Cow::Borrowed(scenario), traits: traits(scenario) }
    }
}

/// The scenarios that were written by hand, in their order.
pub fn literal() -> impl Iterator<Item = Cell> {
    scenarios::ALL.iter().map(Cell::from)
}

/// A client that must get in and one that must not, for the start of a run and its end.
pub fn sanity() -> [Cell; 2] {
    let sanity = |id: &str, scenario| {
        let scenario = scenarios::find(scenario).unwrap_or(&scenarios::GOOD);
        let traits = traits(scenario);
        Cell { id: id.into(), scenario: Cow::Owned(Scenario { id: "sanity", ..scenario.clone() }), traits }
    };
    [sanity("sanity-admitted", "admitted-p256"), sanity("sanity-refused", "foreign-ca")]
}

/// What distinguishes a scenario, by the names that reports show.
pub fn traits(scenario: &Scenario) -> Vec<(&'static str, &'static str)> {
    let (chain, key) = match &scenario.credential {
        Credential::Own => ("own", scenario.home.key),
        Credential::Nothing => ("none", scenario.home.key),
        Credential::Flawed(flaw) => (*flaw, scenario.home.key),
        Credential::Edited(_) => ("edited", scenario.home.key),
        Credential::Varied(variation, key) => (variation.name, *key),
        Credential::Of(home) | Credential::HeedingOf(home) => (home.namespace, home.key),
        Credential::TheAuthority => ("the CA itself", scenario.home.key),
    };
    vec![
        ("namespace", scenario.home.namespace),
        ("client chain", chain),
        ("key", if chain == "none" { "none" } else { key_name(key) }),
        ("TLS", if scenario.tls == Tls::V13 { "1.3" } else { "1.2" }),
        (
            "ALPN",
            match scenario.protocols {
                Protocols::H2 => "h2",
                Protocols::Both => "http/1.1, h2",
                Protocols::Http11 => "http/1.1",
                Protocols::Nothing => "none",
            },
        ),
        (
            "key exchange",
            match scenario.key_exchange {
                KeyExchange::Any => "any",
                KeyExchange::X25519 => "X25519",
                KeyExchange::P256 => "P-256",
                KeyExchange::P384 => "P-384",
                KeyExchange::X25519MlKem768 => "X25519MLKEM768",
            },
        ),
        (
            "server name",
            match scenario.server_name {
                NameSent::Endpoint => "endpoint",
                NameSent::UpperCase => "upper case",
                NameSent::Text(text) => text,
                NameSent::Absent => "none",
                NameSent::IpLiteral => "IP address",
            },
        ),
        ("dialled", scenario.path.unwrap_or("front door")),
        ("server CA", if scenario.trust == Trust::Right { "trusted" } else { "not trusted" }),
        ("API key", scenario.keys.first().copied().unwrap_or("none")),
        ("request", if is_own(&scenario.request) { "own" } else { "other" }),
        (
            "course",
            match &scenario.course {
                Course::Once => "once",
                Course::Ticket(Ticket::Held) => "ticket",
                Course::Ticket(_) => "ticket after a visit",
                Course::Early(Ticket::Held) => "early data",
                Course::Early(_) => "early data after a visit",
                Course::Reused => "connection reused",
                Course::Reloaded(_) => "reload",
            },
        ),
    ]
}

pub fn is_own(request: &Request) -> bool {
    matches!(
        request,
        Request {
            method: "DescribeNamespace",
            authority: None,
            keys: None,
            header: Header::Own,
            body: [Part::Own(1)],
            packing: Packing::Plain
        }
    )
}

pub fn key_name(kind: KeyKind) -> &'static str {
    match kind {
        KeyKind::P256 => "P-256",
        KeyKind::P384 => "P-384",
        KeyKind::P521 => "P-521",
        KeyKind::Rsa1024 => "RSA 1024",
        KeyKind::Rsa2048 => "RSA 2048",
        KeyKind::Rsa3072 => "RSA 3072",
        KeyKind::Rsa4096 => "RSA 4096",
        KeyKind::Ed25519 => "Ed25519",
    }
}
