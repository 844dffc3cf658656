//! Nothing of a private key or of text between blocks is ever shown, in any format, log or panic.

use certproof::cloud::Kit;
use certproof::cloud::kit::{File, Files};
use certproof::pki::Bundle;
use tempfile::tempdir;

use crate::common::{AT_TEXT, certproof, files, root};

/// Stands where somebody's secret would stand.
const CANARY: &str = "hunter2canary";

/// Base64 lines of the key in a file.
fn key_lines(text: &str) -> Vec<String> {
    text.lines().filter(|line| !line.starts_with("-----") && line.len() > 20).map(str::to_owned).collect()
}

fn shown(path: &std::path::Path, format: &str) -> String {
    let output = certproof()
        .arg("check")
        .arg(path)
        .args(["--at", AT_TEXT, "--format", format, "--show", "pass", "--client"])
        .arg(path)
        .arg("--key")
        .arg(path)
        .arg("--filters")
        .arg(path)
        .output()
        .unwrap();
    String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned()
}

#[test]
fn keys_and_comments_appear_in_no_output() {
    let key = std::fs::read_to_string(root().join("testdata/rules/ca-expired/pass/client.key")).unwrap();
    let certificate = std::fs::read_to_string(root().join("testdata/rules/ca-expired/pass/ca.pem")).unwrap();
    let folder = tempdir().unwrap();
    let path = folder.path().join("ca.pem");
    let relabelled = key.replace("PRIVATE KEY", "CERTIFICATE");
    let strange = key.replace("PRIVATE KEY", CANARY);
    let headed = key.replace("KEY-----\n", &format!("KEY-----\nComment: {CANARY}\n{CANARY}: x\n\n")).replacen(
        &format!("{CANARY}: x\n\n-----END"),
        "-----END",
        1,
    );
    let texts = [
        format!("password {CANARY}\n{certificate}{CANARY}\n{key}"),
        format!("{certificate}{key}{CANARY}"),
        format!("{{\"filters\": [{{\"{CANARY}\": \"{CANARY}\"}}, \"{CANARY}\"]}}"),
        format!("{certificate}{relabelled}"),
        format!("{certificate}{strange}"),
        headed,
        key.replace("-----END PRIVATE KEY-----", ""),
        key.replace('\n', "\\n"),
        key.replace("-----BEGIN", "----BEGIN"),
        format!(" {key}"),
    ];
    for text in texts {
        std::fs::write(&path, &text).unwrap();
        for format in ["full", "concise", "json", "json-lines", "sarif", "junit", "github", "markdown"] {
            let mut shown = shown(&path, format);
            if format == "full" {
                for command in ["inspect", "fix"] {
                    let output = certproof().arg(command).arg(&path).output().unwrap();
                    shown.push_str(&String::from_utf8_lossy(&[output.stdout, output.stderr].concat()));
                }
            }
            assert!(!shown.contains(CANARY), "{format}:\n{shown}");
            for line in key_lines(&key) {
                assert!(!shown.contains(&line[..20]), "{format} shows a key:\n{shown}");
            }
        }
    }
}

#[test]
fn debug_output_of_what_was_read_holds_no_key() {
    let good = files(&root().join("testdata/rules/ca-expired/pass"));
    let key = good.key.clone().unwrap();
    let both = File::new("both.pem", key.bytes.0.clone());
    let kit = Kit::read(&Files { bundle: Some(both.clone()), key: Some(both.clone()), ..Files::default() });
    let text = String::from_utf8(key.bytes.0.clone()).unwrap();
    let bundle = Bundle::read("both.pem", &key.bytes.0);
    let der = bundle.entries[0].block.der.clone().unwrap();
    let numbers = format!("{:?}", &der[..16]);
    for debug in [format!("{good:?}"), format!("{both:?}"), format!("{kit:?}"), format!("{bundle:?}")] {
        assert!(!debug.contains(numbers.trim_matches(['[', ']'])), "{debug}");
        for line in key_lines(&text) {
            assert!(!debug.contains(&line), "{debug}");
        }
    }
}
