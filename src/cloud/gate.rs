//! The gate's vocabulary: where a connection can fail, what a failure breaks, and the documented demands on a chain.

use std::fmt;

use crate::pki::Certificate;
use crate::pki::certificate::{PublicKey, SignatureAlgorithm};
use crate::pki::chain::VerifiedChain;

/// Where a connection can fail, in order; with several faults the lowest wins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stage {
    /// No TLS 1.3, or no h2.
    Hello,
    /// No such namespace.
    Route,
    /// The client refuses the server.
    Trust,
    /// The client presents no certificate.
    Present,
    /// The certificate chain.
    Chain,
    /// CertificateVerify: possession of the private key.
    Prove,
    /// The certificate filters.
    Filter,
    /// The gRPC request.
    Call,
}

impl Stage {
    pub const ALL: [Self; 8] =
        [Self::Hello, Self::Route, Self::Trust, Self::Present, Self::Chain, Self::Prove, Self::Filter, Self::Call];

    pub fn name(self) -> &'static str {
        match self {
            Self::Hello => "hello",
            Self::Route => "route",
            Self::Trust => "trust",
            Self::Present => "present",
            Self::Chain => "chain",
            Self::Prove => "prove",
            Self::Filter => "filter",
            Self::Call => "call",
        }
    }
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// What a failing rule breaks. Only `Connect` takes part in the agreement of rules and wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Breaks {
    Upload,
    Connect(Stage),
    Nothing,
}

impl Breaks {
    pub fn label(self) -> &'static str {
        match self {
            Self::Upload => "upload",
            Self::Connect(Stage::Hello) => "connect at hello",
            Self::Connect(Stage::Route) => "connect at route",
            Self::Connect(Stage::Trust) => "connect at trust",
            Self::Connect(Stage::Present) => "connect at present",
            Self::Connect(Stage::Chain) => "connect at chain",
            Self::Connect(Stage::Prove) => "connect at prove",
            Self::Connect(Stage::Filter) => "connect at filter",
            Self::Connect(Stage::Call) => "connect at call",
            Self::Nothing => "nothing",
        }
    }
}

/// A TLS alert by its number (RFC 8446 §6).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Alert(pub u8);

impl Alert {
    pub const BAD_CERTIFICATE: Self = Self(42);
    pub const CERTIFICATE_EXPIRED: Self = Self(45);
    pub const UNKNOWN_CA: Self = Self(48);
    pub const DECRYPT_ERROR: Self = Self(51);
    pub const PROTOCOL_VERSION: Self = Self(70);
    pub const HANDSHAKE_FAILURE: Self = Self(40);
    pub const UNRECOGNIZED_NAME: Self = Self(112);
    pub const CERTIFICATE_REQUIRED: Self = Self(116);
    pub const NO_APPLICATION_PROTOCOL: Self = Self(120);

    pub fn name(self) -> &'static str {
        match self.0 {
            0 => "close_notify",
            10 => "unexpected_message",
            20 => "bad_record_mac",
            22 => "record_overflow",
            40 => "handshake_failure",
            42 => "bad_certificate",
            43 => "unsupported_certificate",
            44 => "certificate_revoked",
            45 => "certificate_expired",
            46 => "certificate_unknown",
            47 => "illegal_parameter",
            48 => "unknown_ca",
            49 => "access_denied",
            50 => "decode_error",
            51 => "decrypt_error",
            70 => "protocol_version",
            71 => "insufficient_security",
            80 => "internal_error",
            86 => "inappropriate_fallback",
            90 => "user_canceled",
            109 => "missing_extension",
            110 => "unsupported_extension",
            112 => "unrecognized_name",
            113 => "bad_certificate_status_response",
            115 => "unknown_psk_identity",
            116 => "certificate_required",
            120 => "no_application_protocol",
            _ => "alert",
        }
    }
}

impl fmt::Display for Alert {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}({})", self.name(), self.0)
    }
}

/// A documented demand that a verified chain breaks. Rules and gate call the same predicates.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Breach {
    LeafVersion(u32),
    LeafIsCa,
    /// The names of the bits that are set.
    LeafKeyUsage(Vec<&'static str>),
    LeafKeyAlgorithm(PublicKey),
    LeafSignatureAlgorithm(SignatureAlgorithm),
    /// Positions in the chain, leaf 0.
    NameRepeated {
        lower: usize,
        upper: usize,
    },
}

impl fmt::Display for Breach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::LeafVersion(version) => write!(f, "the client certificate is X.509 v{version}, v3 is demanded"),
            Self::LeafIsCa => f.write_str("the client certificate is a CA"),
            Self::LeafKeyUsage(names) => {
                write!(f, "the key usage of the client certificate is {}, without digitalSignature", names.join(", "))
            }
            Self::LeafKeyAlgorithm(key) => {
                write!(f, "the client certificate has a key of {key}; RSA and ECDSA are demanded")
            }
            Self::LeafSignatureAlgorithm(algorithm) => {
                write!(f, "the client certificate is signed with {algorithm}; RSA or ECDSA with SHA-256 is demanded")
            }
            Self::NameRepeated { lower, upper } => {
                let name = |position: &usize| match position {
                    0 => "the client certificate".to_owned(),
                    position => format!("the CA {position} above it"),
                };
                write!(f, "{} and {} have the same distinguished name", name(lower), name(upper))
            }
        }
    }
}

/// The first documented demand that a chain breaks.
pub fn breach(chain: &VerifiedChain) -> Option<Breach> {
    leaf_breach(chain.leaf()).or_else(|| {
        let repeated = name_repeated(chain.certificates().iter().map(AsRef::as_ref));
        repeated.map(|(lower, upper)| Breach::NameRepeated { lower, upper })
    })
}

fn leaf_breach(leaf: &Certificate) -> Option<Breach> {
    if leaf.version != 3 {
        return Some(Breach::LeafVersion(leaf.version));
    }
    if leaf.is_ca() {
        return Some(Breach::LeafIsCa);
    }
    if let Some(usage) = leaf.key_usage.present().filter(|usage| !usage.digital_signature()) {
        return Some(Breach::LeafKeyUsage(usage.names()));
    }
    if let Some(key) = key_not_allowed(leaf) {
        return Some(Breach::LeafKeyAlgorithm(key));
    }
    signature_not_allowed(leaf).map(Breach::LeafSignatureAlgorithm)
}

/// The first two positions whose names are equal in RFC 5280 canonical form.
pub fn name_repeated<'a>(chain: impl Iterator<Item = &'a Certificate>) -> Option<(usize, usize)> {
    let names: Vec<_> = chain.map(|certificate| certificate.subject.canonical()).collect();
    (0..names.len()).find_map(|lower| {
        let upper = names[lower + 1..].iter().position(|name| *name == names[lower])?;
        Some((lower, lower + 1 + upper))
    })
}

/// The key, where it is neither RSA nor ECDSA.
pub fn key_not_allowed(certificate: &Certificate) -> Option<PublicKey> {
    match &certificate.key {
        PublicKey::Rsa { .. } | PublicKey::Ec(_) => None,
        key => Some(key.clone()),
    }
}

/// The signature algorithm, where it is neither RSA nor ECDSA with SHA-256 or stronger. RSA-PSS is RSA and names its
/// hash in parameters that every verifier here requires to be SHA-256 or stronger.
pub fn signature_not_allowed(certificate: &Certificate) -> Option<SignatureAlgorithm> {
    match &certificate.signature.algorithm {
        SignatureAlgorithm::Rsa(hash) | SignatureAlgorithm::Ecdsa(hash) if hash.is_sha256_or_stronger() => None,
        SignatureAlgorithm::RsaPss => None,
        algorithm => Some(algorithm.clone()),
    }
}
