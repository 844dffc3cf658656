//! Offsets to line numbers, counted as our scanner counts: a line ends at LF, CRLF or a lone CR.

pub struct Lines {
    /// Four octets each: a file may be nothing but line ends. Lines that begin beyond 4 GB are one.
    starts: Vec<u32>,
}

impl Lines {
    pub fn of(bytes: &[u8]) -> Self {
        let is_end = |(at, byte): &(usize, &u8)| match byte {
            b'\n' => true,
            b'\r' => bytes.get(at + 1) != Some(&b'\n'),
            _ => false,
        };
        // Counted first, so that they take no more room than they must.
        let mut starts = Vec::with_capacity(bytes.iter().enumerate().filter(is_end).count() + 1);
        starts.push(0);
        let ends = bytes.iter().enumerate().filter(is_end);
        starts.extend(ends.map(|(at, _)| u32::try_from(at + 1).unwrap_or(u32::MAX)));
        Self { starts }
    }

    /// 1-based.
    pub fn at(&self, offset: usize) -> u32 {
        self.starts.partition_point(|start| *start as usize <= offset).max(1) as u32
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
