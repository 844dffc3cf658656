//! ANSWERS: the words in which everything is said, and one file per output format.
//!
//! This room imports no other. A printer turns a [`Report`] into text and never filters it.

pub mod concise;
#[cfg(feature = "cli")]
pub mod full;
pub mod github;
pub mod html;
pub mod json;
pub mod json_lines;
#[cfg(feature = "cli")]
pub mod junit;
pub mod markdown;
pub mod sarif;
pub mod sequence;
pub mod table;

use std::fmt;
use std::sync::Arc;

/// How bad it is. Errors decide the exit code unless `--fail-on` says otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Worth knowing.
    Info,
    /// Accepted today but fragile, or refused by part of the clients.
    Warning,
    /// A documented "must" is broken, or public evidence shows a refusal.
    Error,
}

impl Severity {
    pub fn name(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What kind of knowledge a statement rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Basis {
    /// A public document or public code says so.
    Documented,
    /// Seen on the wire or in a real program's output.
    Observed,
    /// Concluded from named evidence; the cloud's server side is closed.
    Inferred,
}

impl Basis {
    pub fn name(self) -> &'static str {
        match self {
            Self::Documented => "documented",
            Self::Observed => "observed",
            Self::Inferred => "inferred",
        }
    }

    /// The lower the surer.
    pub fn rank(self) -> u8 {
        match self {
            Self::Documented => 0,
            Self::Observed => 1,
            Self::Inferred => 2,
        }
    }
}

/// Why we believe a statement: its basis, the gist in our own words, where and when it was read.
#[derive(Debug, Clone, Copy)]
pub struct Evidence {
    pub basis: Basis,
    pub gist: &'static str,
    pub link: &'static str,
    /// ISO 8601 date on which the source was read.
    pub read: &'static str,
}

/// What a case is about. All fields are compulsory, so nothing ships undocumented.
#[derive(Debug, Clone, Copy)]
pub struct Topic {
    pub id: &'static str,
    pub severity: Severity,
    pub title: &'static str,
    /// What is demanded and why, in a few sentences.
    pub docs: &'static str,
    pub fix: &'static str,
    pub source: &'static Evidence,
}

/// One line of a file that may be shown: its 1-based number and its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuotedLine {
    pub number: u32,
    pub text: String,
}

/// A line range of a file, with the lines that may be quoted from it.
///
/// Only boundaries and the first line of CERTIFICATE blocks are ever quoted; of anything else the
/// quote is a description ("PRIVATE KEY block, 5 lines, 241 bytes, not shown").
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    pub path: Arc<str>,
    /// Where in the file's document, such as `spec.mtlsAuth.acceptedClientCa`, for what a document carries.
    pub member: Option<Arc<str>>,
    /// 1-based, inclusive.
    pub first_line: u32,
    /// 1-based, inclusive.
    pub last_line: u32,
    pub quote: Vec<QuotedLine>,
}

/// One thing that is wrong, where, and which other places take part in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    pub message: String,
    /// None only for what is not about a file, such as a handshake or a namespace name.
    pub place: Option<Place>,
    /// Other places that take part, each with what it has to do with it.
    pub labels: Vec<(Place, String)>,
    pub notes: Vec<String>,
    /// What to do in this very case, where that is more precise than the topic's fix.
    pub help: Option<String>,
}

impl Finding {
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), place: None, labels: Vec::new(), notes: Vec::new(), help: None }
    }

    pub fn at(mut self, place: Place) -> Self {
        self.place = Some(place);
        self
    }

    pub fn label(mut self, place: Place, text: impl Into<String>) -> Self {
        self.labels.push((place, text.into()));
        self
    }

    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.notes.push(note.into());
        self
    }

    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

/// The answer to one case. Not applicable is never a pass.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    Pass,
    /// Never empty: made from findings by [`Verdict::of`].
    Fail(Vec<Finding>),
    /// Why it was not judged.
    Skip(String),
}

impl Verdict {
    /// Pass without findings, else fail.
    pub fn of(findings: impl IntoIterator<Item = Finding>) -> Self {
        let findings: Vec<_> = findings.into_iter().collect();
        if findings.is_empty() { Self::Pass } else { Self::Fail(findings) }
    }

    pub fn skip(why: impl Into<String>) -> Self {
        Self::Skip(why.into())
    }

    pub fn findings(&self) -> &[Finding] {
        match self {
            Self::Fail(findings) => findings,
            Self::Pass | Self::Skip(_) => &[],
        }
    }

    pub fn name(&self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail(_) => "fail",
            Self::Skip(_) => "skip",
        }
    }
}

/// What a case was judged on: a file, a certificate in it, or a scenario.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Subject {
    pub path: Option<Arc<str>>,
    /// Where in the file's document, for what a document carries.
    pub member: Option<Arc<str>>,
    /// 1-based position of the certificate in its file.
    pub index: Option<usize>,
    /// Distinguished name, RFC 4514.
    pub subject: Option<Arc<str>>,
    /// Lower-case hex of the SHA-256 over the DER.
    pub sha256: Option<Arc<str>>,
    /// Lower-case hex of the SHA-1 over the DER: the fingerprint that tcld prints and takes.
    pub sha1: Option<Arc<str>>,
}

/// What both ends of a handshake said, against what was expected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exchange {
    /// Names this handshake, the same in every run; the topic's where the topic has but one.
    pub id: Arc<str>,
    /// What was varied, and how: `("key exchange", "X25519")`. In one order for all, each name once.
    pub traits: Vec<(&'static str, &'static str)>,
    pub expected: Side,
    pub server: Side,
    pub client: Side,
    /// Microseconds from the start of the attempt until the client's handshake call returned.
    pub connected_us: Option<u64>,
    /// Microseconds until the client could first know the server's decision.
    pub known_us: Option<u64>,
    /// What happened, at both ends, in the order of time.
    pub moments: Vec<Moment>,
}

/// Something that happened at one end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moment {
    /// Microseconds from the start of the attempt, by one clock for both ends.
    pub at_us: u64,
    pub end: End,
    /// In words: "connected", "refused at chain with unknown_ca(48)".
    pub what: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    Client,
    Server,
}

impl End {
    pub fn name(self) -> &'static str {
        match self {
            Self::Client => "client",
            Self::Server => "server",
        }
    }
}

/// One end's view, or the expectation.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Side {
    /// "admit", or the stage of the refusal; none for the client, which cannot know it.
    pub stage: Option<&'static str>,
    /// The alert on the wire, by name and number.
    pub alert: Option<String>,
    /// Why, in words; empty where the rest says it all.
    pub reason: String,
}

/// One topic judged on one subject.
#[derive(Debug, Clone)]
pub struct Case {
    pub topic: Topic,
    pub subject: Subject,
    pub verdict: Verdict,
    /// What breaks when this fails: "upload", "connect at chain", "nothing".
    pub breaks: &'static str,
    /// Only for handshakes.
    pub exchange: Option<Exchange>,
}

impl Case {
    /// The topic's id; of handshakes that share a topic, their own.
    pub fn id(&self) -> &str {
        self.exchange.as_ref().map_or(self.topic.id, |exchange| &exchange.id)
    }
}

/// What the cloud would answer to the upload of a bundle.
#[derive(Debug, Clone)]
pub struct Forecast {
    /// The file, and the place in its document.
    pub subject: Subject,
    pub answer: Answer,
    /// The rules whose failure the answer comes from; empty when it is [`Answer::Accepted`].
    pub because: Vec<&'static str>,
    /// What the answer rests on.
    pub evidence: &'static Evidence,
    /// The answer in the cloud's own words, where these are known. It has several lines.
    pub text: Option<String>,
    /// What the words rest on.
    pub text_evidence: &'static Evidence,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// Nothing that is public speaks against it.
    Accepted,
    Refused,
    /// Public evidence does not decide it.
    Doubtful,
}

impl Answer {
    pub fn name(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Refused => "refused",
            Self::Doubtful => "doubtful",
        }
    }
}

/// Everything one run has to say.
#[derive(Debug, Clone)]
pub struct Report {
    pub command: &'static str,
    /// RFC 3339: the time at which validity was judged.
    pub checked_at: String,
    pub profile: &'static str,
    pub cases: Vec<Case>,
    /// For each bundle, in the order in which they were given.
    pub forecasts: Vec<Forecast>,
    /// Findings, counted before any case was left out of `cases`.
    pub counts: Counts,
    /// Cases that passed, counted before any were left out of `cases`.
    pub passed: usize,
    /// Cases that were skipped, counted likewise.
    pub skipped: usize,
    /// Findings that the configuration suppresses, counted likewise.
    pub suppressed: usize,
    /// What else is to be said of the run, such as what was suppressed and why. It changes no exit code.
    pub notes: Vec<String>,
    /// What stopped us from judging: the run ends with exit code 2, whatever the cases say.
    pub troubles: Vec<String>,
    /// What the run looked at, for the summary line: "2 files, 3 certificates".
    pub scope: String,
}

/// Number of findings at each severity.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    pub errors: usize,
    pub warnings: usize,
    pub infos: usize,
}

impl Counts {
    pub fn of(cases: &[Case]) -> Self {
        let count = |severity| {
            let at = cases.iter().filter(|case| case.topic.severity == severity);
            at.map(|case| case.verdict.findings().len()).sum()
        };
        Self { errors: count(Severity::Error), warnings: count(Severity::Warning), infos: count(Severity::Info) }
    }

    pub fn worst(&self) -> Option<Severity> {
        let levels = [(self.errors, Severity::Error), (self.warnings, Severity::Warning), (self.infos, Severity::Info)];
        levels.into_iter().find(|(count, _)| *count > 0).map(|(_, severity)| severity)
    }
}

impl std::ops::AddAssign for Counts {
    fn add_assign(&mut self, more: Self) {
        self.errors += more.errors;
        self.warnings += more.warnings;
        self.infos += more.infos;
    }
}

/// "1 error", "2 errors".
pub fn plural(count: usize, noun: &str) -> String {
    if count == 1 { format!("1 {noun}") } else { format!("{count} {noun}s") }
}

/// Breaks text at spaces into lines of at most `room` columns, where its words allow. Indentation is kept.
pub fn wrap(text: &str, room: usize) -> String {
    let mut out = String::new();
    for line in text.split_inclusive('\n') {
        let words = line.trim_end_matches('\n');
        let indent = words.len() - words.trim_start_matches(' ').len();
        let mut column = 0;
        for word in words.trim_start_matches(' ').split(' ') {
            let length = word.chars().count();
            if column == 0 {
                out.push_str(&" ".repeat(indent));
                column = indent;
            } else if column + 1 + length > room {
                out.push('\n');
                out.push_str(&" ".repeat(indent));
                column = indent;
            } else {
                out.push(' ');
                column += 1;
            }
            out.push_str(word);
            column += length;
        }
        if line.ends_with('\n') {
            out.push('\n');
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::wrap;

    #[test]
    fn lines_are_broken_at_spaces_and_keep_their_indentation() {
        assert_eq!(wrap("a bb ccc\n  dd ee f\n", 6), "a bb\nccc\n  dd\n  ee f\n");
        assert_eq!(wrap("unbreakable", 4), "unbreakable");
    }
}
