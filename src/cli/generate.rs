//! `certproof gen`: hierarchies, CAs and leaves. tcld's spellings of flags are taken as they are.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand, ValueEnum};
use rayon::prelude::*;
use time::{Duration, OffsetDateTime};

use super::interrupt::guarded;
use super::password::{KeyForm, password};
use super::progress::Progress;
use super::{Exit, Failure, Screen, input, parse_time, real_now};
use crate::cloud::NamespaceName;
use crate::cloud::filter::Field;
use crate::forge::issue::DistinguishedName;
use crate::forge::recipe::Recipe;
use crate::forge::server::ServerAuthority;
use crate::forge::single::{self, Order, Owner, Style};
use crate::forge::write::{Output, write_all, write_folder};
use crate::forge::{ForgeError, Key, KeyEncoding, KeyKind, KeySource, Password, flaw, public};
use crate::pki::clock::rfc3339;
use crate::pki::key::{KeyContent, KeyFile};
use crate::pki::pem::{Block, encode, encode_certificates};
use crate::pki::{Bundle, Certificate};

#[derive(Debug, Subcommand)]
pub enum Command {
    /// A folder with a loopback server CA and a kit for each namespace
    Hierarchy(Hierarchy),
    /// A self-signed CA
    Ca(Ca),
    /// A kit with one thing wrong with it
    Flaw(FlawArguments),
    /// A client certificate below a CA
    #[command(visible_alias = "end-entity")]
    Leaf(Leaf),
}

#[derive(Debug, Args)]
pub struct Hierarchy {
    /// Folder to write into; it is made when it is not there
    folder: PathBuf,
    /// Namespaces, <name>.<account>
    #[arg(long, value_name = "NAME", value_delimiter = ',', default_values = ["orders.f45a2", "payments.f45a2"])]
    namespace: Vec<NamespaceName>,
    #[arg(long, default_value = "p256")]
    key: KeyName,
    /// CAs between the root in the bundle and the client
    #[arg(long, default_value_t = 1, value_name = "N", value_parser = clap::value_parser!(u8).range(0..=15))]
    intermediates: u8,
    /// Also write filters.json, which lets in the client's common name only
    #[arg(long)]
    filters: bool,
    #[command(flatten)]
    key_form: KeyForm,
    #[command(flatten)]
    seed: Seed,
    /// Time at which the certificates are good, instead of now
    #[arg(long, value_name = "RFC 3339", value_parser = parse_time)]
    at: Option<OffsetDateTime>,
    /// Replace files that are there already
    #[arg(long)]
    force: bool,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum KeyName {
    P256,
    P384,
    P521,
    Rsa2048,
    Rsa3072,
    Rsa4096,
}

impl From<KeyName> for KeyKind {
    fn from(name: KeyName) -> Self {
        match name {
            KeyName::P256 => Self::P256,
            KeyName::P384 => Self::P384,
            KeyName::P521 => Self::P521,
            KeyName::Rsa2048 => Self::Rsa2048,
            KeyName::Rsa3072 => Self::Rsa3072,
            KeyName::Rsa4096 => Self::Rsa4096,
        }
    }
}

/// Where keys come from.
#[derive(Debug, Args)]
struct Seed {
    /// Make the same files each time, with keys that everybody can have; for tests only. Needs --at
    #[arg(long = "seed", value_name = "N", requires = "at")]
    number: Option<u64>,
}

impl Seed {
    fn keys(&self) -> KeySource {
        self.number.map_or(KeySource::Fresh, KeySource::Seeded)
    }

    fn mark(&self, recipe: Recipe) -> Recipe {
        if self.number.is_some() { recipe.marked_public() } else { recipe }
    }

    fn warn(&self, screen: &Screen) {
        if let Some(number) = self.number {
            screen.complain(&format!(
                "warning: everybody can make these private keys with --seed {number}; subjects say {}, and none of it \
                 may guard anything",
                public::MARK
            ));
        }
    }
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum StyleName {
    /// Key usage, clientAuth, key identifiers and dated names
    Certproof,
    /// Exactly the fields of `tcld gen`
    Tcld,
}

impl From<StyleName> for Style {
    fn from(name: StyleName) -> Self {
        match name {
            StyleName::Certproof => Self::Certproof,
            StyleName::Tcld => Self::Tcld,
        }
    }
}

#[derive(Debug, Args)]
pub struct FlawArguments {
    /// Which flaw: the id of a rule, or rule/variant
    #[arg(required_unless_present = "list")]
    id: Option<String>,
    /// Folder to write the kit into
    #[arg(required_unless_present = "list")]
    folder: Option<PathBuf>,
    /// List all flaws
    #[arg(long)]
    list: bool,
    #[command(flatten)]
    seed: Seed,
    /// Time at which the kit is broken in this way and no other, instead of now
    #[arg(long, value_name = "RFC 3339", value_parser = parse_time)]
    at: Option<OffsetDateTime>,
    /// Replace files that are there already
    #[arg(long)]
    force: bool,
}

#[derive(Debug, Args)]
pub struct Ca {
    /// Organization in the subject
    #[arg(long, visible_alias = "org", value_name = "NAME")]
    organization: String,
    /// How long it is valid, such as 30d10h or 1y; units s, m, h, d (24 hours), y (365 days)
    #[arg(long, short = 'd', default_value = "1y", value_name = "DURATION", value_parser = parse_duration)]
    validity_period: Duration,
    /// Where the certificate goes
    #[arg(long, visible_alias = "ca-cert", default_value = "ca.pem", value_name = "FILE")]
    ca_certificate_file: PathBuf,
    /// Where the private key goes; readable by you only
    #[arg(long, visible_alias = "ca-key", default_value = "ca.key", value_name = "FILE")]
    ca_key_file: PathBuf,
    /// RSA-4096 instead of P-384
    #[arg(long, visible_alias = "rsa")]
    rsa_algorithm: bool,
    #[arg(long, default_value = "certproof")]
    recipe: StyleName,
    #[command(flatten)]
    key_form: KeyForm,
    #[command(flatten)]
    seed: Seed,
    /// Time at which it is made, instead of now
    #[arg(long, value_name = "RFC 3339", value_parser = parse_time)]
    at: Option<OffsetDateTime>,
    /// Replace files that are there already
    #[arg(long)]
    force: bool,
}

#[derive(Debug, Args)]
pub struct Leaf {
    /// Organization in the subject
    #[arg(long, visible_alias = "org", value_name = "NAME")]
    organization: String,
    /// Organizational unit in the subject
    #[arg(
        long,
        visible_alias = "organizational-unit",
        default_value = "",
        hide_default_value = true,
        value_name = "NAME"
    )]
    organization_unit: String,
    /// Common name in the subject; the namespace is a good choice
    #[arg(long, default_value = "", hide_default_value = true, value_name = "NAME")]
    common_name: String,
    /// How long it is valid; a day less than its CA when not given
    #[arg(long, short = 'd', value_name = "DURATION", value_parser = parse_duration)]
    validity_period: Option<Duration>,
    /// The CA's certificate
    #[arg(long, visible_alias = "ca-cert", value_name = "FILE")]
    ca_certificate_file: PathBuf,
    /// The CA's private key
    #[arg(long, visible_alias = "ca-key", value_name = "FILE")]
    ca_key_file: PathBuf,
    /// The password of the CA's private key is the first line of this file; `-` is standard input
    #[arg(long, value_name = "FILE", conflicts_with = "ca_key_password_env")]
    ca_key_password_file: Option<PathBuf>,
    /// The password of the CA's private key is in this environment variable
    #[arg(long, value_name = "NAME")]
    ca_key_password_env: Option<String>,
    /// Where the certificate goes
    #[arg(long, visible_alias = "cert", default_value = "client.pem", value_name = "FILE")]
    certificate_file: PathBuf,
    /// Where the private key goes; readable by you only
    #[arg(long, visible_alias = "key", default_value = "client.key", value_name = "FILE")]
    key_file: PathBuf,
    /// RSA-4096 instead of P-384
    #[arg(long, visible_alias = "rsa")]
    rsa_algorithm: bool,
    #[arg(long, default_value = "certproof")]
    recipe: StyleName,
    #[command(flatten)]
    key_form: KeyForm,
    #[command(flatten)]
    seed: Seed,
    /// Time at which it is made, instead of now
    #[arg(long, value_name = "RFC 3339", value_parser = parse_time)]
    at: Option<OffsetDateTime>,
    /// Replace files that are there already
    #[arg(long)]
    force: bool,
}

pub fn run(command: Command, screen: &Screen) -> Result<Exit, Failure> {
    match command {
        Command::Hierarchy(arguments) => hierarchy(arguments, screen),
        Command::Ca(arguments) => ca(arguments, screen),
        Command::Flaw(arguments) => flaw(&arguments, screen),
        Command::Leaf(arguments) => leaf(arguments, screen),
    }
}

fn hierarchy(arguments: Hierarchy, screen: &Screen) -> Result<Exit, Failure> {
    let at = arguments.at.unwrap_or_else(real_now);
    let folder = &arguments.folder;
    let encoding = arguments.key_form.encoding()?;
    let server = server_authority(&arguments.seed, at)?;
    let mut outputs = vec![
        Output::public(folder.join("server-ca.pem"), encode("CERTIFICATE", &server.certificate)),
        // `serve` reads it, and has no password to open it with.
        Output::private(folder.join("server-ca.key"), encode("PRIVATE KEY", server.private_key())),
    ];
    let slow = matches!(arguments.key, KeyName::Rsa2048 | KeyName::Rsa3072 | KeyName::Rsa4096);
    let worth_a_bar = if slow || matches!(encoding, KeyEncoding::Encrypted(_)) { 2 } else { 1_000 };
    let progress = Progress::new(Some(arguments.namespace.len()), "kits", worth_a_bar);
    let kits = arguments.namespace.par_iter().map(|namespace| {
        let depth = usize::from(arguments.intermediates);
        let keys = arguments.seed.keys();
        let recipe = Recipe::with_intermediates(namespace.as_str(), keys, arguments.key.into(), at, depth);
        let mut recipe = arguments.seed.mark(recipe);
        if arguments.filters {
            recipe.filters = Some(vec![vec![(Field::CommonName, namespace.to_string())]]);
        }
        let written = kit(&recipe, &folder.join(namespace.as_str()), &encoding);
        progress.step();
        written
    });
    let kits: Vec<_> = kits.collect::<Result<_, ForgeError>>()?;
    progress.end();
    outputs.extend(kits.into_iter().flatten());
    guarded(|is_stopped| write_folder(folder, &outputs, arguments.force, is_stopped))?;
    arguments.seed.warn(screen);
    let shown = folder.display();
    let mut out = format!("wrote {} files to {shown}\n", outputs.len());
    for namespace in &arguments.namespace {
        out.push_str(&format!("  {namespace}: ca.pem (the bundle to upload), ca.key, client.pem, client.key\n"));
    }
    if encoding != KeyEncoding::Pkcs8 {
        out.push_str("  server-ca.key, for loopback only, is PKCS#8 without a password, since `serve` reads it\n");
    }
    out.push_str(&format!("next: certproof check {shown}\n      certproof serve {shown}\n"));
    screen.print(&out)?;
    Ok(Exit::Clean)
}

/// Real clients judge the server by their own clocks, whatever time the kits are for; with a seed nothing may depend on
/// when it is made.
fn server_authority(seed: &Seed, at: OffsetDateTime) -> Result<ServerAuthority, ForgeError> {
    let name = |at: OffsetDateTime| format!("certproof loopback server CA {}", at.date());
    if seed.number.is_none() {
        return ServerAuthority::fresh(&name(real_now()), real_now());
    }
    let subject = DistinguishedName::new().o("certproof").cn(name(at)).marked_public();
    ServerAuthority::new(subject, at, seed.keys())
}

/// The files of one namespace.
fn kit(recipe: &Recipe, folder: &Path, encoding: &KeyEncoding) -> Result<Vec<Output>, ForgeError> {
    let forged = recipe.forge()?;
    let files = forged.files;
    let public = [files.bundle, files.client, files.filters].into_iter().flatten();
    let mut outputs: Vec<_> =
        public.map(|file| Output::public(folder.join(file.path.as_ref()), file.bytes.0)).collect();
    for (name, key) in [("ca.key", &forged.issuing_key), ("client.key", &forged.client_key)] {
        outputs.push(Output::private(folder.join(name), key.pem(encoding, recipe.keys)?));
    }
    Ok(outputs)
}

fn flaw(arguments: &FlawArguments, screen: &Screen) -> Result<Exit, Failure> {
    let (Some(id), Some(folder)) = (&arguments.id, &arguments.folder) else {
        screen.print(&flaw::ALL.iter().map(|flaw| format!("{}\n", flaw.id)).collect::<String>())?;
        return Ok(Exit::Clean);
    };
    let flaw = flaw::find(id)?;
    let at = arguments.at.unwrap_or_else(real_now);
    let recipe = Recipe::good("orders.f45a2", arguments.seed.keys(), KeyKind::P256, at);
    let (_, files) = flaw.pair(&arguments.seed.mark(recipe))?;
    let public = [&files.bundle, &files.client, &files.filters, &files.server_root].into_iter().flatten();
    let mut outputs: Vec<_> =
        public.map(|file| Output::public(folder.join(file.path.as_ref()), file.bytes.0.clone())).collect();
    let key = files.key.iter().map(|file| Output::private(folder.join(file.path.as_ref()), file.bytes.0.clone()));
    outputs.extend(key);
    guarded(|is_stopped| write_folder(folder, &outputs, arguments.force, is_stopped))?;
    arguments.seed.warn(screen);
    let shown = input::shown(folder);
    screen
        .print(&format!("wrote {} files to {shown}, broken as {id}\nnext: certproof check {shown}\n", outputs.len()))?;
    Ok(Exit::Clean)
}

fn ca(arguments: Ca, screen: &Screen) -> Result<Exit, Failure> {
    let at = arguments.at.unwrap_or_else(real_now);
    check_names([&arguments.organization])?;
    let encoding = arguments.key_form.encoding()?;
    let keys = arguments.seed.keys();
    let order = Order { style: arguments.recipe.into(), rsa: arguments.rsa_algorithm, at, keys };
    let issued = single::authority(&order, &arguments.organization, arguments.validity_period)?;
    let key = issued.key.pem(&encoding, keys)?;
    write_pair(&arguments.ca_certificate_file, &issued.certificate, &arguments.ca_key_file, key, arguments.force)?;
    arguments.seed.warn(screen);
    let (certificate, key) = (arguments.ca_certificate_file.display(), arguments.ca_key_file.display());
    screen.print(&format!(
        "wrote {certificate}: CA of `{}`, valid until {}\nwrote {key}: its private key; keep it, and never upload it\n\
         next: certproof check {certificate}\n",
        arguments.organization,
        rfc3339(at + arguments.validity_period)
    ))?;
    Ok(Exit::Clean)
}

fn leaf(arguments: Leaf, screen: &Screen) -> Result<Exit, Failure> {
    let at = arguments.at.unwrap_or_else(real_now);
    check_names([&arguments.organization, &arguments.organization_unit, &arguments.common_name])?;
    let inputs = [&arguments.ca_certificate_file, &arguments.ca_key_file];
    let outputs = [&arguments.certificate_file, &arguments.key_file];
    let same = |a: &Path, b: &Path| a.canonicalize().ok().zip(b.canonicalize().ok()).is_some_and(|(a, b)| a == b);
    if let Some(output) = outputs.into_iter().find(|output| inputs.iter().any(|input| same(input, output))) {
        return Err(Failure::CouldNotTell(format!(
            "`{}` belongs to the CA, and is not overwritten",
            input::shown(output)
        )));
    }
    let ca = read_ca(&arguments.ca_certificate_file)?;
    let password = password(arguments.ca_key_password_file.as_deref(), arguments.ca_key_password_env.as_deref())?;
    let ca_key = read_key(&arguments.ca_key_file, password.as_ref())?;
    if ca.spki != ca_key.spki() {
        return Err(Failure::CouldNotTell(format!(
            "`{}` is not the key of `{}`",
            arguments.ca_key_file.display(),
            arguments.ca_certificate_file.display()
        )));
    }
    let not_after = match arguments.validity_period {
        Some(validity) => at.checked_add(validity).unwrap_or(ca.not_after),
        None => ca.not_after - Duration::DAY,
    };
    check_can_issue(&ca, at, &arguments.ca_certificate_file)?;
    // tcld lets a leaf end with its CA; the documents say that it ends before.
    let style = arguments.recipe.into();
    let too_long = if style == Style::Tcld { not_after > ca.not_after } else { not_after >= ca.not_after };
    if too_long || not_after <= at {
        return Err(Failure::CouldNotTell(format!(
            "a leaf until {} does not fit its CA, which is valid until {}; a leaf must expire before its CA",
            rfc3339(not_after),
            rfc3339(ca.not_after)
        )));
    }
    let owner = Owner {
        organization: arguments.organization,
        organizational_unit: arguments.organization_unit,
        common_name: arguments.common_name,
    };
    let encoding = arguments.key_form.encoding()?;
    let keys = arguments.seed.keys();
    let ca_key = if arguments.seed.number.is_some() { ca_key.repeatable()? } else { ca_key };
    let order = Order { style, rsa: arguments.rsa_algorithm, at, keys };
    let issued = single::leaf(&order, &owner, not_after, &ca, &ca_key)?;
    let key = issued.key.pem(&encoding, keys)?;
    write_pair(&arguments.certificate_file, &issued.certificate, &arguments.key_file, key, arguments.force)?;
    arguments.seed.warn(screen);
    let (certificate, key) = (arguments.certificate_file.display(), arguments.key_file.display());
    screen.print(&format!(
        "wrote {certificate}: client certificate below `{}`, valid until {}\nwrote {key}: its private key\n\
         next: certproof check {} --client {certificate} --key {key}\n",
        ca.subject,
        rfc3339(not_after),
        arguments.ca_certificate_file.display()
    ))?;
    Ok(Exit::Clean)
}

/// X.520 bounds these attributes at 64 characters; empty ones are not asked for, and the organization must be there.
fn check_names<const N: usize>(names: [&String; N]) -> Result<(), Failure> {
    const LONGEST: usize = 64;
    if names[0].trim().is_empty() {
        return Err(Failure::CouldNotTell("the organization is empty".to_owned()));
    }
    match names.into_iter().find(|name| name.chars().count() > LONGEST || name.chars().any(char::is_control)) {
        None => Ok(()),
        Some(name) => Err(Failure::CouldNotTell(format!(
            "`{}` cannot stand in a subject: at most {LONGEST} characters, none of them a control character",
            crate::pki::name::printable(name)
        ))),
    }
}

/// Whether anybody would accept what this CA signs.
fn check_can_issue(ca: &Certificate, at: OffsetDateTime, path: &Path) -> Result<(), Failure> {
    let path = input::shown(path);
    let problem = if !ca.is_ca() {
        "is no CA certificate".to_owned()
    } else if ca.key_usage.present().is_some_and(|usage| !usage.key_cert_sign()) {
        "may not sign certificates: its key usage lacks keyCertSign".to_owned()
    } else if at > ca.not_after {
        format!("expired at {}; make a new CA first", rfc3339(ca.not_after))
    } else if at < ca.not_before {
        format!("is not valid before {}", rfc3339(ca.not_before))
    } else {
        return Ok(());
    };
    Err(Failure::CouldNotTell(format!("`{path}` {problem}")))
}

fn write_pair(certificate: &Path, der: &[u8], key_path: &Path, key: String, force: bool) -> Result<(), Failure> {
    if certificate == key_path {
        return Err(Failure::CouldNotTell("certificate and key cannot go to the same file".to_owned()));
    }
    let outputs = [Output::public(certificate, encode_certificates(&[der.to_vec()])), Output::private(key_path, key)];
    guarded(|is_stopped| write_all(&outputs, force, is_stopped))
}

/// The first certificate of a file.
fn read_ca(path: &Path) -> Result<std::sync::Arc<Certificate>, Failure> {
    let file = input::file(path).map_err(Failure::CouldNotTell)?;
    let bundle = Bundle::read(file.path, &file.bytes.0);
    let first = bundle.certificates().next().map(|(_, certificate)| certificate.clone());
    first.ok_or_else(|| {
        Failure::CouldNotTell(format!(
            "`{0}` holds no certificate that can be read; `certproof check {0}` says why",
            path.display()
        ))
    })
}

fn read_key(path: &Path, password: Option<&Password>) -> Result<Key, Failure> {
    let file = input::file(path).map_err(Failure::CouldNotTell)?;
    let path = input::shown(path);
    let content = KeyFile::read(file.path, &file.bytes.0).content;
    let der = |block: Block| {
        block.der.ok_or_else(|| Failure::CouldNotTell(format!("`{path}` holds no private key in PEM that can be read")))
    };
    match (content, password) {
        (KeyContent::Encrypted { block }, Some(password)) if block.label == "ENCRYPTED PRIVATE KEY" => {
            Ok(Key::decrypt(&der(block)?, password)?)
        }
        (KeyContent::Encrypted { block }, None) if block.label == "ENCRYPTED PRIVATE KEY" => {
            Err(Failure::CouldNotTell(format!(
                "`{path}` is encrypted; give its password with --ca-key-password-file or --ca-key-password-env"
            )))
        }
        (KeyContent::Encrypted { .. }, _) => Err(Failure::CouldNotTell(format!(
            "`{path}` is encrypted in OpenSSL's old way; rewrite it with `openssl pkcs8 -topk8 -in {path} -out new.key`"
        ))),
        (KeyContent::Key { block, .. }, _) => Ok(Key::read(&der(block)?)?),
        (KeyContent::Missing, _) => {
            Err(Failure::CouldNotTell(format!("`{path}` holds no private key in PEM that can be read")))
        }
    }
}

/// tcld's durations: numbers with units, added up. At least a second, at most 100 years.
pub(super) fn parse_duration(text: &str) -> Result<Duration, String> {
    let wrong = || format!("`{text}` is no duration; write it like 30d10h or 1y, with units s, m, h, d, y");
    let mut total: i64 = 0;
    let mut rest = text;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit()).ok_or_else(wrong)?;
        let number: i64 = rest[..digits].parse().map_err(|_| wrong())?;
        let unit = rest[digits..].chars().next().ok_or_else(wrong)?;
        let seconds = match unit {
            's' => 1,
            'm' => 60,
            'h' => 3_600,
            'd' => 86_400,
            'y' => 365 * 86_400,
            _ => return Err(wrong()),
        };
        total = number.checked_mul(seconds).and_then(|more| total.checked_add(more)).ok_or_else(wrong)?;
        rest = &rest[digits + unit.len_utf8()..];
    }
    match total {
        1..=3_153_600_000 => Ok(Duration::seconds(total)),
        _ => Err(format!("`{text}` is not between a second and 100 years")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_as_tcld_reads_them() {
        assert_eq!(parse_duration("30d10h"), Ok(Duration::days(30) + Duration::hours(10)));
        assert_eq!(parse_duration("1y"), Ok(Duration::days(365)));
        for wrong in ["", "0d", "1", "d", "1w", "99999999999999999999y", "1000y", "1é"] {
            assert!(parse_duration(wrong).is_err(), "{wrong}");
        }
    }
}
