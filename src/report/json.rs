//! One JSON shape for every command that judges. Line numbers are 1-based; a change of shape raises `schema_version`.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{Case, Counts, Evidence, Exchange, Finding, Forecast, Moment, Place, Report, Severity, Side, Verdict};

/// Version of the shape below.
pub const SCHEMA_VERSION: u32 = 1;

/// The report as pretty-printed JSON, with a line feed at its end.
pub fn print(report: &Report) -> String {
    let document = Document {
        head: Head::new(report),
        cases: Some(report.cases.iter().map(JsonCase::new).collect()),
        forecasts: Some(report.forecasts.iter().map(JsonForecast::new).collect()),
        notes: &report.notes,
        troubles: &report.troubles,
    };
    pretty(&document)
}

/// A document as pretty-printed JSON, with a line feed at its end. It is of strings, numbers, lists and maps keyed by
/// strings, so nothing in it can fail to serialise.
pub fn pretty(document: &impl Serialize) -> String {
    let mut out = serde_json::to_string_pretty(document).unwrap_or_default();
    out.push('\n');
    out
}

/// The JSON Schema of the document that [`print()`] writes.
#[cfg(feature = "cli")]
pub fn schema() -> String {
    let mut schema = schemars::schema_for!(Document<'static>);
    schema.insert("title".to_owned(), "Report of certproof check and certproof matrix".into());
    pretty(&schema)
}

/// One case on one line.
pub(super) fn case_line(case: &Case) -> String {
    let mut out = serde_json::to_string(&JsonCase::new(case)).unwrap_or_default();
    out.push('\n');
    out
}

/// One forecast on one line, in an object of its own so that it cannot be taken for a case.
pub(super) fn forecast_line(forecast: &Forecast) -> String {
    #[derive(Serialize)]
    struct Line<'a> {
        forecast: JsonForecast<'a>,
    }
    let mut out = serde_json::to_string(&Line { forecast: JsonForecast::new(forecast) }).unwrap_or_default();
    out.push('\n');
    out
}

/// Everything of the document but its cases and forecasts, on one line.
pub(super) fn summary_line(report: &Report) -> String {
    let document = Document {
        head: Head::new(report),
        cases: None,
        forecasts: None,
        notes: &report.notes,
        troubles: &report.troubles,
    };
    let mut out = serde_json::to_string(&document).unwrap_or_default();
    out.push('\n');
    out
}

#[derive(Serialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
struct Document<'a> {
    #[serde(flatten)]
    head: Head<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cases: Option<Vec<JsonCase<'a>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    forecasts: Option<Vec<JsonForecast<'a>>>,
    notes: &'a [String],
    troubles: &'a [String],
}

#[derive(Serialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
struct Head<'a> {
    schema_version: u32,
    certproof: &'static str,
    command: &'static str,
    checked_at: &'a str,
    profile: &'static str,
    summary: Summary<'a>,
}

impl<'a> Head<'a> {
    fn new(report: &'a Report) -> Self {
        let Counts { errors, warnings, infos } = report.counts;
        let Report { passed, skipped, suppressed, .. } = *report;
        Self {
            schema_version: SCHEMA_VERSION,
            certproof: env!("CARGO_PKG_VERSION"),
            command: report.command,
            checked_at: &report.checked_at,
            profile: report.profile,
            summary: Summary { errors, warnings, infos, passed, skipped, suppressed, scope: &report.scope },
        }
    }
}

#[derive(Serialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
struct Summary<'a> {
    errors: usize,
    warnings: usize,
    infos: usize,
    passed: usize,
    skipped: usize,
    suppressed: usize,
    scope: &'a str,
}

#[derive(Serialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
struct JsonCase<'a> {
    rule: &'static str,
    title: &'static str,
    severity: &'static str,
    verdict: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
    breaks: &'static str,
    evidence: JsonEvidence,
    subject: JsonSubject<'a>,
    findings: Vec<JsonFinding<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    exchange: Option<JsonExchange<'a>>,
    fix: &'static str,
}

/// What the cloud would answer to the upload of a bundle.
#[derive(Serialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
struct JsonForecast<'a> {
    path: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    member: Option<&'a str>,
    /// accepted, refused, or doubtful.
    answer: &'static str,
    /// The rules that it comes from.
    because: &'a [&'static str],
    evidence: JsonEvidence,
    /// The cloud's own words, where they are known.
    text: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    text_evidence: Option<JsonEvidence>,
}

#[derive(Serialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
struct JsonEvidence {
    basis: &'static str,
    gist: &'static str,
    link: &'static str,
    read: &'static str,
}

#[derive(Serialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
struct JsonSubject<'a> {
    path: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    member: Option<&'a str>,
    index: Option<usize>,
    subject: Option<&'a str>,
    sha256: Option<&'a str>,
    sha1: Option<&'a str>,
}

#[derive(Serialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
struct JsonFinding<'a> {
    message: &'a str,
    place: Option<JsonPlace<'a>>,
    labels: Vec<JsonLabel<'a>>,
    notes: &'a [String],
    help: Option<&'a str>,
}

#[derive(Serialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
struct JsonPlace<'a> {
    path: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    member: Option<&'a str>,
    first_line: u32,
    last_line: u32,
}

#[derive(Serialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
struct JsonLabel<'a> {
    place: JsonPlace<'a>,
    text: &'a str,
}

#[derive(Serialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
struct JsonExchange<'a> {
    /// Names this handshake, the same in every run.
    id: &'a str,
    /// What was varied, and how.
    traits: BTreeMap<&'static str, &'static str>,
    expected: JsonSide<'a>,
    server: JsonSide<'a>,
    client: JsonSide<'a>,
    connected_us: Option<u64>,
    known_us: Option<u64>,
    /// What happened, in the order of time.
    moments: Vec<JsonMoment<'a>>,
}

#[derive(Serialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
struct JsonMoment<'a> {
    /// Microseconds from the start of the attempt, by one clock for both ends.
    at_us: u64,
    /// client or server.
    end: &'static str,
    what: &'a str,
}

#[derive(Serialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
struct JsonSide<'a> {
    stage: Option<&'static str>,
    alert: Option<&'a str>,
    reason: &'a str,
}

impl<'a> JsonCase<'a> {
    fn new(case: &'a Case) -> Self {
        let source = case.topic.source;
        Self {
            rule: case.topic.id,
            title: case.topic.title,
            severity: Severity::name(case.topic.severity),
            verdict: case.verdict.name(),
            reason: match &case.verdict {
                Verdict::Skip(why) => Some(why),
                Verdict::Pass | Verdict::Fail(_) => None,
            },
            breaks: case.breaks,
            evidence: JsonEvidence::new(source),
            subject: JsonSubject {
                path: case.subject.path.as_deref(),
                member: case.subject.member.as_deref(),
                index: case.subject.index,
                subject: case.subject.subject.as_deref(),
                sha256: case.subject.sha256.as_deref(),
                sha1: case.subject.sha1.as_deref(),
            },
            findings: case.verdict.findings().iter().map(JsonFinding::new).collect(),
            exchange: case.exchange.as_ref().map(JsonExchange::new),
            fix: case.topic.fix,
        }
    }
}

impl JsonEvidence {
    fn new(source: &Evidence) -> Self {
        Self { basis: source.basis.name(), gist: source.gist, link: source.link, read: source.read }
    }
}

impl<'a> JsonForecast<'a> {
    fn new(forecast: &'a Forecast) -> Self {
        Self {
            path: forecast.subject.path.as_deref(),
            member: forecast.subject.member.as_deref(),
            answer: forecast.answer.name(),
            because: &forecast.because,
            evidence: JsonEvidence::new(forecast.evidence),
            text: forecast.text.as_deref(),
            text_evidence: forecast.text.as_ref().map(|_| JsonEvidence::new(forecast.text_evidence)),
        }
    }
}

impl<'a> JsonFinding<'a> {
    fn new(finding: &'a Finding) -> Self {
        let labels = finding.labels.iter().map(|(place, text)| JsonLabel { place: JsonPlace::new(place), text });
        Self {
            message: &finding.message,
            place: finding.place.as_ref().map(JsonPlace::new),
            labels: labels.collect(),
            notes: &finding.notes,
            help: finding.help.as_deref(),
        }
    }
}

impl<'a> JsonPlace<'a> {
    fn new(place: &'a Place) -> Self {
        let member = place.member.as_deref();
        Self { path: &place.path, member, first_line: place.first_line, last_line: place.last_line }
    }
}

impl<'a> JsonExchange<'a> {
    fn new(exchange: &'a Exchange) -> Self {
        let moments = exchange.moments.iter();
        Self {
            id: &exchange.id,
            traits: exchange.traits.iter().copied().collect(),
            expected: JsonSide::new(&exchange.expected),
            server: JsonSide::new(&exchange.server),
            client: JsonSide::new(&exchange.client),
            connected_us: exchange.connected_us,
            known_us: exchange.known_us,
            moments: moments
                .map(|Moment { at_us, end, what }| JsonMoment { at_us: *at_us, end: end.name(), what })
                .collect(),
        }
    }
}

impl<'a> JsonSide<'a> {
    fn new(side: &'a Side) -> Self {
        Self { stage: side.stage, alert: side.alert.as_deref(), reason: &side.reason }
    }
}
