//! Where other programs and our own judge differ, and why. One that no longer holds is an error, like one that is not
//! listed.

use crate::Result;

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
    /// Go makes something else of a file than `certproof check --as` says.
    GoReader,
    /// The same of OpenSSL's command line.
    OpenSsl,
    /// The same of Python's ssl, which is OpenSSL's library.
    PythonSsl,
}

/// A difference that was seen.
pub struct Difference {
    pub id: String,
    pub kind: Kind,
    pub text: String,
}

/// Holds what was seen of some kinds against what is listed.
///
/// # Errors
/// When something is seen that is not listed, or listed and not seen.
pub fn settle(what: &str, differences: &[Difference], kinds: &[Kind]) -> Result {
    let is_listed = |found: &&Difference| {
        DIVERGENCES.iter().any(|listed| listed.kind == found.kind && listed.ids.contains(&found.id.as_str()))
    };
    let unlisted: Vec<_> = differences.iter().filter(|found| !is_listed(found)).map(|found| &*found.text).collect();
    if !unlisted.is_empty() {
        return Err(format!("{what}:\n{}", unlisted.join("\n")).into());
    }
    let listed = DIVERGENCES.iter().filter(|listed| kinds.contains(&listed.kind));
    let listed = listed.flat_map(|listed| listed.ids.iter().map(move |id| (listed, *id)));
    let is_seen = |(listed, id): &(&Divergence, &str)| {
        differences.iter().any(|found| found.id == *id && found.kind == listed.kind)
    };
    let gone: Vec<_> = listed
        .filter(|pair| !is_seen(pair))
        .map(|(listed, id)| format!("{id}: {} ({})", listed.cause, listed.source))
        .collect();
    if gone.is_empty() { Ok(()) } else { Err(format!("{what} no longer:\n{}", gone.join("\n")).into()) }
}

pub static DIVERGENCES: &[Divergence] = &[
    Divergence {
        ids: &[
            "bundle-issuer-missing/self-signature/fail",
            "bundle-issuer-missing + chain-name-repeated/authorities",
            "bundle-issuer-missing + chain-name-repeated/authorities-without-key-id",
            "bundle-issuer-missing/case + chain-name-repeated/authorities-case",
            "bundle-issuer-missing/damaged + chain-name-repeated/authorities",
            "bundle-issuer-missing/damaged + chain-name-repeated/authorities-without-key-id",
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
        ids: &[
            "root key of RSA 1024, SHA-384",
            "root key of RSA 1024, PSS",
            "ca-signature-pss/intermediate + ca-key-small",
            "ca-key-small + chain-signature-pss/intermediate",
            "ca-key-small/intermediate + chain-signature-pss",
        ],
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
        ids: &["path length of 5 octets"],
        kind: Kind::Parse,
        cause: "x509-parser holds a path length in 32 bits, Go in 64",
        source: "parser.go, parseBasicConstraintsExtension",
    },
    Divergence {
        ids: &["path length of 5 octets"],
        kind: Kind::GoReader,
        cause: "x509-parser holds a path length in 32 bits, Go in 64, so that we say that Go's parser refuses it",
        source: "parser.go, parseBasicConstraintsExtension",
    },
    Divergence {
        ids: &["key usage of no bits"],
        kind: Kind::OpenSsl,
        cause: "OpenSSL takes a key usage without any bit for a broken extension, and the certificate for one that nobody \
                issued; to our reader, as to Go's, it is no key usage at all",
        source: "crypto/x509/v3_purp.c, ossl_x509v3_cache_extensions",
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
    fn every_case_is_listed_once_for_a_kind_and_every_divergence_has_a_cause_and_a_source() {
        let listed = || DIVERGENCES.iter().flat_map(|listed| listed.ids.iter().map(|id| (listed.kind, *id)));
        let once = |pair: &(Kind, &str)| listed().filter(|other| other == pair).count() == 1;
        assert!(listed().all(|pair| once(&pair)));
        assert!(DIVERGENCES.iter().all(|divergence| !divergence.cause.is_empty() && !divergence.source.is_empty()));
    }

    #[test]
    fn the_readme_says_how_many_there_are() {
        let (causes, cases) = (DIVERGENCES.len(), DIVERGENCES.iter().map(|listed| listed.ids.len()).sum::<usize>());
        let wanted = format!("the {cases} cases in which one of them differs have {causes} causes");
        let readme = std::fs::read_to_string(crate::root().join("README.md")).unwrap();
        let readme: Vec<_> = readme.split_whitespace().collect();
        assert!(readme.join(" ").contains(&wanted), "the README should say: {wanted}");
    }
}
