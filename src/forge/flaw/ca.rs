//! Faults of a CA certificate that stands in the bundle.

use rcgen::KeyUsagePurpose;

use super::edits::{
    PLAIN, corrupt_basic_constraints, end_soon, expire, negative_serial, other_inner_algorithm, postpone,
    repeat_extension, root, version_1, version_2, version_4,
};
use super::files::{bundle_text, first_der};
use super::{CHAIN, Edit, Flaw, Wire};
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
        id: "ca-not-ca",
        title: "the root says CA:false",
        ground: PLAIN,
        edit: Edit::Recipe(|recipe| root(recipe).basic_constraints = Some((false, None))),
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
        id: "ca-signature-pss",
        title: "the root is signed with RSA-PSS",
        ground: |recipe| root(recipe).key = KeyKind::Rsa2048,
        edit: Edit::Recipe(|recipe| root(recipe).hash = Some(SigningHash::PssSha256)),
        company: &[],
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
        id: "ca-cert-sign-missing",
        title: "the key usage of the root lacks keyCertSign",
        ground: PLAIN,
        edit: Edit::Recipe(|recipe| root(recipe).key_usage = vec![KeyUsagePurpose::CrlSign]),
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
        edit: Edit::Recipe(|recipe| root(recipe).damage = Some(|der| [der, vec![0, 0]].concat())),
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
];
