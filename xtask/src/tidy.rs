//! The direction rules of the architecture, read off the `use` lines.

use std::path::{Path, PathBuf};

use crate::{Result, root};

/// Rooms from the lowest up, each with the rooms that it may import.
const MAY_IMPORT: [(&str, &[&str]); 10] = [
    ("report", &[]),
    ("pki", &["report"]),
    ("cloud", &["report", "pki"]),
    ("readers", &["report", "pki", "cloud"]),
    ("rules", &["report", "pki", "cloud"]),
    ("forge", &["report", "pki", "cloud"]),
    ("wire", &["report", "pki", "cloud"]),
    ("matrix", &["report", "pki", "cloud", "rules", "forge", "wire"]),
    ("diagnose", &["report", "pki", "cloud", "rules", "forge", "wire"]),
    ("cli", &["report", "pki", "cloud", "readers", "rules", "forge", "wire", "matrix", "diagnose"]),
];

/// Crates with an owner: who else names them is out of line.
const OWNERS: [(&str, &[&str]); 8] = [
    ("x509_parser", &["pki/certificate.rs"]),
    ("webpki", &["pki/chain.rs", "wire/weakened.rs"]),
    ("rcgen", &["forge/"]),
    ("rustls", &["wire/"]),
    ("tokio", &["wire/", "matrix/run.rs", "cli/matrix.rs", "cli/serve.rs"]),
    ("h2", &["wire/"]),
    ("clap", &["cli/"]),
    ("annotate_snippets", &["report/full.rs"]),
];

pub fn check() -> Result {
    let complaints = complaints()?;
    if complaints.is_empty() { Ok(()) } else { Err(complaints.join("\n").into()) }
}

fn complaints() -> Result<Vec<String>> {
    let mut complaints = Vec::new();
    for path in sources(&root().join("src"))? {
        let text = std::fs::read_to_string(&path)?;
        let shown = path.strip_prefix(root().join("src")).unwrap_or(&path).display().to_string();
        if !text.starts_with("//!") {
            complaints.push(format!("{shown}: does not open with a //! sentence"));
        }
        // Unit tests may look further than the code above them.
        let code = text.split("#[cfg(test)]").next().unwrap_or_default();
        complaints.extend(imports(&shown, code));
        complaints.extend(owners(&shown, code));
        complaints.extend(clock_and_print(&shown, code));
        complaints.extend(sockets(&shown, code));
        complaints.extend(second_opinion(&shown, code));
    }
    Ok(complaints)
}

/// The reference model, and what it reads, know nothing of those whom they judge. `cloud::gate` has their predicates.
fn second_opinion(file: &str, code: &str) -> Vec<String> {
    const SECOND: [&str; 4] = ["matrix/model.rs", "matrix/recipes.rs", "matrix/homes.rs", "matrix/scenario.rs"];
    const FORBIDDEN: [&str; 6] = ["pki", "rules", "wire", "gate::", "super::lab", "super::run"];
    if !SECOND.contains(&file) {
        return Vec::new();
    }
    let code: Vec<_> = code.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
    let is_named = |word: &&&str| {
        let room = format!("crate::{word}");
        code.iter().any(|line| line.contains(&room) || word.contains("::") && line.contains(**word))
    };
    let found = FORBIDDEN.iter().filter(is_named);
    found.map(|word| format!("{file}: a second opinion must not know {word}")).collect()
}

fn imports(file: &str, code: &str) -> Vec<String> {
    let Some((room, allowed)) = MAY_IMPORT.iter().find(|(room, _)| file.starts_with(&format!("{room}/"))) else {
        return Vec::new();
    };
    let named = code.match_indices("crate::").map(|(at, found)| {
        let rest = &code[at + found.len()..];
        rest.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').next().unwrap_or_default()
    });
    let is_room = |name: &&str| MAY_IMPORT.iter().any(|(room, _)| room == name);
    let wrong = named.filter(is_room).filter(|name| name != room && !allowed.contains(name));
    let mut complaints: Vec<_> = wrong.map(|name| format!("{file}: {room} must not know {name}")).collect();
    // What cannot be read here must not be written.
    for hidden in ["crate::{", "super::super::super"] {
        if code.contains(hidden) {
            complaints.push(format!("{file}: `{hidden}` hides which room is meant"));
        }
    }
    complaints
}

fn owners(file: &str, code: &str) -> Vec<String> {
    let wrong = OWNERS.iter().filter(|(name, owners)| {
        let named = code.lines().any(|line| {
            let line = line.trim_start();
            !line.starts_with("//") && names(line, name)
        });
        named && !owners.iter().any(|owner| file.starts_with(owner))
    });
    wrong.map(|(name, owners)| format!("{file}: {name} belongs to {}", owners.join(", "))).collect()
}

/// Whether a line of code has `name::` as a path of its own.
fn names(line: &str, name: &str) -> bool {
    line.match_indices(&format!("{name}::"))
        .any(|(at, _)| !line[..at].ends_with(|c: char| c.is_ascii_alphanumeric() || c == '_' || c == ':'))
}

/// Printing, exiting, argv, environment and the wall clock.
fn clock_and_print(file: &str, code: &str) -> Vec<String> {
    const FORBIDDEN: [&str; 8] = [
        "println!",
        "eprintln!",
        "process::exit",
        "env::args",
        "env::var",
        "SystemTime::now",
        "OffsetDateTime::now",
        "io::stdout",
    ];
    let allowed = file.starts_with("cli/") || file == "main.rs";
    let wrong = FORBIDDEN.iter().filter(|word| {
        let clock = file == "pki/clock.rs" && **word == "SystemTime::now";
        !allowed && !clock && code.contains(**word)
    });
    wrong.map(|word| format!("{file}: {word} is for cli alone")).collect()
}

/// `check`, `fix`, `inspect` and `explain` open no socket at all: they name nothing that could.
fn sockets(file: &str, code: &str) -> Vec<String> {
    const QUIET: [&str; 6] =
        ["cli/check.rs", "cli/as_reader.rs", "cli/fix.rs", "cli/inspect.rs", "cli/explain.rs", "cli/rules.rs"];
    const SOCKETS: [&str; 5] = ["wire::", "matrix::run", "std::net", "tokio", "UnixStream"];
    if !QUIET.contains(&file) {
        return Vec::new();
    }
    let wrong = SOCKETS.iter().filter(|word| code.contains(**word));
    wrong.map(|word| format!("{file}: {word} could open a socket")).collect()
}

fn sources(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            found.extend(sources(&path)?);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_import_points_down_and_every_crate_has_its_owner() {
        assert_eq!(complaints().unwrap(), Vec::<String>::new());
    }

    #[test]
    fn what_is_out_of_line_is_seen() {
        assert_eq!(imports("rules/x.rs", "use crate::wire::Outcome;").len(), 1);
        assert_eq!(owners("rules/x.rs", "let x = rcgen::Issuer::new();").len(), 1);
        assert_eq!(owners("rules/x.rs", "let x = my_rcgen::Issuer::new();").len(), 0);
        assert_eq!(imports("rules/x.rs", "use crate::{wire, pki};").len(), 1);
        assert_eq!(sockets("cli/fix.rs", "use std::net::TcpStream;").len(), 1);
        assert_eq!(clock_and_print("rules/x.rs", "println!(\"\")").len(), 1);
        assert_eq!(second_opinion("matrix/model.rs", "use crate::pki::chain;").len(), 1);
        assert_eq!(second_opinion("matrix/model.rs", "use crate::rules;\nuse crate::wire::Outcome;").len(), 2);
        assert_eq!(second_opinion("matrix/scenario.rs", "use super::lab::Lab;").len(), 1);
    }

    #[test]
    fn sabotage_is_in_no_default_feature() {
        let manifest = std::fs::read_to_string(root().join("Cargo.toml")).unwrap();
        let features = manifest.split("[features]").nth(1).and_then(|rest| rest.split("\n[").next()).unwrap();
        let mut users = features.lines().filter(|line| line.contains("\"sabotage\""));
        assert_eq!(users.next(), None, "a feature turns sabotage on");
        let lib = std::fs::read_to_string(root().join("src/lib.rs")).unwrap();
        assert!(lib.contains("#[cfg(all(feature = \"sabotage\", not(debug_assertions)))]\ncompile_error!"));
    }
}
