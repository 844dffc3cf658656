//! Known failures of a matrix run, from a file; each with its reason, and none for longer than it holds.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::Failure;
use super::matrix::matches;
use crate::report::{Case, Counts, Finding, Report, Verdict};

/// `[known]` and below it lines like `"orders.f45a2:tls12" = "our gateway still takes TLS 1.2, ticket 123"`. In an id,
/// `*` stands for anything; then at least one of the cells that match must fail.
#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Baseline {
    known: BTreeMap<String, String>,
}

impl Baseline {
    pub(super) fn read(path: &Path) -> Result<Self, Failure> {
        let shown = path.display();
        let text = std::fs::read_to_string(path)
            .map_err(|error| Failure::CouldNotTell(format!("cannot read the baseline `{shown}`: {error}")))?;
        let baseline: Self = toml::from_str(&text).map_err(|error| {
            Failure::CouldNotTell(format!("the baseline `{shown}` is not as it should be: {error}"))
        })?;
        match baseline.known.iter().find(|(_, reason)| reason.trim().is_empty()) {
            Some((id, _)) => Err(Failure::CouldNotTell(format!("the baseline `{shown}` gives no reason for `{id}`"))),
            None => Ok(baseline),
        }
    }

    /// What fails, with what was seen as the reason. Whoever looks into it puts a better one in its place.
    pub(super) fn of(report: &Report) -> Self {
        let failure = |case: &Case| match &case.verdict {
            Verdict::Fail(findings) => {
                let seen = findings.first().map_or("", |finding| &*finding.message);
                Some((case.id().to_owned(), format!("not looked into: {seen}")))
            }
            Verdict::Pass | Verdict::Skip(_) => None,
        };
        Self { known: report.cases.iter().filter_map(failure).collect() }
    }

    /// Into a new file: what somebody has written down is not lost.
    pub(super) fn write(&self, path: &Path) -> Result<(), Failure> {
        const HEAD: &str =
            "# Known failures of `certproof matrix`. Put in their reasons; in an id, `*` stands for anything.\n";
        let failed = |why: &dyn std::fmt::Display| {
            Failure::CouldNotTell(format!("cannot write the baseline `{}`: {why}", path.display()))
        };
        let text = toml::to_string(self).map_err(|error| failed(&error))?;
        let mut file = std::fs::File::create_new(path).map_err(|error| failed(&error))?;
        file.write_all([HEAD, &text].concat().as_bytes()).map_err(|error| failed(&error))
    }

    /// An entry that stands for no cell at all is a mistake, whichever part of the cells is played.
    pub(super) fn check_ids<'c>(&self, ids: impl Iterator<Item = &'c str> + Clone) -> Result<(), Failure> {
        match self.known.keys().find(|glob| !ids.clone().any(|id| matches(glob, id))) {
            Some(stray) => Err(Failure::CouldNotTell(format!(
                "the baseline names `{stray}`, which is no cell; `certproof matrix --list` lists them"
            ))),
            None => Ok(()),
        }
    }

    /// Known failures are skipped with their reason; what is known to fail and does not, fails.
    pub(super) fn apply(&self, report: &mut Report) {
        let fails = |glob: &str, report: &Report| {
            let mut played = report.cases.iter().filter(|case| matches(glob, case.id())).peekable();
            played.peek().is_none() || played.any(|case| matches!(case.verdict, Verdict::Fail(_)))
        };
        let idle = self.known.keys().filter(|glob| glob.contains('*') && !fails(glob, report));
        let idle: Vec<_> = idle
            .map(|glob| format!("the baseline knows `{glob}` to fail, and all of it came out as expected"))
            .collect();
        report.troubles.extend(idle);
        for case in &mut report.cases {
            let Some((glob, reason)) = self.known.iter().find(|(glob, _)| matches(glob, case.id())) else { continue };
            case.verdict = match &case.verdict {
                Verdict::Fail(findings) => {
                    let what = findings.first().map_or("", |finding| &*finding.message);
                    Verdict::skip(format!("known to fail: {reason} ({what})"))
                }
                Verdict::Pass if glob.contains('*') => continue,
                Verdict::Pass => Verdict::of([Finding::new(format!(
                    "the baseline knows it to fail by `{glob}`, and it came out as expected: take it out"
                ))]),
                Verdict::Skip(why) => Verdict::skip(why.clone()),
            };
        }
        report.passed = report.cases.iter().filter(|case| case.verdict == Verdict::Pass).count();
        report.skipped = report.cases.iter().filter(|case| matches!(case.verdict, Verdict::Skip(_))).count();
        report.counts = Counts::of(&report.cases);
    }
}
