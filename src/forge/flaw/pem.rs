//! Faults of armour: what stands in the files instead of, before, between and behind PEM blocks.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::edits::{IN_JSON, PLAIN, TWO_ROOTS};
use super::files::{
    OLD_ENCRYPTED_KEY, bundle, bundle_text, every_der, first_der, json_value, pkcs7, pkcs12, sec1, tar,
};
use super::{CHAIN, Edit, Flaw, NO_BUNDLE, Wire};
use crate::pki::pem::encode;

pub(super) const ALL: &[Flaw] = &[
    Flaw {
        id: "pem-empty",
        title: "the bundle is empty but for a line feed",
        ground: PLAIN,
        edit: Edit::Files(|files| bundle(files, |_| b"\n".to_vec())),
        company: &["chain-issuer-missing"],
        wire: CHAIN,
    },
    Flaw {
        id: "pem-der",
        title: "the bundle is one certificate in DER, not in PEM",
        ground: PLAIN,
        edit: Edit::Files(|files| bundle(files, |pem| first_der(&pem))),
        company: &[],
        wire: Wire::Admitted,
    },
    Flaw {
        id: "pem-der/two",
        title: "the bundle is two certificates in DER, one behind the other",
        ground: TWO_ROOTS,
        edit: Edit::Files(|files| bundle(files, |pem| every_der(&pem).concat())),
        company: &[],
        wire: Wire::Admitted,
    },
    Flaw {
        id: "pem-der/key",
        title: "the bundle is the client's private key in DER",
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
        title: "the bundle is a PKCS#7 file in DER",
        ground: PLAIN,
        edit: Edit::Files(|files| bundle(files, |pem| pkcs7(&first_der(&pem)))),
        company: &["chain-issuer-missing"],
        wire: CHAIN,
    },
    Flaw {
        id: "pem-pkcs7/armoured",
        title: "the bundle is a PKCS#7 block in PEM",
        ground: PLAIN,
        edit: Edit::Files(|files| bundle(files, |text| encode("PKCS7", &pkcs7(&first_der(&text))).into_bytes())),
        company: NO_BUNDLE,
        wire: CHAIN,
    },
    Flaw {
        id: "pem-pkcs12",
        title: "the bundle is a PKCS#12 file",
        ground: PLAIN,
        edit: Edit::Files(|files| bundle(files, |pem| pkcs12(&first_der(&pem)))),
        company: &["chain-issuer-missing"],
        wire: CHAIN,
    },
    Flaw {
        id: "pem-base64",
        title: "the bundle is the PEM file in base64",
        ground: PLAIN,
        edit: Edit::Files(|files| bundle(files, |pem| STANDARD.encode(pem).into_bytes())),
        company: &[],
        wire: Wire::Admitted,
    },
    Flaw {
        id: "pem-base64-missing",
        title: "the value in a document is PEM, without its base64",
        ground: IN_JSON,
        edit: Edit::Files(|files| json_value(files, |value| STANDARD.decode(value).unwrap_or_default())),
        company: &[],
        wire: Wire::Admitted,
    },
    Flaw {
        id: "pem-base64-missing/character-lost",
        title: "the value in a document lost its first character of base64",
        ground: IN_JSON,
        edit: Edit::Files(|files| json_value(files, |value| value.as_bytes()[1..].to_vec())),
        company: &["chain-issuer-missing", "pem-unrecognised"],
        wire: CHAIN,
    },
    Flaw {
        id: "pem-base64-twice",
        title: "the value in a document is base64 of base64",
        ground: IN_JSON,
        edit: Edit::Files(|files| json_value(files, |value| STANDARD.encode(value).into_bytes())),
        company: &[],
        wire: Wire::Admitted,
    },
    Flaw {
        id: "pem-escaped-newlines",
        title: "line ends are written as backslash and n",
        ground: PLAIN,
        edit: Edit::Files(|files| bundle_text(files, |text| text.replace('\n', "\\n"))),
        company: &[],
        wire: Wire::Admitted,
    },
    Flaw {
        id: "pem-utf16",
        title: "the bundle is saved as UTF-16",
        ground: PLAIN,
        edit: Edit::Files(|files| {
            bundle(files, |pem| [0xFF, 0xFE].into_iter().chain(pem.into_iter().flat_map(|byte| [byte, 0])).collect());
        }),
        company: &[],
        wire: Wire::Admitted,
    },
    Flaw {
        id: "pem-unrecognised",
        title: "the bundle is a sentence about a certificate",
        ground: PLAIN,
        edit: Edit::Files(|files| bundle(files, |_| b"see the attached certificate\n".to_vec())),
        company: &["chain-issuer-missing"],
        wire: CHAIN,
    },
    Flaw {
        id: "pem-unrecognised/jks",
        title: "the bundle is a Java key store",
        ground: PLAIN,
        edit: Edit::Files(|files| bundle(files, |_| b"\xFE\xED\xFE\xED\x00\x00\x00\x02\x00\x00\x00\x00".to_vec())),
        company: &["chain-issuer-missing"],
        wire: CHAIN,
    },
    Flaw {
        id: "pem-unrecognised/zip",
        title: "the bundle is a zip archive",
        ground: PLAIN,
        edit: Edit::Files(|files| bundle(files, |_| b"PK\x03\x04\x14\x00\x00\x00".to_vec())),
        company: &["chain-issuer-missing"],
        wire: CHAIN,
    },
    Flaw {
        id: "pem-unrecognised/tar",
        title: "the bundle is a tar archive",
        ground: PLAIN,
        edit: Edit::Files(|files| bundle(files, |pem| tar("ca.pem", &pem))),
        company: &["chain-issuer-missing"],
        wire: CHAIN,
    },
    Flaw {
        id: "pem-unrecognised/gzip",
        title: "the bundle is compressed with gzip",
        ground: PLAIN,
        edit: Edit::Files(|files| bundle(files, |_| b"\x1F\x8B\x08\x00\x00\x00\x00\x00\x00\x03".to_vec())),
        company: &["chain-issuer-missing"],
        wire: CHAIN,
    },
    Flaw {
        id: "pem-unrecognised/json",
        title: "the bundle is a JSON document of another shape",
        ground: PLAIN,
        edit: Edit::Files(|files| bundle_text(files, |text| serde_json::json!({ "certificate": text }).to_string())),
        company: &["chain-issuer-missing"],
        wire: CHAIN,
    },
    Flaw {
        id: "pem-byte-order-mark",
        title: "a byte order mark stands before the first BEGIN line",
        ground: PLAIN,
        edit: Edit::Files(|files| bundle(files, |pem| [b"\xEF\xBB\xBF", &pem[..]].concat())),
        company: &[],
        wire: Wire::Admitted,
    },
    Flaw {
        id: "pem-carriage-return-only",
        title: "lines end with a carriage return alone",
        ground: PLAIN,
        edit: Edit::Files(|files| bundle_text(files, |text| text.replace('\n', "\r"))),
        company: &[],
        wire: Wire::Admitted,
    },
    Flaw {
        id: "pem-crlf",
        title: "lines end with carriage return and line feed",
        ground: PLAIN,
        edit: Edit::Files(|files| bundle_text(files, |text| text.replace('\n', "\r\n"))),
        company: &[],
        wire: Wire::Admitted,
    },
    Flaw {
        id: "pem-begin-indented",
        title: "a space stands before the second BEGIN line",
        ground: TWO_ROOTS,
        edit: Edit::Files(|files| {
            bundle_text(files, |text| text.replace("-----END CERTIFICATE-----\n-", "-----END CERTIFICATE-----\n -"));
        }),
        company: &[],
        wire: Wire::Admitted,
    },
    Flaw {
        id: "pem-blocks-glued",
        title: "END and the next BEGIN stand on one line",
        ground: TWO_ROOTS,
        edit: Edit::Files(|files| {
            bundle_text(files, |text| text.replace("-----END CERTIFICATE-----\n-", "-----END CERTIFICATE------"));
        }),
        company: &[],
        wire: Wire::Admitted,
    },
    Flaw {
        id: "pem-boundary-malformed",
        title: "the BEGIN line has four dashes in front",
        ground: PLAIN,
        edit: Edit::Files(|files| bundle_text(files, |text| text.replacen("-----BEGIN", "----BEGIN", 1))),
        company: NO_BUNDLE,
        wire: CHAIN,
    },
    Flaw {
        id: "pem-boundary-malformed/typographic",
        title: "the BEGIN line has typographic dashes in front",
        ground: PLAIN,
        edit: Edit::Files(|files| bundle_text(files, |text| text.replacen("-----BEGIN", "——BEGIN", 1))),
        company: NO_BUNDLE,
        wire: CHAIN,
    },
    Flaw {
        id: "pem-boundary-malformed/data-behind",
        title: "base64 follows on the BEGIN line itself",
        ground: PLAIN,
        edit: Edit::Files(|files| {
            bundle_text(files, |text| text.replacen("CERTIFICATE-----\n", "CERTIFICATE-----", 1));
        }),
        company: NO_BUNDLE,
        wire: CHAIN,
    },
    Flaw {
        id: "pem-end-missing",
        title: "the END line is missing",
        ground: PLAIN,
        edit: Edit::Files(|files| bundle_text(files, |text| text.replace("-----END CERTIFICATE-----\n", ""))),
        company: NO_BUNDLE,
        wire: CHAIN,
    },
    Flaw {
        id: "pem-end-missing/first-of-two",
        title: "the first of two blocks has no END line",
        ground: TWO_ROOTS,
        edit: Edit::Files(|files| bundle_text(files, |text| text.replacen("-----END CERTIFICATE-----\n", "", 1))),
        company: &["chain-issuer-missing"],
        wire: CHAIN,
    },
    Flaw {
        id: "pem-end-missing/cut-off",
        title: "the file breaks off in the middle of its base64",
        ground: PLAIN,
        edit: Edit::Files(|files| bundle(files, |pem| pem[..pem.len() / 2].to_vec())),
        company: NO_BUNDLE,
        wire: CHAIN,
    },
    Flaw {
        id: "pem-end-mismatched",
        title: "the END line has another label than the BEGIN line",
        ground: PLAIN,
        edit: Edit::Files(|files| bundle_text(files, |text| text.replace("END CERTIFICATE", "END CERT"))),
        company: &[],
        wire: Wire::Admitted,
    },
    Flaw {
        id: "pem-not-base64",
        title: "a no-break space stands in the base64",
        ground: PLAIN,
        edit: Edit::Files(|files| bundle_text(files, |text| text.replacen("MII", "MI\u{a0}I", 1))),
        company: NO_BUNDLE,
        wire: CHAIN,
    },
    Flaw {
        id: "pem-not-base64/ellipsis",
        title: "an ellipsis stands in the base64",
        ground: PLAIN,
        edit: Edit::Files(|files| bundle_text(files, |text| text.replacen("MII", "...MII", 1))),
        company: NO_BUNDLE,
        wire: CHAIN,
    },
    Flaw {
        id: "pem-truncated",
        title: "the base64 lacks a character",
        ground: PLAIN,
        edit: Edit::Files(|files| bundle_text(files, |text| text.replacen("MII", "MI", 1))),
        company: NO_BUNDLE,
        wire: CHAIN,
    },
    Flaw {
        id: "pem-headers",
        title: "the block of the root has a header",
        ground: PLAIN,
        edit: Edit::Files(|files| {
            bundle_text(files, |text| text.replacen("CERTIFICATE-----\n", "CERTIFICATE-----\nOrigin: acme\n\n", 1));
        }),
        company: &[],
        wire: Wire::Admitted,
    },
    Flaw {
        id: "pem-label-old",
        title: "the root is labelled X509 CERTIFICATE",
        ground: PLAIN,
        edit: Edit::Files(|files| {
            bundle_text(files, |text| text.replace(" CERTIFICATE-----", " X509 CERTIFICATE-----"))
        }),
        company: &[],
        wire: Wire::Admitted,
    },
    Flaw {
        id: "pem-block-empty",
        title: "a block has nothing between BEGIN and END",
        ground: PLAIN,
        edit: Edit::Files(|files| {
            bundle_text(files, |text| text + "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n");
        }),
        company: &[],
        wire: Wire::Admitted,
    },
    Flaw {
        id: "pem-text-between",
        title: "a comment stands before a block",
        ground: PLAIN,
        edit: Edit::Files(|files| bundle_text(files, |text| format!("our production root\n{text}"))),
        company: &[],
        wire: Wire::Admitted,
    },
    Flaw {
        id: "pem-text-between/two-blocks",
        title: "a comment stands between two blocks",
        ground: TWO_ROOTS,
        edit: Edit::Files(|files| {
            bundle_text(files, |text| {
                text.replace("-----END CERTIFICATE-----\n-", "-----END CERTIFICATE-----\nnext\n-")
            });
        }),
        company: &[],
        wire: Wire::Admitted,
    },
    Flaw {
        id: "pem-text-trailing",
        title: "a comment stands behind the last block",
        ground: PLAIN,
        edit: Edit::Files(|files| bundle_text(files, |text| text + "our production root\n")),
        company: &[],
        wire: Wire::Admitted,
    },
    Flaw {
        id: "pem-private-key",
        title: "the client's private key is in the bundle",
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
        title: "an encrypted private key is in the bundle",
        ground: PLAIN,
        edit: Edit::Files(|files| bundle_text(files, |text| text + &encode("ENCRYPTED PRIVATE KEY", &[0x30, 0x00]))),
        company: &[],
        wire: Wire::Admitted,
    },
    Flaw {
        id: "pem-private-key/sec1",
        title: "the client's private key is in the bundle, as EC PRIVATE KEY",
        ground: PLAIN,
        edit: Edit::Files(|files| {
            let key = files.key.as_ref().map(|key| sec1(&key.bytes.0)).unwrap_or_default();
            bundle(files, |pem| [pem, key].concat());
        }),
        company: &[],
        wire: Wire::Admitted,
    },
    Flaw {
        id: "pem-private-key/old-encryption",
        title: "a private key in OpenSSL's old encryption is in the bundle",
        ground: PLAIN,
        edit: Edit::Files(|files| bundle_text(files, |text| text + OLD_ENCRYPTED_KEY)),
        company: &[],
        wire: Wire::Admitted,
    },
    Flaw {
        id: "pem-trusted-certificate",
        title: "the block is OpenSSL's TRUSTED CERTIFICATE",
        ground: PLAIN,
        edit: Edit::Files(|files| bundle_text(files, |text| text.replace(" CERTIFICATE", " TRUSTED CERTIFICATE"))),
        company: NO_BUNDLE,
        wire: CHAIN,
    },
    Flaw {
        id: "pem-foreign-block",
        title: "a certificate signing request is in the bundle",
        ground: PLAIN,
        edit: Edit::Files(|files| bundle_text(files, |text| text + &encode("CERTIFICATE REQUEST", &[0x30, 0x00]))),
        company: &[],
        wire: Wire::Admitted,
    },
    Flaw {
        id: "pem-foreign-block/crl",
        title: "a revocation list is in the bundle",
        ground: PLAIN,
        edit: Edit::Files(|files| bundle_text(files, |text| text + &encode("X509 CRL", &[0x30, 0x00]))),
        company: &[],
        wire: Wire::Admitted,
    },
    Flaw {
        id: "pem-certificate-unreadable",
        title: "a CERTIFICATE block holds no certificate",
        ground: PLAIN,
        edit: Edit::Files(|files| {
            bundle_text(files, |text| text + &encode("CERTIFICATE", b"not a certificate at all"))
        }),
        company: &[],
        wire: Wire::Admitted,
    },
];
