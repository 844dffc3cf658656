//! `certproof gen`: hierarchies, CAs and leaves. tcld's spellings of flags are taken as they are.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand, ValueEnum};
use rayon::prelude::*;
use time::{Duration, OffsetDateTime};

use super::interrupt::guarded;
use super::manifest::{self, Manifest};
use super::password::{KeyForm, password};
use super::progress::Progress;
use super::{Exit, Failure, Screen, flaws, input, limbo, parse_time, real_now};
use crate::cloud::NamespaceName;
use crate::cloud::kit::File;
use crate::forge::issue::DistinguishedName;
use crate::forge::plan::{self, FilterPlan, Plan, PlannedKit};
use crate::forge::recipe::Recipe;
use crate::forge::server::ServerAuthority;
use crate::forge::single::{self, Order, Owner, Style};
use crate::forge::write::{Output, write_all, write_folder};
use crate::forge::{ForgeError, Key, KeyEncoding, KeyKind, KeySource, Password, flaw, public};
use crate::pki::clock::{parse_duration, rfc3339};
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
    #[arg(required_unless_present = "print")]
    folder: Option<PathBuf>,
    /// Namespaces, <name>.<account>, where the recipe does not name its own
    #[arg(long, value_name = "NAME", value_delimiter = ',', default_values = ["orders.f45a2", "payments.f45a2"])]
    namespace: Vec<NamespaceName>,
    /// Which hierarchy; `--print` shows what it says
    #[arg(long, default_value = "certproof", value_name = "NAME", conflicts_with = "plan",
        value_parser = clap::builder::PossibleValuesParser::new(plan::NAMED.map(|(name, _)| name)))]
    recipe: String,
    /// A hierarchy of your own in TOML; `certproof gen hierarchy --recipe enterprise --print` is a start
    #[arg(long, value_name = "FILE")]
    plan: Option<PathBuf>,
    /// Print the recipe instead of making anything
    #[arg(long, conflicts_with = "plan")]
    print: bool,
    /// The key of whatever the recipe names none for
    #[arg(long, default_value = "p256")]
    key: KeyName,
    /// CAs between the root in the bundle and the client, in the recipe certproof [default: 1]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u8).range(0..=15), conflicts_with = "plan")]
    intermediates: Option<u8>,
    /// How many namespaces, in a recipe that counts them, such as fleet
    #[arg(long, value_name = "N")]
    namespaces: Option<usize>,
    /// How many clients for each namespace, in a recipe that counts them, such as fleet
    #[arg(long, value_name = "N")]
    clients: Option<usize>,
    /// Also write filters.json, which lets in the namespace as common name only, where the recipe has no filters
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
    /// Which flaw: the id of a rule, rule/variant, harmless/variation, or `all` of them, each in a folder of its own
    #[arg(required_unless_present_any = ["list", "format"])]
    id: Option<String>,
    /// Folder to write the kit into
    #[arg(required_unless_present_any = ["list", "format"])]
    folder: Option<PathBuf>,
    /// List all flaws: what each breaks, and what is wrong
    #[arg(long)]
    list: bool,
    /// How to list them; limbo prints the chains of all flaws as test cases of x509-limbo
    #[arg(long, default_value = "full")]
    format: ListFormat,
    #[command(flatten)]
    seed: Seed,
    /// Time at which the kit is broken in this way and no other, instead of now
    #[arg(long, value_name = "RFC 3339", value_parser = parse_time)]
    at: Option<OffsetDateTime>,
    /// Replace files that are there already
    #[arg(long)]
    force: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum ListFormat {
    /// Two lines a flaw
    Full,
    /// One JSON document
    Json,
    /// Test cases in the JSON of x509-limbo
    Limbo,
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
        Command::Hierarchy(arguments) => hierarchy(&arguments, screen),
        Command::Ca(arguments) => ca(arguments, screen),
        Command::Flaw(arguments) => flaw(&arguments, screen),
        Command::Leaf(arguments) => leaf(arguments, screen),
    }
}

fn hierarchy(arguments: &Hierarchy, screen: &Screen) -> Result<Exit, Failure> {
    if arguments.print {
        let text = plan::NAMED.into_iter().find(|(name, _)| *name == arguments.recipe).map_or("", |(_, text)| text);
        screen.print(text)?;
        return Ok(Exit::Clean);
    }
    let at = arguments.at.unwrap_or_else(real_now);
    let folder = arguments.folder.as_deref().unwrap_or(Path::new("."));
    let encoding = arguments.key_form.encoding()?;
    let server = server_authority(&arguments.seed, at)?;
    let mut outputs = vec![
        Output::public(folder.join("server-ca.pem"), encode("CERTIFICATE", &server.certificate)),
        // `serve` reads it, and has no password to open it with.
        Output::private(folder.join("server-ca.key"), encode("PRIVATE KEY", server.private_key())),
    ];
    let plan = plan_of(arguments)?;
    let keys = arguments.seed.keys();
    let order = plan::Order { namespaces: arguments.namespace.clone(), at, keys, key: arguments.key.into() };
    let foundry = plan.start(order).map_err(|error| told(arguments, &error))?;
    for made in foundry.shared() {
        let path = folder.join("authorities").join(&made.name);
        outputs.push(Output::public(path.with_extension("pem"), encode("CERTIFICATE", &made.certificate)));
        outputs.push(Output::private(path.with_extension("key"), made.key.pem(&encoding, keys)?));
    }
    let names: Vec<_> = foundry.names().map(ToString::to_string).collect();
    let slow = plan.has_rsa() || KeyKind::from(arguments.key).is_rsa();
    let worth_a_bar = if slow || matches!(encoding, KeyEncoding::Encrypted(_)) { 2 } else { 1_000 };
    let progress = Progress::new(Some(names.len()), "kits", worth_a_bar);
    // Namespaces do not know one another, so they are made side by side.
    let kits = names.par_iter().enumerate().map(|(position, name)| {
        let kit = foundry.kit(position).map_err(|error| told(arguments, &error))?;
        let written = lay_out(&folder.join(name), &kit, &encoding, keys);
        progress.step();
        Ok((written?, kit))
    });
    let kits: Vec<_> = kits.collect::<Result<_, Failure>>()?;
    progress.end();
    let mut manifest = Manifest::new(at, arguments.seed.number);
    for (name, (written, kit)) in names.iter().zip(kits) {
        let more = kit.clients.iter().skip(1);
        let more = more.map(|client| File::new(format!("clients/{}.pem", client.name), client.chain.clone().into()));
        manifest.add(name, &kit.files, &more.collect::<Vec<_>>(), None);
        outputs.extend(written);
    }
    outputs.push(Output::public(folder.join(manifest::NAME), manifest.print()));
    guarded(|is_stopped| write_folder(folder, &outputs, arguments.force, is_stopped))?;
    arguments.seed.warn(screen);
    let shown = input::shown(folder);
    let mut out = format!("wrote {} files to {shown}\n", outputs.len());
    const MOST_TOLD: usize = 10;
    for name in names.iter().take(MOST_TOLD) {
        out.push_str(&format!("  {name}: ca.pem (the bundle to upload), ca.key, client.pem, client.key\n"));
    }
    if let Some(more) = names.len().checked_sub(MOST_TOLD).filter(|more| *more > 0) {
        out.push_str(&format!("  and {more} more\n"));
    }
    if encoding != KeyEncoding::Pkcs8 {
        out.push_str("  server-ca.key, for loopback only, is PKCS#8 without a password, since `serve` reads it\n");
    }
    out.push_str(&format!("next: certproof check {shown}\n      certproof serve {shown}\n"));
    screen.print(&out)?;
    Ok(Exit::Clean)
}

/// The recipe or the user's own plan, with what options say of it.
fn plan_of(arguments: &Hierarchy) -> Result<Plan, Failure> {
    let mut plan = match &arguments.plan {
        None => Plan::named(&arguments.recipe),
        Some(path) => {
            let file = input::file(path).map_err(Failure::CouldNotTell)?;
            let text = String::from_utf8(file.bytes.0);
            Plan::read(&text.map_err(|_| Failure::CouldNotTell(format!("`{}` is not UTF-8 text", file.path)))?)
        }
    }
    .map_err(|error| told(arguments, &error))?;
    if let Some(count) = arguments.intermediates {
        if arguments.recipe != "certproof" {
            let recipe = &arguments.recipe;
            return Err(Failure::CouldNotTell(format!(
                "--intermediates is for the recipe certproof, not for {recipe}"
            )));
        }
        let authorities = plan.namespace.iter_mut().flat_map(|namespace| &mut namespace.authority);
        authorities.filter(|entry| entry.chain).for_each(|entry| entry.count = Some(usize::from(count)));
    }
    if arguments.filters {
        let unfiltered = plan.namespace.iter_mut().filter(|namespace| namespace.filters.is_empty());
        let filter = FilterPlan { common_name: Some("{namespace}".to_owned()), ..FilterPlan::default() };
        unfiltered.for_each(|namespace| namespace.filters = vec![filter.clone()]);
    }
    let namespaces = plan.namespace.iter_mut().map(|namespace| &mut namespace.count);
    recount(namespaces, arguments.namespaces, "--namespaces")?;
    let clients = plan.namespace.iter_mut().flat_map(|namespace| &mut namespace.client).map(|entry| &mut entry.count);
    recount(clients, arguments.clients, "--clients")?;
    Ok(plan)
}

fn recount<'a>(
    counts: impl Iterator<Item = &'a mut Option<usize>>,
    wanted: Option<usize>,
    option: &str,
) -> Result<(), Failure> {
    let Some(wanted) = wanted else { return Ok(()) };
    let changed = counts.filter(|count| count.is_some()).map(|count| *count = Some(wanted)).count();
    match changed {
        0 => Err(Failure::CouldNotTell(format!("{option} changes a count, and the recipe has none there"))),
        _ => Ok(()),
    }
}

fn told(arguments: &Hierarchy, error: &plan::PlanError) -> Failure {
    match &arguments.plan {
        None => Failure::CouldNotTell(error.to_string()),
        Some(path) => Failure::CouldNotTell(format!("`{}`: {error}", input::shown(path))),
    }
}

/// The files of one namespace.
fn lay_out(folder: &Path, kit: &PlannedKit, encoding: &KeyEncoding, keys: KeySource) -> Result<Vec<Output>, Failure> {
    let public = [&kit.files.bundle, &kit.files.client, &kit.files.filters].into_iter().flatten();
    let mut outputs: Vec<_> =
        public.map(|file| Output::public(folder.join(file.path.as_ref()), file.bytes.0.clone())).collect();
    let private = [("ca.key", &kit.issuing_key), ("client.key", &kit.client_key)];
    for (name, key) in private.into_iter().filter_map(|(name, key)| Some((name, key.as_ref()?))) {
        outputs.push(Output::private(folder.join(name), key.pem(encoding, keys)?));
    }
    for client in kit.clients.iter().skip(1) {
        let path = folder.join("clients").join(&client.name);
        outputs.push(Output::public(path.with_added_extension("pem"), client.chain.clone()));
        outputs.push(Output::private(path.with_added_extension("key"), client.key.pem(encoding, keys)?));
    }
    Ok(outputs)
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

fn flaw(arguments: &FlawArguments, screen: &Screen) -> Result<Exit, Failure> {
    if arguments.id.is_some() && arguments.format != ListFormat::Full {
        return Err(Failure::CouldNotTell(
            "--format is for the list of all flaws; leave the flaw out, or --format".to_owned(),
        ));
    }
    let (Some(id), Some(folder)) = (&arguments.id, &arguments.folder) else {
        let at = arguments.at.unwrap_or_else(real_now);
        let recipe = Recipe::good("orders.f45a2", arguments.seed.keys(), KeyKind::P256, at);
        screen.print(&match arguments.format {
            ListFormat::Full => flaws::lines(),
            ListFormat::Json => flaws::json(),
            ListFormat::Limbo => limbo::print(&arguments.seed.mark(recipe), at)?,
        })?;
        return Ok(Exit::Clean);
    };
    let at = arguments.at.unwrap_or_else(real_now);
    let recipe = Recipe::good("orders.f45a2", arguments.seed.keys(), KeyKind::P256, at);
    let recipe = arguments.seed.mark(recipe);
    let every = || flaw::ALL.iter().map(|flaw| flaw.id).chain(flaw::harmless::ALL.iter().map(|variation| variation.id));
    let ids: Vec<&str> = if id == "all" { every().collect() } else { vec![id] };
    let mut manifest = Manifest::new(at, arguments.seed.number);
    let mut outputs = Vec::new();
    for made in &ids {
        let files = flaw::forge(made, &recipe)?;
        // Of several each has a folder that is called after it.
        let below = if id == "all" { *made } else { "" };
        let kit = folder.join(below);
        let public = [&files.bundle, &files.client, &files.filters, &files.server_root].into_iter().flatten();
        outputs.extend(public.map(|file| Output::public(kit.join(file.path.as_ref()), file.bytes.0.clone())));
        let key = files.key.iter();
        outputs.extend(key.map(|file| Output::private(kit.join(file.path.as_ref()), file.bytes.0.clone())));
        manifest.add(below, &files, &[], Some(made));
    }
    outputs.push(Output::public(folder.join(manifest::NAME), manifest.print()));
    guarded(|is_stopped| write_folder(folder, &outputs, arguments.force, is_stopped))?;
    arguments.seed.warn(screen);
    let shown = input::shown(folder);
    screen
        .print(&format!("wrote {} files to {shown}, made as {id}\nnext: certproof check {shown}\n", outputs.len()))?;
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
    let password = password(arguments.ca_key_password_file.as_deref(), arguments.ca_key_password_env.as_deref())?;
    let ca_key = read_key(&arguments.ca_key_file, password.as_ref())?;
    let ca = read_ca(&arguments.ca_certificate_file, &ca_key, &arguments.ca_key_file)?;
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

/// The certificate of a file that the key belongs to. A client's file has its issuer behind the leaf.
fn read_ca(path: &Path, key: &Key, key_path: &Path) -> Result<std::sync::Arc<Certificate>, Failure> {
    let file = input::file(path).map_err(Failure::CouldNotTell)?;
    let bundle = Bundle::read(file.path, &file.bytes.0);
    let path = input::shown(path);
    if bundle.certificates().next().is_none() {
        return Err(Failure::CouldNotTell(format!(
            "`{path}` holds no certificate that can be read; `certproof check {path}` says why"
        )));
    }
    let found = bundle.certificates().find(|(_, certificate)| certificate.spki == key.spki());
    found.map(|(_, certificate)| certificate.clone()).ok_or_else(|| {
        Failure::CouldNotTell(format!("`{}` is not the key of a certificate in `{path}`", input::shown(key_path)))
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
