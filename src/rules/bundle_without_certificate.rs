//! Blocks, but no certificate among them.

use super::{Check, Rule};
use crate::cloud::{Breaks, requirement};
use crate::report::{Finding, Severity, Verdict};

pub static RULE: Rule = Rule {
    id: "bundle-without-certificate",
    severity: Severity::Error,
    title: "bundle holds no certificate that can be read",
    docs: "A namespace that authenticates by certificates needs at least one CA certificate.",
    fix: "give the certificate of the CA that issues your client certificates",
    requirement: &requirement::PEM_IS_PEM,
    breaks: Breaks::Upload,
    check: Check::Bundle(|file, _| {
        let none = file.certificates().next().is_none();
        let message = "none of the file's blocks is a certificate that can be read";
        Verdict::of(none.then(|| Finding::new(message).at(file.whole())))
    }),
};
