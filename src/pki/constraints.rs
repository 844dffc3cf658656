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
    let wrong = certificate.alternative_names.iter().find(|name| !allowed(constraints, name));
    Ok(wrong.map(|name| name.text().unwrap_or_default()))
}

/// Names times constraints; Go's crypto/x509 has the same bound.
pub const MOST_COMPARISONS: usize = 250_000;

/// More than [`MOST_COMPARISONS`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooMany;

fn allowed(constraints: &NameConstraints, name: &AlternativeName) -> bool {
    let of_kind = |subtree: &&Subtree| same_kind(subtree, name);
    let excluded: Vec<_> = constraints.excluded.iter().filter(of_kind).collect();
    let permitted: Vec<_> = constraints.permitted.iter().filter(of_kind).collect();
    let readable = match name {
        AlternativeName::Dns(name) => is_domain(name),
        AlternativeName::Email(name) => name.rsplit_once('@').is_some_and(|(local, _)| !local.is_empty()),
        AlternativeName::Uri(name) => excluded.is_empty() && permitted.is_empty() || uri_host(name).is_some(),
        AlternativeName::Ip(_) | AlternativeName::Other => true,
    };
    readable
        && !excluded.iter().any(|subtree| covers(subtree, name) || may_cover(subtree, name))
        && (permitted.is_empty() || permitted.iter().any(|subtree| covers(subtree, name)))
}

fn same_kind(subtree: &Subtree, name: &AlternativeName) -> bool {
    matches!(
        (subtree, name),
        (Subtree::Dns(_), AlternativeName::Dns(_))
            | (Subtree::Email(_), AlternativeName::Email(_))
            | (Subtree::Uri(_), AlternativeName::Uri(_))
            | (Subtree::Ip { .. }, AlternativeName::Ip(_))
    )
}

fn covers(subtree: &Subtree, name: &AlternativeName) -> bool {
    match (subtree, name) {
        (Subtree::Dns(base), AlternativeName::Dns(name)) => domain_covers(base, name),
        (Subtree::Email(base), AlternativeName::Email(name)) => mail_covers(base, name),
        (Subtree::Uri(base), AlternativeName::Uri(name)) => {
            uri_host(name).is_some_and(|host| domain_covers(base, host))
        }
        (Subtree::Ip { address, mask }, AlternativeName::Ip(name)) => {
            let octets = match name {
                IpAddr::V4(name) => name.octets().to_vec(),
                IpAddr::V6(name) => name.octets().to_vec(),
            };
            octets.len() == address.len()
                && octets.iter().zip(mask).zip(address).all(|((octet, mask), base)| octet & mask == base & mask)
        }
        _ => false,
    }
}

/// Whether a wildcard name stands for a name that an exclusion covers: `*.example.com` for `a.example.com`.
fn may_cover(subtree: &Subtree, name: &AlternativeName) -> bool {
    let (Subtree::Dns(base), AlternativeName::Dns(name)) = (subtree, name) else { return false };
    let above = base.split_once('.').map(|(_, above)| above);
    name.strip_prefix("*.").zip(above).is_some_and(|(name, above)| name.eq_ignore_ascii_case(above))
}

/// A domain covers itself and what is below it, with a leading dot only what is below it, and empty everything.
fn domain_covers(base: &str, name: &str) -> bool {
    let (base, name) = (base.to_ascii_lowercase(), name.to_ascii_lowercase());
    match base.strip_prefix('.') {
        Some(_) => name.ends_with(&base),
        None => base.is_empty() || name == base || name.ends_with(&format!(".{base}")),
    }
}

/// One mailbox, whose local part is case sensitive, or the mailboxes of a domain.
fn mail_covers(base: &str, name: &str) -> bool {
    let Some((local, host)) = name.rsplit_once('@') else { return false };
    match base.rsplit_once('@') {
        Some((base_local, base_host)) => base_local == local && base_host.eq_ignore_ascii_case(host),
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
        assert!(domain_covers("example.com", "EXAMPLE.com"));
        assert!(domain_covers("example.com", "a.example.com"));
        assert!(!domain_covers("example.com", "badexample.com"));
        assert!(!domain_covers(".example.com", "example.com"));
    }

    #[test]
    fn the_local_part_of_a_mailbox_is_case_sensitive_and_its_host_is_not() {
        assert!(mail_covers("a@example.com", "a@EXAMPLE.com"));
        assert!(!mail_covers("a@example.com", "A@example.com"));
    }

    #[test]
    fn the_host_of_a_uri_has_neither_user_nor_port_and_is_no_address() {
        assert_eq!(uri_host("spiffe://user@td.example:8443/ns/x"), Some("td.example"));
        assert_eq!(uri_host("https://10.1.1.1/"), None);
        assert_eq!(uri_host("urn:temporal:worker"), None);
    }

    #[test]
    fn a_wildcard_may_stand_for_what_is_excluded() {
        let wildcard = AlternativeName::Dns("*.example.com".to_owned());
        assert!(may_cover(&Subtree::Dns("a.example.com".to_owned()), &wildcard));
        assert!(!may_cover(&Subtree::Dns("a.b.example.com".to_owned()), &wildcard));
    }
}
