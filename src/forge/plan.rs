//! Hierarchies as data: any authorities, shared or of one namespace, and any clients below them, in TOML.
//!
//! Text in a plan may hold `{namespace}` (`orders.f45a2`), `{name}` (`orders`), `{n}` (the number of a namespace or
//! authority that has a count), `{m}` (the number of a client), `{year}` and `{date}` of the plan's time, and `{random}`
//! (four characters, fixed by the seed).

use std::collections::HashMap;
use std::sync::Arc;

use rcgen::{ExtendedKeyUsagePurpose, KeyUsagePurpose};
use serde::Deserialize;
use time::format_description::well_known::Rfc3339;
use time::{Duration, OffsetDateTime};

use super::issue::{DistinguishedName, Issuer, Spec, StringType, issue};
use super::recipe::filters_json;
use super::{ForgeError, Key, KeyKind, KeyRing, KeySource, SigningHash};
use crate::cloud::NamespaceName;
use crate::cloud::filter::Field;
use crate::cloud::kit::{File, Files};
use crate::pki::clock;
use crate::pki::pem::{encode, encode_certificates};

/// Most certificates that one plan comes to.
const MOST_CERTIFICATES: usize = 1_000_000;

/// Longest run of authorities that issue one another. Verifiers give up at a hundred or much earlier.
const LONGEST_CHAIN: usize = 1_000;

/// The recipes that have a name, as TOML.
pub const NAMED: [(&str, &str); 9] = [
    ("certproof", include_str!("recipes/certproof.toml")),
    ("tcld", include_str!("recipes/tcld.toml")),
    ("step", include_str!("recipes/step.toml")),
    ("openssl", include_str!("recipes/openssl.toml")),
    ("enterprise", include_str!("recipes/enterprise.toml")),
    ("rollover", include_str!("recipes/rollover.toml")),
    ("max", include_str!("recipes/max.toml")),
    ("deep", include_str!("recipes/deep.toml")),
    ("fleet", include_str!("recipes/fleet.toml")),
];

/// A whole plan as it is written.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Plan {
    /// What it makes, in a line.
    pub title: Option<String>,
    /// CAs that namespaces share. An issuer stands before those that it signs.
    #[serde(default)]
    pub authority: Vec<Entry>,
    #[serde(default)]
    pub namespace: Vec<NamespacePlan>,
}

/// The JSON Schema of a plan, for editors.
#[cfg(feature = "cli")]
pub fn schema() -> String {
    let mut schema = schemars::schema_for!(Plan);
    schema.insert("title".to_owned(), "A hierarchy for certproof gen hierarchy --plan".into());
    crate::report::json::pretty(&schema)
}

/// A namespace, or many of one kind.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct NamespacePlan {
    /// `<name>.<account>`. Without it, one for each namespace that is asked for.
    pub name: Option<String>,
    /// How many of these; their names then hold `{n}`.
    pub count: Option<usize>,
    /// The authorities of its CA bundle, in order.
    pub bundle: Vec<String>,
    /// CAs of this namespace alone.
    #[serde(default)]
    pub authority: Vec<Entry>,
    /// The first is the kit's `client.pem`, the others go into `clients`.
    #[serde(default)]
    pub client: Vec<Entry>,
    /// Certificate filters; all fields of one must match.
    #[serde(default)]
    pub filters: Vec<FilterPlan>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct FilterPlan {
    pub common_name: Option<String>,
    pub organization: Option<String>,
    pub organizational_unit: Option<String>,
    pub subject_alternative_name: Option<String>,
}

/// A certificate: of an authority, or of a client.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Entry {
    /// What others call it by, and what a client's files are called.
    pub name: String,
    /// How many of these; 0 stands for its issuer.
    pub count: Option<usize>,
    /// Of several authorities each is issued by the one before it, the first by `issuer`.
    #[serde(default)]
    pub chain: bool,
    /// The authority that signs it; itself when not given.
    pub issuer: Option<String>,
    /// An authority above whose key it has too, as in a cross-signed pair.
    pub same_key_as: Option<String>,
    /// `C=US, O=Acme, OU=, CN=worker`: attributes in the order in which they are written. `\,` is a comma.
    pub subject: String,
    pub key: Option<KeyName>,
    /// The hash of the signature over it; the one that goes with the issuer's key when not given.
    pub hash: Option<HashName>,
    /// Hex of the serial number; 16 octets of chance, or of the seed, when not given.
    pub serial: Option<String>,
    /// RFC 3339, or a time before or after the plan's, such as `-30d`; a day before when not given.
    pub valid_from: Option<String>,
    /// `10y`, `90d`, `8760h`, from `valid-from` where it is given and else from the plan's time: ten years for an
    /// authority and one for a client when not given.
    pub valid_for: Option<String>,
    /// RFC 3339; instead of `valid-for`.
    pub valid_until: Option<String>,
    /// CA:true or CA:false, whatever the role.
    pub basic_constraints: Option<bool>,
    pub path_length: Option<u8>,
    /// `digitalSignature`, `keyCertSign`, …; an empty list leaves the extension out.
    pub key_usage: Option<Vec<String>>,
    /// `clientAuth`, `serverAuth`, `any`, or an OID; an empty list leaves the extension out.
    pub purposes: Option<Vec<String>>,
    /// `DNS:…`, `IP:…`, `URI:…`, `email:…`
    #[serde(default)]
    pub san: Vec<String>,
    /// DNS subtrees in which names below it must lie.
    #[serde(default)]
    pub permitted_dns: Vec<String>,
    /// DNS subtrees in which no name below it may lie.
    #[serde(default)]
    pub excluded_dns: Vec<String>,
    pub subject_key_id: Option<bool>,
    pub authority_key_id: Option<bool>,
    /// Authorities whose certificates a client sends with its own; those between it and the bundle when not given.
    pub sends: Option<Vec<String>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum KeyName {
    P256,
    P384,
    P521,
    Rsa2048,
    Rsa3072,
    Rsa4096,
    Ed25519,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum HashName {
    Sha256,
    Sha384,
    Sha512,
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
            KeyName::Ed25519 => Self::Ed25519,
        }
    }
}

impl From<HashName> for SigningHash {
    fn from(name: HashName) -> Self {
        match name {
            HashName::Sha256 => Self::Sha256,
            HashName::Sha384 => Self::Sha384,
            HashName::Sha512 => Self::Sha512,
        }
    }
}

/// What is wrong with a plan.
#[derive(Debug, thiserror::Error)]
pub enum PlanError {
    #[error("the plan is not TOML of the form that is wanted: {0}")]
    Toml(#[from] toml::de::Error),
    #[error("`{0}` is no recipe; there are {names}", names = NAMED.map(|(name, _)| name).join(", "))]
    UnknownRecipe(String),
    #[error("{entry}: {problem}")]
    Entry { entry: String, problem: String },
    #[error("{0}")]
    Whole(String),
    #[error(transparent)]
    Forge(#[from] ForgeError),
}

/// What a plan is made with. With keys from a seed, which everybody can have, subjects say so.
#[derive(Debug, Clone)]
pub struct Order {
    /// For plans whose namespaces have no name of their own.
    pub namespaces: Vec<NamespaceName>,
    pub at: OffsetDateTime,
    pub keys: KeySource,
    /// For entries that name no key.
    pub key: KeyKind,
}

/// A certificate that was made, with what a list of them wants to know.
#[derive(Debug, Clone)]
pub struct Made {
    /// The entry's name, with its number.
    pub name: String,
    /// DER
    pub certificate: Vec<u8>,
    pub key: Arc<Key>,
    /// Certificates between it and its root, the nearest first, the root last; empty for a root.
    above: Vec<usize>,
    subject: Vec<u8>,
    key_label: String,
}

/// The files of one namespace, and the clients beyond the first.
#[derive(Debug)]
pub struct PlannedKit {
    pub files: Files,
    /// The key of the authority that signed the first client, or of the last authority when there is no client.
    pub issuing_key: Option<Arc<Key>>,
    pub client_key: Option<Arc<Key>>,
    pub clients: Vec<Client>,
    /// Every certificate of the kit: authorities, then clients.
    pub authorities: Vec<Made>,
}

/// A client with what it sends.
#[derive(Debug)]
pub struct Client {
    pub name: String,
    /// PEM: leaf, then intermediates.
    pub chain: String,
    /// DER of the leaf.
    pub certificate: Vec<u8>,
    pub key: Arc<Key>,
}

impl Plan {
    /// # Errors
    /// When the text is no TOML of this form.
    pub fn read(text: &str) -> Result<Self, PlanError> {
        Ok(toml::from_str(text)?)
    }

    /// The recipe of that name.
    ///
    /// # Errors
    /// When there is none.
    pub fn named(name: &str) -> Result<Self, PlanError> {
        let found = NAMED.into_iter().find(|(known, _)| *known == name);
        Self::read(found.ok_or_else(|| PlanError::UnknownRecipe(name.to_owned()))?.1)
    }

    /// Whether it makes RSA keys, which take a while.
    pub fn has_rsa(&self) -> bool {
        let own = self.namespace.iter().flat_map(|namespace| namespace.authority.iter().chain(&namespace.client));
        own.chain(&self.authority).any(|entry| entry.key.is_some_and(|key| KeyKind::from(key).is_rsa()))
    }

    /// Issues the shared authorities. The namespaces follow one by one, in any order, on any thread.
    ///
    /// # Errors
    /// When a name is unknown or used twice, a value has no meaning, or the whole is too large.
    pub fn start(&self, order: Order) -> Result<Foundry<'_>, PlanError> {
        let each = |plan: &NamespacePlan| {
            let counts = plan.authority.iter().chain(&plan.client).map(|entry| entry.count.unwrap_or(1));
            counts.fold(0_usize, usize::saturating_add)
        };
        let shared = self.authority.iter().map(|entry| entry.count.unwrap_or(1)).fold(0, usize::saturating_add);
        let many = |plan: &NamespacePlan| match (&plan.name, plan.count) {
            (None, _) => order.namespaces.len(),
            (Some(_), count) => count.unwrap_or(1),
        };
        let of_all = self.namespace.iter().map(|plan| many(plan).saturating_mul(each(plan).max(1)));
        let total = of_all.fold(shared, usize::saturating_add);
        if total > MOST_CERTIFICATES {
            return Err(PlanError::Whole(format!(
                "the plan comes to {total} certificates, and at most {MOST_CERTIFICATES} are made"
            )));
        }
        let namespaces = self.namespaces(&order)?;
        if namespaces.is_empty() {
            return Err(PlanError::Whole("the plan has no [[namespace]]".to_owned()));
        }
        let shared = {
            let mut yard = Yard::new(&order, 0);
            let scope = Scope::new(&order, None);
            for entry in &self.authority {
                yard.authorities(entry, &scope)?;
            }
            yard.finish()
        };
        Ok(Foundry { order, namespaces, shared })
    }

    fn namespaces(&self, order: &Order) -> Result<Vec<Job<'_>>, PlanError> {
        let mut jobs = Vec::new();
        for plan in &self.namespace {
            let numbered = |name: &str, count: usize| {
                (1..=count).map(move |n| (name.replace("{n}", &n.to_string()), n)).collect::<Vec<_>>()
            };
            let names = match (&plan.name, plan.count) {
                (None, None) => order.namespaces.iter().map(|name| (name.to_string(), 1)).collect(),
                (Some(name), count) => numbered(name, count.unwrap_or(1)),
                (None, Some(_)) => {
                    let problem = "a namespace with a count needs a name that holds {n}".to_owned();
                    return Err(PlanError::Entry { entry: "[[namespace]]".to_owned(), problem });
                }
            };
            for (name, number) in names {
                let name: NamespaceName = name.parse().map_err(|error| PlanError::Entry {
                    entry: format!("namespace `{}`", crate::pki::name::printable(&name)),
                    problem: format!("{error}"),
                })?;
                jobs.push(Job { plan, name, number });
            }
        }
        let mut seen = std::collections::HashSet::new();
        match jobs.iter().find(|job| !seen.insert(job.name.to_string())) {
            None => Ok(jobs),
            Some(twice) => Err(PlanError::Whole(format!("the namespace `{}` is there twice", twice.name))),
        }
    }
}

#[derive(Debug)]
struct Job<'a> {
    plan: &'a NamespacePlan,
    name: NamespaceName,
    number: usize,
}

/// A plan whose shared authorities are issued.
#[derive(Debug)]
pub struct Foundry<'a> {
    order: Order,
    namespaces: Vec<Job<'a>>,
    shared: Vec<Shared>,
}

#[derive(Debug, Clone)]
struct Shared {
    made: Made,
    groups: Vec<String>,
}

impl Foundry<'_> {
    /// The namespaces, in order.
    pub fn names(&self) -> impl Iterator<Item = &NamespaceName> {
        self.namespaces.iter().map(|job| &job.name)
    }

    /// The authorities that namespaces share.
    pub fn shared(&self) -> impl Iterator<Item = &Made> {
        self.shared.iter().map(|shared| &shared.made)
    }

    /// Issues everything of one namespace, by its position in [`Self::names`].
    ///
    /// # Errors
    /// As [`Plan::start`].
    pub fn kit(&self, position: usize) -> Result<PlannedKit, PlanError> {
        let job = &self.namespaces[position];
        let scope = Scope::new(&self.order, Some(job));
        // RSA keys of the pool are handed out from another place for each namespace.
        let mut yard = Yard::new(&self.order, position + 1);
        yard.adopt(&self.shared);
        for entry in &job.plan.authority {
            yard.authorities(entry, &scope)?;
        }
        let mut bundle = Vec::new();
        for name in &job.plan.bundle {
            let found = yard.group(name).ok_or_else(|| PlanError::Entry {
                entry: format!("namespace `{}`", job.name),
                problem: format!("its bundle names `{name}`, which is no authority of the plan"),
            })?;
            bundle.extend(found);
        }
        let mut clients = Vec::new();
        for entry in &job.plan.client {
            clients.extend(yard.clients(entry, &scope, &bundle)?);
        }
        let ders: Vec<_> = bundle.iter().map(|position| yard.made[*position].certificate.clone()).collect();
        let filters = job.plan.filters.iter().map(|filter| filter.fields(&scope)).collect::<Result<Vec<_>, _>>()?;
        let mut clients = clients.into_iter();
        let first = clients.next();
        let issuing_key = match &first {
            Some((_, issuer)) => Some(yard.made[*issuer].key.clone()),
            None => yard.made.last().map(|made| made.key.clone()),
        };
        let first = first.map(|(client, _)| client);
        let files = Files {
            namespace: Some(job.name.to_string()),
            bundle: Some(File::new("ca.pem", encode_certificates(&ders).into_bytes())),
            client: first.as_ref().map(|client| File::new("client.pem", client.chain.clone().into_bytes())),
            key: first
                .as_ref()
                .map(|client| File::new("client.key", encode("PRIVATE KEY", client.key.pkcs8()).into_bytes())),
            filters: (!filters.is_empty()).then(|| File::new("filters.json", filters_json(&filters).into_bytes())),
            server_root: None,
        };
        Ok(PlannedKit {
            files,
            issuing_key,
            client_key: first.as_ref().map(|client| client.key.clone()),
            clients: first.into_iter().chain(clients.map(|(client, _)| client)).collect(),
            authorities: yard.made.split_off(self.shared.len()),
        })
    }
}

impl FilterPlan {
    fn fields(&self, scope: &Scope<'_>) -> Result<Vec<(Field, String)>, PlanError> {
        let given = [&self.common_name, &self.organization, &self.organizational_unit, &self.subject_alternative_name];
        let fields: Vec<_> = Field::ALL
            .into_iter()
            .zip(given)
            .filter_map(|(field, value)| Some((field, scope.fill(value.as_ref()?, 1, ""))))
            .collect();
        match fields.is_empty() {
            false => Ok(fields),
            true => Err(PlanError::Entry { entry: "filters".to_owned(), problem: "a filter has no field".to_owned() }),
        }
    }
}

/// What the words in braces stand for.
struct Scope<'a> {
    order: &'a Order,
    job: Option<&'a Job<'a>>,
}

impl<'a> Scope<'a> {
    fn new(order: &'a Order, job: Option<&'a Job<'a>>) -> Self {
        Self { order, job }
    }

    fn fill(&self, text: &str, number: usize, random: &str) -> String {
        if !text.contains('{') {
            return text.to_owned();
        }
        let mut out = text
            .replace("{year}", &self.order.at.year().to_string())
            .replace("{date}", &self.order.at.date().to_string())
            .replace("{m}", &number.to_string())
            .replace("{random}", random);
        if let Some(job) = self.job {
            out = out.replace("{namespace}", &job.name.to_string()).replace("{name}", job.name.name());
            // In a namespace with a count, {n} is its own number; otherwise that of the authority.
            let n = if job.plan.count.is_some() { job.number } else { number };
            return out.replace("{n}", &n.to_string());
        }
        out.replace("{n}", &number.to_string())
    }
}

/// Issues authorities and clients, and knows them by name.
struct Yard<'a> {
    order: &'a Order,
    ring: KeyRing,
    made: Vec<Made>,
    /// From the name of an entry to the certificates that it came to.
    groups: HashMap<String, Vec<usize>>,
}

impl<'a> Yard<'a> {
    fn new(order: &'a Order, place: usize) -> Self {
        let mut ring = KeyRing::new(order.keys);
        ring.skip(place.saturating_mul(3));
        Self { order, ring, made: Vec::new(), groups: HashMap::new() }
    }

    fn adopt(&mut self, shared: &[Shared]) {
        for (position, Shared { made, groups }) in shared.iter().enumerate() {
            self.made.push(made.clone());
            for group in groups {
                self.groups.entry(group.clone()).or_default().push(position);
            }
        }
    }

    fn finish(self) -> Vec<Shared> {
        let Self { made, groups, .. } = self;
        let of = |position: usize| {
            let names = groups.iter().filter(|(_, members)| members.contains(&position));
            names.map(|(name, _)| name.clone()).collect()
        };
        made.into_iter().enumerate().map(|(position, made)| Shared { made, groups: of(position) }).collect()
    }

    /// The certificates that an entry came to. A member of a group is called by its number too: `issuing-2`.
    fn group(&self, name: &str) -> Option<Vec<usize>> {
        self.groups.get(name).cloned()
    }

    /// The authority of that name; of several the last.
    fn one(&self, name: &str, of: &str) -> Result<usize, PlanError> {
        let found = self.groups.get(name).and_then(|members| members.last().copied());
        found.ok_or_else(|| PlanError::Entry {
            entry: format!("`{of}`"),
            problem: format!("`{name}` is no authority that stands before it in the plan"),
        })
    }

    fn authorities(&mut self, entry: &Entry, scope: &Scope<'_>) -> Result<(), PlanError> {
        if self.groups.contains_key(&entry.name) {
            return Err(entry.wrong("the name is there twice"));
        }
        let count = entry.count.unwrap_or(1);
        if entry.chain && count > LONGEST_CHAIN {
            return Err(
                entry.wrong(format!("a chain of {count} is longer than {LONGEST_CHAIN}, which nobody verifies"))
            );
        }
        let mut above = entry.issuer.as_ref().map(|issuer| self.one(issuer, &entry.name)).transpose()?;
        if count == 0 {
            let above = above.ok_or_else(|| entry.wrong("a count of 0 needs an issuer to stand for it"))?;
            self.groups.insert(entry.name.clone(), vec![above]);
            return Ok(());
        }
        for number in 1..=count {
            let name = if entry.count.is_some() { format!("{}-{number}", entry.name) } else { entry.name.clone() };
            let made = self.issue(entry, scope, number, &name, above, true)?;
            let position = self.made.len();
            self.made.push(made);
            self.groups.entry(entry.name.clone()).or_default().push(position);
            if entry.count.is_some() {
                self.groups.insert(name, vec![position]);
            }
            if entry.chain {
                above = Some(position);
            }
        }
        Ok(())
    }

    /// Clients, each with the position of its issuer.
    fn clients(
        &mut self,
        entry: &Entry,
        scope: &Scope<'_>,
        bundle: &[usize],
    ) -> Result<Vec<(Client, usize)>, PlanError> {
        let issuer = entry.issuer.as_ref().ok_or_else(|| entry.wrong("a client needs an issuer"))?;
        let issuer = self.one(issuer, &entry.name)?;
        let sends = match &entry.sends {
            Some(names) => names.iter().map(|name| self.one(name, &entry.name)).collect::<Result<Vec<_>, _>>()?,
            None => {
                let path = std::iter::once(issuer).chain(self.made[issuer].above.iter().copied());
                let is_root = |position: &usize| self.made[*position].above.is_empty();
                path.filter(|position| !is_root(position) && !bundle.contains(position)).collect()
            }
        };
        let mut clients = Vec::new();
        for number in 1..=entry.count.unwrap_or(1) {
            let name = scope.fill(&entry.name, number, "");
            let is_file_name = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
            if name.is_empty() || !name.chars().all(is_file_name) || name.starts_with('.') {
                return Err(entry.wrong("a client's name becomes a file's: letters, digits, `-`, `_` and `.` only"));
            }
            let made = self.issue(entry, scope, number, &name, Some(issuer), false)?;
            let chain = std::iter::once(&made).chain(sends.iter().map(|position| &self.made[*position]));
            let chain: Vec<_> = chain.map(|made| made.certificate.clone()).collect();
            let chain = encode_certificates(&chain);
            clients.push((Client { name, chain, certificate: made.certificate, key: made.key }, issuer));
        }
        Ok(clients)
    }

    fn issue(
        &mut self,
        entry: &Entry,
        scope: &Scope<'_>,
        number: usize,
        name: &str,
        issuer: Option<usize>,
        authority: bool,
    ) -> Result<Made, PlanError> {
        let owner = scope.job.map_or_else(String::new, |job| format!("{}/", job.name));
        let role = if authority { "authority" } else { "client" };
        let label = format!("{owner}{role}/{name}");
        let twin = entry.same_key_as.as_ref().map(|twin| self.one(twin, name)).transpose()?;
        let spec = entry.spec(scope, number, &label, &self.ring, self.order, authority)?;
        let (key, key_label) = match twin {
            Some(twin) => (self.made[twin].key.clone(), self.made[twin].key_label.clone()),
            None => (Arc::new(self.ring.key(spec.key, &label)?), label.clone()),
        };
        let serial = match &entry.serial {
            Some(hex) => unhex(hex).ok_or_else(|| entry.wrong("the serial number is not hex of 1 to 64 octets"))?,
            None => self.ring.serial(&label)?,
        };
        let subject = spec.subject.write();
        let (signer, above) = match issuer {
            None => (Issuer { name: subject.clone(), key_id: key.identifier(), key: &key }, Vec::new()),
            Some(position) => {
                let made = &self.made[position];
                let above = std::iter::once(position).chain(made.above.iter().copied()).collect();
                (Issuer { name: made.subject.clone(), key_id: made.key.identifier(), key: &made.key }, above)
            }
        };
        let certificate = issue(&spec, &key, &signer, &serial)?;
        Ok(Made { name: name.to_owned(), certificate, key, above, subject, key_label })
    }
}

impl Entry {
    fn wrong(&self, problem: impl Into<String>) -> PlanError {
        PlanError::Entry { entry: format!("`{}`", crate::pki::name::printable(&self.name)), problem: problem.into() }
    }

    fn spec(
        &self,
        scope: &Scope<'_>,
        number: usize,
        label: &str,
        ring: &KeyRing,
        order: &Order,
        authority: bool,
    ) -> Result<Spec, PlanError> {
        let random =
            if self.san.iter().any(|name| name.contains("{random}")) { ring.letters(label)? } else { String::new() };
        let fill = |text: &str| scope.fill(text, number, &random);
        let mut subject = DistinguishedName::parse(&fill(&self.subject)).map_err(|problem| self.wrong(problem))?;
        if matches!(order.keys, KeySource::Seeded(_)) {
            subject = subject.marked_public();
        }
        let kind = self.key.map_or(order.key, KeyKind::from);
        let mut spec = match authority {
            true => Spec::authority(label, subject, kind, order.at),
            false => Spec::client(label, subject, kind, order.at),
        };
        spec.hash = self.hash.map(SigningHash::from);
        if let Some(from) = &self.valid_from {
            spec.not_before = moment(from, order.at).map_err(|problem| self.wrong(problem))?;
        }
        spec.not_after = match (&self.valid_until, &self.valid_for) {
            (Some(_), Some(_)) => return Err(self.wrong("valid-for and valid-until exclude each other")),
            (Some(until), None) => moment(until, order.at).map_err(|problem| self.wrong(problem))?,
            (None, Some(length)) => {
                let length = clock::parse_duration(length).map_err(|problem| self.wrong(problem))?;
                let start = if self.valid_from.is_some() { spec.not_before } else { order.at };
                start.checked_add(length).unwrap_or(spec.not_after)
            }
            (None, None) => spec.not_after,
        };
        if let Some(ca) = self.basic_constraints {
            spec.basic_constraints = Some((ca, None));
        }
        if let Some(length) = self.path_length {
            spec.basic_constraints = Some((true, Some(length)));
        }
        if let Some(usages) = &self.key_usage {
            spec.key_usage = usages.iter().map(|name| self.usage(name)).collect::<Result<_, _>>()?;
        }
        if let Some(purposes) = &self.purposes {
            spec.purposes = purposes.iter().map(|name| self.purpose(name)).collect::<Result<_, _>>()?;
        }
        for name in &self.san {
            self.name(&mut spec, &fill(name))?;
        }
        spec.permitted_dns = self.permitted_dns.iter().map(|name| fill(name)).collect();
        spec.excluded_dns = self.excluded_dns.iter().map(|name| fill(name)).collect();
        spec.subject_key_id = self.subject_key_id.unwrap_or(true);
        spec.authority_key_id = self.authority_key_id.unwrap_or(true);
        Ok(spec)
    }

    fn usage(&self, name: &str) -> Result<KeyUsagePurpose, PlanError> {
        Ok(match name {
            "digitalSignature" => KeyUsagePurpose::DigitalSignature,
            "contentCommitment" | "nonRepudiation" => KeyUsagePurpose::ContentCommitment,
            "keyEncipherment" => KeyUsagePurpose::KeyEncipherment,
            "dataEncipherment" => KeyUsagePurpose::DataEncipherment,
            "keyAgreement" => KeyUsagePurpose::KeyAgreement,
            "keyCertSign" => KeyUsagePurpose::KeyCertSign,
            "cRLSign" => KeyUsagePurpose::CrlSign,
            "encipherOnly" => KeyUsagePurpose::EncipherOnly,
            "decipherOnly" => KeyUsagePurpose::DecipherOnly,
            _ => return Err(self.wrong(format!("`{name}` is no key usage; they are spelled as in RFC 5280"))),
        })
    }

    fn purpose(&self, name: &str) -> Result<ExtendedKeyUsagePurpose, PlanError> {
        Ok(match name {
            "any" => ExtendedKeyUsagePurpose::Any,
            "clientAuth" => ExtendedKeyUsagePurpose::ClientAuth,
            "serverAuth" => ExtendedKeyUsagePurpose::ServerAuth,
            "codeSigning" => ExtendedKeyUsagePurpose::CodeSigning,
            "emailProtection" => ExtendedKeyUsagePurpose::EmailProtection,
            "timeStamping" => ExtendedKeyUsagePurpose::TimeStamping,
            "OCSPSigning" => ExtendedKeyUsagePurpose::OcspSigning,
            oid => {
                let parts: Option<Vec<u64>> = oid.split('.').map(|part| part.parse().ok()).collect();
                let parts = parts.filter(|parts| parts.len() > 2);
                ExtendedKeyUsagePurpose::Other(parts.ok_or_else(|| {
                    self.wrong(format!("`{oid}` is no purpose; write clientAuth, serverAuth, any, or an OID"))
                })?)
            }
        })
    }

    fn name(&self, spec: &mut Spec, name: &str) -> Result<(), PlanError> {
        let wrong = || self.wrong(format!("`{name}` is no alternative name; write DNS:…, IP:…, URI:… or email:…"));
        let (kind, value) = name.split_once(':').ok_or_else(wrong)?;
        match kind {
            "DNS" => spec.dns.push(value.to_owned()),
            "IP" => spec.ip.push(value.parse().map_err(|_| wrong())?),
            "URI" => spec.uri.push(value.to_owned()),
            "email" => spec.email.push(value.to_owned()),
            _ => return Err(wrong()),
        }
        Ok(())
    }
}

/// RFC 3339, or `-30d`, `+1y` from the plan's time.
fn moment(text: &str, at: OffsetDateTime) -> Result<OffsetDateTime, String> {
    let wrong = || format!("`{text}` is no time; write it like 2027-01-31T00:00:00Z, -30d or +1y");
    let shifted = |text: &str, sign: i32| {
        let length: Duration = clock::parse_duration(text)?;
        at.checked_add(length * sign).ok_or_else(wrong)
    };
    match (text.strip_prefix('-'), text.strip_prefix('+')) {
        (Some(before), _) => shifted(before, -1),
        (_, Some(after)) => shifted(after, 1),
        (None, None) => OffsetDateTime::parse(text, &Rfc3339).map_err(|_| wrong()),
    }
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let even = text.len().is_multiple_of(2) && (1..=64).contains(&(text.len() / 2)) && text.is_ascii();
    let octets = (0..text.len()).step_by(2).map(|start| u8::from_str_radix(text.get(start..start + 2)?, 16).ok());
    if even { octets.collect() } else { None }
}

impl DistinguishedName {
    /// `C=US, O=Acme, OU=, CN=a\, b`: attributes in order. Known are the usual short names and OIDs.
    ///
    /// # Errors
    /// When a part is no attribute.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut name = Self::new();
        let mut parts = vec![String::new()];
        let mut escaped = false;
        for c in text.chars() {
            match c {
                c if escaped => {
                    parts.last_mut().into_iter().for_each(|part| part.push(c));
                    escaped = false;
                }
                '\\' => escaped = true,
                ',' => parts.push(String::new()),
                c => parts.last_mut().into_iter().for_each(|part| part.push(c)),
            }
        }
        if parts.len() == 1 && parts[0].trim().is_empty() {
            return Ok(name);
        }
        for part in &parts {
            let part = part.trim_start();
            let wrong = || {
                format!(
                    "`{}` is no attribute; write the subject like `O=Acme, CN=worker`",
                    crate::pki::name::printable(part)
                )
            };
            let (key, value) = part.split_once('=').ok_or_else(wrong)?;
            let oid = match key.trim() {
                "CN" => "2.5.4.3",
                "SERIALNUMBER" => "2.5.4.5",
                "C" => "2.5.4.6",
                "L" => "2.5.4.7",
                "ST" => "2.5.4.8",
                "STREET" => "2.5.4.9",
                "O" => "2.5.4.10",
                "OU" => "2.5.4.11",
                "DC" => "0.9.2342.19200300.100.1.25",
                "UID" => "0.9.2342.19200300.100.1.1",
                "emailAddress" => "1.2.840.113549.1.9.1",
                oid if oid.split('.').count() > 2 && oid.split('.').all(|part| part.parse::<u32>().is_ok()) => oid,
                _ => return Err(wrong()),
            };
            name = name.with(oid.to_owned(), StringType::Usual, value.trim_end());
        }
        Ok(name)
    }
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;
    use crate::cloud::Kit;
    use crate::pki::Certificate;

    const AT: OffsetDateTime = datetime!(2027-01-01 00:00 UTC);

    fn order() -> Order {
        let namespaces = ["orders.f45a2", "payments.f45a2"].map(|name| name.parse().unwrap()).to_vec();
        Order { namespaces, at: AT, keys: KeySource::Seeded(1), key: KeyKind::P256 }
    }

    fn kits(plan: &Plan) -> Vec<PlannedKit> {
        let foundry = plan.start(order()).unwrap();
        (0..foundry.names().count()).map(|position| foundry.kit(position).unwrap()).collect()
    }

    #[test]
    fn every_named_recipe_can_be_made_and_every_client_chains() {
        for (name, _) in NAMED {
            let plan = Plan::named(name).unwrap();
            assert!(plan.title.is_some(), "{name}");
            for kit in kits(&plan) {
                let read = Kit::read(&kit.files);
                let anchors = crate::pki::chain::Anchors::new(read.authorities());
                for client in &kit.clients {
                    let chain = crate::pki::Bundle::read("chain", client.chain.as_bytes());
                    let all: Vec<_> = chain.certificates().map(|(_, certificate)| certificate.clone()).collect();
                    let verified = crate::pki::chain::verify(&all[0], &all[1..], &anchors, AT);
                    assert!(verified.is_ok(), "{name} {}: {verified:?}", client.name);
                }
            }
        }
    }

    #[test]
    fn the_same_order_makes_the_same_bytes() {
        let plan = Plan::named("enterprise").unwrap();
        let bytes = |kits: Vec<PlannedKit>| {
            kits.into_iter().map(|kit| (kit.files, kit.clients[1].chain.clone())).collect::<Vec<_>>()
        };
        assert_eq!(bytes(kits(&plan)), bytes(kits(&plan)));
    }

    #[test]
    fn the_largest_recipe_stays_within_the_limits() {
        // Keys from a seed would add their mark to every subject.
        let plan = Plan::named("max").unwrap();
        let kit = plan.start(Order { keys: KeySource::Fresh, ..order() }).unwrap().kit(0).unwrap();
        let bundle = Kit::read(&kit.files).bundle.unwrap();
        assert_eq!(bundle.certificates().count(), 16);
        assert!((31_000..=32_000).contains(&bundle.size), "{} bytes", bundle.size);
    }

    #[test]
    fn a_cross_signed_pair_shares_its_key_and_name() {
        let plan = "[[authority]]\nname = \"old\"\nsubject = \"CN=Old\"\n\
                    [[authority]]\nname = \"new\"\nsubject = \"O=A, OU=, OU=b\\\\, c, CN=Ünew\"\n\
                    [[authority]]\nname = \"crossed\"\nissuer = \"old\"\nsame-key-as = \"new\"\nsubject = \"O=A, OU=, OU=b\\\\, c, CN=Ünew\"\n\
                    [[namespace]]\nname = \"orders.f45a2\"\nbundle = [\"old\"]\n\
                    [[namespace.client]]\nname = \"a\"\nissuer = \"crossed\"\nsubject = \"CN=a\"\nserial = \"0a1b\"\nhash = \"sha512\"\n\
                    san = [\"email:a@example.com\", \"IP:127.0.0.1\", \"URI:spiffe://a\", \"DNS:a.example.com\"]";
        let plan = Plan::read(plan).unwrap();
        let foundry = plan.start(order()).unwrap();
        let shared: Vec<_> = foundry.shared().map(|made| Certificate::read(&made.certificate).unwrap()).collect();
        assert_eq!(shared[1].spki, shared[2].spki);
        assert_eq!(shared[1].subject.der(), shared[2].subject.der());
        assert_eq!(shared[1].subject.to_string(), "O=A, OU=, OU=b\\, c, CN=Ünew, OU=PUBLIC KEY MATERIAL");
        let kit = foundry.kit(0).unwrap();
        let client = Certificate::read(&kit.clients[0].certificate).unwrap();
        assert_eq!(client.serial, [0x0A, 0x1B]);
        assert_eq!(client.signature.algorithm.to_string(), "ECDSA with SHA-512");
        assert_eq!(client.alternative_names.len(), 4);
        assert_eq!(kit.clients[0].chain.matches("BEGIN").count(), 2);
    }

    #[test]
    fn what_is_wrong_with_a_plan_is_said_with_the_entry() {
        let namespace = "[[namespace]]\nname = \"orders.f45a2\"\n";
        let told = |text: &str| {
            let plan = Plan::read(text);
            let error = plan.and_then(|plan| {
                let foundry = plan.start(order())?;
                foundry.kit(0).map(|_| ())
            });
            error.unwrap_err().to_string()
        };
        let client = |more: &str| {
            format!(
                "{namespace}bundle = [\"a\"]\n[[namespace.authority]]\nname = \"a\"\nsubject = \"CN=a\"\n[[namespace.client]]\nname = \"c\"\nsubject = \"CN=c\"\n{more}"
            )
        };
        for (text, expected) in [
            ("nonsense".to_owned(), "the plan is not TOML"),
            ("[[namespace]]\nbundle = []\ncolour = 1".to_owned(), "unknown field"),
            (String::new(), "the plan has no [[namespace]]"),
            (format!("{namespace}bundle = [\"x\"]"), "names `x`, which is no authority"),
            ("[[namespace]]\nname = \"Orders\"\nbundle = []".to_owned(), "namespace `Orders`"),
            (client(""), "a client needs an issuer"),
            (client("issuer = \"b\""), "`b` is no authority"),
            (client("issuer = \"a\"\nvalid-for = \"soon\""), "`soon` is no duration"),
            (client("issuer = \"a\"\nvalid-from = \"soon\""), "`soon` is no time"),
            (client("issuer = \"a\"\nkey-usage = [\"all\"]"), "`all` is no key usage"),
            (client("issuer = \"a\"\npurposes = [\"all\"]"), "`all` is no purpose"),
            (client("issuer = \"a\"\nsan = [\"all\"]"), "`all` is no alternative name"),
            (client("issuer = \"a\"\nserial = \"xyz\""), "the serial number is not hex"),
            (client("issuer = \"a\"\ncount = 99999999"), "at most 1000000 are made"),
            (
                format!("{namespace}bundle = []\n[[authority]]\nname = \"x\"\nsubject = \"CN=x\"\ncount = 99999999"),
                "at most 1000000 are made",
            ),
            (client("issuer = \"a\"\nvalid-for = \"1d\"\nvalid-until = \"+1d\""), "exclude each other"),
        ] {
            let told = told(&text);
            assert!(told.contains(expected), "{text}\n{told}");
        }
    }
}
