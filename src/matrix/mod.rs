//! PROVING: scenarios with a written expectation, tried on real sockets, and what both ends saw.
//!
//! Expectations are literals in [`scenarios`], and in the [`product`] what the [`model`] says, which shares nothing with
//! the gate: so the gate cannot agree with itself.

pub mod cell;
pub mod export;
pub mod homes;
mod lab;
pub mod model;
pub mod outsider;
pub mod product;
pub mod recipes;
mod request;
pub mod run;
pub mod scenario;
pub mod scenarios;
pub mod story;
mod verdict;

pub use cell::Cell;
pub use run::{Against, Options, run};
pub use scenario::Scenario;

/// Why the matrix could not be run at all.
#[derive(Debug, thiserror::Error)]
pub enum MatrixError {
    #[error(transparent)]
    Forge(#[from] crate::forge::ForgeError),
    #[error(transparent)]
    Wire(#[from] crate::wire::WireError),
    #[error("a request cannot be written: {0}")]
    Request(#[from] std::io::Error),
    #[error("a server certificate of the matrix is missing")]
    NoServer,
    #[error("the system has no randomness to make keys from")]
    NoRandomness,
}
