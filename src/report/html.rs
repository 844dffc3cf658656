//! One page that holds everything: a map of what came out how, filters, and each case's story. It asks nobody for more.

mod data;

use std::fmt::Write as _;

use aws_lc_rs::digest;
use base64::prelude::{BASE64_STANDARD, Engine as _};

use super::{Counts, Evidence, Report, Verdict, plural};

const PAGE: &str = include_str!("html/page.html");
const STYLE: &str = include_str!("html/style.css");
const SCRIPT: &str = include_str!("html/script.js");

/// Failures that the page tells without its script. All of them are in its data.
const TOLD_PLAINLY: usize = 500;

/// The report as an HTML page. Without its script the page still holds the summary and the failures.
pub fn print(report: &Report) -> String {
    let title = format!("certproof {}: {}", report.command, result(report));
    fill(PAGE, |hole| match hole {
        "policy" => policy(),
        "title" => escape(&title),
        "style" => STYLE.to_owned(),
        "head" => head(report),
        "plain" => plain(report),
        "data" => data::json(report),
        "script" => SCRIPT.to_owned(),
        _ => String::new(),
    })
}

/// Puts text into the `{{holes}}` of a template. What is put in is not looked at again.
fn fill(template: &str, text: impl Fn(&str) -> String) -> String {
    let mut parts = template.split("{{");
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (hole, rest) = part.split_once("}}").unwrap_or((part, ""));
        out.push_str(&text(hole));
        out.push_str(rest);
    }
    out
}

/// Only this style and this script are in force, and nothing may be loaded, not even what slipped through an escape.
fn policy() -> String {
    let hash = |text: &str| BASE64_STANDARD.encode(digest::digest(&digest::SHA256, text.as_bytes()));
    let (style, script) = (hash(STYLE), hash(SCRIPT));
    format!(
        "default-src 'none'; style-src 'sha256-{style}'; script-src 'sha256-{script}'; base-uri 'none'; form-action 'none'"
    )
}

/// What came out, in a sentence without its full stop. It claims no more than the report does.
fn result(report: &Report) -> String {
    let failed = failed(report);
    let judged = report.passed + failed;
    let said = match (judged, failed) {
        (0, _) => "nothing was judged".to_owned(),
        (1, 0) => "the one case came out as expected".to_owned(),
        (_, 0) => format!("all {judged} cases came out as expected"),
        (_, _) => format!("{failed} of {} did not come out as expected", plural(judged, "case")),
    };
    let skipped = if report.skipped > 0 { format!(", {} skipped", report.skipped) } else { String::new() };
    let untold = if report.troubles.is_empty() { "" } else { ", and not everything could be told" };
    format!("{said}{skipped}{untold}")
}

fn failed(report: &Report) -> usize {
    report.cases.iter().filter(|case| matches!(case.verdict, Verdict::Fail(_))).count()
}

fn head(report: &Report) -> String {
    let failed = failed(report);
    let is_good = failed == 0 && report.passed > 0 && report.troubles.is_empty();
    let class = if is_good { "good" } else { "bad" };
    let mut out = String::new();
    let (command, result) = (escape(report.command), escape(&result(report)));
    let _ = write!(out, "<h1>certproof {command}</h1>\n<p class=\"result {class}\">{}.</p>\n", capital(&result));
    let (scope, at, profile) = (escape(&report.scope), escape(&report.checked_at), escape(report.profile));
    let version = env!("CARGO_PKG_VERSION");
    let _ = writeln!(
        out,
        "<p>{scope}, judged as of <time>{at}</time> by profile {profile}, by certproof {version}.</p>\n<dl class=\"counts\">"
    );
    let Counts { errors, warnings, infos } = report.counts;
    let counts = [
        ("as expected", report.passed),
        ("not as expected", failed),
        ("skipped", report.skipped),
        ("suppressed", report.suppressed),
        ("errors", errors),
        ("warnings", warnings),
        ("infos", infos),
    ];
    // The first three are told even when they are zero.
    for (_, (name, count)) in counts.iter().enumerate().filter(|(at, (_, count))| *at < 3 || *count > 0) {
        let _ = writeln!(out, "<div><dt>{name}</dt><dd>{count}</dd></div>");
    }
    out.push_str("</dl>\n");
    let known = report.passed + failed + report.skipped;
    if let Some(left) = known.checked_sub(report.cases.len()).filter(|left| *left > 0) {
        let _ = writeln!(out, "<p>Of these, {left} are counted and not listed.</p>");
    }
    for (class, label, texts) in [("trouble", "Could not tell", &report.troubles), ("note", "Note", &report.notes)] {
        for text in texts {
            let _ = writeln!(out, "<p class=\"{class}\"><strong>{label}:</strong> {}</p>", escape(text));
        }
    }
    out.push_str(&forecasts(report));
    out
}

fn forecasts(report: &Report) -> String {
    let mut out = String::new();
    for forecast in &report.forecasts {
        let path = forecast.subject.path.as_deref().unwrap_or_default();
        let member = forecast.subject.member.as_ref().map_or_else(String::new, |member| format!(" in {member}"));
        let (answer, because) = (forecast.answer.name(), forecast.because.join(", "));
        let because = if because.is_empty() { because } else { format!(" because of {because}") };
        let subject = escape(&format!("{path}{member}"));
        let _ = writeln!(
            out,
            "<p><strong>Upload forecast</strong> for {subject}: {answer}{} ({}).</p>",
            escape(&because),
            basis(forecast.evidence)
        );
        if let Some(text) = &forecast.text {
            let _ =
                writeln!(out, "<pre>{}</pre>\n<p>Of these words: {}.</p>", escape(text), basis(forecast.text_evidence));
        }
    }
    out
}

fn basis(evidence: &Evidence) -> String {
    let Evidence { basis, gist, link, read } = evidence;
    escape(&format!("{}: {gist}; {link}, read {read}", basis.name()))
}

/// The failures for readers without scripts. The script takes this out.
fn plain(report: &Report) -> String {
    let failures = report.cases.iter().filter(|case| matches!(case.verdict, Verdict::Fail(_)));
    let mut out = String::new();
    for case in failures.take(TOLD_PLAINLY) {
        let (id, title) = (escape(case.id()), escape(case.topic.title));
        let _ = writeln!(out, "<li><strong>{id}</strong> {title} ({})<ul>", case.topic.source.basis.name());
        for finding in case.verdict.findings() {
            let _ = writeln!(out, "<li>{}</li>", escape(&finding.message));
        }
        out.push_str("</ul></li>\n");
    }
    if out.is_empty() {
        return "<p>No case failed. The map and the list of cases need JavaScript.</p>".to_owned();
    }
    let more = failed(report).saturating_sub(TOLD_PLAINLY);
    let more = if more > 0 { format!(" {more} more failures, ") } else { String::new() };
    format!(
        "<h2>Not as expected</h2>\n<ul>\n{out}</ul>\n<p>Not shown here:{more} the map and the list of cases; they need \
         JavaScript.</p>"
    )
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

/// Text that is taken for no markup, between tags and in attributes.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}
