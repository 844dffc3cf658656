//! Two CAs of one name.

use std::collections::{HashMap, HashSet};

use super::{Check, Rule, seats};
use crate::cloud::{Breaks, requirement};
use crate::report::{Finding, Severity, Verdict};

pub static RULE: Rule = Rule {
    id: "bundle-same-name",
    severity: Severity::Warning,
    title: "two CAs have the same name",
    docs: "Verifiers of the OpenSSL family take the first CA of a name: if the client does not name its issuer's key \
           (AKI), the order of the bundle decides whether it gets in. `tcld gen ca` with the same organization makes such \
           twins, and a rollover puts them side by side.",
    fix: "put a version or a date into the name of each new CA",
    requirement: &requirement::DISTINCT_CA_NAMES,
    breaks: Breaks::Nothing,
    check: Check::Bundle(|file, _| {
        let mut named = HashMap::new();
        let mut seen = HashSet::new();
        // Copies of one certificate are another rule's.
        let twins = seats(file).filter(|seat| seen.insert(seat.certificate.der())).filter_map(|seat| {
            let twin = *named.entry(seat.certificate.subject.canonical()).or_insert(seat);
            if twin.entry.index == seat.entry.index {
                return None;
            }
            let key = if twin.certificate.spki == seat.certificate.spki { "the same key" } else { "another key" };
            let message = format!("{} has the name of certificate {} and {key}", seat.name(), twin.entry.index);
            Some(Finding::new(message).at(seat.place()).label(twin.place(), "the other one"))
        });
        Verdict::of(twins)
    }),
};
