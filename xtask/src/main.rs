//! Chores of the project: generated pages and test data, scaffolding, tidiness, interop, the whole of CI.

mod apt;
mod ci;
mod docs;
mod interop;
mod new_rule;
mod protos;
mod report_look;
mod sabotage;
mod testdata;
mod tidy;

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

type Result<T = ()> = std::result::Result<T, Box<dyn std::error::Error>>;

const USAGE: &str = "\
usage: cargo xtask CHORE

  docs            write the generated pages: rules, scenarios, the README's output
  testdata        forge testdata/rules again
  protos          write what the front door knows of Temporal's API, from the protos of the official crate
  new-rule ID     scaffold a rule and its flaw
  tidy            check the direction rules
  sabotage        weaken the gate in every way we know, and see that scenarios notice each
  interop         let other people's tools, SDKs and gateways judge what we make, serve and say
  interop gateways  only the matrix against nginx, HAProxy and Envoy
  interop stacks  only that: Temporal's SDKs and the TLS of many languages come to the door; --write publishes what they say
  bench check     how fast we judge, beside openssl, GnuTLS and bare signatures; --strict fails on a miss
  bench chains    what the worst client chains cost, beside a good one and plain webpki; --strict fails above 20 ms
  bench forge     how fast hierarchies are made, beside bare cryptography and openssl; --strict fails on a miss
  bench matrix    how long a run takes, beside as many bare handshakes; --strict fails on a miss
  bench serve     what the front door costs, beside tokio-rustls, nginx, haproxy, Go and hyper; --strict fails on a miss
  fuzz-smoke      100,000 damaged files: no panic, no hang, bounded memory; --inputs, --seed, --only
  report-look     what a browser makes of HTML reports, with screenshots; --strict fails when there is no browser
  ci              everything that .ci/run wants, in its order

`docs --check`, `testdata --check` and `protos --check` write nothing and fail when something is out of date.";

fn main() -> ExitCode {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
    let done = match arguments.as_slice() {
        ["docs"] => docs::write(),
        ["docs", "--check"] => docs::check(),
        ["testdata"] => testdata::write(),
        ["testdata", "--check"] => testdata::check(),
        ["protos"] => protos::write(),
        ["protos", "--check"] => protos::check(),
        ["new-rule", id] => new_rule::scaffold(id),
        ["tidy"] => tidy::check(),
        ["sabotage"] => sabotage::check(),
        ["interop"] => interop::run(),
        ["interop", "stacks"] => interop::stacks::run(),
        ["interop", "gateways"] => interop::gateways::run(),
        ["interop", "stacks", "--write"] => interop::stacks::write(),
        ["bench", "check", rest @ ..] => optimised("release", "bench", rest),
        ["bench", "chains", rest @ ..] => optimised("release", "bench-chains", rest),
        ["bench", "forge", rest @ ..] => optimised("release", "bench-forge", rest),
        ["bench", "matrix", rest @ ..] => optimised("release", "bench-matrix", rest),
        ["bench", "serve", rest @ ..] => optimised("release", "bench-serve", rest),
        ["fuzz-smoke", rest @ ..] => optimised("smoke", "fuzz-smoke", rest),
        ["report-look", rest @ ..] => report_look::run(rest),
        ["ci"] => ci::all(),
        _ => {
            eprintln!("{USAGE}");
            return ExitCode::from(2);
        }
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Builds and runs one of the chores that are programs of their own.
fn optimised(profile: &str, program: &str, arguments: &[&str]) -> Result {
    let cargo = ["run", "--quiet", "--profile", profile, "--package", "xtask", "--bin", program, "--"];
    run("cargo", &[&cargo[..], arguments].concat())
}

/// The folder of the workspace.
fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here).to_owned()
}

/// Runs a command in the root and fails when it fails.
fn run(program: &str, arguments: &[&str]) -> Result {
    println!("$ {program} {}", arguments.join(" "));
    let status = Command::new(program).args(arguments).current_dir(root()).status()?;
    if status.success() { Ok(()) } else { Err(format!("{program} {} ended with {status}", arguments.join(" ")).into()) }
}

/// A generated file: path below the root, and contents.
struct Generated {
    path: PathBuf,
    bytes: Vec<u8>,
}

/// Writes what differs.
fn write_all(files: &[Generated]) -> Result {
    for file in files {
        let path = root().join(&file.path);
        if std::fs::read(&path).ok().as_ref() != Some(&file.bytes) {
            if let Some(folder) = path.parent() {
                std::fs::create_dir_all(folder)?;
            }
            std::fs::write(&path, &file.bytes)?;
            println!("wrote {}", file.path.display());
        }
    }
    Ok(())
}

/// Names everything that is not as it would be generated.
fn compare_all(files: &[Generated]) -> Result {
    let stale = files.iter().filter(|file| std::fs::read(root().join(&file.path)).ok().as_ref() != Some(&file.bytes));
    let stale: Vec<_> = stale.map(|file| file.path.display().to_string()).collect();
    if stale.is_empty() { Ok(()) } else { Err(format!("out of date: {}", stale.join(", ")).into()) }
}
