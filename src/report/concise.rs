//! One line a finding, as compilers' short formats have it: `ca.pem:23: error[ca-expired]: …`.

use std::fmt::Write as _;

use super::{Answer, Case, Counts, Report, Verdict, plural};

/// Findings first, then what could not be judged, then the counts.
pub fn print(report: &Report) -> String {
    let mut out = String::new();
    for case in &report.cases {
        case_lines(&mut out, case);
    }
    for forecast in &report.forecasts {
        let path = forecast.subject.path.as_deref().unwrap_or_default();
        let member = forecast.subject.member.as_ref().map_or_else(String::new, |member| format!(" ({member})"));
        let because = match forecast.answer {
            Answer::Accepted => String::new(),
            Answer::Refused | Answer::Doubtful => format!(" by {}", forecast.because.join(", ")),
        };
        let (answer, basis) = (forecast.answer.name(), forecast.evidence.basis.name());
        let _ = writeln!(out, "{path}{member}: forecast: {answer}{because} ({basis})");
    }
    for note in &report.notes {
        let _ = writeln!(out, "note: {note}");
    }
    for trouble in &report.troubles {
        let _ = writeln!(out, "could not tell: {trouble}");
    }
    let Counts { errors, warnings, infos } = report.counts;
    let (errors, warnings) = (plural(errors, "error"), plural(warnings, "warning"));
    let _ = writeln!(out, "{errors}, {warnings}, {infos} info; {} passed ({})", report.passed, report.scope);
    out
}

fn case_lines(out: &mut String, case: &Case) {
    let (id, severity) = (case.id(), case.topic.severity);
    match &case.verdict {
        Verdict::Pass => {
            let _ = writeln!(out, "{}pass[{id}]: {}", prefix(case, None), case.topic.title);
        }
        Verdict::Skip(why) => {
            let _ = writeln!(out, "{}skip[{id}]: {why}", prefix(case, None));
        }
        Verdict::Fail(findings) => {
            for finding in findings {
                let line = finding.place.as_ref().map(|place| place.first_line);
                let path = finding.place.as_ref().map(|place| place.path.as_ref());
                let prefix = path.map_or_else(|| prefix(case, line), |path| at(path, line));
                let _ = writeln!(out, "{prefix}{severity}[{id}]: {}", finding.message);
            }
        }
    }
}

fn prefix(case: &Case, line: Option<u32>) -> String {
    case.subject.path.as_deref().map_or_else(String::new, |path| at(path, line))
}

fn at(path: &str, line: Option<u32>) -> String {
    match line {
        Some(line) => format!("{path}:{line}: "),
        None => format!("{path}: "),
    }
}
