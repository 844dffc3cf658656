//! What the text of a refusal lets its reader learn, as one word of a small vocabulary.

use std::fmt;

use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Class {
    NamesTheAlert,
    GrpcStatus,
    RefusesServer,
    RefusesOwnFiles,
    OtherAlert,
    Closed,
    Vague,
    Hidden,
    Unsupported,
}

/// Each class with its name, the word for it where there is little room, and what it means.
pub const ALL: [(Class, &str, &str, &str); 9] = [
    (
        Class::NamesTheAlert,
        "names-the-alert",
        "alert",
        "The text names the TLS alert that the door sent. The alert tells the stage; the door's reason is in its audit file.",
    ),
    (
        Class::GrpcStatus,
        "grpc-status",
        "status",
        "The text has the gRPC status and the message that the door answered a call with. TLS is in order.",
    ),
    (
        Class::RefusesServer,
        "refuses-server",
        "server",
        "The client itself refused the server's certificate, and says so.",
    ),
    (
        Class::RefusesOwnFiles,
        "refuses-own-files",
        "own files",
        "The client would not use its own certificate and key, and says so; the door never judged them.",
    ),
    (Class::OtherAlert, "other-alert", "other alert", "The text names an alert that the door did not send."),
    (
        Class::Closed,
        "closed",
        "closed",
        "The text says only that the connection ended. Where the door sent an alert, the stack lost it.",
    ),
    (
        Class::Vague,
        "vague",
        "vague",
        "The text says that something failed, and neither what nor that the connection ended.",
    ),
    (
        Class::Hidden,
        "hidden",
        "hidden",
        "The stack tries again until its time is up, and says that it is; the reason is not in the text.",
    ),
    (
        Class::Unsupported,
        "unsupported",
        "–",
        "The stack cannot be put into this position; the text is why. Nothing was tried.",
    ),
];

/// TLS alerts as the door's audit file names them, in the words of the stacks: small letters and digits.
pub const ALERTS: [(&str, &[&str]); 9] = [
    ("certificate_required", &["certificaterequired", "certificateisrequired"]),
    ("unknown_ca", &["unknownca", "caisunknown"]),
    ("certificate_expired", &["certificateexpired", "expiredcertificate", "certificateisexpired"]),
    ("bad_certificate", &["badcertificate", "certificateisbad"]),
    ("protocol_version", &["protocolversion"]),
    ("no_application_protocol", &["noapplicationprotocol", "nosupportedapplicationprotocol", "alertnumber120"]),
    ("decrypt_error", &["decrypterror", "alerterrordecryptingmessage", "tlserrordecryptingmessage"]),
    ("handshake_failure", &["handshakefailure"]),
    ("certificate_unknown", &["certificateunknown", "unknowncertificate"]),
];

/// Words of a client that does not take the server's certificate.
const SERVER: [&str; 16] = [
    "unknownissuer",
    "notvalidforname",
    "certificateverifyfailed",
    "selfsigned",
    "localissuer",
    "unknownauthority",
    "certificateisvalidfor",
    "altnames",
    "certificationpath",
    "certificateisnottrusted",
    "nottrusted",
    "doesnotmatchtarget",
    "hostnamemismatch",
    "nosubjectalternative",
    "noalternativecertificatesubjectname",
    "unabletoverify",
];

/// Words of a client whose certificate and key do not go together.
const OWN_FILES: [&str; 7] = [
    "valuesmismatch",
    "keymismatch",
    "privatekeydoesnotmatch",
    "inconsistentkeys",
    "keysmaynotbe",
    "doesnotmatchthepublickey",
    "unabletosetprivatekeyfile",
];

const STATUS: [&str; 3] = ["permissiondenied", "requestunauthorized", "grpcstatus7"];

const CLOSED: [&str; 10] = [
    "brokenpipe",
    "connectionreset",
    "econnreset",
    "connectionclosed",
    "closedchannel",
    "disconnectedbefore",
    "syscall",
    "nonproperlyterminated",
    "terminatedthehandshake",
    "closedwithoutagreeting",
];

const HIDDEN: [&str; 4] = ["deadline", "nothingcameofit", "timedout", "timeout"];

impl Class {
    /// Of the text of a client that was refused; `sent` is the alert that the door sent, by its name.
    pub fn of(text: &str, sent: Option<&str>) -> Self {
        let bare = bare(text);
        let says = |words: &[&str]| words.iter().any(|word| bare.contains(word));
        let names = |alert: Option<&str>| {
            ALERTS.iter().any(|(name, spellings)| alert.is_none_or(|alert| alert == *name) && says(spellings))
        };
        if says(&STATUS) {
            Self::GrpcStatus
        } else if sent.is_some() && names(sent) {
            Self::NamesTheAlert
        } else if says(&OWN_FILES) {
            Self::RefusesOwnFiles
        } else if says(&SERVER) {
            Self::RefusesServer
        } else if names(None) {
            Self::OtherAlert
        } else if says(&CLOSED) || has_eof(text) {
            Self::Closed
        } else if says(&HIDDEN) {
            Self::Hidden
        } else {
            Self::Vague
        }
    }

    /// Its name, the short word for it, and what it means.
    pub fn told(self) -> (&'static str, &'static str, &'static str) {
        let told = ALL.iter().find(|(class, ..)| *class == self);
        told.map_or(("", "", ""), |(_, name, short, meaning)| (name, short, meaning))
    }

    /// Whether the text tells why.
    pub fn knows_why(self) -> bool {
        matches!(self, Self::NamesTheAlert | Self::GrpcStatus | Self::RefusesServer | Self::RefusesOwnFiles)
    }
}

impl fmt::Display for Class {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.told().0)
    }
}

/// Small letters and digits: one alert is spelled in as many ways as there are stacks.
fn bare(text: &str) -> String {
    text.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
}

/// `EOF`, `UnexpectedEof`, `eof`, and no `came of`.
fn has_eof(text: &str) -> bool {
    text.split(|c: char| !c.is_ascii_alphanumeric()).any(|word| word.to_ascii_lowercase().ends_with("eof"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_of_the_class_of_what_it_tells() {
        let cases = [
            ("remote error: tls: certificate required", Some("certificate_required"), Class::NamesTheAlert),
            ("remote error: tls: certificate required", Some("unknown_ca"), Class::OtherAlert),
            (
                "SSLHandshakeException: (certificate_unknown) PKIX path building failed: unable to find valid certification path",
                None,
                Class::RefusesServer,
            ),
            ("tls: private key does not match public key", None, Class::RefusesOwnFiles),
            ("7 PERMISSION_DENIED: Request unauthorized.", None, Class::GrpcStatus),
            ("tls handshake eof", Some("unknown_ca"), Class::Closed),
            ("nothing came of it in 15000 ms", Some("unknown_ca"), Class::Hidden),
            ("it failed", Some("unknown_ca"), Class::Vague),
        ];
        for (text, sent, class) in cases {
            assert_eq!(Class::of(text, sent), class, "{text}");
        }
    }

    #[test]
    fn every_class_has_a_name_that_json_has_too() {
        for (class, name, ..) in ALL {
            assert_eq!(serde_json::to_value(class).unwrap(), name);
        }
    }
}
