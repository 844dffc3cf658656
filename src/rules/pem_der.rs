//! A certificate in DER where PEM is wanted.

use super::{Check, Rule, container_is, conversion};
use crate::cloud::{Breaks, requirement};
use crate::pki::pem::Container;
use crate::report::Severity;

pub static RULE: Rule = Rule {
    id: "pem-der",
    severity: Severity::Error,
    title: "file is DER, not PEM",
    docs: "The cloud takes PEM. Binary DER, which often has the ending .der, .cer or .crt, holds the same certificate in \
           another wrapping.",
    fix: "convert it to PEM",
    requirement: &requirement::PEM_IS_PEM,
    breaks: Breaks::Upload,
    check: Check::Container(|file, _| {
        let help =
            conversion(&file.path, "fixed.pem", |from, to| format!("openssl x509 -inform DER -in {from} -out {to}"));
        container_is(file, Container::Der, "this is binary DER, which holds one certificate or one key", Some(help))
    }),
};
