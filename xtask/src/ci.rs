//! The whole of CI in its order, ending with the test runner's own summary.

use std::time::Instant;

use crate::{Result, root, run};

/// The README's test command.
const TEST: [&str; 3] = ["test", "--workspace", "--all-features"];

/// That the fuzz targets, which are a workspace of their own, still compile.
const FUZZ_TARGETS: [&str; 6] =
    ["check", "--quiet", "--manifest-path", "fuzz/Cargo.toml", "--target-dir", "target/fuzz-check"];

type Step = fn() -> Result;

/// Everything before the tests, in its order.
const STEPS: [(&str, Step); 15] = [
    ("format", || run("cargo", &["fmt", "--all", "--check"])),
    ("clippy", || run("cargo", &["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"])),
    ("clippy with all features", || {
        run("cargo", &["clippy", "--workspace", "--all-targets", "--all-features", "--", "-D", "warnings"])
    }),
    ("features alone", features_stand_alone),
    ("light features", light_features_are_light),
    ("protos", || run("cargo", &["xtask", "protos", "--check"])),
    ("documentation", docs),
    ("no sabotage in releases", sabotage_is_not_for_release),
    ("sabotage", || run("cargo", &["xtask", "sabotage"])),
    ("fuzz targets", || run("cargo", &FUZZ_TARGETS)),
    ("deny", deny),
    ("fuzz-smoke", || run("cargo", &["xtask", "fuzz-smoke"])),
    ("report-look", || run("cargo", &["xtask", "report-look"])),
    ("interop", || run("cargo", &["xtask", "interop"])),
    ("10,000 worlds", many_worlds),
];

pub fn all() -> Result {
    let mut spent = String::new();
    for (name, step) in STEPS {
        let start = Instant::now();
        step()?;
        spent.push_str(&format!("{:>5} s  {name}\n", start.elapsed().as_secs()));
    }
    println!("{spent}");
    run("cargo", &TEST)
}

fn features_stand_alone() -> Result {
    let check = |features: &&str| run("cargo", &["check", "--lib", "--no-default-features", "--features", features]);
    ["", "check", "forge", "wire", "check,forge"].iter().try_for_each(check)
}

/// Model, rules and wire on ten thousand random worlds; an ordinary test run has a few hundred.
fn many_worlds() -> Result {
    let arguments = ["test", "--all-features", "--test", "it", "--", "worlds::"];
    println!("$ CERTPROOF_WORLDS=10000 cargo {}", arguments.join(" "));
    let mut cargo = std::process::Command::new("cargo");
    let status = cargo.args(arguments).env("CERTPROOF_WORLDS", "10000").current_dir(root()).status()?;
    if status.success() { Ok(()) } else { Err("model, rules and wire do not agree".into()) }
}

/// As a dev-dependency for judging and forging, certproof brings neither an async runtime nor an argument parser.
fn light_features_are_light() -> Result {
    const HEAVY: [&str; 5] = ["tokio", "clap", "rustls", "h2", "annotate-snippets"];
    let arguments =
        ["tree", "--no-default-features", "--features", "check,forge", "--edges", "normal", "--prefix", "none"];
    let output = std::process::Command::new("cargo").args(arguments).current_dir(root()).output()?;
    let tree = String::from_utf8_lossy(&output.stdout);
    let names: Vec<_> = tree.lines().filter_map(|line| line.split(' ').next()).collect();
    if !output.status.success() || names.len() < 10 {
        return Err("cargo tree did not list the dependencies".into());
    }
    match HEAVY.iter().find(|heavy| names.contains(heavy)) {
        Some(heavy) => Err(format!("the features check and forge pull {heavy}").into()),
        None => Ok(()),
    }
}

/// The library's documentation, with every link checked.
fn docs() -> Result {
    let arguments = ["doc", "--quiet", "--no-deps", "--all-features"];
    println!("$ RUSTDOCFLAGS='-D warnings' cargo {}", arguments.join(" "));
    let mut cargo = std::process::Command::new("cargo");
    let status = cargo.args(arguments).env("RUSTDOCFLAGS", "-D warnings").current_dir(root()).status()?;
    if status.success() { Ok(()) } else { Err("the documentation has faults".into()) }
}

/// A release build with sabotage must not compile.
fn sabotage_is_not_for_release() -> Result {
    let arguments = ["check", "--release", "--lib", "--features", "sabotage", "--message-format", "short"];
    println!("$ cargo {} (must fail)", arguments.join(" "));
    let output = std::process::Command::new("cargo").args(arguments).current_dir(root()).output()?;
    let said = String::from_utf8_lossy(&output.stderr);
    if output.status.success() || !said.contains("never part of a release build") {
        return Err("a release build with sabotage compiles, or fails for another reason".into());
    }
    Ok(())
}

/// Licences, bans and sources always; advisories where their database can be had.
fn deny() -> Result {
    if std::process::Command::new("cargo").args(["deny", "--version"]).output().is_ok_and(|out| !out.status.success()) {
        run("cargo", &["install", "cargo-deny", "--locked", "--version", "0.20.2"])?;
    }
    run("cargo", &["deny", "--log-level", "error", "check", "bans", "licenses", "sources"])?;
    let output =
        std::process::Command::new("cargo").args(["deny", "check", "advisories"]).current_dir(root()).output()?;
    let said = String::from_utf8_lossy(&output.stderr);
    if output.status.success() {
        println!("advisories ok");
    } else if said.contains("failed to fetch advisory database") {
        println!("advisories NOT checked: their database cannot be fetched from here");
    } else {
        print!("{said}");
        return Err("cargo deny found advisories".into());
    }
    Ok(())
}
