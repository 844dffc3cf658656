//! The vocabulary of scenarios: what a client may do at the door, and what may come of it.

use std::borrow::Cow;

use crate::cloud::switches::Switches;
use crate::cloud::world::Authentication;
use crate::cloud::{Alert, Stage};
use crate::forge::{KeyKind, Recipe};

/// One case of the matrix.
#[derive(Debug, Clone)]
pub struct Scenario {
    pub id: &'static str,
    pub title: &'static str,
    /// What the case shows, with its chain drawn where a chain matters.
    pub docs: &'static str,
    /// Whose endpoint the client dials, and whose namespace "own" means.
    pub home: &'static Home,
    pub credential: Credential,
    /// What the headers `authorization` say, a line each.
    pub keys: &'static [&'static str],
    pub server_name: NameSent,
    /// The region whose private path the client dials; none for the front door itself.
    pub path: Option<&'static str>,
    pub trust: Trust,
    pub tls: Tls,
    pub protocols: Protocols,
    pub key_exchange: KeyExchange,
    pub request: Request,
    pub course: Course,
    pub switches: Switches,
    /// How often the chain of a client that gets in is judged: once, or never where certificates are not asked for.
    pub verifier_runs: u32,
    pub expect: Expect,
}

/// A namespace of the matrix's world, or of nobody's.
#[derive(Debug)]
pub struct Home {
    pub namespace: &'static str,
    pub key: KeyKind,
    pub intermediates: usize,
    pub shape: Shape,
    pub region: Option<&'static str>,
    pub authentication: Authentication,
}

/// How a namespace's hierarchy differs from the good recipe.
#[derive(Debug)]
pub enum Shape {
    Good,
    /// A flaw of the catalogue.
    Flawed(&'static str),
    Edited(fn(&mut Recipe)),
    /// The CAs of another namespace, and what differs.
    Sharing(&'static Home, fn(&mut Recipe)),
}

/// An API key of the matrix's world.
#[derive(Debug)]
pub struct Key {
    pub secret: &'static str,
    pub namespaces: &'static [&'static str],
    pub state: KeyState,
}

#[derive(Debug, PartialEq, Eq)]
pub enum KeyState {
    /// For another hour.
    Holds,
    /// Since an hour.
    Expired,
    Disabled,
}

#[derive(Debug, Clone)]
pub enum Credential {
    /// The client of the namespace that is dialled.
    Own,
    Nothing,
    /// The same, with a flaw of the catalogue.
    Flawed(&'static str),
    /// The same, made differently.
    Edited(fn(&mut Recipe)),
    /// The same, varied, and with a key of this kind.
    Varied(&'static Variation, KeyKind),
    /// The client of another namespace.
    Of(&'static Home),
    /// The same, presented only where the server asks for its CA, as Go and Java do.
    HeedingOf(&'static Home),
    /// The root of the namespace's bundle, with its own key.
    TheAuthority,
}

/// How a client's certificates may differ from good ones, said in a recipe.
#[derive(Debug)]
pub struct Variation {
    pub name: &'static str,
    pub edit: fn(&mut Recipe),
}

#[derive(Debug, Clone)]
pub enum NameSent {
    Endpoint,
    UpperCase,
    Text(&'static str),
    Absent,
    IpLiteral,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Trust {
    /// The CA that signs the door's server certificates.
    Right,
    Stranger,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tls {
    V13,
    V12,
}

/// Groups that the client offers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyExchange {
    /// All that the TLS library has.
    Any,
    X25519,
    P256,
    P384,
    /// The hybrid with ML-KEM-768, which Go and browsers offer first.
    X25519MlKem768,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protocols {
    H2,
    /// HTTP/1.1 first, and h2.
    Both,
    Http11,
    Nothing,
}

/// What a call asks, and whose namespace it names where.
#[derive(Debug, Clone)]
pub struct Request {
    /// A method of the WorkflowService, or a whole path.
    pub method: &'static str,
    /// The server name, if not given.
    pub authority: Option<&'static str>,
    /// The scenario's own, if not given.
    pub keys: Option<&'static [&'static str]>,
    pub header: Header,
    pub body: &'static [Part],
    pub packing: Packing,
}

/// What the headers `temporal-namespace` say.
#[derive(Debug, Clone)]
pub enum Header {
    Own,
    /// A line each.
    Lines(&'static [&'static str]),
}

/// A field of a protobuf message, by its number.
#[derive(Debug, Clone)]
pub enum Part {
    /// The own namespace.
    Own(u32),
    Text(u32, &'static str),
    Message(u32, &'static [Part]),
}

#[derive(Debug, Clone, Copy)]
pub enum Packing {
    Plain,
    Gzip,
    /// Each field of the message in a gzip member of its own.
    GzipMembers,
}

/// What comes before the request, and behind it.
#[derive(Debug, Clone)]
pub enum Course {
    /// Nothing.
    Once,
    /// An admitted visit, of which the client brings a session ticket.
    Ticket(Ticket),
    /// The same, and the call goes along with the ClientHello.
    Early(Ticket),
    /// On the same connection, a call for the own namespace before and another behind; both are answered.
    Reused,
    /// On the same connection, a call for the own namespace, which is answered; then the world is another.
    Reloaded(Change),
}

impl Course {
    pub fn ticket(&self) -> Option<&Ticket> {
        match self {
            Self::Ticket(ticket) | Self::Early(ticket) => Some(ticket),
            Self::Once | Self::Reused | Self::Reloaded(_) => None,
        }
    }
}

/// What a session ticket is tried on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ticket {
    /// Of another server that has the same certificate; nothing comes before.
    Held,
    /// The same namespace, nothing changed.
    Again,
    /// First admitted at this namespace, then offered at the scenario's own.
    From(&'static str),
    /// Offered after the namespace's bundle was replaced by another root.
    AfterRotation,
    /// Offered after the client's leaf expired.
    AfterExpiry,
}

/// What happens to the scenario's namespace, or to all API keys.
#[derive(Debug, Clone, Copy)]
pub enum Change {
    AnotherRoot,
    NamespaceGone,
    /// Filters that no client of it matches.
    FiltersTightened,
    MovedTo(&'static str),
    CertificatesOnly,
    KeysGone,
    KeysDisabled,
    /// Two hours pass.
    KeysExpired,
    /// Every key is now for this namespace alone.
    KeysFor(&'static str),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expect {
    Admit,
    /// Refused at a stage, with an alert on the wire or without a word. At the trust stage the alert is the client's.
    Refuse(Stage, Option<Alert>),
    /// Connected, and the call answered with this gRPC status, for the reason that the server's record gives.
    Answer(u8, Cow<'static, str>),
    /// Connected though no filter matches, and every call answered PERMISSION_DENIED.
    Barred,
}
