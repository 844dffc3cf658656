//! Certificate policies (RFC 5280 §6.1), as far as somebody demands that they be explicit.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::certificate::Certificate;

/// What the policies of a chain come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Policies {
    /// Nobody demands a policy, or there is one that the whole chain shares.
    Fine,
    /// A CA demands an explicit policy, and no policy holds along the chain.
    Missing,
    /// Policy mappings or inhibitAnyPolicy are at play, which are not followed here.
    NotJudged,
}

/// Microseconds that [`judge`] takes at most, as in [`super::chain::Work`].
pub fn work(chain: &[Arc<Certificate>]) -> u64 {
    let below_root = || chain.iter().rev().skip(1);
    if below_root().all(|certificate| certificate.policies.require_explicit.is_none()) {
        return 0;
    }
    // Sorted and looked for, each octet compared some ten times.
    let octets =
        |certificate: &Arc<Certificate>| certificate.policies.oids.iter().map(|oid| 100 + oid.len()).sum::<usize>();
    (below_root().map(octets).sum::<usize>() / 300) as u64
}

const ANY_POLICY: &str = "2.5.29.32.0";

/// Judges a chain, leaf first. The root's own policies do not count.
pub fn judge(chain: &[Arc<Certificate>]) -> Policies {
    let below_root = || chain.iter().rev().skip(1);
    if below_root().all(|certificate| certificate.policies.require_explicit.is_none()) {
        return Policies::Fine;
    }
    if below_root().any(|certificate| certificate.policies.mapped || certificate.policies.any_inhibited) {
        return Policies::NotJudged;
    }
    let length = chain.len() - 1;
    // None stands for every policy; an empty set for no policy at all.
    let mut valid: Option<BTreeSet<&str>> = None;
    // Certificates that may still follow before a policy must be explicit.
    let mut left = length + 1;
    for (position, certificate) in below_root().enumerate() {
        let own: BTreeSet<&str> = certificate.policies.oids.iter().map(String::as_str).collect();
        valid = match (valid, own.contains(ANY_POLICY)) {
            (valid, true) => valid,
            (None, false) => Some(own),
            (Some(valid), false) => Some(valid.intersection(&own).copied().collect()),
        };
        let required = certificate.policies.require_explicit.map(|count| count as usize);
        let is_leaf = position + 1 == length;
        if is_leaf {
            left = if required == Some(0) { 0 } else { left.saturating_sub(1) };
        }
        if left == 0 && valid.as_ref().is_some_and(BTreeSet::is_empty) {
            return Policies::Missing;
        }
        if !is_leaf {
            left = left.saturating_sub(usize::from(!certificate.is_self_issued())).min(required.unwrap_or(usize::MAX));
        }
    }
    Policies::Fine
}
