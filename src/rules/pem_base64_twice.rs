//! A value in base64 that decodes to base64 again.

use super::{Check, Rule};
use crate::cloud::{Breaks, requirement};
use crate::pki::pem::Container;
use crate::report::{Finding, Severity, Verdict};

pub static RULE: Rule = Rule {
    id: "pem-base64-twice",
    severity: Severity::Error,
    title: "value is encoded in base64 twice",
    docs: "A file that held base64 already was encoded once more: by base64encode() of Terraform, by kubectl, or by an \
           option that takes a file. What the cloud gets is no PEM. What is inside is judged all the same.",
    fix: "encode the PEM file itself, once",
    requirement: &requirement::VALUE_IS_BASE64,
    breaks: Breaks::Upload,
    check: Check::Container(|file, _| {
        if file.carried.as_ref().is_none_or(|carried| carried.member.is_none()) {
            return Verdict::skip("the file is no document that carries values");
        }
        let message = "this value decodes to base64, which decodes to a PEM file";
        let twice = file.scan.container == Container::Base64Pem;
        Verdict::of(twice.then(|| Finding::new(message).at(file.whole())))
    }),
};
