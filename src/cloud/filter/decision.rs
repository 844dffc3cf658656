//! Who gets in and why: a truth table with a row for each filter and a cell for each of its fields.

use super::{Field, Filter, Pattern};
use crate::pki::Certificate;

/// Filters against one certificate: AND along each row, OR down the rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    pub rows: Vec<Row>,
}

/// One filter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// 1-based position of the filter in its file.
    pub number: usize,
    /// In the order of [`Field::ALL`].
    pub cells: [Cell; 4],
}

/// One field of one filter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cell {
    /// The filter does not ask for this field.
    Unset,
    /// The first value of the certificate that the pattern matches.
    Matched { pattern: Pattern, value: String },
    /// Every value that the certificate has there; none of them matches.
    Missed { pattern: Pattern, values: Vec<String> },
}

impl Decision {
    pub(super) fn new<'a>(filters: impl Iterator<Item = (usize, &'a Filter)>, certificate: &Certificate) -> Self {
        // Each field's values are read once, whatever the number of filters.
        let values = Field::ALL.map(|field| field.values(certificate));
        let rows = filters.map(|(number, filter)| Row {
            number,
            cells: std::array::from_fn(|column| Cell::new(filter, Field::ALL[column], &values[column])),
        });
        Self { rows: rows.collect() }
    }

    /// Whether a filter matches, or there is none.
    pub fn admits(&self) -> bool {
        self.rows.is_empty() || self.admitting().is_some()
    }

    /// The first filter that matches.
    pub fn admitting(&self) -> Option<&Row> {
        self.rows.iter().find(|row| row.matches())
    }

    /// The filter that the fewest fields keep the certificate out of, the first of several such.
    pub fn nearest(&self) -> Option<&Row> {
        self.rows.iter().min_by_key(|row| row.missed().count())
    }

    /// The decision in words: "admitted by filter 2".
    pub fn reason(&self) -> String {
        if let Some(row) = self.admitting() {
            return format!("admitted by filter {}", row.number);
        }
        match self.nearest() {
            Some(nearest) => format!("refused: no filter matches; {}", nearest.keeps_out()),
            None => "admitted: without filters, everybody below the CA bundle is".to_owned(),
        }
    }
}

impl Row {
    /// Whether all fields that are set match.
    pub fn matches(&self) -> bool {
        self.missed().next().is_none()
    }

    /// Each cell with its field.
    pub fn cells(&self) -> impl Iterator<Item = (Field, &Cell)> {
        Field::ALL.into_iter().zip(&self.cells)
    }

    /// The fields that do not match.
    pub fn missed(&self) -> impl Iterator<Item = (Field, &Cell)> {
        self.cells().filter(|(_, cell)| matches!(cell, Cell::Missed { .. }))
    }

    /// "nearest is filter 1, which only organizationalUnit keeps it out of".
    pub fn keeps_out(&self) -> String {
        let names: Vec<_> = self.missed().map(|(field, _)| field.name()).collect();
        let number = self.number;
        match names.as_slice() {
            [name] => format!("nearest is filter {number}, which only {name} keeps it out of"),
            names => format!("nearest is filter {number}, which {} keep it out of", names.join(" and ")),
        }
    }
}

impl Cell {
    fn new(filter: &Filter, field: Field, values: &[String]) -> Self {
        let mut patterns = filter.fields().iter().filter(|(of, _)| *of == field).map(|(_, pattern)| pattern);
        let mut cell = Self::Unset;
        // A reader sets a field once; where a caller sets it twice, both must match.
        for pattern in patterns.by_ref() {
            let matched = values.iter().find(|value| pattern.matches(value));
            cell = match matched {
                Some(value) => Self::Matched { pattern: pattern.clone(), value: value.clone() },
                None => return Self::Missed { pattern: pattern.clone(), values: values.to_vec() },
            };
        }
        cell
    }
}
