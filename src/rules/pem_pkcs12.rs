//! A PKCS#12 key store where PEM certificates are wanted.

use super::{Check, Rule, container_is};
use crate::cloud::{Breaks, requirement};
use crate::pki::pem::Container;
use crate::report::Severity;

pub static RULE: Rule = Rule {
    id: "pem-pkcs12",
    severity: Severity::Error,
    title: "file is a PKCS#12 key store",
    docs: "A .p12 or .pfx file usually holds a private key beside its certificates, and must never be uploaded.",
    fix: "export the CA certificates alone",
    requirement: &requirement::PEM_IS_PEM,
    breaks: Breaks::Upload,
    check: Check::Container(|file, _| {
        let help = format!("openssl pkcs12 -in {} -cacerts -nokeys -out ca.pem", file.path);
        let message = "this is a PKCS#12 key store, which usually holds a private key";
        container_is(file, Container::Pkcs12, message, Some(help))
    }),
};
