//! Other people's programs judge what we make, serve, print and say of them: Go, OpenSSL, and Python's packages.

mod armour;
mod chains;
mod child;
mod corners;
mod divergences;
mod door;
mod facts;
mod formats;
pub mod gateways;
mod keys;
mod mutations;
mod openssl;
mod readers;
mod single;
pub mod stacks;
mod system;
mod tools;

use std::path::PathBuf;

use crate::{Result, root, run as run_in_root};

/// Namespaces of the hierarchy that the door serves: the client's own, and another of the same account.
const OURS: &str = "orders.f45a2";

pub fn run() -> Result {
    let go = tools::go()?;
    let (python, _) = tools::python_with_sdk()?;
    tools::openssl()?;
    chains::compare(&go)?;
    armour::compare()?;
    readers::compare(&python)?;
    facts::compare()?;
    facts::verify_recipes()?;
    run_in_root("cargo", &["build", "--quiet", "--package", "certproof", "--bin", "certproof"])?;
    formats::read()?;
    system::try_out()?;
    let pki = door::pki()?;
    openssl::connect(&pki)?;
    keys::read(&python)?;
    single::verify()?;
    gateways::run()?;
    stacks::run()
}

/// Where everything goes that these checks install and write.
fn folder() -> PathBuf {
    root().join("target").join("interop")
}

/// The binary that was built beside this one.
fn certproof() -> Result<PathBuf> {
    Ok(std::env::current_exe()?.with_file_name(format!("certproof{}", std::env::consts::EXE_SUFFIX)))
}
