//! `certproof check`: judges files by every rule.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use time::OffsetDateTime;

use super::config::{self, Config, Digests};
use super::generate::parse_duration;
use super::near::did_you_mean;
use super::{Exit, Failure, Format, Screen, input, parse_time, real_now};
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
    /// Warn of certificates that end within this time, such as 30d; units s, m, h, d, y [default: 15d]
    #[arg(long, value_name = "DURATION", value_parser = parse_duration)]
    expires_within: Option<time::Duration>,
    /// Whose demands count [default: cloud]
    #[arg(long, value_parser = ["cloud", "documented", "go"])]
    profile: Option<String>,
    #[arg(long, default_value = "full")]
    format: Format,
    /// The lowest severity that makes the exit code 1 [default: error]
    #[arg(long, value_name = "SEVERITY")]
    fail_on: Option<Level>,
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
    /// Read this configuration, instead of the certproof.toml of this folder or the nearest one above it
    #[arg(long, value_name = "FILE", conflicts_with = "no_config")]
    config: Option<PathBuf>,
    /// Read no configuration
    #[arg(long)]
    no_config: bool,
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
    let named = [&arguments.select, &arguments.allow, &arguments.warn, &arguments.deny];
    if let Some(unknown) = named.into_iter().flatten().find(|id| rules::find(id).is_none()) {
        let hint = did_you_mean(unknown, rules::ALL.iter().map(|rule| rule.id));
        return Err(Failure::CouldNotTell(format!(
            "no rule is called `{unknown}`{hint}; `certproof rules` lists them"
        )));
    }
    let config = configuration(&arguments)?;
    let mut digests = Digests::new();
    let (kits, mut troubles) = collect(&arguments, &mut digests)?;
    let now = arguments.at.unwrap_or_else(real_now);
    let terms = terms(&arguments, &config, now);
    let mut cases: Vec<Case> = kits.iter().flat_map(|kit| rules::run(kit, &terms)).collect();
    // What our stack cannot judge is no pass: the run says so, and ends with "could not tell".
    troubles.extend(cases.iter().filter(|case| case.topic.id == "chain-not-judged").filter_map(|case| {
        match &case.verdict {
            Verdict::Skip(why) => Some(format!("the client's chain: {why}")),
            Verdict::Pass | Verdict::Fail(_) => None,
        }
    }));
    cases.retain_mut(|case| relevel(case, &arguments, &config));
    if cases.is_empty() && troubles.is_empty() {
        troubles.push("no rule applies to what was given".to_owned());
    }
    let applied = config.apply_suppressions(&mut cases, &digests, now);
    if arguments.format != Format::Full {
        // There it is among the notes.
        applied.warnings.iter().for_each(|warning| screen.complain(&format!("warning: {warning}")));
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
        profile: terms.profile.name,
        cases,
        passed,
        skipped,
        suppressed: applied.suppressed,
        notes: applied.notes.into_iter().chain(applied.warnings).collect(),
        troubles,
        scope: scope(&kits),
    };
    screen.print(&arguments.format.print(&report, |report| full::print(report, screen.width())))?;
    let threshold = arguments.fail_on.map(Severity::from).or(config.fail_on).unwrap_or(Severity::Error);
    let failing = report.worst().is_some_and(|worst| worst >= threshold);
    Ok(match (report.troubles.is_empty(), failing) {
        (false, _) => Exit::CouldNotTell,
        (true, true) => Exit::Findings,
        (true, false) => Exit::Clean,
    })
}

/// The configuration that is named, else the nearest one, else an empty one.
fn configuration(arguments: &Arguments) -> Result<Config, Failure> {
    if arguments.no_config {
        return Ok(Config::default());
    }
    let nearest = || std::env::current_dir().ok().and_then(|folder| Config::find(&folder));
    let path = arguments.config.clone().or_else(nearest);
    Ok(path.map(|path| Config::load(&path)).transpose()?.unwrap_or_default())
}

/// The command line's word, else the configuration's, else the usual.
fn terms(arguments: &Arguments, config: &Config, now: OffsetDateTime) -> Terms {
    let usual = Terms::at(now);
    let named = |name: &String| Profile::ALL.into_iter().find(|profile| profile.name == name);
    let profile = arguments.profile.as_ref().and_then(named).or(config.profile);
    let windows = arguments.expires_within.map(|window| vec![window]).or_else(|| config.expiry_windows.clone());
    Terms { profile: profile.unwrap_or(usual.profile), now, expiry_windows: windows.unwrap_or(usual.expiry_windows) }
}

/// Every kit that could be read, and what could not.
fn collect(arguments: &Arguments, digests: &mut Digests) -> Result<(Vec<Kit>, Vec<String>), Failure> {
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
        digests.extend(config::digests(&files));
        Kit::read(&files)
    });
    Ok((kits.collect(), troubles))
}

/// Applies `--select`, `--allow`, `--warn` and `--deny`, and what the configuration says of a rule that they do not
/// name; false leaves the case out.
fn relevel(case: &mut Case, arguments: &Arguments, config: &Config) -> bool {
    let named = |list: &[String]| list.iter().any(|id| id == case.topic.id);
    let (select, warn, deny) = (named(&arguments.select), named(&arguments.warn), named(&arguments.deny));
    if named(&arguments.allow) || !arguments.select.is_empty() && !select {
        return false;
    }
    let configured = config.level(case.topic.id);
    case.topic.severity = match configured {
        _ if deny => Severity::Error,
        _ if warn => Severity::Warning,
        // Who selects a rule wants to see it.
        Some(config::Level::Allow) if !select => return false,
        Some(config::Level::Error) => Severity::Error,
        Some(config::Level::Warning) => Severity::Warning,
        Some(config::Level::Info) => Severity::Info,
        Some(config::Level::Allow) | None => case.topic.severity,
    };
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
