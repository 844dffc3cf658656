//! The CA bundle of the machine, where there is one: real certificates of many ages and makers.

use std::path::Path;
use std::process::{Command, Stdio};

use certproof::pki::Bundle;
use serde_json::Value;

use super::child::{Finished, Running, STEP};
use super::{certproof, folder};
use crate::Result;

/// Where Debian and its like keep it.
const BUNDLE: &str = "/etc/ssl/certs/ca-certificates.crt";

/// Rules whose findings on such a bundle were looked at and are right: it is larger than the cloud allows, its CAs are
/// public, some are old and expired, were signed with SHA-1, or bear each other's name.
const SEEN: [&str; 10] = [
    "bundle-too-many",
    "bundle-too-large",
    "bundle-size-doubtful",
    "bundle-public-ca",
    "bundle-public-ca-unfiltered",
    "bundle-same-name",
    "ca-basic-constraints-not-critical",
    "ca-expired",
    "ca-expires-soon",
    "ca-signature-weak",
];

/// # Errors
/// When a command fails on it, loses a certificate, or finds something that nobody has looked at.
pub fn try_out() -> Result {
    let path = Path::new(BUNDLE);
    if !path.is_file() {
        println!("{BUNDLE} is not there, so it is not tried");
        return Ok(());
    }
    let count = Bundle::read(BUNDLE, &std::fs::read(path)?).entries.len();
    let checked = run("check", &["check", BUNDLE, "--format", "json"])?;
    let report: Value = serde_json::from_str(&checked.stdout)?;
    let found = report["cases"].as_array().into_iter().flatten().filter_map(|case| case["rule"].as_str());
    let found: Vec<_> = found.collect();
    if let Some(other) = found.iter().find(|rule| !SEEN.contains(rule)) {
        return Err(format!("{BUNDLE}: look at what {other} finds, and list it or mend it").into());
    }
    let shown = run("inspect", &["inspect", BUNDLE])?;
    let subjects = shown.stdout.lines().filter(|line| line.trim_start().starts_with("subject ")).count();
    let fixed = folder().join("system.pem");
    let fixed_path = fixed.display().to_string();
    if fixed.exists() {
        std::fs::remove_file(&fixed)?;
    }
    run("fix", &["fix", BUNDLE, "-o", &fixed_path])?;
    let kept = Bundle::read("fixed", &std::fs::read(&fixed)?).certificates().count();
    if subjects != count || kept != count {
        return Err(format!("{BUNDLE} has {count} blocks, inspect shows {subjects}, fix keeps {kept}").into());
    }
    println!("check, inspect and fix take {BUNDLE}, {count} certificates; no finding that nobody has looked at");
    Ok(())
}

fn run(name: &str, arguments: &[&str]) -> Result<Finished> {
    let mut command = Command::new(certproof()?);
    let finished =
        Running::start(&format!("{name} of the system"), command.args(arguments), Stdio::null(), STEP)?.finish()?;
    match finished.status.code() {
        Some(0 | 1) => Ok(finished),
        _ => Err(finished.unexpected("it should have judged").into()),
    }
}
