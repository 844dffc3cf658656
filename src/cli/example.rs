//! Of each rule a bad and a good example: the forged pair of its flaw, judged, and the lines in which the two differ.

use std::sync::Arc;

use time::OffsetDateTime;
use time::macros::datetime;

use super::inspect;
use crate::cloud::Kit;
use crate::cloud::kit::{File, Files};
use crate::forge::{ForgeError, KeyKind, KeySource, Recipe, flaw};
use crate::pki::Bundle;
use crate::report::{Finding, Verdict};
use crate::rules::{self, Check, Rule, Terms};

/// When the examples are made and judged: that of the test data.
const AT: OffsetDateTime = datetime!(2027-01-01 00:00 UTC);
const SEED: u64 = 1;
/// Lines that are shown of each side.
const MOST_LINES: usize = 6;
/// The same of files that are shown as they are, of which most lines are base64.
const MOST_RAW_LINES: usize = 3;
/// Columns of a file's line that are shown.
const MOST_COLUMNS: usize = 70;

/// What a rule finds, and how the bad files differ from good ones.
#[derive(Debug)]
pub struct Example {
    /// "ca.pem:1: certificate 1 … expired", as `certproof check` says it.
    pub finding: String,
    /// Lines of the bad files that good ones do not have; file names, and what stands in them indented below.
    pub bad: Vec<String>,
    /// What good files have instead.
    pub good: Vec<String>,
}

impl std::fmt::Display for Example {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(f, "bad: {}", self.finding)?;
        side(f, &self.bad, "as below, but without these lines")?;
        writeln!(f, "good:")?;
        side(f, &self.good, "as above, but without these lines")
    }
}

fn side(f: &mut std::fmt::Formatter<'_>, lines: &[String], nothing: &str) -> std::fmt::Result {
    if lines.is_empty() {
        return writeln!(f, "  {nothing}");
    }
    lines.iter().try_for_each(|line| writeln!(f, "  {line}"))
}

/// The example of a rule; none where no flaw makes it fail.
///
/// # Errors
/// When the pair cannot be forged.
pub fn of(rule: &Rule) -> Result<Option<Example>, ForgeError> {
    let Some(flaw) = flaw::ALL.iter().find(|flaw| flaw.rule() == rule.id) else { return Ok(None) };
    let recipe = Recipe::good("orders.f45a2", KeySource::Seeded(SEED), KeyKind::P256, AT);
    let (pass, fail) = flaw.pair(&recipe)?;
    let cases = rules::run(&Kit::read(&fail), &Terms::at(AT));
    let failed = cases.into_iter().find(|case| case.topic.id == rule.id && matches!(case.verdict, Verdict::Fail(_)));
    let Some(finding) = failed.and_then(|case| case.verdict.findings().first().cloned()) else { return Ok(None) };
    let (bad, good) = differences(rule, &finding, &pass, &fail);
    Ok(Some(Example { finding: told(&finding), bad, good }))
}

fn told(finding: &Finding) -> String {
    match &finding.place {
        Some(place) => format!("{}:{}: {}", place.path, place.first_line, finding.message),
        None => finding.message.clone(),
    }
}

/// How files are shown to tell them apart; the first view in which they differ is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum View {
    /// As they are, but for bodies of keys.
    Raw,
    /// As `certproof inspect` shows them, without what differs with every certificate that is made anew.
    Inspected,
    /// The same with the identifiers of keys, by which certificates find their issuers.
    WithKeyIds,
}

fn differences(rule: &Rule, finding: &Finding, pass: &Files, fail: &Files) -> (Vec<String>, Vec<String>) {
    if let (Some(good), Some(bad)) = (&pass.namespace, &fail.namespace)
        && good != bad
    {
        return (vec!["namespace".to_owned(), format!("  {bad}")], vec!["namespace".to_owned(), format!("  {good}")]);
    }
    let of = |files: &Files| {
        [&files.bundle, &files.client, &files.key, &files.filters, &files.server_root].map(Option::clone)
    };
    let files: Vec<_> = of(pass).into_iter().zip(of(fail)).filter(|(good, bad)| good != bad).collect();
    // Where the finding points, the cause mostly is as well.
    let pointed = |file: &Option<File>| {
        let path = finding.place.as_ref().map(|place| &place.path);
        file.as_ref().is_some_and(|file| Some(&file.path) == path)
    };
    let (there, elsewhere): (Vec<_>, Vec<_>) = files.iter().partition(|(_, bad)| pointed(bad));
    let views: &[View] = match rule.check {
        Check::Container(_) => &[View::Raw],
        _ => &[View::Inspected, View::WithKeyIds],
    };
    for view in views {
        for files in [&there, &elsewhere] {
            let mut sides = (Vec::new(), Vec::new());
            for (good, bad) in files {
                compare(good.as_ref(), bad.as_ref(), *view, &mut sides);
            }
            if !sides.0.is_empty() || !sides.1.is_empty() {
                return sides;
            }
        }
    }
    // What is left are the bodies of keys.
    let side = |whose: &str| {
        let paths = files.iter().filter_map(|(_, bad)| Some(bad.as_ref()?.path.to_string()));
        vec![paths.collect::<Vec<_>>().join(", "), format!("  {whose}, not shown")]
    };
    (side("another key, or none"), side("the key of the client's certificate"))
}

fn compare(good: Option<&File>, bad: Option<&File>, view: View, sides: &mut (Vec<String>, Vec<String>)) {
    let lines = |file: Option<&File>| file.map(|file| shown(file, view)).unwrap_or_default();
    let (bad_only, good_only) = apart(&lines(bad), &lines(good));
    let Some(path) = bad.or(good).map(|file| &file.path) else { return };
    for (file, only, side) in [(bad, bad_only, &mut sides.0), (good, good_only, &mut sides.1)] {
        match file {
            None => side.push(format!("no {path}")),
            Some(_) => add(side, path, &only, if view == View::Raw { MOST_RAW_LINES } else { MOST_LINES }),
        }
    }
}

/// A line of a view, and the heading that it stands below.
#[derive(Debug, Clone)]
struct Line {
    text: String,
    heading: Option<Arc<str>>,
}

/// Headings only say where a line stands: blocks of the same contents are the same wherever they are.
impl PartialEq for Line {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

fn add(side: &mut Vec<String>, path: &Arc<str>, lines: &[Line], most: usize) {
    if lines.is_empty() {
        return;
    }
    side.push(path.to_string());
    let mut heading: Option<&str> = None;
    for line in lines.iter().take(most) {
        if line.heading.is_some() && line.heading.as_deref() != heading {
            side.extend(line.heading.as_deref().map(|heading| format!("  {heading}")));
        }
        heading = line.heading.as_deref().or(Some(&line.text));
        side.push(format!("  {}", cut(&line.text)));
    }
    match lines.len().saturating_sub(most) {
        0 => {}
        1 => side.push("  … and 1 more line".to_owned()),
        more => side.push(format!("  … and {more} more lines")),
    }
}

fn shown(file: &File, view: View) -> Vec<Line> {
    // Filters are no secret, and no PEM.
    if view == View::Raw || file.path.ends_with(".json") {
        return raw(&file.bytes.0).into_iter().map(|text| Line { text, heading: None }).collect();
    }
    let text = inspect::show(&Bundle::read(file.path.clone(), &file.bytes.0));
    let mut heading = None;
    let mut lines = Vec::new();
    for line in text.lines().skip(1).filter(|line| !line.is_empty() && !is_noise(line.trim_start(), view)) {
        if line.starts_with(' ') {
            lines.push(Line { text: line.to_owned(), heading: heading.clone() });
        } else {
            // Line numbers move with everything above them.
            let text = line.split_once(": ").map_or(line, |(_, block)| block).to_owned();
            heading = Some(Arc::from(text.as_str()));
            lines.push(Line { text, heading: None });
        }
    }
    lines
}

fn is_noise(line: &str, view: View) -> bool {
    let key_ids = view == View::Inspected && ["own key id", "issuer's id"].iter().any(|name| line.starts_with(name));
    key_ids || ["serial", "SHA-256", "SHA-1"].iter().any(|name| line.starts_with(name))
}

/// The lines of a file with everything escaped that is not printable ASCII. Bodies of keys are left out.
fn raw(bytes: &[u8]) -> Vec<String> {
    let has_blocks = bytes.windows(BEGIN.len()).any(|window| window == BEGIN);
    if !has_blocks && std::str::from_utf8(bytes).is_err() {
        // Its line feeds are no line ends.
        return vec![cut(&bytes.iter().take(MOST_COLUMNS).map(|byte| escaped(*byte)).collect::<String>())];
    }
    let mut lines = Vec::new();
    let mut hidden = 0;
    let mut in_key = false;
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        let line = line.strip_suffix(b"\n").unwrap_or(line);
        let text: String = line.iter().map(|byte| escaped(*byte)).collect();
        if in_key && !text.starts_with("-----END") {
            hidden += 1;
            continue;
        }
        if in_key {
            lines.push(format!("({hidden} lines of a key, not shown)"));
            (in_key, hidden) = (false, 0);
        }
        in_key |= text.starts_with("-----BEGIN") && text.contains("PRIVATE KEY");
        lines.push(if text.trim().is_empty() { "(a blank line)".to_owned() } else { text });
    }
    lines
}

const BEGIN: &[u8] = b"-----BEGIN";

fn escaped(byte: u8) -> String {
    match byte {
        b' '..=b'~' => char::from(byte).to_string(),
        b'\r' => "\\r".to_owned(),
        byte => format!("\\x{byte:02X}"),
    }
}

fn cut(text: &str) -> String {
    match text.char_indices().nth(MOST_COLUMNS) {
        None => text.to_owned(),
        Some((end, _)) => format!("{}…", &text[..end]),
    }
}

/// The lines that one list has and the other has not, by a longest common subsequence.
fn apart<T: PartialEq + Clone>(one: &[T], other: &[T]) -> (Vec<T>, Vec<T>) {
    // longest[i][j]: the length of what one[i..] and other[j..] have in common.
    let mut longest = vec![vec![0_usize; other.len() + 1]; one.len() + 1];
    for (i, mine) in one.iter().enumerate().rev() {
        for (j, theirs) in other.iter().enumerate().rev() {
            longest[i][j] = match mine == theirs {
                true => longest[i + 1][j + 1] + 1,
                false => longest[i + 1][j].max(longest[i][j + 1]),
            };
        }
    }
    let (mut i, mut j) = (0, 0);
    let (mut only_one, mut only_other) = (Vec::new(), Vec::new());
    while let (Some(mine), Some(theirs)) = (one.get(i), other.get(j)) {
        if mine == theirs {
            (i, j) = (i + 1, j + 1);
        } else if longest[i + 1][j] >= longest[i][j + 1] {
            only_one.push(mine.clone());
            i += 1;
        } else {
            only_other.push(theirs.clone());
            j += 1;
        }
    }
    only_one.extend_from_slice(&one[i..]);
    only_other.extend_from_slice(&other[j..]);
    (only_one, only_other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_that_can_fail_has_an_example_with_two_sides() {
        for rule in rules::ALL.iter().filter(|rule| rule.id != "chain-not-judged") {
            let example = of(rule).unwrap().unwrap_or_else(|| panic!("{} has no example", rule.id));
            assert!(!example.bad.is_empty() || !example.good.is_empty(), "{}", rule.id);
            assert_ne!(example.bad, example.good, "{}", rule.id);
        }
    }

    #[test]
    fn lines_that_both_have_are_in_neither_side() {
        let lines = |text: &str| text.chars().map(String::from).collect::<Vec<_>>();
        assert_eq!(apart(&lines("axbyc"), &lines("abzc")), (lines("xy"), lines("z")));
        assert_eq!(apart(&lines("same"), &lines("same")), (vec![], vec![]));
    }

    #[test]
    fn nothing_of_a_key_is_in_an_example() {
        let shown = raw(b"-----BEGIN EC PRIVATE KEY-----\nhunter2\nhunter2\n-----END EC PRIVATE KEY-----\n\xEF\r\n");
        let expected = [
            "-----BEGIN EC PRIVATE KEY-----",
            "(2 lines of a key, not shown)",
            "-----END EC PRIVATE KEY-----",
            "\\xEF\\r",
        ];
        assert_eq!(shown, expected);
    }
}
