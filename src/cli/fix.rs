//! `certproof fix`: writes a bundle in normal form, and says what it changed. The input is never touched.

use std::collections::BTreeSet;
use std::path::PathBuf;

use clap::Args;
use time::OffsetDateTime;

use super::input::{self, Source};
use super::interrupt::guarded;
use super::{Exit, Failure, Screen, parse_time, real_now};
use crate::cloud::kit::File;
use crate::forge::write::{Output, write_all};
use crate::pki::normal::{self, Normal};
use crate::pki::pem::{Block, Container};
use crate::pki::{Bundle, Certificate};
use crate::report::plural;
use crate::rules::shell_word;

#[derive(Debug, Args)]
#[command(
    after_help = "The new bundle goes to standard output, or to --output. What was changed, what was left, and the lines to
upload it with, go to standard error. The input is never touched.

Safe, and always done: keys, text, a byte order mark, carriage returns and duplicates are dropped; DER, base64
and UTF-16 become PEM; each certificate comes before its issuer. Which clients are accepted does not change, and
that is proved before anything is written.

Only when asked for: --drop-expired takes out CAs that have expired; nobody below them is accepted any more, unless
their clock is wrong. --drop-unreadable gives up blocks that should be certificates and cannot be read, which
otherwise stop the command."
)]
pub struct Arguments {
    /// The bundle, or a document that carries it; `-` is standard input
    bundle: PathBuf,
    /// Whose bundle, where a document carries several; also written into the lines to upload with
    #[arg(long, value_name = "NAME")]
    namespace: Option<String>,
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
    let (file, namespace) = choose(arguments)?;
    let bundle = Bundle::read_carried(file.path.clone(), &file.bytes.0, file.carried.as_ref());
    let at = arguments.at.unwrap_or_else(real_now);
    let normal = normal::normalise(&bundle, arguments.drop_expired.then_some(at));
    if let Some(lost) = normal.lost.first().filter(|_| !arguments.drop_unreadable) {
        screen.complain(&format!(
            "{}:{}: this block should be a certificate and cannot be read; copy it again from its source, or give it up \
             with --drop-unreadable. Nothing was written",
            bundle.path,
            bundle.locate(lost.first_line, lost.last_line).0
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
        Some(path) => {
            let outputs = [Output::public(path, normal.pem.as_bytes())];
            guarded(|is_stopped| write_all(&outputs, arguments.force, is_stopped))?;
        }
    }
    screen.tell(&summary(&bundle, &normal, arguments, at, namespace.as_deref()));
    Ok(Exit::Clean)
}

/// The bundle that is meant, and the namespace that it belongs to as far as the document says so.
fn choose(arguments: &Arguments) -> Result<(File, Option<String>), Failure> {
    let kits = Source::File(arguments.bundle.clone()).kits().map_err(Failure::CouldNotTell)?;
    let bundles: Vec<_> = kits.into_iter().filter_map(|kit| Some((kit.bundle?, kit.namespace))).collect();
    let is_meant = |(file, namespace): &(File, Option<String>)| {
        let Some(wanted) = &arguments.namespace else { return true };
        let label = format!("({wanted})");
        let member = file.carried.as_ref().and_then(|carried| carried.member.as_ref());
        namespace.as_ref() == Some(wanted) || member.is_some_and(|member| member.ends_with(&label))
    };
    let several = bundles.len() > 1;
    let listed: String = bundles.iter().filter_map(|(file, _)| file.carried.as_ref()?.member.as_deref()).fold(
        String::new(),
        |mut list, member| {
            list.push_str("\n  ");
            list.push_str(member);
            list
        },
    );
    let mut meant: Vec<_> = bundles.into_iter().filter(|bundle| !several || is_meant(bundle)).collect();
    let told = |why: &str| {
        let path = input::shown(&arguments.bundle);
        Failure::CouldNotTell(format!("`{path}` carries {why}; name one in parentheses with --namespace:{listed}"))
    };
    match (meant.pop(), meant.is_empty()) {
        (Some((_, Some(owner))), true)
            if arguments.namespace.as_ref().is_some_and(|wanted| *wanted != owner && wanted.contains('.')) =>
        {
            let path = input::shown(&arguments.bundle);
            Err(Failure::CouldNotTell(format!(
                "the bundle in `{path}` is that of {owner}; leave --namespace out, or name it"
            )))
        }
        (Some((file, namespace)), true) => {
            // What names a Kubernetes object is no namespace of the cloud.
            let named = arguments.namespace.clone().filter(|name| !name.contains([' ', '/']));
            Ok((file, named.or(namespace)))
        }
        (Some(_), false) => Err(told("several bundles that could be meant")),
        (None, _) if several => Err(told("no bundle of that name")),
        (None, _) => Err(Failure::CouldNotTell(format!(
            "`{}` carries no CA bundle, only a client's files",
            input::shown(&arguments.bundle)
        ))),
    }
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

fn summary(
    bundle: &Bundle,
    normal: &Normal,
    arguments: &Arguments,
    at: OffsetDateTime,
    namespace: Option<&str>,
) -> String {
    let mut out = String::new();
    let lines = |first, last| match bundle.locate(first, last) {
        (first, last) if first == last => format!("{}:{first}", bundle.path),
        (first, last) => format!("{}:{first}-{last}", bundle.path),
    };
    if bundle.scan.container != Container::Pem {
        out.push_str(&format!("{}: {} written as PEM\n", bundle.path, bundle.scan.container.name()));
    }
    for change in &normal.changes {
        out.push_str(&format!("{}: {}\n", lines(change.first_line, change.last_line), change.what));
    }
    for lost in &normal.lost {
        out.push_str(&format!("{}: unreadable block given up\n", lines(lost.first_line, lost.last_line)));
    }
    if normal.changes.is_empty() && normal.lost.is_empty() && bundle.is_pem() {
        out.push_str("only line breaks and white space may differ\n");
    }
    let expired = normal.certificates.iter().filter(|certificate| at > certificate.not_after).count();
    if expired > 0 {
        let count = plural(expired, "expired certificate");
        out.push_str(&format!(
            "not done unasked: {count} kept, for which the cloud refuses a bundle (--drop-expired)\n"
        ));
    }
    let count = plural(normal.certificates.len(), "certificate");
    let (before, after) = (bundle.size, normal.pem.len());
    let armour = !bundle.is_pem() || bundle.scan.byte_order_mark || bundle.scan.line_ends.lone_cr > 0;
    let unusual = |block: &Block| !block.faults.is_empty() || !block.headers.is_empty() || block.label != "CERTIFICATE";
    let mended = armour || bundle.certificates().any(|(entry, _)| unusual(&entry.block));
    let gone = arguments.drop_expired && bundle.certificates().any(|(_, certificate)| at > certificate.not_after);
    let accepted = match (mended, gone) {
        (_, true) => "clients below the expired CAs are not accepted any more, wherever they still were",
        (true, false) => "blocks that some readers may have skipped before are now read",
        (false, false) => "the same clients are accepted as before",
    };
    out.push_str(&format!("{count}, {after} bytes (before: {before}); {accepted}\n"));
    let path = arguments.output.as_ref().map_or_else(|| "FILE".to_owned(), |path| shell_word(&input::shown(path)));
    let literal = arguments.output.as_ref().map_or_else(|| "FILE".to_owned(), |path| hcl_text(&input::shown(path)));
    let namespace = namespace.map_or_else(|| "NAMESPACE".to_owned(), shell_word);
    out.push_str(&format!(
        "upload with one of:\n  \
         tcld namespace accepted-client-ca set --namespace {namespace} --ca-certificate-file {path}\n  \
         temporal cloud namespace mtls cert-ca create --namespace {namespace} --ca-certificate-file {path}   \
         # adds, and removes nothing\n  \
         accepted_client_ca = base64encode(file(\"{literal}\"))   # Terraform\n"
    ));
    out
}

/// Text inside a quoted string of Terraform's language.
fn hcl_text(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"").replace("${", "$${").replace("%{", "%%{")
}
