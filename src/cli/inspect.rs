//! `certproof inspect`: every block of a file in order, and what each certificate says. It judges nothing.

use std::fmt::Write as _;
use std::path::PathBuf;

use clap::Args;

use super::input::Source;
use super::{Exit, Failure, Screen};
use crate::pki::certificate::{Extension, Subtree};
use crate::pki::clock::rfc3339;
use crate::pki::name::{hex, printable};
use crate::pki::pem::{Container, Segment};
use crate::pki::{Bundle, Certificate, Content, Entry, chain};

#[derive(Debug, Args)]
pub struct Arguments {
    /// Files to show, or documents that carry them; `-` is standard input
    #[arg(required = true)]
    files: Vec<PathBuf>,
}

pub fn run(arguments: &Arguments, screen: &Screen) -> Result<Exit, Failure> {
    let mut exit = Exit::Clean;
    for path in &arguments.files {
        match Source::File(path.clone()).kits() {
            Ok(kits) => {
                let parts = kits.iter().flat_map(|kit| [&kit.bundle, &kit.client, &kit.key, &kit.server_root]);
                for file in parts.flatten() {
                    let file = Bundle::read_carried(file.path.clone(), &file.bytes.0, file.carried.as_ref());
                    screen.print(&show(&file))?;
                }
            }
            Err(trouble) => {
                screen.complain(&trouble);
                exit = Exit::CouldNotTell;
            }
        }
    }
    Ok(exit)
}

/// What is printed of one file.
pub fn show(file: &Bundle) -> String {
    let member = file.carried.as_ref().and_then(|carried| carried.member.as_ref());
    let mut out = match member {
        Some(member) => format!("{} in {member}: {} bytes of PEM\n", file.path, file.size),
        None => format!("{}: {} bytes, {} lines\n", file.path, file.size, file.scan.line_count),
    };
    if file.scan.container != Container::Pem {
        let _ = writeln!(out, "  not PEM but {}; `certproof check` says what to do", file.scan.container.name());
    }
    let mut entries = file.entries.iter();
    for segment in &file.scan.segments {
        match segment {
            Segment::Block(_) => {
                if let Some(entry) = entries.next() {
                    show_entry(&mut out, file, entry);
                }
            }
            Segment::Text(text) => {
                let (first, last) = file.locate(text.first_line, text.last_line);
                let _ = writeln!(out, "\n{}: {} bytes of text, not shown", range(first, last), text.bytes);
            }
            Segment::Blank { .. } => {}
        }
    }
    out
}

fn show_entry(out: &mut String, file: &Bundle, entry: &Entry) {
    let block = &entry.block;
    let (first, last) = file.locate(block.first_line, block.last_line);
    let _ = writeln!(out, "\n{}: block {}, {}", range(first, last), entry.index, block.label);
    for fault in &block.faults {
        let _ = writeln!(out, "  fault        {fault}");
    }
    match &entry.content {
        Content::Certificate(certificate) => show_certificate(out, certificate),
        Content::Unreadable(error) => {
            let _ = writeln!(out, "  {error}");
        }
        Content::Damaged => out.push_str("  cannot be decoded\n"),
        Content::PrivateKey { encrypted: true } => out.push_str("  an encrypted private key, not shown\n"),
        Content::PrivateKey { encrypted: false } => out.push_str("  a private key, not shown\n"),
        Content::Foreign => out.push_str("  no certificate, not shown\n"),
    }
}

fn show_certificate(out: &mut String, certificate: &Certificate) {
    let mut line = |name: &str, text: String| {
        let _ = writeln!(out, "  {name:<12} {text}");
    };
    line("role", role(certificate).to_owned());
    line("subject", certificate.subject.to_string());
    line("issuer", certificate.issuer.to_string());
    line("valid", format!("{} to {}", rfc3339(certificate.not_before), rfc3339(certificate.not_after)));
    line("key", certificate.key.to_string());
    line("signed with", certificate.signature.algorithm.to_string());
    line("version", format!("v{}", certificate.version));
    line("serial", hex(&certificate.serial));
    line(
        "constraints",
        extension(&certificate.basic_constraints, |found| match (found.ca, found.path_len) {
            (true, Some(length)) => format!("CA:true, path length {length}"),
            (ca, _) => format!("CA:{ca}"),
        }),
    );
    line("key usage", extension(&certificate.key_usage, |found| found.names().join(", ")));
    line("purposes", extension(&certificate.extended_key_usage, |found| found.names.join(", ")));
    let names: Vec<_> = certificate.alternative_names.iter().filter_map(|name| name.text()).collect();
    if !names.is_empty() {
        line("names", names.iter().map(|name| printable(name)).collect::<Vec<_>>().join(", "));
    }
    if let Some(limits) = certificate.name_constraints.present() {
        for (name, subtrees) in [("names below", &limits.permitted), ("never below", &limits.excluded)] {
            if !subtrees.is_empty() {
                line(name, subtrees.iter().map(subtree).collect::<Vec<_>>().join(", "));
            }
        }
    }
    let policies = &certificate.policies;
    if !policies.oids.is_empty() {
        line("policies", policies.oids.join(", "));
    }
    if policies.require_explicit.is_some() {
        line("demands", "a policy that the whole chain has".to_owned());
    }
    let id = |id: &Option<Vec<u8>>| id.as_deref().map_or_else(|| "none".to_owned(), hex);
    line("own key id", id(&certificate.subject_key_id));
    line("issuer's id", id(&certificate.authority_key_id));
    for oid in &certificate.unknown_critical {
        line("critical", format!("{oid}, which nobody here knows"));
    }
    for defect in &certificate.defects {
        line("defect", format!("{defect}; Go does not parse it"));
    }
    line("SHA-256", certificate.sha256());
    line("SHA-1", format!("{}, as tcld prints it", certificate.sha1()));
}

/// A name that a CA allows, or excludes, below it.
fn subtree(subtree: &Subtree) -> String {
    let dotted = |bytes: &[u8]| bytes.iter().map(u8::to_string).collect::<Vec<_>>().join(".");
    match subtree {
        Subtree::Dns(name) => format!("DNS {}", printable(name)),
        Subtree::Email(name) => format!("mail {}", printable(name)),
        Subtree::Uri(name) => format!("URI {}", printable(name)),
        Subtree::Ip { address, mask } => format!("IP {} mask {}", dotted(address), dotted(mask)),
        Subtree::Other => "a kind of name that is not compared here".to_owned(),
    }
}

fn role(certificate: &Certificate) -> &'static str {
    match (chain::is_root(certificate), certificate.is_ca()) {
        (true, true) => "root CA",
        (false, true) => "intermediate CA",
        (true, false) => "self-signed, no CA",
        (false, false) => "leaf",
    }
}

fn extension<T>(found: &Extension<T>, show: impl FnOnce(&T) -> String) -> String {
    match found {
        Extension::Absent => "none".to_owned(),
        Extension::Unreadable => "cannot be read".to_owned(),
        Extension::Present(value) => show(value),
    }
}

fn range(first: u32, last: u32) -> String {
    if first == last { format!("line {first}") } else { format!("lines {first}-{last}") }
}
