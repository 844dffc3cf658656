//! The client chains that cost their judge most, each within the 64 KB that a TLS stack takes for one message.
//!
//! The tests count what is spent on them, `cargo xtask bench chains` measures it.

use aws_lc_rs::digest::{SHA256, digest};
use certproof::forge::der::{self, Node};
use certproof::forge::{Key, KeyKind, KeyRing, KeySource};

/// DER of what a stranger sends, and of the bundle that it is judged by.
pub struct Worst {
    pub name: &'static str,
    pub leaf: Vec<u8>,
    pub sent: Vec<Vec<u8>>,
    pub roots: Vec<Vec<u8>>,
}

impl Worst {
    pub fn bytes(&self) -> usize {
        self.leaf.len() + self.sent.iter().map(Vec::len).sum::<usize>()
    }
}

/// Every chain, forged anew.
pub fn all() -> Vec<Worst> {
    vec![
        slow_rsa(),
        slow_rsa_in_the_bundle(),
        web("a web of P-521 keys", KeyKind::P521),
        web("a web of P-384 keys", KeyKind::P384),
        web("a web of P-256 keys", KeyKind::P256),
        web("a web of Ed25519 keys", KeyKind::Ed25519),
        constrained("names and constraints on them", 0x82, "w", &|number| format!("d{number}.x")),
        constrained("names that constraints differ from at their end", 0x82, &("w.".repeat(8) + "w"), &|_| {
            "w.".repeat(7) + "x"
        }),
        constrained("long names that constraints differ from at their end", 0x82, &("w.".repeat(59) + "w"), &|_| {
            "w.".repeat(58) + "x"
        }),
        constrained("URIs and constraints on their hosts", 0x86, "a://w", &|number| format!("d{number}.x")),
        long_uri(),
        many_constraints(),
        hashed(),
        long_names(),
        one_long_name(),
        one_name_of_many_parts(),
        many_extensions(),
        many_names(),
        long_oid(),
        policies(),
    ]
}

/// A signed certificate in the making.
#[derive(Clone)]
pub struct Draft {
    pub issuer: Node,
    pub subject: Node,
    pub spki: Vec<u8>,
    pub serial: u32,
    pub extensions: Vec<Node>,
}

impl Draft {
    pub fn authority(issuer: &Node, subject: &Node, spki: &[u8], serial: u32) -> Self {
        let authority = extension("2.5.29.19", true, Node::sequence(vec![Node::primitive(der::BOOLEAN, [0xFF])]));
        let (issuer, subject) = (issuer.clone(), subject.clone());
        Self { issuer, subject, spki: spki.to_vec(), serial, extensions: vec![authority] }
    }

    pub fn client(issuer: &Node, spki: &[u8]) -> Self {
        Self { issuer: issuer.clone(), subject: named("stranger"), spki: spki.to_vec(), serial: 1, extensions: vec![] }
    }

    pub fn with(mut self, extension: Node) -> Self {
        self.extensions.push(extension);
        self
    }

    /// An extension that nobody reads, of so many octets.
    pub fn padded(self, octets: usize) -> Self {
        self.with(extension("1.3.6.1.4.1.99999.1", false, Node::primitive(der::OCTET_STRING, vec![0x5A; octets])))
    }

    pub fn signed_by(&self, key: &Key) -> Vec<u8> {
        let hash = key.kind().hash();
        let algorithm = key.signature_algorithm(hash).unwrap();
        let tbs = self.tbs(&algorithm);
        let signature = key.sign(hash, &tbs.write()).unwrap();
        Node::sequence(vec![tbs, algorithm, Node::bit_string(&signature)]).write()
    }

    fn tbs(&self, algorithm: &Node) -> Node {
        let time = |text: &str| Node::primitive(0x17, text.as_bytes());
        let mut fields = vec![
            Node::constructed(0xA0, vec![Node::primitive(der::INTEGER, [2])]),
            Node::primitive(der::INTEGER, [&[0x40], &self.serial.to_be_bytes()[..]].concat()),
            algorithm.clone(),
            self.issuer.clone(),
            Node::sequence(vec![time("260101000000Z"), time("350101000000Z")]),
            self.subject.clone(),
            Node::read(&self.spki).unwrap(),
        ];
        if !self.extensions.is_empty() {
            fields.push(Node::constructed(0xA3, vec![Node::sequence(self.extensions.clone())]));
        }
        Node::sequence(fields)
    }
}

pub fn extension(oid: &str, critical: bool, value: Node) -> Node {
    let mut parts = vec![Node::oid(oid)];
    if critical {
        parts.push(Node::primitive(der::BOOLEAN, [0xFF]));
    }
    parts.push(Node::primitive(der::OCTET_STRING, value.write()));
    Node::sequence(parts)
}

/// A name of one common name.
pub fn named(common_name: &str) -> Node {
    Node::sequence(vec![Node::constructed(der::SET, vec![attribute(common_name)])])
}

fn attribute(value: &str) -> Node {
    Node::sequence(vec![Node::oid("2.5.4.3"), Node::primitive(0x0C, value.as_bytes())])
}

fn ring() -> KeyRing {
    KeyRing::new(KeySource::Seeded(1))
}

pub fn key(kind: KeyKind, label: &str) -> Key {
    ring().key(kind, label).unwrap()
}

/// An RSA key of 8,192 bits whose exponent has the 33 bits that crypto libraries take at most. Nobody has its private
/// half: what it is asked about is wrong, and found to be so as slowly as what is right.
fn slow_rsa_spki(number: u8) -> Vec<u8> {
    let modulus = (0..1024_u32).map(|at| if at == 0 { 0xC1 } else { (at * 37) as u8 ^ number | 1 });
    rsa_spki(modulus.collect(), &[0x01, 0xFF, 0xFF, 0xFF, 0xFF])
}

fn rsa_spki(modulus: Vec<u8>, exponent: &[u8]) -> Vec<u8> {
    let numbers =
        vec![Node::primitive(der::INTEGER, [vec![0], modulus].concat()), Node::primitive(der::INTEGER, exponent)];
    let algorithm = Node::sequence(vec![Node::oid("1.2.840.113549.1.1.1"), Node::primitive(der::NULL, [])]);
    Node::sequence(vec![algorithm, Node::bit_string(&Node::sequence(numbers).write())]).write()
}

/// A certificate, and the key of RSA 8,192 that signed it. Of keys with the exponent 3 there is one for each message:
/// `n = s³ - m` makes `s` the signature of `m`.
fn signed_by_a_made_up_key(draft: &Draft) -> (Vec<u8>, Vec<u8>) {
    // What encodes SHA-256 before its value (RFC 8017 §9.2).
    const PREFIX: [u8; 19] = [0x30, 0x31, 0x30, 0x0D, 6, 9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 1, 5, 0, 4, 0x20];
    let algorithm = Node::sequence(vec![Node::oid("1.2.840.113549.1.1.11"), Node::primitive(der::NULL, [])]);
    // An odd modulus needs an odd message: every other certificate has one.
    let (tbs, hash) = (0..)
        .map(|serial| {
            let tbs = Draft { serial: draft.serial << 16 | serial, ..draft.clone() }.tbs(&algorithm);
            let hash = digest(&SHA256, &tbs.write()).as_ref().to_vec();
            (tbs, hash)
        })
        .find(|(_, hash)| hash[31] % 2 == 1)
        .unwrap();
    let mut message = [&[0, 1][..], &[0xFF; 1024 - 3 - 19 - 32], &[0], &PREFIX, &hash].concat();
    // s = 3 * 2^2729, so s³ = 27 * 2^8187: 0xD8 and 1,023 zeros. What is subtracted is not zero.
    message.iter_mut().for_each(|octet| *octet = !*octet);
    let last = message.len() - 1;
    message[last] += 1;
    message[0] = 0xD7;
    let mut signature = vec![0; 1024];
    signature[1024 - 1 - 2729 / 8] = 3 << (2729 % 8);
    let certificate = Node::sequence(vec![tbs, algorithm, Node::bit_string(&signature)]).write();
    (certificate, rsa_spki(message, &[3]))
}

fn root() -> Vec<u8> {
    let root = key(KeyKind::P256, "root");
    Draft::authority(&named("root"), &named("root"), root.spki(), 0).signed_by(&root)
}

/// All CAs have one name. Each of four is right for the one before it, but key after key is tried for it first:
///
/// ```text
/// leaf -> first (RSA 8,192) -> second -> third -> fourth -> nobody
///      27 others (RSA 8,192, exponent of 33 bits), tried for the leaf and for each of the four
/// ```
fn slow_rsa() -> Worst {
    let name = named("x");
    let signer = key(KeyKind::P256, "x");
    let others = (0..27).map(|number| Draft::authority(&name, &name, &slow_rsa_spki(number), 0).signed_by(&signer));
    let mut sent: Vec<_> = others.collect();
    let leaf = Draft::client(&name, key(KeyKind::P256, "leaf").spki()).padded(4_000);
    let (leaf, mut above) = signed_by_a_made_up_key(&leaf);
    for number in 0..4 {
        let padding = if number < 3 { 3_000 } else { 500 };
        let (link, next) = signed_by_a_made_up_key(&Draft::authority(&name, &name, &above, number).padded(padding));
        sent.push(link);
        above = next;
    }
    Worst { name: "RSA keys of 8,192 bits and a huge exponent", leaf, sent, roots: vec![root()] }
}

/// 16 roots of one name in the bundle, and a stranger whose every certificate claims to come from there:
///
/// ```text
/// leaf -> 20 of one name and key -> 16 roots (RSA 8,192)
/// ```
fn slow_rsa_in_the_bundle() -> Worst {
    let (trusted, name) = (named("root"), named("x"));
    let stranger = key(KeyKind::P256, "x");
    // A signature that is too weak to be looked at does not speak against a root.
    let roots = (0..16).map(|number| {
        let root = Draft::authority(&trusted, &trusted, &slow_rsa_spki(number), 0).signed_by(&stranger);
        signed_otherwise(&root, "1.2.840.113549.1.1.5")
    });
    let sent = (0..20_u32).map(|number| {
        let claim = Draft::authority(&trusted, &name, stranger.spki(), number).padded(1_500).signed_by(&stranger);
        signed_otherwise(&claim, "1.2.840.113549.1.1.13")
    });
    let leaf = Draft::client(&name, key(KeyKind::P256, "leaf").spki()).padded(3_000).signed_by(&stranger);
    Worst { name: "roots of 8,192 bits and one name", leaf, sent: sent.collect(), roots: roots.collect() }
}

/// With another algorithm, and a signature as long as a key of 8,192 bits wants it.
fn signed_otherwise(certificate: &[u8], oid: &str) -> Vec<u8> {
    let mut certificate = Node::read(certificate).unwrap();
    let algorithm = Node::sequence(vec![Node::oid(oid), Node::primitive(der::NULL, [])]);
    certificate.children()[0].children()[2] = algorithm.clone();
    certificate.children()[1] = algorithm;
    certificate.children()[2] = Node::bit_string(&[1; 1024]);
    certificate.write()
}

/// 31 CAs of one name, each signed by the key of the next, and tried with everybody's.
fn web(name: &'static str, kind: KeyKind) -> Worst {
    let subject = named("x");
    let keys: Vec<_> = (0..31).map(|number| key(kind, &format!("web {number}"))).collect();
    let sent = keys.iter().enumerate().map(|(number, own)| {
        let above = &keys[(number + 17) % keys.len()];
        Draft::authority(&subject, &subject, own.spki(), number as u32).padded(1_450).signed_by(above)
    });
    let leaf = Draft::client(&subject, key(KeyKind::P256, "leaf").spki()).padded(3_000).signed_by(&keys[7]);
    Worst { name, leaf, sent: sent.collect(), roots: vec![root()] }
}

/// `leaf (as many names as there is room for) -> 20 CAs of one name and two keys, each with a hundred constraints`,
/// all links good, and every CA is held against all names below it.
fn constrained(name: &'static str, kind: u8, text: &str, base: &dyn Fn(usize) -> String) -> Worst {
    let names = 26_000 / (text.len() + 2);
    let list = (0..names.min(2_500)).map(|_| Node::primitive(kind, text.as_bytes()));
    let names = extension("2.5.29.17", false, Node::sequence(list.collect()));
    let mut subtrees: Vec<Node> = Vec::new();
    while subtrees.iter().map(|subtree| subtree.write().len()).sum::<usize>() < 900 && subtrees.len() < 100 {
        let base = Node::primitive(kind, base(subtrees.len()).as_bytes());
        subtrees.push(Node::sequence(vec![base]));
    }
    let constraints = extension("2.5.29.30", true, Node::sequence(vec![Node::constructed(0xA1, subtrees)]));
    layers(name, 15, 2, |draft| draft.with(constraints.clone()), |leaf| leaf.with(names.clone()))
}

/// `leaf -> width CAs of one name and key -> width of the next -> …`, all links good.
fn layers(
    name: &'static str,
    depth: usize,
    width: u32,
    edit: impl Fn(Draft) -> Draft,
    edit_leaf: impl Fn(Draft) -> Draft,
) -> Worst {
    let keys: Vec<_> = (0..=depth).map(|level| key(KeyKind::P256, &format!("layer {level}"))).collect();
    let subject = |level: usize| named(&format!("layer {level}"));
    let sent = (0..depth).flat_map(|level| (0..width).map(move |number| (level, number)));
    let sent = sent.map(|(level, number)| {
        let draft = Draft::authority(&subject(level + 1), &subject(level), keys[level].spki(), number);
        edit(draft).signed_by(&keys[level + 1])
    });
    let sent = sent.collect();
    let leaf = Draft::client(&subject(0), key(KeyKind::P256, "leaf").spki());
    Worst { name, leaf: edit_leaf(leaf).signed_by(&keys[0]), sent, roots: vec![root()] }
}

/// One URI of 30,000 octets, held against a hundred constraints of each CA.
fn long_uri() -> Worst {
    let uri = format!("a://{}@{}", "u".repeat(15_000), "h.".repeat(7_500));
    let names = extension("2.5.29.17", false, Node::sequence(vec![Node::primitive(0x86, uri.as_bytes())]));
    let subtrees = (0..130).map(|_| Node::sequence(vec![Node::primitive(0x86, "xy".as_bytes())]));
    let constraints = extension("2.5.29.30", true, Node::sequence(vec![Node::constructed(0xA1, subtrees.collect())]));
    layers("one long URI", 15, 2, |draft| draft.with(constraints.clone()), |leaf| leaf.with(names.clone()))
}

/// One name on each certificate and 550 constraints on each CA; four CAs of one name and key on each of four levels.
fn many_constraints() -> Worst {
    let names = extension("2.5.29.17", false, Node::sequence(vec![Node::primitive(0x82, *b"w")]));
    let subtrees = (0..550).map(|_| Node::sequence(vec![Node::primitive(0x82, *b"x")]));
    let constraints = extension("2.5.29.30", true, Node::sequence(vec![Node::constructed(0xA1, subtrees.collect())]));
    let name = "one name and hundreds of constraints";
    layers(name, 4, 4, |draft| draft.with(names.clone()).with(constraints.clone()), |leaf| leaf.with(names.clone()))
}

/// A leaf of half the message, which has to be hashed for each of 31 keys, and CAs that share the other half.
fn hashed() -> Worst {
    let subject = named("x");
    let signer = key(KeyKind::P384, "right");
    let mut sent: Vec<_> = (0..30)
        .map(|number| {
            Draft::authority(&subject, &subject, key(KeyKind::P384, &format!("wrong {number}")).spki(), number)
        })
        .map(|draft| draft.signed_by(&signer))
        .collect();
    sent.push(Draft::authority(&subject, &subject, signer.spki(), 31).padded(20_000).signed_by(&signer));
    let leaf = Draft::client(&subject, key(KeyKind::P256, "leaf").spki()).padded(32_000).signed_by(&signer);
    Worst { name: "long certificates, hashed for many keys", leaf, sent, roots: vec![root()] }
}

/// Names of almost a kilobyte that differ in their last octet, and certificates that differ in their signatures only.
fn long_names() -> Worst {
    let long = "n".repeat(800);
    let subject = named(&format!("{long}1"));
    let other = named(&format!("{long}2"));
    let keys = [key(KeyKind::P256, "one"), key(KeyKind::P256, "two")];
    let sent = (0..31_u32).map(|number| {
        let own = &keys[number as usize % 2];
        let (issuer, subject) = if number % 4 < 2 { (&subject, &other) } else { (&other, &subject) };
        Draft::authority(issuer, subject, own.spki(), number).signed_by(&keys[number as usize / 2 % 2])
    });
    let leaf = Draft::client(&subject, key(KeyKind::P256, "leaf").spki()).signed_by(&keys[0]);
    Worst { name: "long names that differ at their end", leaf, sent: sent.collect(), roots: vec![root()] }
}

/// One name of 2,600 octets for 11 CAs of different keys, none of which signed another: who follows names first, and
/// looks at signatures when a root is reached, has a hundred thousand paths to follow.
fn one_long_name() -> Worst {
    let subject = named(&"n".repeat(2_600));
    let signer = key(KeyKind::P256, "x");
    let sent = (0..11).map(|number| {
        let own = key(KeyKind::P256, &format!("web {number}"));
        Draft::authority(&subject, &subject, own.spki(), number).signed_by(&signer)
    });
    let leaf = Draft::client(&subject, key(KeyKind::P256, "leaf").spki()).signed_by(&signer);
    Worst { name: "one long name for many keys", leaf, sent: sent.collect(), roots: vec![root()] }
}

/// An issuer whose name is looked for in other spellings: thousands of attributes in one set.
fn one_name_of_many_parts() -> Worst {
    let parts = |last: &str| {
        let parts = (0..2_300).map(|_| attribute("A")).chain([attribute(last)]);
        Node::sequence(vec![Node::constructed(der::SET, parts.collect())])
    };
    let signer = key(KeyKind::P256, "x");
    let leaf = Draft::client(&parts("b"), key(KeyKind::P256, "leaf").spki()).signed_by(&signer);
    let sent = vec![Draft::authority(&named("x"), &parts("c"), signer.spki(), 1).signed_by(&signer)];
    Worst { name: "a name of thousands of parts", leaf, sent, roots: vec![root()] }
}

fn many_extensions() -> Worst {
    let draft = Draft::client(&named("x"), key(KeyKind::P256, "leaf").spki());
    let oids = (0..4_600).map(|number| format!("1.2.{number}"));
    let leaf = oids.fold(draft, |draft, oid| draft.with(extension(&oid, true, Node::primitive(der::NULL, []))));
    Worst {
        name: "thousands of extensions",
        leaf: leaf.signed_by(&key(KeyKind::P256, "x")),
        sent: vec![],
        roots: vec![root()],
    }
}

fn many_names() -> Worst {
    let list = (0..21_000).map(|_| Node::primitive(0x86, *b"a"));
    let names = extension("2.5.29.17", false, Node::sequence(list.collect()));
    let leaf = Draft::client(&named("x"), key(KeyKind::P256, "leaf").spki()).with(names);
    Worst {
        name: "thousands of names",
        leaf: leaf.signed_by(&key(KeyKind::P256, "x")),
        sent: vec![],
        roots: vec![root()],
    }
}

/// A signature algorithm whose name is 10,000 octets, on a leaf with 31 possible issuers.
fn long_oid() -> Worst {
    let subject = named("x");
    let signer = key(KeyKind::P256, "x");
    let sent = (0..31)
        .map(|number| {
            Draft::authority(&subject, &subject, key(KeyKind::P256, &format!("wrong {number}")).spki(), number)
        })
        .map(|draft| draft.signed_by(&signer));
    let sent = sent.collect();
    let leaf = Draft::client(&subject, key(KeyKind::P256, "leaf").spki()).signed_by(&signer);
    let mut leaf = Node::read(&leaf).unwrap();
    let algorithm = Node::sequence(vec![Node::primitive(der::OID, vec![1; 24_000])]);
    leaf.children()[1] = algorithm.clone();
    leaf.children()[0].children()[2] = algorithm;
    Worst { name: "a signature algorithm with a long name", leaf: leaf.write(), sent, roots: vec![root()] }
}

/// Somebody who may sign below the root, and demands policies of paths that are all complete and all in vain.
fn policies() -> Worst {
    let policies = |from: usize, count: usize| {
        let policies = (from..from + count).map(|number| Node::sequence(vec![Node::oid(&format!("1.2.{number}"))]));
        extension("2.5.29.32", false, Node::sequence(policies.collect()))
    };
    let explicit = extension("2.5.29.36", true, Node::sequence(vec![Node::primitive(0x80, [0])]));
    let (mut worst, keys) = (
        layers(
            "policies of paths that end at the root",
            5,
            5,
            |draft| draft.with(policies(300, 240)),
            |leaf| leaf.with(policies(3_000, 200)),
        ),
        [key(KeyKind::P256, "root"), key(KeyKind::P256, "layer 5")],
    );
    let top = Draft::authority(&named("root"), &named("layer 5"), keys[1].spki(), 1);
    worst.sent.push(top.with(policies(300, 240)).with(explicit).signed_by(&keys[0]));
    worst
}
