//! EXPLAINING: from an error text that somebody pasted to the stage at which it arose, its likely causes and the way out.

pub mod symptoms;

pub use symptoms::{Symptom, find};
