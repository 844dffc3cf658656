//! Who is in the house: places for connections, in total, per peer, and for those that have not shown who they are.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use super::settings::Settings;

/// Counts connections and keeps them within their bounds.
#[derive(Debug)]
pub struct Crowd {
    total: usize,
    per_peer: usize,
    handshaking: usize,
    inside: Mutex<Inside>,
    entered: Notify,
    left: Notify,
}

#[derive(Debug, Default)]
struct Inside {
    total: usize,
    peers: HashMap<IpAddr, usize>,
    /// Those that have not said anything yet, by number, which is the order of their arrival.
    silent: BTreeMap<u64, Arc<Notify>>,
    /// Those that have sent a ClientHello.
    speaking: BTreeMap<u64, Arc<Notify>>,
    last: u64,
}

impl Inside {
    /// Sends one away that has not finished its handshake: the oldest of the silent, which is what a flood consists of,
    /// and else the oldest. The newcomer stays.
    fn evict(&mut self, newcomer: Option<u64>) {
        for these in [&mut self.silent, &mut self.speaking] {
            let oldest = these.keys().copied().find(|number| Some(*number) != newcomer);
            if let Some(evicted) = oldest.and_then(|number| these.remove(&number)) {
                evicted.notify_one();
                return;
            }
        }
    }

    fn forget(&mut self, number: u64) {
        self.silent.remove(&number);
        self.speaking.remove(&number);
    }
}

/// Why a connection gets no place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Full {
    Total(usize),
    Peer(usize),
}

impl fmt::Display for Full {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Total(limit) => write!(f, "the door has its {limit} connections already"),
            Self::Peer(limit) => write!(f, "this address has its {limit} connections already"),
        }
    }
}

impl Crowd {
    pub fn new(settings: &Settings) -> Arc<Self> {
        Arc::new(Self {
            total: settings.connections,
            per_peer: settings.per_peer,
            handshaking: settings.handshaking,
            inside: Mutex::default(),
            entered: Notify::new(),
            left: Notify::new(),
        })
    }

    /// A place for a connection that is about to shake hands. Where too many do, one of them is sent away.
    ///
    /// # Errors
    /// When the house, or the peer's share of it, is full.
    pub fn enter(self: &Arc<Self>, peer: IpAddr) -> Result<Place, Full> {
        let mut inside = self.lock();
        if inside.total >= self.total {
            return Err(Full::Total(self.total));
        }
        if inside.peers.get(&peer).is_some_and(|count| *count >= self.per_peer) {
            return Err(Full::Peer(self.per_peer));
        }
        inside.total += 1;
        *inside.peers.entry(peer).or_default() += 1;
        inside.last += 1;
        let number = inside.last;
        let evicted = Arc::new(Notify::new());
        inside.silent.insert(number, evicted.clone());
        if inside.silent.len() + inside.speaking.len() > self.handshaking {
            inside.evict(Some(number));
        }
        drop(inside);
        self.entered.notify_one();
        Ok(Place { crowd: self.clone(), peer, number, evicted })
    }

    /// Sends one away that has not finished its handshake, where files have run out.
    pub fn make_room(&self) {
        self.lock().evict(None);
    }

    /// Connections inside.
    pub fn count(&self) -> usize {
        self.lock().total
    }

    /// Returns when somebody is inside, or has been since it was last called.
    pub async fn occupied(&self) {
        if self.count() == 0 {
            self.entered.notified().await;
        }
    }

    /// Returns when nobody is inside.
    pub async fn empty(&self) {
        loop {
            let left = self.left.notified();
            if self.count() == 0 {
                return;
            }
            left.await;
        }
    }

    fn lock(&self) -> MutexGuard<'_, Inside> {
        // Nothing panics while it holds this lock.
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One connection's place, given back when it is dropped.
#[derive(Debug)]
pub struct Place {
    crowd: Arc<Crowd>,
    peer: IpAddr,
    /// Counts the door's connections from 1.
    pub number: u64,
    evicted: Arc<Notify>,
}

impl Place {
    /// Returns when newer connections need the place. Never, once [`Place::settle`] was called.
    pub async fn evicted(&self) {
        loop {
            self.evicted.notified().await;
            if !self.crowd.lock().speaking.contains_key(&self.number) {
                return;
            }
        }
    }

    /// A ClientHello has come: in time, even where the place was wanted before anybody had looked for it.
    pub fn speaks(&self) {
        let mut inside = self.crowd.lock();
        inside.silent.remove(&self.number);
        inside.speaking.insert(self.number, self.evicted.clone());
        if inside.silent.len() + inside.speaking.len() > self.crowd.handshaking {
            inside.evict(Some(self.number));
        }
    }

    /// The handshake is over.
    pub fn settle(&self) {
        self.crowd.lock().forget(self.number);
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut inside = self.crowd.lock();
        inside.total -= 1;
        inside.forget(self.number);
        if let Some(count) = inside.peers.get_mut(&self.peer) {
            *count -= 1;
            if *count == 0 {
                inside.peers.remove(&self.peer);
            }
        }
        drop(inside);
        self.crowd.left.notify_waiters();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);

    #[test]
    fn places_are_bounded_in_total_and_per_peer_and_given_back() {
        let crowd = Crowd::new(&Settings { connections: 3, per_peer: 2, ..Settings::default() });
        let other: IpAddr = "127.0.0.2".parse().unwrap();
        let first = crowd.enter(HERE).unwrap();
        let _second = crowd.enter(HERE).unwrap();
        assert_eq!(crowd.enter(HERE).unwrap_err(), Full::Peer(2));
        let _third = crowd.enter(other).unwrap();
        assert_eq!(crowd.enter(other).unwrap_err(), Full::Total(3));
        drop(first);
        assert!(crowd.enter(HERE).is_ok());
    }

    #[tokio::test]
    async fn the_oldest_handshake_makes_room_for_one_more() {
        let crowd = Crowd::new(&Settings { handshaking: 1, ..Settings::default() });
        let settled = crowd.enter(HERE).unwrap();
        settled.settle();
        let oldest = crowd.enter(HERE).unwrap();
        let _newest = crowd.enter(HERE).unwrap();
        assert!(is_evicted(&oldest).await && !is_evicted(&settled).await);
    }

    #[tokio::test]
    async fn who_says_nothing_makes_room_before_who_speaks() {
        let crowd = Crowd::new(&Settings { handshaking: 2, ..Settings::default() });
        let speaking = crowd.enter(HERE).unwrap();
        speaking.speaks();
        let silent = crowd.enter(HERE).unwrap();
        let newest = crowd.enter(HERE).unwrap();
        assert!(is_evicted(&silent).await && !is_evicted(&speaking).await);
        newest.speaks();
        let last = crowd.enter(HERE).unwrap();
        assert!(is_evicted(&speaking).await && !is_evicted(&last).await);
    }

    #[tokio::test]
    async fn who_has_spoken_before_anybody_looked_stays() {
        let crowd = Crowd::new(&Settings { handshaking: 1, ..Settings::default() });
        let first = crowd.enter(HERE).unwrap();
        let flood = crowd.enter(HERE).unwrap();
        first.speaks();
        assert!(!is_evicted(&first).await && is_evicted(&flood).await);
    }

    async fn is_evicted(place: &Place) -> bool {
        tokio::time::timeout(std::time::Duration::ZERO, place.evicted()).await.is_ok()
    }
}
