//! The matrix as a table: what was expected, what the server decided and why, what the client saw.

use std::fmt::Write as _;

use super::sequence::{self, Step};
use super::{Case, Exchange, Report, Severity, Side, Verdict, plural};

/// A line a scenario and, where it was refused, the server's reason below it, cut to `width` columns. Scenarios that
/// did not come out as expected are told in full at the end.
pub fn print(report: &Report, width: usize) -> String {
    let longest = report.cases.iter().filter(|case| has_a_row(case)).map(|case| case.id().len()).max();
    let longest = longest.unwrap_or(0).max(8);
    let mut out = String::new();
    let _ = writeln!(out, "     {:longest$} EXPECTED    SERVER      CLIENT SAW", "SCENARIO");
    for case in report.cases.iter().filter(|case| has_a_row(case)) {
        row(&mut out, case, longest, width);
    }
    sums(&mut out, report.cases.iter().filter(|case| !has_a_row(case)));
    let failures: Vec<_> = report.cases.iter().filter(|case| is_error(case)).collect();
    let others = report.counts.warnings;
    // Of one alone the whole story is wanted, whatever came of it.
    if let ([case], []) = (&report.cases[..], &failures[..]) {
        out.push('\n');
        let steps = case.exchange.iter().flat_map(|exchange| &exchange.moments);
        let steps: Vec<_> = steps.map(|moment| Step::aside(moment.end, &*moment.what).at(moment.at_us)).collect();
        out.push_str(&sequence::draw(&steps, width));
    }
    for case in &failures {
        story(&mut out, case, width);
    }
    for trouble in &report.troubles {
        let _ = writeln!(out, "\ncould not tell: {trouble}");
    }
    for note in &report.notes {
        let _ = writeln!(out, "\nnote: {note}");
    }
    let cells = plural(report.cases.len(), "cell");
    let skipped = if report.skipped > 0 { format!(", {} skipped", report.skipped) } else { String::new() };
    let others = if others > 0 { format!(", {others} refused in another way") } else { String::new() };
    let _ = writeln!(out, "\n{cells}: {} as expected, {} not{others}{skipped}", report.passed, failures.len());
    out
}

/// It failed, and not only in the way in which it was refused.
fn is_error(case: &Case) -> bool {
    matches!(case.verdict, Verdict::Fail(_)) && case.topic.severity == Severity::Error
}

/// Of many cells of one topic only the number is told; those that failed follow in full.
fn has_a_row(case: &Case) -> bool {
    case.id() == case.topic.id
}

/// A line for all cells that stand under one name: what is before the colon in their ids.
fn sums<'c>(out: &mut String, cases: impl Iterator<Item = &'c Case>) {
    let mut sums: Vec<(&str, [usize; 6])> = Vec::new();
    for case in cases {
        let group = case.id().split(':').next().unwrap_or_default();
        let at = sums.iter().position(|(known, _)| *known == group).unwrap_or_else(|| {
            sums.push((group, [0; 6]));
            sums.len() - 1
        });
        let [all, admitted, refused, failed, otherwise, skipped] = &mut sums[at].1;
        *all += 1;
        match &case.verdict {
            Verdict::Fail(_) if is_error(case) => *failed += 1,
            Verdict::Fail(_) => *otherwise += 1,
            Verdict::Skip(_) => *skipped += 1,
            Verdict::Pass => {
                let stage = case.exchange.as_ref().and_then(|exchange| exchange.expected.stage);
                *(if stage == Some("admit") { admitted } else { refused }) += 1;
            }
        }
    }
    if !sums.is_empty() {
        let _ =
            writeln!(out, "\n     {:18} {:>6} {:>9} {:>8} {:>8}", "PRODUCT", "CELLS", "ADMITTED", "REFUSED", "FAILED");
    }
    for (group, [all, admitted, refused, failed, otherwise, skipped]) in sums {
        let mark = if failed > 0 { "FAIL" } else { "ok" };
        let told = [(otherwise, "in another way"), (skipped, "skipped")];
        let told = told.iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("  {count} {what}"));
        let told: String = told.collect();
        let _ = writeln!(out, "{mark:<4} {group:18} {all:>6} {admitted:>9} {refused:>8} {failed:>8}{told}");
    }
}

fn row(out: &mut String, case: &Case, longest: usize, width: usize) {
    let mark = match case.verdict {
        Verdict::Pass => "ok",
        Verdict::Fail(_) if is_error(case) => "FAIL",
        Verdict::Fail(_) => "warn",
        Verdict::Skip(_) => "skip",
    };
    let Some(Exchange { expected, server, client, .. }) = &case.exchange else { return };
    let line =
        format!("{mark:<4} {:longest$} {:<11} {:<11} {}", case.id(), decision(expected), decision(server), saw(client));
    let _ = writeln!(out, "{line}");
    if !server.reason.is_empty() {
        for line in super::wrap(&server.reason, width.saturating_sub(REASON.len()).max(30)).lines() {
            let _ = writeln!(out, "{REASON}{line}");
        }
    }
}

/// Reasons stand below their scenario, indented.
const REASON: &str = "        ";

/// The stage, and the number of the alert: "chain 48".
fn decision(side: &Side) -> String {
    let number =
        side.alert.as_deref().and_then(|alert| alert.split_once('(')).map(|(_, number)| number.trim_end_matches(')'));
    [side.stage.or(Some("-")), number].into_iter().flatten().collect::<Vec<_>>().join(" ")
}

fn saw(client: &Side) -> &str {
    client.alert.as_deref().unwrap_or(&client.reason)
}

fn story(out: &mut String, case: &Case, width: usize) {
    let _ = writeln!(out, "\nFAIL  {}: {}\n      {}", case.id(), case.topic.title, case.topic.docs);
    for finding in case.verdict.findings() {
        let _ = writeln!(out, "    - {}", finding.message);
    }
    let Some(exchange) = &case.exchange else { return };
    for (name, side) in [("expected", &exchange.expected), ("server", &exchange.server), ("client", &exchange.client)] {
        let parts = [side.stage, side.alert.as_deref(), Some(side.reason.as_str())];
        let parts: Vec<_> = parts.into_iter().flatten().filter(|part| !part.is_empty()).collect();
        let _ = writeln!(out, "      {name:<9} {}", parts.join(", "));
    }
    if !exchange.moments.is_empty() {
        let steps = exchange.moments.iter().map(|moment| Step::aside(moment.end, &*moment.what).at(moment.at_us));
        let _ = write!(out, "\n{}", sequence::draw(&steps.collect::<Vec<_>>(), width));
        return;
    }
    if exchange.known_us.is_none() {
        return;
    }
    let time = |micros: Option<u64>| match micros {
        Some(micros) => format!("after {:.1} ms", micros as f64 / 1e3),
        None => "never".to_owned(),
    };
    let _ = writeln!(
        out,
        "      client was connected {}, could first know {}",
        time(exchange.connected_us),
        time(exchange.known_us)
    );
}
