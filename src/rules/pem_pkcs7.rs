//! A PKCS#7 container where PEM certificates are wanted.

use super::{Check, Rule, conversion};
use crate::cloud::{Breaks, requirement};
use crate::pki::pem::Container;
use crate::report::{Finding, Severity, Verdict};

pub static RULE: Rule = Rule {
    id: "pem-pkcs7",
    severity: Severity::Error,
    title: "certificates are wrapped in PKCS#7",
    docs: "A .p7b file holds certificates in a container that the cloud does not open, whether as binary or as a PEM block \
           labelled PKCS7.",
    fix: "take the certificates out of the container",
    requirement: &requirement::PEM_IS_PEM,
    breaks: Breaks::Upload,
    check: Check::Container(|file, _| {
        let help = |form: &str| {
            conversion(&file.path, file.carried.as_ref(), "fixed.pem", |from, to| {
                format!("openssl pkcs7 -print_certs{form} -in {from} -out {to}")
            })
        };
        if file.scan.container == Container::Pkcs7 {
            let finding = Finding::new("this is a PKCS#7 container in DER").at(file.whole());
            return Verdict::of([finding.help(help(" -inform DER"))]);
        }
        let blocks = file.entries.iter().filter(|entry| entry.block.label == "PKCS7");
        Verdict::of(blocks.map(|entry| {
            let message = format!("block {} is a PKCS#7 container", entry.index);
            Finding::new(message).at(file.place(entry)).help(help(""))
        }))
    }),
};
