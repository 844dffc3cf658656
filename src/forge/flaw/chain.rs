//! Faults on the way from the client's certificate to a root of the bundle.

use rcgen::{ExtendedKeyUsagePurpose, KeyUsagePurpose};

use super::edits::{PLAIN, TWO_ROOTS, add_root, break_signature, expire, negative_serial, postpone, root};
use super::files::client;
use super::{CHAIN, Edit, Flaw, Wire};
use crate::forge::issue::{DistinguishedName, StringType};
use crate::forge::{KeyKind, SigningHash};
use crate::pki::pem::encode;

pub(super) const ALL: &[Flaw] = &[
    Flaw {
        id: "chain-issuer-missing",
        title: "the client does not send its intermediate",
        ground: PLAIN,
        edit: Edit::Recipe(|recipe| recipe.authorities[1].sent = false),
        company: &[],
        wire: CHAIN,
    },
    Flaw {
        id: "chain-issuer-missing/foreign-ca",
        title: "the bundle holds the CA of somebody else",
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
        title: "the intermediate names its issuer in upper case",
        ground: PLAIN,
        edit: Edit::Recipe(|recipe| {
            let name = root(recipe).subject.map(StringType::Usual, str::to_uppercase);
            recipe.authorities[1].issuer_name = Some(name);
        }),
        company: &[],
        wire: CHAIN,
    },
    Flaw {
        id: "chain-issuer-missing/root-sent",
        title: "the client sends its root, and the bundle holds another",
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
        id: "chain-issuer-ambiguous",
        title: "two roots have one name, and the intermediate names no key",
        ground: |recipe| add_root(recipe, "same name", DistinguishedName::clone),
        edit: Edit::Recipe(|recipe| recipe.authorities[1].spec.authority_key_id = false),
        company: &[],
        wire: Wire::Admitted,
    },
    Flaw {
        id: "chain-signature-wrong",
        title: "the bundle holds an impostor: the root's name, another key",
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
        title: "the signature of the client's certificate is damaged",
        ground: PLAIN,
        edit: Edit::Recipe(|recipe| recipe.client.damage = Some(break_signature)),
        company: &[],
        wire: CHAIN,
    },
    Flaw {
        id: "chain-signature-weak",
        title: "the intermediate is signed with RSA and SHA-1",
        ground: |recipe| root(recipe).key = KeyKind::Rsa2048,
        edit: Edit::Recipe(|recipe| recipe.authorities[1].spec.hash = Some(SigningHash::Sha1)),
        company: &[],
        wire: CHAIN,
    },
    Flaw {
        id: "chain-signature-weak/leaf",
        title: "the client's certificate is signed with RSA and SHA-1",
        ground: |recipe| recipe.authorities[1].spec.key = KeyKind::Rsa2048,
        edit: Edit::Recipe(|recipe| recipe.client.hash = Some(SigningHash::Sha1)),
        company: &["leaf-signature-algorithm"],
        wire: CHAIN,
    },
    Flaw {
        id: "chain-ca-expired",
        title: "the intermediate has expired",
        ground: PLAIN,
        edit: Edit::Recipe(|recipe| expire(&mut recipe.authorities[1].spec)),
        company: &["leaf-outlives-ca"],
        wire: CHAIN,
    },
    Flaw {
        id: "chain-ca-not-yet-valid",
        title: "the intermediate is not valid yet",
        ground: PLAIN,
        edit: Edit::Recipe(|recipe| postpone(&mut recipe.authorities[1].spec)),
        company: &[],
        wire: CHAIN,
    },
    Flaw {
        id: "chain-issuer-not-ca",
        title: "the intermediate says CA:false",
        ground: PLAIN,
        edit: Edit::Recipe(|recipe| recipe.authorities[1].spec.basic_constraints = Some((false, None))),
        company: &[],
        wire: CHAIN,
    },
    Flaw {
        id: "chain-cert-sign-missing",
        title: "the key usage of the intermediate lacks keyCertSign",
        ground: PLAIN,
        edit: Edit::Recipe(|recipe| recipe.authorities[1].spec.key_usage = vec![KeyUsagePurpose::DigitalSignature]),
        company: &[],
        wire: CHAIN,
    },
    Flaw {
        id: "chain-path-too-long",
        title: "the root has path length 0, and an intermediate below it",
        ground: PLAIN,
        edit: Edit::Recipe(|recipe| root(recipe).basic_constraints = Some((true, Some(0)))),
        company: &[],
        wire: CHAIN,
    },
    Flaw {
        id: "chain-name-constrained",
        title: "the client has a DNS name that the root does not permit",
        ground: |recipe| recipe.client.dns = vec!["worker.example.org".to_owned()],
        edit: Edit::Recipe(|recipe| root(recipe).permitted_dns = vec!["example.com".to_owned()]),
        company: &[],
        wire: CHAIN,
    },
    Flaw {
        id: "chain-policy-missing",
        title: "the intermediate demands a policy that nobody has",
        ground: PLAIN,
        // policyConstraints { requireExplicitPolicy 0 }
        edit: Edit::Recipe(|recipe| {
            recipe.authorities[1].spec.critical.push((vec![2, 5, 29, 36], vec![0x30, 0x03, 0x80, 0x01, 0x00]));
        }),
        company: &[],
        wire: CHAIN,
    },
    Flaw {
        id: "chain-critical-extension",
        title: "the client's certificate has an unknown critical extension",
        ground: PLAIN,
        edit: Edit::Recipe(|recipe| recipe.client.critical.push((vec![1, 3, 6, 1, 4, 1, 55555, 1], vec![5, 0]))),
        company: &[],
        wire: CHAIN,
    },
    Flaw {
        id: "chain-purpose-excluded",
        title: "the intermediate is for serverAuth only",
        ground: PLAIN,
        edit: Edit::Recipe(|recipe| {
            recipe.authorities[1].spec.purposes = vec![ExtendedKeyUsagePurpose::ServerAuth];
        }),
        company: &[],
        wire: CHAIN,
    },
    Flaw {
        id: "chain-certificate-malformed",
        title: "the serial number of the client's certificate is negative",
        ground: PLAIN,
        edit: Edit::Recipe(|recipe| recipe.client.edits.push(negative_serial)),
        company: &[],
        wire: CHAIN,
    },
    Flaw {
        id: "chain-certificate-malformed/unreadable",
        title: "the client's file holds a block that is no certificate",
        ground: PLAIN,
        edit: Edit::Files(|files| client(files, |pem| [pem, encode("CERTIFICATE", b"none").into_bytes()].concat())),
        company: &["pem-certificate-unreadable"],
        wire: CHAIN,
    },
    Flaw {
        id: "chain-over-limit",
        title: "the client sends 40 certificates",
        ground: PLAIN,
        edit: Edit::Files(|files| client(files, |pem| pem.repeat(20))),
        company: &[],
        wire: CHAIN,
    },
    Flaw {
        id: "chain-name-repeated",
        title: "the client has the name of its CA",
        ground: PLAIN,
        edit: Edit::Recipe(|recipe| recipe.client.subject = recipe.authorities[1].spec.subject.clone()),
        company: &[],
        wire: CHAIN,
    },
    Flaw {
        id: "chain-name-repeated/case",
        title: "the client has the name of its CA in lower case",
        ground: PLAIN,
        edit: Edit::Recipe(|recipe| {
            recipe.client.subject = recipe.authorities[1].spec.subject.map(StringType::Usual, str::to_lowercase);
        }),
        company: &[],
        wire: CHAIN,
    },
    Flaw {
        id: "chain-name-repeated/space",
        title: "the client has the name of its CA with wider spaces",
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
        title: "the client has the name of its CA in another string type",
        ground: PLAIN,
        edit: Edit::Recipe(|recipe| {
            recipe.client.subject = recipe.authorities[1].spec.subject.map(StringType::Utf8, str::to_owned);
        }),
        company: &[],
        wire: CHAIN,
    },
    Flaw {
        id: "chain-name-repeated/authorities",
        title: "the intermediate has the name of the root",
        ground: PLAIN,
        edit: Edit::Recipe(|recipe| recipe.authorities[1].spec.subject = root(recipe).subject.clone()),
        company: &[],
        wire: CHAIN,
    },
];
