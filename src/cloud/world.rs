//! All namespaces behind one front door, their regions, and the API keys that reach them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, OnceLock};

use super::api_key::ApiKeys;
use super::filter::Filters;
use super::kit::Kit;
use super::namespace::NamespaceName;
use super::region::RegionName;
use super::switches::Switches;
use crate::pki::Certificate;
use crate::pki::chain::{self, Anchors};

/// The state of every namespace. It may hold bundles that today's upload would refuse, since CAs age in place.
#[derive(Debug, Clone, Default)]
pub struct World {
    namespaces: BTreeMap<NamespaceName, Arc<Tenant>>,
    regions: BTreeSet<RegionName>,
    pub keys: ApiKeys,
    pub switches: Switches,
}

/// One namespace: where it is, whom its CA bundle trusts and whom its filters let in.
#[derive(Debug)]
pub struct Tenant {
    pub name: NamespaceName,
    /// None for a namespace that is reached by its own endpoint alone.
    pub region: Option<RegionName>,
    pub authentication: Authentication,
    pub filters: Filters,
    authorities: Vec<Authority>,
    anchors: OnceLock<Anchors>,
}

/// A certificate of a CA bundle, as DER: read, it is four times as large, and most namespaces have no visitor.
#[derive(Debug)]
struct Authority {
    der: Box<[u8]>,
    /// Whether it is a root, which takes a signature check to find out, and is remembered.
    is_root: OnceLock<bool>,
}

impl Authority {
    /// None where it cannot be read, which it could be when it was loaded.
    fn judged(&self) -> Option<(Arc<Certificate>, bool)> {
        let certificate = Certificate::read(&self.der).ok()?;
        let is_root = *self.is_root.get_or_init(|| chain::is_root(&certificate));
        Some((certificate, is_root))
    }
}

/// How a namespace knows its clients.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Authentication {
    #[default]
    Mtls,
    ApiKey,
    /// Both, which the cloud calls a pre-release.
    Both,
}

impl Authentication {
    pub fn takes_certificates(self) -> bool {
        matches!(self, Self::Mtls | Self::Both)
    }

    pub fn takes_keys(self) -> bool {
        matches!(self, Self::ApiKey | Self::Both)
    }
}

impl Tenant {
    /// A namespace in no region that takes client certificates: the kit's bundle and filters.
    pub fn new(name: NamespaceName, kit: &Kit) -> Self {
        // The others are part of no pool, and lose what is wrong with them when only their DER is kept.
        let usable = kit.authorities().into_iter().filter(|authority| authority.defects.is_empty());
        let authorities = usable.map(|authority| Authority { der: authority.der().into(), is_root: OnceLock::new() });
        let authorities = authorities.collect();
        Self {
            name,
            region: None,
            authentication: Authentication::Mtls,
            filters: kit.usable_filters(),
            authorities,
            anchors: OnceLock::new(),
        }
    }

    /// Read when first asked for, and remembered.
    pub fn anchors(&self) -> &Anchors {
        self.anchors.get_or_init(|| Anchors::known(self.authorities.iter().filter_map(Authority::judged)))
    }

    /// Checks now, and remembers, the signatures that the first client would have to wait for.
    pub fn judge(&self) {
        self.authorities.iter().for_each(|authority| _ = authority.judged());
    }

    /// How many certificates of its bundle chains may end at or pass through.
    pub fn authorities(&self) -> usize {
        self.authorities.len()
    }
}

impl World {
    /// A world of namespaces in no region, each with its kit: what most tests need.
    pub fn of<'k>(kits: impl IntoIterator<Item = (NamespaceName, &'k Kit)>) -> Self {
        let mut world = Self::default();
        for (name, kit) in kits {
            world.insert(Tenant::new(name, kit));
        }
        world
    }

    /// Puts a namespace in, in place of one of the same name. Its region, if any, becomes one of the world's.
    pub fn insert(&mut self, tenant: Tenant) {
        self.regions.extend(tenant.region.clone());
        self.namespaces.insert(tenant.name.clone(), Arc::new(tenant));
    }

    /// A region is served whether or not a namespace is in it.
    pub fn insert_region(&mut self, region: RegionName) {
        self.regions.insert(region);
    }

    pub fn tenant(&self, name: &NamespaceName) -> Option<&Arc<Tenant>> {
        self.namespaces.get(name)
    }

    pub fn tenants(&self) -> impl Iterator<Item = &Arc<Tenant>> {
        self.namespaces.values()
    }

    pub fn regions(&self) -> impl Iterator<Item = &RegionName> {
        self.regions.iter()
    }

    pub fn has_region(&self, region: &RegionName) -> bool {
        self.regions.contains(region)
    }

    /// Every account once, in order.
    pub fn accounts(&self) -> Vec<&str> {
        let mut accounts: Vec<_> = self.namespaces.keys().map(NamespaceName::account).collect();
        accounts.sort_unstable();
        accounts.dedup();
        accounts
    }
}
