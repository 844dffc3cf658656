//! `certproof.toml`: profile, levels, windows before expiry, and what is suppressed with a reason and an end.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use aws_lc_rs::digest;
use schemars::JsonSchema;
use serde::Deserialize;
use time::{Date, Duration, OffsetDateTime};
use toml::Spanned;
use toml::value::Datetime;

use super::input;
use super::near::did_you_mean;
use crate::cloud::Profile;
use crate::cloud::kit::{File, Files};
use crate::pki::clock::parse_duration;
use crate::pki::name::hex;
use crate::report::{Case, Severity, Verdict, json, plural};
use crate::rules::{self, Check};

/// What the file is called where it is looked for.
pub const NAME: &str = "certproof.toml";

/// A configuration that is right throughout.
#[derive(Debug, Default)]
pub struct Config {
    /// As it is named in messages.
    path: String,
    pub profile: Option<Profile>,
    pub fail_on: Option<Severity>,
    pub expiry_windows: Option<Vec<Duration>>,
    levels: BTreeMap<String, Level>,
    suppressions: Vec<Suppression>,
}

/// What becomes of a rule's findings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// The rule is left out.
    Allow,
    Info,
    Warning,
    Error,
}

/// Findings of one certificate or file that are known, and why, and until when.
#[derive(Debug)]
struct Suppression {
    line: usize,
    sha256: String,
    rules: Vec<String>,
    reason: String,
    /// The last day, in UTC, on which it holds.
    expires: Date,
}

/// What the suppressions did to a run.
#[derive(Debug, Default)]
pub struct Applied {
    /// Findings that were taken out.
    pub suppressed: usize,
    /// For the report: what was suppressed by which line.
    pub notes: Vec<String>,
    /// For the report and for whoever keeps the file: what ended, and what is not needed any more.
    pub warnings: Vec<String>,
}

#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    #[error("{0}; it was to be the configuration")]
    Read(String),
    #[error("`{path}` is not UTF-8 text, which TOML is; save it as UTF-8")]
    NotText { path: String },
    #[error("{path}:{line}: {message}")]
    Toml { path: String, line: usize, message: String },
    #[error("{path}:{line}: no rule is called `{id}`{hint}; `certproof rules` lists them", id = one_line(id))]
    UnknownRule { path: String, line: usize, id: String, hint: String },
    #[error("{path}:{line}: {problem}")]
    Wrong { path: String, line: usize, problem: String },
}

impl Config {
    /// The nearest `certproof.toml`, from a folder up to the root of the file system, as a path from that folder.
    pub fn find(folder: &Path) -> Option<PathBuf> {
        let is_there = |path: &Path| path.symlink_metadata().is_ok_and(|found| !found.is_dir());
        let depth = folder.ancestors().position(|folder| is_there(&folder.join(NAME)))?;
        Some(std::iter::repeat_n("..", depth).chain([NAME]).collect())
    }

    /// # Errors
    /// When the file cannot be read, is no TOML, or says something that has no meaning.
    pub fn load(path: &Path) -> Result<Self, ConfigError> {
        let file = input::file(path).map_err(ConfigError::Read)?;
        let shown = file.path.to_string();
        let text = String::from_utf8(file.bytes.0).map_err(|_| ConfigError::NotText { path: shown.clone() })?;
        Self::parse(&shown, &text)
    }

    fn parse(path: &str, text: &str) -> Result<Self, ConfigError> {
        let reader = Reader { path, text };
        let written: Written = toml::from_str(text).map_err(|error| reader.toml(&error))?;
        let mut levels = BTreeMap::new();
        for (id, level) in written.levels {
            levels.insert(reader.rule(&id)?.id.to_owned(), level);
        }
        let windows = written.expiry_windows.map(|windows| reader.windows(&windows)).transpose()?;
        let suppressions = written.suppress.iter().map(|written| reader.suppression(written));
        let suppressions = suppressions.collect::<Result<Vec<_>, _>>()?;
        reader.no_two_suppress_the_same(&suppressions)?;
        Ok(Self {
            path: path.to_owned(),
            profile: written.profile.map(Profile::from),
            fail_on: written.fail_on.map(Severity::from),
            expiry_windows: windows,
            levels,
            suppressions,
        })
    }

    pub fn has_suppressions(&self) -> bool {
        !self.suppressions.is_empty()
    }

    pub fn level(&self, rule: &str) -> Option<Level> {
        self.levels.get(rule).copied()
    }

    /// Takes what is suppressed out of the cases of one kit, which still hold those that passed.
    ///
    /// A case is meant by the SHA-256 of its certificate's DER or, where it is about a file as a whole, of that file: the
    /// value, decoded, where a document carries it.
    pub fn suppress(&self, cases: &mut Vec<Case>, files: &Files, now: OffsetDateTime) -> Usage {
        if self.suppressions.is_empty() {
            return Usage::default();
        }
        let digests = digests(files);
        let mut usage = Usage::default();
        for suppression in &self.suppressions {
            let mut used = Used::default();
            if !suppression.is_over(now) {
                for case in cases.iter() {
                    used.ran.insert(case.topic.id);
                    if suppression.is_about(case, &digests) {
                        used.seen = true;
                        if matches!(case.verdict, Verdict::Fail(_)) {
                            used.failed.insert(case.topic.id);
                        }
                    }
                }
                cases.retain(|case| {
                    let kept = !suppression.hides(case, &digests);
                    used.findings += if kept { 0 } else { case.verdict.findings().len() };
                    kept
                });
            }
            usage.0.push(used);
        }
        usage
    }

    /// What the suppressions did to a whole run, and which of them nothing needed.
    pub fn account(&self, usage: &Usage, now: OffsetDateTime) -> Applied {
        let mut applied = Applied::default();
        let nothing = Used::default();
        for (position, suppression) in self.suppressions.iter().enumerate() {
            let used = usage.0.get(position).unwrap_or(&nothing);
            let at = format!("{}:{}", self.path, suppression.line);
            if suppression.is_over(now) {
                applied.warnings.push(format!(
                    "{at}: this suppression ended on {} and no longer holds; mend what it hid and remove it, or give it \
                     a new date and reason",
                    suppression.expires
                ));
                continue;
            }
            applied.warnings.extend(suppression.unused(used).into_iter().map(|why| format!("{at}: {why}")));
            if used.findings > 0 {
                let reason = one_line(&suppression.reason);
                applied.notes.push(format!("{} suppressed by {at}: {reason}", plural(used.findings, "finding")));
                applied.suppressed += used.findings;
            }
        }
        applied
    }
}

/// What each suppression, in the order of the file, was needed for.
#[derive(Debug, Default)]
pub struct Usage(Vec<Used>);

#[derive(Debug, Clone, Default)]
struct Used {
    /// Findings that were taken out.
    findings: usize,
    /// Something with its SHA-256 was checked.
    seen: bool,
    /// Rules that judged anything.
    ran: BTreeSet<&'static str>,
    /// Rules that failed on what has its SHA-256.
    failed: BTreeSet<&'static str>,
}

impl Usage {
    pub fn add(&mut self, more: Self) {
        self.0.resize(self.0.len().max(more.0.len()), Used::default());
        for (mine, other) in self.0.iter_mut().zip(more.0) {
            mine.findings += other.findings;
            mine.seen |= other.seen;
            mine.ran.extend(other.ran);
            mine.failed.extend(other.failed);
        }
    }
}

/// SHA-256 of whole files, by their paths and the places in their documents.
type Digests = BTreeMap<(Arc<str>, Option<Arc<str>>), String>;

impl Suppression {
    fn is_over(&self, now: OffsetDateTime) -> bool {
        now.to_offset(time::UtcOffset::UTC).date() > self.expires
    }

    fn hides(&self, case: &Case, digests: &Digests) -> bool {
        matches!(case.verdict, Verdict::Fail(_))
            && self.rules.iter().any(|rule| rule == case.topic.id)
            && self.is_about(case, digests)
    }

    fn is_about(&self, case: &Case, digests: &Digests) -> bool {
        let subject = &case.subject;
        let of_file = || digests.get(&(subject.path.clone()?, subject.member.clone())).map(String::as_str);
        subject.sha256.as_deref().or_else(of_file) == Some(self.sha256.as_str())
    }

    /// What of it nothing needs, in words. A rule that was left out of the run may be needed again.
    fn unused(&self, used: &Used) -> Vec<String> {
        let short = format!("{}…", &self.sha256[..16]);
        if !used.seen {
            return vec![format!(
                "nothing that was checked has the SHA-256 {short}, so nothing is suppressed; remove this suppression if \
                 the certificate or file is gone"
            )];
        }
        let idle =
            self.rules.iter().filter(|rule| used.ran.contains(rule.as_str()) && !used.failed.contains(rule.as_str()));
        idle.map(|rule| format!("`{rule}` has no finding on {short}, so nothing is suppressed; remove the rule here"))
            .collect()
    }
}

fn digests(files: &Files) -> Digests {
    let all = [&files.bundle, &files.client, &files.key, &files.filters, &files.server_root];
    let digest = |file: &File| {
        let member = file.carried.as_ref().and_then(|carried| carried.member.clone());
        let sha256 = hex(digest::digest(&digest::SHA256, &file.bytes.0).as_ref());
        ((file.path.clone(), member), sha256)
    };
    all.into_iter().flatten().map(digest).collect()
}

/// The JSON Schema of the file, for editors.
pub fn schema() -> String {
    let mut schema = schemars::schema_for!(Written);
    schema.insert("title".to_owned(), "certproof.toml".into());
    json::pretty(&schema)
}

/// How certproof judges the files of a project. Options of the command line beat it.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Written {
    /// Whose demands count.
    profile: Option<ProfileName>,
    /// The lowest severity that makes the exit code 1.
    fail_on: Option<Threshold>,
    /// Times before expiry, such as "15d"; units s, m, h, d, y. The widest decides what is warned of.
    #[schemars(with = "Option<Vec<String>>")]
    expiry_windows: Option<Spanned<Vec<Spanned<String>>>>,
    /// What becomes of a rule's findings, by the id of the rule.
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, Level>")]
    levels: BTreeMap<Spanned<String>, Level>,
    /// Findings that are known.
    #[serde(default)]
    #[schemars(with = "Vec<WrittenSuppression>")]
    suppress: Vec<Spanned<WrittenSuppression>>,
}

/// Findings of one certificate or file that are known, and why, and until when.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct WrittenSuppression {
    /// 64 hexadecimal digits, colons allowed: of the certificate's DER or, for findings about a file as a whole, of the
    /// file.
    #[schemars(with = "String")]
    sha256: Spanned<String>,
    /// Ids of the rules whose findings are suppressed.
    #[schemars(with = "Vec<String>", length(min = 1))]
    rules: Spanned<Vec<Spanned<String>>>,
    /// Why that is right.
    #[schemars(with = "String")]
    reason: Spanned<String>,
    /// The last day, in UTC, on which it holds: a TOML date, without quotes.
    #[schemars(with = "String", extend("format" = "date"))]
    expires: Spanned<Datetime>,
}

#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum ProfileName {
    Cloud,
    Documented,
    Go,
}

impl From<ProfileName> for Profile {
    fn from(name: ProfileName) -> Self {
        match name {
            ProfileName::Cloud => Self::CLOUD,
            ProfileName::Documented => Self::DOCUMENTED,
            ProfileName::Go => Self::GO,
        }
    }
}

#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Threshold {
    Error,
    Warning,
    Info,
}

impl From<Threshold> for Severity {
    fn from(threshold: Threshold) -> Self {
        match threshold {
            Threshold::Error => Self::Error,
            Threshold::Warning => Self::Warning,
            Threshold::Info => Self::Info,
        }
    }
}

/// What is written in the file, or quoted from it, as one line without control and direction characters.
pub(super) fn one_line(text: &str) -> String {
    let hidden = |c: char| c.is_control() || matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}');
    let shown = |c: char| if hidden(c) { c.escape_unicode().to_string() } else { c.to_string() };
    text.trim().replace('\n', ", ").chars().map(shown).collect()
}

/// Turns what is written into what is meant, and knows the line of everything.
struct Reader<'a> {
    path: &'a str,
    text: &'a str,
}

impl Reader<'_> {
    fn line(&self, span: &Range<usize>) -> usize {
        self.text.bytes().take(span.start).filter(|byte| *byte == b'\n').count() + 1
    }

    fn toml(&self, error: &toml::de::Error) -> ConfigError {
        let line = error.span().map_or(1, |span| self.line(&span));
        ConfigError::Toml { path: self.path.to_owned(), line, message: one_line(error.message()) }
    }

    fn wrong(&self, span: &Range<usize>, problem: impl Into<String>) -> ConfigError {
        ConfigError::Wrong { path: self.path.to_owned(), line: self.line(span), problem: problem.into() }
    }

    fn rule(&self, id: &Spanned<String>) -> Result<&'static rules::Rule, ConfigError> {
        rules::find(id.get_ref()).ok_or_else(|| ConfigError::UnknownRule {
            path: self.path.to_owned(),
            line: self.line(&id.span()),
            id: id.get_ref().clone(),
            hint: did_you_mean(id.get_ref(), rules::ALL.iter().map(|rule| rule.id)),
        })
    }

    fn windows(&self, windows: &Spanned<Vec<Spanned<String>>>) -> Result<Vec<Duration>, ConfigError> {
        if windows.get_ref().is_empty() {
            let problem = "expiry-windows is empty; name a time such as \"15d\", or leave it out for the cloud's own";
            return Err(self.wrong(&windows.span(), problem));
        }
        let read = |text: &Spanned<String>| {
            parse_duration(text.get_ref()).map_err(|problem| self.wrong(&text.span(), one_line(&problem)))
        };
        windows.get_ref().iter().map(read).collect()
    }

    fn suppression(&self, written: &Spanned<WrittenSuppression>) -> Result<Suppression, ConfigError> {
        let line = self.line(&written.span());
        let WrittenSuppression { sha256, rules, reason, expires } = written.get_ref();
        if rules.get_ref().is_empty() {
            return Err(self.wrong(&rules.span(), "a suppression names the rules that it is for; give at least one"));
        }
        for id in rules.get_ref() {
            let rule = self.rule(id)?;
            if matches!(rule.check, Check::Namespace(_)) {
                let problem = format!(
                    "`{}` judges a name, which has no SHA-256; give it another level under [levels] instead",
                    rule.id
                );
                return Err(self.wrong(&id.span(), problem));
            }
        }
        if reason.get_ref().trim().is_empty() {
            return Err(
                self.wrong(&reason.span(), "the reason is blank; say why this is right, for whoever reads it next")
            );
        }
        Ok(Suppression {
            line,
            sha256: self.sha256(sha256)?,
            rules: rules.get_ref().iter().map(|id| id.get_ref().clone()).collect(),
            reason: reason.get_ref().trim().to_owned(),
            expires: self.date(expires)?,
        })
    }

    fn sha256(&self, written: &Spanned<String>) -> Result<String, ConfigError> {
        let digits: String = written.get_ref().chars().filter(|c| *c != ':').collect();
        if digits.len() == 64 && digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Ok(digits.to_ascii_lowercase());
        }
        let problem = format!(
            "a SHA-256 has 64 hexadecimal digits, this has {}; `certproof check` prints those of certificates, \
             `sha256sum` those of files",
            plural(digits.chars().count(), "character")
        );
        Err(self.wrong(&written.span(), problem))
    }

    fn date(&self, written: &Spanned<Datetime>) -> Result<Date, ConfigError> {
        let date = written.get_ref().date.filter(|_| written.get_ref().time.is_none()).and_then(|date| {
            let month = time::Month::try_from(date.month).ok()?;
            Date::from_calendar_date(i32::from(date.year), month, date.day).ok()
        });
        date.ok_or_else(|| self.wrong(&written.span(), "expires is a day, written like 2027-03-01 and without a time"))
    }

    /// Else a change of one would be undone by the other.
    fn no_two_suppress_the_same(&self, suppressions: &[Suppression]) -> Result<(), ConfigError> {
        let mut seen = BTreeMap::new();
        for suppression in suppressions {
            for rule in &suppression.rules {
                if let Some(line) = seen.insert((&suppression.sha256, rule), suppression.line) {
                    return Err(ConfigError::Wrong {
                        path: self.path.to_owned(),
                        line: suppression.line,
                        problem: format!("`{rule}` is suppressed for this SHA-256 on line {line} already; keep one"),
                    });
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_file_is_found_as_a_path_from_the_folder() {
        let root = tempfile::tempdir().unwrap();
        let deep = root.path().join("a/b");
        std::fs::create_dir_all(&deep).unwrap();
        std::fs::write(root.path().join(NAME), "").unwrap();
        assert_eq!(Config::find(root.path()), Some(NAME.into()));
        assert_eq!(Config::find(&deep), Some("../../certproof.toml".into()));
    }

    #[test]
    fn each_profile_has_its_name_in_the_file() {
        for profile in Profile::ALL {
            let config = Config::parse(NAME, &format!("profile = \"{}\"", profile.name)).unwrap();
            assert_eq!(config.profile, Some(profile));
        }
    }

    #[test]
    fn a_suppression_holds_to_the_end_of_its_last_day_in_utc() {
        let text = format!(
            "[[suppress]]\nsha256 = \"{}\"\nrules = [\"ca-expired\"]\nreason = \"known\"\nexpires = 2027-03-01\n",
            "ab".repeat(32)
        );
        let config = Config::parse(NAME, &text).unwrap();
        let is_over = |now| config.suppressions[0].is_over(now);
        assert!(!is_over(time::macros::datetime!(2027-03-01 23:59:59 UTC)));
        assert!(!is_over(time::macros::datetime!(2027-03-02 00:30:00 +1)));
        assert!(is_over(time::macros::datetime!(2027-03-02 00:00:00 UTC)));
    }

    #[test]
    fn what_is_quoted_from_the_file_stays_on_its_line() {
        assert_eq!(one_line("known,\nreally \u{1b}[31m\u{202e}"), "known,, really \\u{1b}[31m\\u{202e}");
    }
}
