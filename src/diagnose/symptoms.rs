//! Error texts of TLS stacks and SDKs, each with the stage it belongs to.

use crate::cloud::Stage;
use crate::report::Basis;

/// A text that a client shows, and what stands behind it.
#[derive(Debug)]
pub struct Symptom {
    /// Any of these, lower case, makes the text this symptom.
    pub marks: &'static [&'static str],
    pub stage: Stage,
    pub cause: &'static str,
    pub fix: &'static str,
    pub basis: Basis,
}

/// Most specific first.
pub static ALL: &[Symptom] = &[
    Symptom {
        marks: &["certificate required", "certificate_required", "certificaterequired"],
        stage: Stage::Present,
        cause: "the server got no client certificate: none is configured, an API key is used on an mTLS endpoint, or the \
                client (Go, Java) held its certificate back because its issuer is not among the CAs that the server named",
        fix: "configure certificate and key; pair the endpoint with its way to authenticate; check the bundle with \
              `certproof check ca.pem --client client.pem`",
        basis: Basis::Observed,
    },
    Symptom {
        marks: &["unknown ca", "unknown_ca", "unknownca", "unknown certificate authority"],
        stage: Stage::Chain,
        cause: "the namespace's CA bundle does not lead to this client certificate: its CA was never uploaded, or an \
                intermediate is not sent",
        fix: "upload the issuing CA, or append the intermediates to the client's certificate file",
        basis: Basis::Observed,
    },
    Symptom {
        marks: &["alert certificate expired", "certificate_expired", "certificateexpired", "tls: expired certificate"],
        stage: Stage::Chain,
        cause: "the client certificate, or a CA above it, is expired or not valid yet",
        fix: "renew what has expired; when a CA is renewed, upload it before the clients change",
        basis: Basis::Observed,
    },
    Symptom {
        marks: &["protocol version", "protocol_version", "protocolversion"],
        stage: Stage::Hello,
        cause: "the client offers no TLS 1.3; `openssl s_client -tls1_2` does this to itself",
        fix: "allow TLS 1.3 in the client, and leave `-tls1_2` out of probes",
        basis: Basis::Observed,
    },
    Symptom {
        marks: &[
            "no_application_protocol",
            "no application protocol",
            "noapplicationprotocol",
            "missing selected alpn",
        ],
        stage: Stage::Hello,
        cause: "client or proxy does not negotiate h2 by ALPN",
        fix: "let the client offer h2, or the proxy pass TLS through",
        basis: Basis::Observed,
    },
    Symptom {
        marks: &["bad certificate", "bad_certificate", "badcertificate"],
        stage: Stage::Chain,
        cause: "the server read the certificate and refuses it: no filter matches, or the leaf breaks a demand on its \
                key usage, its purpose or its name",
        fix: "run `certproof check ca.pem --client client.pem --filters filters.json`",
        basis: Basis::Inferred,
    },
    Symptom {
        marks: &["request unauthorized", "permission_denied", "permissiondenied"],
        stage: Stage::Call,
        cause: "the connection stands, but the request names another namespace than the endpoint, or one without account",
        fix: "use the full Namespace ID, <name>.<account>, in client and endpoint",
        basis: Basis::Inferred,
    },
    Symptom {
        marks: &["key values mismatch", "private key does not match", "keymismatch", "decrypt error", "decrypt_error"],
        stage: Stage::Prove,
        cause: "the private key does not belong to the client certificate",
        fix: "pair them: `certproof check --client client.pem --key client.key` tells",
        basis: Basis::Observed,
    },
    Symptom {
        marks: &[
            "unable to get local issuer",
            "certificate signed by unknown authority",
            "pkix path building failed",
            "certificate_verify_failed",
            "unable_to_verify_leaf_signature",
            "invalidcertificate(unknownissuer)",
        ],
        stage: Stage::Trust,
        cause: "the client does not trust the server: its own client CA was given as server root (which replaces the \
                public roots), or the container has no public roots",
        fix: "leave the server root CA unset for the cloud, and install the system's ca-certificates",
        basis: Basis::Observed,
    },
    Symptom {
        marks: &[
            "certificate is valid for",
            "notvalidforname",
            "err_tls_cert_altname_invalid",
            "certificate not valid for name",
        ],
        stage: Stage::Trust,
        cause: "the client dials a private or regional endpoint and expects its name in the certificate",
        fix: "set the TLS server name to <name>.<account>.tmprl.cloud",
        basis: Basis::Observed,
    },
    Symptom {
        marks: &["certificate has expired or is not yet valid"],
        stage: Stage::Trust,
        cause: "the client judged the server's certificate by a wrong clock; in an answer of the control plane it is a CA \
                of the bundle that is expired or not valid yet",
        fix: "set the clock; upload a bundle of live certificates only",
        basis: Basis::Inferred,
    },
    Symptom {
        marks: &["connection reset by peer", "closed before server preface", "error reading server preface: eof"],
        stage: Stage::Route,
        cause: "the server closed without a word that arrived: the documents name an expired client certificate or CA; an \
                unknown server name and an alert that was lost on the way look the same",
        fix: "check the TLS server name; try `certproof serve` with the same client to see the server's reason",
        basis: Basis::Inferred,
    },
    Symptom {
        marks: &["failed to connect before the deadline"],
        stage: Stage::Trust,
        cause: "the TypeScript client shows this for every TLS failure, most often an untrusted server",
        fix: "try the same files with `openssl s_client -alpn h2` to see the real error",
        basis: Basis::Observed,
    },
    Symptom {
        marks: &["use parseecprivatekey", "use parsepkcs1privatekey", "does not contain valid private key"],
        stage: Stage::Prove,
        cause: "the private key is not in PKCS#8",
        fix: "convert it: openssl pkcs8 -topk8 -nocrypt -in client.key -out client.pkcs8.key",
        basis: Basis::Observed,
    },
];

/// The symptoms that a pasted text shows, most specific first.
pub fn find(text: &str) -> impl Iterator<Item = &'static Symptom> {
    let text = text.to_lowercase();
    ALL.iter().filter(move |symptom| symptom.marks.iter().any(|mark| text.contains(mark)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_texts_of_several_stacks_lead_to_one_stage() {
        let texts = [
            "remote error: tls: certificate required",
            "tlsv13 alert certificate required:ssl/record/rec_layer_s3.c:1605:SSL alert number 116",
            "received fatal alert: CertificateRequired",
            "Received fatal alert: certificate_required",
        ];
        for text in texts {
            assert_eq!(find(text).next().map(|symptom| symptom.stage), Some(Stage::Present), "{text}");
        }
    }

    #[test]
    fn marks_are_lower_case_or_they_would_never_match() {
        for mark in ALL.iter().flat_map(|symptom| symptom.marks) {
            assert_eq!(*mark, mark.to_lowercase());
        }
    }
}
