//! Known failures of a matrix run, from a file; each with its reason, and none for longer than it holds.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::Failure;
use super::matrix::matches;
use crate::report::{Case, Counts, Finding, Report, Severity, Verdict};

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

    /// What goes wrong and is not `known` to, with what was seen as the reason. Whoever looks into it puts a better one in
    /// its place. What comes out in another way than at the cloud goes wrong for nobody.
    pub(super) fn of(report: &Report, known: Option<&Self>) -> Self {
        let failure = |case: &Case| match &case.verdict {
            Verdict::Fail(findings) if is_wrong(case) && known.is_none_or(|known| !known.knows(case.id())) => {
                let seen = findings.first().map_or("", |finding| &*finding.message);
                Some((case.id().to_owned(), format!("not looked into: {seen}")))
            }
            Verdict::Fail(_) | Verdict::Pass | Verdict::Skip(_) => None,
        };
        Self { known: report.cases.iter().filter_map(failure).collect() }
    }

    pub(super) fn knows(&self, id: &str) -> bool {
        self.entry(id).is_some()
    }

    /// The line that is about a cell: its own before one with stars.
    fn entry(&self, id: &str) -> Option<(&String, &String)> {
        let own = self.known.get_key_value(id);
        own.or_else(|| self.known.iter().find(|(glob, _)| matches(glob, id)))
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

    /// Known failures are skipped with their reason; what is known to fail and does not, fails. Of a line with stars that
    /// can only be said when all that it stands for was played: `all` are the ids of all cells, played or not.
    pub(super) fn apply<'c>(&self, report: &mut Report, all: impl Iterator<Item = &'c str> + Clone) {
        let is_idle = |glob: &str| {
            let played: Vec<_> = report.cases.iter().filter(|case| matches(glob, case.id())).collect();
            played.iter().any(|case| case.verdict == Verdict::Pass)
                && !played.iter().any(|case| matches!(case.verdict, Verdict::Fail(_)))
                && played.len() == all.clone().filter(|id| matches(glob, id)).count()
        };
        let idle = self.known.keys().filter(|glob| glob.contains('*') && is_idle(glob));
        let idle: Vec<_> =
            idle.map(|glob| format!("the baseline knows `{glob}` to fail, and none of it did: take it out")).collect();
        report.troubles.extend(idle);
        for case in &mut report.cases {
            let Some((glob, reason)) = self.entry(case.id()) else { continue };
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

/// Not only otherwise than at the cloud.
pub(super) fn is_wrong(case: &Case) -> bool {
    matches!(case.verdict, Verdict::Fail(_)) && case.topic.severity == Severity::Error
}
