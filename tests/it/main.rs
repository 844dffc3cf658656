//! Integration tests in one binary: a walk over the test data, the wire, the command line, properties.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod agreement;
mod cli;
mod common;
mod config;
mod explain;
mod filters;
mod flaws;
mod formats;
mod found;
mod hostile;
mod hostile_chains;
mod inputs;
mod judging;
mod keys;
mod library;
mod matrix;
mod pairs;
mod pem;
mod readme;
mod secrets;
mod worst_chains;

mod snapshots;
mod upstream;
