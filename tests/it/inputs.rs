//! What `check` and `fix` read beside PEM files: documents that carry bundles, streams of them, folders.

use std::fmt::Write as _;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::common::{AT_TEXT, certproof, root};

/// The files of a good kit of the test data.
fn good(name: &str) -> Vec<u8> {
    std::fs::read(root().join("testdata/rules/ca-expired/pass").join(name)).unwrap()
}

fn expired() -> Vec<u8> {
    std::fs::read(root().join("testdata/rules/ca-expired/fail/ca.pem")).unwrap()
}

fn check(arguments: &[&str], folder: &Path) -> (i32, Value) {
    let arguments = [&["check", "--format", "json", "--at", AT_TEXT], arguments].concat();
    let output = certproof().current_dir(folder).args(arguments).output().unwrap();
    let report = serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{output:?}"));
    (output.status.code().unwrap(), report)
}

/// Rule, line and member of each finding.
fn findings(report: &Value) -> Vec<(String, u64, String)> {
    let cases = report["cases"].as_array().unwrap().iter();
    let of_case = |case: &Value| {
        let places = case["findings"].as_array().unwrap().iter().map(|finding| finding["place"].clone());
        let rule = case["rule"].as_str().unwrap().to_owned();
        let told = |place: Value| {
            let member = place["member"].as_str().unwrap_or_default().to_owned();
            (rule.clone(), place["first_line"].as_u64().unwrap(), member)
        };
        places.map(told).collect::<Vec<_>>()
    };
    cases.flat_map(of_case).collect()
}

#[test]
fn a_finding_in_a_document_has_its_line_and_its_place() {
    let folder = tempfile::tempdir().unwrap();
    let value = STANDARD.encode(expired());
    let state =
        json!({"resources": [{"instances": [{"attributes": {"id": "orders.f45a2", "accepted_client_ca": value}}]}]});
    let listed = format!("[\n{}]", json!({"fingerprint": "", "base64EncodedData": value}));
    let secret = format!(
        "apiVersion: v1\nkind: Secret\nmetadata: {{name: tls}}\ndata:\n  ca.crt: {value}\n  tls.crt: {}\n  tls.key: {}\n",
        STANDARD.encode(good("client.pem")),
        STANDARD.encode(good("client.key")),
    );
    let indented: String = String::from_utf8(expired()).unwrap().lines().map(|line| format!("    {line}\n")).collect();
    let map = format!("apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: roots}}\ndata:\n  ca.crt: |\n{indented}");
    let cases = [
        (
            "terraform.tfstate",
            serde_json::to_string_pretty(&state).unwrap(),
            7,
            "resources[0].instances[0].attributes.accepted_client_ca (orders.f45a2)",
        ),
        (
            "api.json",
            json!({"spec": {"mtlsAuth": {"acceptedClientCa": value}}}).to_string(),
            1,
            "spec.mtlsAuth.acceptedClientCa",
        ),
        ("list.json", listed, 2, "[].base64EncodedData"),
        ("secret.yaml", secret, 5, "data[\"ca.crt\"] (Secret tls)"),
        ("map.yaml", map.clone(), 6, "data[\"ca.crt\"] (ConfigMap roots)"),
        (
            "own.json",
            json!({"name": "a", "bundle": String::from_utf8(expired()).unwrap()}).to_string(),
            1,
            "bundle (a)",
        ),
    ];
    for (name, text, line, member) in cases {
        std::fs::write(folder.path().join(name), text).unwrap();
        let (code, report) = check(&[name], folder.path());
        let found = findings(&report);
        let expected = ("ca-expired".to_owned(), line, member.to_owned());
        assert!(found.contains(&expected), "{name}: {found:?}");
        assert_eq!(code, 1, "{name}");
        assert_eq!(report["forecasts"][0]["answer"], "refused", "{name}");
    }
}

#[test]
fn base64_and_der_are_judged_by_what_they_hold() {
    let folder = tempfile::tempdir().unwrap();
    let wrapped: String = STANDARD.encode(expired()).as_bytes().chunks(76).fold(String::new(), |mut out, line| {
        let _ = writeln!(out, "{}", line.escape_ascii());
        out
    });
    std::fs::write(folder.path().join("ca.b64"), wrapped).unwrap();
    let found = findings(&check(&["ca.b64"], folder.path()).1);
    assert_eq!(found.iter().map(|(rule, ..)| rule.as_str()).collect::<Vec<_>>(), ["pem-base64", "ca-expired"]);
    let der = pem_body(&expired());
    std::fs::write(folder.path().join("ca.der"), der).unwrap();
    let found = findings(&check(&["ca.der"], folder.path()).1);
    assert_eq!(found.iter().map(|(rule, ..)| rule.as_str()).collect::<Vec<_>>(), ["pem-der", "ca-expired"]);
}

fn pem_body(pem: &[u8]) -> Vec<u8> {
    let text = std::str::from_utf8(pem).unwrap();
    let body: String = text.lines().filter(|line| !line.starts_with("-----")).collect();
    STANDARD.decode(body).unwrap()
}

#[test]
fn a_secret_given_as_client_and_key_gives_these_parts() {
    let folder = tempfile::tempdir().unwrap();
    let data = |name: &str| STANDARD.encode(good(name));
    let secret = json!({"kind": "Secret", "data": {"ca.crt": "bm8=", "tls.crt": data("client.pem"), "tls.key": data("client.key")}});
    std::fs::write(folder.path().join("secret.json"), secret.to_string()).unwrap();
    std::fs::write(folder.path().join("ca.pem"), good("ca.pem")).unwrap();
    let arguments = ["ca.pem", "--client", "secret.json", "--key", "secret.json", "--show", "pass"];
    let (code, report) = check(&arguments, folder.path());
    assert_eq!(code, 0, "{report:#}");
    let passed = |rule: &str| {
        report["cases"].as_array().unwrap().iter().any(|case| case["rule"] == rule && case["verdict"] == "pass")
    };
    assert!(passed("key-mismatch") && passed("chain-issuer-missing"));
}

#[test]
fn every_line_of_a_stream_is_judged_and_none_stops_the_others() {
    let line = |name: &str, pem: Vec<u8>| json!({"name": name, "bundle": String::from_utf8(pem).unwrap()}).to_string();
    let mut stream = String::new();
    for number in 0..700 {
        let pem = if number % 100 == 7 { expired() } else { good("ca.pem") };
        let _ = writeln!(stream, "{}", line(&format!("n{number}"), pem));
    }
    stream.push_str("{\"bundle\": \"\n\n{\"other\": 1}\n");
    let output = certproof()
        .args(["check", "--lines", "-", "--format", "json-lines", "--at", AT_TEXT])
        .write_stdin(stream)
        .output()
        .unwrap();
    let lines: Vec<Value> =
        String::from_utf8(output.stdout).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let forecasts: Vec<_> = lines.iter().filter(|line| line["forecast"].is_object()).collect();
    assert_eq!(forecasts.len(), 700);
    for (number, line) in forecasts.iter().enumerate() {
        let expected = if number % 100 == 7 { "refused" } else { "accepted" };
        assert_eq!(line["forecast"]["member"], format!("bundle (n{number})"));
        assert_eq!(line["forecast"]["answer"], expected);
    }
    let cases: Vec<_> = lines.iter().filter(|line| line["rule"] == "ca-expired").collect();
    assert_eq!(cases.len(), 7);
    assert_eq!(cases[1]["findings"][0]["place"]["first_line"], 108);
    let troubles = lines.last().unwrap()["troubles"].as_array().unwrap().clone();
    assert!(troubles[0].as_str().unwrap().starts_with("-:701:"), "{troubles:?}");
    assert!(troubles[1].as_str().unwrap().starts_with("-:703:"), "{troubles:?}");
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn a_folder_is_looked_into_to_its_depth_and_in_order() {
    let folder = tempfile::tempdir().unwrap();
    for (path, pem) in [
        ("b/deep/ca.crt", expired()),
        ("a.pem", good("ca.pem")),
        ("b/orders.f45a2/ca.pem", expired()),
        (".git/x.pem", expired()),
    ] {
        let path = folder.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, pem).unwrap();
    }
    std::fs::write(folder.path().join("package.json"), "{}").unwrap();
    let (_, report) = check(&["."], folder.path());
    let paths: Vec<_> =
        report["forecasts"].as_array().unwrap().iter().map(|forecast| forecast["path"].as_str().unwrap()).collect();
    assert_eq!(paths, ["./a.pem", "./b/orders.f45a2/ca.pem", "./b/deep/ca.crt"]);
}

#[test]
fn what_is_too_large_too_many_or_too_deep_is_answered_with_the_limit() {
    let folder = tempfile::tempdir().unwrap();
    let block = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n";
    let cases = [
        ("large.pem", "x".repeat(8 * 1024 * 1024 + 1), "larger than 8388608 bytes"),
        ("many.pem", block.repeat(2_001), "holds 2001 PEM blocks, and no more than 2000 are read"),
        (
            "carried.json",
            json!({"bundle": STANDARD.encode(block.repeat(2_001))}).to_string(),
            "holds more than 2000 PEM blocks",
        ),
        ("deep.json", format!("{{\"a\": {}{}}}", "[".repeat(100), "]".repeat(100)), "nested deeper than 64 levels"),
        ("broken.json", "{\"accepted_client_ca\":\n \"TUl".to_owned(), "broken.json:2: the JSON breaks off"),
        ("broken.yaml", "apiVersion: v1\nkind: Secret\ndata: [\n".to_owned(), "the YAML is malformed"),
    ];
    for (name, text, told) in cases {
        std::fs::write(folder.path().join(name), text).unwrap();
        let (code, report) = check(&[name], folder.path());
        let troubles = report["troubles"].to_string();
        assert!(troubles.contains(told), "{name}: {troubles}");
        assert_eq!(code, 2, "{name}");
    }
}

#[test]
fn fix_takes_a_bundle_out_of_a_document() {
    let folder = tempfile::tempdir().unwrap();
    let value = |pem: Vec<u8>| STANDARD.encode(pem);
    let two = json!([
        {"namespace": "orders.f45a2", "spec": {"mtlsAuth": {"acceptedClientCa": value(good("ca.pem"))}}},
        {"namespace": "billing.f45a2", "spec": {"mtlsAuth": {"acceptedClientCa": value(expired())}}},
    ]);
    std::fs::write(folder.path().join("two.json"), two.to_string()).unwrap();
    let fix = |arguments: &[&str]| certproof().current_dir(folder.path()).arg("fix").args(arguments).output().unwrap();
    let output = fix(&["two.json"]);
    assert_eq!(output.status.code(), Some(2));
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(told.contains("orders.f45a2") && told.contains("--namespace"), "{told}");
    let output = fix(&["two.json", "--namespace", "orders.f45a2"]);
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(output.stdout, good("ca.pem"));
}

#[test]
fn a_prompt_above_a_pem_makes_it_no_json() {
    let folder = tempfile::tempdir().unwrap();
    let pasted = [&b"[root@host ~]# cat ca.pem\n"[..], &expired()].concat();
    std::fs::write(folder.path().join("paste.txt"), pasted).unwrap();
    let (code, report) = check(&["paste.txt"], folder.path());
    let rules: Vec<_> = findings(&report).into_iter().map(|(rule, line, _)| (rule, line)).collect();
    assert_eq!(rules, [("pem-text-between".to_owned(), 1), ("ca-expired".to_owned(), 2)]);
    assert_eq!(code, 1);
}

#[test]
fn fix_keeps_certificates_with_headers_and_old_labels_and_says_what_it_did() {
    let folder = tempfile::tempdir().unwrap();
    let text = String::from_utf8(good("ca.pem")).unwrap();
    let header = text.replacen("CERTIFICATE-----\n", "CERTIFICATE-----\nOrigin: secret\n\n", 1);
    let old = text.replace(" CERTIFICATE-----", " X509 CERTIFICATE-----");
    for (name, text, told) in
        [("header.pem", header, "1 header dropped"), ("old.pem", old, "relabelled as CERTIFICATE")]
    {
        std::fs::write(folder.path().join(name), text).unwrap();
        let output = certproof().current_dir(folder.path()).args(["fix", name]).output().unwrap();
        assert_eq!(output.stdout, good("ca.pem"));
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(
            said.contains(told) && said.contains("some readers may have skipped") && !said.contains("secret"),
            "{said}"
        );
        assert_eq!(check(&[name], folder.path()).1["forecasts"][0]["answer"], "doubtful");
    }
}

#[test]
fn a_yaml_alias_is_answered_with_its_line() {
    let folder = tempfile::tempdir().unwrap();
    let text = "apiVersion: v1\nkind: Secret\nmetadata: {name: &name tls}\nstringData:\n  ca.crt: *name\n";
    std::fs::write(folder.path().join("alias.yaml"), text).unwrap();
    let (code, report) = check(&["alias.yaml"], folder.path());
    assert!(report["troubles"].to_string().contains("alias.yaml:5: the YAML has an alias"), "{report:#}");
    assert_eq!(code, 2);
}

#[test]
fn what_cannot_be_read_in_a_folder_is_told() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("a.pem"), good("ca.pem")).unwrap();
    std::fs::write(folder.path().join("large.tfstate"), " ".repeat(8 * 1024 * 1024 + 1)).unwrap();
    let (code, report) = check(&["."], folder.path());
    assert!(report["troubles"].to_string().contains("large.tfstate"), "{report:#}");
    assert_eq!(code, 2);
}

/// A link to a folder is followed once, and one that leads around in a circle is told.
#[cfg(unix)]
#[test]
fn links_are_followed_and_pipes_are_not_waited_for() {
    let folder = tempfile::tempdir().unwrap();
    let (kits, other) = (folder.path().join("kits"), folder.path().join("other"));
    std::fs::create_dir(&kits).unwrap();
    std::fs::create_dir(&other).unwrap();
    std::fs::write(other.join("e.pem"), expired()).unwrap();
    std::os::unix::fs::symlink(&other, kits.join("link")).unwrap();
    std::os::unix::fs::symlink(&kits, kits.join("circle")).unwrap();
    assert!(std::process::Command::new("mkfifo").arg(kits.join("pipe.pem")).status().unwrap().success());
    let (code, report) = check(&["kits"], folder.path());
    assert_eq!(report["forecasts"][0]["path"], "kits/link/e.pem");
    let troubles = report["troubles"].to_string();
    assert!(troubles.contains("`kits/circle` is a link to a folder that it lies in"), "{troubles}");
    assert!(troubles.contains("`kits/pipe.pem` is no regular file"), "{troubles}");
    assert_eq!(code, 2);
}
