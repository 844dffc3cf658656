//! Faults on the way from the client's certificate to a root of the bundle.

use rcgen::{ExtendedKeyUsagePurpose, KeyUsagePurpose};

use super::edits::{
    PLAIN, RSA_INTERMEDIATE, RSA_ROOT, SECOND_INTERMEDIATE, TWO_ROOTS, add_root, append_bytes, break_signature,
    corrupt_basic_constraints, empty_serial, expire, explicit_curve, intermediate, invert_in_future, invert_in_past,
    issuer_in_upper_case, lengthen_length, negative_serial, other_inner_algorithm, postpone, repeat_basic_constraints,
    root, root_in_upper_case, subject_not_utf8, unknown_extension, version_1, version_4, wrong_authority_key_id,
};
use super::files::client;
use super::{CHAIN, Edit, Flaw, Wire};
use crate::forge::der::Node;
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
        id: "chain-issuer-missing/string-type",
        title: "the intermediate names its issuer in another string type",
        ground: PLAIN,
        edit: Edit::Recipe(|recipe| {
            let name = root(recipe).subject.map(StringType::Utf8, str::to_owned);
            recipe.authorities[1].issuer_name = Some(name);
        }),
        company: &[],
        wire: CHAIN,
    },
    Flaw {
        id: "chain-issuer-missing/leaf-case",
        title: "the client's certificate names its issuer in upper case",
        ground: PLAIN,
        edit: Edit::Recipe(|recipe| recipe.client.edits.push(issuer_in_upper_case)),
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
        id: "chain-key-id-wrong",
        title: "the client's certificate names another key as its issuer's",
        ground: PLAIN,
        edit: Edit::Recipe(|recipe| recipe.client.edits.push(wrong_authority_key_id)),
        company: &[],
        wire: Wire::Admitted,
    },
    Flaw {
        id: "chain-key-id-wrong/intermediate",
        title: "the intermediate names another key as its issuer's",
        ground: PLAIN,
        edit: Edit::Recipe(|recipe| intermediate(recipe).edits.push(wrong_authority_key_id)),
        company: &[],
        wire: Wire::Admitted,
    },
    Flaw {
        id: "chain-key-id-wrong/root",
        title: "the root names another key as its own",
        ground: PLAIN,
        edit: Edit::Recipe(|recipe| root(recipe).edits.push(wrong_authority_key_id)),
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
        id: "chain-signature-wrong/intermediate",
        title: "the signature of the intermediate is damaged",
        ground: PLAIN,
        edit: Edit::Recipe(|recipe| intermediate(recipe).damage = Some(break_signature)),
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
        id: "chain-signature-weak/md5",
        title: "the intermediate is signed with RSA and MD5",
        ground: RSA_ROOT,
        edit: Edit::Recipe(|recipe| intermediate(recipe).hash = Some(SigningHash::Md5)),
        company: &[],
        wire: CHAIN,
    },
    Flaw {
        id: "chain-signature-weak/ecdsa-sha1",
        title: "the intermediate is signed with ECDSA and SHA-1",
        ground: PLAIN,
        edit: Edit::Recipe(|recipe| intermediate(recipe).hash = Some(SigningHash::Sha1)),
        company: &[],
        wire: CHAIN,
    },
    Flaw {
        id: "chain-signature-pss",
        title: "the client's certificate is signed with RSA-PSS",
        ground: RSA_INTERMEDIATE,
        edit: Edit::Recipe(|recipe| recipe.client.hash = Some(SigningHash::PssSha256)),
        company: &[],
        wire: Wire::Admitted,
    },
    Flaw {
        id: "chain-signature-pss/intermediate",
        title: "the intermediate is signed with RSA-PSS",
        ground: RSA_ROOT,
        edit: Edit::Recipe(|recipe| intermediate(recipe).hash = Some(SigningHash::PssSha256)),
        company: &[],
        wire: Wire::Admitted,
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
        id: "chain-ca-expired/inverted",
        title: "the validity of the intermediate ends before it begins, in the past",
        ground: PLAIN,
        edit: Edit::Recipe(|recipe| invert_in_past(intermediate(recipe))),
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
        id: "chain-ca-not-yet-valid/inverted",
        title: "the validity of the intermediate ends before it begins, in the future",
        ground: PLAIN,
        edit: Edit::Recipe(|recipe| invert_in_future(intermediate(recipe))),
        company: &["leaf-outlives-ca"],
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
        id: "chain-issuer-not-ca/basic-constraints-absent",
        title: "the intermediate has no basic constraints",
        ground: PLAIN,
        edit: Edit::Recipe(|recipe| intermediate(recipe).basic_constraints = None),
        company: &[],
        wire: CHAIN,
    },
    Flaw {
        id: "chain-issuer-not-ca/version-1",
        title: "the intermediate is X.509 v1",
        ground: PLAIN,
        edit: Edit::Recipe(|recipe| intermediate(recipe).edits.push(version_1)),
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
        id: "chain-path-too-long/intermediate",
        title: "an intermediate has path length 0, and another below it",
        ground: SECOND_INTERMEDIATE,
        edit: Edit::Recipe(|recipe| intermediate(recipe).basic_constraints = Some((true, Some(0)))),
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
        id: "chain-name-constrained/intermediate",
        title: "the client has a DNS name that its intermediate does not permit",
        ground: |recipe| recipe.client.dns = vec!["worker.example.org".to_owned()],
        edit: Edit::Recipe(|recipe| intermediate(recipe).permitted_dns = vec!["example.com".to_owned()]),
        company: &[],
        wire: CHAIN,
    },
    Flaw {
        id: "chain-name-constrained/excluded",
        title: "the client has a DNS name that the root excludes",
        ground: |recipe| recipe.client.dns = vec!["worker.example.org".to_owned()],
        edit: Edit::Recipe(|recipe| {
            // excludedSubtrees { dNSName example.org }
            let base = Node::sequence(vec![Node::primitive(0x82, "example.org")]);
            let constraints = Node::sequence(vec![Node::constructed(0xA1, vec![base])]);
            root(recipe).critical.push((vec![2, 5, 29, 30], constraints.write()));
        }),
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
        edit: Edit::Recipe(|recipe| recipe.client.critical.push(unknown_extension())),
        company: &[],
        wire: CHAIN,
    },
    Flaw {
        id: "chain-critical-extension/intermediate",
        title: "the intermediate has an unknown critical extension",
        ground: PLAIN,
        edit: Edit::Recipe(|recipe| intermediate(recipe).critical.push(unknown_extension())),
        company: &[],
        wire: CHAIN,
    },
    Flaw {
        id: "chain-critical-extension/root",
        title: "the root has an unknown critical extension",
        ground: PLAIN,
        edit: Edit::Recipe(|recipe| root(recipe).critical.push(unknown_extension())),
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
        id: "chain-purpose-excluded/root",
        title: "the root is for serverAuth only",
        ground: PLAIN,
        edit: Edit::Recipe(|recipe| root(recipe).purposes = vec![ExtendedKeyUsagePurpose::ServerAuth]),
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
        id: "chain-certificate-malformed/version-4",
        title: "the client's certificate says that it is X.509 v4",
        ground: PLAIN,
        edit: Edit::Recipe(|recipe| recipe.client.edits.push(version_4)),
        company: &["leaf-version"],
        wire: CHAIN,
    },
    Flaw {
        id: "chain-certificate-malformed/trailing-data",
        title: "two bytes follow the client's certificate inside its block",
        ground: PLAIN,
        edit: Edit::Recipe(|recipe| recipe.client.damage = Some(append_bytes)),
        company: &[],
        wire: CHAIN,
    },
    Flaw {
        id: "chain-certificate-malformed/algorithms-differ",
        title: "the client's certificate names one algorithm inside and another outside",
        ground: PLAIN,
        edit: Edit::Recipe(|recipe| recipe.client.edits.push(other_inner_algorithm)),
        company: &[],
        wire: CHAIN,
    },
    Flaw {
        id: "chain-certificate-malformed/basic-constraints-repeated",
        title: "the client's certificate has basic constraints twice",
        ground: PLAIN,
        edit: Edit::Recipe(|recipe| recipe.client.edits.push(repeat_basic_constraints)),
        company: &[],
        wire: CHAIN,
    },
    Flaw {
        id: "chain-certificate-malformed/basic-constraints-unreadable",
        title: "the basic constraints of the client's certificate are corrupt",
        ground: PLAIN,
        edit: Edit::Recipe(|recipe| recipe.client.edits.push(corrupt_basic_constraints)),
        company: &[],
        wire: CHAIN,
    },
    Flaw {
        id: "chain-certificate-malformed/serial-empty",
        title: "the serial number of the client's certificate has no octet",
        ground: PLAIN,
        edit: Edit::Recipe(|recipe| recipe.client.edits.push(empty_serial)),
        company: &[],
        wire: CHAIN,
    },
    Flaw {
        id: "chain-certificate-malformed/length-not-minimal",
        title: "a length in the client's certificate is longer than DER writes it",
        ground: PLAIN,
        edit: Edit::Recipe(|recipe| recipe.client.damage = Some(lengthen_length)),
        company: &[],
        wire: CHAIN,
    },
    Flaw {
        id: "chain-certificate-malformed/name-not-utf8",
        title: "the client's name is no UTF-8 and says it is",
        ground: PLAIN,
        edit: Edit::Recipe(|recipe| recipe.client.edits.push(subject_not_utf8)),
        company: &[],
        wire: CHAIN,
    },
    Flaw {
        id: "chain-certificate-malformed/explicit-curve",
        title: "the client's key writes its curve out",
        ground: PLAIN,
        edit: Edit::Recipe(|recipe| recipe.client.edits.push(explicit_curve)),
        company: &[],
        wire: CHAIN,
    },
    Flaw {
        id: "chain-certificate-malformed/intermediate",
        title: "the basic constraints of the intermediate are corrupt",
        ground: PLAIN,
        edit: Edit::Recipe(|recipe| intermediate(recipe).edits.push(corrupt_basic_constraints)),
        company: &[],
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
    Flaw {
        id: "chain-name-repeated/root",
        title: "the client has the name of the root",
        ground: PLAIN,
        edit: Edit::Recipe(|recipe| recipe.client.subject = root(recipe).subject.clone()),
        company: &[],
        wire: CHAIN,
    },
    Flaw {
        id: "chain-name-repeated/without-key-id",
        title: "the client has the name of its CA and no authority key id",
        ground: |recipe| recipe.client.authority_key_id = false,
        edit: Edit::Recipe(|recipe| recipe.client.subject = intermediate(recipe).subject.clone()),
        company: &[],
        wire: CHAIN,
    },
    Flaw {
        id: "chain-name-repeated/authorities-case",
        title: "the intermediate has the name of the root in upper case",
        ground: PLAIN,
        edit: Edit::Recipe(|recipe| intermediate(recipe).subject = root_in_upper_case(recipe)),
        company: &[],
        wire: CHAIN,
    },
    Flaw {
        id: "chain-name-repeated/authorities-space",
        title: "the intermediate has the name of the root with wider spaces",
        ground: PLAIN,
        edit: Edit::Recipe(|recipe| {
            intermediate(recipe).subject = root(recipe).subject.map(StringType::Usual, |value| value.replace(' ', "  "))
        }),
        company: &[],
        wire: CHAIN,
    },
    Flaw {
        id: "chain-name-repeated/authorities-string-type",
        title: "the intermediate has the name of the root in another string type",
        ground: PLAIN,
        edit: Edit::Recipe(|recipe| {
            intermediate(recipe).subject = root(recipe).subject.map(StringType::Utf8, str::to_owned)
        }),
        company: &[],
        wire: CHAIN,
    },
    Flaw {
        id: "chain-name-repeated/authorities-without-key-id",
        title: "the intermediate has the name of the root and no authority key id",
        ground: |recipe| intermediate(recipe).authority_key_id = false,
        edit: Edit::Recipe(|recipe| intermediate(recipe).subject = root(recipe).subject.clone()),
        company: &[],
        wire: CHAIN,
    },
];
