//! Name constraints (RFC 5280 §4.2.1.10) on the alternative names that client certificates carry.

use std::net::IpAddr;

use super::certificate::{AlternativeName, Certificate, Extension, NameConstraints, Subtree};

/// What a certificate's names are, seen by the constraints of a CA above it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Constrained {
    Allowed,
    /// The name that is excluded or not permitted.
    Violated(String),
    /// The constraint names a kind of name that we do not compare.
    NotJudged,
}

/// Judges the alternative names of `certificate` against the constraints of `authority`.
///
/// Like Go's crypto/x509, directory names are not compared: a constraint on them is [`Constrained::NotJudged`].
pub fn judge(authority: &Certificate, certificate: &Certificate) -> Constrained {
    let constraints = match &authority.name_constraints {
        Extension::Absent => return Constrained::Allowed,
        Extension::Unreadable => return Constrained::NotJudged,
        Extension::Present(constraints) => constraints,
    };
    for name in &certificate.alternative_names {
        if !allowed(constraints, name) {
            return Constrained::Violated(name.text().unwrap_or_default());
        }
    }
    let unknown = constraints.permitted.iter().chain(&constraints.excluded).any(|subtree| *subtree == Subtree::Other);
    if unknown { Constrained::NotJudged } else { Constrained::Allowed }
}

fn allowed(constraints: &NameConstraints, name: &AlternativeName) -> bool {
    if constraints.excluded.iter().any(|subtree| covers(subtree, name)) {
        return false;
    }
    let mut of_kind = constraints.permitted.iter().filter(|subtree| same_kind(subtree, name)).peekable();
    of_kind.peek().is_none() || of_kind.any(|subtree| covers(subtree, name))
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
        (Subtree::Email(base), AlternativeName::Email(name)) => match base.contains('@') {
            true => base.eq_ignore_ascii_case(name),
            false => name.rsplit_once('@').is_some_and(|(_, host)| host_covers(base, host)),
        },
        (Subtree::Uri(base), AlternativeName::Uri(name)) => uri_host(name).is_some_and(|host| host_covers(base, host)),
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

/// A DNS constraint covers the domain itself and everything below it; a leading dot is tolerated.
fn domain_covers(base: &str, name: &str) -> bool {
    let base = base.trim_start_matches('.').to_ascii_lowercase();
    let name = name.to_ascii_lowercase();
    base.is_empty() || name == base || name.ends_with(&format!(".{base}"))
}

/// A mail or URI constraint is one host, or with a leading dot everything below a domain.
fn host_covers(base: &str, host: &str) -> bool {
    let (base, host) = (base.to_ascii_lowercase(), host.to_ascii_lowercase());
    match base.strip_prefix('.') {
        Some(_) => host.ends_with(&base),
        None => host == base,
    }
}

fn uri_host(uri: &str) -> Option<&str> {
    let (_, rest) = uri.split_once("://")?;
    let authority = rest.split(['/', '?', '#']).next()?;
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    host.split(':').next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_domain_covers_itself_and_what_is_below_it_but_no_look_alike() {
        assert!(domain_covers("example.com", "EXAMPLE.com"));
        assert!(domain_covers("example.com", "a.example.com"));
        assert!(!domain_covers("example.com", "badexample.com"));
    }

    #[test]
    fn a_mail_domain_with_a_leading_dot_does_not_cover_the_domain_itself() {
        assert!(host_covers(".example.com", "mail.example.com"));
        assert!(!host_covers(".example.com", "example.com"));
    }

    #[test]
    fn the_host_of_a_uri_has_neither_user_nor_port() {
        assert_eq!(uri_host("spiffe://user@td.example:8443/ns/x"), Some("td.example"));
    }
}
