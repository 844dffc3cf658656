//! Keys that sign: fresh from the system, or fixed by a seed so that everything they sign is the same bytes again.

use aws_lc_rs::digest;
use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    self, ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P384_SHA384_ASN1_SIGNING, ECDSA_P521_SHA512_ASN1_SIGNING, EcdsaKeyPair,
    EcdsaSigningAlgorithm, Ed25519KeyPair, KeyPair as _, RsaKeyPair,
};
use p256::ecdsa::signature::hazmat::PrehashSigner as _;
use rsa::pkcs1v15::Pkcs1v15Sign;
use rsa::pkcs8::DecodePrivateKey as _;
use rsa::traits::PublicKeyParts as _;
use sha1::Digest as _;

use super::ForgeError;
use super::der::{self, Content, Node};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum KeyKind {
    P256,
    P384,
    P521,
    Rsa1024,
    Rsa2048,
    Rsa3072,
    Rsa4096,
    Ed25519,
}

impl KeyKind {
    pub fn is_rsa(self) -> bool {
        matches!(self, Self::Rsa1024 | Self::Rsa2048 | Self::Rsa3072 | Self::Rsa4096)
    }

    /// The hash that goes with the key when nothing else is asked for.
    pub fn hash(self) -> SigningHash {
        match self {
            Self::P384 => SigningHash::Sha384,
            Self::P521 => SigningHash::Sha512,
            _ => SigningHash::Sha256,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SigningHash {
    Md5,
    Sha1,
    Sha256,
    Sha384,
    Sha512,
    /// RSA-PSS with SHA-256 and a salt of 32 octets.
    PssSha256,
}

/// Where keys come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeySource {
    /// Fresh keys of the system's randomness.
    Fresh,
    /// Fresh EC keys, RSA keys from the public pool: for worlds that live in memory and only on loopback.
    Pooled,
    /// EC keys derived from the seed, RSA keys from the public pool. Everybody can have these keys.
    Seeded(u64),
}

/// A key pair. `Debug` shows its kind only.
pub struct Key {
    kind: KeyKind,
    signer: Signer,
    pkcs8: Vec<u8>,
    spki: Vec<u8>,
}

enum Signer {
    Ecdsa(EcdsaKeyPair),
    P256(p256::ecdsa::SigningKey),
    P384(p384::ecdsa::SigningKey),
    P521(p521::ecdsa::SigningKey),
    /// aws-lc signs faster, but takes 2,048 bits and more; what it does not take is read anew for each signature.
    Rsa(Option<RsaKeyPair>),
    Ed25519(Ed25519KeyPair),
}

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?} key", self.kind)
    }
}

impl KeySource {
    /// Octets that are fresh, or that belong to the seed, the purpose and the label; at most 32.
    pub(super) fn octets(self, purpose: &str, label: &str, count: usize) -> Result<Vec<u8>, ForgeError> {
        match self {
            Self::Seeded(seed) => Ok(derive(seed, purpose, label, 0)[..count.min(32)].to_vec()),
            Self::Fresh | Self::Pooled => {
                let mut octets = vec![0; count.min(32)];
                aws_lc_rs::rand::fill(&mut octets).map_err(|_| ForgeError::NoRandomness)?;
                Ok(octets)
            }
        }
    }
}

/// Hands out keys of one source. Labels name keys: the same seed, kind and label give the same EC key.
#[derive(Debug)]
pub struct KeyRing {
    source: KeySource,
    /// RSA keys handed out so far, by kind; the pool starts over when it is used up.
    pooled: std::collections::HashMap<KeyKind, usize>,
}

impl KeyRing {
    pub fn new(source: KeySource) -> Self {
        Self { source, pooled: std::collections::HashMap::new() }
    }

    /// # Errors
    /// When the system has no randomness.
    pub fn key(&mut self, kind: KeyKind, label: &str) -> Result<Key, ForgeError> {
        let pooled = kind == KeyKind::Rsa1024 || self.source != KeySource::Fresh;
        if kind.is_rsa() && pooled {
            let next = self.pooled.entry(kind).or_default();
            let pool = pool(kind);
            let pkcs8 = pool[*next % pool.len()];
            *next += 1;
            return Key::rsa(kind, pkcs8);
        }
        match self.source {
            KeySource::Fresh | KeySource::Pooled => Key::fresh(kind),
            KeySource::Seeded(seed) => Key::seeded(kind, seed, label),
        }
    }

    /// Passes over keys of the pool, so that rings for different places do not begin with the same ones.
    pub fn skip(&mut self, count: usize) {
        for kind in [KeyKind::Rsa1024, KeyKind::Rsa2048, KeyKind::Rsa3072, KeyKind::Rsa4096] {
            *self.pooled.entry(kind).or_default() += count % pool(kind).len();
        }
    }

    /// Four characters of the alphabet that tcld takes its random names from.
    ///
    /// # Errors
    /// When the system has no randomness.
    pub fn letters(&self, label: &str) -> Result<String, ForgeError> {
        const ALPHABET: &[u8; 63] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-";
        let bytes = self.serial(&format!("{label}, letters"))?;
        let letters = bytes[1..5].iter().map(|byte| char::from(ALPHABET[usize::from(*byte) % ALPHABET.len()]));
        Ok(letters.collect())
    }

    /// A positive serial number of 16 octets.
    pub fn serial(&self, label: &str) -> Result<Vec<u8>, ForgeError> {
        let mut serial = self.source.octets("serial", label, 16)?;
        // Positive, and its first octet never zero, so that its length is the same for everybody.
        serial[0] = serial[0] & 0x7F | 0x40;
        Ok(serial)
    }
}

impl Key {
    pub fn kind(&self) -> KeyKind {
        self.kind
    }

    /// DER of the PrivateKeyInfo.
    pub fn pkcs8(&self) -> &[u8] {
        &self.pkcs8
    }

    /// DER of the SubjectPublicKeyInfo.
    pub fn spki(&self) -> &[u8] {
        &self.spki
    }

    /// The key identifier: the first 20 octets of the SHA-256 over the SubjectPublicKeyInfo (RFC 7093 method 4).
    pub fn identifier(&self) -> Vec<u8> {
        digest::digest(&digest::SHA256, &self.spki).as_ref()[..20].to_vec()
    }

    fn fresh(kind: KeyKind) -> Result<Self, ForgeError> {
        let refused = |_| ForgeError::NoRandomness;
        let rsa = |size| -> Result<Self, ForgeError> {
            let pair = RsaKeyPair::generate(size).map_err(refused)?;
            let pkcs8: aws_lc_rs::encoding::Pkcs8V1Der<'_> = pair.as_der().map_err(refused)?;
            Self::rsa(kind, pkcs8.as_ref())
        };
        match kind {
            KeyKind::P256 | KeyKind::P384 | KeyKind::P521 => {
                Self::ecdsa(kind, EcdsaKeyPair::generate(ecdsa(kind)).map_err(refused)?)
            }
            KeyKind::Ed25519 => {
                let mut seed = [0; 32];
                aws_lc_rs::rand::fill(&mut seed).map_err(refused)?;
                Self::ed25519(&seed)
            }
            KeyKind::Rsa2048 => rsa(aws_lc_rs::rsa::KeySize::Rsa2048),
            KeyKind::Rsa3072 => rsa(aws_lc_rs::rsa::KeySize::Rsa3072),
            KeyKind::Rsa4096 => rsa(aws_lc_rs::rsa::KeySize::Rsa4096),
            KeyKind::Rsa1024 => Self::rsa(kind, pool(kind)[0]),
        }
    }

    fn seeded(kind: KeyKind, seed: u64, label: &str) -> Result<Self, ForgeError> {
        // A scalar outside the group's order is as good as impossible; the next counter then gives another.
        (0..=u8::MAX).find_map(|counter| Self::derived(kind, seed, label, counter)).ok_or(ForgeError::NoSeededKey(kind))
    }

    fn derived(kind: KeyKind, seed: u64, label: &str, counter: u8) -> Option<Self> {
        let first = derive(seed, "key", label, counter);
        if kind == KeyKind::Ed25519 {
            return Self::ed25519(&first).ok();
        }
        let mut scalar = [first, derive(seed, "key, more", label, counter), derive(seed, "key, most", label, counter)];
        // 521 bits are 65 octets and one bit.
        if kind == KeyKind::P521 {
            scalar[0][0] &= 1;
        }
        Self::of_scalar(kind, &scalar.concat()[..scalar_size(kind)?])
    }

    /// An EC key that signs the same message with the same octets each time (RFC 6979). None when the scalar is none.
    fn of_scalar(kind: KeyKind, scalar: &[u8]) -> Option<Self> {
        let (signer, point) = match kind {
            KeyKind::P256 => {
                let key = p256::ecdsa::SigningKey::from_slice(scalar).ok()?;
                let point = key.verifying_key().to_sec1_point(false).as_bytes().to_vec();
                (Signer::P256(key), point)
            }
            KeyKind::P384 => {
                let key = p384::ecdsa::SigningKey::from_slice(scalar).ok()?;
                let point = key.verifying_key().to_sec1_point(false).as_bytes().to_vec();
                (Signer::P384(key), point)
            }
            KeyKind::P521 => {
                let key = p521::ecdsa::SigningKey::from_slice(scalar).ok()?;
                let point = key.verifying_key().to_sec1_point(false).as_bytes().to_vec();
                (Signer::P521(key), point)
            }
            _ => return None,
        };
        Some(Self::ec(kind, signer, scalar, &point))
    }

    /// The same key, whose signatures of one message are the same octets each time.
    ///
    /// # Errors
    /// Never, for a key of this room.
    pub fn repeatable(self) -> Result<Self, ForgeError> {
        if !matches!(self.signer, Signer::Ecdsa(_)) {
            return Ok(self);
        }
        let scalar = sec1(&self.pkcs8).and_then(|mut private| match private.children().get(1)?.content.clone() {
            Content::Primitive(scalar) => Some(scalar),
            Content::Constructed(_) => None,
        });
        scalar.and_then(|scalar| Self::of_scalar(self.kind, &scalar)).ok_or(ForgeError::KeyNotTaken)
    }

    /// A private key in PKCS#8, SEC1 or PKCS#1 that somebody else made.
    ///
    /// # Errors
    /// When it is none of the kinds that can sign here.
    pub fn read(der: &[u8]) -> Result<Self, ForgeError> {
        for kind in [KeyKind::P256, KeyKind::P384, KeyKind::P521] {
            if let Ok(pair) = EcdsaKeyPair::from_private_key_der(ecdsa(kind), der) {
                return Self::ecdsa(kind, pair);
            }
        }
        if let Ok(pair) = RsaKeyPair::from_pkcs8(der).or_else(|_| RsaKeyPair::from_der(der)) {
            let pkcs8: aws_lc_rs::encoding::Pkcs8V1Der<'_> = pair.as_der().map_err(|_| ForgeError::KeyNotTaken)?;
            let kind = match pair.public_modulus_len() {
                256 => KeyKind::Rsa2048,
                384 => KeyKind::Rsa3072,
                512 => KeyKind::Rsa4096,
                _ => return Err(ForgeError::KeyNotTaken),
            };
            return Self::rsa(kind, pkcs8.as_ref());
        }
        Err(ForgeError::KeyNotTaken)
    }

    fn ecdsa(kind: KeyKind, pair: EcdsaKeyPair) -> Result<Self, ForgeError> {
        let pkcs8 = pair.to_pkcs8v1().map_err(|_| ForgeError::KeyNotTaken)?.as_ref().to_vec();
        let spki = ec_spki(kind, pair.public_key().as_ref());
        Ok(Self { kind, signer: Signer::Ecdsa(pair), pkcs8, spki })
    }

    fn ec(kind: KeyKind, signer: Signer, scalar: &[u8], point: &[u8]) -> Self {
        let private = Node::sequence(vec![
            Node::primitive(der::INTEGER, [1]),
            Node::primitive(der::OCTET_STRING, scalar),
            Node::constructed(0xA1, vec![Node::bit_string(point)]),
        ]);
        let pkcs8 = private_key_info(ec_algorithm(kind), private.write());
        Self { kind, signer, pkcs8, spki: ec_spki(kind, point) }
    }

    fn ed25519(seed: &[u8]) -> Result<Self, ForgeError> {
        let pair = Ed25519KeyPair::from_seed_unchecked(seed).map_err(|_| ForgeError::KeyNotTaken)?;
        let algorithm = || Node::sequence(vec![Node::oid("1.3.101.112")]);
        let spki = Node::sequence(vec![algorithm(), Node::bit_string(pair.public_key().as_ref())]).write();
        let pkcs8 = private_key_info(algorithm(), Node::primitive(der::OCTET_STRING, seed).write());
        Ok(Self { kind: KeyKind::Ed25519, signer: Signer::Ed25519(pair), pkcs8, spki })
    }

    fn rsa(kind: KeyKind, pkcs8: &[u8]) -> Result<Self, ForgeError> {
        let fast = RsaKeyPair::from_pkcs8(pkcs8).ok();
        let public = match &fast {
            Some(pair) => pair.public_key().as_ref().to_vec(),
            None => rsa_public_key(&slow_rsa(pkcs8)?),
        };
        let algorithm = Node::sequence(vec![Node::oid("1.2.840.113549.1.1.1"), Node::primitive(der::NULL, [])]);
        let spki = Node::sequence(vec![algorithm, Node::bit_string(&public)]).write();
        Ok(Self { kind, signer: Signer::Rsa(fast), pkcs8: pkcs8.to_vec(), spki })
    }

    /// The AlgorithmIdentifier of a signature by this key.
    pub fn signature_algorithm(&self, hash: SigningHash) -> Result<Node, ForgeError> {
        let unfit = Err(ForgeError::HashNotTaken { kind: self.kind, hash });
        let oid = match (&self.signer, hash) {
            (Signer::Rsa(..), SigningHash::Md5) => "1.2.840.113549.1.1.4",
            (Signer::Rsa(..), SigningHash::Sha1) => "1.2.840.113549.1.1.5",
            (Signer::Rsa(..), SigningHash::Sha256) => "1.2.840.113549.1.1.11",
            (Signer::Rsa(..), SigningHash::Sha384) => "1.2.840.113549.1.1.12",
            (Signer::Rsa(..), SigningHash::Sha512) => "1.2.840.113549.1.1.13",
            (Signer::Rsa(..), SigningHash::PssSha256) => return Ok(pss_algorithm()),
            (Signer::Ed25519(_), _) => "1.3.101.112",
            (_, SigningHash::Sha1) => "1.2.840.10045.4.1",
            (_, SigningHash::Sha256) => "1.2.840.10045.4.3.2",
            (_, SigningHash::Sha384) => "1.2.840.10045.4.3.3",
            (_, SigningHash::Sha512) => "1.2.840.10045.4.3.4",
            (_, SigningHash::Md5 | SigningHash::PssSha256) => return unfit,
        };
        let mut parts = vec![Node::oid(oid)];
        if self.kind.is_rsa() {
            parts.push(Node::primitive(der::NULL, []));
        }
        Ok(Node::sequence(parts))
    }

    /// The same key on P-256 or P-384, in a library that signs whatever digest it is given.
    fn with_any_hash(&self) -> Option<Self> {
        let mut info = Node::read(&self.pkcs8)?;
        let Content::Primitive(inner) = &info.children().get(2)?.content else { return None };
        let mut private = Node::read(inner)?;
        let Content::Primitive(scalar) = &private.children().get(1)?.content else { return None };
        let signer = match self.kind {
            KeyKind::P256 => Signer::P256(p256::ecdsa::SigningKey::from_slice(scalar).ok()?),
            KeyKind::P384 => Signer::P384(p384::ecdsa::SigningKey::from_slice(scalar).ok()?),
            _ => return None,
        };
        Some(Self { kind: self.kind, signer, pkcs8: self.pkcs8.clone(), spki: self.spki.clone() })
    }

    /// # Errors
    /// When the key cannot sign with that hash.
    pub fn sign(&self, hash: SigningHash, message: &[u8]) -> Result<Vec<u8>, ForgeError> {
        let unfit = || ForgeError::HashNotTaken { kind: self.kind, hash };
        match &self.signer {
            Signer::Ecdsa(pair) if hash == self.kind.hash() => {
                let signature = pair.sign(&SystemRandom::new(), message).map_err(|_| unfit())?;
                Ok(signature.as_ref().to_vec())
            }
            // aws-lc signs with the hash of the curve alone.
            Signer::Ecdsa(_) => self.with_any_hash().ok_or_else(unfit)?.sign(hash, message),
            Signer::P256(_) | Signer::P384(_) | Signer::P521(_) if hash == SigningHash::PssSha256 => Err(unfit()),
            Signer::P256(key) => {
                let prehash = prehash(hash, message);
                let signature: p256::ecdsa::Signature = key.sign_prehash(&prehash).map_err(|_| unfit())?;
                Ok(signature.to_der().as_bytes().to_vec())
            }
            Signer::P384(key) => {
                let prehash = prehash(hash, message);
                let signature: p384::ecdsa::Signature = key.sign_prehash(&prehash).map_err(|_| unfit())?;
                Ok(signature.to_der().as_bytes().to_vec())
            }
            Signer::P521(key) => {
                let prehash = prehash(hash, message);
                let signature: p521::ecdsa::Signature = key.sign_prehash(&prehash).map_err(|_| unfit())?;
                Ok(signature.to_der().as_bytes().to_vec())
            }
            Signer::Rsa(fast) => match (fast, rsa_encoding(hash)) {
                (Some(pair), Some(encoding)) => {
                    let mut signature = vec![0; pair.public_modulus_len()];
                    pair.sign(encoding, &SystemRandom::new(), message, &mut signature).map_err(|_| unfit())?;
                    Ok(signature)
                }
                _ if hash == SigningHash::PssSha256 => {
                    let salt = FixedBytes(digest::digest(&digest::SHA256, message).as_ref().to_vec());
                    // Fixed public keys and a salt fixed by the message: there is nothing to blind.
                    let padding = rsa::Pss::<sha2::Sha256> { blinded: false, ..rsa::Pss::new_with_salt(32) };
                    slow_rsa(&self.pkcs8)?
                        .sign_with_rng(&mut { salt }, padding, &prehash(hash, message))
                        .map_err(|_| unfit())
                }
                _ => slow_rsa(&self.pkcs8)?.sign(rsa_padding(hash), &prehash(hash, message)).map_err(|_| unfit()),
            },
            Signer::Ed25519(pair) => Ok(pair.sign(message).as_ref().to_vec()),
        }
    }
}

fn ecdsa(kind: KeyKind) -> &'static EcdsaSigningAlgorithm {
    match kind {
        KeyKind::P384 => &ECDSA_P384_SHA384_ASN1_SIGNING,
        KeyKind::P521 => &ECDSA_P521_SHA512_ASN1_SIGNING,
        _ => &ECDSA_P256_SHA256_ASN1_SIGNING,
    }
}

/// The key that the rsa crate signs with, where aws-lc does not.
fn slow_rsa(pkcs8: &[u8]) -> Result<rsa::PrivateKey, ForgeError> {
    rsa::PrivateKey::from_pkcs8_der(pkcs8).map_err(|_| ForgeError::KeyNotTaken)
}

/// DER of the RSAPublicKey.
fn rsa_public_key(key: &rsa::PrivateKey) -> Vec<u8> {
    let unsigned = |number: Vec<u8>| {
        let sign = if number.first().is_some_and(|byte| byte & 0x80 != 0) { vec![0] } else { vec![] };
        Node::primitive(der::INTEGER, [sign, number].concat())
    };
    let numbers = [key.n().to_be_bytes_trimmed_vartime().to_vec(), key.e().to_be_bytes_trimmed_vartime().to_vec()];
    Node::sequence(numbers.map(unsigned).into()).write()
}

/// Octets of a private scalar; none where keys have no such thing.
fn scalar_size(kind: KeyKind) -> Option<usize> {
    match kind {
        KeyKind::P256 => Some(32),
        KeyKind::P384 => Some(48),
        KeyKind::P521 => Some(66),
        _ => None,
    }
}

/// What a PrivateKeyInfo wraps: of an EC key its ECPrivateKey.
pub(super) fn sec1(pkcs8: &[u8]) -> Option<Node> {
    match Node::read(pkcs8)?.children().get(2)?.content {
        Content::Primitive(ref wrapped) => Node::read(wrapped),
        Content::Constructed(_) => None,
    }
}

pub(super) fn ec_algorithm(kind: KeyKind) -> Node {
    let curve = match kind {
        KeyKind::P384 => "1.3.132.0.34",
        KeyKind::P521 => "1.3.132.0.35",
        _ => "1.2.840.10045.3.1.7",
    };
    Node::sequence(vec![Node::oid("1.2.840.10045.2.1"), Node::oid(curve)])
}

fn ec_spki(kind: KeyKind, point: &[u8]) -> Vec<u8> {
    Node::sequence(vec![ec_algorithm(kind), Node::bit_string(point)]).write()
}

fn private_key_info(algorithm: Node, key: Vec<u8>) -> Vec<u8> {
    Node::sequence(vec![Node::primitive(der::INTEGER, [0]), algorithm, Node::primitive(der::OCTET_STRING, key)]).write()
}

fn prehash(hash: SigningHash, message: &[u8]) -> Vec<u8> {
    match hash {
        SigningHash::Md5 => md5::Md5::digest(message).to_vec(),
        SigningHash::Sha1 => sha1::Sha1::digest(message).to_vec(),
        SigningHash::Sha256 | SigningHash::PssSha256 => digest::digest(&digest::SHA256, message).as_ref().to_vec(),
        SigningHash::Sha384 => digest::digest(&digest::SHA384, message).as_ref().to_vec(),
        SigningHash::Sha512 => digest::digest(&digest::SHA512, message).as_ref().to_vec(),
    }
}

fn rsa_encoding(hash: SigningHash) -> Option<&'static dyn signature::RsaEncoding> {
    match hash {
        SigningHash::Sha256 => Some(&signature::RSA_PKCS1_SHA256),
        SigningHash::Sha384 => Some(&signature::RSA_PKCS1_SHA384),
        SigningHash::Sha512 => Some(&signature::RSA_PKCS1_SHA512),
        SigningHash::Md5 | SigningHash::Sha1 | SigningHash::PssSha256 => None,
    }
}

fn rsa_padding(hash: SigningHash) -> Pkcs1v15Sign {
    match hash {
        SigningHash::Md5 => Pkcs1v15Sign::new::<md5::Md5>(),
        SigningHash::Sha1 => Pkcs1v15Sign::new::<sha1::Sha1>(),
        SigningHash::Sha256 | SigningHash::PssSha256 => Pkcs1v15Sign::new::<sha2::Sha256>(),
        SigningHash::Sha384 => Pkcs1v15Sign::new::<sha2::Sha384>(),
        SigningHash::Sha512 => Pkcs1v15Sign::new::<sha2::Sha512>(),
    }
}

/// RSASSA-PSS-params: SHA-256, MGF1 with SHA-256, salt of 32 octets.
fn pss_algorithm() -> Node {
    let sha256 = || Node::sequence(vec![Node::oid("2.16.840.1.101.3.4.2.1"), Node::primitive(der::NULL, [])]);
    let mgf1 = Node::sequence(vec![Node::oid("1.2.840.113549.1.1.8"), sha256()]);
    let parameters = Node::sequence(vec![
        Node::constructed(0xA0, vec![sha256()]),
        Node::constructed(0xA1, vec![mgf1]),
        Node::constructed(0xA2, vec![Node::primitive(der::INTEGER, [32])]),
    ]);
    Node::sequence(vec![Node::oid("1.2.840.113549.1.1.10"), parameters])
}

/// A "random" source that repeats its bytes, so that PSS salts are the same every time.
struct FixedBytes(Vec<u8>);

impl rsa::rand_core::TryRng for FixedBytes {
    type Error = std::convert::Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Self::Error> {
        let mut bytes = [0; 4];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u32::from_be_bytes(bytes))
    }

    fn try_next_u64(&mut self) -> Result<u64, Self::Error> {
        let mut bytes = [0; 8];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u64::from_be_bytes(bytes))
    }

    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), Self::Error> {
        out.iter_mut().zip(self.0.iter().cycle()).for_each(|(out, byte)| *out = *byte);
        Ok(())
    }
}

impl rsa::rand_core::TryCryptoRng for FixedBytes {}

fn derive(seed: u64, purpose: &str, label: &str, counter: u8) -> Vec<u8> {
    let message = format!("certproof {purpose}/{seed}/{counter}/{label}");
    digest::digest(&digest::SHA256, message.as_bytes()).as_ref().to_vec()
}

/// RSA keys that everybody can read in the repository: their generation is slow and not reproducible.
fn pool(kind: KeyKind) -> &'static [&'static [u8]] {
    match kind {
        KeyKind::Rsa1024 => &[include_bytes!("pool/rsa1024-0.p8")],
        KeyKind::Rsa3072 => &[include_bytes!("pool/rsa3072-0.p8"), include_bytes!("pool/rsa3072-1.p8")],
        KeyKind::Rsa4096 => &[
            include_bytes!("pool/rsa4096-0.p8"),
            include_bytes!("pool/rsa4096-1.p8"),
            include_bytes!("pool/rsa4096-2.p8"),
            include_bytes!("pool/rsa4096-3.p8"),
            include_bytes!("pool/rsa4096-4.p8"),
            include_bytes!("pool/rsa4096-5.p8"),
        ],
        _ => &[
            include_bytes!("pool/rsa2048-0.p8"),
            include_bytes!("pool/rsa2048-1.p8"),
            include_bytes!("pool/rsa2048-2.p8"),
            include_bytes!("pool/rsa2048-3.p8"),
            include_bytes!("pool/rsa2048-4.p8"),
            include_bytes!("pool/rsa2048-5.p8"),
        ],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_and_a_label_name_one_key() {
        let key = |seed, label| KeyRing::new(KeySource::Seeded(seed)).key(KeyKind::P256, label).unwrap();
        assert_eq!(key(1, "root").pkcs8(), key(1, "root").pkcs8());
        assert_ne!(key(1, "root").spki(), key(1, "leaf").spki());
        assert_ne!(key(1, "root").spki(), key(2, "root").spki());
    }

    #[test]
    fn other_people_read_the_keys_that_are_made_here() {
        for source in [KeySource::Pooled, KeySource::Seeded(7)] {
            for kind in [KeyKind::P256, KeyKind::P384, KeyKind::P521, KeyKind::Rsa2048, KeyKind::Ed25519] {
                let key = KeyRing::new(source).key(kind, "k").unwrap();
                let bits = crate::pki::key::public_key(key.pkcs8()).unwrap();
                assert!(key.spki().ends_with(&bits), "{kind:?} from {source:?}");
            }
        }
    }

    #[test]
    fn a_repeatable_key_is_the_same_key_and_signs_the_same_octets_each_time() {
        for kind in [KeyKind::P256, KeyKind::P384, KeyKind::P521] {
            let fresh = KeyRing::new(KeySource::Fresh).key(kind, "k").unwrap();
            let spki = fresh.spki().to_vec();
            let key = fresh.repeatable().unwrap();
            assert_eq!(key.spki(), spki);
            let sign = || key.sign(kind.hash(), b"message").unwrap();
            assert_eq!(sign(), sign());
        }
    }

    #[test]
    fn debug_shows_no_key() {
        let key = KeyRing::new(KeySource::Seeded(7)).key(KeyKind::P256, "k").unwrap();
        assert_eq!(format!("{key:?}"), "P256 key");
    }
}
