//! The table: who comes to the door, what the door says of it, and what the client sees.

pub const ORDERS: &str = "orders.f45a2";
pub const PAYMENTS: &str = "payments.f45a2";
/// Of another account.
pub const BILLING: &str = "billing.b77c3";
/// Takes API keys and no certificates.
pub const REPORTS: &str = "reports.f45a2";
/// Kits with one thing wrong with them, each with the flaw that it is made as.
pub const EXPIRED: &str = "expired.f45a2";
pub const FILTERED: &str = "filtered.f45a2";
pub const FLAWED: [(&str, &str); 2] = [(EXPIRED, "leaf-expired"), (FILTERED, "filter-no-match")];

/// The region of every namespace, and its host; and another region's host.
pub const REGION: &str = "aws-us-east-1";
pub const OTHER_REGION: &str = "aws-eu-west-1";
const REGION_HOST: &str = "us-east-1.aws.api.temporal.io";
const OTHER_REGION_HOST: &str = "eu-west-1.aws.api.temporal.io";

/// API keys, by their ids; the last is nobody's.
pub const ORDERS_KEY: Key = Key { id: "orders-ci", namespaces: &[ORDERS] };
pub const REPORTS_KEY: Key = Key { id: "reports-ci", namespaces: &[REPORTS] };
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

/// What a client does once it is connected.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Does {
    /// As little as tells whether it was let in.
    Connects,
    /// Has a namespace described that may be another than its own.
    Describes(&'static str),
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
    /// What the client says, any of these; small letters and digits are all that counts. None when all went well.
    pub client: Option<&'static [&'static str]>,
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
}

pub struct Case {
    pub what: &'static str,
    /// Whose client it is.
    pub namespace: &'static str,
    /// The host whose endpoint it means to reach.
    pub host: &'static str,
    pub shows: Shows,
    pub does: Does,
    pub ends: Ending,
    /// Where the client heeds the CA names that the door asks for, and therefore shows no certificate.
    pub ends_if_unasked: Option<Ending>,
}

const WELCOME: Ending = Ending { connection: Connection::Admitted, call: None, client: None };

const NO_CERTIFICATE: Ending = refused(
    "present",
    Some("certificate_required"),
    "presented no certificate",
    &["certificaterequired", "certificateisrequired"],
);

const UNKNOWN_CA: Ending = refused("chain", Some("unknown_ca"), "", &["unknownca", "caisunknown"]);

/// What is left where a client loses the alert, as Temporal's TypeScript SDK always does and others now and then: Node,
/// rustls, OpenSSL, Go and Java.
pub const LOST: &[&str] =
    &["failedtoconnectbeforethedeadline", "connectionclosed", "eof", "brokenpipe", "connectionreset", "econnreset"];

const fn refused(
    stage: &'static str,
    alert: Option<&'static str>,
    reason: &'static str,
    client: &'static [&'static str],
) -> Ending {
    Ending { connection: Connection::Refused { stage, alert, reason }, call: None, client: Some(client) }
}

const fn denied(reason: &'static str) -> Ending {
    Ending {
        connection: Connection::Admitted,
        call: Some((7, reason)),
        client: Some(&["requestunauthorized", "grpcstatus7"]),
    }
}

/// A client of a namespace that means to reach the namespace's own endpoint.
const OURS: Case = Case {
    what: "the namespace's own client",
    namespace: ORDERS,
    host: ORDERS_HOST,
    shows: Shows::Certificate(ORDERS),
    does: Does::Connects,
    ends: WELCOME,
    ends_if_unasked: None,
};

const ORDERS_HOST: &str = "orders.f45a2.tmprl.cloud";

/// Every case differs from another in one thing.
pub const CASES: [Case; 18] = [
    OURS,
    Case { what: "no certificate", shows: Shows::Nothing, ends: NO_CERTIFICATE, ..OURS },
    Case {
        what: "another namespace's client",
        shows: Shows::Certificate(PAYMENTS),
        ends: UNKNOWN_CA,
        ends_if_unasked: Some(NO_CERTIFICATE),
        ..OURS
    },
    Case {
        what: "another account's client",
        shows: Shows::Certificate(BILLING),
        ends: UNKNOWN_CA,
        ends_if_unasked: Some(NO_CERTIFICATE),
        ..OURS
    },
    Case {
        what: "an expired certificate",
        namespace: EXPIRED,
        host: "expired.f45a2.tmprl.cloud",
        shows: Shows::Certificate(EXPIRED),
        ends: refused(
            "chain",
            Some("certificate_expired"),
            "expired at",
            &["certificateexpired", "expiredcertificate", "certificateisexpired"],
        ),
        ..OURS
    },
    Case {
        what: "a certificate that no filter matches",
        namespace: FILTERED,
        host: "filtered.f45a2.tmprl.cloud",
        shows: Shows::Certificate(FILTERED),
        ends: refused(
            "filter",
            Some("bad_certificate"),
            "no certificate filter matches",
            &["badcertificate", "certificateisbad"],
        ),
        ..OURS
    },
    Case {
        what: "a server name that is nobody's",
        host: "nobody.f45a2.tmprl.cloud",
        ends: refused(
            "route",
            None,
            "no namespace is served as",
            // OpenSSL, Go and rustls; Node; curl; GnuTLS; netty; Java's own.
            &["eof", "disconnected", "syscall", "nonproperlyterminated", "connectionclosed", "terminatedthehandshake"],
        ),
        ..OURS
    },
    Case {
        what: "a request for another namespace",
        does: Does::Describes(PAYMENTS),
        ends: denied("names `payments.f45a2`"),
        ..OURS
    },
    Case {
        what: "another endpoint in authority",
        does: Does::Addresses("payments.f45a2.tmprl.cloud"),
        ends: denied(":authority `payments.f45a2.tmprl.cloud` is another endpoint"),
        ..OURS
    },
    Case { what: "an API key in the region", host: REGION_HOST, shows: Shows::Key(ORDERS_KEY), ..OURS },
    Case {
        what: "an API key at the endpoint of a namespace with keys alone",
        namespace: REPORTS,
        host: "reports.f45a2.tmprl.cloud",
        shows: Shows::Key(REPORTS_KEY),
        ..OURS
    },
    Case {
        what: "an API key at the endpoint of a namespace with certificates too",
        shows: Shows::Key(ORDERS_KEY),
        ends: NO_CERTIFICATE,
        ..OURS
    },
    Case {
        what: "an unknown API key",
        host: REGION_HOST,
        shows: Shows::Key(UNKNOWN_KEY),
        ends: denied("the API key is unknown"),
        ..OURS
    },
    Case {
        what: "another namespace's API key",
        host: REGION_HOST,
        shows: Shows::Key(REPORTS_KEY),
        ends: denied("the API key is not for orders.f45a2"),
        ..OURS
    },
    Case {
        what: "an API key in another region",
        host: OTHER_REGION_HOST,
        shows: Shows::Key(ORDERS_KEY),
        ends: denied("orders.f45a2 is not in aws-eu-west-1"),
        ..OURS
    },
    Case { what: "a certificate in the region", host: REGION_HOST, ends: denied("no API key"), ..OURS },
    Case { what: "a workflow by certificate", does: Does::Works, ..OURS },
    Case { what: "a workflow by API key", host: REGION_HOST, shows: Shows::Key(ORDERS_KEY), does: Does::Works, ..OURS },
];

impl Case {
    /// Whether it takes more than TLS.
    pub fn is_about_calls(&self) -> bool {
        self.ends.call.is_some() || matches!(self.shows, Shows::Key(_))
    }
}
