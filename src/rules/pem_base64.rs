//! The base64 of a PEM file, as a file of its own.

use super::{Check, Rule, container_is, conversion};
use crate::cloud::{Breaks, requirement};
use crate::pki::pem::Container;
use crate::report::{Severity, Verdict};

pub static RULE: Rule = Rule {
    id: "pem-base64",
    severity: Severity::Warning,
    title: "file is the base64 of a PEM file",
    docs: "tcld's --ca-certificate and Terraform's accepted_client_ca carry the PEM file in base64, and that is what this \
           file holds. Options that take a file, such as --ca-certificate-file, want the PEM itself, and encode it once \
           more. What is in the base64 is judged like any bundle.",
    fix: "use it as a value, not as a file; or decode it once",
    requirement: &requirement::PEM_IS_PEM,
    breaks: Breaks::Nothing,
    check: Check::Container(|file, _| {
        if file.carried.as_ref().is_some_and(|carried| carried.member.is_some()) {
            return Verdict::skip("this is about files, not about values in a document");
        }
        let decode = conversion(&file.path, file.carried.as_ref(), "fixed.pem", |from, to| {
            format!("certproof fix {from} --output {to}")
        });
        let help = format!("right for --ca-certificate and accepted_client_ca; for options that take a file: {decode}");
        container_is(file, Container::Base64Pem, "this decodes to a PEM file, and is none itself", Some(help))
    }),
};
