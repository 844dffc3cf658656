//! The table: who comes to the door, what the door says of it, and what the client sees.

pub const ORDERS: &str = "orders.f45a2";
pub const PAYMENTS: &str = "payments.f45a2";
/// Of another account.
pub const BILLING: &str = "billing.b77c3";
/// Kits with one thing wrong with them, each with the flaw that it is made as.
pub const EXPIRED: &str = "expired.f45a2";
pub const FILTERED: &str = "filtered.f45a2";
pub const FLAWED: [(&str, &str); 2] = [(EXPIRED, "leaf-expired"), (FILTERED, "filter-no-match")];

/// What a client shows for itself.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Shows {
    Nothing,
    /// The certificate of this namespace's client.
    Certificate(&'static str),
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
    &["certificaterequired", "certificateisrequired", LOST],
);

const UNKNOWN_CA: Ending = refused("chain", Some("unknown_ca"), "", &["unknownca", "caisunknown", LOST]);

/// What is left where a client loses the alert, as Temporal's TypeScript SDK always does.
const LOST: &str = "failedtoconnectbeforethedeadline";

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

pub const CASES: [Case; 10] = [
    Case {
        what: "the namespace's own client",
        namespace: ORDERS,
        host: "orders.f45a2.tmprl.cloud",
        shows: Shows::Certificate(ORDERS),
        does: Does::Connects,
        ends: WELCOME,
        ends_if_unasked: None,
    },
    Case {
        what: "no certificate",
        namespace: ORDERS,
        host: "orders.f45a2.tmprl.cloud",
        shows: Shows::Nothing,
        does: Does::Connects,
        ends: NO_CERTIFICATE,
        ends_if_unasked: None,
    },
    Case {
        what: "another namespace's client",
        namespace: ORDERS,
        host: "orders.f45a2.tmprl.cloud",
        shows: Shows::Certificate(PAYMENTS),
        does: Does::Connects,
        ends: UNKNOWN_CA,
        ends_if_unasked: Some(NO_CERTIFICATE),
    },
    Case {
        what: "another account's client",
        namespace: ORDERS,
        host: "orders.f45a2.tmprl.cloud",
        shows: Shows::Certificate(BILLING),
        does: Does::Connects,
        ends: UNKNOWN_CA,
        ends_if_unasked: Some(NO_CERTIFICATE),
    },
    Case {
        what: "an expired certificate",
        namespace: EXPIRED,
        host: "expired.f45a2.tmprl.cloud",
        shows: Shows::Certificate(EXPIRED),
        does: Does::Connects,
        ends: refused(
            "chain",
            Some("certificate_expired"),
            "expired at",
            &["certificateexpired", "expiredcertificate", "certificateisexpired", LOST],
        ),
        ends_if_unasked: None,
    },
    Case {
        what: "a certificate that no filter matches",
        namespace: FILTERED,
        host: "filtered.f45a2.tmprl.cloud",
        shows: Shows::Certificate(FILTERED),
        does: Does::Connects,
        ends: refused(
            "filter",
            Some("bad_certificate"),
            "no certificate filter matches",
            &["badcertificate", "certificateisbad", LOST],
        ),
        ends_if_unasked: None,
    },
    Case {
        what: "a server name that is nobody's",
        namespace: ORDERS,
        host: "nobody.f45a2.tmprl.cloud",
        shows: Shows::Certificate(ORDERS),
        does: Does::Connects,
        ends: refused(
            "route",
            None,
            "no namespace is served as",
            // OpenSSL and most; Node; curl; GnuTLS; netty; Java's own.
            &[
                "eof",
                "disconnected",
                "syscall",
                "nonproperlyterminated",
                "connectionclosed",
                "terminatedthehandshake",
                LOST,
            ],
        ),
        ends_if_unasked: None,
    },
    Case {
        what: "a request for another namespace",
        namespace: ORDERS,
        host: "orders.f45a2.tmprl.cloud",
        shows: Shows::Certificate(ORDERS),
        does: Does::Describes(PAYMENTS),
        ends: denied(""),
        ends_if_unasked: None,
    },
    Case {
        what: "another endpoint in authority",
        namespace: ORDERS,
        host: "orders.f45a2.tmprl.cloud",
        shows: Shows::Certificate(ORDERS),
        does: Does::Addresses("payments.f45a2.tmprl.cloud"),
        ends: denied(""),
        ends_if_unasked: None,
    },
    Case {
        what: "a workflow",
        namespace: ORDERS,
        host: "orders.f45a2.tmprl.cloud",
        shows: Shows::Certificate(ORDERS),
        does: Does::Works,
        ends: WELCOME,
        ends_if_unasked: None,
    },
];
