//! Every diagnostic as a person reads it at 80 columns: what `check` prints of each flaw. UPDATE writes them anew.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::common::{AT_TEXT, certproof, folders, root};

const GOLDENS: &str = "testdata/diagnostics";

/// The broken files of each flaw, by the flaw's name with `--` before its variant.
fn broken() -> BTreeMap<String, PathBuf> {
    let mut found = BTreeMap::new();
    for rule in folders(&root().join("testdata/rules")) {
        let name = name(&rule);
        for variant in folders(&rule) {
            match self::name(&variant).as_str() {
                "pass" => {}
                "fail" => drop(found.insert(name.clone(), variant)),
                other => drop(found.insert(format!("{name}--{other}"), variant.join("fail"))),
            }
        }
    }
    found
}

fn name(path: &Path) -> String {
    path.file_name().unwrap().to_string_lossy().into_owned()
}

/// The command as somebody in that folder would type it, what it prints, and how it ends.
fn printed(folder: &Path) -> String {
    let mut arguments = vec!["check".to_owned()];
    let options = [
        ("ca.pem", ""),
        ("client.pem", "--client"),
        ("client.key", "--key"),
        ("filters.json", "--filters"),
        ("server-root.pem", "--server-root"),
    ];
    for (file, option) in options.into_iter().filter(|(file, _)| folder.join(file).exists()) {
        arguments.extend([option, file].into_iter().filter(|word| !word.is_empty()).map(str::to_owned));
    }
    if let Ok(namespace) = std::fs::read_to_string(folder.join("namespace")) {
        arguments.extend(["--namespace".to_owned(), namespace.trim_end().to_owned()]);
    }
    arguments.extend(["--at".to_owned(), AT_TEXT.to_owned()]);
    let output = certproof().current_dir(folder).args(&arguments).arg("--no-config").output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
    format!("$ certproof {}\n{text}exit code {}\n", arguments.join(" "), output.status.code().unwrap())
}

#[test]
fn each_flaw_prints_its_golden_and_each_golden_has_its_flaw() {
    let folder = root().join(GOLDENS);
    let update = std::env::var_os("UPDATE").is_some();
    if update {
        std::fs::create_dir_all(&folder).unwrap();
    }
    let broken = broken();
    assert!(broken.len() > 100, "the walk finds {} flaws", broken.len());
    let mut wrong = Vec::new();
    for (name, files) in &broken {
        let printed = printed(files);
        let path = folder.join(format!("{name}.txt"));
        if update {
            std::fs::write(&path, &printed).unwrap();
        }
        match std::fs::read_to_string(&path) {
            Err(_) => wrong.push(format!("{name}: no golden")),
            Ok(golden) if golden != printed => wrong.push(format!("{name}: prints another text than its golden")),
            Ok(_) => {}
        }
    }
    for entry in std::fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        if !broken.contains_key(path.file_stem().unwrap().to_string_lossy().as_ref()) {
            if update {
                std::fs::remove_file(&path).unwrap();
            } else {
                wrong.push(format!("{}: belongs to no flaw", name(&path)));
            }
        }
    }
    assert!(wrong.is_empty(), "{}\nread the change, then run the test with UPDATE=1", wrong.join("\n"));
}

#[test]
fn each_golden_holds_the_finding_that_its_flaw_is_for() {
    for name in broken().keys() {
        let rule = name.split_once("--").map_or(name.as_str(), |(rule, _)| rule);
        let golden = std::fs::read_to_string(root().join(GOLDENS).join(format!("{name}.txt"))).unwrap();
        assert!(golden.contains(&format!("[{rule}]: ")), "{name}:\n{golden}");
    }
}

/// Addresses, digests and commands are copied as a whole, so they are not broken.
#[test]
fn no_line_that_could_be_broken_is_wider_than_80_columns() {
    for name in broken().keys() {
        let golden = std::fs::read_to_string(root().join(GOLDENS).join(format!("{name}.txt"))).unwrap();
        for line in golden.lines().skip(1).filter(|line| line.chars().count() > 80) {
            let words: Vec<_> = line.split_whitespace().collect();
            let unbreakable = words.len() == 1 || words[0] == "SHA-256" && words.len() == 2;
            assert!(unbreakable, "{name}: {line}");
        }
    }
}
