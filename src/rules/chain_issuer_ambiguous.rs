//! A certificate that does not say which of two CAs of one name issued it.

use super::{Check, Rule};
use crate::cloud::{Breaks, requirement};
use crate::report::{Finding, Severity, Verdict};

pub static RULE: Rule = Rule {
    id: "chain-issuer-ambiguous",
    severity: Severity::Error,
    title: "two CAs may be the issuer, and no key id decides",
    docs: "The bundle holds two CAs of this issuer's name with different keys, and the certificate has no authority key \
           identifier. Go and rustls try both; verifiers of the OpenSSL family take the first and fail if it is the \
           other one. What the cloud's edge runs is not public, so the order of the bundle may decide.",
    fix: "issue the certificate with an authority key identifier, or give the new CA a name of its own",
    requirement: &requirement::DISTINCT_CA_NAMES,
    breaks: Breaks::Nothing,
    check: Check::Chain(|_, context| {
        let authorities = context.kit.authorities();
        let presented = context.kit.leaf().into_iter().cloned().chain(context.kit.sent());
        let ambiguous =
            presented.filter(|certificate| certificate.authority_key_id.is_none()).filter_map(|certificate| {
                let mut issuers = authorities
                    .iter()
                    .filter(|ca| ca.subject.der() == certificate.issuer.der() && ca.der() != certificate.der());
                let first = issuers.next()?;
                let other = issuers.find(|ca| ca.spki != first.spki)?;
                let message = format!(
                    "`{}` may be issued by either of two CAs named `{}`",
                    certificate.subject, certificate.issuer
                );
                let mut finding = Finding::new(message);
                if let Some(seat) = context.locate(&certificate) {
                    finding = finding.at(seat.place());
                }
                for (ca, label) in [(first, "one of them"), (other, "the other")] {
                    if let Some(seat) = context.locate(ca) {
                        finding = finding.label(seat.place(), label);
                    }
                }
                Some(finding)
            });
        Verdict::of(ambiguous)
    }),
};
