//! The table: who comes to the door, what the door says of it, and what the client sees.

use super::class::Class;

pub const ORDERS: &str = "orders.f45a2";
pub const PAYMENTS: &str = "payments.f45a2";
/// Of another account.
pub const BILLING: &str = "billing.b77c3";
/// Takes API keys and no certificates.
pub const REPORTS: &str = "reports.f45a2";
/// Kits with one thing wrong with them, each with the flaw that it is made as.
const EXPIRED: &str = "expired.f45a2";
const EARLY: &str = "early.f45a2";
const INCOMPLETE: &str = "incomplete.f45a2";
const NO_CA: &str = "no-ca.f45a2";
const FILTERED: &str = "filtered.f45a2";
const MISMATCHED: &str = "mismatched.f45a2";
pub const FLAWED: [(&str, &str); 6] = [
    (EXPIRED, "leaf-expired"),
    (EARLY, "leaf-not-yet-valid"),
    (INCOMPLETE, "chain-issuer-missing"),
    (NO_CA, "chain-issuer-not-ca"),
    (FILTERED, "filter-no-match"),
    (MISMATCHED, "key-mismatch"),
];

/// The region of every namespace, and its host; and another region's host.
pub const REGION: &str = "aws-us-east-1";
pub const OTHER_REGION: &str = "aws-eu-west-1";
const REGION_HOST: &str = "us-east-1.aws.api.temporal.io";
const OTHER_REGION_HOST: &str = "eu-west-1.aws.api.temporal.io";

/// The name that a door has a certificate for which stands before the endpoint instead of the right one.
pub const OTHER_HOST: &str = "vpce-0123.vpce.example";

/// API keys, by their ids; the last but one is over, the last is nobody's.
pub const ORDERS_KEY: Key = Key { id: "orders-ci", namespaces: &[ORDERS] };
pub const REPORTS_KEY: Key = Key { id: "reports-ci", namespaces: &[REPORTS] };
pub const OVER_KEY: Key = Key { id: "over", namespaces: &[ORDERS] };
pub const UNKNOWN_KEY: Key = Key { id: "unknown", namespaces: &[] };

#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Key {
    pub id: &'static str,
    pub namespaces: &'static [&'static str],
}

/// What a client shows for itself.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Shows {
    Nothing,
    /// The certificate of this namespace's client.
    Certificate(&'static str),
    Key(Key),
}

/// Which CA a client trusts for the server.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Trusts {
    Servers,
    /// The CA of its own certificate, as happens.
    OwnAuthority,
}

/// What a client offers.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Offers {
    H2,
    /// At most TLS 1.2.
    Tls12,
    /// HTTP/1.1, and no h2.
    Http11,
    /// No application protocol at all.
    NoProtocol,
}

/// Which certificate the door has.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Door {
    Right,
    /// One for another host.
    Misnamed,
}

/// What a client does once it is connected.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Does {
    /// As little as tells whether it was let in.
    Connects,
    /// Has a namespace described that may be another than its own.
    Describes(&'static str),
    /// The same, with its own namespace in the header.
    DescribesUnawares(&'static str),
    /// Names another endpoint in `:authority`.
    Addresses(&'static str),
    /// Completes a workflow, on a server behind the door.
    Works,
}

/// How an attempt ends on both sides.
#[derive(Clone, Copy)]
pub struct Ending {
    pub connection: Connection,
    /// gRPC status of a call that is refused, and a part of the door's reason.
    pub call: Option<(u64, &'static str)>,
}

/// What the door decides about every connection of an attempt.
#[derive(Clone, Copy)]
pub enum Connection {
    Admitted,
    Refused {
        stage: &'static str,
        /// The alert; none where the door closes without a word.
        alert: Option<&'static str>,
        /// A part of the reason.
        reason: &'static str,
    },
    /// The client refuses the server. It may say so in an alert, go without a word, or come in first: some look at the
    /// certificate only after the handshake.
    RefusedByClient,
    /// The client does not use what it has, or does and is refused.
    RefusedBefore {
        stage: &'static str,
        alert: &'static str,
    },
}

pub struct Case {
    /// Stable: what the published table calls it.
    pub id: &'static str,
    pub what: &'static str,
    /// Whose client it is.
    pub namespace: &'static str,
    /// The host whose endpoint it means to reach. None when it names none, and knows an IP address alone.
    pub host: Option<&'static str>,
    pub shows: Shows,
    pub trusts: Trusts,
    pub offers: Offers,
    pub door: Door,
    pub does: Does,
    pub ends: Ending,
    /// Where the client heeds the CA names that the door asks for, and therefore shows no certificate.
    pub ends_if_unasked: Option<Ending>,
}

const WELCOME: Ending = Ending { connection: Connection::Admitted, call: None };
const NO_CERTIFICATE: Ending = refused("present", Some("certificate_required"), "presented no certificate");
const UNKNOWN_CA: Ending = refused("chain", Some("unknown_ca"), "");
const NO_PROTOCOL: Ending = refused("hello", Some("no_application_protocol"), "");
const SERVER_REFUSED: Ending = Ending { connection: Connection::RefusedByClient, call: None };

const fn refused(stage: &'static str, alert: Option<&'static str>, reason: &'static str) -> Ending {
    Ending { connection: Connection::Refused { stage, alert, reason }, call: None }
}

const fn denied(reason: &'static str) -> Ending {
    Ending { connection: Connection::Admitted, call: Some((7, reason)) }
}

/// A client of a namespace that means to reach the namespace's own endpoint.
const OURS: Case = Case {
    id: "welcome",
    what: "the namespace's own client",
    namespace: ORDERS,
    host: Some("orders.f45a2.tmprl.cloud"),
    shows: Shows::Certificate(ORDERS),
    trusts: Trusts::Servers,
    offers: Offers::H2,
    door: Door::Right,
    does: Does::Connects,
    ends: WELCOME,
    ends_if_unasked: None,
};

/// Every case differs from another in one thing.
pub const CASES: [Case; 30] = [
    OURS,
    Case {
        id: "tls-1.2-only",
        what: "TLS 1.2 at most",
        offers: Offers::Tls12,
        ends: refused("hello", Some("protocol_version"), ""),
        ..OURS
    },
    Case { id: "http-1.1-only", what: "HTTP 1.1 alone", offers: Offers::Http11, ends: NO_PROTOCOL, ..OURS },
    Case {
        id: "no-application-protocol",
        what: "no application protocol",
        offers: Offers::NoProtocol,
        ends: NO_PROTOCOL,
        ..OURS
    },
    Case { id: "no-server-name", what: "no server name", host: None, ends: refused("route", None, ""), ..OURS },
    Case {
        id: "unknown-server-name",
        what: "a server name that is nobody's",
        host: Some("nobody.f45a2.tmprl.cloud"),
        ends: refused("route", None, "no namespace is served as"),
        ..OURS
    },
    Case {
        id: "server-not-trusted",
        what: "trust in its own CA instead of the server's",
        trusts: Trusts::OwnAuthority,
        ends: SERVER_REFUSED,
        ..OURS
    },
    Case {
        id: "server-misnamed",
        what: "a server whose certificate is for another host",
        door: Door::Misnamed,
        ends: SERVER_REFUSED,
        ..OURS
    },
    Case { id: "no-certificate", what: "no certificate", shows: Shows::Nothing, ends: NO_CERTIFICATE, ..OURS },
    Case {
        id: "other-namespace-certificate",
        what: "another namespace's client",
        shows: Shows::Certificate(PAYMENTS),
        ends: UNKNOWN_CA,
        ends_if_unasked: Some(NO_CERTIFICATE),
        ..OURS
    },
    Case {
        id: "other-account-certificate",
        what: "another account's client",
        shows: Shows::Certificate(BILLING),
        ends: UNKNOWN_CA,
        ends_if_unasked: Some(NO_CERTIFICATE),
        ..OURS
    },
    Case {
        id: "intermediate-missing",
        what: "a certificate without its intermediate",
        namespace: INCOMPLETE,
        host: Some("incomplete.f45a2.tmprl.cloud"),
        shows: Shows::Certificate(INCOMPLETE),
        ends: UNKNOWN_CA,
        ends_if_unasked: Some(NO_CERTIFICATE),
        ..OURS
    },
    Case {
        id: "intermediate-not-ca",
        what: "a certificate whose intermediate is no CA",
        namespace: NO_CA,
        host: Some("no-ca.f45a2.tmprl.cloud"),
        shows: Shows::Certificate(NO_CA),
        ends: refused("chain", Some("bad_certificate"), ""),
        ..OURS
    },
    Case {
        id: "certificate-expired",
        what: "an expired certificate",
        namespace: EXPIRED,
        host: Some("expired.f45a2.tmprl.cloud"),
        shows: Shows::Certificate(EXPIRED),
        ends: refused("chain", Some("certificate_expired"), "expired at"),
        ..OURS
    },
    Case {
        id: "certificate-not-yet-valid",
        what: "a certificate that is not valid yet",
        namespace: EARLY,
        host: Some("early.f45a2.tmprl.cloud"),
        shows: Shows::Certificate(EARLY),
        ends: refused("chain", Some("certificate_expired"), "not valid"),
        ..OURS
    },
    Case {
        id: "key-mismatch",
        what: "a key of another certificate",
        namespace: MISMATCHED,
        host: Some("mismatched.f45a2.tmprl.cloud"),
        shows: Shows::Certificate(MISMATCHED),
        ends: Ending { connection: Connection::RefusedBefore { stage: "prove", alert: "decrypt_error" }, call: None },
        ..OURS
    },
    Case {
        id: "filter-mismatch",
        what: "a certificate that no filter matches",
        namespace: FILTERED,
        host: Some("filtered.f45a2.tmprl.cloud"),
        shows: Shows::Certificate(FILTERED),
        ends: refused("filter", Some("bad_certificate"), "no certificate filter matches"),
        ..OURS
    },
    Case {
        id: "other-namespace-request",
        what: "a request for another namespace",
        does: Does::Describes(PAYMENTS),
        ends: denied("names `payments.f45a2`"),
        ..OURS
    },
    Case {
        id: "other-namespace-message",
        what: "a message about another namespace below its own in the header",
        does: Does::DescribesUnawares(PAYMENTS),
        ends: denied("names `payments.f45a2`"),
        ..OURS
    },
    Case {
        id: "other-authority",
        what: "another endpoint in authority",
        does: Does::Addresses("payments.f45a2.tmprl.cloud"),
        ends: denied(":authority `payments.f45a2.tmprl.cloud` is another endpoint"),
        ..OURS
    },
    Case {
        id: "region-welcome",
        what: "an API key in the region",
        host: Some(REGION_HOST),
        shows: Shows::Key(ORDERS_KEY),
        ..OURS
    },
    Case {
        id: "keys-alone-welcome",
        what: "an API key at the endpoint of a namespace with keys alone",
        namespace: REPORTS,
        host: Some("reports.f45a2.tmprl.cloud"),
        shows: Shows::Key(REPORTS_KEY),
        ..OURS
    },
    Case {
        id: "api-key-at-namespace",
        what: "an API key at the endpoint of a namespace with certificates too",
        shows: Shows::Key(ORDERS_KEY),
        ends: NO_CERTIFICATE,
        ..OURS
    },
    Case {
        id: "api-key-missing",
        what: "a certificate in the region",
        host: Some(REGION_HOST),
        ends: denied("no API key"),
        ..OURS
    },
    Case {
        id: "api-key-unknown",
        what: "an unknown API key",
        host: Some(REGION_HOST),
        shows: Shows::Key(UNKNOWN_KEY),
        ends: denied("the API key is unknown"),
        ..OURS
    },
    Case {
        id: "api-key-expired",
        what: "an expired API key",
        host: Some(REGION_HOST),
        shows: Shows::Key(OVER_KEY),
        ends: denied("the API key has expired"),
        ..OURS
    },
    Case {
        id: "api-key-of-other-namespace",
        what: "another namespace's API key",
        host: Some(REGION_HOST),
        shows: Shows::Key(REPORTS_KEY),
        ends: denied("the API key is not for orders.f45a2"),
        ..OURS
    },
    Case {
        id: "api-key-in-other-region",
        what: "an API key in another region",
        host: Some(OTHER_REGION_HOST),
        shows: Shows::Key(ORDERS_KEY),
        ends: denied("orders.f45a2 is not in aws-eu-west-1"),
        ..OURS
    },
    Case { id: "workflow-by-certificate", what: "a workflow by certificate", does: Does::Works, ..OURS },
    Case {
        id: "workflow-by-key",
        what: "a workflow by API key",
        host: Some(REGION_HOST),
        shows: Shows::Key(ORDERS_KEY),
        does: Does::Works,
        ..OURS
    },
];

impl Case {
    /// Whether it takes more than TLS.
    pub fn is_about_calls(&self) -> bool {
        self.ends.call.is_some() || matches!(self.shows, Shows::Key(_))
    }

    pub fn is_refusal(&self) -> bool {
        self.ends.is_refusal()
    }
}

impl Ending {
    pub fn is_refusal(&self) -> bool {
        self.call.is_some() || !matches!(self.connection, Connection::Admitted)
    }

    /// The alert that the door sends.
    pub fn sent(&self) -> Option<&'static str> {
        match self.connection {
            Connection::Refused { alert, .. } => alert,
            Connection::RefusedBefore { alert, .. } => Some(alert),
            Connection::Admitted | Connection::RefusedByClient => None,
        }
    }

    /// Whether what a refused client says fits. Any stack may lose an alert: Temporal's TypeScript SDK always does, and
    /// Node, rustls, OpenSSL, Go and Java now and then.
    pub fn fits(&self, class: Class) -> bool {
        let is_lost = matches!(class, Class::Closed | Class::Hidden);
        match self.connection {
            _ if self.call.is_some() => class == Class::GrpcStatus,
            Connection::Admitted => false,
            Connection::Refused { alert: Some(_), .. } => class == Class::NamesTheAlert || is_lost,
            Connection::Refused { alert: None, .. } => is_lost || class == Class::Vague,
            Connection::RefusedByClient => class == Class::RefusesServer || is_lost || class == Class::Vague,
            Connection::RefusedBefore { .. } => {
                class == Class::RefusesOwnFiles || class == Class::NamesTheAlert || is_lost || class == Class::Vague
            }
        }
    }
}
