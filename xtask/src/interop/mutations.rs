//! PEM files broken in ways in which files do break, by a fixed sequence.

/// A source of broken files, the same ones every time.
pub struct Mutations<'a> {
    texts: Vec<&'a [u8]>,
    state: u64,
    made: usize,
}

impl<'a> Mutations<'a> {
    /// Breaks these, as far as they are PEM and not too large to be looked at.
    pub fn new(texts: &'a [Vec<u8>]) -> Self {
        const LARGEST: usize = 16 * 1024;
        let is_pem = |text: &&[u8]| text.len() < LARGEST && text.windows(11).any(|window| window == b"-----BEGIN ");
        Self { texts: texts.iter().map(Vec::as_slice).filter(is_pem).collect(), state: 1, made: 0 }
    }

    /// A name that says what was done, and the file.
    pub fn next_file(&mut self) -> (String, Vec<u8>) {
        let mut text = self.any_text().to_vec();
        let mut done = Vec::new();
        for _ in 0..=self.below(3) {
            let position = self.below(EDITS.len());
            let (what, edit) = EDITS[position];
            text = edit(self, text);
            done.push(what);
        }
        self.made += 1;
        (format!("mutation {}: {}", self.made, done.join(", ")), text)
    }

    fn any_text(&mut self) -> &'a [u8] {
        let position = self.below(self.texts.len());
        self.texts[position]
    }

    fn below(&mut self, bound: usize) -> usize {
        // Knuth's MMIX constants: any sequence will do, as long as it is the same one every time.
        self.state = self.state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.state >> 33) as usize % bound.max(1)
    }

    /// Puts `what` in front of a line or at the end.
    fn insert(&mut self, text: Vec<u8>, what: &[u8]) -> Vec<u8> {
        let mut starts: Vec<_> =
            lines(&text).scan(0, |at, line| Some(std::mem::replace(at, *at + line.len()))).collect();
        starts.push(text.len());
        let at = starts[self.below(starts.len())];
        [&text[..at], what, &text[at..]].concat()
    }

    /// Rewrites one line; one with dashes more often than chance would have it.
    fn rewrite(&mut self, text: Vec<u8>, edit: impl Fn(&[u8]) -> Vec<u8>) -> Vec<u8> {
        let all: Vec<_> = lines(&text).collect();
        let boundaries: Vec<_> = (0..all.len()).filter(|at| all[*at].starts_with(b"-----")).collect();
        let target = match self.below(2) {
            0 if !boundaries.is_empty() => boundaries[self.below(boundaries.len())],
            _ => self.below(all.len()),
        };
        let edited = |(at, line): (usize, &[u8])| if at == target { edit(line) } else { line.to_vec() };
        all.iter().copied().enumerate().flat_map(edited).collect()
    }
}

type Edit = fn(&mut Mutations<'_>, Vec<u8>) -> Vec<u8>;

const EDITS: &[(&str, Edit)] = &[
    ("line dropped", |random, text| random.rewrite(text, |_| Vec::new())),
    ("line doubled", |random, text| random.rewrite(text, |line| [line, line].concat())),
    ("line indented", |random, text| random.rewrite(text, |line| [b" ", line].concat())),
    ("line feed dropped", |random, text| random.rewrite(text, |line| body(line).to_vec())),
    ("blanks behind a line", |random, text| random.rewrite(text, |line| [body(line), b" \t\n"].concat())),
    ("carriage return", |random, text| random.rewrite(text, |line| [body(line), b"\r\n"].concat())),
    ("lone carriage return", |random, text| random.rewrite(text, |line| [body(line), b"\r"].concat())),
    ("no-break space behind a line", |random, text| {
        random.rewrite(text, |line| [body(line), "\u{a0}\n".as_bytes()].concat())
    }),
    ("something behind a line", |random, text| random.rewrite(text, |line| [body(line), b"x\n"].concat())),
    ("dash dropped", |random, text| random.rewrite(text, |line| line.strip_prefix(b"-").unwrap_or(line).to_vec())),
    ("padding", |random, text| random.rewrite(text, |line| [body(line), b"=\n"].concat())),
    ("dash behind a line", |random, text| random.rewrite(text, |line| [body(line), b"-\n"].concat())),
    ("NUL", |random, text| random.rewrite(text, |line| [body(line), b"\0\n"].concat())),
    ("other label", |random, text| {
        random.rewrite(text, |line| String::from_utf8_lossy(line).replace("CERTIFICATE", "X509 CERTIFICATE").into())
    }),
    ("label of nothing known", |random, text| {
        random.rewrite(text, |line| String::from_utf8_lossy(line).replace("CERTIFICATE", "THING").into())
    }),
    ("labels of nothing known", |_, text| String::from_utf8_lossy(&text).replace("CERTIFICATE", "THING").into()),
    ("labels trusted", |_, text| String::from_utf8_lossy(&text).replace("E CERT", "E TRUSTED CERT").into()),
    ("line not base64", |random, text| {
        random.rewrite(text, |line| line.iter().map(|byte| if *byte == b'A' { b'!' } else { *byte }).collect())
    }),
    ("line of other base64", |random, text| {
        random.rewrite(text, |line| line.iter().map(|byte| if *byte == b'g' { b'h' } else { *byte }).collect())
    }),
    ("empty line", |random, text| random.insert(text, b"\n")),
    ("line of blanks", |random, text| random.insert(text, b" \t \n")),
    ("text", |random, text| random.insert(text, b"some text\n")),
    ("header", |random, text| random.insert(text, b"Comment: some text\n")),
    ("header and empty line", |random, text| random.insert(text, b"Proc-Type: 4,CLEAR\n\n")),
    ("long line", |random, text| random.insert(text, &[[b'A'; 300].as_slice(), b"\n"].concat())),
    ("empty block", |random, text| random.insert(text, b"-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n")),
    ("BEGIN", |random, text| random.insert(text, b"-----BEGIN CERTIFICATE-----\n")),
    ("END", |random, text| random.insert(text, b"-----END CERTIFICATE-----\n")),
    ("byte order mark", |_, text| [b"\xEF\xBB\xBF", text.as_slice()].concat()),
    ("cut off", |random, text| {
        let length = random.below(text.len());
        text[..length].to_vec()
    }),
    ("another file behind", |random, text| [&text, random.any_text()].concat()),
    ("another file before", |random, text| [random.any_text(), &text].concat()),
];

fn lines(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    text.split_inclusive(|byte| *byte == b'\n')
}

fn body(line: &[u8]) -> &[u8] {
    line.strip_suffix(b"\n").unwrap_or(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_files_come_every_time_and_most_are_changed() {
        let text = b"-----BEGIN CERTIFICATE-----\nMIIBAAgg\n-----END CERTIFICATE-----\n".to_vec();
        let files = || {
            let texts = [text.clone()];
            let mut mutations = Mutations::new(&texts);
            (0..100).map(|_| mutations.next_file()).collect::<Vec<_>>()
        };
        assert_eq!(files(), files());
        assert!(files().iter().filter(|(_, changed)| *changed != text).count() > 80);
    }
}
