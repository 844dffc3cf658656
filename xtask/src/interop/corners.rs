//! Corners of Go's parser and judge that no flaw of the catalogue reaches, each in a hierarchy that is good otherwise.

use certproof::cloud::kit::Files;
use certproof::forge::der::{self, Content, Node};
use certproof::forge::issue::{Spec, StringType, extension, extensions};
use certproof::forge::{KeyKind, Recipe, SigningHash};
use time::Duration;

use crate::Result;

/// One edit to a good recipe. Whether what comes of it is good is for the judges to say.
pub struct Corner {
    pub id: &'static str,
    edit: fn(&mut Recipe),
    client: Client,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Client {
    Own,
    /// What stands in the bundle connects.
    Bundle,
}

const fn corner(id: &'static str, edit: fn(&mut Recipe)) -> Corner {
    Corner { id, edit, client: Client::Own }
}

const fn bundle_connects(id: &'static str, edit: fn(&mut Recipe)) -> Corner {
    Corner { id, edit, client: Client::Bundle }
}

const SUBJECT_ALTERNATIVE_NAME: [u64; 4] = [2, 5, 29, 17];
const NAME_CONSTRAINTS: [u64; 4] = [2, 5, 29, 30];
const CERTIFICATE_POLICIES: [u64; 4] = [2, 5, 29, 32];
const POLICY_CONSTRAINTS: [u64; 4] = [2, 5, 29, 36];
const EXTENDED_KEY_USAGE: [u64; 4] = [2, 5, 29, 37];

// Tags of a GeneralName.
const MAIL: u8 = 0x81;
const DNS: u8 = 0x82;
const DIRECTORY: u8 = 0xA4;
const URI: u8 = 0x86;
const IP: u8 = 0x87;

// Tags of the two halves of name constraints.
const PERMITTED: u8 = 0xA0;
const EXCLUDED: u8 = 0xA1;

const SERVER_AUTH: &str = "1.3.6.1.5.5.7.3.1";
const CLIENT_AUTH: &str = "1.3.6.1.5.5.7.3.2";
const ANY_PURPOSE: &str = "2.5.29.37.0";

pub static ALL: &[Corner] = &[
    // Pools: who is a root, who is found, and how often.
    corner("the root is sent too", |recipe| recipe.authorities[0].sent = true),
    corner("the intermediate is in the bundle and sent", |recipe| recipe.authorities[1].in_bundle = true),
    corner("the intermediate is in the bundle alone", |recipe| {
        recipe.authorities[1].in_bundle = true;
        recipe.authorities[1].sent = false;
    }),
    corner("an older root of the same key has expired", |recipe| {
        let old = recipe.authorities[0].clone();
        recipe.authorities.insert(0, old);
        expire(&mut recipe.authorities[0].spec);
        recipe.authorities[2].issuer = 1;
        recipe.client_issuer = 2;
    }),
    corner("a newer root of the same key has expired", |recipe| {
        let new = recipe.authorities[0].clone();
        recipe.authorities.push(new);
        expire(&mut recipe.authorities[2].spec);
    }),
    corner("another intermediate of the same name is sent first", |recipe| {
        let mut other = recipe.authorities[1].clone();
        other.spec.label = "other".to_owned();
        recipe.authorities.push(other);
    }),
    corner("an expired twin of the intermediate is sent first", |recipe| {
        let mut twin = recipe.authorities[1].clone();
        expire(&mut twin.spec);
        recipe.authorities.push(twin);
    }),
    corner("another root signed a twin of the intermediate", |recipe| {
        let mut other = recipe.authorities[0].clone();
        other.spec.label = "other root".to_owned();
        other.spec.subject = other.spec.subject.map(StringType::Usual, str::to_lowercase);
        other.issuer = 2;
        other.in_bundle = false;
        recipe.authorities.push(other);
        let mut twin = recipe.authorities[1].clone();
        twin.issuer = 2;
        recipe.authorities.push(twin);
    }),
    corner("two roots signed each other", |recipe| {
        let mut other = recipe.authorities[0].clone();
        other.spec.label = "other root".to_owned();
        other.spec.subject = other.spec.subject.map(StringType::Usual, str::to_lowercase);
        other.issuer = 0;
        recipe.authorities.push(other);
        recipe.authorities[0].issuer = 2;
    }),
    corner("the intermediate bears the root's name", |recipe| {
        recipe.authorities[1].spec.subject = recipe.authorities[0].spec.subject.clone();
        recipe.authorities[1].in_bundle = true;
    }),
    corner("an intermediate bears the root's name and is all that the bundle has", |recipe| {
        recipe.authorities[1].spec.subject = recipe.authorities[0].spec.subject.clone();
        recipe.authorities[1].in_bundle = true;
        recipe.authorities[0].in_bundle = false;
    }),
    bundle_connects("the root itself connects", |_| {}),
    bundle_connects("a root for serverAuth connects", |recipe| purposes(root(recipe), &[SERVER_AUTH])),
    bundle_connects("a self-signed client is its own root", |recipe| {
        root(recipe).basic_constraints = Some((false, None))
    }),
    bundle_connects("an intermediate in the bundle connects, without its root", |recipe| {
        recipe.authorities[0].in_bundle = false;
        recipe.authorities[1].in_bundle = true;
    }),
    // Purposes.
    corner("root for serverAuth", |recipe| purposes(root(recipe), &[SERVER_AUTH])),
    corner("root for any purpose", |recipe| purposes(root(recipe), &[ANY_PURPOSE])),
    corner("root for clientAuth, intermediate for serverAuth", |recipe| {
        purposes(root(recipe), &[CLIENT_AUTH]);
        purposes(issuing(recipe), &[SERVER_AUTH]);
    }),
    corner("root for an unknown purpose", |recipe| purposes(root(recipe), &["1.3.6.1.4.1.55555.2"])),
    corner("client for any purpose", |recipe| {
        leaf(recipe).purposes = Vec::new();
        purposes(leaf(recipe), &[ANY_PURPOSE]);
    }),
    corner("client for an unknown purpose", |recipe| {
        leaf(recipe).purposes = Vec::new();
        purposes(leaf(recipe), &["1.3.6.1.4.1.55555.2"]);
    }),
    // Path lengths.
    corner("intermediate of path length 0", |recipe| issuing(recipe).basic_constraints = Some((true, Some(0)))),
    corner("root of path length 1", |recipe| root(recipe).basic_constraints = Some((true, Some(1)))),
    // Versions.
    corner("root of v1 with extensions", |recipe| root(recipe).edits.push(without_version)),
    corner("client of v1 with extensions", |recipe| leaf(recipe).edits.push(without_version)),
    corner("client of v2 with extensions", |recipe| leaf(recipe).edits.push(|tbs| set_version(tbs, 1))),
    corner("intermediate of v1", |recipe| {
        issuing(recipe).edits.push(without_version);
        issuing(recipe).edits.push(without_extensions);
    }),
    // Signatures.
    corner("root key of RSA 1024, SHA-384", |recipe| {
        root(recipe).key = KeyKind::Rsa1024;
        issuing(recipe).hash = Some(SigningHash::Sha384);
    }),
    corner("root key of RSA 1024, SHA-512", |recipe| {
        root(recipe).key = KeyKind::Rsa1024;
        issuing(recipe).hash = Some(SigningHash::Sha512);
    }),
    corner("root key of RSA 1024, PSS", |recipe| {
        root(recipe).key = KeyKind::Rsa1024;
        issuing(recipe).hash = Some(SigningHash::PssSha256);
    }),
    corner("root key of RSA 2048, SHA-384", |recipe| {
        root(recipe).key = KeyKind::Rsa2048;
        issuing(recipe).hash = Some(SigningHash::Sha384);
    }),
    corner("root key of RSA 2048, PSS", |recipe| {
        root(recipe).key = KeyKind::Rsa2048;
        issuing(recipe).hash = Some(SigningHash::PssSha256);
    }),
    corner("root key of P-256, SHA-1", |recipe| issuing(recipe).hash = Some(SigningHash::Sha1)),
    corner("root key of P-256, SHA-384", |recipe| issuing(recipe).hash = Some(SigningHash::Sha384)),
    corner("root key of P-256, SHA-512", |recipe| issuing(recipe).hash = Some(SigningHash::Sha512)),
    corner("root key of P-384, SHA-256", |recipe| {
        root(recipe).key = KeyKind::P384;
        issuing(recipe).hash = Some(SigningHash::Sha256);
    }),
    corner("ECDSA with NULL parameters", |recipe| {
        leaf(recipe).edits.push(|tbs| tbs.children()[2].children().push(Node::primitive(der::NULL, [])));
        leaf(recipe).damage = Some(|der| {
            rebuilt(&der, |certificate| certificate.children()[1].children().push(Node::primitive(der::NULL, [])))
        });
    }),
    corner("signature bits left over", |recipe| {
        leaf(recipe).damage = Some(|der| {
            rebuilt(&der, |certificate| {
                if let Content::Primitive(bits) = &mut certificate.children()[2].content {
                    bits[0] = 1;
                }
            })
        });
    }),
    // Names under constraints.
    corner("permitted .example.com, named example.com", |recipe| {
        constrain(recipe, PERMITTED, DNS, b".example.com");
        name(recipe, DNS, b"example.com");
    }),
    corner("permitted .example.com, named a.example.com", |recipe| {
        constrain(recipe, PERMITTED, DNS, b".example.com");
        name(recipe, DNS, b"a.example.com");
    }),
    corner("excluded .example.com, named example.com", |recipe| {
        constrain(recipe, EXCLUDED, DNS, b".example.com");
        name(recipe, DNS, b"example.com");
    }),
    corner("excluded example.com, named a.EXAMPLE.com", |recipe| {
        constrain(recipe, EXCLUDED, DNS, b"example.com");
        name(recipe, DNS, b"a.EXAMPLE.com");
    }),
    corner("excluded a.example.com, named *.example.com", |recipe| {
        constrain(recipe, EXCLUDED, DNS, b"a.example.com");
        name(recipe, DNS, b"*.example.com");
    }),
    corner("permitted a.example.com, named *.example.com", |recipe| {
        constrain(recipe, PERMITTED, DNS, b"a.example.com");
        name(recipe, DNS, b"*.example.com");
    }),
    corner("excluded every DNS name", |recipe| {
        constrain(recipe, EXCLUDED, DNS, b"");
        name(recipe, DNS, b"example.com");
    }),
    corner("permitted DNS, named by mail", |recipe| {
        constrain(recipe, PERMITTED, DNS, b"example.com");
        name(recipe, MAIL, b"a@example.org");
    }),
    corner("under constraints, named by an invalid DNS name", |recipe| {
        constrain(recipe, EXCLUDED, DNS, b"example.com");
        name(recipe, DNS, b"a..example.org");
    }),
    corner("not under constraints, named by an invalid DNS name", |recipe| name(recipe, DNS, b"a..example.org")),
    corner("permitted 10.0.0.0/8, named 10.1.1.1", |recipe| {
        constrain(recipe, PERMITTED, IP, &[10, 0, 0, 0, 255, 0, 0, 0]);
        name(recipe, IP, &[10, 1, 1, 1]);
    }),
    corner("permitted 10.0.0.0/8, named 11.1.1.1", |recipe| {
        constrain(recipe, PERMITTED, IP, &[10, 0, 0, 0, 255, 0, 0, 0]);
        name(recipe, IP, &[11, 1, 1, 1]);
    }),
    corner("permitted 10.0.0.0/8, named ::1", |recipe| {
        constrain(recipe, PERMITTED, IP, &[10, 0, 0, 0, 255, 0, 0, 0]);
        name(recipe, IP, &[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]);
    }),
    corner("permitted IP range with a mask of holes", |recipe| {
        constrain(recipe, PERMITTED, IP, &[10, 0, 0, 0, 255, 0, 255, 0]);
        name(recipe, IP, &[10, 1, 0, 1]);
    }),
    corner("permitted mail of a host, named so", |recipe| {
        constrain(recipe, PERMITTED, MAIL, b"example.com");
        name(recipe, MAIL, b"a@EXAMPLE.com");
    }),
    corner("permitted one mailbox, named in other case", |recipe| {
        constrain(recipe, PERMITTED, MAIL, b"a@example.com");
        name(recipe, MAIL, b"A@example.com");
    }),
    corner("permitted mail of a host, named below it", |recipe| {
        constrain(recipe, PERMITTED, MAIL, b"example.com");
        name(recipe, MAIL, b"a@b.example.com");
    }),
    corner("under constraints, named by mail without @", |recipe| {
        constrain(recipe, EXCLUDED, MAIL, b"example.com");
        name(recipe, MAIL, b"nobody");
    }),
    corner("excluded URIs of a host, named by a URN", |recipe| {
        constrain(recipe, EXCLUDED, URI, b"example.com");
        name(recipe, URI, b"urn:temporal:worker");
    }),
    corner("excluded URIs of a host, named by a URI with an IP address", |recipe| {
        constrain(recipe, EXCLUDED, URI, b"example.com");
        name(recipe, URI, b"https://10.1.1.1/");
    }),
    corner("permitted URIs of a host, named with port", |recipe| {
        constrain(recipe, PERMITTED, URI, b"example.com");
        name(recipe, URI, b"spiffe://example.com:8443/ns/x");
    }),
    corner("permitted URIs of a host, named below it", |recipe| {
        constrain(recipe, PERMITTED, URI, b"example.com");
        name(recipe, URI, b"spiffe://a.example.com/ns/x");
    }),
    corner("permitted URIs below a domain, named below it", |recipe| {
        constrain(recipe, PERMITTED, URI, b".example.com");
        name(recipe, URI, b"spiffe://a.example.com/ns/x");
    }),
    corner("critical constraint on directory names", |recipe| {
        constrain(recipe, EXCLUDED, DIRECTORY, &Node::sequence(vec![]).write());
    }),
    corner("constraint on directory names that is not critical", |recipe| {
        constrain(recipe, EXCLUDED, DIRECTORY, &Node::sequence(vec![]).write());
        root(recipe).edits.push(|tbs| uncritical(tbs, "2.5.29.30"));
    }),
    corner("constraints that constrain nothing", |recipe| add(root(recipe), &NAME_CONSTRAINTS, vec![])),
    corner("constraint of an invalid domain", |recipe| constrain(recipe, PERMITTED, DNS, b"a..example.com")),
    // Policies.
    corner("policies that must be explicit and are not", |recipe| {
        add(issuing(recipe), &POLICY_CONSTRAINTS, vec![Node::primitive(0x80, [0])]);
    }),
    corner("policies that must be explicit and are", |recipe| {
        add(issuing(recipe), &POLICY_CONSTRAINTS, vec![Node::primitive(0x80, [0])]);
        policy(issuing(recipe));
        policy(leaf(recipe));
    }),
    corner("client with a critical policy", |recipe| policy(leaf(recipe))),
    corner("client with the same policy twice", |recipe| {
        let once = Node::sequence(vec![Node::oid("1.3.6.1.4.1.55555.3")]);
        add(leaf(recipe), &CERTIFICATE_POLICIES, vec![once.clone(), once]);
    }),
    // Parsing: serial numbers, times, names.
    corner("serial 0", |recipe| leaf(recipe).edits.push(|tbs| serial(tbs, &[0]))),
    corner("serial of no octets", |recipe| leaf(recipe).edits.push(|tbs| serial(tbs, &[]))),
    corner("serial with a needless zero", |recipe| leaf(recipe).edits.push(|tbs| serial(tbs, &[0, 1]))),
    corner("serial of 24 octets", |recipe| leaf(recipe).edits.push(|tbs| serial(tbs, &[0x7F; 24]))),
    corner("time with an offset", |recipe| leaf(recipe).edits.push(|tbs| not_after(tbs, 0x17, "280101000000+0100"))),
    corner("time without seconds", |recipe| leaf(recipe).edits.push(|tbs| not_after(tbs, 0x17, "2801010000Z"))),
    corner("time with a fraction", |recipe| leaf(recipe).edits.push(|tbs| not_after(tbs, 0x18, "20280101000000.5Z"))),
    corner("GeneralizedTime before 2050", |recipe| {
        leaf(recipe).edits.push(|tbs| not_after(tbs, 0x18, "20280101000000Z"))
    }),
    corner("time on 30 February", |recipe| leaf(recipe).edits.push(|tbs| not_after(tbs, 0x17, "280230000000Z"))),
    corner("subject without attributes", |recipe| leaf(recipe).edits.push(|tbs| subject(tbs, vec![]))),
    corner("subject with an empty RDN", |recipe| {
        leaf(recipe).edits.push(|tbs| subject(tbs, vec![Node::constructed(der::SET, vec![])]));
    }),
    corner("subject that is no name", |recipe| leaf(recipe).edits.push(|tbs| subject(tbs, vec![Node::oid("2.5.4.3")]))),
    corner("subject in PrintableString with @", |recipe| leaf(recipe).edits.push(|tbs| cn(tbs, 0x13, b"a@b"))),
    corner("subject in PrintableString with *", |recipe| leaf(recipe).edits.push(|tbs| cn(tbs, 0x13, b"*.b"))),
    corner("subject in UTF8String that is none", |recipe| leaf(recipe).edits.push(|tbs| cn(tbs, 0x0C, &[0xFF]))),
    corner("subject in IA5String that is none", |recipe| leaf(recipe).edits.push(|tbs| cn(tbs, 0x16, &[0xFF]))),
    corner("subject in BMPString", |recipe| leaf(recipe).edits.push(|tbs| cn(tbs, 0x1E, &[0, b'a']))),
    corner("subject in BMPString of odd length", |recipe| leaf(recipe).edits.push(|tbs| cn(tbs, 0x1E, &[0, b'a', 0]))),
    corner("subject in T61String", |recipe| leaf(recipe).edits.push(|tbs| cn(tbs, 0x14, &[0xE4]))),
    corner("subject in NumericString that is none", |recipe| leaf(recipe).edits.push(|tbs| cn(tbs, 0x12, b"a"))),
    // Parsing: extensions.
    corner("TRUE written as 1", |recipe| leaf(recipe).edits.push(|tbs| boolean(tbs, "2.5.29.15", 1))),
    corner("FALSE written out", |recipe| leaf(recipe).edits.push(|tbs| boolean(tbs, "2.5.29.15", 0))),
    corner("critical authority key identifier", |recipe| leaf(recipe).edits.push(|tbs| critical(tbs, "2.5.29.35"))),
    corner("critical subject key identifier", |recipe| leaf(recipe).edits.push(|tbs| critical(tbs, "2.5.29.14"))),
    corner("empty authority key identifier", |recipe| {
        leaf(recipe).edits.push(|tbs| value(tbs, "2.5.29.35", &[0x30, 0]))
    }),
    corner("basic constraints with a byte behind", |recipe| {
        leaf(recipe).edits.push(|tbs| value(tbs, "2.5.29.19", &[0x30, 0, 0]));
    }),
    corner("basic constraints without content", |recipe| leaf(recipe).edits.push(|tbs| value(tbs, "2.5.29.19", &[]))),
    corner("CA:true written as 1", |recipe| {
        issuing(recipe).edits.push(|tbs| value(tbs, "2.5.29.19", &[0x30, 3, 1, 1, 1]))
    }),
    corner("CA:false written out", |recipe| {
        leaf(recipe).edits.push(|tbs| value(tbs, "2.5.29.19", &[0x30, 3, 1, 1, 0]))
    }),
    corner("path length below zero", |recipe| {
        issuing(recipe).edits.push(|tbs| value(tbs, "2.5.29.19", &[0x30, 6, 1, 1, 0xFF, 2, 1, 0xFF]));
    }),
    corner("path length of 5 octets", |recipe| {
        issuing(recipe).edits.push(|tbs| value(tbs, "2.5.29.19", &[0x30, 10, 1, 1, 0xFF, 2, 5, 1, 0, 0, 0, 0]));
    }),
    corner("path length without CA:true", |recipe| {
        leaf(recipe).edits.push(|tbs| value(tbs, "2.5.29.19", &[0x30, 3, 2, 1, 0]));
    }),
    corner("key usage of no bits", |recipe| leaf(recipe).edits.push(|tbs| value(tbs, "2.5.29.15", &[3, 1, 0]))),
    corner("key usage as an INTEGER", |recipe| leaf(recipe).edits.push(|tbs| value(tbs, "2.5.29.15", &[2, 1, 0]))),
    corner("key usage with bits left over", |recipe| {
        leaf(recipe).edits.push(|tbs| value(tbs, "2.5.29.15", &[3, 2, 7, 0xFF]))
    }),
    corner("no purposes", |recipe| leaf(recipe).edits.push(|tbs| value(tbs, "2.5.29.37", &[0x30, 0]))),
    corner("purposes that are none", |recipe| leaf(recipe).edits.push(|tbs| value(tbs, "2.5.29.37", &[0x30, 2, 5, 0]))),
    corner("subject key identifier that is none", |recipe| {
        leaf(recipe).edits.push(|tbs| value(tbs, "2.5.29.14", &[5, 0]))
    }),
    corner("extension with a byte behind its value", |recipe| {
        leaf(recipe).edits.push(|tbs| {
            if let Some(found) = extension(tbs, "2.5.29.15") {
                found.children().push(Node::primitive(der::NULL, []));
            }
        });
    }),
    corner("no extensions in their wrapper", |recipe| {
        leaf(recipe).edits.push(|tbs| extensions(tbs).into_iter().for_each(Vec::clear));
    }),
    corner("something behind the extensions", |recipe| {
        leaf(recipe).edits.push(|tbs| tbs.children().push(Node::primitive(der::NULL, [])));
    }),
    corner("something behind the signature", |recipe| {
        leaf(recipe).damage =
            Some(|der| rebuilt(&der, |certificate| certificate.children().push(Node::primitive(der::NULL, []))));
    }),
    corner("alternative names without names", |recipe| add(leaf(recipe), &SUBJECT_ALTERNATIVE_NAME, vec![])),
    corner("named by an IP address of 5 octets", |recipe| name(recipe, IP, &[10, 0, 0, 0, 1])),
    corner("named by a DNS name beyond ASCII", |recipe| name(recipe, DNS, "bücher.example".as_bytes())),
    corner("named by mail beyond ASCII", |recipe| name(recipe, MAIL, "ü@example.com".as_bytes())),
    corner("named by a URI with a broken host", |recipe| name(recipe, URI, b"https://[::1")),
    corner("named by a URI with an invalid domain", |recipe| name(recipe, URI, b"https://a..b/")),
    corner("named by a URI with a bad escape", |recipe| name(recipe, URI, b"https://example.com/%zz")),
    // Parsing: keys.
    corner("key on secp256k1", |recipe| {
        leaf(recipe).edits.push(|tbs| tbs.children()[6].children()[0].children()[1] = Node::oid("1.3.132.0.10"));
    }),
    corner("key with explicit parameters", |recipe| {
        leaf(recipe).edits.push(|tbs| tbs.children()[6].children()[0].children()[1] = Node::sequence(vec![]));
    }),
    corner("key that is not on its curve", |recipe| leaf(recipe).edits.push(|tbs| key(tbs, |bits| bits[64] ^= 1))),
    corner("key as a compressed point", |recipe| {
        leaf(recipe).edits.push(|tbs| {
            key(tbs, |bits| {
                bits.truncate(34);
                bits[1] = 2;
            });
        });
    }),
    corner("key of an unknown algorithm", |recipe| {
        leaf(recipe).edits.push(|tbs| tbs.children()[6].children()[0] = Node::sequence(vec![Node::oid("1.2.3.4")]));
    }),
    corner("RSA key without NULL parameters", |recipe| {
        leaf(recipe).key = KeyKind::Rsa2048;
        leaf(recipe).edits.push(|tbs| tbs.children()[6].children()[0].children().truncate(1));
    }),
    corner("Ed25519 key with NULL parameters", |recipe| {
        leaf(recipe).key = KeyKind::Ed25519;
        leaf(recipe).edits.push(|tbs| tbs.children()[6].children()[0].children().push(Node::primitive(der::NULL, [])));
    }),
    corner("Ed25519 key of 31 octets", |recipe| {
        leaf(recipe).key = KeyKind::Ed25519;
        leaf(recipe).edits.push(|tbs| key(tbs, |bits| bits.truncate(32)));
    }),
    // Parsing: the envelope.
    corner("length in the long form without need", |recipe| {
        leaf(recipe).damage = Some(|der| {
            // 30 82 xx xx becomes 30 83 00 xx xx
            [&[0x30, 0x83, 0x00], &der[2..]].concat()
        });
    }),
    corner("length that is not definite", |recipe| {
        leaf(recipe).damage = Some(|der| [&[0x30, 0x80], &der[4..], &[0, 0]].concat());
    }),
];

impl Corner {
    /// # Errors
    /// When the recipe cannot be forged.
    pub fn forge(&self, good: &Recipe) -> Result<Files> {
        let mut recipe = good.clone();
        (self.edit)(&mut recipe);
        let mut files = recipe.forge()?.files;
        if self.client == Client::Bundle {
            files.client = files.bundle.clone();
        }
        Ok(files)
    }
}

fn root(recipe: &mut Recipe) -> &mut Spec {
    &mut recipe.authorities[0].spec
}

fn issuing(recipe: &mut Recipe) -> &mut Spec {
    &mut recipe.authorities[1].spec
}

fn leaf(recipe: &mut Recipe) -> &mut Spec {
    &mut recipe.client
}

fn expire(spec: &mut Spec) {
    spec.not_after = spec.not_before;
    spec.not_before -= 365 * Duration::DAY;
}

/// Adds a critical extension that is a SEQUENCE.
fn add(spec: &mut Spec, oid: &[u64], content: Vec<Node>) {
    spec.critical.push((oid.to_vec(), Node::sequence(content).write()));
}

fn purposes(spec: &mut Spec, oids: &[&str]) {
    add(spec, &EXTENDED_KEY_USAGE, oids.iter().copied().map(Node::oid).collect());
}

fn policy(spec: &mut Spec) {
    add(spec, &CERTIFICATE_POLICIES, vec![Node::sequence(vec![Node::oid("1.3.6.1.4.1.55555.3")])]);
}

/// Constrains what is below the root to one subtree, or to all but it.
fn constrain(recipe: &mut Recipe, half: u8, kind: u8, base: &[u8]) {
    let subtree = Node::sequence(vec![Node::primitive(kind, base)]);
    add(root(recipe), &NAME_CONSTRAINTS, vec![Node::constructed(half, vec![subtree])]);
}

/// Gives the client an alternative name.
fn name(recipe: &mut Recipe, kind: u8, name: &[u8]) {
    add(leaf(recipe), &SUBJECT_ALTERNATIVE_NAME, vec![Node::primitive(kind, name)]);
}

// Fields of a v3 certificate: 0 version, 1 serial, 2 signature, 3 issuer, 4 validity, 5 subject, 6 key, 7 extensions.

fn serial(tbs: &mut Node, octets: &[u8]) {
    tbs.children()[1] = Node::primitive(der::INTEGER, octets);
}

fn not_after(tbs: &mut Node, tag: u8, time: &str) {
    tbs.children()[4].children()[1] = Node::primitive(tag, time);
}

fn subject(tbs: &mut Node, rdns: Vec<Node>) {
    tbs.children()[5] = Node::sequence(rdns);
}

fn cn(tbs: &mut Node, tag: u8, value: &[u8]) {
    let attribute = Node::sequence(vec![Node::oid("2.5.4.3"), Node::primitive(tag, value)]);
    subject(tbs, vec![Node::constructed(der::SET, vec![attribute])]);
}

/// Changes the bits of the public key, behind the octet that counts unused ones.
fn key(tbs: &mut Node, change: fn(&mut Vec<u8>)) {
    if let Content::Primitive(bits) = &mut tbs.children()[6].children()[1].content {
        change(bits);
    }
}

fn without_version(tbs: &mut Node) {
    tbs.children().retain(|node| node.tag != 0xA0);
}

fn without_extensions(tbs: &mut Node) {
    tbs.children().retain(|node| node.tag != 0xA3);
}

fn set_version(tbs: &mut Node, version: u8) {
    tbs.children()[0] = Node::constructed(0xA0, vec![Node::primitive(der::INTEGER, [version])]);
}

/// Replaces what an extension holds.
fn value(tbs: &mut Node, oid: &str, der: &[u8]) {
    if let Some(value) = extension(tbs, oid).and_then(|found| found.children().last_mut()) {
        *value = Node::primitive(der::OCTET_STRING, der);
    }
}

/// Replaces the criticality of an extension that has one.
fn boolean(tbs: &mut Node, oid: &str, octet: u8) {
    if let Some(found) = extension(tbs, oid) {
        found.children()[1] = Node::primitive(der::BOOLEAN, [octet]);
    }
}

fn critical(tbs: &mut Node, oid: &str) {
    if let Some(found) = extension(tbs, oid) {
        found.children().insert(1, Node::primitive(der::BOOLEAN, [0xFF]));
    }
}

fn uncritical(tbs: &mut Node, oid: &str) {
    if let Some(found) = extension(tbs, oid) {
        found.children().retain(|node| node.tag != der::BOOLEAN);
    }
}

/// A finished certificate with its envelope changed.
fn rebuilt(certificate: &[u8], change: fn(&mut Node)) -> Vec<u8> {
    let Some(mut node) = Node::read(certificate) else { return certificate.to_vec() };
    change(&mut node);
    node.write()
}
