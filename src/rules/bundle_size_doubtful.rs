//! A size that is within 32 KB in one reading and not in the other.

use super::{Check, Rule};
use crate::cloud::{Breaks, requirement};
use crate::report::{Finding, Severity, Verdict};

pub static RULE: Rule = Rule {
    id: "bundle-size-doubtful",
    severity: Severity::Warning,
    title: "bundle may be too large",
    docs: "The limit is 32 KB, which is 32,768 bytes or 32,000; the documents do not say which.",
    fix: "stay below 32,000 bytes",
    requirement: &requirement::BUNDLE_SIZE_DOUBTFUL,
    breaks: Breaks::Nothing,
    check: Check::Bundle(|file, _| {
        let (Some(safe), Some(most)) = (requirement::BUNDLE_SIZE_DOUBTFUL.number, requirement::BUNDLE_SIZE.number)
        else {
            return Verdict::Pass;
        };
        let doubtful = file.size > safe && file.size <= most;
        Verdict::of(doubtful.then(|| {
            Finding::new(format!(
                "{} bytes: over {safe}, the one reading of the limit, within {most}, the other",
                file.size
            ))
            .at(file.whole())
        }))
    }),
};
