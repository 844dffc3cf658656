//! Workflow commands that GitHub Actions turns into annotations. It shows ten of a kind per step.

use std::fmt::Write as _;

use super::{Case, Finding, Report, Severity};

pub fn print(report: &Report) -> String {
    let mut out = String::new();
    for case in &report.cases {
        for finding in case.verdict.findings() {
            annotation(&mut out, case, finding);
        }
    }
    for note in &report.notes {
        let _ = writeln!(out, "::notice title=certproof::{}", data(note));
    }
    for trouble in &report.troubles {
        let _ = writeln!(out, "::error title=could not tell::{}", data(trouble));
    }
    out
}

fn annotation(out: &mut String, case: &Case, finding: &Finding) {
    let command = match case.topic.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "notice",
    };
    let mut properties = Vec::new();
    if let Some(place) = &finding.place {
        properties.push(format!("file={}", property(&place.path)));
        properties.push(format!("line={}", place.first_line));
        properties.push(format!("endLine={}", place.last_line));
    }
    properties.push(format!("title={}", property(case.id())));
    let help = finding.help.as_deref().unwrap_or(case.topic.fix);
    let message = data(&format!("{}\nhelp: {help}", finding.message));
    let _ = writeln!(out, "::{command} {}::{message}", properties.join(","));
}

fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_end_a_property_or_a_line_is_escaped() {
        assert_eq!(property("a:b,c%\n"), "a%3Ab%2Cc%25%0A");
        assert_eq!(data("::error::\n"), "::error::%0A");
    }
}
