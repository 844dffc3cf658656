//! tcld's documented lines with our name in front: OpenSSL verifies what they make, and shows tcld's fields.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::child::{STEP, output};
use super::{certproof, folder};
use crate::{Result, root};

/// The lines as Temporal documents them, after the program's name. Of the second, tcld finds the key kind out by itself.
const CA: &str = "gen ca --org temporal -d 1y --ca-cert ca.pem --ca-key ca.key";
const LEAF: &str =
    "gen leaf --org temporal -d 364d --ca-cert ca.pem --ca-key ca.key --cert client.pem --key client.key";

/// What `openssl x509 -text` shows of tcld's certificates, extensions sorted; `ID` and `WORD` stand for what differs
/// each time.
const TCLD_CA: [&str; 6] = [
    "Issuer: O=ORG",
    "Subject: O=ORG",
    "X509v3 Basic Constraints: critical: CA:TRUE",
    "X509v3 Key Usage: critical: Digital Signature, Certificate Sign, CRL Sign",
    "X509v3 Subject Alternative Name: DNS:client.root.ORG.WORD",
    "X509v3 Subject Key Identifier: ID",
];
const TCLD_LEAF: [&str; 5] = [
    "Issuer: O=ORG",
    "Subject: O=ORG, OU=",
    "X509v3 Authority Key Identifier: ID",
    "X509v3 Basic Constraints: critical: CA:FALSE",
    "X509v3 Subject Alternative Name: DNS:client.endentity.ORG.WORD",
];

/// # Errors
/// When OpenSSL does not verify a leaf, or shows other fields than tcld's.
pub fn verify() -> Result {
    // The lists first: made by the Go program that mirrors tcld, these are what tcld makes.
    let found = root().join("testdata").join("found");
    has_tcld_fields(&found.join("go-tcld-like"), "acme", false)?;
    has_tcld_fields(&found.join("go-tcld-like-rsa"), "acme", true)?;
    for recipe in ["certproof", "tcld"] {
        for is_rsa in [false, true] {
            let pair = make(recipe, is_rsa)?;
            let mut command = Command::new("openssl");
            command.args(["verify", "-purpose", "sslclient", "-CAfile", "ca.pem", "client.pem"]).current_dir(&pair);
            let said = output("openssl verify", &mut command, STEP)?;
            if said.trim() != "client.pem: OK" {
                return Err(format!("openssl verify of a {recipe} leaf said {said}").into());
            }
            if recipe == "tcld" {
                has_tcld_fields(&pair, "temporal", is_rsa)?;
            }
        }
    }
    println!("openssl verifies 4 pairs made by tcld's lines, 2 of them with tcld's fields and no others");
    Ok(())
}

/// A folder with a fresh CA and leaf.
fn make(recipe: &str, is_rsa: bool) -> Result<PathBuf> {
    let pair = folder().join(format!("{recipe}{}", if is_rsa { "-rsa" } else { "" }));
    if pair.exists() {
        std::fs::remove_dir_all(&pair)?;
    }
    std::fs::create_dir_all(&pair)?;
    for (name, line) in [("certproof gen ca", CA), ("certproof gen leaf", LEAF)] {
        let mut command = Command::new(certproof()?);
        command.args(line.split_whitespace()).args(["--recipe", recipe]).current_dir(&pair);
        if is_rsa {
            command.arg("--rsa");
        }
        output(name, &mut command, STEP)?;
    }
    Ok(pair)
}

fn has_tcld_fields(pair: &Path, organization: &str, is_rsa: bool) -> Result {
    let usage = if is_rsa { "Digital Signature, Key Encipherment" } else { "Digital Signature" };
    let ca = TCLD_CA.map(|field| field.replace("Digital Signature", usage));
    let leaf = TCLD_LEAF.map(str::to_owned);
    for (file, wanted) in [("ca.pem", &ca[..]), ("client.pem", &leaf[..])] {
        let path = pair.join(file);
        let mut command = Command::new("openssl");
        command.args(["x509", "-noout", "-text", "-in"]).arg(&path);
        let shown = fields(&output("openssl x509", &mut command, STEP)?, organization);
        if shown != wanted {
            return Err(format!("{} should have {wanted:#?}, but it has {shown:#?}", path.display()).into());
        }
    }
    Ok(())
}

/// Issuer, subject, and the extensions, each with its value behind it.
fn fields(text: &str, organization: &str) -> Vec<String> {
    let mut names = Vec::new();
    let mut extensions = Vec::new();
    let mut lines = text.lines().map(str::trim);
    while let Some(line) = lines.next() {
        if line.starts_with("Issuer: ") || line.starts_with("Subject: ") {
            names.push(line.replace(" = ", "=").replace(" =", "="));
        } else if line.starts_with("X509v3 ") && line != "X509v3 extensions:" {
            let value = lines.next().unwrap_or_default();
            extensions.push(format!("{line} {}", masked(value)).replace("critical ", "critical: "));
        }
    }
    extensions.sort();
    names.extend(extensions);
    let organizations =
        ["O=", "root.", "endentity."].map(|before| (format!("{before}{organization}"), format!("{before}ORG")));
    let masked = names
        .into_iter()
        .map(|field| organizations.iter().fold(field, |field, (named, masked)| field.replace(named.as_str(), masked)));
    masked.collect()
}

/// Key identifiers and the four random characters at the end of tcld's DNS names.
fn masked(value: &str) -> String {
    let value = value.trim_start_matches("keyid:");
    let is_id = value.len() == 59 && value.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b':');
    match value.rsplit_once('.') {
        _ if is_id => "ID".to_owned(),
        Some((name, word)) if name.starts_with("DNS:") && word.len() == 4 => format!("{name}.WORD"),
        _ => value.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_differs_each_time_is_masked_and_nothing_else() {
        let text = "  Subject: O = acme, OU = \n  X509v3 extensions:\n    X509v3 Subject Alternative Name: \n      \
                    DNS:client.endentity.acme.Xy9Z\n    X509v3 Basic Constraints: critical\n      CA:FALSE\n";
        assert_eq!(
            fields(text, "acme"),
            [
                "Subject: O=ORG, OU=",
                "X509v3 Basic Constraints: critical: CA:FALSE",
                "X509v3 Subject Alternative Name: DNS:client.endentity.ORG.WORD"
            ]
        );
        assert_eq!(masked("CA:TRUE, pathlen:0"), "CA:TRUE, pathlen:0");
    }
}
