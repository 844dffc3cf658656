//! Installs a program by Debian's package manager, for machines that start bare.

use std::process::{Command, Stdio};
use std::sync::Mutex;

use crate::Result;

/// One package for all who miss it; what is there already is left as it is.
///
/// # Errors
/// When it cannot be installed, with what its user can do.
pub fn install(package: &str) -> Result {
    // Two of ours would wait for each other's lock.
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    let _turn = ONE_AT_A_TIME.lock();
    eprintln!("installing {package}");
    apt_get(&["update", "-qq"])
        .and_then(|()| apt_get(&["install", "-y", "-qq", "--no-install-recommends", package]))
        .map_err(|why| format!("{package} is missing; install it, for here apt-get cannot (no root?): {why}").into())
}

/// It waits two minutes for somebody else's lock, and never for a server that says nothing.
fn apt_get(arguments: &[&str]) -> Result {
    let mut command = Command::new("apt-get");
    command.args(["-o", "DPkg::Lock::Timeout=120", "-o", "Acquire::Retries=3"]);
    command.args(["-o", "Acquire::http::Timeout=60", "-o", "Acquire::https::Timeout=60"]);
    command.args(arguments).env("DEBIAN_FRONTEND", "noninteractive").stdin(Stdio::null());
    let output = command.output().map_err(|error| format!("apt-get: {error}"))?;
    if output.status.success() {
        return Ok(());
    }
    Err(String::from_utf8_lossy(&output.stderr).trim().to_owned().into())
}
