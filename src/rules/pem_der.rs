//! A certificate or a key in DER where PEM is wanted.

use super::{Check, Rule, container_is, conversion};
use crate::cloud::{Breaks, requirement};
use crate::pki::pem::Container;
use crate::pki::{Bundle, Content};
use crate::report::{Severity, plural};

pub static RULE: Rule = Rule {
    id: "pem-der",
    severity: Severity::Error,
    title: "file is DER, not PEM",
    docs: "The cloud takes PEM. Binary DER, which often has the ending .der, .cer or .crt, holds the same certificate in \
           another wrapping. What is in it is judged all the same.",
    fix: "convert it to PEM",
    requirement: &requirement::PEM_IS_PEM,
    breaks: Breaks::Upload,
    check: Check::Container(|file, _| {
        let keys = file.entries.iter().filter(|entry| matches!(entry.content, Content::PrivateKey { .. })).count();
        let message = match (keys, file.entries.len()) {
            (0, count) => format!("this is binary DER, which holds {}", plural(count, "certificate")),
            (keys, _) => format!("this is binary DER, which holds {}", plural(keys, "private key")),
        };
        let help = match keys {
            0 => to_pem(file),
            _ => "give the certificate of the CA instead; a private key is not uploaded in any form".to_owned(),
        };
        container_is(file, Container::Der, &message, Some(help))
    }),
};

/// openssl converts the first certificate only; `fix` takes them all.
fn to_pem(file: &Bundle) -> String {
    conversion(&file.path, file.carried.as_ref(), "fixed.pem", |from, to| match file.entries.len() {
        1 => format!("openssl x509 -inform DER -in {from} -out {to}"),
        _ => format!("certproof fix {from} --output {to}"),
    })
}
