//! `certproof fix`: writes a bundle in normal form, and says what it changed. The input is never touched.

use std::collections::BTreeSet;
use std::path::PathBuf;

use clap::Args;
use time::OffsetDateTime;

use super::{Exit, Failure, Screen, input, parse_time, real_now};
use crate::forge::write::{Output, write_all};
use crate::pki::normal::{self, Normal};
use crate::pki::{Bundle, Certificate};
use crate::report::plural;

#[derive(Debug, Args)]
#[command(
    after_help = "The new bundle goes to standard output, or to --output. What was changed, and the lines to upload it with,
go to standard error. Keys, text, a byte order mark, carriage returns and duplicates are dropped; each
certificate comes before its issuer. None of this changes which clients are accepted. --drop-expired does not
either, at the time at which it is run. A block that should be a certificate and cannot be read stops the
command, unless --drop-unreadable gives it up."
)]
pub struct Arguments {
    /// The bundle; `-` is standard input
    bundle: PathBuf,
    /// Where the new bundle goes
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Also drop certificates that have expired
    #[arg(long)]
    drop_expired: bool,
    /// Give up blocks that should be certificates and cannot be read
    #[arg(long)]
    drop_unreadable: bool,
    /// Judge expiry at this time instead of now
    #[arg(long, value_name = "RFC 3339", value_parser = parse_time)]
    at: Option<OffsetDateTime>,
    /// Replace --output when it is there already
    #[arg(long)]
    force: bool,
}

pub fn run(arguments: &Arguments, screen: &Screen) -> Result<Exit, Failure> {
    let file = input::file(&arguments.bundle).map_err(Failure::CouldNotTell)?;
    let bundle = Bundle::read(file.path.clone(), &file.bytes.0);
    let at = arguments.at.unwrap_or_else(real_now);
    let normal = normal::normalise(&bundle, arguments.drop_expired.then_some(at));
    if let Some(lost) = normal.lost.first().filter(|_| !arguments.drop_unreadable) {
        screen.complain(&format!(
            "{}:{}: this block should be a certificate and cannot be read; copy it again from its source, or give it up \
             with --drop-unreadable. Nothing was written",
            bundle.path, lost.first_line
        ));
        return Ok(Exit::Findings);
    }
    if normal.certificates.is_empty() {
        screen.complain(&format!("{}: no certificate is left; nothing was written", bundle.path));
        return Ok(Exit::Findings);
    }
    let same = |path: &PathBuf| {
        path.canonicalize().ok().zip(arguments.bundle.canonicalize().ok()).is_some_and(|(a, b)| a == b)
    };
    if arguments.output.as_ref().is_some_and(same) {
        return Err(Failure::CouldNotTell(
            "--output is the bundle itself, which is never touched; name another file".to_owned(),
        ));
    }
    prove(&bundle, &normal, arguments, at)?;
    match &arguments.output {
        None => drop(screen.print(&normal.pem)?),
        Some(path) => write_all(&[Output::public(path, normal.pem.as_bytes())], arguments.force)?,
    }
    screen.tell(&summary(&bundle, &normal, arguments));
    Ok(Exit::Clean)
}

/// Reads the result back, and compares whom it trusts with whom the original trusted.
fn prove(bundle: &Bundle, normal: &Normal, arguments: &Arguments, at: OffsetDateTime) -> Result<(), Failure> {
    let trusted = |bundle: &Bundle| -> BTreeSet<Vec<u8>> {
        let live = |certificate: &&Certificate| !arguments.drop_expired || at <= certificate.not_after;
        let all = bundle.certificates().map(|(_, certificate)| certificate.as_ref());
        all.filter(live).map(|certificate| certificate.der().to_vec()).collect()
    };
    if trusted(bundle) == trusted(&Bundle::read("normal form", normal.pem.as_bytes())) {
        return Ok(());
    }
    Err(Failure::CouldNotTell("the new bundle would trust others than the old one; nothing was written".to_owned()))
}

fn summary(bundle: &Bundle, normal: &Normal, arguments: &Arguments) -> String {
    let mut out = String::new();
    for change in &normal.changes {
        out.push_str(&format!("{}:{}-{}: {}\n", bundle.path, change.first_line, change.last_line, change.what));
    }
    for lost in &normal.lost {
        out.push_str(&format!("{}:{}-{}: unreadable block given up\n", bundle.path, lost.first_line, lost.last_line));
    }
    if normal.changes.is_empty() && normal.lost.is_empty() {
        out.push_str("only line breaks and white space may differ\n");
    }
    let count = plural(normal.certificates.len(), "certificate");
    let (before, after) = (bundle.size, normal.pem.len());
    let armour = !bundle.is_pem() || bundle.scan.byte_order_mark || bundle.scan.line_ends.lone_cr > 0;
    let mended = armour || bundle.certificates().any(|(entry, _)| !entry.block.faults.is_empty());
    let accepted = match mended {
        true => "blocks that Go's reader may have skipped before are now read",
        false => "the same clients are accepted as before",
    };
    out.push_str(&format!("{count}, {after} bytes (before: {before}); {accepted}\n"));
    if let Some(path) = &arguments.output {
        let path = path.display();
        out.push_str(&format!(
            "upload with one of:\n  tcld namespace accepted-client-ca set --namespace NAMESPACE --ca-certificate-file {path}\n  \
             accepted_client_ca = base64encode(file(\"{path}\"))   # Terraform\n"
        ));
    }
    out
}
