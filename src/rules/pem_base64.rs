//! The base64 of a PEM file.

use super::{Check, Rule, container_is, conversion};
use crate::cloud::{Breaks, requirement};
use crate::pki::pem::Container;
use crate::report::Severity;

pub static RULE: Rule = Rule {
    id: "pem-base64",
    severity: Severity::Error,
    title: "file is the base64 of a PEM file",
    docs: "tcld's --ca-certificate and Terraform's accepted_client_ca carry the PEM file in base64 once more; options that \
           take a file want the PEM itself.",
    fix: "decode it once",
    requirement: &requirement::PEM_IS_PEM,
    breaks: Breaks::Upload,
    check: Check::Container(|file, _| {
        let help = conversion(&file.path, "fixed.pem", |from, to| format!("base64 -d {from} > {to}"));
        container_is(file, Container::Base64Pem, "this decodes to a PEM file, and is none itself", Some(help))
    }),
};
