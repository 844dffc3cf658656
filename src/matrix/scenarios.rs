//! The table: who connects where, with what, and what must come of it.

use std::borrow::Cow;

use time::Duration;

use super::homes::*;
use super::request::OWN;
use super::scenario::{
    Change, Course, Credential, Expect, Header, KeyExchange, NameSent, Packing, Part, Protocols, Request, Scenario,
    Ticket, Tls, Trust,
};
use crate::cloud::switches::{
    CaNames, DualAuthentication, FilterRefusal, KeyRefusal, NoH2, OldRegionNames, OtherNamespace, Switches,
    UnknownServerName,
};
use crate::cloud::{Alert, Stage};
use crate::forge::issue::{DistinguishedName, Spec};
use crate::forge::recipe::Authority;

/// A good client at its own namespace.
pub const GOOD: Scenario = Scenario {
    id: "",
    title: "",
    docs: "",
    home: &ORDERS,
    credential: Credential::Own,
    keys: &[],
    server_name: NameSent::Endpoint,
    path: None,
    trust: Trust::Right,
    tls: Tls::V13,
    protocols: Protocols::H2,
    key_exchange: KeyExchange::Any,
    request: OWN,
    course: Course::Once,
    switches: SWITCHES,
    verifier_runs: 1,
    expect: Expect::Admit,
};

/// A good client with an API key at the regional endpoint.
const KEYED: Scenario = Scenario {
    home: &LEDGER,
    credential: Credential::Nothing,
    keys: &["Bearer ledger-key"],
    server_name: NameSent::Text(OREGON_HOST),
    verifier_runs: 0,
    ..GOOD
};

const OREGON_HOST: &str = "us-west-2.aws.api.temporal.io";
const FRANKFURT_HOST: &str = "eu-central-1.aws.api.temporal.io";
const OLD_OREGON_HOST: &str = "aws-us-west-2.region.tmprl.cloud";

/// Every switch as a front door has it by default.
pub const SWITCHES: Switches = Switches {
    filter_refusal: FilterRefusal::BadCertificate,
    ca_names: CaNames::Sent,
    unknown_server_name: UnknownServerName::Close,
    no_h2: NoH2::NoApplicationProtocol,
    other_namespace: OtherNamespace::PermissionDenied,
    key_refusal: KeyRefusal::PermissionDenied,
    dual_authentication: DualAuthentication::KeysOnRegionOnly,
    old_region_names: OldRegionNames::Unknown,
};

const fn refuse(stage: Stage, alert: Alert) -> Expect {
    Expect::Refuse(stage, Some(alert))
}

const UNKNOWN_CA: Expect = refuse(Stage::Chain, Alert::UNKNOWN_CA);
const EXPIRED: Expect = refuse(Stage::Chain, Alert::CERTIFICATE_EXPIRED);
const BAD_CERTIFICATE: Expect = refuse(Stage::Chain, Alert::BAD_CERTIFICATE);
const UNROUTED: Expect = Expect::Refuse(Stage::Route, None);

/// PERMISSION_DENIED, for this reason.
const fn denied(why: &'static str) -> Expect {
    Expect::Answer(7, Cow::Borrowed(why))
}

const BODY_ELSEWHERE: Expect = denied("the field namespace of the request names `shipping.f45a2`");
const HEADER_ELSEWHERE: Expect = denied("the header temporal-namespace names `shipping.f45a2`");
const HEADER_OF_TWO: Expect = denied("the header temporal-namespace names `(two names)`");
const HEADER_MISSING: Expect = denied("no header temporal-namespace says which namespace is meant");
const KEY_MISSING: Expect = denied("no API key: the header authorization is not `Bearer …`");
const NOT_FOR_CLIENTS: Expect = denied("the method is not for clients of one namespace");

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
        id: "admitted-no-purpose",
        title: "leaf without extended key usage",
        docs: "What `openssl x509 -req` makes without an extension file for it: an absent purpose excludes none.",
        credential: Credential::Edited(|recipe| recipe.client.purposes.clear()),
        ..GOOD
    },
    Scenario {
        id: "admitted-root-sent",
        title: "client sends its root too",
        docs: "root (bundle, and sent) -> intermediate (sent) -> leaf; what most chain files hold",
        credential: Credential::Edited(|recipe| recipe.authorities[0].sent = true),
        ..GOOD
    },
    Scenario {
        id: "admitted-any-order",
        title: "intermediates sent from the root down",
        docs: "root (bundle) -> 1 -> 2 -> 3 (sent as 1, 2, 3) -> leaf; TLS 1.3 lets servers take any order (RFC 8446, \
               section 4.4.2)",
        home: &P256_DEEP,
        credential: Credential::Edited(|recipe| {
            recipe.authorities[1..].reverse();
            for (position, issuer) in [(1, 2), (2, 3), (3, 0)] {
                recipe.authorities[position].issuer = issuer;
            }
            recipe.client_issuer = 1;
        }),
        ..GOOD
    },
    Scenario {
        id: "admitted-extra-sent",
        title: "client sends a certificate that nobody needs",
        docs: "root (bundle) -> intermediate (sent) -> leaf; beside them a stranger's root",
        credential: Credential::Edited(|recipe| {
            let subject = DistinguishedName::new().cn("Bystander");
            let spec = Spec { label: "bystander".to_owned(), subject, ..recipe.authorities[0].spec.clone() };
            let issuer = recipe.authorities.len();
            recipe.authorities.push(Authority { issuer, in_bundle: false, sent: true, ..Authority::root(spec) });
        }),
        ..GOOD
    },
    Scenario {
        id: "admitted-issued-twice",
        title: "intermediate sent in two issues",
        docs: "root (bundle) -> intermediate, and another certificate of its name and key (sent) -> leaf",
        credential: Credential::Edited(|recipe| recipe.authorities.push(recipe.authorities[1].clone())),
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
        id: "foreign-root-sent",
        title: "client sends a root that nobody uploaded",
        docs: "foreign root (sent) -> intermediate (sent) -> leaf; whole in itself, and below nothing of the bundle",
        credential: Credential::Edited(|recipe| {
            let root = &mut recipe.authorities[0];
            root.sent = true;
            root.spec.label = "foreign root".to_owned();
            root.spec.subject = DistinguishedName::new().cn("Foreign Root");
        }),
        expect: UNKNOWN_CA,
        ..GOOD
    },
    Scenario {
        id: "impostor-root",
        title: "client of a root with the name of the bundle's",
        docs: "impostor, named like the root of the bundle (nowhere) -> intermediate (sent) -> leaf",
        credential: Credential::Edited(|recipe| recipe.authorities[0].spec.label = "impostor".to_owned()),
        expect: UNKNOWN_CA,
        ..GOOD
    },
    Scenario {
        id: "impostor-root-sent",
        title: "client sends a root with the name of the bundle's",
        docs: "impostor, named like the root of the bundle (sent) -> intermediate (sent) -> leaf; names are no trust",
        credential: Credential::Edited(|recipe| {
            recipe.authorities[0].sent = true;
            recipe.authorities[0].spec.label = "impostor".to_owned();
        }),
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
        id: "leaf-a-minute-early",
        title: "client certificate is valid in a minute",
        docs: "What a clock that runs ahead makes. Nothing is forgiven, as Go forgives nothing.",
        credential: Credential::Edited(|recipe| recipe.client.not_before += Duration::DAY + Duration::MINUTE),
        expect: EXPIRED,
        ..GOOD
    },
    Scenario {
        id: "leaf-a-minute-late",
        title: "client certificate expired a minute ago",
        docs: "A client that renews a moment too late is out.",
        credential: Credential::Edited(|recipe| {
            recipe.client.not_after = recipe.client.not_before + Duration::DAY - Duration::MINUTE;
        }),
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
        id: "root-missing",
        title: "bundle holds the intermediate and no root",
        docs: "root (nowhere) -> intermediate (bundle, and sent) -> leaf; a Go server's pool would end the chain there",
        home: &ROOT_MISSING,
        expect: UNKNOWN_CA,
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
        id: "intermediate-early",
        title: "intermediate is not valid yet",
        docs: "root -> intermediate, valid in a month (sent) -> leaf",
        credential: Credential::Flawed("chain-ca-not-yet-valid"),
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
        id: "intermediate-no-sign",
        title: "intermediate may not sign certificates",
        docs: "root -> intermediate with key usage digitalSignature only -> leaf",
        credential: Credential::Flawed("chain-cert-sign-missing"),
        expect: BAD_CERTIFICATE,
        ..GOOD
    },
    Scenario {
        id: "intermediate-critical",
        title: "intermediate has a critical extension nobody knows",
        docs: "root -> intermediate with critical 1.3.6.1.4.1.55555.1 -> leaf",
        credential: Credential::Flawed("chain-critical-extension/intermediate"),
        expect: BAD_CERTIFICATE,
        ..GOOD
    },
    Scenario {
        id: "intermediate-path-long",
        title: "intermediate allows no further one",
        docs: "root -> intermediate (pathlen 0, sent) -> intermediate (sent) -> leaf",
        credential: Credential::Flawed("chain-path-too-long/intermediate"),
        expect: BAD_CERTIFICATE,
        ..GOOD
    },
    Scenario {
        id: "intermediate-damaged",
        title: "signature on the intermediate is broken",
        docs: "root -> intermediate with one bit of its signature flipped -> leaf",
        credential: Credential::Flawed("chain-signature-wrong/intermediate"),
        expect: UNKNOWN_CA,
        ..GOOD
    },
    Scenario {
        id: "intermediate-policy",
        title: "intermediate demands a policy that nobody has",
        docs: "root -> intermediate (requireExplicitPolicy 0) -> leaf without policies",
        credential: Credential::Flawed("chain-policy-missing"),
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
        id: "leaf-signs-leaf",
        title: "leaf is signed by another client's leaf",
        docs: "root -> intermediate -> client's leaf, CA:false and without key usage (sent) -> leaf; whoever has a \
               certificate could mint the next",
        credential: Credential::Edited(|recipe| {
            let label = "first client".to_owned();
            let first = Spec { label, key_usage: Vec::new(), ..recipe.client.clone() };
            recipe.client.subject = DistinguishedName::new().o("certproof").cn("minted");
            recipe.client_issuer = recipe.authorities.len();
            recipe.authorities.push(Authority::intermediate(first, 1));
        }),
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
        id: "filter-second",
        title: "the second filter matches",
        docs: "commonName `somebody-else` alone: one filter of several is enough.",
        home: &PAYMENTS,
        credential: Credential::Edited(|recipe| recipe.client.subject = DistinguishedName::new().cn("Somebody-Else")),
        ..GOOD
    },
    Scenario {
        id: "filter-half",
        title: "one field of a filter matches, the other does not",
        docs: "commonName `payments.*` matches, organization `CERTPROOF` does not: all fields of a filter must.",
        home: &PAYMENTS,
        credential: Credential::Edited(|recipe| {
            recipe.client.subject = DistinguishedName::new().o("somebody").cn("payments.f45a2");
        }),
        expect: refuse(Stage::Filter, Alert::BAD_CERTIFICATE),
        ..GOOD
    },
    Scenario {
        id: "filter-inside",
        title: "filter's text stands inside the name",
        docs: "`payments.*` is a beginning: `not-payments.f45a2` has it in the middle.",
        home: &PAYMENTS,
        credential: Credential::Edited(|recipe| {
            recipe.client.subject = DistinguishedName::new().o("certproof").cn("not-payments.f45a2");
        }),
        expect: refuse(Stage::Filter, Alert::BAD_CERTIFICATE),
        ..GOOD
    },
    Scenario {
        id: "filter-dot",
        title: "filter would match as a regular expression",
        docs: "`payments.*` is no expression: `payments-old` has no dot behind payments.",
        home: &PAYMENTS,
        credential: Credential::Edited(|recipe| {
            recipe.client.subject = DistinguishedName::new().o("certproof").cn("payments-old");
        }),
        expect: refuse(Stage::Filter, Alert::BAD_CERTIFICATE),
        ..GOOD
    },
    Scenario {
        id: "filter-field-absent",
        title: "leaf lacks a field that the filter names",
        docs: "organization `certproof`, and no common name at all: what is not there matches nothing.",
        home: &PAYMENTS,
        credential: Credential::Edited(|recipe| recipe.client.subject = DistinguishedName::new().o("certproof")),
        expect: refuse(Stage::Filter, Alert::BAD_CERTIFICATE),
        ..GOOD
    },
    Scenario {
        id: "filter-second-unit",
        title: "filter matches the second of two units",
        docs: "organizationalUnit `operations`; the leaf has the units Development and Operations.",
        home: &AUDIT,
        ..GOOD
    },
    Scenario {
        id: "filter-alternative",
        title: "filter matches a subject alternative name",
        docs: "subjectAlternativeName `*.audit.example`; the leaf has another name first.",
        home: &AUDIT,
        credential: Credential::Edited(|recipe| {
            recipe.client.subject = DistinguishedName::new().cn("worker");
            recipe.client.dns = vec!["worker.example".to_owned(), "worker.audit.example".to_owned()];
        }),
        ..GOOD
    },
    Scenario {
        id: "filter-alternative-off",
        title: "filter's ending stands inside an alternative name",
        docs: "`*.audit.example` is an ending: `worker.audit.example.org` goes on behind it.",
        home: &AUDIT,
        credential: Credential::Edited(|recipe| {
            recipe.client.subject = DistinguishedName::new().cn("worker");
            recipe.client.dns = vec!["worker.audit.example.org".to_owned()];
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
        id: "sni-trailing-dot",
        title: "server name with a dot at its end",
        docs: "A fully qualified name; TLS libraries send it without the dot (RFC 6066, section 3), and `:authority` has it.",
        server_name: NameSent::Text("orders.f45a2.tmprl.cloud."),
        ..GOOD
    },
    Scenario {
        id: "sni-lookalike",
        title: "server name that ends like a namespace's",
        docs: "`notorders` is no namespace, and the account's wildcard certificate fits the name.",
        server_name: NameSent::Text("notorders.f45a2.tmprl.cloud"),
        expect: UNROUTED,
        ..GOOD
    },
    Scenario {
        id: "sni-below-namespace",
        title: "server name below a namespace's",
        docs: "Endpoints have no names below them.",
        server_name: NameSent::Text("worker.orders.f45a2.tmprl.cloud"),
        expect: UNROUTED,
        ..GOOD
    },
    Scenario {
        id: "header-other-namespace",
        title: "request names another namespace in its header",
        docs: "An admitted client asks, in the `temporal-namespace` header, for a namespace of the same account.",
        request: Request { header: Header::Lines(&["shipping.f45a2"]), ..OWN },
        expect: HEADER_ELSEWHERE,
        ..GOOD
    },
    Scenario {
        id: "body-other-namespace",
        title: "request names another namespace in its body",
        docs: "The header is right, the message is not: both must be the endpoint's namespace.",
        request: Request { body: &[Part::Text(1, "shipping.f45a2")], ..OWN },
        expect: BODY_ELSEWHERE,
        ..GOOD
    },
    Scenario {
        id: "ticket-again",
        title: "session ticket at the same namespace",
        docs: "Even where nothing changed the chain is judged again: a full handshake, one run of the verifier.",
        course: Course::Ticket(Ticket::Again),
        ..GOOD
    },
    Scenario {
        id: "ticket-other-namespace",
        title: "session ticket at another namespace",
        docs: "Admitted at shipping, then shipping's ticket and certificate at orders.",
        credential: Credential::Of(&SHIPPING),
        course: Course::Ticket(Ticket::From("shipping.f45a2")),
        expect: UNKNOWN_CA,
        ..GOOD
    },
    Scenario {
        id: "ticket-after-rotation",
        title: "session ticket after the CA was replaced",
        docs: "Admitted, then the bundle is replaced. A resumed session would skip the verifier and get in.",
        course: Course::Ticket(Ticket::AfterRotation),
        expect: UNKNOWN_CA,
        ..GOOD
    },
    Scenario {
        id: "ticket-after-expiry",
        title: "session ticket after the leaf expired",
        docs: "Admitted, then the leaf's hour is over. A resumed session would skip the verifier and get in.",
        home: &BRIEF,
        course: Course::Ticket(Ticket::AfterExpiry),
        expect: EXPIRED,
        ..GOOD
    },
    Scenario {
        id: "early-again",
        title: "call as early data, with a ticket of the same namespace",
        docs: "What is sent before the client is judged can be sent again by anybody who copied it. It is not read: the \
               client makes the call once more behind the handshake.",
        course: Course::Early(Ticket::Again),
        ..GOOD
    },
    Scenario {
        id: "early-other-namespace",
        title: "call as early data, with a ticket of another namespace",
        docs: "Admitted at shipping; then a call for orders goes along with shipping's ticket and certificate.",
        credential: Credential::Of(&SHIPPING),
        course: Course::Early(Ticket::From("shipping.f45a2")),
        expect: UNKNOWN_CA,
        ..GOOD
    },
    Scenario {
        id: "early-after-rotation",
        title: "call as early data after the CA was replaced",
        docs: "Admitted, then the bundle is replaced. The call must not get through before the certificate is judged.",
        course: Course::Early(Ticket::AfterRotation),
        expect: UNKNOWN_CA,
        ..GOOD
    },
    Scenario {
        id: "early-after-expiry",
        title: "call as early data after the leaf expired",
        docs: "Admitted, then the leaf's hour is over. The call must not get through before the certificate is judged.",
        home: &BRIEF,
        course: Course::Early(Ticket::AfterExpiry),
        expect: EXPIRED,
        ..GOOD
    },
    Scenario {
        id: "region-key",
        title: "API key at the regional endpoint",
        docs: "No client certificate, `authorization: Bearer`, and `temporal-namespace`, which says which one is meant.",
        ..KEYED
    },
    Scenario {
        id: "region-key-both",
        title: "API key of a namespace that takes certificates too",
        docs: "A namespace with both kinds of authentication takes keys at the regional endpoint.",
        home: &BILLING,
        keys: &["Bearer billing-key"],
        ..KEYED
    },
    Scenario {
        id: "region-certificate",
        title: "client certificate at the regional endpoint",
        docs: "The regional endpoint asks for no certificate, so none is judged, and the call shows no key.",
        server_name: NameSent::Text(OREGON_HOST),
        verifier_runs: 0,
        expect: KEY_MISSING,
        ..GOOD
    },
    Scenario {
        id: "region-header-missing",
        title: "regional endpoint, and no namespace in the header",
        docs: "The body alone does not say at a regional endpoint which namespace is meant.",
        request: Request { header: Header::Lines(&[]), ..OWN },
        expect: HEADER_MISSING,
        ..KEYED
    },
    Scenario {
        id: "region-body-missing",
        title: "regional endpoint, and no namespace in the body",
        docs: "The header alone does not say it either.",
        request: Request { body: &[], ..OWN },
        expect: denied("the request names no namespace"),
        ..KEYED
    },
    Scenario {
        id: "region-other-region",
        title: "API key at the regional endpoint of another region",
        docs: "archive's key is good and archive is in Frankfurt; asked for in Oregon.",
        home: &ARCHIVE,
        keys: &["Bearer archive-key"],
        expect: denied("archive.f45a2 is not in aws-us-west-2"),
        ..KEYED
    },
    Scenario {
        id: "region-old-name",
        title: "older name of a regional endpoint",
        docs: "`<cloud>-<region>.region.tmprl.cloud` is documented, beside a remark that no certificate covers it.",
        server_name: NameSent::Text(OLD_OREGON_HOST),
        expect: UNROUTED,
        ..KEYED
    },
    Scenario {
        id: "region-old-name-served",
        title: "older name of a regional endpoint, where it is served",
        docs: "With the switch `old-region-names` at served.",
        server_name: NameSent::Text(OLD_OREGON_HOST),
        switches: Switches { old_region_names: OldRegionNames::Served, ..SWITCHES },
        ..KEYED
    },
    Scenario {
        id: "namespace-key",
        title: "API key at the namespace's own endpoint",
        docs: "A namespace that takes keys only takes them at its own endpoint too, and asks for no certificate there.",
        server_name: NameSent::Endpoint,
        ..KEYED
    },
    Scenario {
        id: "namespace-key-alone",
        title: "API key at the namespace's own endpoint, without the header",
        docs: "The endpoint says which namespace is meant.",
        server_name: NameSent::Endpoint,
        request: Request { header: Header::Lines(&[]), ..OWN },
        ..KEYED
    },
    Scenario {
        id: "both-certificate",
        title: "client certificate where keys are taken too",
        docs: "A namespace with both kinds of authentication takes certificates at its own endpoint.",
        home: &BILLING,
        ..GOOD
    },
    Scenario {
        id: "both-key",
        title: "API key at the endpoint for certificates",
        docs: "Keys reach a namespace that takes both at the regional endpoint only: here a certificate is demanded.",
        home: &BILLING,
        keys: &["Bearer billing-key"],
        server_name: NameSent::Endpoint,
        expect: refuse(Stage::Present, Alert::CERTIFICATE_REQUIRED),
        ..KEYED
    },
    Scenario {
        id: "both-key-switched",
        title: "API key at the endpoint for both",
        docs: "With the switch `dual-authentication` at keys-on-both.",
        home: &BILLING,
        keys: &["Bearer billing-key"],
        server_name: NameSent::Endpoint,
        switches: Switches { dual_authentication: DualAuthentication::KeysOnBoth, ..SWITCHES },
        ..KEYED
    },
    Scenario {
        id: "both-foreign-ca",
        title: "certificate of a foreign CA beside a good API key",
        docs: "Where either will do, a certificate that is shown is judged: the key does not make up for it.",
        home: &BILLING,
        credential: Credential::Of(&STRANGER),
        keys: &["Bearer billing-key"],
        switches: Switches { dual_authentication: DualAuthentication::KeysOnBoth, ..SWITCHES },
        expect: UNKNOWN_CA,
        ..GOOD
    },
    Scenario {
        id: "path-certificate",
        title: "private path, with the namespace as server name",
        docs: "An address that leads into one region; the server name is overridden with the Namespace Endpoint.",
        path: Some(OREGON),
        ..GOOD
    },
    Scenario {
        id: "path-key",
        title: "private path, with the region as server name",
        docs: "The same with an API key: the server name is overridden with the regional endpoint.",
        path: Some(OREGON),
        ..KEYED
    },
    Scenario {
        id: "path-other-region",
        title: "private path of another region than the namespace's",
        docs: "shipping is in Frankfurt, and the path leads into Oregon.",
        home: &SHIPPING,
        path: Some(OREGON),
        expect: UNROUTED,
        ..GOOD
    },
    Scenario {
        id: "path-other-region-key",
        title: "private path, with another region as server name",
        docs: "The path leads into Oregon, and the server name is Frankfurt's endpoint.",
        home: &ARCHIVE,
        keys: &["Bearer archive-key"],
        server_name: NameSent::Text(FRANKFURT_HOST),
        path: Some(OREGON),
        expect: UNROUTED,
        ..KEYED
    },
    Scenario {
        id: "path-no-region",
        title: "private path, and a namespace in no region",
        docs: "What is in no region is reached by its own endpoint alone.",
        home: &ORDERS_ABROAD,
        path: Some(OREGON),
        expect: UNROUTED,
        ..GOOD
    },
    Scenario {
        id: "key-missing",
        title: "neither certificate nor API key",
        docs: "A regional endpoint lets every TLS client connect, and none call.",
        keys: &[],
        expect: KEY_MISSING,
        ..KEYED
    },
    Scenario {
        id: "key-unknown",
        title: "API key that nobody made",
        docs: "Right in its form, and unknown.",
        keys: &["Bearer no-such-key"],
        expect: denied("the API key is unknown"),
        ..KEYED
    },
    Scenario {
        id: "key-expired",
        title: "API key has expired",
        docs: "It ended an hour ago.",
        keys: &["Bearer expired-key"],
        expect: denied("the API key has expired"),
        ..KEYED
    },
    Scenario {
        id: "key-disabled",
        title: "API key is disabled",
        docs: "It would hold for another hour.",
        keys: &["Bearer disabled-key"],
        expect: denied("the API key is disabled"),
        ..KEYED
    },
    Scenario {
        id: "key-refused-switched",
        title: "API key has expired, with the other answer",
        docs: "With the switch `key-refusal` at unauthenticated.",
        keys: &["Bearer expired-key"],
        switches: Switches { key_refusal: KeyRefusal::Unauthenticated, ..SWITCHES },
        expect: Expect::Answer(16, Cow::Borrowed("the API key has expired")),
        ..KEYED
    },
    Scenario {
        id: "key-other-namespace",
        title: "API key of another namespace",
        docs: "billing's key, and ledger in header and body; both are in the region of the endpoint.",
        keys: &["Bearer billing-key"],
        expect: denied("the API key is not for ledger.f45a2"),
        ..KEYED
    },
    Scenario {
        id: "key-other-at-own",
        title: "API key of another namespace, at the namespace's endpoint",
        docs: "archive's key at ledger's own endpoint.",
        keys: &["Bearer archive-key"],
        server_name: NameSent::Endpoint,
        expect: denied("the API key is not for ledger.f45a2"),
        ..KEYED
    },
    Scenario {
        id: "key-wide-other-at-own",
        title: "API key of several namespaces, at the endpoint of one",
        docs: "The key is good for archive, the endpoint is not archive's.",
        keys: &["Bearer wide-key"],
        server_name: NameSent::Endpoint,
        request: Request { header: Header::Lines(&["archive.f45a2"]), body: &[Part::Text(1, "archive.f45a2")], ..OWN },
        expect: denied("the header temporal-namespace names `archive.f45a2`"),
        ..KEYED
    },
    Scenario {
        id: "key-wide-body-other",
        title: "API key of several namespaces, header and body apart",
        docs: "The key is good for both, the header says ledger and the body billing: one call is for one namespace.",
        keys: &["Bearer wide-key"],
        request: Request { body: &[Part::Text(1, "billing.f45a2")], ..OWN },
        expect: denied("the field namespace of the request names `billing.f45a2`"),
        ..KEYED
    },
    Scenario {
        id: "key-not-taken",
        title: "API key of a namespace that takes certificates only",
        docs: "The key is for orders, which is reached by mTLS alone.",
        home: &ORDERS,
        keys: &["Bearer orders-key"],
        expect: denied("orders.f45a2 takes no API keys"),
        ..KEYED
    },
    Scenario {
        id: "key-instead-of-leaf",
        title: "API key instead of the certificate",
        docs: "An endpoint for certificates refuses the connection before any call could show the key.",
        home: &ORDERS,
        keys: &["Bearer orders-key"],
        server_name: NameSent::Endpoint,
        expect: refuse(Stage::Present, Alert::CERTIFICATE_REQUIRED),
        ..KEYED
    },
    Scenario {
        id: "key-beside-certificate",
        title: "API key of another namespace beside the certificate",
        docs: "Admitted at orders by certificate, then ledger's key for ledger: the certificate says which namespace it is.",
        keys: &["Bearer ledger-key"],
        request: Request { header: Header::Lines(&["ledger.f45a2"]), body: &[Part::Text(1, "ledger.f45a2")], ..OWN },
        expect: denied("the header temporal-namespace names `ledger.f45a2`"),
        ..GOOD
    },
    Scenario {
        id: "key-twice",
        title: "two API keys in one call",
        docs: "Of two headers `authorization` servers take the first or the last.",
        keys: &["Bearer ledger-key", "Bearer billing-key"],
        expect: KEY_MISSING,
        ..KEYED
    },
    Scenario {
        id: "key-basic",
        title: "API key in another scheme",
        docs: "`Basic` instead of `Bearer`.",
        keys: &["Basic ledger-key"],
        expect: KEY_MISSING,
        ..KEYED
    },
    Scenario {
        id: "key-bare",
        title: "API key without its scheme",
        docs: "What is written when `Bearer` is forgotten.",
        keys: &["ledger-key"],
        expect: KEY_MISSING,
        ..KEYED
    },
    Scenario {
        id: "authority-own-port",
        title: ":authority with a port",
        docs: "What most clients send.",
        request: Request { authority: Some("Orders.f45a2.tmprl.cloud:7233"), ..OWN },
        ..GOOD
    },
    Scenario {
        id: "authority-address",
        title: ":authority is an address",
        docs: "What a client sends that dials an IP address and overrides the server name for TLS only.",
        request: Request { authority: Some("127.0.0.1:7233"), ..OWN },
        ..GOOD
    },
    Scenario {
        id: "authority-other",
        title: ":authority is another namespace's endpoint",
        docs: "The server name of TLS is orders', that of HTTP/2 is not.",
        request: Request { authority: Some("shipping.f45a2.tmprl.cloud"), ..OWN },
        expect: denied(":authority `shipping.f45a2.tmprl.cloud` is another endpoint than the connection's"),
        ..GOOD
    },
    Scenario {
        id: "authority-odd-spelling",
        title: ":authority is another namespace's endpoint, spelled oddly",
        docs: "Host names are compared without case, and a dot at the end and a port change nothing.",
        request: Request { authority: Some("SHIPPING.f45a2.tmprl.cloud.:7233"), ..OWN },
        expect: denied(":authority `SHIPPING.f45a2.tmprl.cloud` is another endpoint than the connection's"),
        ..GOOD
    },
    Scenario {
        id: "authority-region",
        title: ":authority is a regional endpoint",
        docs: "A connection with a certificate is for its namespace, and no way to a region's endpoint.",
        request: Request { authority: Some(OREGON_HOST), ..OWN },
        expect: denied(":authority `us-west-2.aws.api.temporal.io` is another endpoint than the connection's"),
        ..GOOD
    },
    Scenario {
        id: "authority-other-region",
        title: ":authority is the endpoint of another region",
        docs: "Connected in Oregon, and Frankfurt's endpoint in the request.",
        home: &ARCHIVE,
        keys: &["Bearer archive-key"],
        request: Request { authority: Some(FRANKFURT_HOST), ..OWN },
        expect: denied(":authority `eu-central-1.aws.api.temporal.io` is another endpoint than the connection's"),
        ..KEYED
    },
    Scenario {
        id: "authority-namespace",
        title: ":authority is a namespace's endpoint, at a regional one",
        docs: "Even that of the namespace that is asked for.",
        request: Request { authority: Some("ledger.f45a2.tmprl.cloud"), ..OWN },
        expect: denied(":authority `ledger.f45a2.tmprl.cloud` is another endpoint than the connection's"),
        ..KEYED
    },
    Scenario {
        id: "header-missing",
        title: "request without the header",
        docs: "With mTLS the endpoint says which namespace is meant; the body still has to agree.",
        request: Request { header: Header::Lines(&[]), ..OWN },
        ..GOOD
    },
    Scenario {
        id: "header-other-account",
        title: "header names a namespace of the same name elsewhere",
        docs: "orders.9k3zq in a request to orders.f45a2.",
        request: Request { header: Header::Lines(&["orders.9k3zq"]), ..OWN },
        expect: denied("the header temporal-namespace names `orders.9k3zq`"),
        ..GOOD
    },
    Scenario {
        id: "header-lookalike",
        title: "header names a namespace that begins like the own",
        docs: "orders.f45a2b is another account's.",
        request: Request { header: Header::Lines(&["orders.f45a2b"]), ..OWN },
        expect: denied("the header temporal-namespace names `orders.f45a2b`"),
        ..GOOD
    },
    Scenario {
        id: "header-own-then-other",
        title: "header twice, the other namespace last",
        docs: "Of two headers servers take the first or the last.",
        request: Request { header: Header::Lines(&["orders.f45a2", "shipping.f45a2"]), ..OWN },
        expect: HEADER_OF_TWO,
        ..GOOD
    },
    Scenario {
        id: "header-other-then-own",
        title: "header twice, the other namespace first",
        docs: "Of two headers servers take the first or the last.",
        request: Request { header: Header::Lines(&["shipping.f45a2", "orders.f45a2"]), ..OWN },
        expect: HEADER_OF_TWO,
        ..GOOD
    },
    Scenario {
        id: "header-list",
        title: "header with two names in one line",
        docs: "HTTP joins lines with commas (RFC 9110, section 5.2), so one line can be two.",
        request: Request { header: Header::Lines(&["orders.f45a2, shipping.f45a2"]), ..OWN },
        expect: denied("the header temporal-namespace names `orders.f45a2\\, shipping.f45a2`"),
        ..GOOD
    },
    Scenario {
        id: "other-as-not-found",
        title: "request names another namespace, with the other answer",
        docs: "With the switch `other-namespace` at not-found.",
        request: Request { body: &[Part::Text(1, "shipping.f45a2")], ..OWN },
        switches: Switches { other_namespace: OtherNamespace::NotFound, ..SWITCHES },
        expect: Expect::Answer(5, Cow::Borrowed("the field namespace of the request names `shipping.f45a2`")),
        ..GOOD
    },
    Scenario {
        id: "body-missing",
        title: "request whose body names no namespace",
        docs: "The header is right, the message empty.",
        request: Request { body: &[], ..OWN },
        expect: denied("the request names no namespace"),
        ..GOOD
    },
    Scenario {
        id: "body-other-account",
        title: "body names a namespace of the same name elsewhere",
        docs: "orders.9k3zq in a request to orders.f45a2.",
        request: Request { body: &[Part::Text(1, "orders.9k3zq")], ..OWN },
        expect: denied("the field namespace of the request names `orders.9k3zq`"),
        ..GOOD
    },
    Scenario {
        id: "body-lookalike",
        title: "body names a namespace that begins like the own",
        docs: "orders.f45a2b is another account's.",
        request: Request { body: &[Part::Text(1, "orders.f45a2b")], ..OWN },
        expect: denied("the field namespace of the request names `orders.f45a2b`"),
        ..GOOD
    },
    Scenario {
        id: "body-own-then-other",
        title: "body names its namespace, then another",
        docs: "Of a field that comes twice, protobuf takes the last.",
        request: Request { body: &[Part::Own(1), Part::Text(1, "shipping.f45a2")], ..OWN },
        expect: BODY_ELSEWHERE,
        ..GOOD
    },
    Scenario {
        id: "body-other-then-own",
        title: "body names another namespace, then its own",
        docs: "A server that took the first would be in the wrong namespace.",
        request: Request { body: &[Part::Text(1, "shipping.f45a2"), Part::Own(1)], ..OWN },
        expect: BODY_ELSEWHERE,
        ..GOOD
    },
    Scenario {
        id: "body-other-id",
        title: "body asks for another namespace by its id",
        docs: "DescribeNamespace takes a name or an id.",
        request: Request { body: &[Part::Own(1), Part::Text(2, "shipping.f45a2")], ..OWN },
        expect: denied("the field id of the request names `shipping.f45a2`"),
        ..GOOD
    },
    Scenario {
        id: "body-gzip",
        title: "compressed request",
        docs: "Judged, and forwarded, unpacked.",
        request: Request { packing: Packing::Gzip, ..OWN },
        ..GOOD
    },
    Scenario {
        id: "body-gzip-other",
        title: "compressed request names another namespace",
        docs: "Compression hides nothing.",
        request: Request { body: &[Part::Text(1, "shipping.f45a2")], packing: Packing::Gzip, ..OWN },
        expect: BODY_ELSEWHERE,
        ..GOOD
    },
    Scenario {
        id: "body-gzip-members",
        title: "compressed request in two parts, the last elsewhere",
        docs: "Some readers of gzip stop behind the first member (RFC 1952, section 2.2), and Go's reads all.",
        request: Request {
            body: &[Part::Own(1), Part::Text(1, "shipping.f45a2")],
            packing: Packing::GzipMembers,
            ..OWN
        },
        expect: BODY_ELSEWHERE,
        ..GOOD
    },
    Scenario {
        id: "nested-own",
        title: "command for a child workflow in the own namespace",
        docs: "RespondWorkflowTaskCompleted, command 12, in the own namespace, as all that is nested must be.",
        request: Request {
            method: "RespondWorkflowTaskCompleted",
            body: &[Part::Message(2, &[Part::Message(12, &[Part::Own(1)])]), Part::Own(9)],
            ..OWN
        },
        ..GOOD
    },
    Scenario {
        id: "nested-child",
        title: "command for a child workflow in another namespace",
        docs: "RespondWorkflowTaskCompleted; the request's own namespace is right.",
        request: Request {
            method: "RespondWorkflowTaskCompleted",
            body: &[Part::Message(2, &[Part::Message(12, &[Part::Text(1, "shipping.f45a2")])]), Part::Own(9)],
            ..OWN
        },
        expect: denied(
            "the field commands.start_child_workflow_execution_command_attributes.namespace of the request names \
             `shipping.f45a2`",
        ),
        ..GOOD
    },
    Scenario {
        id: "nested-signal",
        title: "second command signals a workflow in another namespace",
        docs: "RespondWorkflowTaskCompleted with two commands, the first of which is right.",
        request: Request {
            method: "RespondWorkflowTaskCompleted",
            body: &[
                Part::Message(2, &[Part::Message(13, &[Part::Own(1)])]),
                Part::Message(2, &[Part::Message(13, &[Part::Text(1, "shipping.f45a2")])]),
                Part::Own(9),
            ],
            ..OWN
        },
        expect: denied(
            "the field commands.signal_external_workflow_execution_command_attributes.namespace of the request names \
             `shipping.f45a2`",
        ),
        ..GOOD
    },
    Scenario {
        id: "nested-operations-own",
        title: "operations of a multi-operation in the own namespace",
        docs: "ExecuteMultiOperation that starts a workflow and updates it.",
        request: Request {
            method: "ExecuteMultiOperation",
            body: &[
                Part::Own(1),
                Part::Message(2, &[Part::Message(1, &[Part::Own(1)])]),
                Part::Message(2, &[Part::Message(2, &[Part::Own(1)])]),
            ],
            ..OWN
        },
        ..GOOD
    },
    Scenario {
        id: "nested-operations",
        title: "operation of a multi-operation in another namespace",
        docs: "ExecuteMultiOperation whose update is for another namespace.",
        request: Request {
            method: "ExecuteMultiOperation",
            body: &[
                Part::Own(1),
                Part::Message(2, &[Part::Message(1, &[Part::Own(1)])]),
                Part::Message(2, &[Part::Message(2, &[Part::Text(1, "shipping.f45a2")])]),
            ],
            ..OWN
        },
        expect: denied("the field operations.update_workflow.namespace of the request names `shipping.f45a2`"),
        ..GOOD
    },
    Scenario {
        id: "nested-link",
        title: "link to a workflow in another namespace",
        docs: "StartWorkflowExecution; the documents do not say what the cloud does with such a link.",
        request: Request {
            method: "StartWorkflowExecution",
            body: &[Part::Own(1), Part::Message(24, &[Part::Message(1, &[Part::Text(1, "shipping.f45a2")])])],
            ..OWN
        },
        expect: denied("the field links.workflow_event.namespace of the request names `shipping.f45a2`"),
        ..GOOD
    },
    Scenario {
        id: "nested-failure",
        title: "failure of a child workflow in another namespace",
        docs: "RespondActivityTaskFailed: the name is in the cause of the failure's cause.",
        request: Request {
            method: "RespondActivityTaskFailed",
            body: &[
                Part::Message(
                    2,
                    &[Part::Message(4, &[Part::Message(4, &[Part::Message(12, &[Part::Text(1, "shipping.f45a2")])])])],
                ),
                Part::Own(4),
            ],
            ..OWN
        },
        expect: denied(
            "the field failure.cause.cause.child_workflow_execution_failure_info.namespace of the request names \
             `shipping.f45a2`",
        ),
        ..GOOD
    },
    Scenario {
        id: "method-system-info",
        title: "method about no namespace",
        docs: "GetSystemInfo, which SDKs ask first; its request is empty.",
        request: Request { method: "GetSystemInfo", body: &[], ..OWN },
        ..GOOD
    },
    Scenario {
        id: "method-list",
        title: "method about all namespaces",
        docs: "ListNamespaces tells of others, whatever its request says.",
        request: Request { method: "ListNamespaces", body: &[], ..OWN },
        expect: NOT_FOR_CLIENTS,
        ..GOOD
    },
    Scenario {
        id: "method-update",
        title: "method that changes a namespace",
        docs: "UpdateNamespace, of the own namespace: that is for the Cloud Ops API.",
        request: Request { method: "UpdateNamespace", ..OWN },
        expect: NOT_FOR_CLIENTS,
        ..GOOD
    },
    Scenario {
        id: "method-operator",
        title: "method of the cluster's administration",
        docs: "OperatorService/DeleteNamespace.",
        request: Request { method: "/temporal.api.operatorservice.v1.OperatorService/DeleteNamespace", ..OWN },
        expect: NOT_FOR_CLIENTS,
        ..GOOD
    },
    Scenario {
        id: "reused-body",
        title: "connection reused for another namespace's body",
        docs: "A good call, one for shipping, and a good one again: only the one in the middle is refused.",
        request: Request { body: &[Part::Text(1, "shipping.f45a2")], ..OWN },
        course: Course::Reused,
        expect: BODY_ELSEWHERE,
        ..GOOD
    },
    Scenario {
        id: "reused-header",
        title: "connection reused for another namespace's header",
        docs: "As clients do that share a connection among namespaces.",
        request: Request {
            header: Header::Lines(&["shipping.f45a2"]),
            body: &[Part::Text(1, "shipping.f45a2")],
            ..OWN
        },
        course: Course::Reused,
        expect: HEADER_ELSEWHERE,
        ..GOOD
    },
    Scenario {
        id: "reused-authority",
        title: "connection reused for another namespace's :authority",
        docs: "Clients may share connections where a wildcard certificate fits both names (RFC 9113, section 9.1.1).",
        request: Request {
            authority: Some("shipping.f45a2.tmprl.cloud"),
            header: Header::Lines(&["shipping.f45a2"]),
            body: &[Part::Text(1, "shipping.f45a2")],
            ..OWN
        },
        course: Course::Reused,
        expect: denied(":authority `shipping.f45a2.tmprl.cloud` is another endpoint than the connection's"),
        ..GOOD
    },
    Scenario {
        id: "reused-key-other",
        title: "connection reused for another namespace than the key's",
        docs: "A good call to ledger, then the same key for billing: each call is judged by what it says.",
        request: Request { header: Header::Lines(&["billing.f45a2"]), body: &[Part::Text(1, "billing.f45a2")], ..OWN },
        course: Course::Reused,
        expect: denied("the API key is not for billing.f45a2"),
        ..KEYED
    },
    Scenario {
        id: "reused-key-missing",
        title: "connection reused without the API key",
        docs: "A connection is not let in by the key of its first call: every call shows one.",
        request: Request { keys: Some(&[]), ..OWN },
        course: Course::Reused,
        expect: KEY_MISSING,
        ..KEYED
    },
    Scenario {
        id: "reload-root",
        title: "CA replaced in mid-connection",
        docs: "Who was admitted stays until the end of the connection; the next connection is judged by the new CA.",
        course: Course::Reloaded(Change::AnotherRoot),
        ..GOOD
    },
    Scenario {
        id: "reload-root-then-other",
        title: "CA replaced in mid-connection, then another namespace",
        docs: "Who stays still reaches one namespace only.",
        request: Request { body: &[Part::Text(1, "shipping.f45a2")], ..OWN },
        course: Course::Reloaded(Change::AnotherRoot),
        expect: BODY_ELSEWHERE,
        ..GOOD
    },
    Scenario {
        id: "reload-filters",
        title: "filters tightened in mid-connection",
        docs: "Filters judge connections: who was admitted stays until the end of it.",
        home: &PAYMENTS,
        course: Course::Reloaded(Change::FiltersTightened),
        ..GOOD
    },
    Scenario {
        id: "reload-namespace-gone",
        title: "namespace removed in mid-connection",
        docs: "There is nothing left that the connection could be for.",
        course: Course::Reloaded(Change::NamespaceGone),
        expect: denied("no namespace is called `orders.f45a2`"),
        ..GOOD
    },
    Scenario {
        id: "reload-key-gone",
        title: "API key taken back in mid-connection",
        docs: "Keys judge calls: the next one is refused.",
        course: Course::Reloaded(Change::KeysGone),
        expect: denied("the API key is unknown"),
        ..KEYED
    },
    Scenario {
        id: "reload-key-disabled",
        title: "API key disabled in mid-connection",
        docs: "Keys judge calls: the next one is refused.",
        course: Course::Reloaded(Change::KeysDisabled),
        expect: denied("the API key is disabled"),
        ..KEYED
    },
    Scenario {
        id: "reload-key-expired",
        title: "API key expires in mid-connection",
        docs: "Nothing is reloaded, two hours pass.",
        course: Course::Reloaded(Change::KeysExpired),
        expect: denied("the API key has expired"),
        ..KEYED
    },
    Scenario {
        id: "reload-key-other",
        title: "API key given to another namespace in mid-connection",
        docs: "The same secret is now billing's alone.",
        course: Course::Reloaded(Change::KeysFor("billing.f45a2")),
        expect: denied("the API key is not for ledger.f45a2"),
        ..KEYED
    },
    Scenario {
        id: "reload-region",
        title: "namespace moved to another region in mid-connection",
        docs: "The old region's endpoint leads to it no longer.",
        course: Course::Reloaded(Change::MovedTo(FRANKFURT)),
        expect: denied("ledger.f45a2 is not in aws-us-west-2"),
        ..KEYED
    },
    Scenario {
        id: "reload-certificates",
        title: "namespace takes no more keys, in mid-connection",
        docs: "From now on it is reached by mTLS alone.",
        course: Course::Reloaded(Change::CertificatesOnly),
        expect: denied("ledger.f45a2 takes no API keys"),
        ..KEYED
    },
    Scenario {
        id: "filter-shared-ca",
        title: "client of a namespace with the same CA and other filters",
        docs: "root (bundle of payments and refunds) -> intermediate -> payments' leaf, at refunds: filters alone keep \
               them apart.",
        home: &REFUNDS,
        credential: Credential::Of(&PAYMENTS),
        expect: refuse(Stage::Filter, Alert::BAD_CERTIFICATE),
        ..GOOD
    },
    Scenario {
        id: "filter-shared-ca-own",
        title: "client of its own namespace, with the same CA as another",
        docs: "root (bundle of payments and refunds) -> intermediate -> refunds' leaf, at refunds.",
        home: &REFUNDS,
        ..GOOD
    },
    Scenario {
        id: "filter-barred",
        title: "no filter matches, and calls are to tell",
        docs: "With the switch `filter-refusal` at permission-denied, the other answer that Temporal's guides name.",
        home: &PAYMENTS,
        credential: Credential::Edited(|recipe| {
            recipe.client.subject = DistinguishedName::new().o("certproof").cn("worker");
        }),
        switches: Switches { filter_refusal: FilterRefusal::PermissionDenied, ..SWITCHES },
        expect: Expect::Barred,
        ..GOOD
    },
    Scenario {
        id: "ca-names-heeded",
        title: "Go client of another CA, told which CAs are wanted",
        docs: "It finds no certificate of a CA that the server names, and presents none.",
        credential: Credential::HeedingOf(&SHIPPING),
        expect: refuse(Stage::Present, Alert::CERTIFICATE_REQUIRED),
        ..GOOD
    },
    Scenario {
        id: "ca-names-withheld",
        title: "Go client of another CA, not told which CAs are wanted",
        docs: "With the switch `ca-names` at withheld it presents what it has.",
        credential: Credential::HeedingOf(&SHIPPING),
        switches: Switches { ca_names: CaNames::Withheld, ..SWITCHES },
        expect: UNKNOWN_CA,
        ..GOOD
    },
    Scenario {
        id: "sni-unknown-alert",
        title: "server name of no namespace, answered with an alert",
        docs: "With the switch `unknown-server-name` at unrecognized-name.",
        server_name: NameSent::Text("nobody.f45a2.tmprl.cloud"),
        switches: Switches { unknown_server_name: UnknownServerName::UnrecognizedName, ..SWITCHES },
        expect: refuse(Stage::Route, Alert::UNRECOGNIZED_NAME),
        ..GOOD
    },
    Scenario {
        id: "alpn-missing-closed",
        title: "no application protocol, answered without an alert",
        docs: "With the switch `no-h2` at close.",
        protocols: Protocols::Nothing,
        switches: Switches { no_h2: NoH2::Close, ..SWITCHES },
        expect: Expect::Refuse(Stage::Hello, None),
        ..GOOD
    },
];

/// The scenario of that id.
pub fn find(id: &str) -> Option<&'static Scenario> {
    ALL.iter().find(|scenario| scenario.id == id)
}
