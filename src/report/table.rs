//! The matrix as a table: what was expected, what the server decided and why, what the client saw.

use std::fmt::Write as _;

use super::{Case, Exchange, Report, Side, Verdict, plural};

/// A line a scenario and, where it was refused, the server's reason below it, cut to `width` columns. Scenarios that
/// did not come out as expected are told in full at the end.
pub fn print(report: &Report, width: usize) -> String {
    let longest = report.cases.iter().map(|case| case.id().len()).max().unwrap_or(0).max(8);
    let mut out = String::new();
    let _ = writeln!(out, "     {:longest$} EXPECTED    SERVER      CLIENT SAW", "SCENARIO");
    for case in &report.cases {
        row(&mut out, case, longest, width);
    }
    let failures: Vec<_> = report.cases.iter().filter(|case| matches!(case.verdict, Verdict::Fail(_))).collect();
    for case in &failures {
        story(&mut out, case);
    }
    for trouble in &report.troubles {
        let _ = writeln!(out, "\ncould not tell: {trouble}");
    }
    let scenarios = plural(report.cases.len(), "scenario");
    let _ = writeln!(out, "\n{scenarios}: {} as expected, {} not", report.passed, failures.len());
    out
}

fn row(out: &mut String, case: &Case, longest: usize, width: usize) {
    let mark = match case.verdict {
        Verdict::Pass => "ok",
        Verdict::Fail(_) => "FAIL",
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
    [side.stage.or(Some("none")), number].into_iter().flatten().collect::<Vec<_>>().join(" ")
}

fn saw(client: &Side) -> &str {
    client.alert.as_deref().unwrap_or(&client.reason)
}

fn story(out: &mut String, case: &Case) {
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
