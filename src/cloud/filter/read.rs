//! Filters in every spelling that users of Temporal have, each with the lines that it stands on.

use std::fmt;
use std::ops::Range;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::{Decision, Field, Filter, FilterError, Filters, hcl};
use crate::cloud::requirement::FILTER_COUNT;
use crate::pki::Certificate;

/// Largest text that is read, in bytes. 25 filters with four long values take some 20,000.
const MOST_BYTES: usize = 1024 * 1024;
/// Most filters that are read. A namespace takes 25.
const MOST_FILTERS: usize = 1000;

/// Whose way of writing filters a file is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spelling {
    /// `{"filters": [{"commonName": …}, …]}`.
    Tcld,
    /// `[{"commonName": …}, …]`, which no tool takes as it is.
    List,
    /// One JSON object a filter, one after another.
    CloudCli,
    /// `certificateFilters` in an `mtlsAuth`, a `spec`, a namespace, or by itself.
    CloudApi,
    /// `certificate_filters` as it stands in a state or a plan.
    TerraformJson,
    /// `certificate_filters = [{ common_name = … }, …]`.
    Terraform,
}

impl Spelling {
    pub const ALL: [Self; 6] =
        [Self::Tcld, Self::List, Self::CloudCli, Self::CloudApi, Self::TerraformJson, Self::Terraform];

    /// "tcld's JSON".
    pub fn name(self) -> &'static str {
        match self {
            Self::Tcld => "tcld's JSON",
            Self::List => "a bare JSON list",
            Self::CloudCli => "the Temporal CLI's JSON objects",
            Self::CloudApi => "the Cloud Ops API's JSON",
            Self::TerraformJson => "Terraform's JSON",
            Self::Terraform => "Terraform's HCL",
        }
    }

    /// For machines: "tcld".
    pub fn id(self) -> &'static str {
        match self {
            Self::Tcld => "tcld",
            Self::List => "list",
            Self::CloudCli => "cloud-cli",
            Self::CloudApi => "cloud-api",
            Self::TerraformJson => "terraform-json",
            Self::Terraform => "terraform",
        }
    }

    /// What the reader that it is written for makes of a name that it does not know.
    pub fn unknown_name(self) -> &'static str {
        match self {
            Self::Tcld | Self::List => "tcld would ignore what stands here",
            Self::CloudCli | Self::CloudApi => "no field of a filter has this name",
            Self::TerraformJson | Self::Terraform => "Terraform has no such attribute",
        }
    }

    /// What a field is called in it.
    pub fn name_of(self, field: Field) -> &'static str {
        match self {
            Self::TerraformJson | Self::Terraform => field.snake(),
            Self::Tcld | Self::List | Self::CloudCli | Self::CloudApi => field.name(),
        }
    }

    /// The field of that name. Go, which tcld and what prints lists are written in, does not look at the case.
    fn field(self, name: &str) -> Option<Field> {
        Field::ALL.into_iter().find(|field| match self {
            Self::Tcld => field.name().eq_ignore_ascii_case(name),
            Self::CloudCli => [field.name(), field.snake()].contains(&name),
            Self::List | Self::CloudApi => [field.name(), field.snake()].iter().any(|it| it.eq_ignore_ascii_case(name)),
            Self::TerraformJson | Self::Terraform => field.snake() == name,
        })
    }
}

/// What was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FiltersFile {
    pub spelling: Spelling,
    pub entries: Vec<FilterEntry>,
    /// Members that are no filters, and fields that no filter has.
    pub unknown: Vec<UnknownName>,
    /// 1-based line of Terraform's list, where that is there and empty. Other readers take an empty list for none.
    pub empty_list: Option<u32>,
}

/// One filter as it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FilterEntry {
    /// 1-based.
    pub first_line: u32,
    /// 1-based, inclusive.
    pub last_line: u32,
    /// Every field that has a value, a blank one too.
    pub fields: Vec<(Field, String)>,
    pub filter: Result<Filter, FilterError>,
}

impl FilterEntry {
    /// The four values as tcld sends and compares them; what is not set is empty.
    pub fn sent(&self) -> [&str; 4] {
        Field::ALL
            .map(|field| self.fields.iter().find(|(set, _)| *set == field).map_or("", |(_, value)| value.as_str()))
    }
}

/// A name that means nothing where it stands. It is not kept: it may be anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnknownName {
    /// 1-based.
    pub line: u32,
    /// The field that is meant by its look.
    pub meant: Option<Field>,
}

/// Why a file holds no filters at all. The message quotes nothing of it; the line is 1-based.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct FiltersFileError {
    pub message: String,
    pub line: u32,
}

impl FiltersFile {
    /// Reads filters in whichever [`Spelling`] they are. An empty file or `{}` holds none, as for tcld.
    ///
    /// # Errors
    /// When the file is in no spelling, or a reader of its spelling could take it in more than one way.
    pub fn read(bytes: &[u8]) -> Result<Self, FiltersFileError> {
        let text = decode(bytes)?;
        if text.len() > MOST_BYTES {
            return Err(error_at(
                1,
                format!("the file is larger than {MOST_BYTES} bytes, which no list of filters is"),
            ));
        }
        if hcl::is_hcl(text) {
            let lines = Lines::new(text, 1);
            let list = hcl::read(text).map_err(|(offset, message)| error_at(lines.of(offset), message))?;
            let empty_list = list.as_ref().filter(|list| list.filters.is_empty()).map(|list| lines.of(list.offset));
            let raw = list.map(|list| list.filters).unwrap_or_default();
            return Ok(Self { empty_list, ..collect(raw, Vec::new(), Spelling::Terraform, &lines)? });
        }
        Self::from_json_value(text, 1)
    }

    /// Reads a JSON value that was cut out of a larger document: a list of filters, or an object around it. `first_line`
    /// is the line of the document, 1-based, that the text begins on.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub fn from_json_value(text: &str, first_line: u32) -> Result<Self, FiltersFileError> {
        Json { text, lines: Lines::new(text, first_line), first_line }.read()
    }

    /// The filters that can be used.
    pub fn filters(&self) -> Filters {
        Filters(self.usable().map(|(_, filter)| filter.clone()).collect())
    }

    /// The same with their 1-based positions in the file.
    fn usable(&self) -> impl Iterator<Item = (usize, &Filter)> {
        (1..).zip(&self.entries).filter_map(|(number, entry)| Some((number, entry.filter.as_ref().ok()?)))
    }

    /// The usable filters against a certificate; rows are numbered by position in the file.
    pub fn decide(&self, certificate: &Certificate) -> Decision {
        Decision::new(self.usable(), certificate)
    }

    /// Whether something in it cannot be used. To go on without it could let in whom nobody meant.
    pub fn has_unusable(&self) -> bool {
        !self.unknown.is_empty() || self.entries.iter().any(|entry| entry.filter.is_err())
    }

    pub fn is_over_limit(&self) -> bool {
        Some(self.entries.len()) > FILTER_COUNT.number
    }
}

/// A filter before its names and values are looked at.
pub(super) struct RawFilter {
    /// Bytes of the text.
    pub(super) span: Range<usize>,
    pub(super) members: Vec<RawMember>,
}

pub(super) struct RawMember {
    pub(super) name: String,
    /// Byte of the text at which the name stands.
    pub(super) offset: usize,
    /// None for null.
    pub(super) value: Result<Option<String>, NoText>,
}

/// A value that is neither text nor null.
pub(super) struct NoText;

fn collect(
    raw: Vec<RawFilter>,
    mut unknown: Vec<UnknownName>,
    spelling: Spelling,
    lines: &Lines,
) -> Result<FiltersFile, FiltersFileError> {
    if let Some(first) = raw.get(MOST_FILTERS) {
        let message =
            format!("more than {MOST_FILTERS} filters; a namespace takes {}", FILTER_COUNT.number.unwrap_or(25));
        return Err(error_at(lines.of(first.span.start), message));
    }
    let mut entries = Vec::new();
    for RawFilter { span, members } in raw {
        let mut fields: Vec<(Field, String)> = Vec::new();
        let mut seen = Vec::new();
        for RawMember { name, offset, value } in members {
            let line = lines.of(offset);
            let Some(field) = spelling.field(&name) else {
                unknown.push(UnknownName { line, meant: meant(&name) });
                continue;
            };
            if seen.contains(&field) {
                let message = format!(
                    "{} is set twice in one filter, of which tcld takes the last and others neither; keep one, or make \
                     two filters",
                    field.name()
                );
                return Err(error_at(line, message));
            }
            seen.push(field);
            let value = value.map_err(|NoText| error_at(line, format!("{} is no text in quotes", field.name())))?;
            fields.extend(value.filter(|value| !value.is_empty()).map(|value| (field, value)));
        }
        entries.push(FilterEntry {
            first_line: lines.of(span.start),
            last_line: lines.of(span.end.saturating_sub(1).max(span.start)),
            filter: Filter::new(fields.clone()),
            fields,
        });
    }
    Ok(FiltersFile { spelling, entries, unknown, empty_list: None })
}

/// The field that a name looks like, in whatever spelling.
fn meant(name: &str) -> Option<Field> {
    let plain = plain(name);
    Field::ALL.into_iter().find(|field| plain == field.name().to_ascii_lowercase() || plain == field.short())
}

/// Without case, underscores and hyphens.
fn plain(name: &str) -> String {
    name.chars().filter(|c| !"_-".contains(*c)).flat_map(char::to_lowercase).collect()
}

fn decode(bytes: &[u8]) -> Result<&str, FiltersFileError> {
    if bytes.starts_with(&[0xFF, 0xFE]) || bytes.starts_with(&[0xFE, 0xFF]) {
        return Err(error_at(1, "the file is UTF-16; save it as UTF-8 without a byte order mark"));
    }
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let before = bytes[..error.valid_up_to()].iter().filter(|byte| **byte == b'\n').count();
        error_at(before as u32 + 1, "the file is not UTF-8 text")
    })?;
    match text.starts_with('\u{FEFF}') {
        true => Err(error_at(1, "the file begins with a byte order mark, which tcld refuses; save it without")),
        false => Ok(text),
    }
}

fn error_at(line: u32, message: impl Into<String>) -> FiltersFileError {
    FiltersFileError { message: message.into(), line }
}

/// Byte offsets at which lines start, to turn offsets into lines.
pub(super) struct Lines {
    starts: Vec<usize>,
    first: u32,
}

impl Lines {
    pub(super) fn new(text: &str, first: u32) -> Self {
        let starts = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(offset, _)| offset + 1);
        Self { starts: starts.collect(), first }
    }

    pub(super) fn of(&self, offset: usize) -> u32 {
        self.first.saturating_add(self.starts.partition_point(|start| *start <= offset) as u32)
    }
}

struct Json<'a> {
    text: &'a str,
    lines: Lines,
    first_line: u32,
}

/// The members of a JSON object in order, values unread.
pub(in crate::cloud) struct Members<'a>(pub(in crate::cloud) Vec<(String, &'a RawValue)>);

impl<'de: 'a, 'a> Deserialize<'de> for Members<'a> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor<'a>(std::marker::PhantomData<&'a ()>);
        impl<'de: 'a, 'a> serde::de::Visitor<'de> for Visitor<'a> {
            type Value = Members<'a>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: serde::de::MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry::<String, &'a RawValue>()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(Visitor(std::marker::PhantomData))
    }
}

/// What an object turned out to be.
enum Shape<'a> {
    /// A list in it, whose it is, and members that mean nothing.
    Holder(Option<&'a RawValue>, Spelling, Vec<UnknownName>),
    /// A filter itself.
    Filter,
}

impl<'a> Json<'a> {
    fn read(&self) -> Result<FiltersFile, FiltersFileError> {
        let stream = serde_json::Deserializer::from_str(self.text).into_iter::<&RawValue>();
        let values: Vec<_> = stream
            .take(MOST_FILTERS + 1)
            .collect::<Result<_, _>>()
            .map_err(|error| error_at(self.first_line.saturating_add(error.line().max(1) as u32 - 1), fault(&error)))?;
        let Some(first) = values.first() else { return collect(Vec::new(), Vec::new(), Spelling::Tcld, &self.lines) };
        let (list, spelling, unknown) = match first.get().as_bytes() {
            [b'{', ..] => match self.shape(first)? {
                Shape::Filter => {
                    let raw = values.iter().map(|value| self.filter(value)).collect::<Result<Vec<_>, _>>()?;
                    return collect(raw, Vec::new(), Spelling::CloudCli, &self.lines);
                }
                Shape::Holder(list, spelling, unknown) => (list, spelling, unknown),
            },
            [b'[', ..] => (Some(*first), Spelling::List, Vec::new()),
            b"null" => (None, Spelling::Tcld, Vec::new()),
            _ => return Err(self.error(first, format!("a bare value is no filter; {FORM}"))),
        };
        if let Some(second) = values.get(1) {
            return Err(self.error(second, "more stands behind the JSON; a file holds one list of filters"));
        }
        let raw = match list {
            None => Vec::new(),
            Some(list) => {
                self.list(list)?.into_iter().map(|value| self.filter(value)).collect::<Result<Vec<_>, _>>()?
            }
        };
        // What cuts the attribute out of a state leaves a list, in Terraform's names.
        let is_snake = |member: &RawMember| member.name.contains('_') && meant(&member.name).is_some();
        let from_state = spelling == Spelling::List && raw.iter().flat_map(|filter| &filter.members).any(is_snake);
        collect(raw, unknown, if from_state { Spelling::TerraformJson } else { spelling }, &self.lines)
    }

    /// What an object is, looking through what the API and Terraform wrap around a list of filters.
    fn shape(&self, object: &'a RawValue) -> Result<Shape<'a>, FiltersFileError> {
        /// Outermost last, since a namespace also names itself in a member `namespace`.
        const WRAPPERS: [(&str, Spelling); 5] = [
            ("mtlsauth", Spelling::CloudApi),
            ("spec", Spelling::CloudApi),
            ("namespace", Spelling::CloudApi),
            ("attributes", Spelling::TerraformJson),
            ("values", Spelling::TerraformJson),
        ];
        const WHOLE_STATE: [&str; 4] = ["terraform_version", "planned_values", "resource_changes", "root_module"];
        const LIST: &str = "certificatefilters";
        /// What a namespace without filters is known by; any other JSON must not pass for one.
        const OF_NAMESPACES: [&str; 5] = ["mtlsauth", "acceptedclientca", "apikeyauth", "retentiondays", "regions"];
        let (mut object, mut inside) = (object, None);
        // Each turn goes one wrapper deeper; none nests in itself in a real document.
        for _ in 0..=WRAPPERS.len() {
            let members = self.members(object)?;
            if inside.is_none() && members.iter().any(|(name, _)| name.eq_ignore_ascii_case("filters")) {
                return self.tcld(&members);
            }
            let lists: Vec<_> = members.iter().filter(|(name, _)| plain(name) == LIST).collect();
            if let [(name, list), rest @ ..] = lists.as_slice() {
                if let Some((_, again)) = rest.first() {
                    return Err(self.error(again, "the list of certificate filters is given twice; keep one"));
                }
                let alone = if name.contains('_') { Spelling::TerraformJson } else { Spelling::CloudApi };
                return Ok(Shape::Holder(Some(list), inside.unwrap_or(alone), Vec::new()));
            }
            if inside.is_none() && members.iter().any(|(name, _)| Spelling::List.field(name).is_some()) {
                return Ok(Shape::Filter);
            }
            if let Some((_, value)) = members.iter().find(|(name, _)| WHOLE_STATE.contains(&name.as_str())) {
                let message = "this is a whole Terraform state or plan; cut the attribute certificate_filters of one \
                               namespace out of it, for instance with jq";
                return Err(self.error(value, message));
            }
            let wrapped = WRAPPERS.iter().find_map(|(wrapper, spelling)| {
                let is_it =
                    |(name, value): &&(String, &'a RawValue)| plain(name) == *wrapper && value.get().starts_with('{');
                members.iter().find(is_it).map(|(_, value)| (*value, *spelling))
            });
            match (wrapped, inside) {
                (Some((value, spelling)), _) => (object, inside) = (value, inside.or(Some(spelling))),
                // The rest of a namespace is no mistake, and this one has no filters.
                (None, Some(spelling)) if members.iter().any(|(name, _)| OF_NAMESPACES.contains(&&*plain(name))) => {
                    return Ok(Shape::Holder(None, spelling, Vec::new()));
                }
                (None, Some(_)) => {
                    return Err(self.error(object, format!("there are no certificate filters in this JSON; {FORM}")));
                }
                (None, None) => return self.tcld(&members),
            }
        }
        Err(self.error(object, format!("the JSON is nested deeper than any document with filters; {FORM}")))
    }

    fn tcld(&self, members: &[(String, &'a RawValue)]) -> Result<Shape<'a>, FiltersFileError> {
        let mut list = None;
        let mut unknown = Vec::new();
        for (name, value) in members {
            if !name.eq_ignore_ascii_case("filters") {
                unknown.push(UnknownName { line: self.lines.of(self.name_offset(value)), meant: None });
            } else if list.replace(*value).is_some() {
                return Err(
                    self.error(value, "\"filters\" is given twice, of which tcld takes the last; join the lists")
                );
            }
        }
        Ok(Shape::Holder(list, Spelling::Tcld, unknown))
    }

    fn list(&self, value: &'a RawValue) -> Result<Vec<&'a RawValue>, FiltersFileError> {
        let list: Option<Vec<&RawValue>> = serde_json::from_str(value.get())
            .map_err(|_| self.error(value, "the certificate filters are not in a list, [ … ]"))?;
        Ok(list.unwrap_or_default())
    }

    fn filter(&self, value: &'a RawValue) -> Result<RawFilter, FiltersFileError> {
        let start = self.offset(value);
        let members = self.members(value)?.into_iter().map(|(name, value)| RawMember {
            name,
            offset: self.name_offset(value),
            value: serde_json::from_str(value.get()).map_err(|_| NoText),
        });
        Ok(RawFilter { span: start..start + value.get().len(), members: members.collect() })
    }

    fn members(&self, object: &'a RawValue) -> Result<Vec<(String, &'a RawValue)>, FiltersFileError> {
        let members: Result<Members<'_>, _> = serde_json::from_str(object.get());
        members
            .map(|Members(members)| members)
            .map_err(|_| self.error(object, "a filter is an object, { … }, and this is none"))
    }

    /// Raw values borrow from the text, so their address tells where they stand.
    fn offset(&self, value: &RawValue) -> usize {
        value.get().as_ptr() as usize - self.text.as_ptr() as usize
    }

    /// Where the name of a member ends: before its value, a colon and white space.
    fn name_offset(&self, value: &RawValue) -> usize {
        let before = self.text[..self.offset(value)].trim_end();
        before.strip_suffix(':').unwrap_or(before).trim_end().len().saturating_sub(1)
    }

    fn error(&self, value: &RawValue, message: impl Into<String>) -> FiltersFileError {
        error_at(self.lines.of(self.offset(value)), message)
    }
}

/// The way out, where a file is in no spelling.
pub(super) const FORM: &str = "write {\"filters\": [{\"commonName\": \"…\"}]}";

/// serde_json's own text quotes values of the file; its class does not.
fn fault(error: &serde_json::Error) -> &'static str {
    match error.classify() {
        serde_json::error::Category::Eof => "the JSON breaks off",
        _ => "the JSON is malformed",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> FiltersFile {
        FiltersFile::read(text.as_bytes()).unwrap()
    }

    fn error(text: &str) -> (u32, String) {
        let error = FiltersFile::read(text.as_bytes()).unwrap_err();
        (error.line, error.message)
    }

    #[test]
    fn each_filter_knows_where_it_stands() {
        let file = read("{\"filters\": [\n  {\n    \"commonName\": \"a\"},\n  {}\n]}");
        let lines: Vec<_> = file.entries.iter().map(|entry| (entry.first_line, entry.last_line)).collect();
        assert_eq!(lines, [(2, 3), (4, 4)]);
        assert_eq!(file.entries[1].filter, Err(FilterError::Empty));
    }

    #[test]
    fn every_spelling_of_one_filter_is_the_same_filter() {
        let spelled = [
            ("{\"filters\": [{\"commonName\": \"A\"}]}", Spelling::Tcld),
            ("[{\"commonName\": \"A\"}]", Spelling::List),
            ("{\"commonName\": \"A\"}", Spelling::CloudCli),
            ("{\"common_name\": \"A\"}", Spelling::CloudCli),
            ("{\"certificateFilters\": [{\"commonName\": \"A\"}]}", Spelling::CloudApi),
            ("{\"CertificateFilters\": [{\"common_name\": \"A\"}]}", Spelling::CloudApi),
            ("{\"mtlsAuth\": {\"certificateFilters\": [{\"commonName\": \"A\"}]}}", Spelling::CloudApi),
            (
                "{\"namespace\": {\"namespace\": \"a.b\", \"spec\": {\"mtls_auth\": {\"enabled\": true, \
                 \"certificate_filters\": [{\"common_name\": \"A\"}]}}}}",
                Spelling::CloudApi,
            ),
            ("{\"certificate_filters\": [{\"common_name\": \"A\", \"organization\": null}]}", Spelling::TerraformJson),
            ("{\"attributes\": {\"certificate_filters\": [{\"common_name\": \"A\"}]}}", Spelling::TerraformJson),
            ("[{\"common_name\": \"A\", \"organization\": null}]", Spelling::TerraformJson),
            ("certificate_filters = [{ common_name = \"A\" }]", Spelling::Terraform),
        ];
        for (text, spelling) in spelled {
            let file = read(text);
            assert_eq!(file.spelling, spelling, "{text}");
            assert_eq!(file.filters().0, [Filter::new([(Field::CommonName, "A".to_owned())]).unwrap()], "{text}");
            assert_eq!(file.unknown, [], "{text}");
        }
        let all: Vec<_> = spelled.iter().map(|(_, spelling)| spelling).collect();
        assert!(Spelling::ALL.iter().all(|spelling| all.contains(&spelling)));
    }

    #[test]
    fn objects_one_after_another_are_filters() {
        let file = read("{\"commonName\": \"a\"}\n{\"organization\": \"b\"} {}");
        assert_eq!(file.entries.iter().map(|entry| entry.first_line).collect::<Vec<_>>(), [1, 2, 2]);
        assert_eq!(file.spelling, Spelling::CloudCli);
    }

    #[test]
    fn an_empty_file_and_a_namespace_without_filters_hold_none() {
        for text in [" \n", "{}", "null", "{\"filters\": null}", "{\"spec\": {\"retentionDays\": 7}}", "# none\n"] {
            let file = read(text);
            assert_eq!((file.entries.len(), file.unknown.len()), (0, 0), "{text}");
        }
    }

    #[test]
    fn names_are_matched_as_the_reader_of_their_spelling_does() {
        let unknown = |text: &str| read(text).unknown.iter().map(|it| (it.line, it.meant)).collect::<Vec<_>>();
        assert_eq!(unknown("{\"Filters\": [{\"CommonName\": \"a\"}]}"), []);
        assert_eq!(unknown("{\n\"filtres\": []}"), [(2, None)]);
        assert_eq!(
            unknown("{\"filters\": [\n{\"commonName\": \"a\",\n\"cn\"\n:\n\"a\"}]}"),
            [(3, Some(Field::CommonName))]
        );
        assert_eq!(unknown("{\"filters\": [{\"common_name\": \"a\"}]}"), [(1, Some(Field::CommonName))]);
        assert_eq!(unknown("{\"common_name\": \"a\", \"CommonName\": \"b\"}"), [(1, Some(Field::CommonName))]);
        assert_eq!(unknown("certificate_filters = [{\ncommonName = \"a\" }]"), [(2, Some(Field::CommonName))]);
    }

    #[test]
    fn what_could_be_read_in_two_ways_is_answered_with_its_line() {
        let twice = error("{\"filters\": [{\"commonName\": \"a\",\n \"CommonName\": \"b\"}]}");
        assert!(twice.0 == 2 && twice.1.contains("set twice"), "{twice:?}");
        assert_eq!(error("{\"filters\": [],\n\"FILTERS\": []}").0, 2);
        assert_eq!(error("{\"certificateFilters\": [],\n\"certificate_filters\": []}").0, 2);
        assert_eq!(error("{\"filters\": []}\n{\"filters\": []}").0, 2);
    }

    #[test]
    fn malformed_json_and_wrong_types_are_answered_with_their_line() {
        assert_eq!(error("{\n\"filters\": [}"), (2, "the JSON is malformed".to_owned()));
        assert_eq!(error("{\n\"filters\": ["), (2, "the JSON breaks off".to_owned()));
        assert_eq!(error("{\n\"filters\": {}}").0, 2);
        assert_eq!(error("{\"filters\": [\n null]}").0, 2);
        assert_eq!(error("{\"filters\": [{\n\"commonName\":\n1}]}"), (2, "commonName is no text in quotes".to_owned()));
        assert_eq!(error("\n 1").0, 2);
        assert_eq!(FiltersFile::read(b"{}\n\xff").unwrap_err().line, 2);
        assert_eq!(error("{\"kind\": \"Pod\",\n\"spec\": {\"containers\": []}}").0, 2);
        assert!(error("\u{feff}{}").1.contains("byte order mark"));
        assert!(error("{\"terraform_version\": \"1.9\"}").1.contains("state"));
    }

    #[test]
    fn a_value_cut_out_of_a_document_keeps_the_lines_of_the_document() {
        let file = FiltersFile::from_json_value("[\n{\"common_name\": \"a\", \"x\": 1}]", 40).unwrap();
        assert_eq!((file.entries[0].first_line, file.unknown[0].line), (41, 41));
        assert_eq!(FiltersFile::from_json_value("[\n}", 40).unwrap_err().line, 41);
    }

    #[test]
    fn size_number_and_depth_have_limits() {
        let many = format!("[{}{{}}]", "{},".repeat(1000));
        assert!(error(&many).1.contains("more than 1000"));
        assert!(error(&"{}".repeat(1002)).1.contains("more"));
        assert!(error(&format!("{{}}{}", " ".repeat(MOST_BYTES))).1.contains("larger"));
        let deep = "{\"spec\":".repeat(100_000) + "1" + &"}".repeat(100_000);
        assert!(error(&deep).1.contains("nested"));
        assert!(FiltersFile::read("[".repeat(500_000).as_bytes()).is_err());
    }
}
