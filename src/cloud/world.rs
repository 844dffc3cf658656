//! All namespaces behind one front door.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::filter::Filters;
use super::kit::Kit;
use super::namespace::NamespaceName;
use crate::pki::chain::Anchors;

/// The state of every namespace. It may hold bundles that today's upload would refuse, since CAs age in place.
#[derive(Debug, Clone, Default)]
pub struct World {
    namespaces: BTreeMap<NamespaceName, Arc<Tenant>>,
}

/// One namespace: whom its CA bundle trusts and whom its filters let in.
#[derive(Debug)]
pub struct Tenant {
    pub name: NamespaceName,
    pub anchors: Anchors,
    pub filters: Filters,
}

impl Tenant {
    pub fn new(name: NamespaceName, kit: &Kit) -> Self {
        Self { name, anchors: Anchors::new(kit.authorities()), filters: kit.usable_filters() }
    }
}

impl World {
    pub fn insert(&mut self, tenant: Tenant) {
        self.namespaces.insert(tenant.name.clone(), Arc::new(tenant));
    }

    pub fn tenant(&self, name: &NamespaceName) -> Option<&Arc<Tenant>> {
        self.namespaces.get(name)
    }

    pub fn tenants(&self) -> impl Iterator<Item = &Arc<Tenant>> {
        self.namespaces.values()
    }

    /// Every account once, in order.
    pub fn accounts(&self) -> Vec<&str> {
        let mut accounts: Vec<_> = self.namespaces.keys().map(NamespaceName::account).collect();
        accounts.sort_unstable();
        accounts.dedup();
        accounts
    }
}
