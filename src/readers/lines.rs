//! Offsets to line numbers, counted as our scanner counts: a line ends at LF, CRLF or a lone CR.

pub struct Lines {
    starts: Vec<usize>,
}

impl Lines {
    pub fn of(bytes: &[u8]) -> Self {
        let ends = bytes.iter().enumerate().filter(|(at, byte)| match byte {
            b'\n' => true,
            b'\r' => bytes.get(at + 1) != Some(&b'\n'),
            _ => false,
        });
        Self { starts: std::iter::once(0).chain(ends.map(|(at, _)| at + 1)).collect() }
    }

    /// 1-based.
    pub fn at(&self, offset: usize) -> u32 {
        self.starts.partition_point(|start| *start <= offset).max(1) as u32
    }
}

#[cfg(test)]
mod tests {
    use super::Lines;

    #[test]
    fn all_three_line_ends_count_once() {
        let lines = Lines::of(b"a\nb\r\nc\rd");
        assert_eq!([0, 1, 2, 4, 5, 6, 7].map(|offset| lines.at(offset)), [1, 1, 2, 2, 3, 3, 4]);
    }
}
