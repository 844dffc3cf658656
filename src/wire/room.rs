//! Room for request messages: bounded for the whole door, and for each namespace, so that none can take all of it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::settings::Settings;
use crate::cloud::NamespaceName;

/// Bytes of one permit.
const UNIT: usize = 1024;

/// Parts of the whole that one namespace may have.
const SHARES: usize = 8;

/// The room of a door.
#[derive(Debug)]
pub struct Room {
    whole: Arc<Semaphore>,
    share: usize,
    /// By namespace; of none, for a regional endpoint, whose calls say their namespace one by one.
    shares: Mutex<HashMap<Option<NamespaceName>, Share>>,
}

/// What one namespace may have of it.
#[derive(Debug, Clone)]
pub struct Share {
    own: Arc<Semaphore>,
    whole: Arc<Semaphore>,
}

/// Bytes that are held, given back when it is dropped.
#[derive(Debug)]
pub struct Held {
    own: OwnedSemaphorePermit,
    whole: OwnedSemaphorePermit,
}

impl Room {
    /// At least two of the largest messages fit a share, packed and unpacked.
    pub fn new(settings: &Settings) -> Self {
        let largest = units(settings.message_bytes).saturating_mul(4);
        let share = units(settings.held_bytes / SHARES).max(largest);
        let whole = units(settings.held_bytes).max(share);
        Self { whole: semaphore(whole), share, shares: Mutex::default() }
    }

    pub fn share(&self, namespace: Option<&NamespaceName>) -> Share {
        // Nothing panics while it holds this lock.
        let mut shares = self.shares.lock().unwrap_or_else(PoisonError::into_inner);
        let fresh = || Share { own: semaphore(self.share), whole: self.whole.clone() };
        shares.entry(namespace.cloned()).or_insert_with(fresh).clone()
    }
}

impl Share {
    /// Waits until so many bytes may be held: all of a message at once, so that no two wait for each other's rest.
    pub async fn hold(&self, bytes: usize) -> Option<Held> {
        let units = u32::try_from(units(bytes)).ok()?;
        // Neither is ever closed.
        let own = self.own.clone().acquire_many_owned(units).await.ok()?;
        let whole = self.whole.clone().acquire_many_owned(units).await.ok()?;
        Some(Held { own, whole })
    }
}

impl Held {
    /// Gives back what is more than these bytes.
    pub fn shrink(&mut self, bytes: usize) {
        for permit in [&mut self.own, &mut self.whole] {
            drop(permit.split(permit.num_permits().saturating_sub(units(bytes))));
        }
    }
}

fn units(bytes: usize) -> usize {
    bytes.div_ceil(UNIT)
}

fn semaphore(units: usize) -> Arc<Semaphore> {
    Arc::new(Semaphore::new(units.min(Semaphore::MAX_PERMITS)))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    async fn at_once(share: &Share, bytes: usize) -> Option<Held> {
        tokio::time::timeout(Duration::ZERO, share.hold(bytes)).await.ok().flatten()
    }

    #[tokio::test]
    async fn one_namespace_takes_no_more_than_its_share() {
        let settings = Settings { held_bytes: 64 * UNIT, message_bytes: UNIT, ..Settings::default() };
        let room = Room::new(&settings);
        let named = |name: &str| room.share(Some(&name.parse().unwrap()));
        let (greedy, other) = (named("greedy.f45a2"), named("other.f45a2"));
        let held = at_once(&greedy, 8 * UNIT).await.unwrap();
        assert!(at_once(&greedy, 1).await.is_none());
        assert!(at_once(&other, 8 * UNIT).await.is_some());
        drop(held);
        assert!(at_once(&greedy, 8 * UNIT).await.is_some());
    }

    #[tokio::test]
    async fn what_was_held_too_much_is_given_back() {
        let room = Room::new(&Settings { held_bytes: 8 * UNIT, message_bytes: UNIT, ..Settings::default() });
        let share = room.share(None);
        let mut held = at_once(&share, 4 * UNIT).await.unwrap();
        held.shrink(UNIT + 1);
        let _rest = at_once(&share, 2 * UNIT).await.unwrap();
        assert!(at_once(&share, 1).await.is_none());
    }
}
