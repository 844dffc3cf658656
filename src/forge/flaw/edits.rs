//! Edits to recipes and to the signed part of certificates, and the grounds that they need.

use time::Duration;

use crate::cloud::filter::Field;
use crate::forge::KeyKind;
use crate::forge::der::{self, Content, Node};
use crate::forge::issue::{DistinguishedName, Spec, StringType, extension, extensions};
use crate::forge::recipe::{Authority, BundleForm, Recipe};

pub(super) const PLAIN: fn(&mut Recipe) = |_| {};

/// Two self-signed CAs in the bundle.
pub(super) const TWO_ROOTS: fn(&mut Recipe) = |recipe| {
    add_root(recipe, "second root", |name| name.map(StringType::Usual, |value| value.replace("Root", "Second Root")));
};

pub(super) const IN_JSON: fn(&mut Recipe) = |recipe| recipe.bundle_form = BundleForm::Json;

pub(super) const FILTERED: fn(&mut Recipe) = |recipe| {
    recipe.filters = Some(vec![vec![(Field::CommonName, recipe.namespace.clone())]]);
};

/// The intermediate, which the client sends, is in the bundle as well.
pub(super) const INTERMEDIATE_IN_BUNDLE: fn(&mut Recipe) = |recipe| recipe.authorities[1].in_bundle = true;

/// The root's key is RSA.
pub(super) const RSA_ROOT: fn(&mut Recipe) = |recipe| root(recipe).key = KeyKind::Rsa2048;

/// The intermediate's key is RSA.
pub(super) const RSA_INTERMEDIATE: fn(&mut Recipe) = |recipe| intermediate(recipe).key = KeyKind::Rsa2048;

/// root -> intermediate -> intermediate -> client
pub(super) const SECOND_INTERMEDIATE: fn(&mut Recipe) = |recipe| {
    let second = Spec {
        label: "second intermediate".to_owned(),
        subject: intermediate(recipe).subject.map(StringType::Usual, |value| value.replace("Issuing", "Further")),
        ..intermediate(recipe).clone()
    };
    recipe.client_issuer = recipe.authorities.len();
    recipe.authorities.push(Authority::intermediate(second, 1));
};

/// The name of the root in upper case.
pub(super) fn root_in_upper_case(recipe: &mut Recipe) -> DistinguishedName {
    root(recipe).subject.map(StringType::Usual, str::to_uppercase)
}

pub(super) fn root(recipe: &mut Recipe) -> &mut Spec {
    &mut recipe.authorities[0].spec
}

/// The CA below the root.
pub(super) fn intermediate(recipe: &mut Recipe) -> &mut Spec {
    &mut recipe.authorities[1].spec
}

/// One more certificate in the bundle, below the root; nobody needs it.
pub(super) fn add_below_root(recipe: &mut Recipe, spec: Spec) {
    recipe.authorities.push(Authority { in_bundle: true, sent: false, ..Authority::intermediate(spec, 0) });
}

/// One more self-signed CA in the bundle, named after the root.
pub(super) fn add_root(recipe: &mut Recipe, label: &str, name: impl Fn(&DistinguishedName) -> DistinguishedName) {
    let position = recipe.authorities.len();
    let first = &recipe.authorities[0].spec;
    let spec = Spec { label: label.to_owned(), subject: name(&first.subject), ..first.clone() };
    recipe.authorities.push(Authority { issuer: position, ..Authority::root(spec) });
}

pub(super) fn more_roots(recipe: &mut Recipe, count: usize) {
    for number in 2..count + 2 {
        add_root(recipe, &format!("root {number}"), |name| numbered(name, number));
    }
}

pub(super) fn numbered(name: &DistinguishedName, number: usize) -> DistinguishedName {
    name.map(StringType::Usual, |value| value.replace("Root", &format!("Root {number}")))
}

pub(super) fn add_filter(recipe: &mut Recipe, filter: Vec<(Field, String)>) {
    recipe.filters.get_or_insert_default().push(filter);
}

/// OID and content of an extension that nobody knows: NULL.
pub(super) fn unknown_extension() -> (Vec<u64>, Vec<u8>) {
    (vec![1, 3, 6, 1, 4, 1, 55555, 1], vec![5, 0])
}

/// Names of 24 characters, to fill a bundle: each takes some 35 bytes of PEM.
pub(super) fn long_names(count: usize) -> Vec<String> {
    (0..count).map(|number| format!("name-{number:04}.filler.example")).collect()
}

/// Valid until a day before the recipe's time, which is a day after `not_before`.
pub(super) fn expire(spec: &mut Spec) {
    spec.not_after = spec.not_before;
    spec.not_before -= 365 * Duration::DAY;
}

/// Ten days are left at the recipe's time, which is a day after `not_before`.
pub(super) fn end_soon(spec: &mut Spec) {
    spec.not_after = spec.not_before + 11 * Duration::DAY;
}

/// Ends a year before it begins, both in the past: it has expired.
pub(super) fn invert_in_past(spec: &mut Spec) {
    spec.not_after = spec.not_before - 365 * Duration::DAY;
}

/// Ends a month before it begins, both in the future: it is not valid yet.
pub(super) fn invert_in_future(spec: &mut Spec) {
    spec.not_after = spec.not_before + 30 * Duration::DAY;
    spec.not_before += 60 * Duration::DAY;
}

pub(super) fn postpone(spec: &mut Spec) {
    spec.not_before += 30 * Duration::DAY;
}

pub(super) fn version_1(tbs: &mut Node) {
    tbs.children().retain(|node| node.tag != 0xA0 && node.tag != 0xA3);
}

pub(super) fn version_2(tbs: &mut Node) {
    set_version(tbs, 1);
    tbs.children().retain(|node| node.tag != 0xA3);
}

pub(super) fn version_4(tbs: &mut Node) {
    set_version(tbs, 3);
}

pub(super) fn set_version(tbs: &mut Node, version: u8) {
    if let Some(wrapper) = tbs.children().iter_mut().find(|node| node.tag == 0xA0) {
        wrapper.content = Content::Constructed(vec![Node::primitive(der::INTEGER, [version])]);
    }
}

/// A version that has no extensions, on a certificate that keeps them.
pub(super) fn version_1_with_extensions(tbs: &mut Node) {
    tbs.children().retain(|node| node.tag != 0xA0);
}

// Fields behind the version, which v1 does not write.
const SERIAL: usize = 0;
const ISSUER: usize = 2;
const VALIDITY: usize = 3;
const SUBJECT: usize = 4;
const KEY: usize = 5;

fn field(tbs: &mut Node, position: usize) -> Option<&mut Node> {
    let versioned = tbs.children().first().is_some_and(|node| node.tag == 0xA0);
    tbs.children().get_mut(position + usize::from(versioned))
}

fn set(tbs: &mut Node, position: usize, content: impl Into<Vec<u8>>) {
    if let Some(field) = field(tbs, position) {
        field.content = Content::Primitive(content.into());
    }
}

pub(super) fn empty_serial(tbs: &mut Node) {
    set(tbs, SERIAL, []);
}

/// A positive number with a zero octet in front that it does not need.
pub(super) fn padded_serial(tbs: &mut Node) {
    set(tbs, SERIAL, [0, 1]);
}

pub(super) fn zero_serial(tbs: &mut Node) {
    set(tbs, SERIAL, [0]);
}

/// One octet more than RFC 5280 allows.
pub(super) fn long_serial(tbs: &mut Node) {
    set(tbs, SERIAL, [0x7F; 21]);
}

/// The last attribute of the subject as bytes of a string type.
fn set_subject(tbs: &mut Node, tag: u8, value: &[u8]) {
    // The common name; what marks public keys stands behind it.
    let common_name = field(tbs, SUBJECT).and_then(|name| name.children().get_mut(1));
    if let Some(value_of) = common_name.and_then(|rdn| rdn.children().last_mut()?.children().last_mut()) {
        *value_of = Node::primitive(tag, value);
    }
}

/// A UTF8String that is Latin-1.
pub(super) fn subject_not_utf8(tbs: &mut Node) {
    set_subject(tbs, 0x0C, b"f\xFCr orders");
}

/// A TeletexString, as old tools write everything beyond ASCII.
pub(super) fn subject_in_teletex(tbs: &mut Node) {
    set_subject(tbs, 0x14, b"f\xFCr orders");
}

/// The same name, issuer and subject, as a root has it.
pub(super) fn root_not_utf8(tbs: &mut Node) {
    subject_not_utf8(tbs);
    if let Some(subject) = field(tbs, SUBJECT).cloned()
        && let Some(issuer) = field(tbs, ISSUER)
    {
        *issuer = subject;
    }
}

pub(super) fn issuer_in_upper_case(tbs: &mut Node) {
    for rdn in field(tbs, ISSUER).into_iter().flat_map(Node::children) {
        for attribute in rdn.children() {
            if let Some(Content::Primitive(value)) = attribute.children().last_mut().map(|value| &mut value.content) {
                value.make_ascii_uppercase();
            }
        }
    }
}

/// The end of the validity as GeneralizedTime, which RFC 5280 keeps for 2050 and later.
pub(super) fn generalized_time(tbs: &mut Node) {
    if let Some(end) = field(tbs, VALIDITY).and_then(|validity| validity.children().last_mut())
        && let (0x17, Content::Primitive(time)) = (end.tag, &end.content)
    {
        *end = Node::primitive(0x18, [b"20", &time[..]].concat());
    }
}

/// The curve P-256 written out as parameters instead of by its name.
pub(super) fn explicit_curve(tbs: &mut Node) {
    let parameters = Node::read(include_bytes!("../pool/p256-explicit.der"));
    let algorithm = field(tbs, KEY).and_then(|key| key.children().first_mut());
    if let (Some(parameters), Some(algorithm)) = (parameters, algorithm)
        && algorithm.children().first() == Some(&Node::oid("1.2.840.10045.2.1"))
    {
        algorithm.children().truncate(1);
        algorithm.children().push(parameters);
    }
}

/// A DSA key of 2,048 bits. Nobody here can sign with it.
pub(super) fn dsa_key(tbs: &mut Node) {
    if let (Some(dsa), Some(key)) = (Node::read(include_bytes!("../pool/dsa2048-0.spki")), field(tbs, KEY)) {
        *key = dsa;
    }
}

pub(super) fn negative_serial(tbs: &mut Node) {
    if let Some(serial) = tbs.children().iter_mut().find(|node| node.tag == der::INTEGER)
        && let Content::Primitive(bytes) = &mut serial.content
    {
        bytes[0] |= 0x80;
    }
}

pub(super) fn other_inner_algorithm(tbs: &mut Node) {
    // The fields of a v3 certificate: version, serial, signature.
    tbs.children()[2] = Node::sequence(vec![Node::oid("1.2.840.10045.4.3.3")]);
}

pub(super) fn repeat_extension(tbs: &mut Node) {
    if let Some(extensions) = extensions(tbs)
        && let Some(last) = extensions.last().cloned()
    {
        extensions.push(last);
    }
}

const BASIC_CONSTRAINTS: &str = "2.5.29.19";
const KEY_USAGE: &str = "2.5.29.15";
const AUTHORITY_KEY_ID: &str = "2.5.29.35";

pub(super) fn repeat_basic_constraints(tbs: &mut Node) {
    if let Some(found) = extension(tbs, BASIC_CONSTRAINTS).cloned()
        && let Some(extensions) = extensions(tbs)
    {
        extensions.push(found);
    }
}

pub(super) fn basic_constraints_not_critical(tbs: &mut Node) {
    not_critical(tbs, BASIC_CONSTRAINTS);
}

pub(super) fn key_usage_not_critical(tbs: &mut Node) {
    not_critical(tbs, KEY_USAGE);
}

fn not_critical(tbs: &mut Node, oid: &str) {
    if let Some(extension) = extension(tbs, oid) {
        extension.children().retain(|part| part.tag != der::BOOLEAN);
    }
}

/// TRUE as 01, which BER allows and DER does not.
pub(super) fn sloppy_true(tbs: &mut Node) {
    let parts = extension(tbs, BASIC_CONSTRAINTS).into_iter().flat_map(Node::children);
    for boolean in parts.filter(|part| part.tag == der::BOOLEAN) {
        *boolean = Node::primitive(der::BOOLEAN, [1]);
    }
}

/// Names another key as the issuer's.
pub(super) fn wrong_authority_key_id(tbs: &mut Node) {
    if let Some(value) = extension(tbs, AUTHORITY_KEY_ID).and_then(|extension| extension.children().last_mut())
        && let Content::Primitive(bytes) = &mut value.content
        && let Some(last) = bytes.last_mut()
    {
        *last ^= 1;
    }
}

pub(super) fn corrupt_basic_constraints(tbs: &mut Node) {
    if let Some(extension) = extension(tbs, "2.5.29.19")
        && let Some(value) = extension.children().last_mut()
    {
        // SEQUENCE { BOOLEAN } of a length that is longer than what follows
        value.content = Content::Primitive(vec![0x30, 0x03, 0x01, 0x02, 0xFF]);
    }
}

/// The outer length with a zero octet in front that it does not need: 30 82 xx xx becomes 30 83 00 xx xx.
pub(super) fn lengthen_length(certificate: Vec<u8>) -> Vec<u8> {
    match certificate.split_at_checked(2) {
        Some(([0x30, 0x82], rest)) => [&[0x30, 0x83, 0x00], rest].concat(),
        _ => certificate,
    }
}

/// Two bytes behind the certificate, in the same block.
pub(super) fn append_bytes(certificate: Vec<u8>) -> Vec<u8> {
    [certificate, vec![0, 0]].concat()
}

/// Flips a bit in the last byte, which belongs to the signature.
pub(super) fn break_signature(mut certificate: Vec<u8>) -> Vec<u8> {
    if let Some(last) = certificate.last_mut() {
        *last ^= 1;
    }
    certificate
}
