//! Faults of the client's own certificate.

use rcgen::{ExtendedKeyUsagePurpose, KeyUsagePurpose};
use time::Duration;

use super::edits::{
    PLAIN, RSA_INTERMEDIATE, dsa_key, end_soon, expire, invert_in_future, invert_in_past, postpone, version_1,
    version_1_with_extensions, version_2,
};
use super::files::client;
use super::{CHAIN, Edit, Flaw, Wire};
use crate::forge::{KeyKind, SigningHash};

pub(super) const ALL: &[Flaw] = &[
    Flaw {
        id: "leaf-missing",
        title: "the client's file holds its key, and no certificate",
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
        title: "the client's file is empty",
        ground: PLAIN,
        edit: Edit::Files(|files| client(files, |_| Vec::new())),
        company: &["pem-empty"],
        wire: Wire::NotTried("the client has no certificate to connect with"),
    },
    Flaw {
        id: "leaf-version",
        title: "the client's certificate is X.509 v1",
        ground: PLAIN,
        edit: Edit::Recipe(|recipe| recipe.client.edits.push(version_1)),
        company: &[],
        wire: CHAIN,
    },
    Flaw {
        id: "leaf-version/v2",
        title: "the client's certificate is X.509 v2",
        ground: PLAIN,
        edit: Edit::Recipe(|recipe| recipe.client.edits.push(version_2)),
        company: &[],
        wire: CHAIN,
    },
    Flaw {
        id: "leaf-version/extensions-kept",
        title: "the client's certificate is X.509 v1 and has extensions",
        ground: PLAIN,
        edit: Edit::Recipe(|recipe| recipe.client.edits.push(version_1_with_extensions)),
        company: &[],
        wire: CHAIN,
    },
    Flaw {
        id: "leaf-is-ca",
        title: "the client's certificate says CA:true",
        ground: PLAIN,
        edit: Edit::Recipe(|recipe| recipe.client.basic_constraints = Some((true, None))),
        company: &[],
        wire: CHAIN,
    },
    Flaw {
        id: "leaf-basic-constraints-absent",
        title: "the client's certificate has no basic constraints",
        ground: PLAIN,
        edit: Edit::Recipe(|recipe| recipe.client.basic_constraints = None),
        company: &[],
        wire: Wire::Admitted,
    },
    Flaw {
        id: "leaf-key-usage-absent",
        title: "the client's certificate has no key usage",
        ground: PLAIN,
        edit: Edit::Recipe(|recipe| recipe.client.key_usage = Vec::new()),
        company: &[],
        wire: Wire::Admitted,
    },
    Flaw {
        id: "leaf-key-usage-wrong",
        title: "the client's key usage is keyEncipherment alone",
        ground: PLAIN,
        edit: Edit::Recipe(|recipe| recipe.client.key_usage = vec![KeyUsagePurpose::KeyEncipherment]),
        company: &[],
        wire: CHAIN,
    },
    Flaw {
        id: "leaf-key-usage-wrong/key-agreement",
        title: "the client's key usage is keyAgreement alone",
        ground: PLAIN,
        edit: Edit::Recipe(|recipe| recipe.client.key_usage = vec![KeyUsagePurpose::KeyAgreement]),
        company: &[],
        wire: CHAIN,
    },
    Flaw {
        id: "leaf-purpose-wrong",
        title: "the client's certificate is for serverAuth only",
        ground: PLAIN,
        edit: Edit::Recipe(|recipe| recipe.client.purposes = vec![ExtendedKeyUsagePurpose::ServerAuth]),
        company: &[],
        wire: CHAIN,
    },
    Flaw {
        id: "leaf-purpose-wrong/code-signing",
        title: "the client's certificate is for signing code only",
        ground: PLAIN,
        edit: Edit::Recipe(|recipe| recipe.client.purposes = vec![ExtendedKeyUsagePurpose::CodeSigning]),
        company: &[],
        wire: CHAIN,
    },
    Flaw {
        id: "leaf-key-algorithm",
        title: "the client has an Ed25519 key",
        ground: PLAIN,
        edit: Edit::Recipe(|recipe| recipe.client.key = KeyKind::Ed25519),
        company: &[],
        wire: CHAIN,
    },
    Flaw {
        id: "leaf-key-algorithm/dsa",
        title: "the client's certificate has a DSA key",
        ground: PLAIN,
        edit: Edit::Recipe(|recipe| recipe.client.edits.push(dsa_key)),
        company: &["key-mismatch"],
        wire: CHAIN,
    },
    Flaw {
        id: "leaf-signature-algorithm",
        title: "the client's certificate is signed by an Ed25519 CA",
        ground: PLAIN,
        edit: Edit::Recipe(|recipe| recipe.authorities[1].spec.key = KeyKind::Ed25519),
        company: &[],
        wire: CHAIN,
    },
    Flaw {
        id: "leaf-signature-algorithm/md5",
        title: "the client's certificate is signed with RSA and MD5",
        ground: RSA_INTERMEDIATE,
        edit: Edit::Recipe(|recipe| recipe.client.hash = Some(SigningHash::Md5)),
        company: &["chain-signature-weak"],
        wire: CHAIN,
    },
    Flaw {
        id: "leaf-signature-algorithm/ecdsa-sha1",
        title: "the client's certificate is signed with ECDSA and SHA-1",
        ground: PLAIN,
        edit: Edit::Recipe(|recipe| recipe.client.hash = Some(SigningHash::Sha1)),
        company: &["chain-signature-weak"],
        wire: CHAIN,
    },
    Flaw {
        id: "leaf-key-small",
        title: "the client has an RSA key of 1,024 bits",
        ground: |recipe| recipe.client.key = KeyKind::Rsa2048,
        edit: Edit::Recipe(|recipe| recipe.client.key = KeyKind::Rsa1024),
        company: &[],
        wire: Wire::NotTried("the client's TLS library takes RSA keys from 2,048 bits on"),
    },
    Flaw {
        id: "leaf-expired",
        title: "the client's certificate has expired",
        ground: PLAIN,
        edit: Edit::Recipe(|recipe| expire(&mut recipe.client)),
        company: &[],
        wire: CHAIN,
    },
    Flaw {
        id: "leaf-expired/inverted",
        title: "the client's validity ends before it begins, in the past",
        ground: PLAIN,
        edit: Edit::Recipe(|recipe| invert_in_past(&mut recipe.client)),
        company: &[],
        wire: CHAIN,
    },
    Flaw {
        id: "leaf-expires-soon",
        title: "the client's certificate expires in ten days",
        ground: PLAIN,
        edit: Edit::Recipe(|recipe| end_soon(&mut recipe.client)),
        company: &[],
        wire: Wire::Admitted,
    },
    Flaw {
        id: "leaf-not-yet-valid",
        title: "the client's certificate is not valid yet",
        ground: PLAIN,
        edit: Edit::Recipe(|recipe| postpone(&mut recipe.client)),
        company: &[],
        wire: CHAIN,
    },
    Flaw {
        id: "leaf-not-yet-valid/inverted",
        title: "the client's validity ends before it begins, in the future",
        ground: PLAIN,
        edit: Edit::Recipe(|recipe| invert_in_future(&mut recipe.client)),
        company: &[],
        wire: CHAIN,
    },
    Flaw {
        id: "leaf-outlives-ca",
        title: "the client's certificate ends a day after its CA",
        ground: PLAIN,
        edit: Edit::Recipe(|recipe| {
            recipe.client.not_after = recipe.authorities[1].spec.not_after + Duration::DAY;
        }),
        company: &[],
        wire: Wire::Admitted,
    },
];
