//! A client or server certificate where CA certificates belong.

use super::{Check, Rule, Seat};
use crate::cloud::{Breaks, requirement};
use crate::report::{Finding, Severity, Verdict};

pub static RULE: Rule = Rule {
    id: "ca-is-leaf",
    severity: Severity::Error,
    title: "certificate in the bundle is a leaf",
    docs: "The bundle holds the CAs that issue client certificates, not the client certificates themselves.",
    fix: "replace it with the certificate of the CA that issued it",
    requirement: &requirement::CA_TRUE,
    breaks: Breaks::Upload,
    check: Check::Authority(|seat, _| {
        let Some(sign) = leaf_sign(seat) else { return Verdict::Pass };
        let message = format!("{} is a leaf, not a CA: CA:false and {sign}", seat.name());
        let issuer = &seat.certificate.issuer;
        let is_client = seat.certificate.extended_key_usage.present().is_some_and(|usage| usage.client_auth);
        let help = match is_client && seat.entry.index == 1 {
            true => format!(
                "this looks like a client's own file, which is not uploaded: give it with --client, and as the bundle the \
                 certificate of `{issuer}`, which issued it, up to its root"
            ),
            false => format!("replace it with the certificate of `{issuer}`, which issued it"),
        };
        Verdict::of([Finding::new(message).at(seat.place()).help(help)])
    }),
};

/// By what a certificate with CA:false is known to be a leaf, rather than a CA that was made wrongly.
pub(super) fn leaf_sign(seat: &Seat<'_>) -> Option<&'static str> {
    let certificate = seat.certificate;
    certificate.basic_constraints.present().filter(|constraints| !constraints.ca)?;
    match (certificate.extended_key_usage.present(), certificate.key_usage.present()) {
        (Some(usage), _) if usage.client_auth => Some("extended key usage clientAuth"),
        (Some(usage), _) if usage.server_auth => Some("extended key usage serverAuth"),
        (_, Some(usage)) if !usage.key_cert_sign() => Some("key usage without keyCertSign"),
        _ => None,
    }
}
