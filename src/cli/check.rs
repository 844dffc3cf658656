//! `certproof check`: judges files by every rule.

use std::io::IsTerminal as _;
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use rayon::prelude::*;
use time::OffsetDateTime;

use super::config::{self, Config, Usage};
use super::input::{self, Source};
use super::near::did_you_mean;
use super::progress::Progress;
use super::{Exit, Failure, Format, Screen, as_reader, parse_time, real_now};
use crate::cloud::kit::{File, Files};
use crate::cloud::{Kit, Profile};
use crate::pki::clock::{parse_duration, rfc3339};
use crate::report::{Answer, Case, Counts, Forecast, Report, Severity, Verdict, full, json_lines, plural};
use crate::rules::forecast::forecast;
use crate::rules::{self, Passes, Terms};

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Arguments {
    /// CA bundles, documents that carry them, folders of any, kits (a folder with ca.pem, of which its ca, client, key
    /// and filters are read, and nothing else); `-` is standard input
    paths: Vec<PathBuf>,
    /// Each line of the files given is a JSON document of its own; judged as it comes, however many there are
    #[arg(long)]
    lines: bool,
    /// The client's certificate file: leaf first, then intermediates
    #[arg(long, value_name = "FILE", visible_alias = "tls-cert-path")]
    client: Option<PathBuf>,
    /// The client's private key
    #[arg(long, value_name = "FILE", visible_alias = "tls-key-path")]
    key: Option<PathBuf>,
    /// Certificate filters, in any tool's spelling
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
    /// Show what another program makes of the file, instead of our rules
    #[arg(long = "as", value_name = "PROGRAM", value_parser = as_reader::PROGRAMS, conflicts_with_all = OURS)]
    as_program: Option<String>,
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

/// What has no meaning for the judgement of another program.
const OURS: [&str; 15] = [
    "lines",
    "key",
    "filters",
    "server_root",
    "namespace",
    "expires_within",
    "profile",
    "fail_on",
    "show",
    "select",
    "allow",
    "warn",
    "deny",
    "config",
    "no_config",
];

const EXAMPLES: &str = "Examples:
  certproof check ca.pem
  certproof check ca.pem --client client.pem --key client.key --namespace orders.f45a2
  certproof check pki/                     every kit and bundle below a folder
  certproof check terraform.tfstate        every bundle that a document carries
  tcld namespace accepted-client-ca list --namespace NAME | certproof check -
  kubectl get secrets -A --field-selector type=kubernetes.io/tls -o json | jq -c '.items[]' | certproof check --lines -

Read are PEM, DER, the base64 of PEM, Terraform state and plans (JSON), JSON of the Cloud Ops API, what tcld lists,
Kubernetes secrets (YAML or JSON), and {\"name\", \"namespace\", \"bundle\", \"client\", \"key\", \"filters\",
\"server_root\"} with PEM or base64 as values.

Exit code: 0 nothing wrong; 1 findings at or above --fail-on; 2 something could not be judged;\n3 a defect of certproof itself.";

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
        let hint = did_you_mean(unknown, rules::ALL.iter().map(|rule| rule.id));
        return Err(Failure::CouldNotTell(format!(
            "no rule is called `{unknown}`{hint}; `certproof rules` lists them"
        )));
    }
    let config = configuration(&arguments)?;
    let now = arguments.at.unwrap_or_else(real_now);
    let terms = terms(&arguments, &config, now);
    let (given, mut total) = Given::read(&arguments);
    let judge = Judge { arguments: &arguments, config: &config, given: &given, terms: &terms };
    let queue = queue(&arguments, &given, &mut total)?;
    let streams = arguments.format == Format::JsonLines;
    let progress = match streams && std::io::stdout().is_terminal() {
        true => Progress::none(),
        false => Progress::new(queue.size_hint().1, "bundles", WORTH_A_BAR),
    };
    for chunk in chunks(queue) {
        for judged in judge.all(chunk) {
            if streams {
                screen.print(&json_lines::lines(&judged.cases, &judged.forecasts))?;
            }
            total.add(judged, streams);
            progress.step();
        }
    }
    progress.end();
    if total.judged == 0 && total.troubles.is_empty() {
        total.troubles.push("no rule applies to what was given".to_owned());
    }
    let several = total.forecasts.len() > 1;
    let listed = matches!(arguments.format, Format::Json | Format::JsonLines);
    if several && !listed {
        // Of many bundles the good ones are not news.
        total.forecasts.retain(|forecast| forecast.answer != Answer::Accepted);
    }
    let applied = config.account(&total.usage, now);
    if arguments.format != Format::Full {
        // There it is among the notes.
        applied.warnings.iter().for_each(|warning| screen.complain(&format!("warning: {warning}")));
    }
    let report = Report {
        command: "check",
        checked_at: rfc3339(now),
        profile: terms.profile.name,
        scope: format!("{}, {}", plural(total.files, "file"), plural(total.certificates, "certificate")),
        cases: total.cases,
        forecasts: total.forecasts,
        counts: total.counts,
        passed: total.passed,
        skipped: total.skipped,
        suppressed: applied.suppressed,
        notes: applied.notes.into_iter().chain(applied.warnings).collect(),
        troubles: total.troubles,
    };
    screen.print(&match streams {
        true => json_lines::summary(&report),
        false => arguments.format.print(&report, |report| full::print(report, screen.width())),
    })?;
    let threshold = arguments.fail_on.map(Severity::from).or(config.fail_on).unwrap_or(Severity::Error);
    let failing = report.counts.worst().is_some_and(|worst| worst >= threshold);
    Ok(match (report.troubles.is_empty(), failing) {
        (false, _) => Exit::CouldNotTell,
        (true, true) => Exit::Findings,
        (true, false) => Exit::Clean,
    })
}

/// Fewer bundles are judged at once.
const WORTH_A_BAR: usize = 64;

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

/// The files that options name; they hold for every bundle of the run.
#[derive(Debug, Default)]
struct Given {
    client: Option<File>,
    key: Option<File>,
    filters: Option<File>,
    server_root: Option<File>,
    namespace: Option<String>,
}

impl Given {
    /// What could not be read is told in the tally.
    fn read(arguments: &Arguments) -> (Self, Tally) {
        let mut tally = Tally::default();
        let mut read = |path: &Option<PathBuf>| match path.as_ref().map(|path| input::file(path)) {
            Some(Ok(file)) => Some(file),
            Some(Err(trouble)) => {
                tally.troubles.push(trouble);
                None
            }
            None => None,
        };
        let given = Self {
            client: read(&arguments.client),
            key: read(&arguments.key),
            filters: read(&arguments.filters),
            server_root: read(&arguments.server_root),
            namespace: arguments.namespace.clone(),
        };
        (given, tally)
    }

    fn complete(&self, files: Files) -> Files {
        Files {
            namespace: self.namespace.clone().or(files.namespace),
            bundle: files.bundle,
            client: self.client.clone().or(files.client),
            key: self.key.clone().or(files.key),
            filters: self.filters.clone().or(files.filters),
            server_root: self.server_root.clone().or(files.server_root),
        }
    }
}

type Queue<'a> = Box<dyn Iterator<Item = Result<Source, String>> + 'a>;

/// Where the kits of the run come from, in order.
fn queue<'a>(arguments: &'a Arguments, given: &Given, total: &mut Tally) -> Result<Queue<'a>, Failure> {
    if arguments.paths.is_empty() {
        let Given { client, key, filters, server_root, namespace } = given;
        let files = [client, key, filters, server_root].into_iter().any(Option::is_some);
        if !files && namespace.is_none() && total.troubles.is_empty() {
            return Err(Failure::CouldNotTell(
                "nothing to check: give a CA bundle, a kit or a folder, or `-` for standard input".to_owned(),
            ));
        }
        return Ok(Box::new(std::iter::once(Ok(Source::Nothing))));
    }
    if arguments.lines {
        let streams = arguments.paths.iter().map(|path| input::lines(path));
        let streams = streams.collect::<Result<Vec<_>, _>>().map_err(Failure::CouldNotTell)?;
        return Ok(Box::new(streams.into_iter().flatten()));
    }
    let mut sources = Vec::new();
    for path in &arguments.paths {
        let found = input::sources(path);
        sources.extend(found.sources);
        total.troubles.extend(found.troubles);
    }
    Ok(Box::new(sources.into_iter().map(Ok)))
}

/// Sources that are judged side by side. Results keep their order, and only so many are in memory at once.
fn chunks<T>(mut queue: impl Iterator<Item = T>) -> impl Iterator<Item = Vec<T>> {
    const CHUNK: usize = 512;
    std::iter::from_fn(move || {
        let chunk: Vec<_> = queue.by_ref().take(CHUNK).collect();
        (!chunk.is_empty()).then_some(chunk)
    })
}

/// What one source came to, or all of them.
#[derive(Debug, Default)]
struct Tally {
    cases: Vec<Case>,
    forecasts: Vec<Forecast>,
    troubles: Vec<String>,
    counts: Counts,
    /// Cases of any verdict.
    judged: usize,
    passed: usize,
    skipped: usize,
    files: usize,
    certificates: usize,
    /// What suppressions were needed for.
    usage: Usage,
}

impl Tally {
    fn add(&mut self, more: Self, printed: bool) {
        if !printed {
            self.cases.extend(more.cases);
            self.forecasts.extend(more.forecasts);
        }
        self.troubles.extend(more.troubles);
        self.counts += more.counts;
        self.judged += more.judged;
        self.passed += more.passed;
        self.skipped += more.skipped;
        self.files += more.files;
        self.certificates += more.certificates;
        self.usage.add(more.usage);
    }
}

/// By what every source is judged.
struct Judge<'a> {
    arguments: &'a Arguments,
    config: &'a Config,
    given: &'a Given,
    terms: &'a Terms,
}

impl Judge<'_> {
    /// In the order of the sources. A single one starts no threads.
    fn all(&self, sources: Vec<Result<Source, String>>) -> Vec<Tally> {
        if sources.len() == 1 {
            return sources.into_iter().map(|source| self.source(source)).collect();
        }
        sources.into_par_iter().map(|source| self.source(source)).collect()
    }

    fn source(&self, source: Result<Source, String>) -> Tally {
        let mut tally = Tally::default();
        match source.and_then(|source| source.kits()) {
            Ok(kits) => kits.into_iter().for_each(|files| self.kit(&self.given.complete(files), &mut tally)),
            Err(trouble) => tally.troubles.push(trouble),
        }
        tally
    }

    fn kit(&self, files: &Files, tally: &mut Tally) {
        let kit = Kit::read(files);
        // JUnit's readers count tests, so they get those that passed as well.
        let lists_all = self.arguments.show.is_some() || self.arguments.format == Format::Junit;
        let keeps_all = lists_all || self.config.has_suppressions();
        let mut cases = Vec::new();
        let passes = if keeps_all { Passes::Told } else { Passes::Counted };
        rules::each(&kit, self.terms, passes, |mut case| {
            if case.verdict != Verdict::Pass || keeps_all {
                cases.push(case);
            } else if relevel(&mut case, self.arguments, self.config) {
                tally.judged += 1;
                tally.passed += 1;
            }
        });
        tally.forecasts.extend(forecast(&kit, &cases, self.terms.now));
        // What our stack cannot judge is no pass: the run says so, and ends with "could not tell".
        tally.troubles.extend(cases.iter().filter(|case| case.topic.id == "chain-not-judged").filter_map(|case| {
            match &case.verdict {
                Verdict::Skip(why) => Some(format!("the client's chain: {why}")),
                Verdict::Pass | Verdict::Fail(_) => None,
            }
        }));
        cases.retain_mut(|case| relevel(case, self.arguments, self.config));
        tally.judged += cases.len();
        tally.usage.add(self.config.suppress(&mut cases, files, self.terms.now));
        tally.passed += cases.iter().filter(|case| case.verdict == Verdict::Pass).count();
        tally.skipped += cases.iter().filter(|case| matches!(case.verdict, Verdict::Skip(_))).count();
        if !lists_all {
            cases.retain(|case| matches!(case.verdict, Verdict::Fail(_)));
        }
        tally.counts += Counts::of(&cases);
        tally.cases.extend(cases);
        let certificate_files = [&kit.bundle, &kit.client, &kit.server_root];
        let files = certificate_files.into_iter().flatten();
        tally.files += files.clone().count() + usize::from(kit.key.is_some()) + usize::from(kit.filters.is_some());
        tally.certificates += files.map(|file| file.certificates().count()).sum::<usize>();
    }
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
