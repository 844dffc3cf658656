//! A CA certificate before X.509 v3.

use super::{Check, Rule};
use crate::cloud::{Breaks, requirement};
use crate::report::{Finding, Severity, Verdict};

pub static RULE: Rule = Rule {
    id: "ca-version",
    severity: Severity::Error,
    title: "CA certificate is not X.509 v3",
    docs: "Only version 3 has the extensions in which a certificate says that it is a CA. `openssl req -x509` without an \
           extension section, and old tools, make version 1.",
    fix: "issue the CA certificate again as X.509 v3, with extensions",
    requirement: &requirement::CA_V3,
    breaks: Breaks::Upload,
    check: Check::Authority(|seat, _| {
        let version = seat.certificate.version;
        Verdict::of(
            (version != 3).then(|| Finding::new(format!("{} is X.509 v{version}", seat.name())).at(seat.place())),
        )
    }),
};
