//! Every demand on certificates, filters and names: who makes it, in one sentence, with its number and its evidence.
//!
//! A fact about the cloud that changes is one line here.

use crate::report::{Basis, Evidence};

/// Who makes a demand. A [`super::Profile`] chooses among these.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Authority {
    /// Temporal Cloud's public documentation.
    Documents,
    /// Go's crypto/x509 and encoding/pem, which the cloud's known error texts and all of Temporal's own clients use.
    Go,
    /// What operators and other stacks are known to trip over.
    Practice,
}

#[derive(Debug)]
pub struct Requirement {
    pub authority: Authority,
    pub sentence: &'static str,
    /// The number in it, when there is one; its unit is in the sentence.
    pub number: Option<usize>,
    pub evidence: Evidence,
}

const CERTIFICATES: &str = "https://docs.temporal.io/cloud/certificates";
const TCLD_FILTERS: &str = "https://github.com/temporalio/tcld/blob/main/app/cafilters.go";

const fn documented(sentence: &'static str, number: Option<usize>, gist: &'static str) -> Requirement {
    let evidence = Evidence { basis: Basis::Documented, gist, link: CERTIFICATES, read: "2026-08-22" };
    Requirement { authority: Authority::Documents, sentence, number, evidence }
}

const fn by_go(sentence: &'static str, basis: Basis, gist: &'static str, link: &'static str) -> Requirement {
    let evidence = Evidence { basis, gist, link, read: "2026-08-22" };
    Requirement { authority: Authority::Go, sentence, number: None, evidence }
}

const fn practice(sentence: &'static str, basis: Basis, gist: &'static str, link: &'static str) -> Requirement {
    let evidence = Evidence { basis, gist, link, read: "2026-08-22" };
    Requirement { authority: Authority::Practice, sentence, number: None, evidence }
}

pub static CA_V3: Requirement = documented(
    "CA certificates are X.509 version 3",
    Some(3),
    "the list of CA certificate requirements names X.509v3 first",
);
pub static CA_TRUE: Requirement = documented(
    "each certificate of the bundle says CA:true in its basic constraints",
    None,
    "the list of CA certificate requirements demands CA: true of each certificate",
);
pub static BUNDLE_CLOSED: Requirement = documented(
    "each certificate of the bundle is a root or issued by another certificate of the bundle",
    None,
    "the list of CA certificate requirements; an update that breaks it is answered with 'unable to construct full certificate chain'",
);
pub static SIGNATURE_SHA256: Requirement = documented(
    "certificates are signed with RSA or ECDSA and SHA-256 or stronger",
    Some(256),
    "RSA or ECDSA with SHA-256 or stronger; SHA-1 and MD5 cannot be used",
);
pub static KEY_ALGORITHM: Requirement = documented(
    "keys are RSA or ECDSA",
    None,
    "the signing algorithm is either RSA or ECDSA; no minimum size or curve is named",
);
pub static BUNDLE_COUNT: Requirement =
    documented("a bundle holds at most 16 CA certificates", Some(16), "an information box beside the requirements");
pub static BUNDLE_SIZE: Requirement = documented(
    "a bundle is at most 32 KB before base64 encoding",
    Some(32_768),
    "an information box beside the requirements says 32 KB; read here as 32,768 bytes, since it is not said which",
);
pub static BUNDLE_SIZE_DOUBTFUL: Requirement = Requirement {
    authority: Authority::Documents,
    sentence: "a bundle of more than 32,000 bytes may or may not be over the 32 KB limit",
    number: Some(32_000),
    evidence: Evidence {
        basis: Basis::Inferred,
        gist: "32 KB is 32,000 bytes in one reading and 32,768 in the other; the page does not say",
        link: CERTIFICATES,
        read: "2026-08-22",
    },
};
pub static PUBLIC_CA_FILTERED: Requirement = documented(
    "a well-known public CA may be in the bundle only together with certificate filters",
    None,
    "anybody can get a certificate from a public CA, so filters must say whose are meant",
);
pub static NO_PASSPHRASE: Requirement = documented(
    "certificates are generated without a passphrase",
    None,
    "the requirement can only be about private keys: a certificate has no passphrase",
);
pub static CA_VALID: Requirement = Requirement {
    authority: Authority::Documents,
    sentence: "an expired CA invalidates all certificates below it, and an update that contains one is refused",
    number: None,
    evidence: Evidence {
        basis: Basis::Observed,
        gist: "the page says it of roots; the server answered such an update with 'received is expired' for each one",
        link: "https://github.com/temporalio/tcld/issues/406",
        read: "2026-07-31",
    },
};
pub static LEAF_V3: Requirement = documented(
    "client certificates are X.509 version 3",
    Some(3),
    "the list of end-entity certificate requirements names X.509v3",
);
pub static CLIENT_CERTIFICATE: Requirement = documented(
    "a client presents an end-entity certificate",
    None,
    "the page describes how the chain is built from the end-entity certificate that a client presents",
);
pub static LEAF_NOT_CA: Requirement = documented(
    "client certificates say CA:false in their basic constraints",
    None,
    "the list of end-entity certificate requirements",
);
pub static LEAF_DIGITAL_SIGNATURE: Requirement = documented(
    "the key usage of client certificates includes digital signature",
    None,
    "the list of end-entity certificate requirements; Temporal's own tcld writes leaves without any key usage, so only a wrong one is taken for refused",
);
pub static LEAF_BEFORE_CA: Requirement = documented(
    "a client certificate expires before its CA",
    None,
    "said of the expiry of end-entity certificates on the same page",
);
pub static UNIQUE_NAMES: Requirement = documented(
    "the certificates of a chain, from leaf to root, have distinguished names that differ, whatever their case",
    None,
    "each certificate of the constructed chain must have a unique distinguished name, and names are not case sensitive",
);
pub static LEAF_ACCEPTED: Requirement = documented(
    "a client certificate chains to the CA bundle of its namespace",
    None,
    "the bundle of a namespace decides which client certificates may connect to it",
);
pub static FILTER_MATCH: Requirement = documented(
    "with filters set, a client certificate matches at least one of them",
    None,
    "all fields of a filter must match, one filter is enough, and case does not count",
);
pub static FILTER_COUNT: Requirement =
    documented("a namespace has at most 25 certificate filters", Some(25), "the section on certificate filters");
pub static FILTER_FIELDS: Requirement = documented(
    "a certificate filter has at least one field",
    None,
    "commonName, organization, organizationalUnit or subjectAlternativeName; tcld refuses a filter without any",
);
pub static FILTER_WILDCARD: Requirement = documented(
    "a filter value has at most one `*`, at its start or at its end, and never alone",
    None,
    "the section on certificate filters lists valid and invalid wildcards",
);
pub static FILTER_VALUES: Requirement = Requirement {
    authority: Authority::Documents,
    sentence: "of several values of a field, one that matches is enough; alternative names are DNS names, URIs, e-mail and IP addresses",
    number: None,
    evidence: Evidence {
        basis: Basis::Inferred,
        gist: "the section on certificate filters speaks of one value a field and of no kinds of alternative names",
        link: CERTIFICATES,
        read: "2026-08-22",
    },
};
pub static FILTER_DISTINCT: Requirement = practice(
    "a certificate filter is given once",
    Basis::Documented,
    "tcld compares the filters of a file letter by letter and refuses all of them when two are equal",
    TCLD_FILTERS,
);
pub static FILTER_ADDS: Requirement = practice(
    "each certificate filter lets in somebody whom no other one does",
    Basis::Inferred,
    "follows from one filter being enough; a namespace has 25 of them",
    CERTIFICATES,
);
pub static FILTER_TRIMMED: Requirement = practice(
    "filter values begin and end without white space",
    Basis::Inferred,
    "matching without a wildcard is exact, and no page says that values are trimmed; tcld sends them as they are",
    TCLD_FILTERS,
);
pub static FILTER_SPELLING: Requirement = practice(
    "each tool reads certificate filters in a spelling of its own",
    Basis::Documented,
    "tcld wants an object with \"filters\" and ignores other names; the Temporal CLI takes one JSON object a filter",
    TCLD_FILTERS,
);
pub static FILTER_LIST_FILLED: Requirement = practice(
    "Terraform's list of certificate filters is not empty",
    Basis::Documented,
    "the provider's description of certificate_filters allows no empty list, and says to omit the attribute",
    "https://github.com/temporalio/terraform-provider-temporalcloud/blob/main/docs/resources/namespace.md",
);
pub static VALID_NOW: Requirement = by_go(
    "a certificate is judged at the present time",
    Basis::Documented,
    "Go's Verify refuses certificates outside their validity",
    "https://pkg.go.dev/crypto/x509#Certificate.Verify",
);
pub static LEAF_CLIENT_AUTH: Requirement = by_go(
    "an extended key usage, where there is one, allows client authentication",
    Basis::Observed,
    "every TLS server tried refuses a client certificate for servers only; the cloud's page does not mention it",
    "https://pkg.go.dev/crypto/x509#VerifyOptions",
);
pub static CA_CERT_SIGN: Requirement = by_go(
    "a key usage on a CA, where there is one, includes certificate signing",
    Basis::Documented,
    "Go's CheckSignatureFrom refuses a parent whose key usage lacks it",
    "https://pkg.go.dev/crypto/x509#Certificate.CheckSignatureFrom",
);
pub static CHAIN_BUILDS: Requirement = by_go(
    "a chain can be built and verified from the client certificate to a root of the bundle",
    Basis::Inferred,
    "the cloud's error texts are those of Go's crypto/x509, which enforces signatures, path lengths, name constraints and critical extensions",
    "https://github.com/temporalio/tcld/issues/406",
);
pub static PARSES: Requirement = by_go(
    "Go's parser reads every certificate",
    Basis::Documented,
    "tcld (list, add, remove), the Temporal CLI and the Terraform provider hand the bytes to x509.ParseCertificates, and the server's texts are those of crypto/x509",
    "https://pkg.go.dev/crypto/x509#ParseCertificates",
);
pub static PEM_READS: Requirement = by_go(
    "Go's PEM reader sees every block of the file",
    Basis::Observed,
    "a block that encoding/pem does not recognise is skipped or ends the reading; Temporal's clients then lose it, mostly without a word",
    "https://pkg.go.dev/encoding/pem#Decode",
);
pub static PEM_IS_PEM: Requirement = Requirement {
    authority: Authority::Documents,
    sentence: "the bundle is a PEM file",
    number: None,
    evidence: Evidence {
        basis: Basis::Documented,
        gist: "the field accepted_client_ca of the cloud API holds certificates in PEM format",
        link: "https://github.com/temporalio/cloud-api/blob/main/temporal/api/cloud/namespace/v1/message.proto",
        read: "2026-08-03",
    },
};
pub static VALUE_IS_BASE64: Requirement = Requirement {
    authority: Authority::Documents,
    sentence: "where a document carries the bundle as a value, it is the PEM file in base64, once",
    number: None,
    evidence: Evidence {
        basis: Basis::Documented,
        gist: "Terraform's provider refuses an accepted_client_ca that is not base64, and JSON carries the bytes field of \
               the cloud API in base64",
        link: "https://github.com/temporalio/terraform-provider-temporalcloud/blob/main/internal/types/encoded_ca.go",
        read: "2026-06-22",
    },
};
pub static PEM_PLAIN: Requirement = practice(
    "certificates stand in blocks labelled CERTIFICATE without headers, which every reader takes",
    Basis::Observed,
    "AppendCertsFromPEM of Go skips blocks with headers or another label; ParseCertificates, which Temporal's clients call, does not look at either",
    "https://pkg.go.dev/crypto/x509#CertPool.AppendCertsFromPEM",
);
pub static ONLY_CERTIFICATES: Requirement = Requirement {
    authority: Authority::Documents,
    sentence: "the bundle holds CA certificates and nothing else; a private key is never uploaded",
    number: None,
    evidence: Evidence {
        basis: Basis::Observed,
        gist: "users have uploaded ca.key; tcld's `set` sends the file as it is, without looking into it",
        link: "https://github.com/coinbase/temporal-ruby/issues/260",
        read: "2026-08-22",
    },
};
pub static NO_TEXT: Requirement = practice(
    "text outside the blocks is uploaded with them",
    Basis::Observed,
    "tcld and the Temporal CLI send the raw file; text behind the last block makes tcld and Terraform fail",
    "https://github.com/temporalio/tcld/blob/main/app/ca.go",
);
pub static PLAIN_LINES: Requirement = practice(
    "lines end with a line feed",
    Basis::Observed,
    "Go reads CRLF, and uploads the carriage returns too",
    "https://pkg.go.dev/encoding/pem#Decode",
);
pub static NO_DUPLICATES: Requirement = practice(
    "a certificate is in the bundle once",
    Basis::Observed,
    "tcld's `add` refuses a certificate that is there already, the Temporal CLI drops it silently",
    "https://github.com/temporalio/tcld/blob/main/app/ca.go",
);
pub static DISTINCT_CA_NAMES: Requirement = practice(
    "two CAs of one bundle have different names",
    Basis::Observed,
    "verifiers of the OpenSSL family take the first CA of a name, so the order decides; this earlier edition of the certificates page demanded it",
    "https://github.com/temporalio/documentation/blob/03be310/docs/cloud/account-setup/certificates.md",
);
pub static KEY_IDS_AGREE: Requirement = practice(
    "an authority key identifier, where there is one, is the issuer's subject key identifier",
    Basis::Observed,
    "RFC 5280 §4.2.1.1 says so; OpenSSL 3.0 finds no issuer when they differ, Go and rustls look at the signature alone",
    "https://www.rfc-editor.org/rfc/rfc5280#section-4.2.1.1",
);
pub static BASIC_CONSTRAINTS_CRITICAL: Requirement = practice(
    "the basic constraints of a CA are critical",
    Basis::Documented,
    "RFC 5280 §4.2.1.9 says so; Python's default context is strict from 3.13 on and refuses such a CA, as users of \
     easy-rsa have found",
    "https://github.com/OpenVPN/easy-rsa/issues/1418",
);
pub static KEY_SIZE: Requirement = practice(
    "RSA keys have at least 2,048 bits, EC keys at least 256",
    Basis::Observed,
    "no minimum is documented; Temporal's own proxy and some TLS libraries refuse less",
    "https://github.com/temporalio/temporal-proxy",
);
pub static LEAF_KEY_USAGE_PRESENT: Requirement = practice(
    "client certificates have a key usage",
    Basis::Inferred,
    "the page demands digital signature in it, yet the leaves of tcld's documented commands have none",
    "https://github.com/temporalio/tcld/blob/main/app/certificates.go",
);
pub static LEAF_BASIC_CONSTRAINTS_PRESENT: Requirement = practice(
    "client certificates have basic constraints",
    Basis::Inferred,
    "the page demands CA: false; verifiers take an absent extension for it",
    "https://docs.temporal.io/cloud/certificates",
);
pub static KEY_BELONGS: Requirement = practice(
    "the private key belongs to the client certificate",
    Basis::Observed,
    "TLS 1.3 proves possession in CertificateVerify, and every server checks it",
    "https://www.rfc-editor.org/rfc/rfc8446#section-4.4.3",
);
pub static KEY_READABLE: Requirement = practice(
    "the private key is one unencrypted PEM block",
    Basis::Observed,
    "the SDKs take PEM without a passphrase",
    "https://docs.temporal.io/cloud/certificates",
);
pub static KEY_PKCS8: Requirement = practice(
    "the private key is in PKCS#8",
    Basis::Documented,
    "the page has a step that converts keys to PKCS#8 for Java; tcld refuses SEC1 keys of CAs",
    "https://docs.temporal.io/cloud/certificates",
);
pub static RENEWED_IN_TIME: Requirement = Requirement {
    authority: Authority::Practice,
    sentence: "certificates are renewed before they expire",
    number: Some(15),
    evidence: Evidence {
        basis: Basis::Documented,
        gist: "the cloud sends notifications 15, 10 and 5 days before a CA of a namespace expires",
        link: "https://docs.temporal.io/cloud/notifications",
        read: "2026-08-22",
    },
};
pub static SERVER_ROOT_UNSET: Requirement = practice(
    "clients of the cloud judge its servers by the system's public roots",
    Basis::Observed,
    "a client CA given as server root, which replaces the public ones, is one of the causes behind the most reported failure",
    "https://github.com/temporalio/samples-typescript/issues/252",
);
pub static NAMESPACE_ID: Requirement = Requirement {
    authority: Authority::Documents,
    sentence: "a namespace is named <name>.<account>",
    number: None,
    evidence: Evidence {
        basis: Basis::Documented,
        gist: "the Namespace ID joins the name and the account; clients that use the name alone get confusing errors",
        link: "https://docs.temporal.io/cloud/namespaces",
        read: "2026-08-22",
    },
};
pub static NAMESPACE_SPELLING: Requirement = Requirement {
    authority: Authority::Documents,
    sentence: "a namespace name has 2 to 64 lower-case letters, digits and hyphens, starts with a letter, ends without hyphen",
    number: Some(64),
    evidence: Evidence {
        basis: Basis::Documented,
        gist: "the Terraform provider allows 64 characters, the documentation 39; the wider is the limit here, the narrower a warning",
        link: "https://docs.temporal.io/cloud/namespaces",
        read: "2026-08-22",
    },
};
pub static NAMESPACE_CASE: Requirement = Requirement {
    authority: Authority::Documents,
    sentence: "a namespace is written in lower case",
    number: None,
    evidence: Evidence {
        basis: Basis::Documented,
        gist: "names are made of lower-case letters; public pages differ on whether upper case is taken for the same",
        link: "https://docs.temporal.io/cloud/namespaces",
        read: "2026-08-22",
    },
};
pub static NAMESPACE_LENGTH: Requirement = Requirement {
    authority: Authority::Documents,
    sentence: "a namespace name has at most 39 characters",
    number: Some(39),
    evidence: Evidence {
        basis: Basis::Documented,
        gist: "the documentation says 39 where the Terraform provider allows 64",
        link: "https://docs.temporal.io/cloud/namespaces",
        read: "2026-08-22",
    },
};
pub static GATE: Requirement = Requirement {
    authority: Authority::Documents,
    sentence: "connections use TLS 1.3, reach the namespace that their server name says, and are judged by its CA bundle",
    number: None,
    evidence: Evidence {
        basis: Basis::Documented,
        gist: "all traffic to a namespace is TLS 1.3; each namespace has an endpoint and a CA bundle of its own",
        link: "https://docs.temporal.io/cloud/namespaces",
        read: "2026-08-22",
    },
};
pub static GATE_SILENT: Requirement = Requirement {
    authority: Authority::Practice,
    sentence: "what the cloud answers here is not public; the front door's answer is a default of this project",
    number: None,
    evidence: Evidence {
        basis: Basis::Inferred,
        gist: "seen from outside: an unknown server name closes the connection, requests for other namespaces are unauthorized",
        link: "https://docs.temporal.io/cloud/connectivity",
        read: "2026-08-22",
    },
};
