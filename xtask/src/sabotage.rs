//! That the matrix notices a wrong gate: one binary passes it whole as it is, and in part with each sabotage.
//!
//! The binary is built once, with the feature `sabotage`, and told by name how to be wrong. A sabotage that no cell
//! notices is a fault that the matrix would not find in a real gate either, and fails the run. So do two that the same
//! scenarios notice, since one of them then proves nothing.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

use certproof::wire::sabotage::Sabotage;
use rayon::prelude::*;
use serde_json::Value;

use crate::{Result, root, run};

const BUILD: [&str; 7] = ["build", "--quiet", "--package", "certproof", "--bin", "certproof", "--features"];

/// Columns of a line.
const WIDTH: usize = 80;

pub fn check() -> Result {
    run("cargo", &[&BUILD[..], &["sabotage"]].concat())?;
    let certproof = root().join("target/debug").join(format!("certproof{}", std::env::consts::EXE_SUFFIX));
    let right = play(&certproof, None)?;
    if let Some(id) = right.noticed.first() {
        return Err(format!("the gate as it is does not pass the matrix, {id} for one").into());
    }
    println!("{} cells pass at the gate as it is\n", right.cells);
    let played: Vec<_> =
        Sabotage::ALL.into_par_iter().map(|sabotage| (sabotage, play(&certproof, Some(sabotage)))).collect();
    let mut wrong = Vec::new();
    let mut seen = BTreeMap::new();
    for (sabotage, played) in played {
        let name = sabotage.name();
        let noticed = played.map_err(|error| format!("{name}: {error}"))?.noticed;
        print!("{}", told(sabotage, &noticed));
        if noticed.is_empty() {
            wrong.push(format!("no cell notices {name}"));
        } else if let Some(other) = seen.insert(noticed, name) {
            wrong.push(format!("the same cells notice {other} and {name}"));
        }
    }
    if !wrong.is_empty() {
        return Err(wrong.join("\n").into());
    }
    println!("\n{} sabotages, each noticed, no two by the same cells", Sabotage::ALL.len());
    Ok(())
}

struct Played {
    cells: usize,
    /// Those that did not come out as expected.
    noticed: Vec<String>,
}

fn play(certproof: &Path, sabotage: Option<Sabotage>) -> std::result::Result<Played, String> {
    let arguments = sabotage.map(|sabotage| ["--sabotage", sabotage.name()]);
    let mut command = Command::new(certproof);
    command.args(["matrix", "--format", "json"]).args(arguments.iter().flatten());
    let output = command.output().map_err(|error| error.to_string())?;
    let said = || String::from_utf8_lossy(&output.stderr).into_owned();
    let report: Value = serde_json::from_slice(&output.stdout).map_err(|_| said())?;
    // A gate may be so wrong that the clients that come first and last notice.
    let is_doubt = |trouble: &Value| trouble.as_str().is_some_and(|trouble| trouble.starts_with("sanity-"));
    let troubles = report["troubles"].as_array().map(Vec::as_slice).unwrap_or_default();
    let Some(cases) = report["cases"].as_array().filter(|_| troubles.iter().all(is_doubt)) else {
        return Err(format!("not every cell was played: {}", report["troubles"]));
    };
    let failed = cases.iter().filter(|case| case["verdict"] != "pass");
    let noticed = failed.filter_map(|case| case["exchange"]["id"].as_str()).map(str::to_owned).collect();
    Ok(Played { cells: cases.len(), noticed })
}

/// What the gate did, how many scenarios noticed, and the first of them, as many as fit a line.
fn told(sabotage: Sabotage, noticed: &[String]) -> String {
    let mut out = format!("{}: {}\n", sabotage.name(), sabotage.what());
    let mut line = format!("{:>8}  ", noticed.len());
    for (position, id) in noticed.iter().enumerate() {
        let is_last = position + 1 == noticed.len();
        let separator = if position == 0 { "" } else { ", " };
        let room = if is_last { WIDTH } else { WIDTH - ", …".len() };
        if line.chars().count() + separator.len() + id.len() > room {
            line.push_str(", …");
            break;
        }
        let _ = write!(line, "{separator}{id}");
    }
    let _ = writeln!(out, "{line}");
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_line_is_longer_than_80_columns() {
        let ids: Vec<_> = certproof::matrix::scenarios::ALL.iter().map(|scenario| scenario.id.to_owned()).collect();
        for (sabotage, count) in Sabotage::ALL.into_iter().zip(0..) {
            let text = told(sabotage, &ids[count..count * 2]);
            assert!(text.lines().all(|line| line.chars().count() <= WIDTH), "{text}");
        }
    }
}
