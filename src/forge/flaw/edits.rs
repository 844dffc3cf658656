//! Edits to recipes and to the signed part of certificates, and the grounds that they need.

use time::Duration;

use crate::cloud::filter::Field;
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

pub(super) fn root(recipe: &mut Recipe) -> &mut Spec {
    &mut recipe.authorities[0].spec
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

pub(super) fn corrupt_basic_constraints(tbs: &mut Node) {
    if let Some(extension) = extension(tbs, "2.5.29.19")
        && let Some(value) = extension.children().last_mut()
    {
        // SEQUENCE { BOOLEAN } of a length that is longer than what follows
        value.content = Content::Primitive(vec![0x30, 0x03, 0x01, 0x02, 0xFF]);
    }
}

/// Flips a bit in the last byte, which belongs to the signature.
pub(super) fn break_signature(mut certificate: Vec<u8>) -> Vec<u8> {
    if let Some(last) = certificate.last_mut() {
        *last ^= 1;
    }
    certificate
}
