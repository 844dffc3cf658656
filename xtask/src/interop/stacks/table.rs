//! The published table: what each stack shows its user for each refusal, and how a run is held against it.

use std::collections::BTreeSet;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::class::Class;
use crate::{Result, root};

/// Where it is, and the page that is made from it.
pub const TABLE: &str = "docs/stacks.json";
pub const PAGE: &str = "docs/stacks.md";

const SCHEMA_VERSION: u32 = 1;

#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Table {
    generated_by: String,
    schema_version: u32,
    pub rows: Vec<Row>,
}

/// One stack and one refusal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Row {
    pub stack: String,
    pub version: String,
    /// Id of the refusal.
    pub refusal: String,
    /// What the client comes with.
    pub client: String,
    /// What the door decided, each that was seen; none where it decided nothing.
    pub door: Vec<Answer>,
    /// What the user was shown, each that was seen.
    pub shown: Vec<Shown>,
}

/// What the door decided about a connection or a call, as its audit file has it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    /// refused, admitted, gone, or answered for a call.
    pub decision: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stage: Option<String>,
    /// That the door sent, or, at the trust stage, the client.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alert: Option<String>,
    /// gRPC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shown {
    pub class: Class,
    pub text: String,
}

impl Row {
    pub fn classes(&self) -> BTreeSet<Class> {
        self.shown.iter().map(|shown| shown.class).collect()
    }

    /// Adds what was seen when the same was tried again.
    pub fn join(&mut self, other: Self) {
        self.door.extend(other.door);
        self.shown.extend(other.shown);
        self.door.sort();
        self.door.dedup();
        self.shown.sort();
        self.shown.dedup();
    }
}

/// How a row that was seen stands to the published one.
#[derive(Debug, PartialEq, Eq)]
pub enum Comparison {
    Same,
    /// Of another version than the published one, whose text tells something else.
    OtherVersion(String),
    Differs(String),
}

impl Table {
    pub fn new(rows: Vec<Row>) -> Self {
        Self { generated_by: "cargo xtask interop stacks --write".to_owned(), schema_version: SCHEMA_VERSION, rows }
    }

    /// # Errors
    /// When it is not there or not of this shape.
    pub fn published() -> Result<Self> {
        let text = std::fs::read_to_string(root().join(TABLE)).map_err(|error| format!("{TABLE}: {error}"))?;
        Self::read(&text).map_err(|error| format!("{TABLE}: {error}").into())
    }

    pub fn read(text: &str) -> serde_json::Result<Self> {
        serde_json::from_str(text)
    }

    /// With the word that it is generated in line one.
    ///
    /// # Errors
    /// None that is known: the table is text and numbers.
    pub fn written(&self) -> serde_json::Result<String> {
        let pretty = serde_json::to_string_pretty(self)?;
        Ok(format!("{}\n", pretty.replacen("{\n  ", "{ ", 1)))
    }

    pub fn row(&self, stack: &str, refusal: &str) -> Option<&Row> {
        self.rows.iter().find(|row| row.stack == stack && row.refusal == refusal)
    }

    /// One class in common is enough: an alert that is lost in a race now and then need not be lost again.
    pub fn compare(&self, seen: &Row) -> Comparison {
        let what = format!("{}, {}", seen.stack, seen.refusal);
        let Some(row) = self.row(&seen.stack, &seen.refusal) else {
            return Comparison::Differs(format!("{what}: not in {TABLE}"));
        };
        if !row.classes().is_disjoint(&seen.classes()) {
            return Comparison::Same;
        }
        let words = |row: &Row| row.classes().iter().map(Class::to_string).collect::<Vec<_>>().join(" or ");
        let differs = format!("{what}: published as {}, and seen as {}", words(row), words(seen));
        if row.version == seen.version {
            let texts: Vec<_> = seen.shown.iter().map(|shown| shown.text.as_str()).collect();
            Comparison::Differs(format!("{differs}: {}", texts.join("\n")))
        } else {
            Comparison::OtherVersion(format!("{differs}; differs with version {}, not {}", seen.version, row.version))
        }
    }
}

/// # Errors
/// When a file cannot be written.
pub fn write(table: &Table, page: String) -> Result {
    let file = |path: &str, text: String| crate::Generated { path: Path::new(path).into(), bytes: text.into_bytes() };
    crate::write_all(&[file(TABLE, table.written()?), file(PAGE, page)])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(version: &str, classes: &[Class]) -> Row {
        let shown = classes.iter().map(|&class| Shown { class, text: class.to_string() }).collect();
        let text = str::to_owned;
        Row { stack: text("a"), version: text(version), refusal: text("b"), client: text("c"), door: Vec::new(), shown }
    }

    #[test]
    fn another_class_is_an_error_only_with_the_published_version() {
        let table = Table::new(vec![row("1", &[Class::NamesTheAlert, Class::Closed])]);
        assert_eq!(table.compare(&row("1", &[Class::Closed])), Comparison::Same);
        assert_eq!(table.compare(&row("2", &[Class::Closed, Class::Hidden])), Comparison::Same);
        assert!(matches!(table.compare(&row("1", &[Class::Hidden])), Comparison::Differs(_)));
        assert!(matches!(table.compare(&row("2", &[Class::Hidden])), Comparison::OtherVersion(_)));
    }

    #[test]
    fn a_stack_that_is_not_published_is_an_error() {
        assert!(matches!(Table::new(Vec::new()).compare(&row("1", &[Class::Closed])), Comparison::Differs(_)));
    }

    #[test]
    fn what_is_written_is_read_again_and_says_in_line_one_that_it_is_generated() {
        let table = Table::new(vec![row("1", &[Class::Closed])]);
        let written = table.written().unwrap();
        assert!(written.lines().next().unwrap().contains("cargo xtask interop stacks --write"));
        assert_eq!(Table::read(&written).unwrap(), table);
    }
}
