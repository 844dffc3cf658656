//! What `gen` does with private keys: forms, passwords, seeds, and what an interruption leaves behind.

use std::collections::BTreeMap;
use std::path::Path;

use certproof::cloud::Kit;
use certproof::forge::flaw::{self, Flaw};
use certproof::forge::{KeyKind, KeySource, Recipe, public};
use certproof::report::Verdict;
use certproof::rules::{self, Terms};
use predicates::prelude::*;
use tempfile::tempdir;

use crate::common::{AT, AT_TEXT, certproof};

const PASSWORD: &str = "correct horse battery";

fn run(folder: &Path, line: &str) -> assert_cmd::assert::Assert {
    certproof().current_dir(folder).env("CA_PASSWORD", PASSWORD).args(line.split_whitespace()).assert()
}

/// Every file below the folder by its path, with its contents.
fn tree(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        if path.is_dir() {
            found.extend(tree(&path).into_iter().map(|(below, bytes)| (format!("{name}/{below}"), bytes)));
        } else {
            found.insert(name, std::fs::read(&path).unwrap());
        }
    }
    found
}

fn first_line(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap().lines().next().unwrap().to_owned()
}

#[test]
fn keys_are_written_in_the_form_that_is_asked_for() {
    let folder = tempdir().unwrap();
    std::fs::write(folder.path().join("password"), format!("{PASSWORD}\nanother line\n")).unwrap();
    for (form, label) in [
        ("--key-format pkcs8", "PRIVATE KEY"),
        ("--key-format sec1", "EC PRIVATE KEY"),
        ("--key-format encrypted --key-password-file password", "ENCRYPTED PRIVATE KEY"),
    ] {
        run(folder.path(), &format!("gen ca --org acme --force {form}")).code(0);
        assert_eq!(first_line(&folder.path().join("ca.key")), format!("-----BEGIN {label}-----"));
    }
    // The last one is encrypted, with the first line of the file.
    run(folder.path(), "gen leaf --org acme --ca-cert ca.pem --ca-key ca.key")
        .code(2)
        .stderr(predicate::str::contains("--ca-key-password-file"));
    run(folder.path(), "gen leaf --org acme --ca-cert ca.pem --ca-key ca.key --ca-key-password-env HOME")
        .code(2)
        .stderr(predicate::str::contains("does not open"));
    run(folder.path(), "gen leaf --org acme --ca-cert ca.pem --ca-key ca.key --ca-key-password-env CA_PASSWORD")
        .code(0);
    run(folder.path(), "check ca.pem --client client.pem --key client.key --fail-on info").code(0);
}

#[test]
fn a_form_without_a_password_or_a_password_without_its_form_is_refused() {
    let folder = tempdir().unwrap();
    for (form, said) in [
        ("--key-format encrypted", "--key-password-file"),
        ("--key-format sec1 --key-password-env CA_PASSWORD", "--key-format encrypted"),
        ("--key-format encrypted --key-password-env NO_SUCH_VARIABLE", "NO_SUCH_VARIABLE"),
        ("--key-format pkcs1", "PKCS#1"),
    ] {
        run(folder.path(), &format!("gen ca --org acme {form}")).code(2).stderr(predicate::str::contains(said));
        assert!(tree(folder.path()).is_empty(), "{form}");
    }
    run(folder.path(), "gen hierarchy pki --key rsa2048 --key-format sec1").code(2);
    assert!(tree(folder.path()).is_empty());
}

#[test]
fn a_password_is_in_no_output() {
    let folder = tempdir().unwrap();
    let encrypted = "--key-format encrypted --key-password-env CA_PASSWORD";
    for line in [format!("gen hierarchy pki {encrypted}"), format!("gen ca --org acme {encrypted}")] {
        let output = run(folder.path(), &line).code(0).get_output().clone();
        let said = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
        assert!(!said.contains(PASSWORD), "{said}");
        assert_eq!(said.contains("server-ca.key"), line.contains("hierarchy"), "{said}");
    }
    assert!(tree(folder.path()).values().all(|bytes| !String::from_utf8_lossy(bytes).contains(PASSWORD)));
}

#[test]
fn a_seed_makes_the_same_octets_each_time() {
    let seeded = format!("--seed 7 --at {AT_TEXT}");
    let encrypted = "--key-format encrypted --key-password-env CA_PASSWORD";
    let once = || {
        let folder = tempdir().unwrap();
        for key in ["p256", "p384", "p521", "rsa2048"] {
            run(folder.path(), &format!("gen hierarchy {key} --key {key} --filters {seeded}")).code(0);
        }
        run(folder.path(), &format!("gen hierarchy encrypted --namespace orders.f45a2 {encrypted} {seeded}")).code(0);
        run(folder.path(), &format!("gen flaw leaf-expired flaw {seeded}")).code(0);
        for (style, name) in
            [("certproof", "own"), ("tcld", "tcld"), ("certproof --rsa", "rsa"), ("tcld --rsa", "both")]
        {
            let ca = format!("--ca-cert {name}-ca.pem --ca-key {name}-ca.key --recipe {style} {seeded}");
            run(folder.path(), &format!("gen ca --org acme {ca}")).code(0);
            run(folder.path(), &format!("gen leaf --org acme --cert {name}.pem --key {name}.key {ca}")).code(0);
        }
        tree(folder.path())
    };
    let (first, second) = (once(), once());
    assert_eq!(first.keys().collect::<Vec<_>>(), second.keys().collect::<Vec<_>>());
    let differing: Vec<_> =
        first.iter().filter(|(path, bytes)| second[*path] != **bytes).map(|(path, _)| path).collect();
    assert_eq!(differing, Vec::<&String>::new());
    let certificates = first.iter().filter(|(path, _)| path.ends_with(".pem"));
    for (path, bytes) in certificates {
        let bundle = certproof::pki::Bundle::read(path.as_str(), bytes);
        assert!(bundle.certificates().count() > 0, "{path}");
        assert!(bundle.certificates().all(|(_, certificate)| public::is_marked(certificate)), "{path}");
    }
    // The pool has few RSA keys; a CA and its client do not share one.
    assert_ne!(first["rsa-ca.key"], first["rsa.key"]);
}

#[test]
fn a_seeded_hierarchy_has_nothing_wrong_and_says_that_its_keys_are_public() {
    let folder = tempdir().unwrap();
    run(folder.path(), &format!("gen hierarchy pki --filters --seed 7 --at {AT_TEXT}"))
        .code(0)
        .stderr(predicate::str::contains(public::MARK));
    run(folder.path(), &format!("check pki --fail-on info --at {AT_TEXT}")).code(0);
    run(folder.path(), "gen hierarchy other --seed 7").code(2).stderr(predicate::str::contains("--at"));
}

#[test]
fn a_public_key_is_not_certified_by_a_private_ca() {
    let folder = tempdir().unwrap();
    run(folder.path(), &format!("gen ca --org acme --at {AT_TEXT}")).code(0);
    run(folder.path(), &format!("gen leaf --org acme --ca-cert ca.pem --ca-key ca.key --seed 7 --at {AT_TEXT}"))
        .code(2)
        .stderr(predicate::str::contains(public::MARK));
}

/// Flaws are told from their company on hierarchies that are not marked; the mark changes nothing about that.
#[test]
fn a_marked_flaw_trips_what_an_unmarked_one_trips() {
    let failing = |recipe: &Recipe, flaw: &Flaw| {
        let (_, files) = flaw.pair(recipe).unwrap();
        let kit = Kit::read(&files);
        let cases = rules::run(&kit, &Terms::at(AT));
        let failed = cases.iter().filter(|case| matches!(case.verdict, Verdict::Fail(_)));
        let failed: std::collections::BTreeSet<_> = failed.map(|case| case.topic.id).collect();
        (failed, kit)
    };
    let recipe = Recipe::good("orders.f45a2", KeySource::Seeded(7), KeyKind::P256, AT);
    for flaw in flaw::ALL {
        let (without, _) = failing(&recipe, flaw);
        let (with, kit) = failing(&recipe.clone().marked_public(), flaw);
        assert_eq!(with, without, "{}", flaw.id);
        for certificate in kit.authorities().iter().chain(kit.leaf()) {
            let subject = certificate.subject.to_string().to_lowercase();
            let words: String = subject.split_whitespace().collect();
            // Some bundles hold a real public CA, whose key is not ours.
            assert!(words.contains("publickeymaterial") || !words.contains("certproof"), "{}: {subject}", flaw.id);
        }
    }
}

#[cfg(unix)]
fn send(signal: &str, process: &std::process::Child) {
    let done = std::process::Command::new("kill").args([signal, &process.id().to_string()]).status().unwrap();
    assert!(done.success());
}

#[cfg(unix)]
#[test]
fn interrupted_key_generation_ends_at_once_and_leaves_nothing() {
    use std::os::unix::process::ExitStatusExt as _;
    let folder = tempdir().unwrap();
    let names: Vec<_> = (0..200).map(|number| format!("n{number}.f45a2")).collect();
    let mut process = std::process::Command::new(assert_cmd::cargo::cargo_bin("certproof"))
        .args(["gen", "hierarchy", "pki", "--key", "rsa4096", "--namespace", &names.join(",")])
        .current_dir(folder.path())
        .spawn()
        .unwrap();
    // 600 keys of a second each: it is at work, whenever this comes. Ctrl-C does the same where a shell does not ignore it,
    // as it does for everything that it starts in the background.
    send("-TERM", &process);
    assert_eq!(process.wait().unwrap().signal(), Some(15));
    assert!(tree(folder.path()).is_empty());
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[cfg(unix)]
#[test]
fn interrupted_writing_takes_everything_back() {
    use std::os::unix::process::ExitStatusExt as _;
    let folder = tempdir().unwrap();
    let names: Vec<_> = (0..1_500).map(|number| format!("n{number}.f45a2")).collect();
    let mut process = std::process::Command::new(assert_cmd::cargo::cargo_bin("certproof"))
        .args(["gen", "hierarchy", "pki", "--namespace", &names.join(",")])
        .current_dir(folder.path())
        .spawn()
        .unwrap();
    // Its draft appears when all keys are made, and then has thousands of files to come.
    while std::fs::read_dir(folder.path()).unwrap().count() == 0 {
        assert!(process.try_wait().unwrap().is_none(), "it ended before it wrote");
        std::thread::yield_now();
    }
    send("-INT", &process);
    let status = process.wait().unwrap();
    let left: Vec<_> = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!((status.signal(), left), (Some(2), Vec::new()));
}
