//! SARIF 2.1.0, as code hosts read it: a result for each finding, a rule for each topic that was judged.

use serde::Serialize;

use super::{Case, Finding, Place, Report, Severity};

pub fn print(report: &Report) -> String {
    let mut rules: Vec<Rule<'_>> = Vec::new();
    for case in &report.cases {
        if rules.iter().all(|rule| rule.id != case.topic.id) {
            rules.push(Rule::new(case));
        }
    }
    let results = report.cases.iter().flat_map(|case| {
        let rule = rules.iter().position(|rule| rule.id == case.topic.id).unwrap_or_default();
        case.verdict.findings().iter().map(move |finding| Outcome::new(case, finding, rule))
    });
    let results = results.collect();
    let notes = report.notes.iter().map(|text| ("note", text));
    let told = notes.chain(report.troubles.iter().map(|text| ("error", text)));
    let notifications = told.map(|(level, text)| Notification { level, message: Text { text } });
    let invocation = Invocation {
        execution_successful: report.troubles.is_empty(),
        tool_execution_notifications: notifications.collect(),
    };
    let driver = Driver {
        name: "certproof",
        version: env!("CARGO_PKG_VERSION"),
        information_uri: "https://docs.temporal.io/cloud/certificates",
        rules,
    };
    let log = Log {
        schema: "https://json.schemastore.org/sarif-2.1.0.json",
        version: "2.1.0",
        runs: [Run { tool: Tool { driver }, invocations: [invocation], results }],
    };
    super::json::pretty(&log)
}

#[derive(Serialize)]
struct Log<'a> {
    #[serde(rename = "$schema")]
    schema: &'static str,
    version: &'static str,
    runs: [Run<'a>; 1],
}

#[derive(Serialize)]
struct Run<'a> {
    tool: Tool<'a>,
    invocations: [Invocation<'a>; 1],
    results: Vec<Outcome<'a>>,
}

#[derive(Serialize)]
struct Tool<'a> {
    driver: Driver<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Driver<'a> {
    name: &'static str,
    version: &'static str,
    information_uri: &'static str,
    rules: Vec<Rule<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Invocation<'a> {
    execution_successful: bool,
    tool_execution_notifications: Vec<Notification<'a>>,
}

#[derive(Serialize)]
struct Notification<'a> {
    level: &'static str,
    message: Text<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Rule<'a> {
    id: &'a str,
    short_description: Text<'a>,
    full_description: Text<'a>,
    help: Text<'a>,
    help_uri: &'a str,
    default_configuration: Configuration,
}

#[derive(Serialize)]
struct Configuration {
    level: &'static str,
}

#[derive(Serialize)]
struct Text<'a> {
    text: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Outcome<'a> {
    rule_id: &'a str,
    rule_index: usize,
    level: &'static str,
    message: Owned,
    locations: Vec<Location<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    related_locations: Vec<Location<'a>>,
    partial_fingerprints: Fingerprints,
}

#[derive(Serialize)]
struct Owned {
    text: String,
}

/// By certificate and rule, so that a finding stays the same one when lines above it change.
#[derive(Serialize)]
struct Fingerprints {
    #[serde(rename = "certificateAndRule/v1")]
    certificate_and_rule: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Location<'a> {
    physical_location: Physical,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    logical_locations: Vec<Logical>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<Text<'a>>,
}

/// The place in a document.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Logical {
    fully_qualified_name: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Physical {
    artifact_location: Artifact,
    region: Region,
}

#[derive(Serialize)]
struct Artifact {
    uri: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Region {
    start_line: u32,
    end_line: u32,
}

impl<'a> Rule<'a> {
    fn new(case: &'a Case) -> Self {
        let topic = &case.topic;
        Self {
            id: topic.id,
            short_description: Text { text: topic.title },
            full_description: Text { text: topic.docs },
            help: Text { text: topic.fix },
            help_uri: topic.source.link,
            default_configuration: Configuration { level: level(topic.severity) },
        }
    }
}

impl<'a> Outcome<'a> {
    fn new(case: &'a Case, finding: &'a Finding, rule_index: usize) -> Self {
        let subject = &case.subject;
        let whose = subject.sha256.as_deref().or(subject.path.as_deref()).or(subject.subject.as_deref());
        Self {
            rule_id: case.topic.id,
            rule_index,
            level: level(case.topic.severity),
            message: Owned {
                text: match case.id() {
                    id if id == case.topic.id => finding.message.clone(),
                    id => format!("{id}: {}", finding.message),
                },
            },
            locations: finding.place.iter().map(|place| Location::new(place, None)).collect(),
            related_locations: finding.labels.iter().map(|(place, text)| Location::new(place, Some(text))).collect(),
            partial_fingerprints: Fingerprints {
                certificate_and_rule: format!("{}:{}", whose.unwrap_or_default(), case.id()),
            },
        }
    }
}

impl<'a> Location<'a> {
    fn new(place: &Place, text: Option<&'a str>) -> Self {
        Self {
            physical_location: Physical {
                artifact_location: Artifact { uri: uri(&place.path) },
                region: Region { start_line: place.first_line, end_line: place.last_line },
            },
            logical_locations: place
                .member
                .iter()
                .map(|member| Logical { fully_qualified_name: member.to_string() })
                .collect(),
            message: text.map(|text| Text { text }),
        }
    }
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "note",
    }
}

/// A path as a relative URI reference: forward slashes, everything unusual percent-encoded.
fn uri(path: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~' | b'/');
    let path = path.replace('\\', "/");
    path.bytes().map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}

#[cfg(test)]
mod tests {
    use super::uri;

    #[test]
    fn a_path_becomes_a_uri_reference() {
        assert_eq!(uri("pki/my ca.pem"), "pki/my%20ca.pem");
    }
}
