//! Lines that end with a carriage return alone.

use super::{Check, Rule, conversion};
use crate::cloud::{Breaks, requirement};
use crate::report::{Finding, Severity, Verdict};

pub static RULE: Rule = Rule {
    id: "pem-carriage-return-only",
    severity: Severity::Error,
    title: "lines end with a carriage return alone",
    docs: "Old Macintosh files have such line ends. Go's PEM reader looks for boundaries between line feeds, and does not see \
           those that end with a carriage return.",
    fix: "write line feeds instead of carriage returns",
    requirement: &requirement::PEM_READS,
    breaks: Breaks::Upload,
    check: Check::Container(|file, _| {
        let count = file.scan.line_ends.boundary_cr;
        Verdict::of((count > 0 && file.is_pem()).then(|| {
            let ends = if count == 1 { "boundary ends" } else { "boundaries end" };
            let message =
                format!("{count} {ends} with a carriage return alone; Go's reader does not see a line end there");
            let help = conversion(&file.path, file.carried.as_ref(), "fixed.pem", |from, to| {
                format!("tr '\\r' '\\n' < {from} > {to}")
            });
            Finding::new(message).at(file.whole()).help(help)
        }))
    }),
};
