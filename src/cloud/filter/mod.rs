//! Certificate filters: all fields of a filter must match, one filter is enough, case does not count.
//!
//! [`read`] knows how each tool of Temporal's users spells them, [`write`](mod@write) spells them, [`decision`] says who
//! gets in and why.

pub mod decision;
mod hcl;
pub mod read;
pub mod write;

use std::fmt;

pub use decision::Decision;
pub use read::{FilterEntry, FiltersFile, FiltersFileError, Spelling};
pub use write::{Target, write};

use crate::pki::Certificate;
use crate::pki::name::{COMMON_NAME, ORGANIZATION, ORGANIZATIONAL_UNIT};

/// One filter; at least one field is set, and they are in the order of [`Field::ALL`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filter {
    fields: Vec<(Field, Pattern)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Field {
    CommonName,
    Organization,
    OrganizationalUnit,
    SubjectAlternativeName,
}

impl Field {
    pub const ALL: [Self; 4] =
        [Self::CommonName, Self::Organization, Self::OrganizationalUnit, Self::SubjectAlternativeName];

    /// tcld's spelling, which is that of protocol buffers in JSON too.
    pub fn name(self) -> &'static str {
        match self {
            Self::CommonName => "commonName",
            Self::Organization => "organization",
            Self::OrganizationalUnit => "organizationalUnit",
            Self::SubjectAlternativeName => "subjectAlternativeName",
        }
    }

    /// Terraform's spelling, and that of the API's own definition.
    pub fn snake(self) -> &'static str {
        match self {
            Self::CommonName => "common_name",
            Self::Organization => "organization",
            Self::OrganizationalUnit => "organizational_unit",
            Self::SubjectAlternativeName => "subject_alternative_name",
        }
    }

    /// As short as certificates abbreviate it.
    pub fn short(self) -> &'static str {
        match self {
            Self::CommonName => "cn",
            Self::Organization => "o",
            Self::OrganizationalUnit => "ou",
            Self::SubjectAlternativeName => "san",
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

/// A value with at most one `*`, at its start or its end. The star also matches nothing at all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern {
    /// As written, which is what tools send and compare.
    text: String,
    shape: Shape,
}

/// What is left of a pattern without its star and its case.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Shape {
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
    /// # Errors
    /// When the text has a wildcard where none may stand.
    pub fn parse(text: &str) -> Result<Self, PatternError> {
        let folded = fold(text);
        let shape = match folded.matches('*').count() {
            0 => Shape::Exact(folded),
            1 if folded == "*" => return Err(PatternError::Alone),
            1 => match (folded.strip_prefix('*'), folded.strip_suffix('*')) {
                (Some(rest), _) => Shape::Suffix(rest.to_owned()),
                (_, Some(rest)) if rest.starts_with('.') => return Err(PatternError::DotAndStar),
                (_, Some(rest)) => Shape::Prefix(rest.to_owned()),
                (None, None) => return Err(PatternError::Inside),
            },
            count => return Err(PatternError::Several(count)),
        };
        Ok(Self { text: text.to_owned(), shape })
    }

    pub fn matches(&self, value: &str) -> bool {
        let value = fold(value);
        match &self.shape {
            Shape::Exact(text) => value == *text,
            Shape::Prefix(text) => value.starts_with(text),
            Shape::Suffix(text) => value.ends_with(text),
        }
    }

    /// As written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether every value that `other` matches is matched here as well.
    pub fn covers(&self, other: &Self) -> bool {
        match (&self.shape, &other.shape) {
            (Shape::Exact(wide), Shape::Exact(narrow)) => wide == narrow,
            (Shape::Prefix(wide), Shape::Exact(narrow) | Shape::Prefix(narrow)) => narrow.starts_with(wide),
            (Shape::Suffix(wide), Shape::Exact(narrow) | Shape::Suffix(narrow)) => narrow.ends_with(wide),
            _ => false,
        }
    }
}

/// Lower case, each character by itself: what follows a character must not change it, or prefixes would not match.
fn fold(text: &str) -> String {
    text.chars().flat_map(char::to_lowercase).collect()
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
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
        parsed.sort_by_key(|(field, _)| *field);
        if parsed.is_empty() { Err(FilterError::Empty) } else { Ok(Self { fields: parsed }) }
    }

    /// Whether all fields match.
    pub fn matches(&self, certificate: &Certificate) -> bool {
        let matches =
            |field: &Field, pattern: &Pattern| field.values(certificate).iter().any(|value| pattern.matches(value));
        self.fields.iter().all(|(field, pattern)| matches(field, pattern))
    }

    /// Whether every certificate that matches `other` matches here as well.
    pub fn covers(&self, other: &Self) -> bool {
        self.fields.iter().all(|(field, wide)| {
            other.fields.iter().any(|(other_field, narrow)| field == other_field && wide.covers(narrow))
        })
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
        self.0.is_empty() || self.0.iter().any(|filter| filter.matches(certificate))
    }

    /// The same with every reason: a row for each filter, a cell for each field.
    pub fn decide(&self, certificate: &Certificate) -> Decision {
        Decision::new((1..).zip(&self.0), certificate)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pattern(text: &str) -> Pattern {
        Pattern::parse(text).unwrap()
    }

    #[test]
    fn a_star_stands_at_one_edge_and_matches_nothing_too() {
        assert!(pattern("Example Code*").matches("example code"));
        assert!(pattern("*.example.com").matches("A.EXAMPLE.COM"));
        assert!(!pattern("example").matches("example.com"));
        assert_eq!(Pattern::parse("*"), Err(PatternError::Alone));
        assert_eq!(Pattern::parse("code.*.com"), Err(PatternError::Inside));
        assert_eq!(Pattern::parse(".example.*"), Err(PatternError::DotAndStar));
        assert_eq!(Pattern::parse("*a*"), Err(PatternError::Several(2)));
    }

    #[test]
    fn a_letter_that_folds_by_its_neighbours_matches_as_a_prefix() {
        assert!(pattern("ΑΣ*").matches("ΑΣΑ"));
    }

    #[test]
    fn a_wider_pattern_covers_a_narrower_one_and_not_the_other_way_round() {
        for (wide, narrow) in [("a*", "AB*"), ("a*", "ab"), ("*.b", "a.b"), ("*.b", "*.a.b")] {
            assert!(pattern(wide).covers(&pattern(narrow)), "{wide} {narrow}");
            assert!(!pattern(narrow).covers(&pattern(wide)), "{narrow} {wide}");
        }
        assert!(!pattern("a*").covers(&pattern("*a")));
    }

    #[test]
    fn a_filter_with_fewer_fields_covers_one_with_more() {
        let filter = |fields: &[(Field, &str)]| {
            Filter::new(fields.iter().map(|(field, value)| (*field, (*value).to_owned()))).unwrap()
        };
        let wide = filter(&[(Field::CommonName, "orders*")]);
        let narrow = filter(&[(Field::Organization, "acme"), (Field::CommonName, "Orders.f45a2")]);
        assert!(wide.covers(&narrow) && !narrow.covers(&wide));
        assert!(!filter(&[(Field::OrganizationalUnit, "orders*")]).covers(&narrow));
    }
}
