//! Faults of the bundle as a whole: how many, how large, and who belongs in it.

use super::edits::{PLAIN, add_root, break_signature, long_names, more_roots, numbered, root};
use super::files::{add_public_ca, bundle, bundle_text};
use super::{CHAIN, Edit, Flaw, Wire};
use crate::forge::issue::{DistinguishedName, StringType};
use crate::pki::pem::encode;

pub(super) const ALL: &[Flaw] = &[
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
];
