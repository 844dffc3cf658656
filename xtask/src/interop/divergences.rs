//! Where Go and our own judge differ, and why. One that no longer holds is an error, like one that is not listed.

/// A difference that we know, in all the cases that show it.
pub struct Divergence {
    /// `flaw-id/pass`, `flaw-id/fail`, `flaw-id + flaw-id`, a corner, or a good recipe.
    pub ids: &'static [&'static str],
    pub kind: Kind,
    pub cause: &'static str,
    /// Where the cause can be read: of Go, the file and function of its crypto/x509.
    pub source: &'static str,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Both can parse everything, but only one accepts the chain.
    Chain,
    /// One can parse a certificate of the case and the other cannot. What becomes of the chain follows from that.
    Parse,
}

pub static DIVERGENCES: &[Divergence] = &[
    Divergence {
        ids: &[
            "bundle-issuer-missing/self-signature/fail",
            "bundle-issuer-missing + chain-name-repeated/authorities",
            "an intermediate bears the root's name and is all that the bundle has",
        ],
        kind: Kind::Chain,
        cause: "Go is told which certificates are roots, here those that bear their issuer's name, and never looks at \
                their signatures; to us a root is one that signed itself, and a chain ends at nothing else",
        source: "verify.go, buildChains; src/pki/chain.rs, is_root",
    },
    Divergence {
        ids: &["chain-over-limit/fail"],
        kind: Kind::Chain,
        cause: "Go bounds the bytes of what a client sends, we their number",
        source: "crypto/tls common.go, maxHandshakeCertificateMsg; src/pki/chain.rs, MOST_SENT",
    },
    Divergence {
        ids: &["root key of RSA 1024, SHA-384", "root key of RSA 1024, PSS"],
        kind: Kind::Chain,
        cause: "our crypto library checks signatures of RSA keys below 2,048 bits with SHA-256 and SHA-512 in PKCS #1 \
                alone, and we say that we cannot tell",
        source: "aws-lc-rs signature, RSA_PKCS1_1024_8192_*; src/pki/chain.rs, small_rsa",
    },
    Divergence {
        ids: &["ECDSA with NULL parameters"],
        kind: Kind::Chain,
        cause: "Go does not look at the parameters of an ECDSA algorithm; webpki knows it without parameters alone, as \
                RFC 5758 wants it, and we say that we cannot tell",
        source: "x509.go, getSignatureAlgorithmFromAI; RFC 5758 §3.2",
    },
    Divergence {
        ids: &["serial of no octets", "serial with a needless zero"],
        kind: Kind::Parse,
        cause: "x509-parser takes the octets of a serial number as they are, Go wants the shortest form",
        source: "parser.go, parseCertificate",
    },
    Divergence {
        ids: &["time with a fraction"],
        kind: Kind::Parse,
        cause: "x509-parser takes fractions of a second, which RFC 5280 forbids",
        source: "parser.go, parseTime; RFC 5280 §4.1.2.5.2",
    },
    Divergence {
        ids: &[
            "subject that is no name",
            "subject in PrintableString with @",
            "subject in UTF8String that is none",
            "subject in IA5String that is none",
            "subject in NumericString that is none",
            "subject in BMPString of odd length",
            "ca-version + ca-malformed/algorithms-differ",
        ],
        kind: Kind::Parse,
        cause: "x509-parser does not look into the strings of a name, and takes for an RDN what is no SET",
        source: "parser.go, parseName and parseASN1String",
    },
    Divergence {
        ids: &["TRUE written as 1", "CA:true written as 1"],
        kind: Kind::Parse,
        cause: "x509-parser takes every octet but zero for TRUE, as BER does and DER does not",
        source: "parser.go, parseExtension and parseBasicConstraintsExtension",
    },
    Divergence {
        ids: &["critical authority key identifier", "critical subject key identifier"],
        kind: Kind::Parse,
        cause: "Go refuses key identifiers that are critical, which RFC 5280 forbids",
        source: "parser.go, parseAuthorityKeyIdentifier and processExtensions; RFC 5280 §4.2.1.1 and §4.2.1.2",
    },
    Divergence {
        ids: &["purposes that are none"],
        kind: Kind::Parse,
        cause: "x509-parser takes for purposes what are no object identifiers",
        source: "parser.go, parseExtKeyUsageExtension",
    },
    Divergence {
        ids: &["client with the same policy twice"],
        kind: Kind::Parse,
        cause: "x509-parser takes a policy that stands there twice, which RFC 5280 forbids",
        source: "parser.go, parseCertificatePoliciesExtension; RFC 5280 §4.2.1.4",
    },
    Divergence {
        ids: &[
            "permitted IP range with a mask of holes",
            "constraints that constrain nothing",
            "constraint of an invalid domain",
        ],
        kind: Kind::Parse,
        cause: "x509-parser does not look into the subtrees of name constraints",
        source: "parser.go, parseNameConstraintsExtension",
    },
    Divergence {
        ids: &[
            "named by an IP address of 5 octets",
            "named by a DNS name beyond ASCII",
            "named by mail beyond ASCII",
            "named by a URI with a broken host",
            "named by a URI with an invalid domain",
            "named by a URI with a bad escape",
        ],
        kind: Kind::Parse,
        cause: "x509-parser does not look into alternative names",
        source: "parser.go, parseSANExtension",
    },
    Divergence {
        ids: &[
            "key on secp256k1",
            "key with explicit parameters",
            "key that is not on its curve",
            "key as a compressed point",
            "RSA key without NULL parameters",
            "Ed25519 key with NULL parameters",
            "Ed25519 key of 31 octets",
        ],
        kind: Kind::Parse,
        cause: "Go reads the public key while it parses, x509-parser does not",
        source: "parser.go, parsePublicKey",
    },
    Divergence {
        ids: &["length in the long form without need"],
        kind: Kind::Parse,
        cause: "x509-parser takes lengths that are longer than they need to be, as BER does and DER does not",
        source: "cryptobyte asn1.go, readASN1",
    },
    Divergence {
        ids: &["path length of 5 octets"],
        kind: Kind::Parse,
        cause: "x509-parser holds a path length in 32 bits, Go in 64",
        source: "parser.go, parseBasicConstraintsExtension",
    },
    Divergence {
        ids: &["something behind the extensions"],
        kind: Kind::Parse,
        cause: "Go does not look at what follows the extensions inside the signed part",
        source: "parser.go, parseCertificate",
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_case_is_listed_once_and_every_divergence_has_a_cause_and_a_source() {
        let mut ids: Vec<_> = DIVERGENCES.iter().flat_map(|divergence| divergence.ids).collect();
        let listed = ids.len();
        ids.sort();
        ids.dedup();
        assert_eq!(ids.len(), listed);
        assert!(DIVERGENCES.iter().all(|divergence| !divergence.cause.is_empty() && !divergence.source.is_empty()));
    }
}
