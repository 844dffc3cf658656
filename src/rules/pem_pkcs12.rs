//! A PKCS#12 key store where PEM certificates are wanted.

use super::{Check, Role, Rule, conversion};
use crate::cloud::{Breaks, requirement};
use crate::pki::pem::Container;
use crate::report::{Finding, Severity, Verdict};

pub static RULE: Rule = Rule {
    id: "pem-pkcs12",
    severity: Severity::Error,
    title: "file is a PKCS#12 key store",
    docs: "A .p12 or .pfx file usually holds a private key beside its certificates, and must never be uploaded.",
    fix: "export the CA certificates alone",
    requirement: &requirement::PEM_IS_PEM,
    breaks: Breaks::Upload,
    check: Check::Container(|file, role| {
        if file.scan.container != Container::Pkcs12 {
            return Verdict::Pass;
        }
        let export = |which: &str| {
            conversion(&file.path, file.carried.as_ref(), "fixed.pem", |from, to| {
                format!("openssl pkcs12 -in {from}{which} -nokeys -out {to}")
            })
        };
        let message = "this is a PKCS#12 key store, which usually holds a private key";
        let finding = Finding::new(message).at(file.whole());
        Verdict::of([match role {
            Role::Client => finding.help(export("")),
            Role::Bundle | Role::ServerRoot => finding
                .note("openssl does not list a CA under -cacerts if its own key is in the store; then use -clcerts")
                .help(export(" -cacerts")),
        }])
    }),
};
