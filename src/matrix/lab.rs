//! The world of the matrix: hierarchies forged in memory, server certificates, clients.

use std::collections::{BTreeMap, HashMap};
use std::str::FromStr;
use std::sync::{Arc, Mutex};

use pki_types::CertificateDer;
use time::OffsetDateTime;

use super::MatrixError;
use super::export::Source;
use super::homes::{KEYS, MISNAMED_ACCOUNT, OTHER_HOST, WORLD};
use super::recipes::{recipe, varied};
use super::scenario::{Change, Course, Credential, Home, Key, KeyExchange, KeyState, Protocols, Scenario, Tls, Trust};
use crate::cloud::api_key::{ApiKey, ApiKeys, Fingerprint};
use crate::cloud::filter::{Field, Filter, Filters};
use crate::cloud::world::{Authentication, Tenant, World};
use crate::cloud::{Kit, NamespaceName, RegionName, endpoint};
use crate::forge::recipe::Recipe;
use crate::forge::server::ServerAuthority;
use crate::forge::{Forged, KeyKind, KeySource};
use crate::wire::ServerIdentity;
use crate::wire::client::{Client, NamedGroup, Offer, Profile, Versions};

impl std::fmt::Debug for Material {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a client's certificates and key")
    }
}

/// What [`Lab::material`] gives out.
pub struct Material {
    /// The chain, leaf first, and its key.
    pub identity: Option<(Vec<Vec<u8>>, Vec<u8>)>,
    pub server_ca: Vec<u8>,
}

/// Clients that differ in what they offer alone are one.
pub type Presenting = (&'static str, (&'static str, &'static str, Option<KeyKind>), Trust);

/// A namespace, and the flaw of its client if it has one.
type Made = (&'static str, Option<&'static str>);

/// Everything that is forged once for a run.
pub struct Lab {
    at: OffsetDateTime,
    keys: KeySource,
    server_authority: Arc<ServerAuthority>,
    stranger: ServerAuthority,
    /// Server certificate and PKCS#8 key by the first name that the door asks for.
    servers: BTreeMap<String, (Vec<u8>, Vec<u8>)>,
    pub world: World,
    /// Good and broken clients by namespace and flaw, forged when first asked for.
    forged: Mutex<HashMap<Made, Arc<Forged>>>,
    clients: Mutex<HashMap<Presenting, Arc<Client>>>,
}

impl Lab {
    /// `real_now` is what the clients' own clocks say of the servers.
    pub fn of(source: Source, real_now: OffsetDateTime) -> Result<Self, MatrixError> {
        let at = source.at;
        let mut lab = Self {
            at,
            keys: source.keys(),
            server_authority: source.servers,
            stranger: ServerAuthority::fresh("somebody else's server CA", real_now)?,
            servers: BTreeMap::new(),
            world: World::default(),
            forged: Mutex::default(),
            clients: Mutex::default(),
        };
        for home in WORLD {
            lab.world.insert(lab.tenant(home)?);
        }
        lab.world.keys = keys(at, |key| key);
        let accounts = lab.world.accounts().into_iter();
        let accounts: Vec<_> = accounts
            .map(|account| match account {
                MISNAMED_ACCOUNT => (endpoint::wildcard(account), vec![OTHER_HOST.to_owned()]),
                _ => (endpoint::wildcard(account), vec![endpoint::wildcard(account)]),
            })
            .collect();
        let regions: Vec<_> = lab
            .world
            .regions()
            .map(|region| {
                let name = endpoint::regional_host(region);
                (name.clone(), vec![name, endpoint::old_regional_host(region)])
            })
            .collect();
        for (asked, names) in accounts.into_iter().chain(regions) {
            let server = lab.server_authority.issue(&names, real_now)?;
            lab.servers.insert(asked, (server.certificate, server.key.pkcs8().to_vec()));
        }
        Ok(lab)
    }

    /// The server certificate for the names that the door asks for.
    pub fn mint(&self, names: &[String]) -> Result<ServerIdentity, String> {
        self.identity(names.first().map(String::as_str).unwrap_or_default()).map_err(|error| error.to_string())
    }

    /// The server certificate of that first name, and its PKCS#8 key.
    pub fn server(&self, name: &str) -> Result<(Vec<u8>, Vec<u8>), MatrixError> {
        self.servers.get(name).cloned().ok_or(MatrixError::NoServer)
    }

    /// The good hierarchy of a namespace, or as good as its shape is.
    pub fn forged(&self, home: &'static Home) -> Result<Arc<Forged>, MatrixError> {
        self.forge(home, None)
    }

    /// What a client of somebody else's making presents, and the CAs that it is to trust: DER throughout, the key as
    /// PKCS#8.
    pub fn material(&self, scenario: &Scenario) -> Result<Material, MatrixError> {
        let trusted = if scenario.trust == Trust::Right { &*self.server_authority } else { &self.stranger };
        let identity = self.credential(scenario)?;
        let identity = identity.map(|identity| {
            let chain = identity.chain.iter().map(|certificate| certificate.to_vec()).collect();
            (chain, identity.key.secret_der().to_vec())
        });
        Ok(Material { identity, server_ca: trusted.certificate.clone() })
    }

    pub fn identity(&self, name: &str) -> Result<ServerIdentity, MatrixError> {
        let (certificate, key) = self.servers.get(name).cloned().unwrap_or_default();
        Ok(ServerIdentity::new(vec![certificate], &key)?)
    }

    /// The world after a change.
    pub fn changed(&self, change: Change, home: &'static Home) -> Result<World, MatrixError> {
        let mut world = self.world.clone();
        let mut tenant = self.tenant(home)?;
        match change {
            Change::AnotherRoot => {
                let mut recipe = self.recipe(home, None)?;
                recipe.authorities[0].spec.label = "next root".to_owned();
                tenant = self::tenant(home, &recipe.forge()?);
            }
            Change::NamespaceGone => {
                let name = tenant.name;
                world = World::default();
                for tenant in self.world.tenants().filter(|tenant| tenant.name != name) {
                    world.insert(self.tenant_named(&tenant.name)?);
                }
                world.keys = self.world.keys.clone();
                return Ok(world);
            }
            Change::FiltersTightened => {
                // The pattern is a literal, and is one.
                let filter = Filter::new([(Field::CommonName, "nobody".to_owned())]);
                tenant.filters = Filters(filter.into_iter().collect());
            }
            Change::MovedTo(region) => tenant.region = Some(named(region)),
            Change::CertificatesOnly => tenant.authentication = Authentication::Mtls,
            Change::KeysGone => world.keys = ApiKeys::default(),
            Change::KeysDisabled => world.keys = keys(self.at, |key| ApiKey { disabled: true, ..key }),
            Change::KeysExpired => {}
            Change::KeysFor(namespace) => {
                world.keys = keys(self.at, |key| ApiKey { namespaces: [named(namespace)].into(), ..key });
            }
        }
        world.insert(tenant);
        Ok(world)
    }

    fn tenant_named(&self, name: &NamespaceName) -> Result<Tenant, MatrixError> {
        // The lab's world is made of these homes.
        let home = WORLD.iter().find(|home| home.namespace == name.as_str());
        self.tenant(home.unwrap_or_else(|| unreachable!("{name} is in the world")))
    }

    /// With tickets of its own; what is costly about it is made once.
    pub fn client(&self, scenario: &Scenario) -> Result<Client, MatrixError> {
        let like = self.presenting(scenario)?;
        Ok(like.offering(Offer {
            versions: if scenario.tls == Tls::V13 { Versions::Tls13 } else { Versions::Tls12 },
            protocols: match scenario.protocols {
                Protocols::H2 => vec![b"h2".to_vec()],
                Protocols::Both => vec![b"http/1.1".to_vec(), b"h2".to_vec()],
                Protocols::Http11 => vec![b"http/1.1".to_vec()],
                Protocols::Nothing => Vec::new(),
            },
            group: match scenario.key_exchange {
                KeyExchange::Any => None,
                KeyExchange::X25519 => Some(NamedGroup::X25519),
                KeyExchange::P256 => Some(NamedGroup::secp256r1),
                KeyExchange::P384 => Some(NamedGroup::secp384r1),
                KeyExchange::X25519MlKem768 => Some(NamedGroup::X25519MLKEM768),
            },
            early_data: matches!(scenario.course, Course::Early(_)),
        })?)
    }

    /// Clients of one such key are forged once; none for those that are made anew each time.
    pub fn presenting_key(scenario: &Scenario) -> Option<Presenting> {
        label(scenario).map(|label| (scenario.home.namespace, label, scenario.trust))
    }

    fn presenting(&self, scenario: &Scenario) -> Result<Arc<Client>, MatrixError> {
        let key = Self::presenting_key(scenario);
        let lock = || self.clients.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some(client) = key.as_ref().and_then(|key| lock().get(key).cloned()) {
            return Ok(client);
        }
        let trusted = if scenario.trust == Trust::Right { &*self.server_authority } else { &self.stranger };
        let client = Arc::new(Client::new(Profile {
            identity: self.credential(scenario)?,
            roots: vec![CertificateDer::from(trusted.certificate.clone())],
            versions: Versions::Tls13,
            protocols: Vec::new(),
            heeds_ca_names: matches!(scenario.credential, Credential::HeedingOf(_)),
        })?);
        if let Some(key) = key {
            lock().insert(key, client.clone());
        }
        Ok(client)
    }

    fn credential(&self, scenario: &Scenario) -> Result<Option<ServerIdentity>, MatrixError> {
        let forged = match &scenario.credential {
            Credential::Nothing => return Ok(None),
            Credential::Own => self.forge(scenario.home, None)?,
            Credential::Flawed(flaw) => self.forge(scenario.home, Some(flaw))?,
            Credential::Of(home) | Credential::HeedingOf(home) => self.forge(home, None)?,
            Credential::Edited(edit) => {
                let mut recipe = self.recipe(scenario.home, None)?;
                edit(&mut recipe);
                Arc::new(recipe.forge()?)
            }
            Credential::Varied(variation, kind) => {
                Arc::new(varied(self.recipe(scenario.home, None)?, variation, *kind).forge()?)
            }
            Credential::TheAuthority => return self.authority(scenario.home).map(Some),
        };
        Ok(Some(ServerIdentity::new(forged.chain.clone(), forged.client_key.pkcs8())?))
    }

    /// The root's certificate and key, as a client might present them.
    fn authority(&self, home: &'static Home) -> Result<ServerIdentity, MatrixError> {
        let mut recipe = self.recipe(home, None)?;
        // Of a hierarchy whose root signs clients, the issuing key is the root's.
        recipe.client_issuer = 0;
        let forged = recipe.forge()?;
        Ok(ServerIdentity::new(vec![forged.authorities[0].clone()], forged.issuing_key.pkcs8())?)
    }

    fn tenant(&self, home: &'static Home) -> Result<Tenant, MatrixError> {
        Ok(tenant(home, &*self.forge(home, None)?))
    }

    fn forge(&self, home: &'static Home, flaw: Option<&'static str>) -> Result<Arc<Forged>, MatrixError> {
        let key = (home.namespace, flaw);
        let lock = || self.forged.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some(forged) = lock().get(&key) {
            return Ok(forged.clone());
        }
        let forged = Arc::new(self.recipe(home, flaw)?.forge()?);
        lock().insert(key, forged.clone());
        Ok(forged)
    }

    /// As it is forged. Keys come from the run's seed, so two recipes of one home share every CA that the flaw leaves alone.
    fn recipe(&self, home: &Home, flaw: Option<&str>) -> Result<Recipe, MatrixError> {
        recipe(home, flaw, self.keys, self.at)
    }
}

/// Tells the credentials of a namespace apart.
fn label(scenario: &Scenario) -> Option<(&'static str, &'static str, Option<KeyKind>)> {
    match &scenario.credential {
        Credential::Nothing => Some(("nothing", "", None)),
        Credential::Own => Some(("own", "", None)),
        Credential::Flawed(flaw) => Some(("flawed", flaw, None)),
        Credential::Of(home) => Some(("of", home.namespace, None)),
        Credential::HeedingOf(home) => Some(("heeding", home.namespace, None)),
        Credential::Varied(variation, kind) => Some(("varied", variation.name, Some(*kind))),
        Credential::TheAuthority => Some(("authority", "", None)),
        Credential::Edited(_) => None,
    }
}

fn tenant(home: &Home, forged: &Forged) -> Tenant {
    let mut tenant = Tenant::new(named(home.namespace), &Kit::read(&forged.files));
    tenant.region = home.region.map(named::<RegionName>);
    tenant.authentication = home.authentication;
    tenant
}

fn keys(at: OffsetDateTime, adjust: impl Fn(ApiKey) -> ApiKey) -> ApiKeys {
    let mut keys = ApiKeys::default();
    for Key { secret, namespaces, state } in KEYS {
        let hours = if *state == KeyState::Expired { -1 } else { 1 };
        let key = ApiKey {
            id: (*secret).into(),
            namespaces: namespaces.iter().copied().map(named).collect(),
            not_after: Some(at + time::Duration::hours(hours)),
            disabled: *state == KeyState::Disabled,
        };
        keys.insert(Fingerprint::of(secret.as_bytes()), adjust(key));
    }
    keys
}

/// The names of namespaces and regions are literals, and a test reads them all.
fn named<N: FromStr<Err: std::fmt::Display>>(text: &str) -> N {
    text.parse().unwrap_or_else(|error| unreachable!("{error}"))
}
