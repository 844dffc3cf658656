//! `world.toml`, or a folder of kits: the state of every namespace behind the front door.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use rayon::prelude::*;
use schemars::JsonSchema;
use serde::Deserialize;
use time::{OffsetDateTime, UtcOffset};
use toml::Spanned;
use toml::value::Datetime;

use super::config::one_line;
use super::input;
use crate::cloud::api_key::{ApiKey, Fingerprint};
use crate::cloud::kit::Files;
use crate::cloud::switches::{self, Switches};
use crate::cloud::world::{Authentication, Tenant, World};
use crate::cloud::{Kit, NamespaceName, RegionName};
use crate::forge::server::ServerAuthority;
use crate::pki::Bundle;
use crate::report::{json, plural};
use crate::wire::Loopback;

/// What the file is called in a folder.
pub const NAME: &str = "world.toml";

/// Namespaces that one world may have. A hundred thousand take some hundred megabytes.
const MOST_NAMESPACES: usize = 100_000;

/// A world as it was read, and what it was read from.
#[derive(Debug)]
pub struct Loaded {
    pub world: World,
    pub server: ServerAuthority,
    pub server_ca: PathBuf,
    /// Addresses that lead into one region alone.
    pub paths: BTreeMap<RegionName, Loopback>,
    /// Where each namespace's files are.
    pub places: Vec<(NamespaceName, Place)>,
    /// Every file and folder that it was read from.
    pub sources: BTreeSet<PathBuf>,
    /// When reading began: what was changed since then may have been read before.
    pub begun: SystemTime,
}

/// Where the files of a namespace are.
#[derive(Debug, Clone)]
pub enum Place {
    Kit(PathBuf),
    Files { ca: Option<PathBuf>, filters: Option<PathBuf> },
}

impl Place {
    /// What `certproof check` is to be given to see the same.
    pub fn to_check(&self) -> String {
        let quoted = |path: &Path| input::shown(path);
        match self {
            Self::Kit(folder) => quoted(folder),
            Self::Files { ca, filters } => {
                let ca = ca.as_deref().map(quoted).unwrap_or_default();
                match filters {
                    Some(filters) => format!("{ca} --filters {}", quoted(filters)),
                    None => ca,
                }
            }
        }
    }

    pub fn read(&self) -> Result<Files, String> {
        match self {
            Self::Kit(folder) => input::kit(folder),
            Self::Files { ca, filters } => Ok(Files {
                bundle: ca.as_deref().map(input::file).transpose()?,
                filters: filters.as_deref().map(input::file).transpose()?,
                ..Files::default()
            }),
        }
    }

    fn sources(&self) -> Vec<PathBuf> {
        match self {
            Self::Kit(folder) => {
                let files = ["ca.pem", "ca.crt", "filters.json", "filters.tf"].map(|name| folder.join(name));
                std::iter::once(folder.clone()).chain(files).collect()
            }
            Self::Files { ca, filters } => ca.iter().chain(filters).cloned().collect(),
        }
    }
}

/// Reads a world: a folder with `world.toml`, that file by any name, or a folder of kits.
///
/// # Errors
/// In words that say what is wrong, where, and what to do.
pub fn load(path: &Path) -> Result<Loaded, String> {
    let begun = SystemTime::now();
    Ok(Loaded { begun, ..read(path)? })
}

fn read(path: &Path) -> Result<Loaded, String> {
    if !path.is_dir() {
        return from_file(path);
    }
    let file = path.join(NAME);
    if file.symlink_metadata().is_ok() { from_file(&file) } else { from_kits(path) }
}

fn from_kits(folder: &Path) -> Result<Loaded, String> {
    let mut places = Vec::new();
    for path in input::kits(folder)? {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let name: NamespaceName =
            name.parse().map_err(|error| format!("`{}` cannot be served: {error}", input::shown(&path)))?;
        places.push((name, Place::Kit(path)));
    }
    if places.is_empty() {
        let folder = input::shown(folder);
        return Err(format!("`{folder}` holds no kit; make some with `certproof gen hierarchy {folder}`"));
    }
    let mut world = World::default();
    for tenant in tenants(&places).map_err(|(_, why)| why)? {
        world.insert(tenant);
    }
    let (ca, key) = (folder.join("server-ca.pem"), folder.join("server-ca.key"));
    let server = server_authority(&ca, &key)?;
    let sources = places.iter().flat_map(|(_, place)| place.sources()).chain([folder.to_owned(), ca.clone(), key]);
    let sources = sources.collect();
    Ok(Loaded { world, server, server_ca: ca, paths: BTreeMap::new(), places, sources, begun: SystemTime::UNIX_EPOCH })
}

/// The namespaces, read on every core; or the place of one that cannot be, and why.
fn tenants(places: &[(NamespaceName, Place)]) -> Result<Vec<Tenant>, (usize, String)> {
    let read = |(at, (name, place)): (usize, &(NamespaceName, Place))| tenant(name, place).map_err(|why| (at, why));
    // A handful is read sooner than threads are started.
    if places.len() < 64 {
        places.iter().enumerate().map(read).collect()
    } else {
        places.par_iter().enumerate().map(read).collect()
    }
}

/// A bundle without any certificate, or filters that cannot be used, do not load.
fn tenant(name: &NamespaceName, place: &Place) -> Result<Tenant, String> {
    let files = place.read()?;
    // Cut short, rather than meant: editors empty a file before they write it.
    if let Some(filters) = files.filters.as_ref().filter(|file| file.bytes.0.trim_ascii().is_empty()) {
        return Err(format!(
            "`{}` is empty, and without its filters everybody would get in; write `[]` into it, or take it away, where \
             that is meant",
            filters.path
        ));
    }
    let kit = Kit::read(&files);
    let check = || format!("`certproof check {}` says why", place.to_check());
    if let Some(bundle) = &kit.bundle
        && kit.authorities().is_empty()
    {
        return Err(format!("`{}` holds no certificate that can be read; {}", bundle.path, check()));
    }
    if let Some(filters) = kit.filters.as_ref().filter(|_| kit.has_unusable_filters()) {
        return Err(format!(
            "`{}` cannot be used, and without its filters everybody would get in; {}",
            filters.path,
            check()
        ));
    }
    Ok(Tenant::new(name.clone(), &kit))
}

fn server_authority(ca: &Path, key: &Path) -> Result<ServerAuthority, String> {
    let (ca, key) = (input::file(ca)?, input::file(key)?);
    let bundle = Bundle::read(ca.path.clone(), &ca.bytes.0);
    let (_, certificate) =
        bundle.certificates().next().ok_or_else(|| format!("`{}` holds no certificate that can be read", ca.path))?;
    let block = Bundle::read(key.path.clone(), &key.bytes.0).entries.into_iter().find_map(|entry| entry.block.der);
    let block = block.ok_or_else(|| format!("`{}` holds no private key that can be read", key.path))?;
    let unusable = |error: crate::forge::ForgeError| format!("`{}` cannot be used: {error}", key.path);
    let authority = ServerAuthority::read(certificate, &block).map_err(unusable)?;
    if !authority.is_consistent() {
        return Err(format!("`{}` is not the key of `{}`", key.path, bundle.path));
    }
    Ok(authority)
}

/// Everything behind one front door. Paths are relative to the folder of this file.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Written {
    #[schemars(with = "WrittenServer")]
    server: Option<Spanned<WrittenServer>>,
    #[serde(default)]
    switches: WrittenSwitches,
    #[serde(default)]
    #[schemars(with = "Vec<WrittenRegion>")]
    regions: Vec<Spanned<WrittenRegion>>,
    #[schemars(with = "Vec<WrittenNamespace>", length(min = 1))]
    #[serde(default)]
    namespaces: Vec<Spanned<WrittenNamespace>>,
    #[serde(default)]
    #[schemars(with = "Vec<WrittenKey>")]
    api_keys: Vec<Spanned<WrittenKey>>,
}

/// The CA that signs the door's server certificates, which are minted in memory.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct WrittenServer {
    /// PEM file with its certificate.
    ca: PathBuf,
    /// PEM file with its private key.
    key: PathBuf,
}

/// A region, reached at `<region>.<cloud>.api.temporal.io` with API keys.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct WrittenRegion {
    /// `<cloud>-<region>`, such as aws-us-east-1.
    #[schemars(with = "String")]
    name: Spanned<String>,
    /// A loopback address with port that leads into this region alone, as a private path does.
    #[schemars(with = "Option<String>")]
    listen: Option<Spanned<String>>,
}

/// A namespace: at least `ca`, or `kit`, or API keys as its only way in.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct WrittenNamespace {
    /// `<name>.<account>`.
    #[schemars(with = "String")]
    name: Spanned<String>,
    /// The CA bundle: any file that `certproof check` reads.
    ca: Option<PathBuf>,
    /// The certificate filters: any file that `certproof filters` reads. Without, every client of the CAs is let in.
    filters: Option<PathBuf>,
    /// A folder with ca.pem and perhaps filters.json, in place of the two above.
    kit: Option<PathBuf>,
    /// The region in which it is.
    #[schemars(with = "Option<String>")]
    region: Option<Spanned<String>>,
    /// How it knows its clients: "mtls", "api-key", or both. ["mtls"] if not given.
    #[schemars(with = "Option<Vec<Method>>", length(min = 1))]
    auth: Option<Spanned<Vec<Method>>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Method {
    Mtls,
    ApiKey,
}

/// An API key, by its SHA-256: the key itself belongs into no file.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct WrittenKey {
    /// What it is called in records.
    #[schemars(with = "String")]
    id: Spanned<String>,
    /// 64 hexadecimal digits: `printf %s "$KEY" | sha256sum`.
    #[schemars(with = "String")]
    sha256: Spanned<String>,
    /// The namespaces that it reaches.
    #[schemars(with = "Vec<String>")]
    namespaces: Vec<Spanned<String>>,
    /// When it ends: a TOML date and time with offset, without quotes.
    #[schemars(with = "Option<String>", extend("format" = "date-time"))]
    expires: Option<Spanned<Datetime>>,
    #[serde(default)]
    disabled: bool,
}

/// What is not publicly known of the cloud. Every default is this project's inference.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
struct WrittenSwitches {
    /// A client certificate that no filter matches.
    filter_refusal: FilterRefusal,
    /// Whether the server's CertificateRequest lists the names of the CAs.
    ca_names: CaNames,
    /// A server name that is nobody's endpoint.
    unknown_server_name: UnknownServerName,
    /// A client that does not offer h2.
    no_h2: NoH2,
    /// A request for another namespace.
    other_namespace: OtherNamespace,
    /// An API key that is missing, unknown or over.
    key_refusal: KeyRefusal,
    /// API keys of a namespace that takes certificates too.
    dual_authentication: DualAuthentication,
    /// `<cloud>-<region>.region.tmprl.cloud`.
    old_region_names: OldRegionNames,
}

/// The spelling of a switch in the file, and what it means.
macro_rules! spelled {
    ($($name:ident: $first:ident $(| $other:ident)*;)*) => {
        $(
            #[derive(Debug, Clone, Copy, Default, Deserialize, JsonSchema)]
            #[serde(rename_all = "kebab-case")]
            enum $name {
                #[default]
                $first,
                $($other,)*
            }

            impl From<$name> for switches::$name {
                fn from(written: $name) -> Self {
                    match written {
                        $name::$first => Self::$first,
                        $($name::$other => Self::$other,)*
                    }
                }
            }
        )*
    };
}

spelled! {
    FilterRefusal: BadCertificate | PermissionDenied;
    CaNames: Sent | Withheld;
    UnknownServerName: Close | UnrecognizedName;
    NoH2: NoApplicationProtocol | Close;
    OtherNamespace: PermissionDenied | NotFound;
    KeyRefusal: PermissionDenied | Unauthenticated;
    DualAuthentication: KeysOnRegionOnly | KeysOnBoth;
    OldRegionNames: Unknown | Served;
}

impl From<WrittenSwitches> for Switches {
    fn from(written: WrittenSwitches) -> Self {
        Self {
            filter_refusal: written.filter_refusal.into(),
            ca_names: written.ca_names.into(),
            unknown_server_name: written.unknown_server_name.into(),
            no_h2: written.no_h2.into(),
            other_namespace: written.other_namespace.into(),
            key_refusal: written.key_refusal.into(),
            dual_authentication: written.dual_authentication.into(),
            old_region_names: written.old_region_names.into(),
        }
    }
}

fn from_file(path: &Path) -> Result<Loaded, String> {
    let file = input::file(path)?;
    let shown = file.path.to_string();
    let text = String::from_utf8(file.bytes.0)
        .map_err(|_| format!("`{shown}` is not UTF-8 text, which TOML is; save it as UTF-8"))?;
    let reader = Reader { shown: &shown, text: &text, folder: path.parent().unwrap_or(Path::new("")) };
    let written: Written = toml::from_str(&text).map_err(|error| reader.toml(&error))?;
    reader.world(written, path)
}

/// Turns what is written into what is meant, and knows the line of everything.
struct Reader<'a> {
    shown: &'a str,
    text: &'a str,
    folder: &'a Path,
}

impl Reader<'_> {
    fn wrong(&self, span: &Range<usize>, problem: impl std::fmt::Display) -> String {
        let line = self.text.bytes().take(span.start).filter(|byte| *byte == b'\n').count() + 1;
        format!("{}:{line}: {problem}", self.shown)
    }

    fn toml(&self, error: &toml::de::Error) -> String {
        self.wrong(&error.span().unwrap_or_default(), one_line(error.message()))
    }

    fn parsed<T: std::str::FromStr<Err: std::fmt::Display>>(&self, text: &Spanned<String>) -> Result<T, String> {
        text.get_ref().parse().map_err(|error: T::Err| self.wrong(&text.span(), one_line(&error.to_string())))
    }

    fn world(&self, written: Written, path: &Path) -> Result<Loaded, String> {
        let server = written.server.ok_or_else(|| {
            self.wrong(&(0..0), "no CA signs the door's certificates; add [server] with ca and key, two PEM files")
        })?;
        let (ca, key) = (self.folder.join(&server.get_ref().ca), self.folder.join(&server.get_ref().key));
        let server = server_authority(&ca, &key).map_err(|why| self.wrong(&server.span(), why))?;
        let mut world = World::default();
        world.switches = written.switches.into();
        let mut paths = BTreeMap::new();
        for region in &written.regions {
            let WrittenRegion { name: spelled, listen } = region.get_ref();
            let name: RegionName = self.parsed(spelled)?;
            if world.has_region(&name) {
                return Err(self.wrong(&spelled.span(), format!("{name} is listed already; keep one")));
            }
            if let Some(listen) = listen {
                let problem = |_| self.wrong(&listen.span(), "listen is no address with port, such as 127.0.0.1:7300");
                let address: SocketAddr = listen.get_ref().parse().map_err(problem)?;
                let address = Loopback::try_from(address).map_err(|error| self.wrong(&listen.span(), error))?;
                paths.insert(name.clone(), address);
            }
            world.insert_region(name);
        }
        let places = self.places(&written.namespaces)?;
        let tenants = tenants(&places).map_err(|(at, why)| self.wrong(&written.namespaces[at].span(), why))?;
        for (tenant, written) in tenants.into_iter().zip(&written.namespaces) {
            world.insert(self.placed(tenant, written, &world)?);
        }
        let mut ids = BTreeSet::new();
        for written in &written.api_keys {
            let (fingerprint, key) = (self.fingerprint(written)?, self.key(written, &mut ids, &world)?);
            if let Some(other) = world.keys.insert(fingerprint, key) {
                let problem = format!("this is the API key `{}` once more; keep one", other.id);
                return Err(self.wrong(&written.span(), problem));
            }
        }
        let sources = places.iter().flat_map(|(_, place)| place.sources());
        let sources = sources.chain([path.to_owned(), ca.clone(), key]).collect();
        Ok(Loaded { world, server, server_ca: ca, paths, places, sources, begun: SystemTime::UNIX_EPOCH })
    }

    fn places(&self, written: &[Spanned<WrittenNamespace>]) -> Result<Vec<(NamespaceName, Place)>, String> {
        if written.is_empty() {
            let problem = "no namespace is listed; add [[namespaces]] with a name and a ca";
            return Err(self.wrong(&(0..0), problem));
        }
        if written.len() > MOST_NAMESPACES {
            let problem =
                format!("{} are listed, at most {MOST_NAMESPACES} are served", plural(written.len(), "namespace"));
            return Err(self.wrong(&written[MOST_NAMESPACES].span(), problem));
        }
        let mut seen = BTreeSet::new();
        let mut places = Vec::with_capacity(written.len());
        for namespace in written {
            let WrittenNamespace { name: spelled, ca, filters, kit, .. } = namespace.get_ref();
            let name: NamespaceName = self.parsed(spelled)?;
            if !seen.insert(name.clone()) {
                return Err(self.wrong(&spelled.span(), format!("{name} is listed already; keep one")));
            }
            let takes_certificates = authentication(namespace.get_ref()).takes_certificates();
            let place = match (kit, ca, filters) {
                (Some(kit), None, None) => Place::Kit(self.folder.join(kit)),
                (Some(_), _, _) => {
                    let problem = "a kit brings its own ca and filters; give the kit, or the two files";
                    return Err(self.wrong(&namespace.span(), problem));
                }
                (None, None, None) if !takes_certificates => Place::Files { ca: None, filters: None },
                (None, None, _) => {
                    let problem = format!("{name} has no ca; give `ca = \"…\"`, a kit, or auth = [\"api-key\"] alone");
                    return Err(self.wrong(&namespace.span(), problem));
                }
                (None, Some(ca), filters) => Place::Files {
                    ca: Some(self.folder.join(ca)),
                    filters: filters.as_ref().map(|filters| self.folder.join(filters)),
                },
            };
            places.push((name, place));
        }
        Ok(places)
    }

    fn placed(&self, mut tenant: Tenant, written: &Spanned<WrittenNamespace>, world: &World) -> Result<Tenant, String> {
        let WrittenNamespace { region, auth, .. } = written.get_ref();
        if let Some(auth) = auth.as_ref().filter(|auth| auth.get_ref().is_empty()) {
            return Err(self.wrong(&auth.span(), "auth is empty, so nobody would get in; give \"mtls\" or \"api-key\""));
        }
        let region = match region {
            None => None,
            Some(spelled) => {
                let region: RegionName = self.parsed(spelled)?;
                if !world.has_region(&region) {
                    let problem = format!("{region} is not listed; add [[regions]] with this name");
                    return Err(self.wrong(&spelled.span(), problem));
                }
                Some(region)
            }
        };
        tenant.region = region;
        tenant.authentication = authentication(written.get_ref());
        Ok(tenant)
    }

    fn fingerprint(&self, written: &Spanned<WrittenKey>) -> Result<Fingerprint, String> {
        let sha256 = &written.get_ref().sha256;
        let problem = "a SHA-256 has 64 hexadecimal digits; `printf %s \"$KEY\" | sha256sum` prints it";
        // What stands there instead may be the key, and is not repeated.
        Fingerprint::parse(sha256.get_ref()).ok_or_else(|| self.wrong(&sha256.span(), problem))
    }

    fn key(&self, written: &Spanned<WrittenKey>, ids: &mut BTreeSet<String>, world: &World) -> Result<ApiKey, String> {
        let WrittenKey { id, namespaces, expires, disabled, .. } = written.get_ref();
        if id.get_ref().trim().is_empty() || id.get_ref().len() > 100 {
            return Err(self.wrong(&id.span(), "the id of an API key has 1 to 100 characters"));
        }
        if !ids.insert(one_line(id.get_ref())) {
            return Err(self.wrong(&id.span(), "an API key of this id is listed already; keep one"));
        }
        let mut reached = BTreeSet::new();
        for spelled in namespaces {
            let name: NamespaceName = self.parsed(spelled)?;
            match world.tenant(&name) {
                None => {
                    return Err(
                        self.wrong(&spelled.span(), format!("{name} is not listed; add [[namespaces]] with it"))
                    );
                }
                Some(tenant) if !tenant.authentication.takes_keys() => {
                    let problem = format!("{name} takes no API keys; add \"api-key\" to its auth");
                    return Err(self.wrong(&spelled.span(), problem));
                }
                Some(_) => reached.insert(name),
            };
        }
        let not_after = expires.as_ref().map(|expires| self.instant(expires)).transpose()?;
        Ok(ApiKey { id: one_line(id.get_ref()).into(), namespaces: reached, not_after, disabled: *disabled })
    }

    fn instant(&self, written: &Spanned<Datetime>) -> Result<OffsetDateTime, String> {
        let text = written.get_ref().to_string();
        let parsed = OffsetDateTime::parse(&text, &time::format_description::well_known::Rfc3339);
        let problem = "expires is a date and time with offset, written like 2027-03-01T00:00:00Z and without quotes";
        parsed.map(|at| at.to_offset(UtcOffset::UTC)).map_err(|_| self.wrong(&written.span(), problem))
    }
}

fn authentication(written: &WrittenNamespace) -> Authentication {
    let Some(methods) = &written.auth else { return Authentication::Mtls };
    let takes = |method| methods.get_ref().contains(&method);
    match (takes(Method::Mtls), takes(Method::ApiKey)) {
        (true, true) => Authentication::Both,
        (false, true) => Authentication::ApiKey,
        _ => Authentication::Mtls,
    }
}

/// The JSON Schema of the file.
pub fn schema() -> String {
    let mut schema = schemars::schema_for!(Written);
    schema.insert("title".to_owned(), "world.toml".into());
    json::pretty(&schema)
}
