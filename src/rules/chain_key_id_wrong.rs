//! A certificate that names another key than that of its issuer.

use super::{Check, Rule};
use crate::cloud::{Breaks, requirement};
use crate::pki::name::hex;
use crate::report::{Finding, Severity, Verdict};

pub static RULE: Rule = Rule {
    id: "chain-key-id-wrong",
    severity: Severity::Warning,
    title: "authority key identifier is not the issuer's",
    docs: "A certificate may say which key signed it, so that verifiers need not try all CAs of a name. Go takes \
           it for a hint, rustls does not look at it. Verifiers of the OpenSSL family leave every CA out whose \
           key identifier differs, and find no issuer. What the cloud's edge runs is not public.",
    fix: "issue the certificate again with the CA's own subject key identifier as its authority key identifier",
    requirement: &requirement::KEY_IDS_AGREE,
    breaks: Breaks::Nothing,
    check: Check::Chain(|chain, context| {
        let Ok(chain) = chain else { return Verdict::skip("there is no chain to compare key identifiers in") };
        let certificates = chain.certificates();
        // A root is its own issuer.
        let issuers = certificates.iter().skip(1).chain(certificates.last());
        let wrong = certificates.iter().zip(issuers).filter_map(|(certificate, issuer)| {
            let (named, own) = (certificate.authority_key_id.as_ref()?, issuer.subject_key_id.as_ref()?);
            if named == own {
                return None;
            }
            let (named, own) = (hex(named), hex(own));
            let message =
                format!("`{}` says that key {named} signed it, and its issuer's is {own}", certificate.subject);
            let mut finding = Finding::new(message);
            if let Some(seat) = context.locate(certificate) {
                finding = finding.at(seat.place());
            }
            if let Some(seat) = context.locate(issuer).filter(|_| certificate.der() != issuer.der()) {
                finding = finding.label(seat.place(), "signed it");
            }
            Some(finding)
        });
        Verdict::of(wrong)
    }),
};
