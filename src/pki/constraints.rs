//! Name constraints (RFC 5280 §4.2.1.10) on the alternative names that client certificates carry, as Go judges them.
//!
//! Directory names are not compared: a critical constraint on them makes its extension an unknown one, and one that is
//! not critical is passed over.

use std::net::IpAddr;

use super::certificate::{AlternativeName, Certificate, NameConstraints, Subtree};

/// The first alternative name of `certificate` that the constraints of `authority` do not allow. A name that cannot be
/// read for what it says it is, is not allowed under any constraint.
///
/// # Errors
/// When comparing all names with all constraints would take more than [`MOST_COMPARISONS`].
pub fn violation(authority: &Certificate, certificate: &Certificate) -> Result<Option<String>, TooMany> {
    let Some(constraints) = authority.name_constraints.present() else { return Ok(None) };
    let subtrees = constraints.permitted.len() + constraints.excluded.len();
    if subtrees.saturating_mul(certificate.alternative_names.len()) > MOST_COMPARISONS {
        return Err(TooMany);
    }
    if certificate.alternative_names.is_empty() {
        return Ok(None);
    }
    let constraints = in_lower_case(constraints);
    let wrong = certificate.alternative_names.iter().find(|name| !allowed(&constraints, name));
    Ok(wrong.map(|name| name.text().unwrap_or_default()))
}

/// Names times constraints; Go's crypto/x509 has the same bound.
pub const MOST_COMPARISONS: usize = 250_000;

/// More than [`MOST_COMPARISONS`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooMany;

/// Microseconds that [`violation`] takes at most, as in [`super::chain::Work`].
pub fn work(authority: &Certificate, certificate: &Certificate) -> u64 {
    let Some(constraints) = authority.name_constraints.present() else { return 0 };
    let names = certificate.alternative_names.len();
    let subtrees = constraints.permitted.len() + constraints.excluded.len();
    if subtrees.saturating_mul(names) > MOST_COMPARISONS {
        return 0;
    }
    let octets: usize = constraints.permitted.iter().chain(&constraints.excluded).map(Subtree::octets).sum();
    if names == 0 {
        return 0;
    }
    // Nanoseconds. Every name and every constraint is made lower case once, and then compared with every other.
    let reading = certificate.tbs().len() * 5 / 2 + subtrees * 80 + octets;
    let comparing = names * (subtrees * 6 + octets / 20);
    ((reading + comparing) / 1000) as u64
}

/// Domains are compared often, and in no other case.
fn in_lower_case(constraints: &NameConstraints) -> NameConstraints {
    let lower = |subtree: &Subtree| match subtree {
        Subtree::Dns(base) => Subtree::Dns(base.to_ascii_lowercase()),
        Subtree::Email(base) => Subtree::Email(match base.rsplit_once('@') {
            Some((local, host)) => format!("{local}@{}", host.to_ascii_lowercase()),
            None => base.to_ascii_lowercase(),
        }),
        Subtree::Uri(base) => Subtree::Uri(base.to_ascii_lowercase()),
        Subtree::Ip { .. } | Subtree::Other => subtree.clone(),
    };
    let all = |subtrees: &[Subtree]| subtrees.iter().map(lower).collect();
    NameConstraints { permitted: all(&constraints.permitted), excluded: all(&constraints.excluded) }
}

impl Subtree {
    fn octets(&self) -> usize {
        match self {
            Self::Dns(base) | Self::Email(base) | Self::Uri(base) => base.len(),
            Self::Ip { address, .. } => address.len(),
            Self::Other => 0,
        }
    }
}

fn allowed(constraints: &NameConstraints, name: &AlternativeName) -> bool {
    let Some(name) = Compared::read(name) else { return false };
    let of_kind = |subtree: &&Subtree| name.is_of_kind(subtree);
    if matches!(name, Compared::Uri(None)) {
        return !constraints.excluded.iter().chain(&constraints.permitted).any(|subtree| of_kind(&subtree));
    }
    let mut permitted = constraints.permitted.iter().filter(of_kind).peekable();
    !constraints.excluded.iter().any(|subtree| name.is_covered_by(subtree) || name.may_be_covered_by(subtree))
        && (permitted.peek().is_none() || permitted.any(|subtree| name.is_covered_by(subtree)))
}

/// What of a name is compared, domains in lower case.
enum Compared<'a> {
    Dns(String),
    Email {
        local: &'a str,
        host: String,
    },
    /// The host, where there is one.
    Uri(Option<String>),
    V4([u8; 4]),
    V6([u8; 16]),
    Nothing,
}

impl<'a> Compared<'a> {
    /// None for a name that is not what it says it is.
    fn read(name: &'a AlternativeName) -> Option<Self> {
        match name {
            AlternativeName::Dns(name) => is_domain(name).then(|| Self::Dns(name.to_ascii_lowercase())),
            AlternativeName::Email(name) => {
                let (local, host) = name.rsplit_once('@').filter(|(local, _)| !local.is_empty())?;
                Some(Self::Email { local, host: host.to_ascii_lowercase() })
            }
            AlternativeName::Uri(name) => Some(Self::Uri(uri_host(name).map(str::to_ascii_lowercase))),
            AlternativeName::Ip(IpAddr::V4(address)) => Some(Self::V4(address.octets())),
            AlternativeName::Ip(IpAddr::V6(address)) => Some(Self::V6(address.octets())),
            AlternativeName::Other => Some(Self::Nothing),
        }
    }

    fn is_of_kind(&self, subtree: &Subtree) -> bool {
        matches!(
            (subtree, self),
            (Subtree::Dns(_), Self::Dns(_))
                | (Subtree::Email(_), Self::Email { .. })
                | (Subtree::Uri(_), Self::Uri(_))
                | (Subtree::Ip { .. }, Self::V4(_) | Self::V6(_))
        )
    }

    fn is_covered_by(&self, subtree: &Subtree) -> bool {
        match (subtree, self) {
            (Subtree::Dns(base), Self::Dns(name)) => domain_covers(base, name),
            (Subtree::Email(base), Self::Email { local, host }) => mail_covers(base, local, host),
            (Subtree::Uri(base), Self::Uri(Some(host))) => domain_covers(base, host),
            (Subtree::Ip { address, mask }, Self::V4(octets)) => network_covers(address, mask, octets),
            (Subtree::Ip { address, mask }, Self::V6(octets)) => network_covers(address, mask, octets),
            _ => false,
        }
    }

    /// Whether a wildcard name stands for a name that an exclusion covers: `*.example.com` for `a.example.com`.
    fn may_be_covered_by(&self, subtree: &Subtree) -> bool {
        let (Subtree::Dns(base), Self::Dns(name)) = (subtree, self) else { return false };
        let above = || base.split_once('.').map(|(_, above)| above);
        name.strip_prefix("*.").is_some_and(|name| above() == Some(name))
    }
}

fn network_covers(address: &[u8], mask: &[u8], octets: &[u8]) -> bool {
    octets.len() == address.len()
        && octets.iter().zip(mask).zip(address).all(|((octet, mask), base)| octet & mask == base & mask)
}

/// A domain covers itself and what is below it, with a leading dot only what is below it, and empty everything. Both
/// are in lower case.
fn domain_covers(base: &str, name: &str) -> bool {
    let Some(above) = name.len().checked_sub(base.len()) else { return false };
    let (above, end) = name.as_bytes().split_at(above);
    let at_label = above.last().is_none_or(|last| *last == b'.') || base.is_empty() || base.starts_with('.');
    at_label && end == base.as_bytes()
}

/// One mailbox, whose local part is case sensitive, or the mailboxes of a domain.
fn mail_covers(base: &str, local: &str, host: &str) -> bool {
    match base.rsplit_once('@') {
        Some((base_local, base_host)) => base_local == local && base_host == host,
        None => domain_covers(base, host),
    }
}

/// The host of a URI; none when it has none, or has an IP address.
fn uri_host(uri: &str) -> Option<&str> {
    let (_, rest) = uri.split_once("://")?;
    let authority = rest.split(['/', '?', '#']).next()?;
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let host = host.split(':').next().filter(|host| !host.is_empty() && !host.starts_with('['))?;
    host.parse::<IpAddr>().is_err().then_some(host)
}

/// Labels without white space, none of them empty.
pub(super) fn is_domain(name: &str) -> bool {
    let label = |label: &str| !label.is_empty() && label.bytes().all(|byte| byte.is_ascii_graphic());
    name.strip_suffix('.').unwrap_or(name).split('.').all(label)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_domain_covers_itself_and_what_is_below_it_but_no_look_alike() {
        assert!(domain_covers("example.com", "example.com"));
        assert!(domain_covers("example.com", "a.example.com"));
        assert!(!domain_covers("example.com", "badexample.com"));
        assert!(!domain_covers(".example.com", "example.com"));
    }

    #[test]
    fn the_case_of_a_domain_does_not_count() {
        let constraints = |bases: &[&str]| NameConstraints {
            permitted: bases.iter().map(|base| Subtree::Email((*base).to_owned())).collect(),
            excluded: Vec::new(),
        };
        let name = AlternativeName::Email("Ada@Example.com".to_owned());
        for base in ["EXAMPLE.COM", "Ada@EXAMPLE.com", ".COM"] {
            assert!(allowed(&in_lower_case(&constraints(&[base])), &name), "{base}");
        }
        assert!(!allowed(&in_lower_case(&constraints(&["ada@example.com"])), &name));
    }

    #[test]
    fn the_local_part_of_a_mailbox_is_case_sensitive() {
        assert!(mail_covers("a@example.com", "a", "example.com"));
        assert!(!mail_covers("a@example.com", "A", "example.com"));
    }

    #[test]
    fn the_host_of_a_uri_has_neither_user_nor_port_and_is_no_address() {
        assert_eq!(uri_host("spiffe://user@td.example:8443/ns/x"), Some("td.example"));
        assert_eq!(uri_host("https://10.1.1.1/"), None);
        assert_eq!(uri_host("urn:temporal:worker"), None);
    }

    #[test]
    fn a_wildcard_may_stand_for_what_is_excluded() {
        let wildcard = Compared::Dns("*.example.com".to_owned());
        assert!(wildcard.may_be_covered_by(&Subtree::Dns("a.example.com".to_owned())));
        assert!(!wildcard.may_be_covered_by(&Subtree::Dns("a.b.example.com".to_owned())));
    }
}
