//! A client certificate that is valid for longer than its CA.

use super::{Check, Rule};
use crate::cloud::{Breaks, requirement};
use crate::pki::chain::{SIGNATURE_BUDGET, SignatureCheck};
use crate::pki::clock::rfc3339;
use crate::report::{Finding, Severity, Verdict};

pub static RULE: Rule = Rule {
    id: "leaf-outlives-ca",
    severity: Severity::Warning,
    title: "client certificate outlives its CA",
    docs: "A client certificate ends with its CA, whatever date it bears. Its own date then misleads those who watch over \
           expiry.",
    fix: "issue it for a shorter time, or renew the CA",
    requirement: &requirement::LEAF_BEFORE_CA,
    breaks: Breaks::Nothing,
    check: Check::Leaf(|seat, context| {
        let leaf = seat.certificate;
        let given: Vec<_> = context.kit.authorities().into_iter().chain(context.kit.sent()).collect();
        // A CA that was renewed with its key is there twice; the client ends with the later one.
        let issuer = given
            .iter()
            .filter(|ca| ca.subject.der() == leaf.issuer.der())
            .take(SIGNATURE_BUDGET)
            .filter(|ca| context.signed_by(leaf, ca) == SignatureCheck::Good)
            .max_by_key(|ca| ca.not_after);
        let Some(issuer) = issuer else { return Verdict::skip("its CA is not among the files given") };
        if leaf.not_after <= issuer.not_after {
            return Verdict::Pass;
        }
        let message = format!("{} is valid until {}", seat.name(), rfc3339(leaf.not_after));
        let finding = Finding::new(message).at(seat.place());
        let label = format!("its CA ends at {}", rfc3339(issuer.not_after));
        Verdict::of([match context.locate(issuer) {
            Some(ca) => finding.label(ca.place(), label),
            None => finding.note(label),
        }])
    }),
};
