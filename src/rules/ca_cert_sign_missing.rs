//! A CA whose key usage does not let it sign certificates.

use super::{Check, Rule};
use crate::cloud::{Breaks, requirement};
use crate::report::{Finding, Severity, Verdict};

pub static RULE: Rule = Rule {
    id: "ca-cert-sign-missing",
    severity: Severity::Warning,
    title: "CA may not sign certificates",
    docs: "A key usage without keyCertSign forbids the key to sign certificates. Go and OpenSSL then refuse every \
           certificate below it; rustls does not look. Whether the upload is refused is not known.",
    fix: "issue the CA certificate again with `keyUsage = critical, keyCertSign, cRLSign`",
    requirement: &requirement::CA_CERT_SIGN,
    breaks: Breaks::Nothing,
    check: Check::Authority(|seat, _| {
        let usage = seat.certificate.key_usage.present().filter(|usage| !usage.key_cert_sign());
        Verdict::of(usage.filter(|_| seat.certificate.is_ca()).map(|usage| {
            let names = usage.names().join(", ");
            Finding::new(format!("the key usage of {} is {names}, without keyCertSign", seat.name())).at(seat.place())
        }))
    }),
};
