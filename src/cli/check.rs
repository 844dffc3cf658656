//! `certproof check`: judges files by every rule.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use time::OffsetDateTime;

use super::generate::parse_duration;
use super::{Exit, Failure, Format, Screen, as_reader, input, parse_time, real_now};
use crate::cloud::kit::Files;
use crate::cloud::{Kit, Profile};
use crate::pki::clock::rfc3339;
use crate::report::{Case, Report, Severity, Verdict, full, plural};
use crate::rules::{self, Terms};

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Arguments {
    /// CA bundles, kits (folders with ca.pem), folders of either; `-` is standard input
    paths: Vec<PathBuf>,
    /// The client's certificate file: leaf first, then intermediates
    #[arg(long, value_name = "FILE", visible_alias = "tls-cert-path")]
    client: Option<PathBuf>,
    /// The client's private key
    #[arg(long, value_name = "FILE", visible_alias = "tls-key-path")]
    key: Option<PathBuf>,
    /// Certificate filters in tcld's JSON form
    #[arg(long, value_name = "FILE")]
    filters: Option<PathBuf>,
    /// What the client judges servers by; for the cloud it should be none
    #[arg(long, value_name = "FILE", visible_alias = "tls-ca-path")]
    server_root: Option<PathBuf>,
    /// The namespace, <name>.<account>
    #[arg(long, value_name = "NAME")]
    namespace: Option<String>,
    /// Judge at this time instead of now
    #[arg(long, value_name = "RFC 3339", value_parser = parse_time)]
    at: Option<OffsetDateTime>,
    /// Warn of certificates that end within this time, such as 30d; units s, m, h, d, y
    #[arg(long, default_value = "15d", value_name = "DURATION", value_parser = parse_duration)]
    expires_within: time::Duration,
    /// Whose demands count
    #[arg(long, default_value = "cloud", value_parser = ["cloud", "documented", "go"])]
    profile: String,
    #[arg(long, default_value = "full")]
    format: Format,
    /// Show what another program makes of the file, instead of our rules
    #[arg(long = "as", value_name = "PROGRAM", value_parser = as_reader::PROGRAMS)]
    as_program: Option<String>,
    /// The lowest severity that makes the exit code 1
    #[arg(long, default_value = "error", value_name = "SEVERITY")]
    fail_on: Level,
    /// Also list the cases that passed, or were skipped with their reason
    #[arg(long, value_name = "WHAT")]
    show: Option<Show>,
    /// Judge by these rules only
    #[arg(long, value_name = "RULE", value_delimiter = ',')]
    select: Vec<String>,
    /// Leave a rule out
    #[arg(long, value_name = "RULE", value_delimiter = ',')]
    allow: Vec<String>,
    /// Make a rule's findings warnings
    #[arg(long, value_name = "RULE", value_delimiter = ',')]
    warn: Vec<String>,
    /// Make a rule's findings errors
    #[arg(long, value_name = "RULE", value_delimiter = ',')]
    deny: Vec<String>,
}

const EXAMPLES: &str = "Examples:
  certproof check ca.pem
  certproof check ca.pem --client client.pem --key client.key --namespace orders.f45a2
  certproof check pki/                     every kit of a folder
  tcld-export | certproof check - --format json

Exit code: 0 nothing wrong; 1 findings at or above --fail-on; 2 something could not be judged.";

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Level {
    Error,
    Warning,
    Info,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Show {
    Pass,
}

impl From<Level> for Severity {
    fn from(level: Level) -> Self {
        match level {
            Level::Error => Self::Error,
            Level::Warning => Self::Warning,
            Level::Info => Self::Info,
        }
    }
}

pub fn run(arguments: Arguments, screen: &Screen) -> Result<Exit, Failure> {
    if let Some(program) = &arguments.as_program {
        let (client, at) = (arguments.client.as_deref(), arguments.at.unwrap_or_else(real_now));
        return as_reader::run(program, &arguments.paths, client, at, arguments.format, screen);
    }
    let named = [&arguments.select, &arguments.allow, &arguments.warn, &arguments.deny];
    if let Some(unknown) = named.into_iter().flatten().find(|id| rules::find(id).is_none()) {
        return Err(Failure::CouldNotTell(format!("no rule is called `{unknown}`; `certproof rules` lists them")));
    }
    let (kits, mut troubles) = collect(&arguments)?;
    let now = arguments.at.unwrap_or_else(real_now);
    let profile = Profile::ALL.into_iter().find(|profile| profile.name == arguments.profile);
    let profile = profile.unwrap_or(Profile::CLOUD);
    let terms = Terms { profile, expires_within: arguments.expires_within, ..Terms::at(now) };
    let mut cases: Vec<Case> = kits.iter().flat_map(|kit| rules::run(kit, &terms)).collect();
    // What our stack cannot judge is no pass: the run says so, and ends with "could not tell".
    troubles.extend(cases.iter().filter(|case| case.topic.id == "chain-not-judged").filter_map(|case| {
        match &case.verdict {
            Verdict::Skip(why) => Some(format!("the client's chain: {why}")),
            Verdict::Pass | Verdict::Fail(_) => None,
        }
    }));
    cases.retain_mut(|case| relevel(case, &arguments));
    if cases.is_empty() && troubles.is_empty() {
        troubles.push("no rule applies to what was given".to_owned());
    }
    let count = |wanted: fn(&Verdict) -> bool| cases.iter().filter(|case| wanted(&case.verdict)).count();
    let passed = count(|verdict| *verdict == Verdict::Pass);
    let skipped = count(|verdict| matches!(verdict, Verdict::Skip(_)));
    // JUnit's readers count tests, so they get those that passed as well.
    if arguments.show.is_none() && arguments.format != Format::Junit {
        cases.retain(|case| matches!(case.verdict, Verdict::Fail(_)));
    }
    let report = Report {
        command: "check",
        checked_at: rfc3339(now),
        profile: profile.name,
        cases,
        passed,
        skipped,
        troubles,
        scope: scope(&kits),
    };
    screen.print(&arguments.format.print(&report, |report| full::print(report, screen.width())))?;
    let failing = report.worst().is_some_and(|worst| worst >= arguments.fail_on.into());
    Ok(match (report.troubles.is_empty(), failing) {
        (false, _) => Exit::CouldNotTell,
        (true, true) => Exit::Findings,
        (true, false) => Exit::Clean,
    })
}

/// Every kit that could be read, and what could not.
fn collect(arguments: &Arguments) -> Result<(Vec<Kit>, Vec<String>), Failure> {
    let options = [&arguments.client, &arguments.key, &arguments.filters, &arguments.server_root];
    let nothing_else = options.iter().all(|option| option.is_none()) && arguments.namespace.is_none();
    if arguments.paths.is_empty() && nothing_else {
        return Err(Failure::CouldNotTell(
            "nothing to check: give a CA bundle, a kit or a folder, or `-` for standard input".to_owned(),
        ));
    }
    let mut troubles = Vec::new();
    let [client, key, filters, server_root] =
        options.map(|option| match option.as_ref().map(|path| input::file(path)) {
            Some(Ok(file)) => Some(file),
            Some(Err(trouble)) => {
                troubles.push(trouble);
                None
            }
            None => None,
        });
    let mut all = Vec::new();
    for path in &arguments.paths {
        let found = input::bundles(path);
        all.extend(found.kits);
        troubles.extend(found.troubles);
    }
    if arguments.paths.is_empty() {
        all.push(Files::default());
    }
    let kits = all.into_iter().map(|files| {
        let files = Files {
            namespace: arguments.namespace.clone().or(files.namespace),
            bundle: files.bundle,
            client: client.clone().or(files.client),
            key: key.clone().or(files.key),
            filters: filters.clone().or(files.filters),
            server_root: server_root.clone().or(files.server_root),
        };
        Kit::read(&files)
    });
    Ok((kits.collect(), troubles))
}

/// Applies `--select`, `--allow`, `--warn` and `--deny`; false leaves the case out.
fn relevel(case: &mut Case, arguments: &Arguments) -> bool {
    let named = |list: &[String]| list.iter().any(|id| id == case.topic.id);
    let (warn, deny) = (named(&arguments.warn), named(&arguments.deny));
    if named(&arguments.allow) || !arguments.select.is_empty() && !named(&arguments.select) {
        return false;
    }
    if warn {
        case.topic.severity = Severity::Warning;
    }
    if deny {
        case.topic.severity = Severity::Error;
    }
    true
}

fn scope(kits: &[Kit]) -> String {
    let files = kits.iter().map(|kit| {
        let certificates = [&kit.bundle, &kit.client, &kit.server_root].into_iter().flatten().count();
        certificates + usize::from(kit.key.is_some()) + usize::from(kit.filters.is_some())
    });
    let certificates = kits.iter().flat_map(|kit| kit.bundle.iter().chain(&kit.client).chain(&kit.server_root));
    let certificates: usize = certificates.map(|file| file.certificates().count()).sum();
    format!("{}, {}", plural(files.sum(), "file"), plural(certificates, "certificate"))
}
