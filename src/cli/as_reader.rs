//! `certproof check --as PROGRAM`: what another program makes of the same file.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use serde::Serialize;
use time::OffsetDateTime;

use super::{Exit, Failure, Format, Screen, input};
use crate::pki::Bundle;
use crate::pki::clock::rfc3339;
use crate::readers::{Answer, Client, Program, Reading, Remark, Seen, Way, What};
use crate::report::{json, wrap};

/// What `--as` takes.
pub const PROGRAMS: [&str; 6] = ["tcld", "cloud-cli", "terraform", "go", "openssl", "webpki"];

pub fn run(
    program: &str,
    paths: &[PathBuf],
    client: Option<&Path>,
    at: OffsetDateTime,
    format: Format,
    screen: &Screen,
) -> Result<Exit, Failure> {
    let could_not_tell = |why: String| Failure::CouldNotTell(why);
    let program = Program::named(program).ok_or_else(|| could_not_tell(format!("no reader is called `{program}`")))?;
    let [path] = paths else {
        return Err(could_not_tell("--as takes one file, or `-` for standard input".to_owned()));
    };
    if client.is_some() && matches!(program, Program::Tcld | Program::CloudCli | Program::Terraform) {
        let name = program.name();
        return Err(could_not_tell(format!(
            "{name} judges no client; leave --client out, or name go, openssl or webpki"
        )));
    }
    let file = input::file(path).map_err(Failure::CouldNotTell)?;
    let client = client.map(client_file).transpose()?;
    let reading = program.read(&file.bytes.0, client.as_ref(), at);
    let text = match format {
        Format::Full => show(&reading, &file.path, screen.width().min(80)),
        Format::Json => json(&reading, &file.path, at),
        _ => return Err(could_not_tell("--as has the formats full and json".to_owned())),
    };
    screen.print(&text)?;
    Ok(match reading.answer {
        Answer::Accepted => Exit::Clean,
        Answer::Refused => Exit::Findings,
        Answer::CannotTell => Exit::CouldNotTell,
    })
}

fn client_file(path: &Path) -> Result<Client, Failure> {
    let file = input::file(path).map_err(Failure::CouldNotTell)?;
    let shown = input::shown(path);
    Client::of(&Bundle::read(file.path, &file.bytes.0)).ok_or_else(|| {
        let why = "has no certificate, or one that cannot be read; `certproof check --client` says where";
        Failure::CouldNotTell(format!("`{shown}` {why}"))
    })
}

fn show(reading: &Reading, path: &str, width: usize) -> String {
    let mut out = String::new();
    let program = reading.program.name();
    let _ = match reading.answer {
        Answer::CannotTell => writeln!(out, "what {program} makes of `{path}` cannot be told"),
        Answer::Accepted | Answer::Refused => writeln!(out, "`{path}` is {} by {program}", reading.answer.name()),
    };
    for way in &reading.ways {
        out.push('\n');
        show_way(&mut out, way, width);
    }
    out
}

fn show_way(out: &mut String, way: &Way, width: usize) {
    let answer = way.answer.map_or("sent without being read", Answer::name);
    paragraph(out, "", &format!("{}: {answer}", way.how), width);
    for (position, seen) in way.seen.iter().enumerate() {
        paragraph(out, "  ", &format!("sees {}: {}", position + 1, describe(seen)), width);
    }
    for remark in &way.remarks {
        let place = remark.lines.map(|lines| format!(" ({})", span(lines))).unwrap_or_default();
        paragraph(out, "  ", &format!("{}{place}: {}", remark.effect.name(), remark.text), width);
    }
    if let Some(says) = &way.says {
        paragraph(out, "  ", &format!("says: {}", says.text()), width);
    }
    let evidence = way.evidence;
    let (basis, gist, link, read) = (evidence.basis.name(), evidence.gist, evidence.link, evidence.read);
    paragraph(out, "  ", &format!("{basis}: {gist} ({link}, read {read})"), width);
}

/// Wrapped, what follows the first line set in by two more columns.
fn paragraph(out: &mut String, indent: &str, text: &str, width: usize) {
    let wrapped = wrap(text, width - indent.len() - 2);
    for (position, line) in wrapped.lines().enumerate() {
        let more = if position == 0 { "" } else { "  " };
        let _ = writeln!(out, "{indent}{more}{line}");
    }
}

fn describe(seen: &Seen) -> String {
    let place = span(seen.lines);
    let place = seen.index.map_or_else(|| place.clone(), |index| format!("block {index}, {place}"));
    match &seen.what {
        What::Certificate(certificate) => format!("certificate `{}` ({place})", certificate.subject),
        What::Unreadable(why) => format!("something that it cannot parse ({place}): {why}"),
        What::Other(what) => format!("{what} ({place})"),
    }
}

fn span((first, last): (u32, u32)) -> String {
    if first == last { format!("line {first}") } else { format!("lines {first} to {last}") }
}

/// Version of the JSON shape below.
const SCHEMA_VERSION: u32 = 1;

fn json(reading: &Reading, path: &str, at: OffsetDateTime) -> String {
    let document = Document {
        schema_version: SCHEMA_VERSION,
        certproof: env!("CARGO_PKG_VERSION"),
        command: "check --as",
        checked_at: rfc3339(at),
        program: reading.program.name(),
        path,
        answer: reading.answer.name(),
        ways: reading.ways.iter().map(JsonWay::of).collect(),
    };
    json::pretty(&document)
}

#[derive(Serialize)]
struct Document<'a> {
    schema_version: u32,
    certproof: &'static str,
    command: &'static str,
    checked_at: String,
    program: &'static str,
    path: &'a str,
    answer: &'static str,
    ways: Vec<JsonWay<'a>>,
}

#[derive(Serialize)]
struct JsonWay<'a> {
    how: &'static str,
    answer: Option<&'static str>,
    seen: Vec<JsonSeen<'a>>,
    remarks: Vec<JsonRemark<'a>>,
    says: Option<String>,
    says_is_whole: Option<bool>,
    evidence: JsonEvidence,
}

#[derive(Serialize)]
struct JsonSeen<'a> {
    index: Option<usize>,
    first_line: u32,
    last_line: u32,
    kind: &'static str,
    subject: Option<String>,
    sha256: Option<String>,
    reason: Option<&'a str>,
}

#[derive(Serialize)]
struct JsonRemark<'a> {
    effect: &'static str,
    first_line: Option<u32>,
    last_line: Option<u32>,
    text: &'a str,
}

#[derive(Serialize)]
struct JsonEvidence {
    basis: &'static str,
    gist: &'static str,
    link: &'static str,
    read: &'static str,
}

impl<'a> JsonWay<'a> {
    fn of(way: &'a Way) -> Self {
        let evidence = way.evidence;
        Self {
            how: way.how,
            answer: way.answer.map(Answer::name),
            seen: way.seen.iter().map(JsonSeen::of).collect(),
            remarks: way.remarks.iter().map(JsonRemark::of).collect(),
            says: way.says.as_ref().map(|says| says.text()),
            says_is_whole: way.says.as_ref().map(|says| says.is_whole()),
            evidence: JsonEvidence {
                basis: evidence.basis.name(),
                gist: evidence.gist,
                link: evidence.link,
                read: evidence.read,
            },
        }
    }
}

impl<'a> JsonSeen<'a> {
    fn of(seen: &'a Seen) -> Self {
        let (index, (first_line, last_line)) = (seen.index, seen.lines);
        let (kind, certificate, reason) = match &seen.what {
            What::Certificate(certificate) => ("certificate", Some(certificate), None),
            What::Unreadable(why) => ("unreadable", None, Some(why.as_str())),
            What::Other(what) => ("other", None, Some(*what)),
        };
        let subject = certificate.map(|certificate| certificate.subject.to_string());
        let sha256 = certificate.map(|certificate| certificate.sha256());
        Self { index, first_line, last_line, kind, subject, sha256, reason }
    }
}

impl<'a> JsonRemark<'a> {
    fn of(remark: &'a Remark) -> Self {
        let (first_line, last_line) = (remark.lines.map(|lines| lines.0), remark.lines.map(|lines| lines.1));
        Self { effect: remark.effect.name(), first_line, last_line, text: &remark.text }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_program_can_be_named() {
        assert_eq!(Program::ALL.map(Program::name), PROGRAMS);
    }

    #[test]
    fn lines_fit_and_neither_text_nor_key_is_shown() {
        let text = "secret words before\n-----BEGIN PRIVATE KEY-----\nc2VjcmV0a2V5\n-----END PRIVATE KEY-----\nafter\n";
        for program in Program::ALL {
            let reading = program.read(text.as_bytes(), None, time::macros::datetime!(2027-01-01 00:00 UTC));
            let shown = show(&reading, "ca.pem", 80);
            assert!(shown.lines().all(|line| line.chars().count() <= 80 || !line.trim().contains(' ')), "{shown}");
            for output in [shown, json(&reading, "ca.pem", OffsetDateTime::UNIX_EPOCH)] {
                assert!(!output.contains("secret") && !output.contains("c2Vj"), "{output}");
                assert!(output.contains(program.name()));
            }
        }
    }
}
