//! Faults of armour: what stands in the files instead of, before, between and behind PEM blocks.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::edits::{IN_JSON, PLAIN, TWO_ROOTS};
use super::files::{bundle, bundle_text, every_der, first_der, json_value, pkcs7, pkcs12, tar};
use super::{CHAIN, Edit, Flaw, NO_BUNDLE, Wire};
use crate::pki::pem::encode;

pub(super) const ALL: &[Flaw] = &[
    Flaw {
        id: "pem-empty",
        ground: PLAIN,
        edit: Edit::Files(|files| bundle(files, |_| b"\n".to_vec())),
        company: &["chain-issuer-missing"],
        wire: CHAIN,
    },
    Flaw {
        id: "pem-der",
        ground: PLAIN,
        edit: Edit::Files(|files| bundle(files, |pem| first_der(&pem))),
        company: &[],
        wire: Wire::Admitted,
    },
    Flaw {
        id: "pem-der/two",
        ground: TWO_ROOTS,
        edit: Edit::Files(|files| bundle(files, |pem| every_der(&pem).concat())),
        company: &[],
        wire: Wire::Admitted,
    },
    Flaw {
        id: "pem-der/key",
        ground: PLAIN,
        edit: Edit::Files(|files| {
            let key = files.key.as_ref().map(|key| first_der(&key.bytes.0)).unwrap_or_default();
            bundle(files, |_| key);
        }),
        company: &["bundle-without-certificate", "chain-issuer-missing", "pem-private-key"],
        wire: CHAIN,
    },
    Flaw {
        id: "pem-pkcs7",
        ground: PLAIN,
        edit: Edit::Files(|files| bundle(files, |pem| pkcs7(&first_der(&pem)))),
        company: &["chain-issuer-missing"],
        wire: CHAIN,
    },
    Flaw {
        id: "pem-pkcs7/armoured",
        ground: PLAIN,
        edit: Edit::Files(|files| bundle(files, |text| encode("PKCS7", &pkcs7(&first_der(&text))).into_bytes())),
        company: NO_BUNDLE,
        wire: CHAIN,
    },
    Flaw {
        id: "pem-pkcs12",
        ground: PLAIN,
        edit: Edit::Files(|files| bundle(files, |pem| pkcs12(&first_der(&pem)))),
        company: &["chain-issuer-missing"],
        wire: CHAIN,
    },
    Flaw {
        id: "pem-base64",
        ground: PLAIN,
        edit: Edit::Files(|files| bundle(files, |pem| STANDARD.encode(pem).into_bytes())),
        company: &[],
        wire: Wire::Admitted,
    },
    Flaw {
        id: "pem-base64-missing",
        ground: IN_JSON,
        edit: Edit::Files(|files| json_value(files, |value| STANDARD.decode(value).unwrap_or_default())),
        company: &[],
        wire: Wire::Admitted,
    },
    Flaw {
        id: "pem-base64-missing/character-lost",
        ground: IN_JSON,
        edit: Edit::Files(|files| json_value(files, |value| value.as_bytes()[1..].to_vec())),
        company: &["chain-issuer-missing", "pem-unrecognised"],
        wire: CHAIN,
    },
    Flaw {
        id: "pem-base64-twice",
        ground: IN_JSON,
        edit: Edit::Files(|files| json_value(files, |value| STANDARD.encode(value).into_bytes())),
        company: &[],
        wire: Wire::Admitted,
    },
    Flaw {
        id: "pem-escaped-newlines",
        ground: PLAIN,
        edit: Edit::Files(|files| bundle_text(files, |text| text.replace('\n', "\\n"))),
        company: &[],
        wire: Wire::Admitted,
    },
    Flaw {
        id: "pem-utf16",
        ground: PLAIN,
        edit: Edit::Files(|files| {
            bundle(files, |pem| [0xFF, 0xFE].into_iter().chain(pem.into_iter().flat_map(|byte| [byte, 0])).collect());
        }),
        company: &[],
        wire: Wire::Admitted,
    },
    Flaw {
        id: "pem-unrecognised",
        ground: PLAIN,
        edit: Edit::Files(|files| bundle(files, |_| b"see the attached certificate\n".to_vec())),
        company: &["chain-issuer-missing"],
        wire: CHAIN,
    },
    Flaw {
        id: "pem-unrecognised/jks",
        ground: PLAIN,
        edit: Edit::Files(|files| bundle(files, |_| b"\xFE\xED\xFE\xED\x00\x00\x00\x02\x00\x00\x00\x00".to_vec())),
        company: &["chain-issuer-missing"],
        wire: CHAIN,
    },
    Flaw {
        id: "pem-unrecognised/zip",
        ground: PLAIN,
        edit: Edit::Files(|files| bundle(files, |_| b"PK\x03\x04\x14\x00\x00\x00".to_vec())),
        company: &["chain-issuer-missing"],
        wire: CHAIN,
    },
    Flaw {
        id: "pem-unrecognised/tar",
        ground: PLAIN,
        edit: Edit::Files(|files| bundle(files, |pem| tar("ca.pem", &pem))),
        company: &["chain-issuer-missing"],
        wire: CHAIN,
    },
    Flaw {
        id: "pem-unrecognised/gzip",
        ground: PLAIN,
        edit: Edit::Files(|files| bundle(files, |_| b"\x1F\x8B\x08\x00\x00\x00\x00\x00\x00\x03".to_vec())),
        company: &["chain-issuer-missing"],
        wire: CHAIN,
    },
    Flaw {
        id: "pem-unrecognised/json",
        ground: PLAIN,
        edit: Edit::Files(|files| bundle_text(files, |text| serde_json::json!({ "certificate": text }).to_string())),
        company: &["chain-issuer-missing"],
        wire: CHAIN,
    },
    Flaw {
        id: "pem-byte-order-mark",
        ground: PLAIN,
        edit: Edit::Files(|files| bundle(files, |pem| [b"\xEF\xBB\xBF", &pem[..]].concat())),
        company: &[],
        wire: Wire::Admitted,
    },
    Flaw {
        id: "pem-carriage-return-only",
        ground: PLAIN,
        edit: Edit::Files(|files| bundle_text(files, |text| text.replace('\n', "\r"))),
        company: &[],
        wire: Wire::Admitted,
    },
    Flaw {
        id: "pem-crlf",
        ground: PLAIN,
        edit: Edit::Files(|files| bundle_text(files, |text| text.replace('\n', "\r\n"))),
        company: &[],
        wire: Wire::Admitted,
    },
    Flaw {
        id: "pem-begin-indented",
        ground: TWO_ROOTS,
        edit: Edit::Files(|files| {
            bundle_text(files, |text| text.replace("-----END CERTIFICATE-----\n-", "-----END CERTIFICATE-----\n -"));
        }),
        company: &[],
        wire: Wire::Admitted,
    },
    Flaw {
        id: "pem-blocks-glued",
        ground: TWO_ROOTS,
        edit: Edit::Files(|files| {
            bundle_text(files, |text| text.replace("-----END CERTIFICATE-----\n-", "-----END CERTIFICATE------"));
        }),
        company: &[],
        wire: Wire::Admitted,
    },
    Flaw {
        id: "pem-boundary-malformed",
        ground: PLAIN,
        edit: Edit::Files(|files| bundle_text(files, |text| text.replacen("-----BEGIN", "----BEGIN", 1))),
        company: NO_BUNDLE,
        wire: CHAIN,
    },
    Flaw {
        id: "pem-boundary-malformed/typographic",
        ground: PLAIN,
        edit: Edit::Files(|files| bundle_text(files, |text| text.replacen("-----BEGIN", "——BEGIN", 1))),
        company: NO_BUNDLE,
        wire: CHAIN,
    },
    Flaw {
        id: "pem-boundary-malformed/data-behind",
        ground: PLAIN,
        edit: Edit::Files(|files| {
            bundle_text(files, |text| text.replacen("CERTIFICATE-----\n", "CERTIFICATE-----", 1));
        }),
        company: NO_BUNDLE,
        wire: CHAIN,
    },
    Flaw {
        id: "pem-end-missing",
        ground: PLAIN,
        edit: Edit::Files(|files| bundle_text(files, |text| text.replace("-----END CERTIFICATE-----\n", ""))),
        company: NO_BUNDLE,
        wire: CHAIN,
    },
    Flaw {
        id: "pem-end-mismatched",
        ground: PLAIN,
        edit: Edit::Files(|files| bundle_text(files, |text| text.replace("END CERTIFICATE", "END CERT"))),
        company: &[],
        wire: Wire::Admitted,
    },
    Flaw {
        id: "pem-not-base64",
        ground: PLAIN,
        edit: Edit::Files(|files| bundle_text(files, |text| text.replacen("MII", "MI\u{a0}I", 1))),
        company: NO_BUNDLE,
        wire: CHAIN,
    },
    Flaw {
        id: "pem-not-base64/ellipsis",
        ground: PLAIN,
        edit: Edit::Files(|files| bundle_text(files, |text| text.replacen("MII", "...MII", 1))),
        company: NO_BUNDLE,
        wire: CHAIN,
    },
    Flaw {
        id: "pem-truncated",
        ground: PLAIN,
        edit: Edit::Files(|files| bundle_text(files, |text| text.replacen("MII", "MI", 1))),
        company: NO_BUNDLE,
        wire: CHAIN,
    },
    Flaw {
        id: "pem-block-empty",
        ground: PLAIN,
        edit: Edit::Files(|files| {
            bundle_text(files, |text| text + "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n");
        }),
        company: &[],
        wire: Wire::Admitted,
    },
    Flaw {
        id: "pem-text-between",
        ground: PLAIN,
        edit: Edit::Files(|files| bundle_text(files, |text| format!("our production root\n{text}"))),
        company: &[],
        wire: Wire::Admitted,
    },
    Flaw {
        id: "pem-text-trailing",
        ground: PLAIN,
        edit: Edit::Files(|files| bundle_text(files, |text| text + "our production root\n")),
        company: &[],
        wire: Wire::Admitted,
    },
    Flaw {
        id: "pem-private-key",
        ground: PLAIN,
        edit: Edit::Files(|files| {
            let key = files.key.clone().map(|file| file.bytes.0).unwrap_or_default();
            bundle(files, |pem| [pem, key].concat());
        }),
        company: &[],
        wire: Wire::Admitted,
    },
    Flaw {
        id: "pem-private-key/encrypted",
        ground: PLAIN,
        edit: Edit::Files(|files| bundle_text(files, |text| text + &encode("ENCRYPTED PRIVATE KEY", &[0x30, 0x00]))),
        company: &[],
        wire: Wire::Admitted,
    },
    Flaw {
        id: "pem-trusted-certificate",
        ground: PLAIN,
        edit: Edit::Files(|files| bundle_text(files, |text| text.replace(" CERTIFICATE", " TRUSTED CERTIFICATE"))),
        company: NO_BUNDLE,
        wire: CHAIN,
    },
    Flaw {
        id: "pem-foreign-block",
        ground: PLAIN,
        edit: Edit::Files(|files| bundle_text(files, |text| text + &encode("CERTIFICATE REQUEST", &[0x30, 0x00]))),
        company: &[],
        wire: Wire::Admitted,
    },
    Flaw {
        id: "pem-foreign-block/crl",
        ground: PLAIN,
        edit: Edit::Files(|files| bundle_text(files, |text| text + &encode("X509 CRL", &[0x30, 0x00]))),
        company: &[],
        wire: Wire::Admitted,
    },
    Flaw {
        id: "pem-certificate-unreadable",
        ground: PLAIN,
        edit: Edit::Files(|files| {
            bundle_text(files, |text| text + &encode("CERTIFICATE", b"not a certificate at all"))
        }),
        company: &[],
        wire: Wire::Admitted,
    },
];
