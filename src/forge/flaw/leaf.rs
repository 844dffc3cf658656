//! Faults of the client's own certificate.

use rcgen::{ExtendedKeyUsagePurpose, KeyUsagePurpose};
use time::Duration;

use super::edits::{PLAIN, end_soon, expire, postpone, version_1};
use super::files::client;
use super::{CHAIN, Edit, Flaw, Wire};
use crate::forge::KeyKind;

pub(super) const ALL: &[Flaw] = &[
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
];
