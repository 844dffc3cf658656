//! One filter twice.

use super::{Check, Rule, filter_place};
use crate::cloud::{Breaks, requirement};
use crate::report::{Finding, Severity, Verdict};

pub static RULE: Rule = Rule {
    id: "filter-duplicate",
    severity: Severity::Error,
    title: "filter is given twice",
    docs: "tcld refuses a list in which two filters are equal to the letter: 'supplied certificate filters contain at least \
           one duplicate entry'. Whether the cloud refuses them from other tools is not known.",
    fix: "remove one of the two",
    requirement: &requirement::FILTER_DISTINCT,
    breaks: Breaks::Upload,
    check: Check::Filters(|given, _| {
        let Ok(file) = &given.file else { return Verdict::skip("the file cannot be read") };
        // What is not set is equal too, and has a finding of its own.
        let set = |position: &usize| file.entries[*position].sent().iter().any(|value| !value.is_empty());
        let repeated = (0..file.entries.len()).filter(set).filter_map(|later| {
            let entry = &file.entries[later];
            let earlier = file.entries[..later].iter().position(|earlier| earlier.sent() == entry.sent())?;
            let message = format!("filter {} is filter {} once more", later + 1, earlier + 1);
            let first = filter_place(given, &file.entries[earlier]);
            Some(Finding::new(message).at(filter_place(given, entry)).label(first, "stands here already"))
        });
        Verdict::of(repeated)
    }),
};
