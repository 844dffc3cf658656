//! The catalogue of flaws: each one edit to a good hierarchy, named after the rule that it trips.
//!
//! A flaw's id is `rule-id` or `rule-id/variant`. What the rules say of it beyond its own rule is its listed company;
//! what the gate makes of a client with it is its [`Wire`]. Tests hold both against the truth.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rcgen::{ExtendedKeyUsagePurpose, KeyUsagePurpose};
use time::Duration;

use super::der::{self, Content, Node};
use super::issue::{DistinguishedName, Spec, StringType, extension, extensions};
use super::recipe::{Authority, BundleForm, ClientKey, Recipe, bundle_json};
use super::{ForgeError, KeyKind, SigningHash};
use crate::cloud::Stage;
use crate::cloud::filter::{self, Field, FiltersFile, Target};
use crate::cloud::kit::{Bytes, File, Files};
use crate::pki::pem::{self, encode};

/// One way of breaking a hierarchy.
#[derive(Debug)]
pub struct Flaw {
    /// `rule-id` or `rule-id/variant`.
    pub id: &'static str,
    /// What the good hierarchy must have, so that the edit is one edit.
    pub ground: fn(&mut Recipe),
    pub edit: Edit,
    /// Other rules that cannot but fire as well.
    pub company: &'static [&'static str],
    pub wire: Wire,
}

#[derive(Debug)]
pub enum Edit {
    Recipe(fn(&mut Recipe)),
    /// An edit to the finished files, for faults of armour.
    Files(fn(&mut Files)),
}

/// What becomes of a client that connects with the broken files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wire {
    Admitted,
    Refused(Stage),
    /// Why no client can try.
    NotTried(&'static str),
}

impl Flaw {
    /// The rule that it trips.
    pub fn rule(&self) -> &'static str {
        self.id.split_once('/').map_or(self.id, |(rule, _)| rule)
    }

    /// The good files and the broken ones, which differ in this flaw alone.
    ///
    /// # Errors
    /// When the recipe cannot be forged.
    pub fn pair(&self, recipe: &Recipe) -> Result<(Files, Files), ForgeError> {
        let mut good = recipe.clone();
        (self.ground)(&mut good);
        let pass = good.forge()?.files;
        let fail = match self.edit {
            Edit::Recipe(edit) => {
                edit(&mut good);
                good.forge()?.files
            }
            Edit::Files(edit) => {
                let mut files = pass.clone();
                edit(&mut files);
                files
            }
        };
        Ok((pass, fail))
    }
}

/// # Errors
/// When there is no flaw of that id.
pub fn find(id: &str) -> Result<&'static Flaw, ForgeError> {
    ALL.iter().find(|flaw| flaw.id == id).ok_or_else(|| ForgeError::UnknownFlaw(id.to_owned()))
}

const PLAIN: fn(&mut Recipe) = |_| {};
const CHAIN: Wire = Wire::Refused(Stage::Chain);
/// The gate reads PEM with the same scanner as the rules; a block that cannot be read is not there.
const NO_BUNDLE: &[&str] = &["bundle-without-certificate", "chain-issuer-missing"];

/// Two self-signed CAs in the bundle.
const TWO_ROOTS: fn(&mut Recipe) = |recipe| {
    add_root(recipe, "second root", |name| name.map(StringType::Usual, |value| value.replace("Root", "Second Root")));
};

const IN_JSON: fn(&mut Recipe) = |recipe| recipe.bundle_form = BundleForm::Json;

const FILTERED: fn(&mut Recipe) = |recipe| {
    recipe.filters = Some(vec![vec![(Field::CommonName, recipe.namespace.clone())]]);
};

pub static ALL: &[Flaw] = &[
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
    Flaw {
        id: "bundle-without-certificate",
        ground: PLAIN,
        edit: Edit::Files(|files| bundle_text(files, |_| encode("PUBLIC KEY", &[0x30, 0x00]))),
        company: &["pem-foreign-block", "chain-issuer-missing"],
        wire: CHAIN,
    },
    Flaw {
        id: "bundle-too-many",
        ground: |recipe| more_roots(recipe, 15),
        edit: Edit::Recipe(|recipe| add_root(recipe, "root 17", |name| numbered(name, 17))),
        company: &[],
        wire: Wire::Admitted,
    },
    Flaw {
        id: "bundle-too-large",
        ground: PLAIN,
        edit: Edit::Recipe(|recipe| root(recipe).dns = long_names(912)),
        company: &[],
        wire: Wire::Admitted,
    },
    Flaw {
        id: "bundle-size-doubtful",
        ground: PLAIN,
        edit: Edit::Recipe(|recipe| root(recipe).dns = long_names(900)),
        company: &[],
        wire: Wire::Admitted,
    },
    Flaw {
        id: "bundle-duplicate",
        ground: PLAIN,
        edit: Edit::Files(|files| bundle(files, |pem| pem.repeat(2))),
        company: &[],
        wire: Wire::Admitted,
    },
    Flaw {
        id: "bundle-same-name",
        ground: PLAIN,
        edit: Edit::Recipe(|recipe| add_root(recipe, "same name", DistinguishedName::clone)),
        company: &[],
        wire: Wire::Admitted,
    },
    Flaw {
        id: "bundle-same-name/case",
        ground: PLAIN,
        edit: Edit::Recipe(|recipe| {
            add_root(recipe, "same name", |name| name.map(StringType::Usual, str::to_uppercase));
        }),
        company: &[],
        wire: Wire::Admitted,
    },
    Flaw {
        id: "bundle-issuer-missing",
        ground: PLAIN,
        edit: Edit::Recipe(|recipe| {
            recipe.authorities[0].in_bundle = false;
            recipe.authorities[1].in_bundle = true;
        }),
        company: &["chain-issuer-missing"],
        wire: CHAIN,
    },
    Flaw {
        id: "bundle-issuer-missing/self-signature",
        ground: PLAIN,
        edit: Edit::Recipe(|recipe| root(recipe).damage = Some(break_signature)),
        company: &["chain-signature-wrong"],
        wire: CHAIN,
    },
    Flaw {
        id: "bundle-public-ca",
        ground: PLAIN,
        edit: Edit::Files(add_public_ca),
        company: &[],
        wire: Wire::Admitted,
    },
    Flaw {
        id: "bundle-public-ca-unfiltered",
        ground: |recipe| recipe.filters = Some(Vec::new()),
        edit: Edit::Files(add_public_ca),
        company: &[],
        wire: Wire::Admitted,
    },
    Flaw {
        id: "ca-version",
        ground: PLAIN,
        edit: Edit::Recipe(|recipe| root(recipe).edits.push(version_1)),
        company: &[],
        wire: Wire::Admitted,
    },
    Flaw {
        id: "ca-version/v2",
        ground: PLAIN,
        edit: Edit::Recipe(|recipe| root(recipe).edits.push(version_2)),
        company: &[],
        wire: Wire::Admitted,
    },
    Flaw {
        id: "ca-basic-constraints-absent",
        ground: PLAIN,
        edit: Edit::Recipe(|recipe| root(recipe).basic_constraints = None),
        company: &["chain-issuer-not-ca"],
        wire: CHAIN,
    },
    Flaw {
        id: "ca-basic-constraints-absent/unreadable",
        ground: PLAIN,
        edit: Edit::Recipe(|recipe| root(recipe).edits.push(corrupt_basic_constraints)),
        company: &["ca-malformed", "chain-issuer-missing"],
        wire: CHAIN,
    },
    Flaw {
        id: "ca-is-leaf",
        ground: |recipe| recipe.authorities[1].in_bundle = true,
        edit: Edit::Files(|files| {
            let client = files.client.clone().map(|file| first_der(&file.bytes.0)).unwrap_or_default();
            bundle_text(files, |text| text + &encode("CERTIFICATE", &client));
        }),
        company: &[],
        wire: Wire::Admitted,
    },
    Flaw {
        id: "ca-not-ca",
        ground: PLAIN,
        edit: Edit::Recipe(|recipe| root(recipe).basic_constraints = Some((false, None))),
        company: &["chain-issuer-not-ca"],
        wire: CHAIN,
    },
    Flaw {
        id: "ca-key-algorithm",
        ground: PLAIN,
        edit: Edit::Recipe(|recipe| root(recipe).key = KeyKind::Ed25519),
        company: &[],
        wire: Wire::Admitted,
    },
    Flaw {
        id: "ca-signature-weak",
        ground: |recipe| root(recipe).key = KeyKind::Rsa2048,
        edit: Edit::Recipe(|recipe| root(recipe).hash = Some(SigningHash::Sha1)),
        company: &[],
        wire: Wire::Admitted,
    },
    Flaw {
        id: "ca-signature-weak/md5",
        ground: |recipe| root(recipe).key = KeyKind::Rsa2048,
        edit: Edit::Recipe(|recipe| root(recipe).hash = Some(SigningHash::Md5)),
        company: &[],
        wire: Wire::Admitted,
    },
    Flaw {
        id: "ca-signature-pss",
        ground: |recipe| root(recipe).key = KeyKind::Rsa2048,
        edit: Edit::Recipe(|recipe| root(recipe).hash = Some(SigningHash::PssSha256)),
        company: &[],
        wire: Wire::Admitted,
    },
    Flaw {
        id: "ca-expired",
        ground: PLAIN,
        edit: Edit::Recipe(|recipe| expire(root(recipe))),
        company: &["chain-ca-expired"],
        wire: CHAIN,
    },
    Flaw {
        id: "ca-expires-soon",
        ground: PLAIN,
        edit: Edit::Recipe(|recipe| end_soon(root(recipe))),
        company: &[],
        wire: Wire::Admitted,
    },
    Flaw {
        id: "ca-not-yet-valid",
        ground: PLAIN,
        edit: Edit::Recipe(|recipe| postpone(root(recipe))),
        company: &["chain-ca-not-yet-valid"],
        wire: CHAIN,
    },
    Flaw {
        id: "ca-cert-sign-missing",
        ground: PLAIN,
        edit: Edit::Recipe(|recipe| root(recipe).key_usage = vec![KeyUsagePurpose::CrlSign]),
        company: &["chain-cert-sign-missing"],
        wire: CHAIN,
    },
    Flaw {
        id: "ca-key-small",
        ground: |recipe| root(recipe).key = KeyKind::Rsa2048,
        edit: Edit::Recipe(|recipe| root(recipe).key = KeyKind::Rsa1024),
        company: &[],
        wire: Wire::Admitted,
    },
    Flaw {
        id: "ca-malformed",
        ground: PLAIN,
        edit: Edit::Recipe(|recipe| root(recipe).edits.push(negative_serial)),
        company: &["chain-issuer-missing"],
        wire: CHAIN,
    },
    Flaw {
        id: "ca-malformed/trailing-data",
        ground: PLAIN,
        edit: Edit::Recipe(|recipe| root(recipe).damage = Some(|der| [der, vec![0, 0]].concat())),
        company: &["chain-issuer-missing"],
        wire: CHAIN,
    },
    Flaw {
        id: "ca-malformed/algorithms-differ",
        ground: PLAIN,
        edit: Edit::Recipe(|recipe| root(recipe).edits.push(other_inner_algorithm)),
        company: &["chain-issuer-missing"],
        wire: CHAIN,
    },
    Flaw {
        id: "ca-malformed/extension-repeated",
        ground: PLAIN,
        edit: Edit::Recipe(|recipe| root(recipe).edits.push(repeat_extension)),
        company: &["chain-issuer-missing"],
        wire: CHAIN,
    },
    Flaw {
        id: "ca-malformed/version-4",
        ground: PLAIN,
        edit: Edit::Recipe(|recipe| root(recipe).edits.push(version_4)),
        company: &["ca-version", "chain-issuer-missing"],
        wire: CHAIN,
    },
    Flaw {
        id: "leaf-missing",
        ground: PLAIN,
        edit: Edit::Files(|files| {
            if let (Some(client), Some(key)) = (&mut files.client, &files.key) {
                client.bytes = key.bytes.clone();
            }
        }),
        company: &[],
        wire: Wire::NotTried("the client has no certificate to connect with"),
    },
    Flaw {
        id: "leaf-missing/empty",
        ground: PLAIN,
        edit: Edit::Files(|files| client(files, |_| Vec::new())),
        company: &["pem-empty"],
        wire: Wire::NotTried("the client has no certificate to connect with"),
    },
    Flaw {
        id: "leaf-version",
        ground: PLAIN,
        edit: Edit::Recipe(|recipe| recipe.client.edits.push(version_1)),
        company: &[],
        wire: CHAIN,
    },
    Flaw {
        id: "leaf-is-ca",
        ground: PLAIN,
        edit: Edit::Recipe(|recipe| recipe.client.basic_constraints = Some((true, None))),
        company: &[],
        wire: CHAIN,
    },
    Flaw {
        id: "leaf-basic-constraints-absent",
        ground: PLAIN,
        edit: Edit::Recipe(|recipe| recipe.client.basic_constraints = None),
        company: &[],
        wire: Wire::Admitted,
    },
    Flaw {
        id: "leaf-key-usage-absent",
        ground: PLAIN,
        edit: Edit::Recipe(|recipe| recipe.client.key_usage = Vec::new()),
        company: &[],
        wire: Wire::Admitted,
    },
    Flaw {
        id: "leaf-key-usage-wrong",
        ground: PLAIN,
        edit: Edit::Recipe(|recipe| recipe.client.key_usage = vec![KeyUsagePurpose::KeyEncipherment]),
        company: &[],
        wire: CHAIN,
    },
    Flaw {
        id: "leaf-purpose-wrong",
        ground: PLAIN,
        edit: Edit::Recipe(|recipe| recipe.client.purposes = vec![ExtendedKeyUsagePurpose::ServerAuth]),
        company: &[],
        wire: CHAIN,
    },
    Flaw {
        id: "leaf-key-algorithm",
        ground: PLAIN,
        edit: Edit::Recipe(|recipe| recipe.client.key = KeyKind::Ed25519),
        company: &[],
        wire: CHAIN,
    },
    Flaw {
        id: "leaf-signature-algorithm",
        ground: PLAIN,
        edit: Edit::Recipe(|recipe| recipe.authorities[1].spec.key = KeyKind::Ed25519),
        company: &[],
        wire: CHAIN,
    },
    Flaw {
        id: "leaf-key-small",
        ground: |recipe| recipe.client.key = KeyKind::Rsa2048,
        edit: Edit::Recipe(|recipe| recipe.client.key = KeyKind::Rsa1024),
        company: &[],
        wire: Wire::NotTried("the client's TLS library takes RSA keys from 2,048 bits on"),
    },
    Flaw {
        id: "leaf-expired",
        ground: PLAIN,
        edit: Edit::Recipe(|recipe| expire(&mut recipe.client)),
        company: &[],
        wire: CHAIN,
    },
    Flaw {
        id: "leaf-expires-soon",
        ground: PLAIN,
        edit: Edit::Recipe(|recipe| end_soon(&mut recipe.client)),
        company: &[],
        wire: Wire::Admitted,
    },
    Flaw {
        id: "leaf-not-yet-valid",
        ground: PLAIN,
        edit: Edit::Recipe(|recipe| postpone(&mut recipe.client)),
        company: &[],
        wire: CHAIN,
    },
    Flaw {
        id: "leaf-outlives-ca",
        ground: PLAIN,
        edit: Edit::Recipe(|recipe| {
            recipe.client.not_after = recipe.authorities[1].spec.not_after + Duration::DAY;
        }),
        company: &[],
        wire: Wire::Admitted,
    },
    Flaw {
        id: "chain-issuer-missing",
        ground: PLAIN,
        edit: Edit::Recipe(|recipe| recipe.authorities[1].sent = false),
        company: &[],
        wire: CHAIN,
    },
    Flaw {
        id: "chain-issuer-missing/foreign-ca",
        ground: PLAIN,
        edit: Edit::Recipe(|recipe| {
            TWO_ROOTS(recipe);
            recipe.authorities[0].in_bundle = false;
        }),
        company: &[],
        wire: CHAIN,
    },
    Flaw {
        id: "chain-issuer-missing/case",
        ground: PLAIN,
        edit: Edit::Recipe(|recipe| {
            let name = root(recipe).subject.map(StringType::Usual, str::to_uppercase);
            recipe.authorities[1].issuer_name = Some(name);
        }),
        company: &[],
        wire: CHAIN,
    },
    Flaw {
        id: "chain-issuer-ambiguous",
        ground: |recipe| add_root(recipe, "same name", DistinguishedName::clone),
        edit: Edit::Recipe(|recipe| recipe.authorities[1].spec.authority_key_id = false),
        company: &[],
        wire: Wire::Admitted,
    },
    Flaw {
        id: "chain-signature-wrong",
        ground: PLAIN,
        edit: Edit::Recipe(|recipe| {
            add_root(recipe, "impostor", DistinguishedName::clone);
            recipe.authorities[0].in_bundle = false;
        }),
        company: &[],
        wire: CHAIN,
    },
    Flaw {
        id: "chain-signature-wrong/damaged",
        ground: PLAIN,
        edit: Edit::Recipe(|recipe| recipe.client.damage = Some(break_signature)),
        company: &[],
        wire: CHAIN,
    },
    Flaw {
        id: "chain-signature-weak",
        ground: |recipe| root(recipe).key = KeyKind::Rsa2048,
        edit: Edit::Recipe(|recipe| recipe.authorities[1].spec.hash = Some(SigningHash::Sha1)),
        company: &[],
        wire: CHAIN,
    },
    Flaw {
        id: "chain-signature-weak/leaf",
        ground: |recipe| recipe.authorities[1].spec.key = KeyKind::Rsa2048,
        edit: Edit::Recipe(|recipe| recipe.client.hash = Some(SigningHash::Sha1)),
        company: &["leaf-signature-algorithm"],
        wire: CHAIN,
    },
    Flaw {
        id: "chain-ca-expired",
        ground: PLAIN,
        edit: Edit::Recipe(|recipe| expire(&mut recipe.authorities[1].spec)),
        company: &["leaf-outlives-ca"],
        wire: CHAIN,
    },
    Flaw {
        id: "chain-ca-not-yet-valid",
        ground: PLAIN,
        edit: Edit::Recipe(|recipe| postpone(&mut recipe.authorities[1].spec)),
        company: &[],
        wire: CHAIN,
    },
    Flaw {
        id: "chain-issuer-not-ca",
        ground: PLAIN,
        edit: Edit::Recipe(|recipe| recipe.authorities[1].spec.basic_constraints = Some((false, None))),
        company: &[],
        wire: CHAIN,
    },
    Flaw {
        id: "chain-cert-sign-missing",
        ground: PLAIN,
        edit: Edit::Recipe(|recipe| recipe.authorities[1].spec.key_usage = vec![KeyUsagePurpose::DigitalSignature]),
        company: &[],
        wire: CHAIN,
    },
    Flaw {
        id: "chain-path-too-long",
        ground: PLAIN,
        edit: Edit::Recipe(|recipe| root(recipe).basic_constraints = Some((true, Some(0)))),
        company: &[],
        wire: CHAIN,
    },
    Flaw {
        id: "chain-name-constrained",
        ground: |recipe| recipe.client.dns = vec!["worker.example.org".to_owned()],
        edit: Edit::Recipe(|recipe| root(recipe).permitted_dns = vec!["example.com".to_owned()]),
        company: &[],
        wire: CHAIN,
    },
    Flaw {
        id: "chain-policy-missing",
        ground: PLAIN,
        // policyConstraints { requireExplicitPolicy 0 }
        edit: Edit::Recipe(|recipe| {
            recipe.authorities[1].spec.critical.push((vec![2, 5, 29, 36], vec![0x30, 0x03, 0x80, 0x01, 0x00]));
        }),
        company: &[],
        wire: CHAIN,
    },
    Flaw {
        id: "chain-certificate-malformed/unreadable",
        ground: PLAIN,
        edit: Edit::Files(|files| client(files, |pem| [pem, encode("CERTIFICATE", b"none").into_bytes()].concat())),
        company: &["pem-certificate-unreadable"],
        wire: CHAIN,
    },
    Flaw {
        id: "chain-critical-extension",
        ground: PLAIN,
        edit: Edit::Recipe(|recipe| recipe.client.critical.push((vec![1, 3, 6, 1, 4, 1, 55555, 1], vec![5, 0]))),
        company: &[],
        wire: CHAIN,
    },
    Flaw {
        id: "chain-purpose-excluded",
        ground: PLAIN,
        edit: Edit::Recipe(|recipe| {
            recipe.authorities[1].spec.purposes = vec![ExtendedKeyUsagePurpose::ServerAuth];
        }),
        company: &[],
        wire: CHAIN,
    },
    Flaw {
        id: "chain-certificate-malformed",
        ground: PLAIN,
        edit: Edit::Recipe(|recipe| recipe.client.edits.push(negative_serial)),
        company: &[],
        wire: CHAIN,
    },
    Flaw {
        id: "chain-over-limit",
        ground: PLAIN,
        edit: Edit::Files(|files| client(files, |pem| pem.repeat(20))),
        company: &[],
        wire: CHAIN,
    },
    Flaw {
        id: "chain-name-repeated",
        ground: PLAIN,
        edit: Edit::Recipe(|recipe| recipe.client.subject = recipe.authorities[1].spec.subject.clone()),
        company: &[],
        wire: CHAIN,
    },
    Flaw {
        id: "chain-name-repeated/case",
        ground: PLAIN,
        edit: Edit::Recipe(|recipe| {
            recipe.client.subject = recipe.authorities[1].spec.subject.map(StringType::Usual, str::to_lowercase);
        }),
        company: &[],
        wire: CHAIN,
    },
    Flaw {
        id: "chain-name-repeated/space",
        ground: PLAIN,
        edit: Edit::Recipe(|recipe| {
            let spread = |value: &str| value.replace(' ', "  ");
            recipe.client.subject = recipe.authorities[1].spec.subject.map(StringType::Usual, spread);
        }),
        company: &[],
        wire: CHAIN,
    },
    Flaw {
        id: "chain-name-repeated/string-type",
        ground: PLAIN,
        edit: Edit::Recipe(|recipe| {
            recipe.client.subject = recipe.authorities[1].spec.subject.map(StringType::Utf8, str::to_owned);
        }),
        company: &[],
        wire: CHAIN,
    },
    Flaw {
        id: "chain-name-repeated/authorities",
        ground: PLAIN,
        edit: Edit::Recipe(|recipe| recipe.authorities[1].spec.subject = root(recipe).subject.clone()),
        company: &[],
        wire: CHAIN,
    },
    Flaw {
        id: "key-missing",
        ground: PLAIN,
        edit: Edit::Files(|files| {
            let certificate = files.client.clone().map(|file| file.bytes.0).unwrap_or_default();
            key(files, |_| certificate.clone());
        }),
        company: &[],
        wire: Wire::NotTried("the client has no key to connect with"),
    },
    Flaw {
        id: "key-missing/empty",
        ground: PLAIN,
        edit: Edit::Files(|files| key(files, |_| Vec::new())),
        company: &[],
        wire: Wire::NotTried("the client has no key to connect with"),
    },
    Flaw {
        id: "key-encrypted",
        ground: PLAIN,
        edit: Edit::Files(|files| key(files, |_| encode("ENCRYPTED PRIVATE KEY", &[0x30, 0x00]).into_bytes())),
        company: &[],
        wire: Wire::NotTried("the client has no key to connect with"),
    },
    Flaw {
        id: "key-unreadable",
        ground: PLAIN,
        edit: Edit::Files(|files| key(files, |_| encode("PRIVATE KEY", &[0x30, 0x00]).into_bytes())),
        company: &[],
        wire: Wire::NotTried("the client has no key to connect with"),
    },
    Flaw {
        id: "key-mismatch",
        ground: PLAIN,
        edit: Edit::Recipe(|recipe| recipe.client_key = ClientKey::Foreign),
        company: &[],
        wire: Wire::Refused(Stage::Prove),
    },
    Flaw {
        id: "key-not-pkcs8",
        ground: PLAIN,
        edit: Edit::Files(|files| key(files, |text| sec1(&text))),
        company: &[],
        wire: Wire::Admitted,
    },
    Flaw {
        id: "filter-file-unreadable",
        ground: FILTERED,
        edit: Edit::Files(|files| filters(files, |text| text.replace(']', ""))),
        company: &[],
        wire: Wire::Admitted,
    },
    Flaw {
        id: "filter-field-unknown",
        ground: FILTERED,
        edit: Edit::Files(|files| filters(files, |text| text.replacen('{', "{\n  \"comment\": \"ours\",", 1))),
        company: &[],
        wire: Wire::Admitted,
    },
    Flaw {
        id: "filter-empty",
        ground: FILTERED,
        edit: Edit::Recipe(|recipe| add_filter(recipe, Vec::new())),
        company: &[],
        wire: Wire::Admitted,
    },
    Flaw {
        id: "filter-wildcard-invalid",
        ground: FILTERED,
        edit: Edit::Recipe(|recipe| add_filter(recipe, vec![(Field::Organization, "cert*proof".to_owned())])),
        company: &[],
        wire: Wire::Admitted,
    },
    Flaw {
        id: "filter-wildcard-invalid/alone",
        ground: FILTERED,
        edit: Edit::Recipe(|recipe| add_filter(recipe, vec![(Field::CommonName, "*".to_owned())])),
        company: &[],
        wire: Wire::Admitted,
    },
    Flaw {
        id: "filter-spelling",
        ground: FILTERED,
        edit: Edit::Files(|files| {
            filters(files, |text| text.replacen("{\n  \"filters\": ", "", 1).replace("\n}\n", "\n"))
        }),
        company: &[],
        wire: Wire::Admitted,
    },
    Flaw {
        id: "filter-spelling/cloud-cli",
        ground: FILTERED,
        edit: Edit::Files(|files| filters(files, |_| "{\"commonName\": \"orders*\"}\n".to_owned())),
        company: &[],
        wire: Wire::Admitted,
    },
    Flaw {
        id: "filter-spelling/cloud-api",
        ground: FILTERED,
        edit: Edit::Files(|files| filters(files, |text| text.replacen("\"filters\"", "\"certificateFilters\"", 1))),
        company: &[],
        wire: Wire::Admitted,
    },
    Flaw {
        id: "filter-spelling/terraform",
        ground: FILTERED,
        edit: Edit::Files(|files| {
            let read = |text: &str| FiltersFile::read(text.as_bytes()).map(|file| file.filters()).unwrap_or_default();
            filters(files, |text| filter::write(&read(&text), Target::Terraform));
        }),
        company: &[],
        wire: Wire::Admitted,
    },
    Flaw {
        id: "filter-list-empty",
        ground: FILTERED,
        edit: Edit::Files(|files| filters(files, |_| "certificate_filters = []\n".to_owned())),
        company: &["filter-spelling"],
        wire: Wire::Admitted,
    },
    Flaw {
        id: "filter-duplicate",
        ground: FILTERED,
        edit: Edit::Recipe(|recipe| add_filter(recipe, vec![(Field::CommonName, recipe.namespace.clone())])),
        company: &[],
        wire: Wire::Admitted,
    },
    Flaw {
        id: "filter-shadowed",
        ground: FILTERED,
        edit: Edit::Recipe(|recipe| {
            let name = (Field::CommonName, recipe.namespace.clone());
            add_filter(recipe, vec![name, (Field::OrganizationalUnit, "Payments".to_owned())]);
        }),
        company: &[],
        wire: Wire::Admitted,
    },
    Flaw {
        id: "filter-shadowed/case",
        ground: FILTERED,
        edit: Edit::Recipe(|recipe| add_filter(recipe, vec![(Field::CommonName, recipe.namespace.to_uppercase())])),
        company: &[],
        wire: Wire::Admitted,
    },
    Flaw {
        id: "filter-value-spaced",
        ground: FILTERED,
        edit: Edit::Recipe(|recipe| add_filter(recipe, vec![(Field::Organization, "certproof ".to_owned())])),
        company: &[],
        wire: Wire::Admitted,
    },
    Flaw {
        id: "filter-value-spaced/blank",
        ground: FILTERED,
        edit: Edit::Recipe(|recipe| {
            let blank = (Field::OrganizationalUnit, " ".to_owned());
            add_filter(recipe, vec![(Field::CommonName, "worker".to_owned()), blank]);
        }),
        company: &[],
        wire: Wire::Admitted,
    },
    Flaw {
        id: "filter-too-many",
        ground: |recipe| {
            FILTERED(recipe);
            (1..25).for_each(|number| add_filter(recipe, vec![(Field::CommonName, format!("worker-{number}"))]));
        },
        edit: Edit::Recipe(|recipe| add_filter(recipe, vec![(Field::CommonName, "worker-25".to_owned())])),
        company: &[],
        wire: Wire::Admitted,
    },
    Flaw {
        id: "filter-no-match",
        ground: FILTERED,
        edit: Edit::Recipe(|recipe| {
            recipe.filters = Some(vec![vec![(Field::CommonName, "somebody-else".to_owned())]]);
        }),
        company: &[],
        wire: Wire::Refused(Stage::Filter),
    },
    Flaw {
        id: "server-root-is-client-ca",
        ground: PLAIN,
        edit: Edit::Files(|files| files.server_root = files.bundle.clone().map(|file| named("server-root.pem", file))),
        company: &["server-root-replaces-public"],
        wire: Wire::Refused(Stage::Trust),
    },
    Flaw {
        id: "server-root-replaces-public",
        ground: PLAIN,
        edit: Edit::Files(|files| {
            // Any certificate that is neither a public root nor in the bundle: here the client's own.
            files.server_root = files.client.clone().map(|file| named("server-root.pem", file));
        }),
        company: &[],
        wire: Wire::NotTried("the front door's certificate is signed by no public CA"),
    },
    Flaw {
        id: "namespace-without-account",
        ground: PLAIN,
        edit: Edit::Files(|files| files.namespace = Some("orders".to_owned())),
        company: &[],
        wire: Wire::NotTried("a front door has no namespace of that name"),
    },
    Flaw {
        id: "namespace-invalid",
        ground: PLAIN,
        edit: Edit::Files(|files| files.namespace = Some("order_items.f45a2".to_owned())),
        company: &[],
        wire: Wire::NotTried("a front door has no namespace of that name"),
    },
    Flaw {
        id: "namespace-upper-case",
        ground: PLAIN,
        edit: Edit::Files(|files| files.namespace = Some("Orders.f45a2".to_owned())),
        company: &[],
        wire: Wire::Admitted,
    },
    Flaw {
        id: "chain-issuer-missing/root-sent",
        ground: |recipe| recipe.authorities[0].sent = true,
        edit: Edit::Recipe(|recipe| {
            TWO_ROOTS(recipe);
            recipe.authorities[0].in_bundle = false;
            if let Some(other) = recipe.authorities.last_mut() {
                other.sent = false;
            }
        }),
        company: &[],
        wire: CHAIN,
    },
    Flaw {
        id: "namespace-long",
        ground: PLAIN,
        edit: Edit::Files(|files| files.namespace = Some(format!("{}.f45a2", "orders".repeat(7)))),
        company: &[],
        wire: Wire::Admitted,
    },
];

fn root(recipe: &mut Recipe) -> &mut Spec {
    &mut recipe.authorities[0].spec
}

/// One more self-signed CA in the bundle, named after the root.
fn add_root(recipe: &mut Recipe, label: &str, name: impl Fn(&DistinguishedName) -> DistinguishedName) {
    let position = recipe.authorities.len();
    let first = &recipe.authorities[0].spec;
    let spec = Spec { label: label.to_owned(), subject: name(&first.subject), ..first.clone() };
    recipe.authorities.push(Authority { issuer: position, ..Authority::root(spec) });
}

fn more_roots(recipe: &mut Recipe, count: usize) {
    for number in 2..count + 2 {
        add_root(recipe, &format!("root {number}"), |name| numbered(name, number));
    }
}

fn numbered(name: &DistinguishedName, number: usize) -> DistinguishedName {
    name.map(StringType::Usual, |value| value.replace("Root", &format!("Root {number}")))
}

fn add_filter(recipe: &mut Recipe, filter: Vec<(Field, String)>) {
    recipe.filters.get_or_insert_default().push(filter);
}

/// Names of 24 characters, to fill a bundle: each takes some 35 bytes of PEM.
fn long_names(count: usize) -> Vec<String> {
    (0..count).map(|number| format!("name-{number:04}.filler.example")).collect()
}

/// Valid until a day before the recipe's time, which is a day after `not_before`.
fn expire(spec: &mut Spec) {
    spec.not_after = spec.not_before;
    spec.not_before -= 365 * Duration::DAY;
}

/// Ten days are left at the recipe's time, which is a day after `not_before`.
fn end_soon(spec: &mut Spec) {
    spec.not_after = spec.not_before + 11 * Duration::DAY;
}

fn postpone(spec: &mut Spec) {
    spec.not_before += 30 * Duration::DAY;
}

fn version_1(tbs: &mut Node) {
    tbs.children().retain(|node| node.tag != 0xA0 && node.tag != 0xA3);
}

fn version_2(tbs: &mut Node) {
    set_version(tbs, 1);
    tbs.children().retain(|node| node.tag != 0xA3);
}

fn version_4(tbs: &mut Node) {
    set_version(tbs, 3);
}

fn set_version(tbs: &mut Node, version: u8) {
    if let Some(wrapper) = tbs.children().iter_mut().find(|node| node.tag == 0xA0) {
        wrapper.content = Content::Constructed(vec![Node::primitive(der::INTEGER, [version])]);
    }
}

fn negative_serial(tbs: &mut Node) {
    if let Some(serial) = tbs.children().iter_mut().find(|node| node.tag == der::INTEGER)
        && let Content::Primitive(bytes) = &mut serial.content
    {
        bytes[0] |= 0x80;
    }
}

fn other_inner_algorithm(tbs: &mut Node) {
    // The fields of a v3 certificate: version, serial, signature.
    tbs.children()[2] = Node::sequence(vec![Node::oid("1.2.840.10045.4.3.3")]);
}

fn repeat_extension(tbs: &mut Node) {
    if let Some(extensions) = extensions(tbs)
        && let Some(last) = extensions.last().cloned()
    {
        extensions.push(last);
    }
}

fn corrupt_basic_constraints(tbs: &mut Node) {
    if let Some(extension) = extension(tbs, "2.5.29.19")
        && let Some(value) = extension.children().last_mut()
    {
        // SEQUENCE { BOOLEAN } of a length that is longer than what follows
        value.content = Content::Primitive(vec![0x30, 0x03, 0x01, 0x02, 0xFF]);
    }
}

/// Flips a bit in the last byte, which belongs to the signature.
fn break_signature(mut certificate: Vec<u8>) -> Vec<u8> {
    if let Some(last) = certificate.last_mut() {
        *last ^= 1;
    }
    certificate
}

fn named(path: &str, file: File) -> File {
    File { path: path.into(), ..file }
}

fn bundle(files: &mut Files, change: impl FnOnce(Vec<u8>) -> Vec<u8>) {
    if let Some(file) = &mut files.bundle {
        file.bytes = Bytes(change(std::mem::take(&mut file.bytes.0)));
    }
}

fn bundle_text(files: &mut Files, change: impl FnOnce(String) -> String) {
    bundle(files, |bytes| change(String::from_utf8_lossy(&bytes).into_owned()).into_bytes());
}

fn client(files: &mut Files, change: impl FnOnce(Vec<u8>) -> Vec<u8>) {
    if let Some(file) = &mut files.client {
        file.bytes = Bytes(change(std::mem::take(&mut file.bytes.0)));
    }
}

fn key(files: &mut Files, change: impl FnOnce(Vec<u8>) -> Vec<u8>) {
    if let Some(file) = &mut files.key {
        file.bytes = Bytes(change(std::mem::take(&mut file.bytes.0)));
    }
}

fn filters(files: &mut Files, change: impl FnOnce(String) -> String) {
    if let Some(file) = &mut files.filters {
        file.bytes = Bytes(change(String::from_utf8_lossy(&file.bytes.0).into_owned()).into_bytes());
    }
}

/// The DER of the first block.
fn first_der(text: &[u8]) -> Vec<u8> {
    every_der(text).into_iter().next().unwrap_or_default()
}

fn every_der(text: &[u8]) -> Vec<Vec<u8>> {
    let scan = pem::scan(text);
    let ders = scan.segments.into_iter().filter_map(|segment| match segment {
        pem::Segment::Block(block) => block.der.map(|der| der.to_vec()),
        _ => None,
    });
    ders.collect()
}

/// Changes the value of the bundle in JSON.
fn json_value(files: &mut Files, change: impl FnOnce(&str) -> Vec<u8>) {
    bundle(files, |json| {
        let document: serde_json::Value = serde_json::from_slice(&json).unwrap_or_default();
        let value = document["accepted_client_ca"].as_str().unwrap_or_default();
        bundle_json(&String::from_utf8_lossy(&change(value))).into_bytes()
    });
}

/// A tar archive of one small file: its header in ustar form, its bytes, and two empty blocks.
fn tar(name: &str, content: &[u8]) -> Vec<u8> {
    const BLOCK: usize = 512;
    let mut header = [0_u8; BLOCK];
    let mut put = |at: usize, text: &[u8]| header[at..at + text.len()].copy_from_slice(text);
    put(0, name.as_bytes());
    put(100, b"0000644\0");
    put(108, b"0000000\0");
    put(116, b"0000000\0");
    put(124, format!("{:011o}\0", content.len()).as_bytes());
    put(136, b"00000000000\0");
    // The checksum counts its own field as spaces.
    put(148, b"        ");
    put(156, b"0");
    put(257, b"ustar\x0000");
    let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
    header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    let mut out = header.to_vec();
    out.extend_from_slice(content);
    out.resize(out.len().next_multiple_of(BLOCK) + 2 * BLOCK, 0);
    out
}

/// A SignedData that holds one certificate and signs nothing, as `openssl crl2pkcs7 -nocrl` makes it.
fn pkcs7(certificate: &[u8]) -> Vec<u8> {
    let Some(certificate) = Node::read(certificate) else { return Vec::new() };
    let data = Node::sequence(vec![Node::oid("1.2.840.113549.1.7.1")]);
    let signed = Node::sequence(vec![
        Node::primitive(der::INTEGER, [1]),
        Node::constructed(der::SET, vec![]),
        data,
        Node::constructed(0xA0, vec![certificate]),
        Node::constructed(der::SET, vec![]),
    ]);
    Node::sequence(vec![Node::oid("1.2.840.113549.1.7.2"), Node::constructed(0xA0, vec![signed])]).write()
}

/// The frame of a PFX around a certificate: enough to be recognised, no tool would open it.
fn pkcs12(certificate: &[u8]) -> Vec<u8> {
    let content = Node::constructed(0xA0, vec![Node::primitive(der::OCTET_STRING, certificate)]);
    let data = Node::sequence(vec![Node::oid("1.2.840.113549.1.7.1"), content]);
    Node::sequence(vec![Node::primitive(der::INTEGER, [3]), data]).write()
}

/// The ECPrivateKey inside a PKCS#8 key of the kinds that are made here, with its curve.
fn sec1(text: &[u8]) -> Vec<u8> {
    let Some(mut info) = Node::read(&first_der(text)) else { return Vec::new() };
    let fields = info.children();
    let curve = fields[1].children()[1].clone();
    let inner = match &fields[2].content {
        Content::Primitive(bytes) => Node::read(bytes),
        Content::Constructed(_) => None,
    };
    let Some(mut private) = inner else { return Vec::new() };
    if private.children().iter().all(|node| node.tag != 0xA0) {
        private.children().insert(2, Node::constructed(0xA0, vec![curve]));
    }
    encode("EC PRIVATE KEY", &private.write()).into_bytes()
}

/// A root that browsers trust, from Mozilla's list.
fn add_public_ca(files: &mut Files) {
    if let Some(root) = webpki_root_certs::TLS_SERVER_ROOT_CERTS.first() {
        bundle_text(files, |text| text + &encode("CERTIFICATE", root));
    }
}
