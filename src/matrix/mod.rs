//! PROVING: scenarios with a written expectation, tried on real sockets, and what both ends saw.
//!
//! Expectations are literals in [`scenarios`]: nothing here computes them, so that the gate cannot agree with itself.

mod lab;
pub mod run;
pub mod scenarios;

pub use run::{Options, run};
pub use scenarios::Scenario;

/// Why the matrix could not be run at all.
#[derive(Debug, thiserror::Error)]
pub enum MatrixError {
    #[error(transparent)]
    Forge(#[from] crate::forge::ForgeError),
    #[error(transparent)]
    Wire(#[from] crate::wire::WireError),
    #[error("the system has no randomness to make keys from")]
    NoRandomness,
}
