//! The same certificate twice in a bundle.

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
        let all: Vec<_> = seats(file).collect();
        let copies = all.iter().enumerate().filter_map(|(position, seat)| {
            let original = all[..position].iter().find(|other| other.certificate.der() == seat.certificate.der())?;
            let message = format!("{} is a copy of certificate {}", seat.name(), original.entry.index);
            Some(Finding::new(message).at(seat.place()).label(original.place(), "first here"))
        });
        Verdict::of(copies)
    }),
};
