//! MAKING: certificate hierarchies, good ones and every known way of breaking one.
//!
//! A [`Recipe`] is a hierarchy as data, a [`Flaw`] is one edit to it, [`Recipe::forge`] turns it into the files of a
//! kit. This room never judges what it makes; that the judges agree is proved in the tests.

pub mod der;
pub mod flaw;
pub mod issue;
pub mod key;
pub mod key_encoding;
pub mod plan;
pub mod public;
mod ready;
pub mod recipe;
pub mod server;
pub mod single;
pub mod write;

pub use flaw::Flaw;
pub use key::{Key, KeyKind, KeyRing, KeySource, SigningHash};
pub use key_encoding::{KeyEncoding, Password};
pub use plan::{Plan, PlanError};
pub use ready::{broken, good};
pub use recipe::{BundleForm, Forged, Recipe};

/// Why something could not be made.
#[derive(Debug, thiserror::Error)]
pub enum ForgeError {
    #[error("the system has no randomness to make keys from")]
    NoRandomness,
    #[error("a {kind:?} key cannot be written as {encoding}")]
    NoSuchEncoding { kind: KeyKind, encoding: &'static str },
    #[error("the password does not open the private key")]
    WrongPassword,
    #[error("the private key is encrypted in a way that is not read here: {0}")]
    EncryptionNotTaken(String),
    #[error("{0:?} keys cannot be made from a seed")]
    NoSeededKey(KeyKind),
    #[error("the private key is not an unencrypted P-256, P-384, P-521 or RSA (2048, 3072, 4096) key")]
    KeyNotTaken,
    #[error("a {kind:?} key cannot sign with {hash:?}")]
    HashNotTaken { kind: KeyKind, hash: SigningHash },
    #[error("the certificate cannot be encoded: {0}")]
    NotEncodable(String),
    #[error(
        "a client made with a seed has a key that everybody can have, and the CA is not marked `{}`; make the CA with a \
         seed as well",
        public::MARK
    )]
    PublicKeyBelowPrivateAuthority,
    #[error("no flaw is named `{0}`")]
    UnknownFlaw(String),
    #[error("`{path}` exists already; nothing was written, and --force would replace it")]
    Exists { path: std::path::PathBuf },
    #[error("two outputs go to `{path}`; nothing was written")]
    SameFile { path: std::path::PathBuf },
    #[error("`{path}` is no regular file, and is not replaced; nothing was written")]
    NotRegular { path: std::path::PathBuf },
    #[error("interrupted; nothing was written")]
    Interrupted,
    #[error("cannot write `{path}`: {source}")]
    Write { path: std::path::PathBuf, source: std::io::Error },
}
