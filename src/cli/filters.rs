//! `certproof filters`: lists filters, says which of them let a client in and why, or spells them for another tool.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::{Args, ValueEnum};
use serde::Serialize;

use super::{Exit, Failure, Screen, input};
use crate::cloud::Filters;
use crate::cloud::document::{self, Opened};
use crate::cloud::filter::decision::{Cell, Row};
use crate::cloud::filter::{Decision, Field, FilterEntry, FiltersFile, Target, write};
use crate::cloud::kit::{File, Files, GivenFilters, Kit};
use crate::cloud::requirement::{FILTER_MATCH, FILTER_VALUES, Requirement};
use crate::pki::Certificate;
use crate::pki::name::printable;
use crate::report::{json, plural, wrap};

#[derive(Debug, Args)]
#[command(
    after_help = "Filters are read as tcld, the Temporal CLI, the Cloud Ops API and Terraform write them. With --client the exit
code is 0 when the client is admitted, 1 when it is refused, and 2 when that cannot be told, which includes a
file of which a part cannot be used. The chain of the client is not judged here: `certproof check` does that."
)]
pub struct Arguments {
    /// Filters files; `-` is standard input
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// Decide on this client certificate, the first of its file
    #[arg(long, value_name = "FILE")]
    client: Option<PathBuf>,
    /// Write the filters of all files in this tool's spelling
    #[arg(long, value_name = "TOOL", conflicts_with_all = ["client", "format"])]
    to: Option<Tool>,
    #[arg(long, default_value = "full")]
    format: Form,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Tool {
    /// JSON for `tcld namespace certificate-filters import`
    Tcld,
    /// Arguments for `temporal cloud namespace`, quoted for a shell
    CloudCli,
    /// The attribute certificate_filters
    Terraform,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Form {
    /// Tables for people
    Full,
    /// One JSON document
    Json,
}

pub fn run(arguments: &Arguments, screen: &Screen) -> Result<Exit, Failure> {
    let mut troubles = Vec::new();
    let mut given = Vec::new();
    for path in &arguments.files {
        match filters_of(path) {
            Ok(files) => given.extend(files.iter().map(GivenFilters::read)),
            Err(trouble) => troubles.push(trouble),
        }
    }
    if let Some(tool) = arguments.to {
        return convert(&given, &troubles, tool, screen);
    }
    let client = arguments.client.as_ref().map(|path| input::file(path).and_then(client)).transpose();
    let client = client.unwrap_or_else(|trouble| {
        troubles.push(trouble);
        None
    });
    let rulings: Vec<_> = given.iter().map(|given| Ruling::new(given, client.as_ref())).collect();
    let text = match arguments.format {
        Form::Full => full(&rulings, client.as_ref(), screen.width().min(WIDEST)),
        Form::Json => json(&rulings, client.as_ref(), &troubles),
    };
    for trouble in &troubles {
        screen.complain(trouble);
    }
    screen.print(&text)?;
    let worst = rulings.iter().map(Ruling::exit).max().unwrap_or(Exit::Clean);
    Ok(if troubles.is_empty() { worst } else { Exit::CouldNotTell })
}

/// The filters that a document carries beside its bundles, such as Terraform's state, or the file as it is.
fn filters_of(path: &Path) -> Result<Vec<File>, String> {
    let file = input::file(path)?;
    let Ok(Opened::Kits(kits)) = document::open(file.clone()) else { return Ok(vec![file]) };
    let carried: Vec<_> = kits.into_iter().filter_map(|kit| kit.filters).collect();
    Ok(if carried.is_empty() { vec![file] } else { carried })
}

const WIDEST: usize = 80;

/// Joins the filters of all files. Nothing is written when a part of them cannot be used.
fn convert(given: &[GivenFilters], troubles: &[String], tool: Tool, screen: &Screen) -> Result<Exit, Failure> {
    let mut problems = troubles.to_vec();
    let mut filters = Filters::default();
    for given in given {
        problems.extend(unusable(given).into_iter().map(|(line, what)| format!("{}:{line}: {what}", given.path)));
        filters.0.extend(given.file.iter().flat_map(|file| file.filters().0));
    }
    if !problems.is_empty() {
        problems.iter().for_each(|problem| screen.complain(problem));
        return Err(Failure::CouldNotTell("nothing was written, since a part would have been left out".to_owned()));
    }
    let twice = (1..filters.0.len()).find(|later| filters.0[..*later].contains(&filters.0[*later]));
    if let Some(later) = twice {
        screen.complain(&format!("filter {} is there twice, which tcld refuses", later + 1));
    }
    let target = match tool {
        Tool::Tcld => Target::Tcld,
        Tool::CloudCli => Target::CloudCli,
        Tool::Terraform => Target::Terraform,
    };
    screen.print(&write(&filters, target))?;
    Ok(Exit::Clean)
}

struct Client {
    path: Arc<str>,
    certificate: Arc<Certificate>,
}

/// The certificate that the client would present.
fn client(file: File) -> Result<Client, String> {
    let path = file.path.clone();
    let kit = Kit::read(&Files { client: Some(file), ..Files::default() });
    match kit.leaf() {
        Some(certificate) => Ok(Client { path, certificate: certificate.clone() }),
        None => {
            Err(format!("`{path}` does not begin with a certificate that can be read; `certproof inspect` shows it"))
        }
    }
}

/// What is wrong with a file, each with its line.
fn unusable(given: &GivenFilters) -> Vec<(u32, String)> {
    match &given.file {
        Err(error) => vec![(error.line, error.to_string())],
        Ok(file) => {
            let unknown = file.unknown.iter().map(|name| (name.line, file.spelling.unknown_name().to_owned()));
            let wrong = (1..).zip(&file.entries).filter_map(|(number, entry): (usize, &FilterEntry)| {
                Some((entry.first_line, format!("filter {number}: {}", entry.filter.as_ref().err()?)))
            });
            unknown.chain(wrong).collect()
        }
    }
}

/// One file of filters against the client, where there is one.
struct Ruling<'a> {
    given: &'a GivenFilters,
    problems: Vec<(u32, String)>,
    decision: Option<Decision>,
}

impl<'a> Ruling<'a> {
    fn new(given: &'a GivenFilters, client: Option<&Client>) -> Self {
        let file = given.file.as_ref().ok();
        let decision = file.zip(client).map(|(file, client)| file.decide(&client.certificate));
        Self { given, problems: unusable(given), decision }
    }

    fn exit(&self) -> Exit {
        match &self.decision {
            _ if !self.problems.is_empty() => Exit::CouldNotTell,
            Some(decision) if !decision.admits() => Exit::Findings,
            _ => Exit::Clean,
        }
    }

    /// "admit", "refuse" or "could-not-tell"; none where nobody asks.
    fn outcome(&self) -> Option<&'static str> {
        self.decision.as_ref()?;
        Some(match self.exit() {
            Exit::Clean => "admit",
            Exit::Findings => "refuse",
            Exit::CouldNotTell | Exit::Internal => "could-not-tell",
        })
    }

    fn reason(&self) -> Option<String> {
        let decision = self.decision.as_ref()?;
        let reason = decision.reason();
        Some(match (self.problems.is_empty(), decision.rows.is_empty()) {
            (true, _) => reason,
            (false, true) => "could not tell: nothing in the file can be used".to_owned(),
            (false, false) => format!("could not tell, since a part of the file cannot be used; by the rest: {reason}"),
        })
    }
}

fn full(rulings: &[Ruling<'_>], client: Option<&Client>, width: usize) -> String {
    let mut out = String::new();
    if let Some(client) = client {
        let _ = writeln!(out, "{}: `{}`\n", client.path, client.certificate.subject);
    }
    for ruling in rulings {
        for (line, what) in &ruling.problems {
            let _ = writeln!(out, "{}:{line}: {what}", ruling.given.path);
        }
        if let Ok(file) = &ruling.given.file {
            let count = plural(file.entries.len(), "filter");
            let _ = writeln!(out, "{}: {count}, {}", ruling.given.path, file.spelling.name());
            match &ruling.decision {
                Some(decision) if !decision.rows.is_empty() => table(&mut out, decision),
                Some(_) => {}
                None => listing(&mut out, file),
            }
        }
        if let Some(reason) = ruling.reason() {
            let _ = writeln!(out, "\n{reason}");
        }
        out.push('\n');
    }
    if client.is_some() {
        for Requirement { sentence, evidence, .. } in [&FILTER_MATCH, &FILTER_VALUES] {
            let _ = writeln!(out, "{}: {sentence}", evidence.basis.name());
            let _ = writeln!(out, "  {}\n  {} (read {})", evidence.gist, evidence.link, evidence.read);
        }
    }
    wrapped(&out, width)
}

/// Wraps everything but the rows of the table, which are narrow, and whose colours have no width.
fn wrapped(text: &str, width: usize) -> String {
    let wrap_line = |line: &str| if line.contains('\u{1b}') { line.to_owned() } else { wrap(line, width) };
    text.split_inclusive('\n').map(wrap_line).collect()
}

fn listing(out: &mut String, file: &FiltersFile) {
    if file.entries.is_empty() {
        out.push_str("without filters, everybody below the CA bundle is admitted\n");
    }
    for (number, entry) in (1..).zip(&file.entries) {
        let lines = match entry.last_line - entry.first_line {
            0 => format!("line {}", entry.first_line),
            _ => format!("lines {}-{}", entry.first_line, entry.last_line),
        };
        let _ = writeln!(out, "filter {number}, {lines}");
        match &entry.filter {
            Ok(filter) => {
                for (field, pattern) in filter.fields() {
                    let _ = writeln!(out, "  {:<3} `{}`", field.short(), printable(pattern.text()));
                }
            }
            Err(error) => {
                let _ = writeln!(out, "  cannot be used: {error}");
            }
        }
    }
}

fn table(out: &mut String, decision: &Decision) {
    let longest = decision.rows.last().map_or(1, |row| row.number.to_string().len()).max("filter".len());
    let [cn, o, ou, san] = Field::ALL.map(Field::short);
    let _ = writeln!(out, "\n{:<longest$}  {cn:<4} {o:<4} {ou:<4} {san:<4} all", "filter");
    for row in &decision.rows {
        let _ = write!(out, "{:<longest$}  ", row.number);
        for (_, cell) in row.cells() {
            let _ = write!(out, "{} ", painted(word(cell)));
        }
        let _ = writeln!(out, "{}", painted(yes(row.matches())).trim_end());
        for (field, cell) in row.cells() {
            if let Some(story) = story(cell) {
                let _ = writeln!(out, "{:longest$}  {:<4} {story}", "", field.short());
            }
        }
    }
    let _ = writeln!(
        out,
        "{:<longest$}  {:<4} {:<4} {:<4} {:<4} {}",
        "any",
        "",
        "",
        "",
        "",
        painted(yes(decision.admits())).trim_end()
    );
}

fn yes(is_so: bool) -> &'static str {
    if is_so { "yes" } else { "no" }
}

fn word(cell: &Cell) -> &'static str {
    match cell {
        Cell::Unset => "-",
        Cell::Matched { .. } => "yes",
        Cell::Missed { .. } => "no",
    }
}

/// Four columns wide, whatever the colour; what cannot show colours strips them.
fn painted(word: &str) -> String {
    match word {
        "yes" => "\u{1b}[32myes\u{1b}[0m ".to_owned(),
        "no" => "\u{1b}[31mno\u{1b}[0m  ".to_owned(),
        word => format!("{word:<4}"),
    }
}

/// The values behind a cell: what matched, or what was there instead.
fn story(cell: &Cell) -> Option<String> {
    const MOST: usize = 5;
    match cell {
        Cell::Unset => None,
        Cell::Matched { pattern, value } => {
            Some(format!("`{}` matches `{}`", printable(pattern.text()), printable(value)))
        }
        Cell::Missed { pattern, values } if values.is_empty() => {
            Some(format!("`{}`, and the certificate has none", printable(pattern.text())))
        }
        Cell::Missed { pattern, values } => {
            let shown: Vec<_> = values.iter().take(MOST).map(|value| format!("`{}`", printable(value))).collect();
            let more = match values.len().saturating_sub(MOST) {
                0 => String::new(),
                more => format!(" and {more} more"),
            };
            Some(format!("`{}`, and the certificate has {}{more}", printable(pattern.text()), shown.join(", ")))
        }
    }
}

/// Version of the shape below.
const SCHEMA_VERSION: u32 = 1;

fn json(rulings: &[Ruling<'_>], client: Option<&Client>, troubles: &[String]) -> String {
    let basis = |requirement: &'static Requirement| JsonBasis {
        basis: requirement.evidence.basis.name(),
        sentence: requirement.sentence,
        gist: requirement.evidence.gist,
        link: requirement.evidence.link,
        read: requirement.evidence.read,
    };
    let document = Document {
        schema_version: SCHEMA_VERSION,
        certproof: env!("CARGO_PKG_VERSION"),
        command: "filters",
        client: client.map(|client| JsonClient {
            path: &client.path,
            subject: client.certificate.subject.to_string(),
            sha256: client.certificate.sha256(),
        }),
        files: rulings.iter().map(JsonFile::new).collect(),
        rests_on: [basis(&FILTER_MATCH), basis(&FILTER_VALUES)],
        troubles,
    };
    json::pretty(&document)
}

#[derive(Serialize)]
struct Document<'a> {
    schema_version: u32,
    certproof: &'static str,
    command: &'static str,
    client: Option<JsonClient<'a>>,
    files: Vec<JsonFile<'a>>,
    rests_on: [JsonBasis; 2],
    troubles: &'a [String],
}

#[derive(Serialize)]
struct JsonBasis {
    basis: &'static str,
    sentence: &'static str,
    gist: &'static str,
    link: &'static str,
    read: &'static str,
}

#[derive(Serialize)]
struct JsonClient<'a> {
    path: &'a str,
    subject: String,
    sha256: String,
}

#[derive(Serialize)]
struct JsonFile<'a> {
    path: &'a str,
    /// Null where the file cannot be read.
    spelling: Option<&'static str>,
    filters: Vec<JsonFilter<'a>>,
    problems: Vec<JsonProblem<'a>>,
    /// "admit", "refuse", "could-not-tell"; null without a client.
    decision: Option<&'static str>,
    reason: Option<String>,
    /// The first filter that matches, counted from 1.
    admitted_by: Option<usize>,
    /// Where none matches, the filter that the fewest fields keep the client out of.
    nearest: Option<usize>,
    rows: Option<Vec<JsonRow<'a>>>,
}

#[derive(Serialize)]
struct JsonFilter<'a> {
    filter: usize,
    first_line: u32,
    last_line: u32,
    usable: bool,
    fields: Vec<JsonField<'a>>,
}

#[derive(Serialize)]
struct JsonField<'a> {
    field: &'static str,
    value: &'a str,
}

#[derive(Serialize)]
struct JsonProblem<'a> {
    line: u32,
    message: &'a str,
}

#[derive(Serialize)]
struct JsonRow<'a> {
    filter: usize,
    matches: bool,
    cells: Vec<JsonCell<'a>>,
}

#[derive(Serialize)]
struct JsonCell<'a> {
    field: &'static str,
    /// Null where the filter does not ask for the field.
    matches: Option<bool>,
    pattern: Option<&'a str>,
    /// The value that matched, or every value that the certificate has.
    values: Vec<&'a str>,
}

impl<'a> JsonFile<'a> {
    fn new(ruling: &'a Ruling<'a>) -> Self {
        let file = ruling.given.file.as_ref().ok();
        let entries = (1..).zip(file.into_iter().flat_map(|file| &file.entries));
        let decision = ruling.decision.as_ref();
        let admitted_by = decision.and_then(Decision::admitting).map(|row| row.number);
        Self {
            path: &ruling.given.path,
            spelling: file.map(|file| file.spelling.id()),
            filters: entries.map(|(number, entry)| JsonFilter::new(number, entry)).collect(),
            problems: ruling.problems.iter().map(|(line, message)| JsonProblem { line: *line, message }).collect(),
            decision: ruling.outcome(),
            reason: ruling.reason(),
            admitted_by,
            nearest: decision.filter(|_| admitted_by.is_none()).and_then(Decision::nearest).map(|row| row.number),
            rows: decision.map(|decision| decision.rows.iter().map(JsonRow::new).collect()),
        }
    }
}

impl<'a> JsonFilter<'a> {
    fn new(number: usize, entry: &'a FilterEntry) -> Self {
        let fields = entry.fields.iter().map(|(field, value)| JsonField { field: field.name(), value });
        Self {
            filter: number,
            first_line: entry.first_line,
            last_line: entry.last_line,
            usable: entry.filter.is_ok(),
            fields: fields.collect(),
        }
    }
}

impl<'a> JsonRow<'a> {
    fn new(row: &'a Row) -> Self {
        let cells = row.cells().map(|(field, cell)| {
            let (matches, pattern, values) = match cell {
                Cell::Unset => (None, None, Vec::new()),
                Cell::Matched { pattern, value } => (Some(true), Some(pattern.text()), vec![value.as_str()]),
                Cell::Missed { pattern, values } => {
                    (Some(false), Some(pattern.text()), values.iter().map(String::as_str).collect())
                }
            };
            JsonCell { field: field.name(), matches, pattern, values }
        });
        Self { filter: row.number, matches: row.matches(), cells: cells.collect() }
    }
}
