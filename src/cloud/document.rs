//! Documents that carry CA bundles, client certificates, keys and filters: what tcld and the Cloud Ops API print,
//! Terraform's state and plans, Kubernetes secrets, and our own JSON form of a kit.
//!
//! A document may carry many kits. Each value keeps the lines of the document on which it stands.

use std::fmt::Write as _;
use std::ops::Range;
use std::sync::Arc;

use saphyr_parser::{Event, Parser, ScalarStyle};
use serde_json::value::RawValue;

use super::filter::read::Members;
use super::kit::{Bytes, File, Files};
use crate::pki::source::{Carried, Lines};
use crate::pki::wrapping;

/// How deep lists and objects may lie inside one another. Terraform's state is some ten deep.
pub const DEEPEST: usize = 64;

/// How many members one list or object may have.
pub const MOST_MEMBERS: usize = 100_000;

/// What a file turned out to be.
#[derive(Debug)]
pub enum Opened {
    /// No document that carries anything: the file is what it is.
    Plain(File),
    /// The kits that a document carries, in its order.
    Kits(Vec<Files>),
}

/// Why a document could not be read. The line is 1-based.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{path}:{line}: {what}")]
pub struct DocumentError {
    pub path: Arc<str>,
    pub line: u32,
    pub what: String,
}

/// Looks into a file; what it carries comes out as files of their own.
///
/// # Errors
/// When the file begins like a document and breaks off, is malformed, or is nested too deep.
pub fn open(file: File) -> Result<Opened, DocumentError> {
    if !may_be_document(&file.bytes.0) {
        return Ok(Opened::Plain(file));
    }
    open_from(file, 1)
}

/// The same for a document that begins on a later line of its file.
///
/// # Errors
/// As [`open`].
pub fn open_from(file: File, first_line: u32) -> Result<Opened, DocumentError> {
    let Ok(text) = std::str::from_utf8(&file.bytes.0) else { return Ok(Opened::Plain(file)) };
    let text = text.trim_start_matches('\u{FEFF}');
    let nodes = match text.trim_ascii_start().as_bytes().first() {
        Some(b'{' | b'[') => json(text, first_line),
        _ if is_kubernetes(text) => yaml(text),
        _ => return Ok(Opened::Plain(file)),
    };
    // A prompt such as `[root@host ~]#` above a PEM makes it no JSON.
    if nodes.is_err() && text.lines().any(|line| line.starts_with("-----BEGIN ")) {
        return Ok(Opened::Plain(file));
    }
    let broken = |Broken { line, what }| DocumentError { path: file.path.clone(), line, what };
    let mut search = Search { path: file.path.clone(), text, found: Vec::new(), broken: None };
    for node in nodes.map_err(broken)? {
        search.root(&node);
    }
    if let Some(problem) = search.broken.take() {
        return Err(broken(problem));
    }
    let found = std::mem::take(&mut search.found);
    Ok(if found.is_empty() { Opened::Plain(file) } else { Opened::Kits(found) })
}

/// Whether it is worth a closer look.
pub fn may_be_document(bytes: &[u8]) -> bool {
    let first = bytes.iter().find(|byte| !byte.is_ascii_whitespace());
    match first {
        Some(b'{' | b'[' | 0xEF) => true,
        // PEM, which most files are, and DER.
        None | Some(b'-' | 0x30) => memchr::memmem::find(bytes, b"kind:").is_some(),
        Some(_) => true,
    }
}

/// The `kind` of a Kubernetes object stands at the beginning of a line.
fn is_kubernetes(text: &str) -> bool {
    text.lines().any(|line| line.starts_with("kind:")) && text.lines().any(|line| line.starts_with("apiVersion:"))
}

/// A value of a document with the lines on which it stands, be the document JSON or YAML.
#[derive(Debug)]
struct Node {
    lines: (u32, u32),
    /// Where it stands in the text; JSON only.
    span: Range<usize>,
    value: Value,
}

#[derive(Debug)]
enum Value {
    Text {
        text: String,
        /// The lines of the text are the lines of the file from this one on.
        literal_from: Option<u32>,
    },
    List(Vec<Node>),
    Map(Vec<(String, Node)>),
    /// A number, a truth value, null, or something in which nothing is wanted.
    Other,
}

#[derive(Debug)]
struct Broken {
    line: u32,
    what: String,
}

impl Node {
    fn text(&self) -> Option<&str> {
        match &self.value {
            Value::Text { text, .. } => Some(text),
            _ => None,
        }
    }

    /// A member by its name, in which neither case nor underscores count.
    fn member(&self, name: &str) -> Option<&Node> {
        let Value::Map(members) = &self.value else { return None };
        members.iter().find(|(found, _)| is_called(found, name)).map(|(_, node)| node)
    }

    fn member_text(&self, name: &str) -> Option<&str> {
        self.member(name)?.text().filter(|text| !text.trim().is_empty())
    }
}

fn is_called(found: &str, name: &str) -> bool {
    let plain = |c: &char| *c != '_';
    found
        .chars()
        .filter(plain)
        .map(|c| c.to_ascii_lowercase())
        .eq(name.chars().filter(plain).map(|c| c.to_ascii_lowercase()))
}

/// Goes through the documents of a file, and collects what they carry.
struct Search<'a> {
    path: Arc<str>,
    text: &'a str,
    found: Vec<Files>,
    /// The first value that is not of the type that it should be.
    broken: Option<Broken>,
}

/// Whose value it is, as far as the document says so.
#[derive(Debug, Clone, Default)]
struct Owner {
    /// `orders.f45a2`, from the nearest enclosing object that has such a name.
    namespace: Option<String>,
    /// What to call it beside its place: the namespace, or the Kubernetes object.
    label: Option<String>,
}

impl Search<'_> {
    fn root(&mut self, node: &Node) {
        // A plan shows most resources several times; what will be is what counts.
        if let Some(planned) = node.member("planned_values") {
            return self.walk(planned, "planned_values", &Owner::default());
        }
        let own = ["bundle", "client", "key", "server_root"].iter().any(|name| node.member_text(name).is_some());
        if own && node.member("kind").is_none() { self.own(node) } else { self.walk(node, "", &Owner::default()) }
    }

    fn walk(&mut self, node: &Node, place: &str, owner: &Owner) {
        match &node.value {
            Value::List(items) if items.iter().any(|item| item.member_text(LISTED).is_some()) => {
                self.listed(items, place, owner);
            }
            Value::List(items) => {
                for (index, item) in items.iter().enumerate() {
                    self.walk(item, &format!("{place}[{index}]"), owner);
                }
            }
            Value::Map(members) => {
                if matches!(node.member_text("kind"), Some("Secret" | "ConfigMap")) {
                    return self.kubernetes(node, place);
                }
                let owner = owner.inside(node);
                self.namespace(node, place, &owner);
                for (name, member) in members {
                    self.walk(member, &step(place, name), &owner);
                }
            }
            Value::Text { .. } | Value::Other => {}
        }
    }

    /// `accepted_client_ca` and what stands beside it: Terraform, and the Cloud Ops API in both of its spellings.
    fn namespace(&mut self, node: &Node, place: &str, owner: &Owner) {
        let Value::Map(members) = &node.value else { return };
        // The field of old versions of the API counts only where the other is not set.
        let bundle = ACCEPTED.iter().find_map(|known| {
            let (name, value) = members.iter().find(|(name, _)| is_called(name, known))?;
            let given = value.text().is_some_and(|text| !text.trim().is_empty());
            given.then(|| self.file(value, &step(place, name), owner, Form::Base64))
        });
        let Some(bundle) = bundle else { return };
        let filters = members.iter().find(|(name, _)| is_called(name, FILTERS));
        if let Some((name, value)) = filters {
            self.expect(value, name, Expected::List);
        }
        let filters = filters.and_then(|(name, value)| {
            let filled = matches!(&value.value, Value::List(items) if !items.is_empty());
            filled.then(|| self.filters(value, &step(place, name), owner))
        });
        let namespace = owner.namespace.clone();
        self.found.push(Files { namespace, bundle: Some(bundle), filters, ..Files::default() });
    }

    /// tcld's `accepted-client-ca list`: one bundle, a certificate or more in each element.
    fn listed(&mut self, items: &[Node], place: &str, owner: &Owner) {
        let mut bytes = Vec::new();
        let mut lines = Lines::default();
        let mut base64_missing = false;
        let mut line = 1;
        for item in items {
            let Some(value) = item.member(LISTED) else { continue };
            let Some(text) = value.text() else { continue };
            lines.push(line, value.lines.0, value.lines.1);
            let start = bytes.len();
            match wrapping::base64(text.as_bytes()) {
                Some(decoded) => bytes.extend(decoded),
                None => {
                    base64_missing = true;
                    bytes.extend(text.bytes());
                }
            }
            if bytes.last() != Some(&b'\n') {
                bytes.push(b'\n');
            }
            line += memchr::memchr_iter(b'\n', &bytes[start..]).count() as u32;
        }
        let member = named(&format!("{place}[].{LISTED}"), owner);
        let carried = Some(Carried { member: Some(member), lines, base64_missing });
        let bundle = File { path: self.path.clone(), bytes: Bytes(bytes), carried };
        self.found.push(Files { namespace: owner.namespace.clone(), bundle: Some(bundle), ..Files::default() });
    }

    /// A Secret or a ConfigMap, as cert-manager and trust-manager write them.
    fn kubernetes(&mut self, node: &Node, place: &str) {
        let kind = node.member_text("kind").unwrap_or_default();
        let metadata = node.member("metadata");
        let name = |member| metadata.and_then(|metadata| metadata.member_text(member));
        let label = match (name("namespace"), name("name")) {
            (Some(namespace), Some(name)) => format!("{kind} {namespace}/{name}"),
            (_, name) => format!("{kind} {}", name.unwrap_or("without a name")),
        };
        let owner = Owner { namespace: None, label: Some(label) };
        let data = if kind == "Secret" { Form::Base64 } else { Form::Text };
        let part = |names: &[&str]| {
            [("stringData", Form::Text), ("data", data)].into_iter().find_map(|(member, form)| {
                let Value::Map(values) = &node.member(member)?.value else { return None };
                let (name, value) = values.iter().find(|(name, _)| names.contains(&name.as_str()))?;
                let place = step(&step(place, member), name);
                value.text().map(|_| self.file(value, &place, &owner, form))
            })
        };
        let files = Files {
            bundle: part(&["ca.crt", "ca.pem"]),
            client: part(&["tls.crt", "client.pem"]),
            key: part(&["tls.key", "client.key"]),
            ..Files::default()
        };
        if files != Files::default() {
            self.found.push(files);
        }
    }

    /// Our own form of a kit: `{"namespace": …, "bundle": …, "client": …, "key": …, "filters": …, "server_root": …}`.
    fn own(&mut self, node: &Node) {
        let owner = Owner { namespace: None, label: node.member_text("name").map(str::to_owned) };
        for name in ["bundle", "client", "key", "server_root", "namespace"] {
            if let Some(value) = node.member(name) {
                self.expect(value, name, Expected::Text);
            }
        }
        if let Some(value) = node.member("filters") {
            self.expect(value, "filters", Expected::Filters);
        }
        let part = |name: &str| {
            let value = node.member(name).filter(|value| value.text().is_some())?;
            Some(self.file(value, name, &owner, Form::Either))
        };
        let filled = |value: &&Node| matches!(value.value, Value::List(_) | Value::Map(_));
        self.found.push(Files {
            namespace: node.member_text("namespace").map(str::to_owned),
            bundle: part("bundle"),
            client: part("client"),
            key: part("key"),
            filters: node.member("filters").filter(filled).map(|value| self.filters(value, "filters", &owner)),
            server_root: part("server_root"),
        });
    }

    /// Notes a value that is of another type, unless it is null. To pass it over would leave it unjudged.
    fn expect(&mut self, node: &Node, name: &str, expected: Expected) {
        let is_null = self.text.get(node.span.clone()) == Some("null");
        let (good, wanted) = match expected {
            Expected::Text => (matches!(node.value, Value::Text { .. }), "a string"),
            Expected::List => (matches!(node.value, Value::List(_)), "a list of filters"),
            Expected::Filters => (matches!(node.value, Value::List(_) | Value::Map(_)), "a list of filters"),
        };
        if !good && !is_null && self.broken.is_none() {
            let what = format!("`{}` is not {wanted}", crate::pki::name::printable(name));
            self.broken = Some(Broken { line: node.lines.0, what });
        }
    }

    fn file(&self, node: &Node, place: &str, owner: &Owner, form: Form) -> File {
        let (text, literal_from) = match &node.value {
            Value::Text { text, literal_from } => (text.as_str(), *literal_from),
            _ => ("", None),
        };
        let lines = literal_from.map_or_else(|| Lines::within(node.lines.0, node.lines.1), Lines::from);
        let decoded = match form {
            Form::Text => None,
            // What has a boundary in it is PEM already, and cannot be base64 as a whole.
            Form::Either if text.contains("-----BEGIN") => None,
            Form::Base64 | Form::Either => wrapping::base64(text.as_bytes()),
        };
        let base64_missing = form == Form::Base64 && decoded.is_none();
        // The lines of decoded text are on the lines of its base64, wherever these are.
        let lines = if decoded.is_some() { Lines::within(node.lines.0, node.lines.1) } else { lines };
        let bytes = Bytes(decoded.unwrap_or_else(|| text.as_bytes().to_vec()));
        let carried = Some(Carried { member: Some(named(place, owner)), lines, base64_missing });
        File { path: self.path.clone(), bytes, carried }
    }

    /// Filters as the file of their own that they would be.
    fn filters(&self, node: &Node, place: &str, owner: &Owner) -> File {
        let text = self.text.get(node.span.clone()).unwrap_or_default();
        let carried =
            Carried { member: Some(named(place, owner)), lines: Lines::from(node.lines.0), base64_missing: false };
        File { path: self.path.clone(), bytes: Bytes(text.as_bytes().to_vec()), carried: Some(carried) }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Expected {
    Text,
    List,
    /// A list, or tcld's object around it.
    Filters,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Text,
    Base64,
    Either,
}

const ACCEPTED: [&str; 2] = ["accepted_client_ca", "accepted_client_ca_deprecated"];
const FILTERS: &str = "certificate_filters";
const LISTED: &str = "base64EncodedData";

impl Owner {
    /// Of the values inside an object: by its own name, where it has one.
    fn inside(&self, node: &Node) -> Self {
        let full = ["namespace", "id", "name"].iter().find_map(|member| {
            node.member_text(member).filter(|text| text.contains('.') && !text.contains(char::is_whitespace))
        });
        match full {
            Some(name) => Self { namespace: Some(name.to_owned()), label: Some(name.to_owned()) },
            None => self.clone(),
        }
    }
}

fn step(place: &str, name: &str) -> String {
    let plain = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') && !name.is_empty();
    match (plain, place.is_empty()) {
        (true, true) => name.to_owned(),
        (true, false) => format!("{place}.{name}"),
        (false, _) => format!("{place}[\"{}\"]", crate::pki::name::printable(name)),
    }
}

fn named(place: &str, owner: &Owner) -> Arc<str> {
    let mut member = place.to_owned();
    if let Some(label) = &owner.label {
        let _ = write!(member, " ({})", crate::pki::name::printable(label));
    }
    member.into()
}

/// Every JSON value of a text, one behind the other, with lines.
fn json(text: &str, first_line: u32) -> Result<Vec<Node>, Broken> {
    let reader = JsonReader { text, line_starts: line_starts(text), lines_before: first_line - 1 };
    let mut nodes = Vec::new();
    let mut values = serde_json::Deserializer::from_str(text).into_iter::<&RawValue>();
    loop {
        match values.next() {
            None => return Ok(nodes),
            Some(Ok(raw)) => nodes.push(reader.node(raw, 0)?),
            Some(Err(error)) => {
                let what = match error.classify() {
                    serde_json::error::Category::Eof => "the JSON breaks off; give the whole document",
                    _ => "the JSON is malformed; print it again with the tool that made it",
                };
                return Err(Broken { line: first_line - 1 + error.line().max(1) as u32, what: what.to_owned() });
            }
        }
    }
}

struct JsonReader<'a> {
    text: &'a str,
    line_starts: Vec<usize>,
    /// Lines of the file above the text.
    lines_before: u32,
}

impl JsonReader<'_> {
    fn node(&self, raw: &RawValue, depth: usize) -> Result<Node, Broken> {
        let json = raw.get();
        // The raw value borrows from `text`, so its address tells where it stands.
        let start = json.as_ptr() as usize - self.text.as_ptr() as usize;
        let span = start..start + json.len();
        let line = |offset| self.lines_before + line(&self.line_starts, offset);
        let lines = (line(span.start), line(span.end.saturating_sub(1)));
        let broken = |what: String| Broken { line: lines.0, what };
        let again = |error: serde_json::Error| Broken {
            line: lines.0 + error.line().saturating_sub(1) as u32,
            what: "the JSON is malformed, or a list in it has too many members".to_owned(),
        };
        let value = match json.as_bytes().first() {
            Some(b'{' | b'[') if depth == DEEPEST => {
                return Err(broken(format!("the document is nested deeper than {DEEPEST} levels, and is not read")));
            }
            Some(b'{' | b'[') if !is_wanted(json) => Value::Other,
            Some(b'{') => {
                let Members(members) = serde_json::from_str(json).map_err(again)?;
                let mut seen = std::collections::HashSet::new();
                if let Some((twice, _)) = members.iter().find(|(name, _)| !seen.insert(name.clone())) {
                    let name = crate::pki::name::printable(twice);
                    return Err(broken(format!(
                        "the name `{name}` is there twice in one object, and readers differ in which of them counts"
                    )));
                }
                let nodes = members.into_iter().map(|(name, raw)| Ok((name, self.node(raw, depth + 1)?)));
                Value::Map(nodes.collect::<Result<_, Broken>>()?)
            }
            Some(b'[') => {
                let items: Vec<&RawValue> = serde_json::from_str(json).map_err(again)?;
                if items.len() > MOST_MEMBERS {
                    return Err(broken(format!("a list has more than {MOST_MEMBERS} members, and is not read")));
                }
                Value::List(items.into_iter().map(|raw| self.node(raw, depth + 1)).collect::<Result<_, _>>()?)
            }
            Some(b'"') => {
                let text = serde_json::from_str(json).map_err(again)?;
                Value::Text { text, literal_from: None }
            }
            _ => Value::Other,
        };
        Ok(Node { lines, span, value })
    }
}

/// Whether anything that is looked for can be in a large value: the rest of a state file is passed over unread.
fn is_wanted(json: &str) -> bool {
    const SMALL: usize = 64 * 1024;
    const SIGNS: [&str; 10] = [
        "accepted",
        "Accepted",
        "base64EncodedData",
        "Base64EncodedData",
        "Secret",
        "ConfigMap",
        "bundle",
        "client",
        "key",
        "server_root",
    ];
    json.len() < SMALL || SIGNS.iter().any(|sign| json.contains(sign))
}

fn line_starts(text: &str) -> Vec<usize> {
    let newlines = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
    std::iter::once(0).chain(newlines.map(|(offset, _)| offset + 1)).collect()
}

/// The 1-based line of an offset.
fn line(line_starts: &[usize], offset: usize) -> u32 {
    line_starts.partition_point(|start| *start <= offset).max(1) as u32
}

/// Every document of a YAML stream.
fn yaml(text: &str) -> Result<Vec<Node>, Broken> {
    let mut documents = Vec::new();
    let mut open: Vec<Node> = Vec::new();
    // The name of the member that comes next, for each open object.
    let mut names: Vec<Option<String>> = Vec::new();
    let mut count = 0;
    for event in Parser::new_from_str(text) {
        let (event, span) = event.map_err(|error| Broken {
            line: error.marker().line().max(1) as u32,
            what: "the YAML is malformed; print it again with `kubectl get secret NAME -o yaml`".to_owned(),
        })?;
        let lines = (span.start.line().max(1) as u32, yaml_end(&span));
        let node = |value| Node { lines, span: 0..0, value };
        count += 1;
        if count > MOST_MEMBERS || open.len() > DEEPEST {
            let what = format!(
                "the document has more than {MOST_MEMBERS} values, or is nested deeper than {DEEPEST} levels, and is not \
                 read; of many objects make lines of JSON for `certproof check --lines`"
            );
            return Err(Broken { line: lines.0, what });
        }
        let done = match event {
            Event::SequenceStart(..) => {
                open.push(node(Value::List(Vec::new())));
                names.push(None);
                continue;
            }
            Event::MappingStart(..) => {
                open.push(node(Value::Map(Vec::new())));
                names.push(None);
                continue;
            }
            Event::SequenceEnd | Event::MappingEnd => {
                names.pop();
                let Some(done) = open.pop() else { continue };
                done
            }
            Event::Scalar(text, style, ..) => {
                // The first line of a literal block is the one below its `|`.
                let literal_from = (style == ScalarStyle::Literal).then(|| literal_start(text.as_ref(), lines));
                node(Value::Text { text: text.into_owned(), literal_from })
            }
            Event::Alias(_) => {
                let what =
                    "the YAML has an alias (`*name`), which is not followed; print it again with `kubectl get -o yaml`";
                return Err(Broken { line: lines.0, what: what.to_owned() });
            }
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentStart(_) | Event::DocumentEnd => {
                continue;
            }
        };
        match (open.last_mut(), names.last_mut()) {
            (Some(Node { value: Value::List(items), .. }), _) => items.push(done),
            (Some(Node { value: Value::Map(members), .. }), Some(name)) => match name.take() {
                None => *name = Some(done.text().unwrap_or_default().to_owned()),
                Some(name) => members.push((name, done)),
            },
            _ => documents.push(done),
        }
    }
    Ok(documents)
}

/// A block ends at the beginning of the line behind it.
fn yaml_end(span: &saphyr_parser::Span) -> u32 {
    let (start, end) = (span.start.line().max(1), span.end.line().max(1));
    let last = if span.end.col() == 0 && end > start { end - 1 } else { end };
    last as u32
}

/// The line of the file that holds the first line of a literal block, whose span begins with its first line that is not
/// blank.
fn literal_start(text: &str, lines: (u32, u32)) -> u32 {
    let blank = text.bytes().take_while(|byte| *byte == b'\n').count() as u32;
    lines.0.saturating_sub(blank).max(1)
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;

    use super::*;

    const PEM: &str = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n";

    fn kits(text: &str) -> Vec<Files> {
        match open(File::new("x", text.as_bytes().to_vec())) {
            Ok(Opened::Kits(kits)) => kits,
            other => panic!("kits, got {other:?}"),
        }
    }

    fn bundle(files: &Files) -> (&str, &str, (u32, u32)) {
        let file = files.bundle.as_ref().unwrap();
        let carried = file.carried.as_ref().unwrap();
        let text = std::str::from_utf8(&file.bytes.0).unwrap();
        (text, carried.member.as_deref().unwrap(), carried.lines.locate(1, 3))
    }

    #[test]
    fn terraform_state_gives_the_bundle_the_filters_and_the_namespace() {
        let state = format!(
            "{{\"resources\": [{{\"type\": \"temporalcloud_namespace\", \"instances\": [{{\"attributes\": {{\n\
             \"id\": \"orders.f45a2\", \"name\": \"orders\",\n\"accepted_client_ca\": \"{}\",\n\
             \"certificate_filters\": [\n{{\"common_name\": \"a\"}}]}}}}]}}]}}",
            STANDARD.encode(PEM)
        );
        let [kit] = &kits(&state)[..] else { panic!() };
        assert_eq!(kit.namespace.as_deref(), Some("orders.f45a2"));
        let place = "resources[0].instances[0].attributes.accepted_client_ca (orders.f45a2)";
        assert_eq!(bundle(kit), (PEM, place, (3, 3)));
        let filters = kit.filters.as_ref().unwrap();
        assert_eq!(filters.bytes.0, b"[\n{\"common_name\": \"a\"}]");
        assert_eq!(filters.carried.as_ref().unwrap().lines.locate(2, 2), (5, 5));
    }

    #[test]
    fn of_a_plan_only_what_will_be_counts() {
        let values = |pem: &str| format!("{{\"accepted_client_ca\": \"{}\"}}", STANDARD.encode(pem));
        let plan = format!(
            "{{\"planned_values\": {{\"values\": {}}}, \"prior_state\": {{\"values\": {}}}}}",
            values(PEM),
            values("old")
        );
        let [kit] = &kits(&plan)[..] else { panic!() };
        assert_eq!(bundle(kit).0, PEM);
    }

    #[test]
    fn both_spellings_of_the_cloud_api_are_known() {
        for name in ["acceptedClientCa", "accepted_client_ca"] {
            let text = format!(
                "{{\"namespace\": \"orders.f45a2\", \"spec\": {{\"mtlsAuth\": {{\"enabled\": true,\n\"{name}\": \"{}\"}}}}}}",
                STANDARD.encode(PEM)
            );
            let [kit] = &kits(&text)[..] else { panic!() };
            assert_eq!(bundle(kit), (PEM, format!("spec.mtlsAuth.{name} (orders.f45a2)").as_str(), (2, 2)));
        }
    }

    #[test]
    fn a_value_that_should_be_base64_and_is_not_is_kept_as_it_is() {
        let text = format!("{{\"accepted_client_ca\": {}}}", serde_json::to_string(PEM).unwrap());
        let [kit] = &kits(&text)[..] else { panic!() };
        assert_eq!(bundle(kit).0, PEM);
        assert!(kit.bundle.as_ref().unwrap().carried.as_ref().unwrap().base64_missing);
    }

    #[test]
    fn what_tcld_lists_is_one_bundle_with_the_lines_of_each_element() {
        let data = STANDARD.encode(PEM);
        let text = format!("[{{\"base64EncodedData\": \"{data}\"}},\n\n{{\"base64EncodedData\": \"{data}\"}}]");
        let [kit] = &kits(&text)[..] else { panic!() };
        let carried = kit.bundle.as_ref().unwrap().carried.as_ref().unwrap();
        assert_eq!(kit.bundle.as_ref().unwrap().bytes.0, format!("{PEM}{PEM}").into_bytes());
        assert_eq!((carried.lines.locate(1, 3), carried.lines.locate(4, 6)), ((1, 1), (3, 3)));
    }

    #[test]
    fn a_kubernetes_secret_is_a_kit_in_yaml_and_in_json() {
        let data = STANDARD.encode(PEM);
        let text = format!(
            "apiVersion: v1\nkind: Secret\nmetadata:\n  name: tls\n  namespace: orders\ndata:\n  ca.crt: {data}\n  tls.crt: {data}\n  tls.key: {data}\n---\n\
             apiVersion: v1\nkind: Secret\nmetadata:\n  name: other\nstringData:\n  ca.crt: |\n    -----BEGIN CERTIFICATE-----\n    MIIB\n    -----END CERTIFICATE-----\n"
        );
        let [first, second] = &kits(&text)[..] else { panic!() };
        assert_eq!(bundle(first), (PEM, "data[\"ca.crt\"] (Secret orders/tls)", (7, 7)));
        assert!(first.client.is_some() && first.key.is_some());
        assert_eq!(bundle(second), (PEM, "stringData[\"ca.crt\"] (Secret other)", (17, 19)));
        let json = format!(
            "{{\"kind\": \"List\", \"items\": [{{\"kind\": \"Secret\", \"metadata\": {{\"name\": \"tls\"}},\n\"data\": {{\"ca.crt\": \"{data}\"}}}}]}}"
        );
        let [kit] = &kits(&json)[..] else { panic!() };
        assert_eq!(bundle(kit), (PEM, "items[0].data[\"ca.crt\"] (Secret tls)", (2, 2)));
    }

    #[test]
    fn our_own_form_takes_pem_and_base64() {
        let text = format!(
            "{{\"name\": \"a\", \"bundle\": {0}}}\n{{\"bundle\": \"{1}\"}}",
            serde_json::to_string(PEM).unwrap(),
            STANDARD.encode(PEM)
        );
        let [first, second] = &kits(&text)[..] else { panic!() };
        assert_eq!(bundle(first), (PEM, "bundle (a)", (1, 1)));
        assert_eq!(bundle(second), (PEM, "bundle", (2, 2)));
    }

    #[test]
    fn a_value_of_another_type_and_a_name_that_is_there_twice_are_told() {
        let value = STANDARD.encode(PEM);
        let told = |text: String| open(File::new("x", text.into_bytes())).unwrap_err().to_string();
        assert_eq!(told(format!("{{\"bundle\": \"{value}\",\n\"client\": []}}")), "x:2: `client` is not a string");
        assert_eq!(
            told(format!("{{\"bundle\": \"{value}\", \"filters\": \"[]\"}}")),
            "x:1: `filters` is not a list of filters"
        );
        let ca = format!("\"accepted_client_ca\": \"{value}\"");
        assert!(told(format!("{{{ca}, \"certificate_filters\": {{}}}}")).ends_with("is not a list of filters"));
        assert!(told(format!("{{{ca}, {ca}}}")).contains("`accepted_client_ca` is there twice"));
        assert!(matches!(kits(&format!("{{{ca}, \"certificate_filters\": null}}"))[..], [_]));
        let both = format!("{{\"acceptedClientCaDeprecated\": \"bm8=\", {ca}}}");
        assert_eq!(bundle(&kits(&both)[0]).0, PEM);
    }

    #[test]
    fn other_documents_are_plain_files() {
        for text in ["{}", "[]", "{\"a\": 1}", "apiVersion: v1\nkind: Pod\n", PEM, "", "kind: of"] {
            assert!(matches!(open(File::new("x", text.as_bytes().to_vec())), Ok(Opened::Plain(_))), "{text}");
        }
    }

    #[test]
    fn what_breaks_off_or_is_too_deep_is_said_with_its_line() {
        let line = |text: String| open(File::new("x", text.into_bytes())).unwrap_err().line;
        assert_eq!(line("{\n\"accepted_client_ca\":".to_owned()), 2);
        assert_eq!(line(format!("{{\"a\":\n{}{}}}", "[".repeat(80), "]".repeat(80))), 2);
        assert_eq!(line(format!("kind: Secret\napiVersion: v1\na: {}", "[".repeat(80))), 3);
    }
}
