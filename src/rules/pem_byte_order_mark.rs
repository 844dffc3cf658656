//! A byte order mark before the first block.

use super::{Check, Rule, conversion};
use crate::cloud::{Breaks, requirement};
use crate::report::{Finding, Severity, Verdict};

pub static RULE: Rule = Rule {
    id: "pem-byte-order-mark",
    severity: Severity::Error,
    title: "file starts with a byte order mark",
    docs: "Some editors put three invisible bytes (EF BB BF) before the text. Go's PEM reader then does not see the block \
           on the first line: that certificate is lost, mostly without a word.",
    fix: "save the file as UTF-8 without a byte order mark",
    requirement: &requirement::PEM_READS,
    breaks: Breaks::Upload,
    check: Check::Container(|file, _| {
        let marked = file.scan.byte_order_mark && file.is_pem();
        Verdict::of(marked.then(|| {
            let message = "three invisible bytes stand before the first line; Go's reader skips the block there";
            let help = conversion(&file.path, file.carried.as_ref(), "fixed.pem", |from, to| {
                format!("tail -c +4 {from} > {to}")
            });
            Finding::new(message).at(file.lines(1, 1, "byte order mark")).help(help)
        }))
    }),
};
