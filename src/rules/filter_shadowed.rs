//! A filter that lets in nobody.

use super::{Check, Rule, filter_place};
use crate::cloud::filter::FiltersFile;
use crate::cloud::{Breaks, requirement};
use crate::report::{Finding, Severity, Verdict};

pub static RULE: Rule = Rule {
    id: "filter-shadowed",
    severity: Severity::Info,
    title: "filter adds nobody to those that another one lets in",
    docs: "One filter that matches is enough, so a filter beside a wider one changes nothing. It may be meant to narrow \
           that one, which no filter can. Filters that differ only in case are such a pair, since case does not count.",
    fix: "remove the narrower filter; if it was meant to restrict, remove the wider one",
    requirement: &requirement::FILTER_ADDS,
    breaks: Breaks::Nothing,
    check: Check::Filters(|given, _| {
        let Ok(file) = &given.file else { return Verdict::skip("the file cannot be read") };
        let shadowed = (0..file.entries.len()).filter_map(|narrow| {
            let wide = (0..file.entries.len()).find(|wide| adds_nothing(file, narrow, *wide))?;
            let message = format!("whom filter {} lets in, filter {} lets in too", narrow + 1, wide + 1);
            let wider = filter_place(given, &file.entries[wide]);
            Some(
                Finding::new(message)
                    .at(filter_place(given, &file.entries[narrow]))
                    .label(wider, "is as wide, or wider"),
            )
        });
        Verdict::of(shadowed)
    }),
};

/// Of two that let in the same, the later adds nothing. Of two that are equal to the letter another rule speaks.
fn adds_nothing(file: &FiltersFile, narrow: usize, wide: usize) -> bool {
    let (one, other) = (&file.entries[narrow], &file.entries[wide]);
    let (Ok(filter), Ok(wider)) = (&one.filter, &other.filter) else { return false };
    one.sent() != other.sent() && wider.covers(filter) && (wide < narrow || !filter.covers(wider))
}
