//! READING: PEM, certificates, names, keys and chains. Content never makes reading fail: it becomes data to judge.
//!
//! This room knows X.509 and nothing of Temporal. Chain judgement exists once, in [`chain`].

pub mod bundle;
pub mod certificate;
pub mod chain;
pub mod clock;
pub mod constraints;
pub mod key;
pub mod name;
pub mod normal;
pub mod pem;
pub mod policy;
pub mod source;
mod strict;
pub mod wrapping;

pub use bundle::{Bundle, Content, Entry};
pub use certificate::Certificate;
pub use clock::Clock;
pub use name::Name;
