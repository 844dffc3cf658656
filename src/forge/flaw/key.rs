//! Faults of the client's private key.

use super::edits::PLAIN;
use super::files::{OLD_ENCRYPTED_KEY, key, pkcs1, sec1};
use super::{Edit, Flaw, Wire};
use crate::cloud::Stage;
use crate::forge::KeyKind;
use crate::forge::recipe::ClientKey;
use crate::pki::pem::encode;

pub(super) const ALL: &[Flaw] = &[
    Flaw {
        id: "key-missing",
        title: "the key file holds the client's certificate",
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
        title: "the key file is empty",
        ground: PLAIN,
        edit: Edit::Files(|files| key(files, |_| Vec::new())),
        company: &[],
        wire: Wire::NotTried("the client has no key to connect with"),
    },
    Flaw {
        id: "key-encrypted",
        title: "the client's key is encrypted",
        ground: PLAIN,
        edit: Edit::Files(|files| key(files, |_| encode("ENCRYPTED PRIVATE KEY", &[0x30, 0x00]).into_bytes())),
        company: &[],
        wire: Wire::NotTried("the client has no key to connect with"),
    },
    Flaw {
        id: "key-encrypted/old-encryption",
        title: "the client's key is in OpenSSL's old encryption",
        ground: PLAIN,
        edit: Edit::Files(|files| key(files, |_| OLD_ENCRYPTED_KEY.into())),
        company: &[],
        wire: Wire::NotTried("the client has no key to connect with"),
    },
    Flaw {
        id: "key-unreadable",
        title: "the client's key breaks off",
        ground: PLAIN,
        edit: Edit::Files(|files| key(files, |_| encode("PRIVATE KEY", &[0x30, 0x00]).into_bytes())),
        company: &[],
        wire: Wire::NotTried("the client has no key to connect with"),
    },
    Flaw {
        id: "key-mismatch",
        title: "the key belongs to another certificate",
        ground: PLAIN,
        edit: Edit::Recipe(|recipe| recipe.client_key = ClientKey::Foreign),
        company: &[],
        wire: Wire::Refused(Stage::Prove),
    },
    Flaw {
        id: "key-not-pkcs8",
        title: "the client's key is an EC PRIVATE KEY, not PKCS#8",
        ground: PLAIN,
        edit: Edit::Files(|files| key(files, |text| sec1(&text))),
        company: &[],
        wire: Wire::Admitted,
    },
    Flaw {
        id: "key-not-pkcs8/pkcs1",
        title: "the client's key is an RSA PRIVATE KEY, not PKCS#8",
        ground: |recipe| recipe.client.key = KeyKind::Rsa2048,
        edit: Edit::Files(|files| key(files, |text| pkcs1(&text))),
        company: &[],
        wire: Wire::Admitted,
    },
];
