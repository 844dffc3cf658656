//! Faults of a CA certificate that stands in the bundle.

use rcgen::{ExtendedKeyUsagePurpose, KeyUsagePurpose};

use super::edits::{
    INTERMEDIATE_IN_BUNDLE, PLAIN, RSA_INTERMEDIATE, RSA_ROOT, add_below_root, append_bytes,
    basic_constraints_not_critical, corrupt_basic_constraints, dsa_key, empty_serial, end_soon, expire, explicit_curve,
    intermediate, invert_in_future, invert_in_past, lengthen_length, negative_serial, other_inner_algorithm,
    padded_serial, postpone, repeat_basic_constraints, repeat_extension, root, root_not_utf8, sloppy_true, version_1,
    version_1_with_extensions, version_2, version_4,
};
use super::files::{bundle_text, first_der};
use super::{CHAIN, Edit, Flaw, Wire};
use crate::forge::issue::{DistinguishedName, Spec};
use crate::forge::{KeyKind, SigningHash};
use crate::pki::pem::encode;

pub(super) const ALL: &[Flaw] = &[
    Flaw {
        id: "ca-version",
        title: "the root is X.509 v1",
        ground: PLAIN,
        edit: Edit::Recipe(|recipe| root(recipe).edits.push(version_1)),
        company: &[],
        wire: Wire::Admitted,
    },
    Flaw {
        id: "ca-version/v2",
        title: "the root is X.509 v2",
        ground: PLAIN,
        edit: Edit::Recipe(|recipe| root(recipe).edits.push(version_2)),
        company: &[],
        wire: Wire::Admitted,
    },
    Flaw {
        id: "ca-version/extensions-kept",
        title: "the root is X.509 v1 and has extensions",
        ground: PLAIN,
        edit: Edit::Recipe(|recipe| root(recipe).edits.push(version_1_with_extensions)),
        company: &[],
        wire: Wire::Admitted,
    },
    Flaw {
        id: "ca-basic-constraints-absent",
        title: "the root has no basic constraints",
        ground: PLAIN,
        edit: Edit::Recipe(|recipe| root(recipe).basic_constraints = None),
        company: &["chain-issuer-not-ca"],
        wire: CHAIN,
    },
    Flaw {
        id: "ca-basic-constraints-absent/unreadable",
        title: "the basic constraints of the root are corrupt",
        ground: PLAIN,
        edit: Edit::Recipe(|recipe| root(recipe).edits.push(corrupt_basic_constraints)),
        company: &["ca-malformed", "chain-issuer-missing"],
        wire: CHAIN,
    },
    Flaw {
        id: "ca-basic-constraints-absent/intermediate",
        title: "an intermediate in the bundle has no basic constraints",
        ground: INTERMEDIATE_IN_BUNDLE,
        edit: Edit::Recipe(|recipe| intermediate(recipe).basic_constraints = None),
        company: &["chain-issuer-not-ca"],
        wire: CHAIN,
    },
    Flaw {
        id: "ca-basic-constraints-not-critical",
        title: "the basic constraints of the root are not critical",
        ground: PLAIN,
        edit: Edit::Recipe(|recipe| root(recipe).edits.push(basic_constraints_not_critical)),
        company: &[],
        wire: Wire::Admitted,
    },
    Flaw {
        id: "ca-is-leaf",
        title: "the client's own certificate is in the bundle",
        ground: |recipe| recipe.authorities[1].in_bundle = true,
        edit: Edit::Files(|files| {
            let client = files.client.clone().map(|file| first_der(&file.bytes.0)).unwrap_or_default();
            bundle_text(files, |text| text + &encode("CERTIFICATE", &client));
        }),
        company: &[],
        wire: Wire::Admitted,
    },
    Flaw {
        id: "ca-is-leaf/server",
        title: "a server's certificate is in the bundle",
        ground: PLAIN,
        edit: Edit::Recipe(|recipe| {
            let mut spec = Spec { label: "server".to_owned(), ..recipe.client.clone() };
            spec.subject = DistinguishedName::new().cn("server");
            spec.purposes = vec![ExtendedKeyUsagePurpose::ServerAuth];
            add_below_root(recipe, spec);
        }),
        company: &[],
        wire: Wire::Admitted,
    },
    Flaw {
        id: "ca-not-ca",
        title: "the root says CA:false",
        ground: PLAIN,
        edit: Edit::Recipe(|recipe| root(recipe).basic_constraints = Some((false, None))),
        company: &["chain-issuer-not-ca"],
        wire: CHAIN,
    },
    Flaw {
        id: "ca-not-ca/intermediate",
        title: "an intermediate in the bundle says CA:false",
        ground: INTERMEDIATE_IN_BUNDLE,
        edit: Edit::Recipe(|recipe| intermediate(recipe).basic_constraints = Some((false, None))),
        company: &["chain-issuer-not-ca"],
        wire: CHAIN,
    },
    Flaw {
        id: "ca-key-algorithm",
        title: "the root has an Ed25519 key",
        ground: PLAIN,
        edit: Edit::Recipe(|recipe| root(recipe).key = KeyKind::Ed25519),
        company: &[],
        wire: Wire::Admitted,
    },
    Flaw {
        id: "ca-key-algorithm/intermediate",
        title: "an intermediate in the bundle has an Ed25519 key",
        ground: INTERMEDIATE_IN_BUNDLE,
        edit: Edit::Recipe(|recipe| intermediate(recipe).key = KeyKind::Ed25519),
        company: &["leaf-signature-algorithm"],
        wire: CHAIN,
    },
    Flaw {
        id: "ca-key-algorithm/dsa",
        title: "a CA in the bundle has a DSA key",
        ground: |recipe| {
            let subject = DistinguishedName::new().cn("other");
            let other = Spec { label: "other".to_owned(), subject, ..root(recipe).clone() };
            add_below_root(recipe, other);
        },
        edit: Edit::Recipe(|recipe| {
            if let Some(other) = recipe.authorities.last_mut() {
                other.spec.edits.push(dsa_key);
            }
        }),
        company: &[],
        wire: Wire::Admitted,
    },
    Flaw {
        id: "ca-signature-weak",
        title: "the root is signed with RSA and SHA-1",
        ground: |recipe| root(recipe).key = KeyKind::Rsa2048,
        edit: Edit::Recipe(|recipe| root(recipe).hash = Some(SigningHash::Sha1)),
        company: &[],
        wire: Wire::Admitted,
    },
    Flaw {
        id: "ca-signature-weak/md5",
        title: "the root is signed with RSA and MD5",
        ground: |recipe| root(recipe).key = KeyKind::Rsa2048,
        edit: Edit::Recipe(|recipe| root(recipe).hash = Some(SigningHash::Md5)),
        company: &[],
        wire: Wire::Admitted,
    },
    Flaw {
        id: "ca-signature-weak/ecdsa-sha1",
        title: "the root is signed with ECDSA and SHA-1",
        ground: PLAIN,
        edit: Edit::Recipe(|recipe| root(recipe).hash = Some(SigningHash::Sha1)),
        company: &[],
        wire: Wire::Admitted,
    },
    Flaw {
        id: "ca-signature-weak/intermediate",
        title: "an intermediate in the bundle is signed with SHA-1",
        ground: |recipe| {
            RSA_ROOT(recipe);
            INTERMEDIATE_IN_BUNDLE(recipe);
        },
        edit: Edit::Recipe(|recipe| intermediate(recipe).hash = Some(SigningHash::Sha1)),
        company: &["chain-signature-weak"],
        wire: CHAIN,
    },
    Flaw {
        id: "ca-signature-pss",
        title: "the root is signed with RSA-PSS",
        ground: |recipe| root(recipe).key = KeyKind::Rsa2048,
        edit: Edit::Recipe(|recipe| root(recipe).hash = Some(SigningHash::PssSha256)),
        company: &[],
        wire: Wire::Admitted,
    },
    Flaw {
        id: "ca-signature-pss/intermediate",
        title: "an intermediate in the bundle is signed with RSA-PSS",
        ground: |recipe| {
            RSA_ROOT(recipe);
            INTERMEDIATE_IN_BUNDLE(recipe);
        },
        edit: Edit::Recipe(|recipe| intermediate(recipe).hash = Some(SigningHash::PssSha256)),
        company: &["chain-signature-pss"],
        wire: Wire::Admitted,
    },
    Flaw {
        id: "ca-expired",
        title: "the root has expired",
        ground: PLAIN,
        edit: Edit::Recipe(|recipe| expire(root(recipe))),
        company: &["chain-ca-expired"],
        wire: CHAIN,
    },
    Flaw {
        id: "ca-expired/intermediate",
        title: "an intermediate in the bundle has expired",
        ground: INTERMEDIATE_IN_BUNDLE,
        edit: Edit::Recipe(|recipe| expire(intermediate(recipe))),
        company: &["chain-ca-expired", "leaf-outlives-ca"],
        wire: CHAIN,
    },
    Flaw {
        id: "ca-expired/inverted",
        title: "the validity of the root ends before it begins, in the past",
        ground: PLAIN,
        edit: Edit::Recipe(|recipe| invert_in_past(root(recipe))),
        company: &["chain-ca-expired"],
        wire: CHAIN,
    },
    Flaw {
        id: "ca-expires-soon",
        title: "the root expires in ten days",
        ground: PLAIN,
        edit: Edit::Recipe(|recipe| end_soon(root(recipe))),
        company: &[],
        wire: Wire::Admitted,
    },
    Flaw {
        id: "ca-not-yet-valid",
        title: "the root is not valid yet",
        ground: PLAIN,
        edit: Edit::Recipe(|recipe| postpone(root(recipe))),
        company: &["chain-ca-not-yet-valid"],
        wire: CHAIN,
    },
    Flaw {
        id: "ca-not-yet-valid/intermediate",
        title: "an intermediate in the bundle is not valid yet",
        ground: INTERMEDIATE_IN_BUNDLE,
        edit: Edit::Recipe(|recipe| postpone(intermediate(recipe))),
        company: &["chain-ca-not-yet-valid"],
        wire: CHAIN,
    },
    Flaw {
        id: "ca-not-yet-valid/inverted",
        title: "the validity of the root ends before it begins, in the future",
        ground: PLAIN,
        edit: Edit::Recipe(|recipe| invert_in_future(root(recipe))),
        company: &["chain-ca-not-yet-valid"],
        wire: CHAIN,
    },
    Flaw {
        id: "ca-cert-sign-missing",
        title: "the key usage of the root lacks keyCertSign",
        ground: PLAIN,
        edit: Edit::Recipe(|recipe| root(recipe).key_usage = vec![KeyUsagePurpose::CrlSign]),
        company: &["chain-cert-sign-missing"],
        wire: CHAIN,
    },
    Flaw {
        id: "ca-cert-sign-missing/intermediate",
        title: "the key usage of an intermediate in the bundle lacks keyCertSign",
        ground: INTERMEDIATE_IN_BUNDLE,
        edit: Edit::Recipe(|recipe| intermediate(recipe).key_usage = vec![KeyUsagePurpose::DigitalSignature]),
        company: &["chain-cert-sign-missing"],
        wire: CHAIN,
    },
    Flaw {
        id: "ca-key-small",
        title: "the root has an RSA key of 1,024 bits",
        ground: |recipe| root(recipe).key = KeyKind::Rsa2048,
        edit: Edit::Recipe(|recipe| root(recipe).key = KeyKind::Rsa1024),
        company: &[],
        wire: Wire::Admitted,
    },
    Flaw {
        id: "ca-key-small/intermediate",
        title: "an intermediate in the bundle has an RSA key of 1,024 bits",
        ground: |recipe| {
            RSA_INTERMEDIATE(recipe);
            INTERMEDIATE_IN_BUNDLE(recipe);
        },
        edit: Edit::Recipe(|recipe| intermediate(recipe).key = KeyKind::Rsa1024),
        company: &[],
        wire: Wire::Admitted,
    },
    Flaw {
        id: "ca-malformed",
        title: "the serial number of the root is negative",
        ground: PLAIN,
        edit: Edit::Recipe(|recipe| root(recipe).edits.push(negative_serial)),
        company: &["chain-issuer-missing"],
        wire: CHAIN,
    },
    Flaw {
        id: "ca-malformed/trailing-data",
        title: "two bytes follow the root inside its block",
        ground: PLAIN,
        edit: Edit::Recipe(|recipe| root(recipe).damage = Some(append_bytes)),
        company: &["chain-issuer-missing"],
        wire: CHAIN,
    },
    Flaw {
        id: "ca-malformed/algorithms-differ",
        title: "the root names one algorithm inside and another outside",
        ground: PLAIN,
        edit: Edit::Recipe(|recipe| root(recipe).edits.push(other_inner_algorithm)),
        company: &["chain-issuer-missing"],
        wire: CHAIN,
    },
    Flaw {
        id: "ca-malformed/extension-repeated",
        title: "the root has an extension twice",
        ground: PLAIN,
        edit: Edit::Recipe(|recipe| root(recipe).edits.push(repeat_extension)),
        company: &["chain-issuer-missing"],
        wire: CHAIN,
    },
    Flaw {
        id: "ca-malformed/version-4",
        title: "the root says that it is X.509 v4",
        ground: PLAIN,
        edit: Edit::Recipe(|recipe| root(recipe).edits.push(version_4)),
        company: &["ca-version", "chain-issuer-missing"],
        wire: CHAIN,
    },
    Flaw {
        id: "ca-malformed/basic-constraints-repeated",
        title: "the root has basic constraints twice",
        ground: PLAIN,
        edit: Edit::Recipe(|recipe| root(recipe).edits.push(repeat_basic_constraints)),
        company: &["chain-issuer-missing"],
        wire: CHAIN,
    },
    Flaw {
        id: "ca-malformed/serial-empty",
        title: "the serial number of the root has no octet",
        ground: PLAIN,
        edit: Edit::Recipe(|recipe| root(recipe).edits.push(empty_serial)),
        company: &["chain-issuer-missing"],
        wire: CHAIN,
    },
    Flaw {
        id: "ca-malformed/serial-padded",
        title: "the serial number of the root has a needless zero octet",
        ground: PLAIN,
        edit: Edit::Recipe(|recipe| root(recipe).edits.push(padded_serial)),
        company: &["chain-issuer-missing"],
        wire: CHAIN,
    },
    Flaw {
        id: "ca-malformed/length-not-minimal",
        title: "a length in the root is longer than DER writes it",
        ground: PLAIN,
        edit: Edit::Recipe(|recipe| root(recipe).damage = Some(lengthen_length)),
        company: &["chain-issuer-missing"],
        wire: CHAIN,
    },
    Flaw {
        id: "ca-malformed/boolean-not-der",
        title: "a TRUE in the root is written as 01",
        ground: PLAIN,
        edit: Edit::Recipe(|recipe| root(recipe).edits.push(sloppy_true)),
        company: &["chain-issuer-missing"],
        wire: CHAIN,
    },
    Flaw {
        id: "ca-malformed/name-not-utf8",
        title: "the name of the root is no UTF-8 and says it is",
        ground: PLAIN,
        edit: Edit::Recipe(|recipe| root(recipe).edits.push(root_not_utf8)),
        company: &["chain-issuer-missing"],
        wire: CHAIN,
    },
    Flaw {
        id: "ca-malformed/explicit-curve",
        title: "the key of the root writes its curve out",
        ground: PLAIN,
        edit: Edit::Recipe(|recipe| root(recipe).edits.push(explicit_curve)),
        company: &["chain-issuer-missing"],
        wire: CHAIN,
    },
    Flaw {
        id: "ca-malformed/intermediate",
        title: "the serial number of an intermediate in the bundle is negative",
        ground: INTERMEDIATE_IN_BUNDLE,
        edit: Edit::Recipe(|recipe| intermediate(recipe).edits.push(negative_serial)),
        company: &["chain-certificate-malformed"],
        wire: CHAIN,
    },
];
