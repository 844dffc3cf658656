//! Where a text stands that was carried inside another file: its member there, and the lines.

use std::sync::Arc;

/// How a text came to be inside a file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Carried {
    /// The place in the document, such as `spec.mtlsAuth.acceptedClientCa`. None when the file as a whole is wrapped, in
    /// base64 for instance.
    pub member: Option<Arc<str>>,
    pub lines: Lines,
    /// The document wants base64 here, and the value is none. It is read as it stands.
    pub base64_missing: bool,
}

/// From the 1-based lines of a carried text to those of the file that carries it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Lines(Vec<Stretch>);

/// Lines of a carried text from `from` on, up to the next stretch.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Stretch {
    from: u32,
    first: u32,
    last: u32,
    /// The lines correspond one to one; otherwise all of them stand somewhere between `first` and `last`.
    in_step: bool,
}

impl Lines {
    /// All lines of the text stand somewhere between `first` and `last` of the file.
    pub fn within(first: u32, last: u32) -> Self {
        Self(vec![Stretch { from: 1, first, last: last.max(first), in_step: false }])
    }

    /// Line 1 of the text is line `first` of the file, and so on.
    pub fn from(first: u32) -> Self {
        Self(vec![Stretch { from: 1, first, last: first, in_step: true }])
    }

    /// Says that from line `from` of the text on all lines stand between `first` and `last` of the file.
    ///
    /// Calls come in the order of the text.
    pub fn push(&mut self, from: u32, first: u32, last: u32) {
        let last = last.max(first);
        // Of lines that stand together one stretch is enough: a value of millions of lines takes no room for each.
        let same = |found: &Stretch| !found.in_step && (found.first, found.last) == (first, last);
        if !self.0.last().is_some_and(same) {
            self.0.push(Stretch { from, first, last, in_step: false });
        }
    }

    /// The lines of the file on which a line range of the text stands.
    pub fn locate(&self, first: u32, last: u32) -> (u32, u32) {
        (self.line(first).0, self.line(last.max(first)).1)
    }

    /// Whether a line range of the text can be found line by line in the file.
    pub fn in_step(&self, first: u32, last: u32) -> bool {
        self.stretch(first).is_none_or(|found| found.in_step) && self.stretch(first) == self.stretch(last)
    }

    /// `self` maps a text into a carrier, which `outer` maps into a file.
    pub fn inside(&self, outer: &Self) -> Self {
        let stretches = self.0.iter().map(|stretch| {
            let (first, last) = outer.locate(stretch.first, stretch.last);
            let in_step = stretch.in_step && outer.stretch(stretch.first).is_none_or(|found| found.in_step);
            Stretch { from: stretch.from, first, last, in_step }
        });
        Self(stretches.collect())
    }

    fn line(&self, line: u32) -> (u32, u32) {
        match self.stretch(line) {
            None => (line, line),
            Some(Stretch { from, first, in_step: true, .. }) => {
                let line = first.saturating_add(line.saturating_sub(*from));
                (line, line)
            }
            Some(stretch) => (stretch.first, stretch.last),
        }
    }

    fn stretch(&self, line: u32) -> Option<&Stretch> {
        let behind = self.0.partition_point(|stretch| stretch.from <= line);
        self.0.get(behind.saturating_sub(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_on_one_line_keeps_all_its_lines_there() {
        let lines = Lines::within(7, 7);
        assert_eq!(lines.locate(1, 12), (7, 7));
        assert!(!lines.in_step(1, 12));
    }

    #[test]
    fn a_literal_block_is_followed_line_by_line() {
        let lines = Lines::from(5);
        assert_eq!(lines.locate(1, 12), (5, 16));
        assert!(lines.in_step(1, 12));
    }

    #[test]
    fn values_behind_one_another_are_told_apart() {
        let mut lines = Lines::default();
        lines.push(1, 3, 3);
        lines.push(11, 9, 10);
        assert_eq!(lines.locate(10, 10), (3, 3));
        assert_eq!(lines.locate(11, 20), (9, 10));
    }

    #[test]
    fn base64_inside_a_literal_block_stands_on_the_lines_of_the_block() {
        let mut decoded = Lines::default();
        decoded.push(1, 1, 2);
        decoded.push(2, 2, 3);
        assert_eq!(decoded.inside(&Lines::from(20)).locate(2, 2), (21, 22));
        assert_eq!(decoded.inside(&Lines::within(4, 4)).locate(1, 2), (4, 4));
    }
}
