//! The command line: exit codes, streams, files on disk.

use predicates::prelude::*;
use tempfile::tempdir;

use crate::common::{AT_TEXT, certproof, root};

fn pair(rule: &str, side: &str) -> String {
    format!("testdata/rules/{rule}/{side}/ca.pem")
}

#[test]
fn a_good_bundle_ends_with_0_and_a_broken_one_with_1() {
    certproof().args(["check", &pair("ca-expired", "pass"), "--at", AT_TEXT]).assert().code(0);
    certproof()
        .args(["check", &pair("ca-expired", "fail"), "--at", AT_TEXT])
        .assert()
        .code(1)
        .stdout(predicate::str::contains("error[ca-expired]").and(predicate::str::contains("ca.pem:1")));
}

#[test]
fn a_warning_fails_only_when_asked_to() {
    let bundle = pair("bundle-duplicate", "fail");
    certproof().args(["check", &bundle, "--at", AT_TEXT]).assert().code(0);
    certproof().args(["check", &bundle, "--at", AT_TEXT, "--fail-on", "warning"]).assert().code(1);
    certproof().args(["check", &bundle, "--at", AT_TEXT, "--deny", "bundle-duplicate"]).assert().code(1);
}

#[test]
fn the_window_before_expiry_can_be_chosen() {
    let bundle = pair("ca-expires-soon", "fail");
    let check = |window: &[&str]| {
        certproof().args(["check", &bundle, "--at", AT_TEXT, "--fail-on", "warning"]).args(window).assert()
    };
    check(&[]).code(1).stdout(predicate::str::contains("ca-expires-soon"));
    check(&["--expires-within", "9d"]).code(0);
    check(&["--expires-within", "30d"]).code(1);
}

#[test]
fn a_missing_path_ends_with_2_but_the_rest_is_judged() {
    certproof()
        .args(["check", "no-such-file.pem", &pair("ca-expired", "fail"), "--at", AT_TEXT])
        .assert()
        .code(2)
        .stdout(predicate::str::contains("error[ca-expired]").and(predicate::str::contains("no-such-file.pem")));
}

#[test]
fn nothing_to_look_at_ends_with_2() {
    let empty = tempdir().unwrap();
    certproof().arg("check").arg(empty.path()).assert().code(2);
    certproof().args(["check", "-"]).write_stdin("").assert().code(2);
    certproof().arg("check").assert().code(2);
    certproof().args(["check", &pair("ca-expired", "pass"), "--select", "no-such-rule"]).assert().code(2);
    certproof().args(["matrix", "--only", "no-such-scenario"]).assert().code(2);
    certproof().args(["explain", "no", "such", "thing"]).assert().code(2);
}

#[test]
fn an_empty_file_is_a_finding() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("ca.pem");
    std::fs::write(&path, "").unwrap();
    certproof().arg("check").arg(&path).assert().code(1).stdout(predicate::str::contains("pem-empty"));
}

#[test]
fn standard_input_is_a_bundle() {
    let bundle = std::fs::read(root().join(pair("ca-expired", "fail"))).unwrap();
    certproof()
        .args(["check", "-", "--at", AT_TEXT])
        .write_stdin(bundle)
        .assert()
        .code(1)
        .stdout(predicate::str::contains("-:1"));
}

#[test]
fn json_is_all_there_is_on_standard_output() {
    for arguments in [
        vec!["check", "testdata/rules/ca-expired/fail/ca.pem", "missing.pem", "--at", AT_TEXT, "--format", "json"],
        vec!["matrix", "--only", "leaf-*", "--format", "json"],
    ] {
        let output = certproof().args(&arguments).output().unwrap();
        let document: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(document["schema_version"], 1);
        assert!(!document["cases"].as_array().unwrap().is_empty());
    }
}

#[test]
fn passes_are_counted_and_listed_on_request() {
    let bundle = pair("ca-expired", "pass");
    let count = |arguments: &[&str]| {
        let output =
            certproof().args(["check", &bundle, "--at", AT_TEXT, "--format", "json"]).args(arguments).output().unwrap();
        let document: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        (document["cases"].as_array().unwrap().len(), document["summary"]["passed"].as_u64().unwrap())
    };
    let (hidden, passed) = count(&[]);
    let (shown, _) = count(&["--show", "pass"]);
    assert_eq!(hidden, 0);
    assert!(passed > 10 && shown as u64 >= passed);
}

#[test]
fn colours_are_for_terminals_and_for_whoever_asks() {
    let bundle = pair("ca-expired", "fail");
    let plain = certproof().args(["check", &bundle, "--at", AT_TEXT]).output().unwrap();
    assert!(!plain.stdout.contains(&0x1B));
    let coloured = certproof().args(["--color", "always", "check", &bundle, "--at", AT_TEXT]).output().unwrap();
    assert!(coloured.stdout.contains(&0x1B));
}

#[test]
fn a_generated_hierarchy_has_nothing_wrong() {
    let folder = tempdir().unwrap();
    let pki = folder.path().join("pki");
    certproof().args(["gen", "hierarchy"]).arg(&pki).assert().code(0);
    certproof().arg("check").arg(&pki).args(["--fail-on", "info"]).assert().code(0);
    certproof()
        .args(["gen", "hierarchy"])
        .arg(&pki)
        .assert()
        .code(2)
        .stderr(predicate::str::contains("exists already"));
    certproof().args(["gen", "hierarchy", "--force"]).arg(&pki).assert().code(0);
}

#[test]
fn what_exists_is_not_overwritten_and_nothing_is_left_half_done() {
    let folder = tempdir().unwrap();
    let (certificate, key) = (folder.path().join("ca.pem"), folder.path().join("ca.key"));
    std::fs::write(&key, "mine").unwrap();
    certproof()
        .args(["gen", "ca", "--org", "acme"])
        .arg("--ca-cert")
        .arg(&certificate)
        .arg("--ca-key")
        .arg(&key)
        .assert()
        .code(2);
    assert_eq!(std::fs::read_to_string(&key).unwrap(), "mine");
    assert!(!certificate.exists());
}

#[cfg(unix)]
#[test]
fn private_keys_are_readable_by_their_owner_only() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempdir().unwrap();
    certproof().args(["gen", "hierarchy", "--namespace", "orders.f45a2"]).arg(folder.path()).assert().code(0);
    for name in ["server-ca.key", "orders.f45a2/ca.key", "orders.f45a2/client.key"] {
        let mode = std::fs::metadata(folder.path().join(name)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
}

/// The lines of Temporal's documentation with only the program's name changed.
#[test]
fn the_documented_tcld_lines_work() {
    let folder = tempdir().unwrap();
    let run = |line: &str| {
        certproof().current_dir(folder.path()).args(line.split(' ')).assert().code(0);
    };
    run("gen ca --org temporal -d 1y --ca-cert ca.pem --ca-key ca.key");
    run("gen leaf --org temporal -d 364d --ca-cert ca.pem --ca-key ca.key --cert client.pem --key client.key");
    run("check ca.pem --client client.pem --key client.key --fail-on info");
    run(
        "gen ca --organization temporal --validity-period 30d10h --ca-certificate-file t.pem --ca-key-file t.key --recipe tcld",
    );
    run(
        "gen leaf --organization temporal --ca-certificate-file t.pem --ca-key-file t.key --certificate-file l.pem --key-file l.key --recipe tcld",
    );
    run("check t.pem --client l.pem --key l.key");
}

#[test]
fn tclds_own_fields_are_made_exactly() {
    use certproof::pki::Bundle;
    let folder = tempdir().unwrap();
    let run = |line: &str| {
        certproof().current_dir(folder.path()).args(line.split(' ')).assert().code(0);
    };
    run("gen ca --org acme --recipe tcld");
    run("gen leaf --org acme --ca-cert ca.pem --ca-key ca.key --recipe tcld");
    let read = |name: &str| {
        let bundle = Bundle::read(name, &std::fs::read(folder.path().join(name)).unwrap());
        bundle.certificates().next().unwrap().1.clone()
    };
    let (ca, leaf) = (read("ca.pem"), read("client.pem"));
    assert_eq!(ca.subject.to_string(), "O=acme");
    assert_eq!(ca.basic_constraints.present().map(|bc| (bc.ca, bc.path_len)), Some((true, None)));
    assert_eq!(ca.key_usage.present().unwrap().names(), ["digitalSignature", "keyCertSign", "cRLSign"]);
    assert!(ca.authority_key_id.is_none() && ca.subject_key_id.is_some());
    assert!(ca.alternative_names[0].text().unwrap().starts_with("client.root.acme."));
    assert_eq!(leaf.subject.to_string(), "O=acme, OU=");
    assert!(leaf.key_usage.is_absent() && leaf.extended_key_usage.is_absent());
    assert!(leaf.authority_key_id.is_some() && leaf.subject_key_id.is_none());
    assert!(leaf.alternative_names[0].text().unwrap().starts_with("client.endentity.acme."));
    assert_eq!(ca.not_after - leaf.not_after, time::Duration::DAY);
}

#[test]
fn a_leaf_that_outlives_its_ca_is_not_made() {
    let folder = tempdir().unwrap();
    let run = |line: &str| certproof().current_dir(folder.path()).args(line.split(' ')).assert();
    run("gen ca --org acme -d 30d").code(0);
    run("gen leaf --org acme -d 31d --ca-cert ca.pem --ca-key ca.key")
        .code(2)
        .stderr(predicate::str::contains("expire before its CA"));
    run("gen leaf --org acme -d 1x --ca-cert ca.pem --ca-key ca.key").code(2);
    assert!(!folder.path().join("client.pem").exists());
}

#[test]
fn serving_takes_loopback_addresses_only() {
    let folder = tempdir().unwrap();
    certproof().args(["gen", "hierarchy"]).arg(folder.path()).assert().code(0);
    certproof()
        .arg("serve")
        .arg(folder.path())
        .args(["--listen", "0.0.0.0:0"])
        .assert()
        .code(2)
        .stderr(predicate::str::contains("loopback"));
}

#[test]
fn a_shard_is_a_stable_part_of_the_cells_and_all_parts_are_the_whole() {
    let list = |arguments: &[&str]| {
        let output = certproof().args(["matrix", "--list"]).args(arguments).output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        // Behind an id its title may stand, in a column of its own.
        text.lines().filter_map(|line| line.split_whitespace().next().map(str::to_owned)).collect::<Vec<_>>()
    };
    let mut whole = list(&[]);
    let mut parts: Vec<_> = ["1/3", "2/3", "3/3"].iter().flat_map(|part| list(&["--shard", part])).collect();
    assert!(whole.len() > 1_000);
    whole.sort();
    parts.sort();
    assert_eq!(parts, whole);
    certproof().args(["matrix", "--shard", "4/3"]).assert().code(2).stderr(predicate::str::contains("K/N"));
}

#[test]
fn a_baseline_excuses_what_fails_and_nothing_that_does_not() {
    let folder = tempdir().unwrap();
    let file = folder.path().join("baseline.toml");
    let run = |text: &str| {
        std::fs::write(&file, text).unwrap();
        certproof().args(["matrix", "--only", "tls12-only", "--baseline"]).arg(&file).assert()
    };
    run("[known]\n\"tls12-only\" = \"ticket 12\"\n").code(1).stdout(predicate::str::contains("take it out"));
    run("[known]\n\"tls12-*\" = \"ticket 12\"\n").code(2).stdout(predicate::str::contains("none of it did"));
    run("[known]\n\"no-such-cell\" = \"ticket 12\"\n").code(2).stderr(predicate::str::contains("no cell"));
    run("[known]\n\"tls12-only\" = \"\"\n").code(2).stderr(predicate::str::contains("no reason"));
    run("known = 1\n").code(2).stderr(predicate::str::contains("not as it should be"));
}

/// No client: it says that it got in without having been there.
#[cfg(unix)]
#[test]
fn a_client_is_held_against_what_the_door_saw() {
    let run = |client: &str, only: &str| certproof().args(["matrix", "--client", client, "--only", only]).assert();
    run("sh -c 'exit 0' {port}", "foreign-ca").code(2).stdout(predicate::str::contains("saw nobody"));
    run("sh -c 'exit 1' {port}", "foreign-ca").code(2).stdout(predicate::str::contains("never came"));
    run("sh -c 'exit 89' {port}", "foreign-ca").code(2).stdout(predicate::str::contains("1 skipped"));
    run("sh -c 'exit 3' {port}", "foreign-ca").code(2).stdout(predicate::str::contains("none of 0, 1 and 89"));
    run("no-such-program {port}", "foreign-ca").code(2).stdout(predicate::str::contains("no-such-program"));
    certproof().args(["matrix", "--client", "x"]).assert().code(2).stderr(predicate::str::contains("{port}"));
}

#[cfg(unix)]
#[test]
fn a_baseline_is_written_where_the_run_is_proof_and_never_over_another() {
    let folder = tempdir().unwrap();
    let file = folder.path().join("known.toml");
    let run = |option: &str| {
        let run = ["matrix", "--client", "sh -c 'exit 1' {port}", "--only", "foreign-ca", option];
        certproof().args(run).arg(&file).assert()
    };
    // Its failures are no known ones where not even a good client gets in.
    run("--write-baseline").code(2).stderr(predicate::str::contains("is not written"));
    assert!(!file.exists());
    std::fs::write(&file, "[known]\n\"foreign-ca\" = \"ticket 12\"\n").unwrap();
    run("--baseline").code(2).stdout(predicate::str::contains("1 skipped"));
    run("--write-baseline").code(2).stderr(predicate::str::contains("cannot write the baseline"));
    assert!(std::fs::read_to_string(&file).unwrap().contains("ticket 12"));
}

#[test]
fn what_was_exported_is_written_once_and_names_what_is_missing() {
    let folder = tempdir().unwrap();
    let exported = folder.path().join("exported");
    certproof().args(["matrix", "--export"]).arg(&exported).assert().code(0);
    for file in ["nginx.conf", "haproxy.cfg", "haproxy.list", "envoy.yaml", "server-ca.pem", "orders.f45a2/ca.pem"] {
        assert!(exported.join(file).exists(), "{file}");
    }
    certproof().args(["matrix", "--export"]).arg(&exported).assert().code(2);
    certproof()
        .args(["matrix", "--server", "127.0.0.1:9", "--exported"])
        .arg(&exported)
        .assert()
        .code(2)
        .stderr(predicate::str::contains("nobody answers"));
    certproof()
        .args(["matrix", "--server", "127.0.0.1:9", "--exported"])
        .arg(folder.path())
        .assert()
        .code(2)
        .stderr(predicate::str::contains("--export"));
}

#[test]
fn serving_what_is_no_kit_says_what_to_do() {
    let folder = tempdir().unwrap();
    certproof().arg("serve").arg(folder.path()).assert().code(2).stderr(predicate::str::contains("gen hierarchy"));
}

#[test]
fn every_rule_and_every_scenario_can_be_explained() {
    for id in certproof::rules::ALL
        .iter()
        .map(|rule| rule.id)
        .chain(certproof::matrix::scenarios::ALL.iter().map(|scenario| scenario.id))
    {
        certproof().args(["explain", id]).assert().code(0).stdout(predicate::str::contains(id));
    }
    certproof()
        .args(["explain", "orders.f45a2:foreign-ca+alpn-both"])
        .assert()
        .code(0)
        .stdout(predicate::str::contains("alert unknown_ca(48)"));
    certproof().args(["explain", "orders.f45a2:no-such-way"]).assert().code(2);
    certproof()
        .args(["explain", "remote error: tls: certificate required"])
        .assert()
        .code(0)
        .stdout(predicate::str::contains("present"));
}

#[test]
fn a_kit_is_read_from_its_folder_and_options_override_it() {
    let folder = tempdir().unwrap();
    certproof()
        .args(["gen", "hierarchy", "--namespace", "orders.f45a2,payments.f45a2"])
        .arg(folder.path())
        .assert()
        .code(0);
    let other = folder.path().join("payments.f45a2/client.pem");
    certproof()
        .arg("check")
        .arg(folder.path().join("orders.f45a2"))
        .arg("--client")
        .arg(&other)
        .assert()
        .code(1)
        .stdout(predicate::str::contains("chain-issuer-missing").and(predicate::str::contains("key-mismatch")));
}

#[test]
fn inspecting_shows_every_block_and_no_key() {
    certproof()
        .args(["inspect", "testdata/rules/pem-private-key/fail/ca.pem", "testdata/found/go-tcld-like/client.pem"])
        .assert()
        .code(0)
        .stdout(
            predicate::str::contains("a private key, not shown")
                .and(predicate::str::contains("O=acme, OU="))
                .and(predicate::str::contains("root CA"))
                .and(predicate::str::contains("as tcld prints it")),
        );
    certproof().args(["inspect", "no-such-file"]).assert().code(2);
}

#[test]
fn fixing_leaves_the_certificates_and_nothing_else() {
    let good = std::fs::read_to_string(root().join(pair("bundle-duplicate", "pass"))).unwrap();
    for flaw in [
        "bundle-duplicate",
        "pem-crlf",
        "pem-text-between",
        "pem-text-trailing",
        "pem-private-key",
        "pem-byte-order-mark",
        "pem-end-mismatched",
        "pem-foreign-block",
    ] {
        let output = certproof().args(["fix", &pair(flaw, "fail")]).output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{flaw}");
        assert_eq!(String::from_utf8(output.stdout).unwrap(), good, "{flaw}");
    }
}

#[test]
fn fixing_puts_issuers_behind_and_drops_the_expired_on_request() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("out.pem");
    certproof()
        .args(["fix", "testdata/found/openssl-intermediate/ca.pem", "--output"])
        .arg(&path)
        .assert()
        .code(0)
        .stderr(predicate::str::contains("the same clients"));
    let bundle = certproof::pki::Bundle::read("out.pem", &std::fs::read(&path).unwrap());
    let names: Vec<_> = bundle.certificates().map(|(_, certificate)| certificate.is_self_issued()).collect();
    assert_eq!(names, [false, true]);
    certproof()
        .args(["fix", &pair("ca-expired", "fail"), "--drop-expired", "--at", AT_TEXT])
        .assert()
        .code(1)
        .stdout("");
    certproof().args(["fix", "testdata/found/openssl-intermediate/ca.pem", "--output"]).arg(&path).assert().code(2);
}

#[test]
fn fixing_does_not_lose_a_damaged_certificate_unasked() {
    certproof()
        .args(["fix", &pair("pem-certificate-unreadable", "fail")])
        .assert()
        .code(1)
        .stdout("")
        .stderr(predicate::str::contains("ca.pem:13"));
    certproof().args(["fix", &pair("pem-certificate-unreadable", "fail"), "--drop-unreadable"]).assert().code(0);
}

#[test]
fn a_closed_pipe_does_not_change_the_verdict() {
    use std::process::{Command, Stdio};
    for (path, code) in [(pair("ca-expired", "fail"), 1), ("no-such-file.pem".to_owned(), 2)] {
        let mut child = Command::new(assert_cmd::cargo::cargo_bin("certproof"))
            .current_dir(root())
            .args(["check", &path, "--at", AT_TEXT])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        drop(child.stdout.take());
        assert_eq!(child.wait().unwrap().code(), Some(code), "{path}");
    }
}

#[test]
fn the_files_of_the_ca_are_never_outputs() {
    let folder = tempdir().unwrap();
    let run = |line: &str| certproof().current_dir(folder.path()).args(line.split(' ')).assert();
    run("gen ca --org acme").code(0);
    let key = std::fs::read(folder.path().join("ca.key")).unwrap();
    run("gen leaf --org acme --ca-cert ca.pem --ca-key ca.key --key ./ca.key --force").code(2);
    run("gen ca --org acme --ca-cert both.pem --ca-key ./both.pem --force").code(2);
    std::fs::create_dir(folder.path().join("folder")).unwrap();
    run("gen ca --org other --ca-key folder --force").code(2).stderr(predicate::str::contains("no regular file"));
    assert_eq!(std::fs::read(folder.path().join("ca.key")).unwrap(), key);
    let names: Vec<_> = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names.len(), 3, "drafts are left over: {names:?}");
}

#[test]
fn leaves_are_made_below_live_authorities_only() {
    let folder = tempdir().unwrap();
    let run = |line: &str| certproof().current_dir(folder.path()).args(line.split(' ')).assert();
    run("gen ca --org acme -d 30d --at 2026-01-01T00:00:00Z").code(0);
    run("gen leaf --org acme --ca-cert ca.pem --ca-key ca.key").code(2).stderr(predicate::str::contains("expired at"));
    run("gen leaf --org acme --ca-cert ca.pem --ca-key ca.key --at 2026-01-02T00:00:00Z").code(0);
    run("gen leaf --org acme --ca-cert client.pem --ca-key client.key --at 2026-01-02T00:00:00Z --cert x.pem --key x.key")
        .code(2)
        .stderr(predicate::str::contains("is no CA"));
}

#[test]
fn a_namespace_whose_filters_cannot_be_used_is_not_served_without_them() {
    let folder = tempdir().unwrap();
    certproof().args(["gen", "hierarchy", "--namespace", "orders.f45a2"]).arg(folder.path()).assert().code(0);
    for filters in ["{bad", "{\"filtres\": []}", "{\"filters\": [{\"commonName\": \"a*b\"}]}"] {
        std::fs::write(folder.path().join("orders.f45a2/filters.json"), filters).unwrap();
        certproof().arg("serve").arg(folder.path()).assert().code(2).stderr(predicate::str::contains("filters.json"));
    }
}

#[test]
fn what_of_a_folder_cannot_be_read_is_told_and_the_rest_is_judged() {
    let folder = tempdir().unwrap();
    std::fs::copy(root().join(pair("ca-expired", "fail")), folder.path().join("a.pem")).unwrap();
    std::fs::create_dir(folder.path().join("orders.f45a2")).unwrap();
    std::fs::write(folder.path().join("orders.f45a2/client.pem"), "").unwrap();
    certproof()
        .args(["check", "--at", AT_TEXT])
        .arg(folder.path())
        .assert()
        .code(2)
        .stdout(predicate::str::contains("error[ca-expired]").and(predicate::str::contains("no ca.pem")));
    certproof()
        .args(["check", &pair("ca-expired", "fail"), "--client", "missing.pem", "--at", AT_TEXT])
        .assert()
        .code(2)
        .stdout(predicate::str::contains("error[ca-expired]").and(predicate::str::contains("missing.pem")));
}

#[test]
fn times_beyond_the_calendar_of_certificates_are_refused() {
    for at in ["9999-12-31T23:59:59-01:00", "0000-01-01T00:00:00Z", "yesterday"] {
        certproof().args(["check", &pair("ca-expired", "pass"), "--at", at]).assert().code(2);
    }
}

#[test]
fn every_flaw_can_be_made_with_fresh_keys() {
    let folder = tempdir().unwrap();
    for flaw in certproof::forge::flaw::ALL {
        let kit = folder.path().join(flaw.id);
        certproof().args(["gen", "flaw", flaw.id]).arg(&kit).assert().code(0);
    }
    certproof().args(["gen", "flaw", "no-such-flaw", "x"]).assert().code(2);
    certproof().args(["gen", "flaw", "--list"]).assert().code(0).stdout(predicate::str::contains("ca-expired"));
    certproof()
        .arg("check")
        .arg(folder.path().join("leaf-expired"))
        .assert()
        .code(1)
        .stdout(predicate::str::contains("error[leaf-expired]"));
}
