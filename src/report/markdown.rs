//! A table for a pull request's comment or a ticket.

use std::fmt::Write as _;

use super::{Counts, Report, Verdict, plural};

pub fn print(report: &Report) -> String {
    let Counts { errors, warnings, infos } = report.counts;
    let counts = format!("{}, {}, {infos} info", plural(errors, "error"), plural(warnings, "warning"));
    let mut out = format!("### certproof {}: {counts}\n\n", report.command);
    let _ = writeln!(out, "{}, judged at {} by profile {}.", report.scope, report.checked_at, report.profile);
    let shown: Vec<_> = report.cases.iter().filter(|case| !matches!(case.verdict, Verdict::Pass)).collect();
    if !shown.is_empty() {
        out.push_str("\n| | where | what | do |\n|---|---|---|---|\n");
    }
    for case in shown {
        let (id, severity) = (case.id(), case.topic.severity);
        for finding in case.verdict.findings() {
            let place = finding.place.as_ref().map_or_else(
                || case.subject.subject.as_deref().unwrap_or_default().to_owned(),
                |place| format!("{}:{}", place.path, place.first_line),
            );
            let help = finding.help.as_deref().unwrap_or(case.topic.fix);
            let (place, message, help) = (cell(&place), cell(&finding.message), cell(help));
            let _ = writeln!(out, "| {severity} `{id}` | {place} | {message} | {help} |");
        }
        if let Verdict::Skip(why) = &case.verdict {
            let _ = writeln!(out, "| skip `{id}` | | {} | |", cell(why));
        }
    }
    for forecast in &report.forecasts {
        let member = forecast.subject.member.as_ref().map_or_else(String::new, |member| format!(" in {member}"));
        let path = cell(&format!("{}{member}", forecast.subject.path.as_deref().unwrap_or_default()));
        let (answer, basis) = (forecast.answer.name(), forecast.evidence.basis.name());
        let because = forecast.because.iter().map(|id| format!(" `{id}`")).collect::<String>();
        let _ = writeln!(out, "\n**Upload forecast** for {path}: {answer} ({basis}){because}");
        if let Some(text) = &forecast.text {
            // Indented text is code, in which nothing is markup.
            let lines: String = text.lines().map(|line| format!("\n    {line}")).collect();
            let _ = writeln!(out, "{lines}");
        }
    }
    for note in &report.notes {
        let _ = writeln!(out, "\n**Note:** {}", cell(note));
    }
    for trouble in &report.troubles {
        let _ = writeln!(out, "\n**Could not tell:** {}", cell(trouble));
    }
    out
}

/// Text that stays in its cell and is not taken for markup.
fn cell(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        match c {
            '\n' | '\r' => out.push(' '),
            '|' | '*' | '_' | '[' | ']' | '\\' => out.extend(['\\', c]),
            '<' => out.push_str("&lt;"),
            '&' => out.push_str("&amp;"),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::cell;

    #[test]
    fn text_cannot_leave_its_cell() {
        assert_eq!(cell("a|b\n<script>"), "a\\|b &lt;script>");
    }
}
