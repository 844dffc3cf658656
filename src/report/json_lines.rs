//! One JSON object a line: a case each, then a summary. The shapes are those of [`super::json`].

use super::{Report, json};

pub fn print(report: &Report) -> String {
    let cases = report.cases.iter().map(json::case_line);
    cases.chain([json::summary_line(report)]).collect()
}
