//! One file per command. The only room that prints, exits, and reads argv, environment and clock.

mod as_reader;
pub mod audit;
mod baseline;
mod check;
pub mod config;
pub mod example;
mod explain;
mod filters;
mod fix;
mod flaws;
mod generate;
mod input;
mod inspect;
mod interrupt;
mod limbo;
pub mod manifest;
mod matrix;
mod near;
mod password;
mod progress;
mod reload;
mod rules;
mod serve;
pub mod world;

use std::io::{self, IsTerminal as _, Write as _};
use std::process::ExitCode;

use anstream::{AutoStream, ColorChoice};
use clap::{CommandFactory as _, FromArgMatches as _, Parser, Subcommand, ValueEnum};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

pub use inspect::show as inspected;

use crate::report::{Report, concise, github, json, json_lines, junit, markdown, sarif};

/// Will Temporal Cloud take this CA bundle, and will this client get into this namespace?
#[derive(Debug, Parser)]
#[command(name = "certproof", version, propagate_version = true, arg_required_else_help = true)]
struct Cli {
    /// When to colour the output; NO_COLOR is honoured
    #[arg(long, global = true, default_value = "auto", value_name = "WHEN")]
    color: Color,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Judge CA bundles, client certificates, keys and filters
    Check(check::Arguments),
    /// Write a bundle in normal form: certificates only, each once
    Fix(fix::Arguments),
    /// List filters, decide whom they let in, convert them between tools
    Filters(filters::Arguments),
    /// Try every scenario against the loopback front door
    Matrix(matrix::Arguments),
    /// Make certificate hierarchies
    #[command(subcommand)]
    Gen(generate::Command),
    /// Serve the kits of a folder on loopback, and say who was let in and why not
    Serve(serve::Arguments),
    /// Show every block of a file, and what each certificate says
    Inspect(inspect::Arguments),
    /// Explain a rule, a scenario, or an error text
    Explain(explain::Arguments),
    /// List every rule
    Rules(rules::Arguments),
}

/// The same with `check` alone, which most runs are: to build the parser of every command takes a third of their time.
#[derive(Debug, Parser)]
#[command(name = "certproof", disable_help_subcommand = true)]
struct Check {
    #[arg(long, global = true, default_value = "auto")]
    color: Color,
    #[command(subcommand)]
    command: CheckOnly,
}

#[derive(Debug, Subcommand)]
enum CheckOnly {
    Check(check::Arguments),
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Color {
    Auto,
    Always,
    Never,
}

/// How a run ended. 2 beats 1; everything is judged and printed all the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Exit {
    /// Nothing wrong.
    Clean = 0,
    /// Findings at or above `--fail-on`.
    Findings = 1,
    /// Something could not be judged: a missing path, an unknown rule, nothing to look at.
    CouldNotTell = 2,
    /// A defect of certproof itself.
    Internal = 3,
}

/// What stops a command: its message says what, where and what to do.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error("{0}")]
    CouldNotTell(String),
    #[error(transparent)]
    Config(#[from] config::ConfigError),
    #[error(transparent)]
    Forge(#[from] crate::forge::ForgeError),
    #[error(transparent)]
    Wire(#[from] crate::wire::WireError),
    #[error(transparent)]
    Matrix(#[from] crate::matrix::MatrixError),
    #[error("cannot print: {0}")]
    Print(#[from] io::Error),
}

pub fn main() -> ExitCode {
    // A panic is a defect of ours, and has an exit code of its own.
    match std::panic::catch_unwind(run) {
        Ok(exit) => ExitCode::from(exit as u8),
        Err(_) => ExitCode::from(Exit::Internal as u8),
    }
}

fn run() -> Exit {
    let cli = parse();
    let screen = Screen::new(cli.color);
    let result = match cli.command {
        Command::Check(arguments) => check::run(arguments, &screen),
        Command::Fix(arguments) => fix::run(&arguments, &screen),
        Command::Filters(arguments) => filters::run(&arguments, &screen),
        Command::Matrix(arguments) => matrix::run(&arguments, &screen),
        Command::Gen(command) => generate::run(command, &screen),
        Command::Serve(arguments) => serve::run(&arguments, &screen),
        Command::Inspect(arguments) => inspect::run(&arguments, &screen),
        Command::Explain(arguments) => explain::run(&arguments, &screen),
        Command::Rules(arguments) => rules::run(&arguments, &screen),
    };
    result.unwrap_or_else(|failure| {
        screen.complain(&failure.to_string());
        Exit::CouldNotTell
    })
}

/// Parses argv; `--color never` holds for what the parser itself prints as well.
fn parse() -> Cli {
    // Whatever is not a plain run of `check`, help and mistakes included, is for the whole parser to answer.
    let first = std::env::args_os().nth(1);
    if first.is_some_and(|first| first == "check")
        && let Ok(Check { color, command: CheckOnly::Check(arguments) }) = Check::try_parse()
    {
        return Cli { color, command: Command::Check(arguments) };
    }
    let plain =
        std::env::args_os().collect::<Vec<_>>().windows(2).any(|pair| pair[0] == "--color" && pair[1] == "never");
    let color = if plain { clap::ColorChoice::Never } else { clap::ColorChoice::Auto };
    let matches = Cli::command().color(color).get_matches();
    Cli::from_arg_matches(&matches).unwrap_or_else(|error| error.exit())
}

/// Whether somebody still reads standard output.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reader {
    There,
    Gone,
}

/// Where output goes, and what it may look like.
#[derive(Debug, Clone, Copy)]
struct Screen {
    color: Color,
}

impl Screen {
    fn new(color: Color) -> Self {
        Self { color }
    }

    /// Findings and results: standard output.
    ///
    /// A reader that has seen enough and closed the pipe is no failure: the verdict stays what it is.
    fn print(&self, text: &str) -> Result<Reader, Failure> {
        let stdout = io::stdout();
        let mut out = AutoStream::new(stdout.lock(), self.choice(&io::stdout()));
        match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
            Ok(()) => Ok(Reader::There),
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(Reader::Gone),
            Err(error) => Err(error.into()),
        }
    }

    /// What goes along with a result that is on standard output: standard error, as it is.
    fn tell(&self, text: &str) {
        let stderr = io::stderr();
        // When even that is closed there is nobody to tell.
        let _ = AutoStream::new(stderr.lock(), self.choice(&io::stderr())).write_all(text.as_bytes());
    }

    /// What is about the run itself: standard error, so that machine formats stay clean.
    fn complain(&self, text: &str) {
        let stderr = io::stderr();
        // When even that is closed there is nobody to tell.
        let _ = writeln!(AutoStream::new(stderr.lock(), self.choice(&io::stderr())), "certproof: {text}");
    }

    fn choice<S: anstream::stream::RawStream>(&self, stream: &S) -> ColorChoice {
        match self.color {
            Color::Auto => AutoStream::choice(stream),
            Color::Always => ColorChoice::AlwaysAnsi,
            Color::Never => ColorChoice::Never,
        }
    }

    /// Columns of the terminal; COLUMNS, then 100, where there is none.
    fn width(&self) -> usize {
        let told = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
        let seen = io::stdout().is_terminal().then(terminal_size::terminal_size).flatten();
        seen.map(|(terminal_size::Width(width), _)| usize::from(width)).or(told).unwrap_or(100).clamp(40, 200)
    }
}

fn real_now() -> OffsetDateTime {
    crate::pki::Clock::System.now()
}

/// `--at`: RFC 3339.
fn parse_time(text: &str) -> Result<OffsetDateTime, String> {
    let time = OffsetDateTime::parse(text, &Rfc3339)
        .map_err(|_| "a time is written like 2027-01-31T00:00:00Z (RFC 3339)".to_owned())?;
    // Certificates know the years up to 9999, and what is made at a time is valid for years from then.
    match time.year() {
        1900..=9800 => Ok(time.to_offset(time::UtcOffset::UTC)),
        year => Err(format!("the year {year} is not between 1900 and 9800")),
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people: diagnostics with file and line, or a table
    Full,
    /// One line a finding
    Concise,
    /// One JSON document
    Json,
    /// One JSON object a line
    JsonLines,
    /// SARIF 2.1.0, for code hosts
    Sarif,
    /// JUnit XML, for CI servers
    Junit,
    /// Annotations of GitHub Actions
    Github,
    /// A table for a comment or a ticket
    Markdown,
}

impl Format {
    /// The report in this format; `full` is the command's own way of telling people.
    fn print(self, report: &Report, full: impl FnOnce(&Report) -> String) -> String {
        match self {
            Self::Full => full(report),
            Self::Concise => concise::print(report),
            Self::Json => json::print(report),
            Self::JsonLines => json_lines::print(report),
            Self::Sarif => sarif::print(report),
            Self::Junit => junit::print(report),
            Self::Github => github::print(report),
            Self::Markdown => markdown::print(report),
        }
    }
}
