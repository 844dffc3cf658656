//! The cases as the page's script reads them: JSON in columns, in which every repeated text stands once.
//!
//! A number in a column is a position in a table. In the tables of texts and of a trait's values, position 0 is "none".

use std::borrow::Cow;
use std::collections::HashMap;
use std::hash::Hash;

use serde::{Serialize, Serializer};

use crate::report::{Case, Exchange, Finding, Place, Report, Side, Subject, Verdict};

/// The cases of a report as JSON that may stand inside a `script` element.
pub(super) fn json(report: &Report) -> String {
    let mut data = Data::default();
    data.texts.of("".into());
    for case in &report.cases {
        data.add(case);
    }
    for column in &mut data.traits {
        column.of.resize(report.cases.len(), 0);
    }
    // It is of strings, numbers and lists, so nothing in it can fail to serialise.
    harmless(&serde_json::to_string(&data).unwrap_or_default())
}

/// JSON in which nothing ends a script or opens a comment. These characters occur only in its strings.
fn harmless(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    for c in json.chars() {
        match c {
            '<' => out.push_str("\\u003c"),
            '>' => out.push_str("\\u003e"),
            '\u{2028}' => out.push_str("\\u2028"),
            '\u{2029}' => out.push_str("\\u2029"),
            c => out.push(c),
        }
    }
    out
}

#[derive(Default, Serialize)]
struct Data<'a> {
    texts: Table<Cow<'a, str>>,
    topics: Table<JsonTopic>,
    /// Stage, alert and reason.
    sides: Table<(usize, usize, usize)>,
    /// The end at which it happened, and what.
    events: Table<(&'static str, usize)>,
    traits: Vec<Trait>,
    id: Vec<&'a str>,
    topic: Vec<usize>,
    verdict: Vec<usize>,
    subject: Vec<usize>,
    breaks: Vec<usize>,
    /// What was expected, what the server decided, what the client saw; none for what is no handshake.
    exchange: Vec<Option<(usize, usize, usize)>>,
    /// Microseconds until connected, and until the decision could be known.
    times: Vec<(Option<u64>, Option<u64>)>,
    /// Microseconds and event.
    moments: Vec<Vec<(u64, usize)>>,
    findings: Few<Vec<JsonFinding<'a>>>,
    /// Why it was not judged.
    skips: Few<&'a str>,
}

/// What only few cases have, each with the case's position.
type Few<T> = Vec<(usize, T)>;

/// One dimension: for each case, the position of its value.
#[derive(Serialize)]
struct Trait {
    name: &'static str,
    values: Table<&'static str>,
    of: Vec<usize>,
}

#[derive(Serialize, Clone, Copy, PartialEq, Eq, Hash)]
struct JsonTopic {
    id: &'static str,
    severity: &'static str,
    title: &'static str,
    docs: &'static str,
    fix: &'static str,
    basis: &'static str,
    gist: &'static str,
    link: &'static str,
    read: &'static str,
}

#[derive(Serialize)]
struct JsonFinding<'a> {
    message: &'a str,
    place: Option<String>,
    labels: Vec<(String, &'a str)>,
    notes: &'a [String],
    help: Option<&'a str>,
}

impl<'a> Data<'a> {
    fn add(&mut self, case: &'a Case) {
        let row = self.id.len();
        self.id.push(case.id());
        self.topic.push(self.topics.of(JsonTopic::new(case)));
        self.verdict.push(self.texts.of(case.verdict.name().into()));
        self.subject.push(self.texts.of(described(&case.subject).into()));
        self.breaks.push(self.texts.of(case.breaks.into()));
        match &case.verdict {
            Verdict::Pass => {}
            Verdict::Fail(findings) => self.findings.push((row, findings.iter().map(JsonFinding::new).collect())),
            Verdict::Skip(why) => self.skips.push((row, why)),
        }
        let exchange = case.exchange.as_ref();
        self.times.push(exchange.map_or((None, None), |exchange| (exchange.connected_us, exchange.known_us)));
        let sides = exchange.map(|Exchange { expected, server, client, .. }| {
            (self.side(expected), self.side(server), self.side(client))
        });
        self.exchange.push(sides);
        let moments = exchange.map_or(&[][..], |exchange| &exchange.moments);
        let moments = moments.iter().map(|moment| {
            let what = self.texts.of(moment.what.as_str().into());
            (moment.at_us, self.events.of((moment.end.name(), what)))
        });
        let moments = moments.collect();
        self.moments.push(moments);
        for (name, value) in exchange.map_or(&[][..], |exchange| &exchange.traits) {
            self.column(name).set(row, value);
        }
    }

    fn side(&mut self, side: &'a Side) -> usize {
        let stage = self.texts.of(side.stage.unwrap_or_default().into());
        let alert = self.texts.of(side.alert.as_deref().unwrap_or_default().into());
        let reason = self.texts.of(side.reason.as_str().into());
        self.sides.of((stage, alert, reason))
    }

    fn column(&mut self, name: &'static str) -> &mut Trait {
        let at = self.traits.iter().position(|column| column.name == name).unwrap_or_else(|| {
            self.traits.push(Trait::new(name));
            self.traits.len() - 1
        });
        &mut self.traits[at]
    }
}

impl Trait {
    fn new(name: &'static str) -> Self {
        let mut values = Table::default();
        values.of("");
        Self { name, values, of: Vec::new() }
    }

    fn set(&mut self, row: usize, value: &'static str) {
        self.of.resize(row, 0);
        self.of.push(self.values.of(value));
    }
}

impl JsonTopic {
    fn new(case: &Case) -> Self {
        let topic = case.topic;
        Self {
            id: topic.id,
            severity: topic.severity.name(),
            title: topic.title,
            docs: topic.docs,
            fix: topic.fix,
            basis: topic.source.basis.name(),
            gist: topic.source.gist,
            link: topic.source.link,
            read: topic.source.read,
        }
    }
}

impl<'a> JsonFinding<'a> {
    fn new(finding: &'a Finding) -> Self {
        Self {
            message: &finding.message,
            place: finding.place.as_ref().map(located),
            labels: finding.labels.iter().map(|(place, text)| (located(place), text.as_str())).collect(),
            notes: &finding.notes,
            help: finding.help.as_deref(),
        }
    }
}

fn located(place: &Place) -> String {
    let member = place.member.as_ref().map_or_else(String::new, |member| format!(" in {member}"));
    format!("{}:{}{member}", place.path, place.first_line)
}

fn described(subject: &Subject) -> String {
    let member = subject.member.as_ref().map(|member| format!("in {member}"));
    let index = subject.index.map(|index| format!("certificate {index}"));
    let sha256 = subject.sha256.as_ref().map(|sha256| format!("sha256 {sha256}"));
    let sha1 = subject.sha1.as_ref().map(|sha1| format!("sha1 {sha1}"));
    let (path, name) =
        (subject.path.as_ref().map(ToString::to_string), subject.subject.as_ref().map(ToString::to_string));
    [path, member, index, name, sha256, sha1].into_iter().flatten().collect::<Vec<_>>().join(", ")
}

/// Each value once, in the order of its first appearance.
struct Table<T> {
    rows: Vec<T>,
    positions: HashMap<T, usize>,
}

impl<T: Clone + Eq + Hash> Table<T> {
    fn of(&mut self, value: T) -> usize {
        if let Some(position) = self.positions.get(&value) {
            return *position;
        }
        let position = self.rows.len();
        self.rows.push(value.clone());
        self.positions.insert(value, position);
        position
    }
}

impl<T> Default for Table<T> {
    fn default() -> Self {
        Self { rows: Vec::new(), positions: HashMap::new() }
    }
}

impl<T: Serialize> Serialize for Table<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.rows.serialize(serializer)
    }
}
