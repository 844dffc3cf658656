//! certproof.toml: where it is looked for, what beats it, and what it may say.

use std::path::Path;

use assert_cmd::assert::Assert;
use predicates::prelude::*;
use predicates::str::contains;
use tempfile::TempDir;

use crate::common::{AT_TEXT, certproof, root};

/// A folder with a bundle in which a rule fails, and a configuration.
fn project(rule: &str, config: &str) -> TempDir {
    let folder = TempDir::new().unwrap();
    let fail = root().join("testdata/rules").join(rule).join("fail");
    for file in ["ca.pem", "client.pem"] {
        std::fs::copy(fail.join(file), folder.path().join(file)).unwrap();
    }
    std::fs::write(folder.path().join("certproof.toml"), config).unwrap();
    folder
}

fn check(folder: &Path, more: &[&str]) -> Assert {
    certproof().current_dir(folder).args(["check", "ca.pem", "--at", AT_TEXT]).args(more).assert()
}

/// The bundle's findings as JSON.
fn cases(folder: &Path, more: &[&str]) -> serde_json::Value {
    serde_json::from_slice(&check(folder, &[&["--format", "json"], more].concat()).get_output().stdout).unwrap()
}

/// SHA-256 of the certificate of the first case.
fn sha256(folder: &Path) -> String {
    cases(folder, &["--no-config"])["cases"][0]["subject"]["sha256"].as_str().unwrap().to_owned()
}

fn suppression(sha256: &str, rule: &str, expires: &str) -> String {
    format!(
        "[[suppress]]\nsha256 = \"{sha256}\"\nrules = [\"{rule}\"]\nreason = \"known, OPS-12\"\nexpires = {expires}\n"
    )
}

fn write(folder: &TempDir, config: &str) {
    std::fs::write(folder.path().join("certproof.toml"), config).unwrap();
}

#[test]
fn the_nearest_file_counts_and_a_folder_of_that_name_does_not() {
    let outer = project("ca-expired", "[levels]\nca-expired = \"warning\"\n");
    let inner = outer.path().join("a/b");
    std::fs::create_dir_all(inner.join("certproof.toml")).unwrap();
    std::fs::copy(outer.path().join("ca.pem"), inner.join("ca.pem")).unwrap();
    check(outer.path(), &[]).code(0).stdout(contains("warning[ca-expired]"));
    check(&inner, &[]).code(0).stdout(contains("warning[ca-expired]"));
    std::fs::write(inner.join("../certproof.toml"), "nonsense").unwrap();
    check(&inner, &[]).code(2).stderr(contains("../certproof.toml:1:"));
    std::fs::write(inner.join("../certproof.toml"), "").unwrap();
    check(&inner, &[]).code(1);
}

#[test]
fn a_file_is_read_by_name_or_not_at_all() {
    let folder = project("ca-expired", "[levels]\nca-expired = \"info\"\n");
    std::fs::write(folder.path().join("other.toml"), "[levels]\nca-expired = \"allow\"\n").unwrap();
    check(folder.path(), &[]).code(0).stdout(contains("info[ca-expired]"));
    check(folder.path(), &["--config", "other.toml"]).code(0).stdout(contains("[ca-expired]").not());
    check(folder.path(), &["--no-config"]).code(1).stdout(contains("error[ca-expired]"));
    check(folder.path(), &["--config", "missing.toml"]).code(2).stderr(contains("missing.toml"));
    check(folder.path(), &["--config", "other.toml", "--no-config"]).code(2);
}

#[test]
fn options_beat_the_file() {
    let folder = project("bundle-same-name", "fail-on = \"warning\"\nprofile = \"go\"\n");
    // The rule is none of Go's.
    check(folder.path(), &[]).code(0);
    check(folder.path(), &["--profile", "cloud"]).code(1);
    check(folder.path(), &["--profile", "cloud", "--fail-on", "error"]).code(0);
    write(&folder, "[levels]\nbundle-same-name = \"error\"\n");
    check(folder.path(), &[]).code(1).stdout(contains("error[bundle-same-name]"));
    check(folder.path(), &["--warn", "bundle-same-name"]).code(0).stdout(contains("warning[bundle-same-name]"));
    check(folder.path(), &["--allow", "bundle-same-name"]).code(0).stdout(contains("bundle-same-name").not());
    write(&folder, "[levels]\nbundle-same-name = \"allow\"\n");
    check(folder.path(), &[]).code(0).stdout(contains("bundle-same-name").not());
    check(folder.path(), &["--select", "bundle-same-name"]).code(0).stdout(contains("warning[bundle-same-name]"));
    check(folder.path(), &["--deny", "bundle-same-name"]).code(1);
}

#[test]
fn the_widest_window_decides_and_the_narrowest_that_is_reached_is_told() {
    let folder = project("ca-expires-soon", "");
    let soon = |more: &[&str]| check(folder.path(), more).code(0);
    // It ends in ten days.
    soon(&[]).stdout(contains("past the second of the cloud's notices, 10 days before the end"));
    write(&folder, "expiry-windows = [\"1d\", \"60d\", \"2d\"]\n");
    soon(&[]).stdout(contains("within the first of 3 windows, 60 days before the end"));
    soon(&["--expires-within", "9d"]).stdout(contains("ca-expires-soon").not());
    soon(&["--expires-within", "30d"]).stdout(contains("ca-expires-soon").and(contains("windows").not()));
    write(&folder, "expiry-windows = [\"1d\", \"2d\"]\n");
    soon(&[]).stdout(contains("ca-expires-soon").not());
}

#[test]
fn a_suppressed_finding_is_counted_and_its_line_named() {
    let folder = project("ca-expired", "");
    let digest = sha256(folder.path());
    let colons: Vec<_> = digest.as_bytes().chunks(2).map(|pair| String::from_utf8_lossy(pair).to_uppercase()).collect();
    for written in [digest, colons.join(":")] {
        write(&folder, &format!("\n{}", suppression(&written, "ca-expired", "2027-01-01")));
        check(folder.path(), &[])
            .code(0)
            .stdout(
                contains("error[ca-expired]")
                    .not()
                    .and(contains("1 finding suppressed by certproof.toml:2: known, OPS-12")),
            )
            .stderr("");
        let report = cases(folder.path(), &[]);
        assert_eq!(report["cases"].as_array().unwrap().len(), 0);
        assert_eq!(report["summary"]["suppressed"], 1);
        assert_eq!(report["notes"][0], "1 finding suppressed by certproof.toml:2: known, OPS-12");
    }
}

#[test]
fn only_the_finding_of_that_certificate_and_that_rule_goes() {
    let folder = project("ca-expired", "");
    let digest = sha256(folder.path());
    // The same rule fails on a second certificate, and another rule on the first.
    let other = std::fs::read(root().join("testdata/rules/ca-expired/fail/ca.pem")).unwrap();
    let another = std::fs::read(root().join("testdata/rules/ca-not-ca/fail/ca.pem")).unwrap();
    std::fs::write(folder.path().join("ca.pem"), [other, another].concat()).unwrap();
    write(&folder, &suppression(&digest, "ca-expired", "2027-06-01"));
    let late = ["--at", "2099-01-01T00:00:00Z"];
    let expired = |config: &[&str]| {
        let output = certproof()
            .current_dir(folder.path())
            .args(["check", "ca.pem", "--format", "json", "--select", "ca-expired,ca-not-ca"])
            .args(late)
            .args(config)
            .output()
            .unwrap();
        let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        let cases = report["cases"].as_array().unwrap().clone();
        cases.into_iter().map(|case| format!("{} {}", case["rule"], case["subject"]["index"])).collect::<Vec<_>>()
    };
    let all = expired(&["--no-config"]);
    assert_eq!(all, ["\"ca-not-ca\" 2", "\"ca-expired\" 1", "\"ca-expired\" 2"]);
    write(&folder, &suppression(&digest, "ca-expired", "2099-01-01"));
    assert_eq!(expired(&[]), ["\"ca-not-ca\" 2", "\"ca-expired\" 2"]);
}

#[test]
fn a_finding_about_a_file_is_suppressed_by_the_digest_of_the_file() {
    let folder = project("bundle-same-name", "fail-on = \"warning\"\n");
    check(folder.path(), &[]).code(1);
    let bytes = std::fs::read(folder.path().join("ca.pem")).unwrap();
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, &bytes);
    let digest: String = digest.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    let config = format!("fail-on = \"warning\"\n{}", suppression(&digest, "bundle-same-name", "2027-03-01"));
    write(&folder, &config);
    check(folder.path(), &[]).code(0).stdout(contains("1 finding suppressed by certproof.toml:2"));
    // A file that changed is another file.
    std::fs::write(folder.path().join("ca.pem"), [bytes, b"\n".to_vec()].concat()).unwrap();
    check(folder.path(), &[])
        .code(1)
        .stdout(contains("warning[bundle-same-name]").and(contains("nothing that was checked has the SHA-256")));
}

#[test]
fn a_suppression_that_ended_warns_and_does_not_hold() {
    let folder = project("ca-expired", "");
    let digest = sha256(folder.path());
    write(&folder, &suppression(&digest, "ca-expired", "2026-12-31"));
    check(folder.path(), &[])
        .code(1)
        .stdout(contains("error[ca-expired]").and(contains("certproof.toml:1: this suppression ended on 2026-12-31")));
    check(folder.path(), &["--format", "json"]).code(1).stderr(contains("warning: certproof.toml:1: this suppression"));
}

#[test]
fn a_suppression_of_which_nothing_needs_hiding_warns() {
    let folder = project("ca-expired", "");
    let digest = sha256(folder.path());
    write(&folder, &suppression(&digest, "ca-key-small", "2027-03-01"));
    let warning = contains("certproof.toml:1: `ca-key-small` has no finding");
    check(folder.path(), &["--format", "concise"]).code(1).stderr(warning.clone());
    // A rule that is left out of the run may be needed in the next.
    check(folder.path(), &["--format", "concise", "--select", "ca-expired"]).code(1).stderr("");
    check(folder.path(), &["--format", "concise", "--allow", "ca-key-small"]).code(1).stderr("");
    write(&folder, &suppression(&"0".repeat(64), "ca-expired", "2027-03-01"));
    check(folder.path(), &["--format", "sarif"]).code(1).stderr(contains("nothing that was checked"));
}

#[test]
fn every_mistake_is_named_with_its_line_and_the_way_out() {
    let good = suppression(&"ab".repeat(32), "ca-expired", "2027-03-01");
    let twice = format!("{good}{good}");
    let cases = [
        ("profile = \"clowd\"", "certproof.toml:1: unknown variant `clowd`, expected one of `cloud`"),
        ("\ncolour = 1", "certproof.toml:2: unknown field `colour`, expected one of"),
        ("fail-on = ", "certproof.toml:1: "),
        ("expiry-windows = [\"15\"]", "certproof.toml:1: `15` is no duration; write it like 30d10h"),
        ("expiry-windows = []", "expiry-windows is empty; name a time such as"),
        (
            "[levels]\n\nca-expried = \"allow\"",
            "certproof.toml:3: no rule is called `ca-expried` (did you mean `ca-expired`",
        ),
        ("[levels]\nca-expired = \"off\"", "certproof.toml:2: unknown variant `off`"),
        (&good.replace("ca-expired", "ca-gone"), "certproof.toml:3: no rule is called `ca-gone`"),
        (&good.replace("ab", "xy"), "certproof.toml:2: a SHA-256 has 64 hexadecimal digits"),
        (&good.replacen("ab", "", 1), "this has 62 characters"),
        (&good.replace("[\"ca-expired\"]", "[]"), "certproof.toml:3: a suppression names the rules that it is for"),
        (&good.replace("known, OPS-12", "  "), "certproof.toml:4: the reason is blank"),
        (&good.replace("reason", "# reason"), "missing field `reason`"),
        (&good.replace("expires", "# expires"), "missing field `expires`"),
        (&good.replace("2027-03-01", "2027-03-01T00:00:00Z"), "certproof.toml:5: expires is a day"),
        (&good.replace("2027-03-01", "\"soon\""), "certproof.toml:5: "),
        (&good.replace("ca-expired", "namespace-long"), "`namespace-long` judges a name, which has no SHA-256"),
        (&twice, "certproof.toml:6: `ca-expired` is suppressed for this SHA-256 on line 1 already"),
    ];
    let folder = project("ca-expired", "");
    for (config, expected) in cases {
        write(&folder, config);
        check(folder.path(), &[]).code(2).stdout("").stderr(contains(expected));
    }
    write(&folder, &good);
    check(folder.path(), &[]).code(1);
    std::fs::write(folder.path().join("certproof.toml"), b"\xFF\xFE").unwrap();
    check(folder.path(), &[]).code(2).stderr(contains("is not UTF-8 text"));
}

#[test]
fn a_key_that_is_given_as_configuration_is_not_shown() {
    let folder = project("ca-expired", "");
    let key = root().join("testdata/rules/ca-expired/pass/client.key");
    let secret = std::fs::read_to_string(&key).unwrap().lines().nth(1).unwrap()[..20].to_owned();
    let output = check(folder.path(), &["--config", key.to_str().unwrap()]).code(2);
    let output = output.get_output();
    assert!(!String::from_utf8_lossy(&output.stderr).contains(&secret));
}
