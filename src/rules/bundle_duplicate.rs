//! The same certificate twice in a bundle.

use std::collections::HashMap;

use super::{Check, Rule, seats};
use crate::cloud::{Breaks, requirement};
use crate::report::{Finding, Severity, Verdict};

pub static RULE: Rule = Rule {
    id: "bundle-duplicate",
    severity: Severity::Warning,
    title: "certificate is in the bundle twice",
    docs: "A second copy does nothing but use up one of the 16 places and part of the 32 KB. `tcld … add` refuses a \
           certificate that the namespace has already, the Temporal CLI drops it without a word.",
    fix: "keep one copy",
    requirement: &requirement::NO_DUPLICATES,
    breaks: Breaks::Nothing,
    check: Check::Bundle(|file, _| {
        let mut seen = HashMap::new();
        let copies = seats(file).filter_map(|seat| {
            let original = *seen.entry(seat.certificate.der()).or_insert(seat);
            if original.entry.index == seat.entry.index {
                return None;
            }
            let message = format!("{} is a copy of certificate {}", seat.name(), original.entry.index);
            Some(Finding::new(message).at(seat.place()).label(original.place(), "first here"))
        });
        Verdict::of(copies)
    }),
};
