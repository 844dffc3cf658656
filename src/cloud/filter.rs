//! Certificate filters: all fields of a filter must match, one filter is enough, case does not count.

use std::fmt;
use std::ops::Range;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::requirement::FILTER_COUNT;
use crate::pki::Certificate;
use crate::pki::name::{COMMON_NAME, ORGANIZATION, ORGANIZATIONAL_UNIT};

/// One filter; at least one field is set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filter {
    fields: Vec<(Field, Pattern)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    CommonName,
    Organization,
    OrganizationalUnit,
    SubjectAlternativeName,
}

impl Field {
    pub const ALL: [Self; 4] =
        [Self::CommonName, Self::Organization, Self::OrganizationalUnit, Self::SubjectAlternativeName];

    /// tcld's spelling.
    pub fn name(self) -> &'static str {
        match self {
            Self::CommonName => "commonName",
            Self::Organization => "organization",
            Self::OrganizationalUnit => "organizationalUnit",
            Self::SubjectAlternativeName => "subjectAlternativeName",
        }
    }

    /// Every value of this field in a certificate. Several OUs or SANs: one that matches is enough.
    pub fn values(self, certificate: &Certificate) -> Vec<String> {
        match self {
            Self::CommonName => certificate.subject.values(COMMON_NAME).collect(),
            Self::Organization => certificate.subject.values(ORGANIZATION).collect(),
            Self::OrganizationalUnit => certificate.subject.values(ORGANIZATIONAL_UNIT).collect(),
            Self::SubjectAlternativeName => {
                certificate.alternative_names.iter().filter_map(|name| name.text()).collect()
            }
        }
    }
}

/// A value with at most one `*`, at its start or its end. Lower case; the star also matches nothing at all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pattern {
    Exact(String),
    Prefix(String),
    Suffix(String),
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PatternError {
    #[error("`*` alone matches everything; leave the field out, or say what it must start or end with")]
    Alone,
    #[error("a value may have one `*`, and this one has {0}")]
    Several(usize),
    #[error("`*` may stand at the start or at the end of a value, not inside it")]
    Inside,
    #[error("the documentation lists a leading dot with a trailing `*` as invalid")]
    DotAndStar,
}

impl Pattern {
    pub fn parse(text: &str) -> Result<Self, PatternError> {
        let text = text.to_lowercase();
        match text.matches('*').count() {
            0 => Ok(Self::Exact(text)),
            1 if text == "*" => Err(PatternError::Alone),
            1 => match (text.strip_prefix('*'), text.strip_suffix('*')) {
                (Some(rest), _) => Ok(Self::Suffix(rest.to_owned())),
                (_, Some(rest)) if rest.starts_with('.') => Err(PatternError::DotAndStar),
                (_, Some(rest)) => Ok(Self::Prefix(rest.to_owned())),
                (None, None) => Err(PatternError::Inside),
            },
            count => Err(PatternError::Several(count)),
        }
    }

    pub fn matches(&self, value: &str) -> bool {
        let value = value.to_lowercase();
        match self {
            Self::Exact(text) => value == *text,
            Self::Prefix(text) => value.starts_with(text),
            Self::Suffix(text) => value.ends_with(text),
        }
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exact(text) => f.write_str(text),
            Self::Prefix(text) => write!(f, "{text}*"),
            Self::Suffix(text) => write!(f, "*{text}"),
        }
    }
}

impl Filter {
    /// # Errors
    /// When no field is set, or a value has a wildcard that is not allowed.
    pub fn new(fields: impl IntoIterator<Item = (Field, String)>) -> Result<Self, FilterError> {
        let mut parsed = Vec::new();
        for (field, value) in fields.into_iter().filter(|(_, value)| !value.trim().is_empty()) {
            match Pattern::parse(&value) {
                Ok(pattern) => parsed.push((field, pattern)),
                Err(error) => return Err(FilterError::Wildcard { field, error }),
            }
        }
        if parsed.is_empty() { Err(FilterError::Empty) } else { Ok(Self { fields: parsed }) }
    }

    /// The first field that no value of the certificate matches.
    pub fn mismatch(&self, certificate: &Certificate) -> Option<(Field, &Pattern)> {
        self.fields
            .iter()
            .map(|(field, pattern)| (*field, pattern))
            .find(|(field, pattern)| !field.values(certificate).iter().any(|value| pattern.matches(value)))
    }

    pub fn fields(&self) -> &[(Field, Pattern)] {
        &self.fields
    }
}

/// What is wrong with one filter.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FilterError {
    #[error("the filter has no field with a value")]
    Empty,
    #[error("{}: {error}", field.name())]
    Wildcard { field: Field, error: PatternError },
}

/// The filters of a namespace. None set means that any leaf below the bundle may connect.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filters(pub Vec<Filter>);

impl Filters {
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether a certificate passes: no filters, or one that matches in all its fields.
    pub fn admit(&self, certificate: &Certificate) -> bool {
        self.0.is_empty() || self.0.iter().any(|filter| filter.mismatch(certificate).is_none())
    }
}

/// A filters file in tcld's form, each filter with the bytes that it stands on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FiltersFile {
    pub entries: Vec<FilterEntry>,
    /// 1-based lines of members that are no filters, and of fields that no filter has. tcld ignores them.
    pub unknown: Vec<u32>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FilterEntry {
    /// Byte range of the filter's JSON object in the file.
    pub span: Range<usize>,
    pub filter: Result<Filter, FilterError>,
}

/// Why a file holds no filters at all. The line is 1-based.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct FiltersFileError {
    pub message: String,
    pub line: u32,
}

/// The members of a JSON object in order, values unread. Names are matched here as Go matches them: without case.
pub(super) struct Members<'a>(pub(super) Vec<(String, &'a RawValue)>);

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

impl FiltersFile {
    /// Reads `{"filters": [{"commonName": …}, …]}`. An empty file or `{}` holds no filters, as for tcld.
    ///
    /// # Errors
    /// When the file is no JSON of that form.
    pub fn read(bytes: &[u8]) -> Result<Self, FiltersFileError> {
        let text = std::str::from_utf8(bytes)
            .map_err(|_| FiltersFileError { message: "the file is not UTF-8 text".to_owned(), line: 1 })?;
        if text.trim().is_empty() {
            return Ok(Self { entries: Vec::new(), unknown: Vec::new() });
        }
        let Members(members) = serde_json::from_str(text).map_err(|error| json_error(&error, 0))?;
        let mut filters: Vec<&RawValue> = Vec::new();
        let mut unknown = Vec::new();
        for (name, value) in members {
            // The raw value borrows from `text`, so its address tells where it stands.
            let line = text[..value.get().as_ptr() as usize - text.as_ptr() as usize].matches('\n').count() as u32;
            if !name.eq_ignore_ascii_case("filters") {
                unknown.push(line + 1);
                continue;
            }
            let list: Option<Vec<&RawValue>> =
                serde_json::from_str(value.get()).map_err(|error| json_error(&error, line))?;
            filters.extend(list.into_iter().flatten());
        }
        let mut entries = Vec::new();
        for raw in filters {
            let start = raw.get().as_ptr() as usize - text.as_ptr() as usize;
            let span = start..start + raw.get().len();
            let line = text[..start].matches('\n').count() as u32;
            let Members(members) = serde_json::from_str(raw.get()).map_err(|error| json_error(&error, line))?;
            let mut fields = Vec::new();
            for (name, value) in members {
                let known = Field::ALL.into_iter().find(|field| field.name().eq_ignore_ascii_case(&name));
                let Some(field) = known else {
                    unknown.push(line + 1);
                    continue;
                };
                let value: Option<String> =
                    serde_json::from_str(value.get()).map_err(|error| json_error(&error, line))?;
                fields.push((field, value.unwrap_or_default()));
            }
            entries.push(FilterEntry { span, filter: Filter::new(fields) });
        }
        Ok(Self { entries, unknown })
    }

    /// The filters that can be used.
    pub fn filters(&self) -> Filters {
        Filters(self.entries.iter().filter_map(|entry| entry.filter.clone().ok()).collect())
    }

    pub fn is_over_limit(&self) -> bool {
        Some(self.entries.len()) > FILTER_COUNT.number
    }
}

fn json_error(error: &serde_json::Error, lines_before: u32) -> FiltersFileError {
    // serde_json's own text quotes values of the file; its class does not.
    let message = match error.classify() {
        serde_json::error::Category::Syntax => "the JSON is malformed",
        serde_json::error::Category::Eof => "the JSON breaks off",
        _ => "the JSON is not of the form {\"filters\": [{\"commonName\": \"…\"}]}",
    };
    FiltersFileError { message: message.to_owned(), line: lines_before + error.line().max(1) as u32 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_at_one_edge_and_matches_nothing_too() {
        assert!(Pattern::parse("Example Code*").unwrap().matches("example code"));
        assert!(Pattern::parse("*.example.com").unwrap().matches("A.EXAMPLE.COM"));
        assert!(!Pattern::parse("example").unwrap().matches("example.com"));
        assert_eq!(Pattern::parse("*"), Err(PatternError::Alone));
        assert_eq!(Pattern::parse("code.*.com"), Err(PatternError::Inside));
        assert_eq!(Pattern::parse(".example.*"), Err(PatternError::DotAndStar));
        assert_eq!(Pattern::parse("*a*"), Err(PatternError::Several(2)));
    }

    #[test]
    fn each_filter_knows_where_it_stands() {
        let text = "{\"filters\": [\n  {\"commonName\": \"a\"},\n  {}\n]}";
        let file = FiltersFile::read(text.as_bytes()).unwrap();
        assert_eq!(&text[file.entries[0].span.clone()], "{\"commonName\": \"a\"}");
        assert_eq!(file.entries[1].filter, Err(FilterError::Empty));
    }

    #[test]
    fn an_empty_file_holds_no_filters() {
        assert_eq!(FiltersFile::read(b" \n").unwrap().entries, []);
        assert_eq!(FiltersFile::read(b"{}").unwrap().entries, []);
    }

    #[test]
    fn names_are_matched_without_case_as_go_does_and_unknown_ones_are_kept_apart() {
        let read = |text: &str| FiltersFile::read(text.as_bytes());
        let file = read("{\"Filters\": [{\"CommonName\": \"a\", \"organization\": null}]}").unwrap();
        assert!(file.entries[0].filter.is_ok());
        assert_eq!(read("{\"filters\": null}").unwrap().entries, []);
        assert_eq!(read("{\n\"filtres\": []}").unwrap().unknown, [2]);
        assert_eq!(read("{\"filters\": [{\"cn\": \"a\"}]}").unwrap().unknown, [1]);
    }

    #[test]
    fn malformed_json_is_answered_with_its_line() {
        assert_eq!(FiltersFile::read(b"{\n\"filters\": [}").unwrap_err().line, 2);
    }
}
