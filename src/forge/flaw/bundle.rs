//! Faults of the bundle as a whole: how many, how large, and who belongs in it.

use super::edits::{
    INTERMEDIATE_IN_BUNDLE, PLAIN, add_root, break_signature, intermediate, long_names, more_roots, numbered, root,
    root_in_upper_case,
};
use super::files::{add_public_ca, bundle, bundle_text, filled};
use super::{CHAIN, Edit, Flaw, Wire};
use crate::forge::issue::{DistinguishedName, StringType};
use crate::pki::pem::encode;

pub(super) const ALL: &[Flaw] = &[
    Flaw {
        id: "bundle-without-certificate",
        title: "the bundle is a bare public key",
        ground: PLAIN,
        edit: Edit::Files(|files| bundle_text(files, |_| encode("PUBLIC KEY", &[0x30, 0x00]))),
        company: &["pem-foreign-block", "chain-issuer-missing"],
        wire: CHAIN,
    },
    Flaw {
        id: "bundle-too-many",
        title: "the bundle holds 17 CAs",
        ground: |recipe| more_roots(recipe, 15),
        edit: Edit::Recipe(|recipe| add_root(recipe, "root 17", |name| numbered(name, 17))),
        company: &[],
        wire: Wire::Admitted,
    },
    Flaw {
        id: "bundle-too-large",
        title: "the bundle has more than 32,768 bytes",
        ground: PLAIN,
        edit: Edit::Recipe(|recipe| root(recipe).dns = long_names(912)),
        company: &[],
        wire: Wire::Admitted,
    },
    Flaw {
        id: "bundle-too-large/by-one-byte",
        title: "the bundle has 32,769 bytes, some of them line feeds",
        ground: |recipe| root(recipe).dns = long_names(900),
        edit: Edit::Files(|files| bundle(files, |pem| filled(pem, 32_769))),
        company: &[],
        wire: Wire::Admitted,
    },
    Flaw {
        id: "bundle-size-doubtful",
        title: "the bundle has between 32,000 and 32,768 bytes",
        ground: PLAIN,
        edit: Edit::Recipe(|recipe| root(recipe).dns = long_names(900)),
        company: &[],
        wire: Wire::Admitted,
    },
    Flaw {
        id: "bundle-duplicate",
        title: "the root is in the bundle twice",
        ground: PLAIN,
        edit: Edit::Files(|files| bundle(files, |pem| pem.repeat(2))),
        company: &[],
        wire: Wire::Admitted,
    },
    Flaw {
        id: "bundle-same-name",
        title: "two roots have the same name and different keys",
        ground: PLAIN,
        edit: Edit::Recipe(|recipe| add_root(recipe, "same name", DistinguishedName::clone)),
        company: &[],
        wire: Wire::Admitted,
    },
    Flaw {
        id: "bundle-same-name/case",
        title: "two roots have names that differ in case alone",
        ground: PLAIN,
        edit: Edit::Recipe(|recipe| {
            add_root(recipe, "same name", |name| name.map(StringType::Usual, str::to_uppercase));
        }),
        company: &[],
        wire: Wire::Admitted,
    },
    Flaw {
        id: "bundle-same-name/space",
        title: "two roots have names that differ in white space alone",
        ground: PLAIN,
        edit: Edit::Recipe(|recipe| {
            add_root(recipe, "same name", |name| name.map(StringType::Usual, |value| value.replace(' ', "  ")));
        }),
        company: &[],
        wire: Wire::Admitted,
    },
    Flaw {
        id: "bundle-same-name/string-type",
        title: "two roots have names that differ in string type alone",
        ground: PLAIN,
        edit: Edit::Recipe(|recipe| {
            add_root(recipe, "same name", |name| name.map(StringType::Utf8, str::to_owned));
        }),
        company: &[],
        wire: Wire::Admitted,
    },
    Flaw {
        id: "bundle-issuer-missing",
        title: "an intermediate is in the bundle without its root",
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
        title: "the self-signature of the root is damaged",
        ground: PLAIN,
        edit: Edit::Recipe(|recipe| root(recipe).damage = Some(break_signature)),
        company: &["chain-signature-wrong"],
        wire: CHAIN,
    },
    Flaw {
        id: "bundle-issuer-missing/case",
        title: "an intermediate in the bundle names its root in upper case",
        ground: INTERMEDIATE_IN_BUNDLE,
        edit: Edit::Recipe(|recipe| recipe.authorities[1].issuer_name = Some(root_in_upper_case(recipe))),
        company: &["chain-issuer-missing"],
        wire: CHAIN,
    },
    Flaw {
        id: "bundle-issuer-missing/damaged",
        title: "the signature of an intermediate in the bundle is damaged",
        ground: INTERMEDIATE_IN_BUNDLE,
        edit: Edit::Recipe(|recipe| intermediate(recipe).damage = Some(break_signature)),
        company: &["chain-signature-wrong"],
        wire: CHAIN,
    },
    Flaw {
        id: "bundle-public-ca",
        title: "a root that browsers trust is in the bundle",
        ground: PLAIN,
        edit: Edit::Files(add_public_ca),
        company: &[],
        wire: Wire::Admitted,
    },
    Flaw {
        id: "bundle-public-ca-unfiltered",
        title: "a root that browsers trust is in the bundle, and no filter is",
        ground: |recipe| recipe.filters = Some(Vec::new()),
        edit: Edit::Files(add_public_ca),
        company: &[],
        wire: Wire::Admitted,
    },
];
