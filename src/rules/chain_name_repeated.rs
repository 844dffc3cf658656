//! Two certificates of a chain with one name.

use super::{Check, Rule};
use crate::cloud::{Breaks, Stage, gate, requirement};
use crate::report::{Finding, Severity, Verdict};

pub static RULE: Rule = Rule {
    id: "chain-name-repeated",
    severity: Severity::Error,
    title: "two certificates of the chain have the same name",
    docs: "From leaf to root every distinguished name is unique, whatever its case. Temporal's support gets tickets about this. \
           Most TLS servers accept such a chain, so a test against one does not find it; OpenSSL takes a leaf with its \
           CA's name, and without an authority key identifier, for self-signed.",
    fix: "issue the certificate with a common name of its own",
    requirement: &requirement::UNIQUE_NAMES,
    breaks: Breaks::Connect(Stage::Chain),
    check: Check::Chain(|chain, context| {
        let Ok(chain) = chain else { return Verdict::skip("there is no chain to compare names in") };
        let certificates = chain.certificates();
        let Some((lower, upper)) = gate::name_repeated(certificates.iter().map(AsRef::as_ref)) else {
            return Verdict::Pass;
        };
        let (lower, upper) = (&certificates[lower], &certificates[upper]);
        let how = if lower.subject.der() == upper.subject.der() {
            "byte for byte"
        } else {
            "but for case, spaces or string type, which do not count"
        };
        let mut finding = Finding::new(format!("`{}` is also the name of a CA above it, {how}", lower.subject));
        if let Some(seat) = context.locate(lower) {
            finding = finding.at(seat.place());
        }
        if let Some(seat) = context.locate(upper) {
            finding = finding.label(seat.place(), "has the same name");
        }
        Verdict::of([finding])
    }),
};
