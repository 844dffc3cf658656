//! The table: who connects where, with what, and what must come of it.

use crate::cloud::{Alert, Stage};
use crate::forge::issue::DistinguishedName;
use crate::forge::{KeyKind, Recipe};
use time::Duration;

/// One case of the matrix.
#[derive(Debug)]
pub struct Scenario {
    pub id: &'static str,
    pub title: &'static str,
    /// What the case shows, with its chain drawn where a chain matters.
    pub docs: &'static str,
    /// Whose endpoint the client dials.
    pub home: &'static Home,
    pub credential: Credential,
    pub server_name: NameSent,
    pub trust: Trust,
    pub tls: Tls,
    pub protocols: Protocols,
    pub request: Request,
    pub ticket: Ticket,
    pub expect: Expect,
}

/// A namespace of the matrix's world, or of nobody's.
#[derive(Debug)]
pub struct Home {
    pub namespace: &'static str,
    pub key: KeyKind,
    pub intermediates: usize,
    pub shape: Shape,
}

/// How a namespace's hierarchy differs from the good recipe.
#[derive(Debug)]
pub enum Shape {
    Good,
    /// A flaw of the catalogue.
    Flawed(&'static str),
    Edited(fn(&mut Recipe)),
}

#[derive(Debug)]
pub enum Credential {
    /// The client of the namespace that is dialled.
    Own,
    Nothing,
    /// The same, with a flaw of the catalogue.
    Flawed(&'static str),
    /// The same, made differently.
    Edited(fn(&mut Recipe)),
    /// The client of another namespace.
    Of(&'static Home),
    /// The root of the namespace's bundle, with its own key.
    TheAuthority,
}

#[derive(Debug)]
pub enum NameSent {
    Endpoint,
    UpperCase,
    Text(&'static str),
    Absent,
    IpLiteral,
}

#[derive(Debug, PartialEq, Eq)]
pub enum Trust {
    /// The CA that signs the door's server certificates.
    Right,
    Stranger,
}

#[derive(Debug, PartialEq, Eq)]
pub enum Tls {
    V13,
    V12,
}

#[derive(Debug)]
pub enum Protocols {
    H2,
    Http11,
    Nothing,
}

/// Whose namespace the request names.
#[derive(Debug)]
pub enum Request {
    Own,
    Header(&'static Home),
    Body(&'static Home),
}

/// What a session ticket is tried on, if anything.
#[derive(Debug, PartialEq, Eq)]
pub enum Ticket {
    Unused,
    /// The same namespace, nothing changed.
    Again,
    /// First admitted at this namespace, then offered at the scenario's own.
    From(&'static str),
    /// Offered after the namespace's bundle was replaced by another root.
    AfterRotation,
    /// Offered after the client's leaf expired.
    AfterExpiry,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expect {
    Admit,
    /// Refused at a stage, with an alert on the wire or without a word. At the call stage the refusal is a gRPC status,
    /// at the trust stage the alert is the client's.
    Refuse(Stage, Option<Alert>),
}

const fn home(namespace: &'static str, key: KeyKind, intermediates: usize) -> Home {
    Home { namespace, key, intermediates, shape: Shape::Good }
}

const fn flawed(namespace: &'static str, flaw: &'static str) -> Home {
    Home { namespace, key: KeyKind::P256, intermediates: 1, shape: Shape::Flawed(flaw) }
}

static ORDERS: Home = home("orders.f45a2", KeyKind::P256, 1);
static ORDERS_ABROAD: Home = home("orders.9k3zq", KeyKind::P256, 1);
static SHIPPING: Home = home("shipping.f45a2", KeyKind::P256, 1);
static DIRECT: Home = home("direct.f45a2", KeyKind::P256, 0);
static P256_DEEP: Home = home("p256-deep.9k3zq", KeyKind::P256, 3);
static P384: Home = home("p384.9k3zq", KeyKind::P384, 1);
static P384_DEEP: Home = home("p384-deep.9k3zq", KeyKind::P384, 3);
static RSA2048: Home = home("rsa2048.9k3zq", KeyKind::Rsa2048, 1);
static RSA2048_DEEP: Home = home("rsa2048-deep.9k3zq", KeyKind::Rsa2048, 3);
static RSA4096: Home = home("rsa4096.9k3zq", KeyKind::Rsa4096, 1);
static RSA4096_DEEP: Home = home("rsa4096-deep.9k3zq", KeyKind::Rsa4096, 3);
static SIXTEEN_DEEP: Home = home("sixteen-deep.9k3zq", KeyKind::P256, 15);
/// Filters admit its own client's common name.
static PAYMENTS: Home = Home {
    namespace: "payments.f45a2",
    key: KeyKind::P256,
    intermediates: 1,
    shape: Shape::Edited(|recipe| {
        use crate::cloud::filter::Field;
        recipe.filters = Some(vec![
            vec![(Field::CommonName, "payments.*".to_owned()), (Field::Organization, "CERTPROOF".to_owned())],
            vec![(Field::CommonName, "somebody-else".to_owned())],
        ]);
    }),
};
static EXPIRED_ROOT: Home = flawed("expired-root.f45a2", "ca-expired");
static FUTURE_ROOT: Home = flawed("future-root.f45a2", "ca-not-yet-valid");
static ROOT_NO_CA: Home = flawed("root-no-ca.f45a2", "ca-not-ca");
static ROOT_BARE: Home = flawed("root-bare.f45a2", "ca-basic-constraints-absent");
static ROOT_NO_SIGN: Home = flawed("root-no-sign.f45a2", "ca-cert-sign-missing");
static ROOT_SHORT_PATH: Home = flawed("short-path.f45a2", "chain-path-too-long");
static ROOT_CONSTRAINED: Home = flawed("constrained.f45a2", "chain-name-constrained");
static TWO_ROOTS_ONE_NAME: Home = flawed("rollover.f45a2", "bundle-same-name");
/// Its leaf expires an hour after the run starts.
static BRIEF: Home = Home {
    namespace: "brief.f45a2",
    key: KeyKind::P256,
    intermediates: 1,
    shape: Shape::Edited(|recipe| recipe.client.not_after = recipe.client.not_before + Duration::hours(25)),
};
/// In an account whose server certificate names another host.
static MISNAMED: Home = home("orders.misnm", KeyKind::P256, 1);
/// In no world.
static STRANGER: Home = home("orders.zzzzz", KeyKind::P256, 1);

/// The account of which the door has a server certificate for [`OTHER_HOST`] only.
pub const MISNAMED_ACCOUNT: &str = "misnm";
pub const OTHER_HOST: &str = "vpce-0123.vpce.example";

/// Every namespace that the door serves.
pub static WORLD: &[&Home] = &[
    &ORDERS,
    &ORDERS_ABROAD,
    &SHIPPING,
    &DIRECT,
    &P256_DEEP,
    &P384,
    &P384_DEEP,
    &RSA2048,
    &RSA2048_DEEP,
    &RSA4096,
    &RSA4096_DEEP,
    &SIXTEEN_DEEP,
    &PAYMENTS,
    &EXPIRED_ROOT,
    &FUTURE_ROOT,
    &ROOT_NO_CA,
    &ROOT_BARE,
    &ROOT_NO_SIGN,
    &ROOT_SHORT_PATH,
    &ROOT_CONSTRAINED,
    &TWO_ROOTS_ONE_NAME,
    &BRIEF,
    &MISNAMED,
];

/// A good client at its own namespace.
const GOOD: Scenario = Scenario {
    id: "",
    title: "",
    docs: "",
    home: &ORDERS,
    credential: Credential::Own,
    server_name: NameSent::Endpoint,
    trust: Trust::Right,
    tls: Tls::V13,
    protocols: Protocols::H2,
    request: Request::Own,
    ticket: Ticket::Unused,
    expect: Expect::Admit,
};

const fn refuse(stage: Stage, alert: Alert) -> Expect {
    Expect::Refuse(stage, Some(alert))
}

const UNKNOWN_CA: Expect = refuse(Stage::Chain, Alert::UNKNOWN_CA);
const EXPIRED: Expect = refuse(Stage::Chain, Alert::CERTIFICATE_EXPIRED);
const BAD_CERTIFICATE: Expect = refuse(Stage::Chain, Alert::BAD_CERTIFICATE);
const UNROUTED: Expect = Expect::Refuse(Stage::Route, None);
const UNAUTHORIZED: Expect = Expect::Refuse(Stage::Call, None);

pub static ALL: &[Scenario] = &[
    Scenario {
        id: "admitted-p256",
        title: "P-256 with one intermediate",
        docs: "root (bundle) -> intermediate (sent) -> leaf",
        ..GOOD
    },
    Scenario {
        id: "admitted-p256-direct",
        title: "leaf directly below the root",
        docs: "root (bundle) -> leaf",
        home: &DIRECT,
        ..GOOD
    },
    Scenario {
        id: "admitted-p256-deep",
        title: "P-256 with three intermediates",
        docs: "root (bundle) -> 1 -> 2 -> 3 (sent) -> leaf",
        home: &P256_DEEP,
        ..GOOD
    },
    Scenario {
        id: "admitted-p384",
        title: "P-384 with one intermediate",
        docs: "root (bundle) -> intermediate (sent) -> leaf; ECDSA with SHA-384",
        home: &P384,
        ..GOOD
    },
    Scenario {
        id: "admitted-p384-deep",
        title: "P-384 with three intermediates",
        docs: "root (bundle) -> 1 -> 2 -> 3 (sent) -> leaf; ECDSA with SHA-384",
        home: &P384_DEEP,
        ..GOOD
    },
    Scenario {
        id: "admitted-rsa2048",
        title: "RSA-2048 with one intermediate",
        docs: "root (bundle) -> intermediate (sent) -> leaf; RSA with SHA-256",
        home: &RSA2048,
        ..GOOD
    },
    Scenario {
        id: "admitted-rsa2048-deep",
        title: "RSA-2048 with three intermediates",
        docs: "root (bundle) -> 1 -> 2 -> 3 (sent) -> leaf; RSA with SHA-256",
        home: &RSA2048_DEEP,
        ..GOOD
    },
    Scenario {
        id: "admitted-rsa4096",
        title: "RSA-4096 with one intermediate",
        docs: "root (bundle) -> intermediate (sent) -> leaf; RSA with SHA-256",
        home: &RSA4096,
        ..GOOD
    },
    Scenario {
        id: "admitted-rsa4096-deep",
        title: "RSA-4096 with three intermediates",
        docs: "root (bundle) -> 1 -> 2 -> 3 (sent) -> leaf; RSA with SHA-256",
        home: &RSA4096_DEEP,
        ..GOOD
    },
    Scenario {
        id: "admitted-sixteen-deep",
        title: "a hierarchy as deep as a bundle may be",
        docs: "root (bundle) -> 15 intermediates (sent) -> leaf; plain rustls stops at six",
        home: &SIXTEEN_DEEP,
        ..GOOD
    },
    Scenario {
        id: "admitted-no-key-usage",
        title: "leaf without key usage, as tcld makes it",
        docs: "The page demands digital signature, tcld's leaves have no key usage at all.",
        credential: Credential::Flawed("leaf-key-usage-absent"),
        ..GOOD
    },
    Scenario {
        id: "admitted-rollover",
        title: "two CAs of one name in the bundle",
        docs: "root and another root of the same name (bundle) -> intermediate -> leaf",
        home: &TWO_ROOTS_ONE_NAME,
        ..GOOD
    },
    Scenario {
        id: "no-client-certificate",
        title: "client presents no certificate",
        docs: "TLS 1.3 has an alert of its own for it, number 116, sent after the client believes it is connected.",
        credential: Credential::Nothing,
        expect: refuse(Stage::Present, Alert::CERTIFICATE_REQUIRED),
        ..GOOD
    },
    Scenario {
        id: "foreign-ca",
        title: "client of a CA that nobody uploaded",
        docs: "foreign root -> intermediate (sent) -> leaf; the bundle holds another root",
        credential: Credential::Of(&STRANGER),
        expect: UNKNOWN_CA,
        ..GOOD
    },
    Scenario {
        id: "other-namespace-ca",
        title: "client of another namespace of the account",
        docs: "Each namespace is judged by its own bundle: shipping's client is a stranger to orders.",
        credential: Credential::Of(&SHIPPING),
        expect: UNKNOWN_CA,
        ..GOOD
    },
    Scenario {
        id: "other-account-ca",
        title: "client of a namespace of the same name in another account",
        docs: "orders.9k3zq's client at orders.f45a2.",
        credential: Credential::Of(&ORDERS_ABROAD),
        expect: UNKNOWN_CA,
        ..GOOD
    },
    Scenario {
        id: "leaf-expired",
        title: "client certificate has expired",
        docs: "root -> intermediate -> leaf, expired a day ago",
        credential: Credential::Flawed("leaf-expired"),
        expect: EXPIRED,
        ..GOOD
    },
    Scenario {
        id: "leaf-not-yet-valid",
        title: "client certificate is not valid yet",
        docs: "root -> intermediate -> leaf, valid in a month; the alert is the one for expired",
        credential: Credential::Flawed("leaf-not-yet-valid"),
        expect: EXPIRED,
        ..GOOD
    },
    Scenario {
        id: "root-expired",
        title: "root of the bundle has expired",
        docs: "expired root (bundle) -> intermediate -> leaf; webpki's trust anchors never expire, the documents say \
               that they do",
        home: &EXPIRED_ROOT,
        expect: EXPIRED,
        ..GOOD
    },
    Scenario {
        id: "root-not-yet-valid",
        title: "root of the bundle is not valid yet",
        docs: "root, valid in a month (bundle) -> intermediate -> leaf",
        home: &FUTURE_ROOT,
        expect: EXPIRED,
        ..GOOD
    },
    Scenario {
        id: "intermediate-expired",
        title: "intermediate has expired",
        docs: "root -> expired intermediate (sent) -> leaf",
        credential: Credential::Flawed("chain-ca-expired"),
        expect: EXPIRED,
        ..GOOD
    },
    Scenario {
        id: "intermediate-missing",
        title: "client does not send its intermediate",
        docs: "root (bundle) -> intermediate (nowhere) -> leaf",
        credential: Credential::Flawed("chain-issuer-missing"),
        expect: UNKNOWN_CA,
        ..GOOD
    },
    Scenario {
        id: "intermediate-no-ca",
        title: "intermediate is no CA",
        docs: "root -> intermediate with CA:false -> leaf",
        credential: Credential::Flawed("chain-issuer-not-ca"),
        expect: BAD_CERTIFICATE,
        ..GOOD
    },
    Scenario {
        id: "intermediate-servers",
        title: "intermediate for servers only",
        docs: "root -> intermediate with extended key usage serverAuth -> leaf",
        credential: Credential::Flawed("chain-purpose-excluded"),
        expect: BAD_CERTIFICATE,
        ..GOOD
    },
    Scenario {
        id: "issuer-name-case",
        title: "issuer's name differs from the CA's in case only",
        docs: "Names are compared without case for uniqueness, yet Go builds chains byte by byte. What the cloud does is not public.",
        credential: Credential::Flawed("chain-issuer-missing/case"),
        expect: UNKNOWN_CA,
        ..GOOD
    },
    Scenario {
        id: "root-no-ca",
        title: "root of the bundle says CA:false",
        docs: "root with CA:false (bundle) -> intermediate -> leaf; a plain webpki anchor would do",
        home: &ROOT_NO_CA,
        expect: BAD_CERTIFICATE,
        ..GOOD
    },
    Scenario {
        id: "root-unmarked",
        title: "root of the bundle does not say what it is",
        docs: "v3 root without basic constraints (bundle) -> intermediate -> leaf",
        home: &ROOT_BARE,
        expect: BAD_CERTIFICATE,
        ..GOOD
    },
    Scenario {
        id: "root-without-cert-sign",
        title: "root of the bundle may not sign certificates",
        docs: "root with key usage cRLSign only (bundle) -> intermediate -> leaf",
        home: &ROOT_NO_SIGN,
        expect: BAD_CERTIFICATE,
        ..GOOD
    },
    Scenario {
        id: "path-too-long",
        title: "root allows no intermediate",
        docs: "root (pathlen 0, bundle) -> intermediate -> leaf",
        home: &ROOT_SHORT_PATH,
        expect: BAD_CERTIFICATE,
        ..GOOD
    },
    Scenario {
        id: "name-constrained",
        title: "root allows other names only",
        docs: "root (permits example.com, bundle) -> intermediate -> leaf for worker.example.org",
        home: &ROOT_CONSTRAINED,
        expect: BAD_CERTIFICATE,
        ..GOOD
    },
    Scenario {
        id: "leaf-signature-broken",
        title: "signature on the leaf is broken",
        docs: "root -> intermediate -> leaf with one bit of its signature flipped",
        credential: Credential::Flawed("chain-signature-wrong/damaged"),
        expect: UNKNOWN_CA,
        ..GOOD
    },
    Scenario {
        id: "leaf-signed-with-sha1",
        title: "leaf is signed with SHA-1",
        docs: "root -> intermediate (RSA) -> leaf, RSA with SHA-1",
        credential: Credential::Flawed("chain-signature-weak/leaf"),
        expect: UNKNOWN_CA,
        ..GOOD
    },
    Scenario {
        id: "leaf-x509-v1",
        title: "leaf is X.509 v1",
        docs: "What a bare `openssl x509 -req` makes. Go would take it, the documents do not.",
        credential: Credential::Flawed("leaf-version"),
        expect: BAD_CERTIFICATE,
        ..GOOD
    },
    Scenario {
        id: "leaf-for-servers",
        title: "leaf for servers only",
        docs: "root -> intermediate -> leaf with extended key usage serverAuth",
        credential: Credential::Flawed("leaf-purpose-wrong"),
        expect: BAD_CERTIFICATE,
        ..GOOD
    },
    Scenario {
        id: "leaf-key-usage-wrong",
        title: "leaf may not sign",
        docs: "root -> intermediate -> leaf with key usage keyEncipherment; rustls itself would take it",
        credential: Credential::Flawed("leaf-key-usage-wrong"),
        expect: BAD_CERTIFICATE,
        ..GOOD
    },
    Scenario {
        id: "leaf-critical-unknown",
        title: "leaf has a critical extension that nobody knows",
        docs: "root -> intermediate -> leaf with critical 1.3.6.1.4.1.55555.1",
        credential: Credential::Flawed("chain-critical-extension"),
        expect: BAD_CERTIFICATE,
        ..GOOD
    },
    Scenario {
        id: "leaf-ed25519",
        title: "leaf has an Ed25519 key",
        docs: "The documents say RSA or ECDSA.",
        credential: Credential::Flawed("leaf-key-algorithm"),
        expect: BAD_CERTIFICATE,
        ..GOOD
    },
    Scenario {
        id: "ca-as-leaf",
        title: "leaf says CA:true",
        docs: "root -> intermediate -> leaf with CA:true",
        credential: Credential::Flawed("leaf-is-ca"),
        expect: BAD_CERTIFICATE,
        ..GOOD
    },
    Scenario {
        id: "ca-itself",
        title: "client presents the CA of the bundle",
        docs: "The root's own certificate and key, which users do upload and configure by mistake.",
        credential: Credential::TheAuthority,
        expect: BAD_CERTIFICATE,
        ..GOOD
    },
    Scenario {
        id: "leaf-name-of-ca",
        title: "leaf has the name of its CA",
        docs: "root -> intermediate `X` -> leaf `X`; a plain TLS server would take it",
        credential: Credential::Flawed("chain-name-repeated"),
        expect: BAD_CERTIFICATE,
        ..GOOD
    },
    Scenario {
        id: "leaf-name-of-ca-case",
        title: "leaf has the name of its CA in other case",
        docs: "root -> intermediate `X` -> leaf `x`; names are not case sensitive",
        credential: Credential::Flawed("chain-name-repeated/case"),
        expect: BAD_CERTIFICATE,
        ..GOOD
    },
    Scenario {
        id: "key-of-another",
        title: "client's key does not belong to its certificate",
        docs: "The chain is good; CertificateVerify is not.",
        credential: Credential::Flawed("key-mismatch"),
        expect: refuse(Stage::Prove, Alert::DECRYPT_ERROR),
        ..GOOD
    },
    Scenario {
        id: "filter-match",
        title: "a filter matches",
        docs: "commonName `payments.*` and organization `CERTPROOF`, whatever the case.",
        home: &PAYMENTS,
        ..GOOD
    },
    Scenario {
        id: "filter-mismatch",
        title: "no filter matches",
        docs: "A good chain below the namespace's CA whose names no filter lists.",
        home: &PAYMENTS,
        credential: Credential::Edited(|recipe| {
            recipe.client.subject = DistinguishedName::new().o("certproof").cn("worker");
        }),
        expect: refuse(Stage::Filter, Alert::BAD_CERTIFICATE),
        ..GOOD
    },
    Scenario {
        id: "filter-and-chain-wrong",
        title: "neither chain nor filter is right",
        docs: "With several faults the lowest stage wins: a stranger must not learn what the filters say.",
        home: &PAYMENTS,
        credential: Credential::Of(&STRANGER),
        expect: UNKNOWN_CA,
        ..GOOD
    },
    Scenario {
        id: "server-root-wrong",
        title: "client does not trust the server",
        docs: "A client whose server root is another CA, such as its own client CA: it refuses, with its own alert.",
        trust: Trust::Stranger,
        expect: refuse(Stage::Trust, Alert::UNKNOWN_CA),
        ..GOOD
    },
    Scenario {
        id: "server-name-mismatch",
        title: "server certificate is for another host",
        docs: "As over a private endpoint without server-name override: the client refuses, with its own alert.",
        home: &MISNAMED,
        expect: refuse(Stage::Trust, Alert::BAD_CERTIFICATE),
        ..GOOD
    },
    Scenario {
        id: "tls12-only",
        title: "client speaks TLS 1.2 only",
        docs: "All traffic to a namespace is TLS 1.3. `openssl s_client -tls1_2` sees this alert and blames the server.",
        tls: Tls::V12,
        expect: refuse(Stage::Hello, Alert::PROTOCOL_VERSION),
        ..GOOD
    },
    Scenario {
        id: "alpn-http11",
        title: "client offers http/1.1 only",
        docs: "gRPC is HTTP/2.",
        protocols: Protocols::Http11,
        expect: refuse(Stage::Hello, Alert::NO_APPLICATION_PROTOCOL),
        ..GOOD
    },
    Scenario {
        id: "alpn-missing",
        title: "client offers no application protocol",
        docs: "TLS libraries let this pass; a gRPC server does not.",
        protocols: Protocols::Nothing,
        expect: refuse(Stage::Hello, Alert::NO_APPLICATION_PROTOCOL),
        ..GOOD
    },
    Scenario {
        id: "sni-missing",
        title: "client sends no server name",
        docs: "Without a name there is no namespace, and no CA to judge by.",
        server_name: NameSent::Absent,
        expect: UNROUTED,
        ..GOOD
    },
    Scenario {
        id: "sni-unknown",
        title: "server name of no namespace",
        docs: "A namespace that the account does not have.",
        server_name: NameSent::Text("nobody.f45a2.tmprl.cloud"),
        expect: UNROUTED,
        ..GOOD
    },
    Scenario {
        id: "sni-regional",
        title: "server name of a regional endpoint",
        docs: "With mTLS a regional endpoint needs the Namespace Endpoint as server name.",
        server_name: NameSent::Text("us-east-1.aws.api.temporal.io"),
        expect: UNROUTED,
        ..GOOD
    },
    Scenario {
        id: "sni-without-account",
        title: "server name without the account",
        docs: "New users often leave the account out.",
        server_name: NameSent::Text("orders.tmprl.cloud"),
        expect: UNROUTED,
        ..GOOD
    },
    Scenario {
        id: "sni-ip-literal",
        title: "IP address as server name",
        docs: "RFC 6066 forbids it; sent here as raw bytes in a ClientHello.",
        server_name: NameSent::IpLiteral,
        expect: UNROUTED,
        ..GOOD
    },
    Scenario {
        id: "sni-upper-case",
        title: "server name in upper case",
        docs: "Host names are compared without case.",
        server_name: NameSent::UpperCase,
        ..GOOD
    },
    Scenario {
        id: "header-other-namespace",
        title: "request names another namespace in its header",
        docs: "An admitted client asks, in the `temporal-namespace` header, for a namespace of the same account.",
        request: Request::Header(&SHIPPING),
        expect: UNAUTHORIZED,
        ..GOOD
    },
    Scenario {
        id: "body-other-namespace",
        title: "request names another namespace in its body",
        docs: "The header is right, the message is not: both must be the endpoint's namespace.",
        request: Request::Body(&SHIPPING),
        expect: UNAUTHORIZED,
        ..GOOD
    },
    Scenario {
        id: "ticket-again",
        title: "session ticket at the same namespace",
        docs: "Even where nothing changed the chain is judged again: a full handshake, one run of the verifier.",
        ticket: Ticket::Again,
        ..GOOD
    },
    Scenario {
        id: "ticket-other-namespace",
        title: "session ticket at another namespace",
        docs: "Admitted at shipping, then shipping's ticket and certificate at orders.",
        credential: Credential::Of(&SHIPPING),
        ticket: Ticket::From("shipping.f45a2"),
        expect: UNKNOWN_CA,
        ..GOOD
    },
    Scenario {
        id: "ticket-after-rotation",
        title: "session ticket after the CA was replaced",
        docs: "Admitted, then the bundle is replaced. A resumed session would skip the verifier and get in.",
        ticket: Ticket::AfterRotation,
        expect: UNKNOWN_CA,
        ..GOOD
    },
    Scenario {
        id: "ticket-after-expiry",
        title: "session ticket after the leaf expired",
        docs: "Admitted, then the leaf's hour is over. A resumed session would skip the verifier and get in.",
        home: &BRIEF,
        ticket: Ticket::AfterExpiry,
        expect: EXPIRED,
        ..GOOD
    },
];

/// The scenario of that id.
pub fn find(id: &str) -> Option<&'static Scenario> {
    ALL.iter().find(|scenario| scenario.id == id)
}
