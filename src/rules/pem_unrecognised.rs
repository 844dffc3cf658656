//! A file that is no PEM and nothing that could be converted by one command.

use super::{Check, Rule, conversion};
use crate::cloud::{Breaks, requirement};
use crate::pki::Bundle;
use crate::pki::pem::Container;
use crate::report::{Finding, Severity, Verdict};

pub static RULE: Rule = Rule {
    id: "pem-unrecognised",
    severity: Severity::Error,
    title: "file holds no PEM block",
    docs: "The file has no line that begins a PEM block, and is no other form of a certificate that is known here.",
    fix: "give a file with -----BEGIN CERTIFICATE----- in it",
    requirement: &requirement::PEM_IS_PEM,
    breaks: Breaks::Upload,
    check: Check::Container(|file, _| {
        let (message, help) = match file.scan.container {
            Container::Jks => (
                "this is a Java key store, which may hold private keys",
                Some(conversion(&file.path, file.carried.as_ref(), "fixed.pem", |from, to| {
                    format!("keytool -exportcert -rfc -keystore {from} -alias ALIAS -file {to}")
                })),
            ),
            Container::Zip => ("this is a zip archive", Some(unpack(file, |from, to| format!("unzip {from} -d {to}")))),
            Container::Tar => (
                "this is a tar archive",
                Some(unpack(file, |from, to| format!("mkdir {to} && tar -xf {from} -C {to}"))),
            ),
            Container::Gzip => (
                "this is gzip data",
                Some(conversion(&file.path, file.carried.as_ref(), "unpacked", |from, to| {
                    format!("gunzip -c {from} > {to}, and give that file")
                })),
            ),
            Container::Json => (
                "this is JSON, and no bundle is in a place of it that is known here",
                Some(format!("known are {KNOWN_PLACES}")),
            ),
            Container::Unknown => ("nothing in this file begins a PEM block", None),
            _ => return Verdict::Pass,
        };
        let mut finding = Finding::new(message).at(file.whole());
        if file.scan.container == Container::Jks {
            finding = finding.note("`keytool -list -keystore FILE` lists the aliases in it");
        }
        Verdict::of([Finding { help, ..finding }])
    }),
};

/// Where bundles are looked for in JSON.
const KNOWN_PLACES: &str = "accepted_client_ca of Terraform's state and plans, acceptedClientCa of the Cloud Ops API, \
                            base64EncodedData of what tcld lists, Kubernetes secrets, and {\"bundle\": \"…\"}";

fn unpack(file: &Bundle, command: fn(&str, &str) -> String) -> String {
    let command = conversion(&file.path, file.carried.as_ref(), "unpacked", command);
    format!("{command}, and give the certificate file in it")
}
