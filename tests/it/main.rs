//! Integration tests in one binary: a walk over the test data, the wire, the command line, properties.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod agreement;
mod cli;
mod common;
mod config;
mod explain;
mod faults;
mod filters;
mod flaws;
mod formats;
mod found;
mod frames;
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
mod served;
mod serving;
mod snapshots;
mod upstream;
mod worlds;
mod worst_chains;
