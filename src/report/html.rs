//! One page that holds everything: a map of what came out how, filters, and each case's story. It asks nobody for more.

mod data;

use std::fmt::Write as _;

use aws_lc_rs::digest;
use base64::prelude::{BASE64_STANDARD, Engine as _};

use super::{Counts, Evidence, Report, Severity, Verdict, plural};

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
    let (failed, otherwise) = (failed(report), otherwise(report));
    let judged = report.passed + failed + otherwise;
    let said = match (judged, failed, otherwise) {
        (0, _, _) => "nothing was judged".to_owned(),
        (1, 0, 0) => "the one case came out as expected".to_owned(),
        (_, 0, 0) => format!("all {judged} cases came out as expected"),
        (_, 0, _) => format!("no case is wrong, {otherwise} of {judged} came out with a warning"),
        (_, _, _) => format!("{failed} of {} did not come out as expected", plural(judged, "case")),
    };
    let skipped = if report.skipped > 0 { format!(", {} skipped", report.skipped) } else { String::new() };
    let untold = if report.troubles.is_empty() { "" } else { ", and not everything could be told" };
    format!("{said}{skipped}{untold}")
}

/// Cases that are wrong, as exit codes and all other formats count them.
fn failed(report: &Report) -> usize {
    count(report, |severity| severity == Severity::Error)
}

/// Cases with no more than a warning.
fn otherwise(report: &Report) -> usize {
    count(report, |severity| severity != Severity::Error)
}

fn count(report: &Report, is_meant: impl Fn(Severity) -> bool) -> usize {
    let failed = report.cases.iter().filter(|case| matches!(case.verdict, Verdict::Fail(_)));
    failed.filter(|case| is_meant(case.topic.severity)).count()
}

fn head(report: &Report) -> String {
    let (failed, otherwise) = (failed(report), otherwise(report));
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
        ("with a warning", otherwise),
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
    let known = report.passed + failed + otherwise + report.skipped;
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
    let more = (failed(report) + otherwise(report)).saturating_sub(TOLD_PLAINLY);
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::{Basis, Case, End, Exchange, Finding, Moment, Severity, Side, Subject, Topic};

    static EVIDENCE: Evidence = Evidence {
        basis: Basis::Inferred,
        gist: "seen from outside",
        link: "https://example.com/a",
        read: "2025-01-01",
    };

    const HOSTILE: &str = "</script><script>alert(1)</script><!-- \u{2028}";

    #[test]
    fn markup_in_a_reason_stays_text() {
        let page = print(&report(vec![case("a", Verdict::of([Finding::new(HOSTILE)]), HOSTILE)]));
        let calm = print(&report(vec![case("a", Verdict::of([Finding::new("calm")]), "calm")]));
        for mark in ["<script", "</script", "<!--"] {
            assert_eq!(page.matches(mark).count(), calm.matches(mark).count(), "{mark}");
        }
        assert!(!raw_data(&page).contains(['<', '>', '\u{2028}']));
        let data = data_of(&page);
        assert!(data["texts"].as_array().unwrap().iter().any(|text| text == HOSTILE));
        assert_eq!(data["findings"][0][1][0]["message"], HOSTILE);
        assert!(page.contains("&lt;/script&gt;&lt;script&gt;alert(1)"), "the plain list tells it too");
    }

    #[test]
    fn a_hole_in_a_reason_is_not_filled() {
        let page = print(&report(vec![case("a", Verdict::of([Finding::new("{{style}}")]), "")]));
        assert!(page.contains("<li>{{style}}</li>"));
        assert_eq!(page.matches(STYLE).count(), 1);
    }

    #[test]
    fn no_static_part_ends_its_element_or_loads_anything() {
        assert!(!STYLE.contains("</") && !STYLE.contains("url(") && !STYLE.contains("@import"));
        assert!(!SCRIPT.contains("</script") && !SCRIPT.contains("<!--"));
        for way in
            ["innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "fetch(", "XMLHttpRequest", "import("]
        {
            assert!(!SCRIPT.contains(way), "{way}");
        }
        assert!(!PAGE.contains("src=") && !PAGE.contains("<link") && !PAGE.contains("style="));
        assert!(policy().starts_with("default-src 'none'; style-src 'sha256-") && !policy().contains("unsafe"));
    }

    #[test]
    fn the_first_sentence_claims_no_more_than_the_report() {
        let said = |cases, troubles: &[&str]| {
            let mut report = report(cases);
            report.troubles = troubles.iter().map(ToString::to_string).collect();
            result(&report)
        };
        let pass = || case("a", Verdict::Pass, "");
        let fail = || case("b", Verdict::of([Finding::new("wrong")]), "");
        let skip = || case("c", Verdict::skip("too long"), "");
        assert_eq!(said(vec![pass(), pass()], &[]), "all 2 cases came out as expected");
        assert_eq!(said(vec![pass(), fail()], &[]), "1 of 2 cases did not come out as expected");
        assert_eq!(said(vec![pass(), skip()], &[]), "the one case came out as expected, 1 skipped");
        assert_eq!(said(vec![skip()], &[]), "nothing was judged, 1 skipped");
        assert_eq!(said(vec![pass()], &["x"]), "the one case came out as expected, and not everything could be told");
        let looks_good = |cases| head(&report(cases)).contains("result good");
        assert!(looks_good(vec![pass(), skip()]) && !looks_good(vec![skip()]) && !looks_good(vec![pass(), fail()]));
    }

    #[test]
    fn cases_that_are_only_counted_are_said_to_be_missing() {
        let mut report = report(vec![case("a", Verdict::Pass, "")]);
        assert!(!head(&report).contains("not listed"));
        report.passed = 8;
        assert!(head(&report).contains("7 are counted and not listed"));
    }

    #[test]
    fn every_case_is_in_the_data_with_all_that_it_says() {
        let mut other = case("b", Verdict::skip("too long"), "closed");
        let exchange = other.exchange.as_mut().unwrap();
        exchange.traits = vec![("key", "P-384"), ("TLS", "1.3")];
        exchange.moments = vec![Moment { at_us: 12, end: End::Server, what: "accepted".to_owned() }];
        let data = data_of(&print(&report(vec![case("a", Verdict::Pass, ""), other])));
        assert_eq!(data["id"], serde_json::json!(["a", "b"]));
        assert_eq!(data["traits"][0], serde_json::json!({ "name": "key", "values": ["", "P-384"], "of": [0, 1] }));
        assert_eq!(data["traits"][1]["of"], serde_json::json!([0, 1]));
        assert_eq!(data["skips"], serde_json::json!([[1, "too long"]]));
        assert_eq!(data["topics"].as_array().unwrap().len(), 1, "what both share stands once");
        assert_eq!(data["topics"][0]["basis"], "inferred");
        let event = &data["events"][data["moments"][1][0][1].as_u64().unwrap() as usize];
        assert_eq!((&data["moments"][1][0][0], &event[0]), (&12.into(), &"server".into()));
        let side = data["exchange"][1][1].as_u64().unwrap() as usize;
        let reason = data["sides"][side][2].as_u64().unwrap() as usize;
        assert_eq!(data["texts"][reason], "closed");
        assert_eq!(data["times"], serde_json::json!([[null, 7], [null, 7]]));
    }

    #[test]
    fn failures_beyond_the_plain_list_are_counted_in_it() {
        let failures = |count| (0..count).map(|_| case("a", Verdict::of([Finding::new("wrong")]), "")).collect();
        assert!(plain(&report(failures(TOLD_PLAINLY + 2))).contains("2 more failures"));
        assert!(!plain(&report(failures(TOLD_PLAINLY))).contains("more failures"));
    }

    fn raw_data(page: &str) -> &str {
        page.split("id=\"data\">").nth(1).and_then(|rest| rest.split("</script>").next()).unwrap()
    }

    fn data_of(page: &str) -> serde_json::Value {
        serde_json::from_str(raw_data(page)).unwrap()
    }

    fn report(cases: Vec<Case>) -> Report {
        let count = |name: &str| cases.iter().filter(|case| case.verdict.name() == name).count();
        Report {
            command: "matrix",
            checked_at: "2030-01-01T00:00:00Z".to_owned(),
            profile: "cloud",
            counts: Counts::of(&cases),
            passed: count("pass"),
            skipped: count("skip"),
            scope: plural(cases.len(), "scenario"),
            cases,
            forecasts: Vec::new(),
            suppressed: 0,
            notes: Vec::new(),
            troubles: Vec::new(),
        }
    }

    fn case(id: &str, verdict: Verdict, reason: &str) -> Case {
        let topic = Topic {
            id: "one",
            severity: Severity::Error,
            title: "one of them",
            docs: "root (bundle) -> leaf",
            fix: "report it",
            source: &EVIDENCE,
        };
        let exchange = Exchange {
            id: id.into(),
            traits: Vec::new(),
            expected: Side { stage: Some("chain"), ..Side::default() },
            server: Side { stage: Some("chain"), alert: None, reason: reason.to_owned() },
            client: Side::default(),
            connected_us: None,
            known_us: Some(7),
            moments: Vec::new(),
        };
        Case { topic, subject: Subject::default(), verdict, breaks: "nothing", exchange: Some(exchange) }
    }
}
