//! Namespace names: `<name>.<account>`, valid by construction.

use std::fmt;
use std::str::FromStr;

use super::requirement::NAMESPACE_SPELLING;

/// A Namespace ID such as `orders.f45a2`. Lower case.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NamespaceName {
    text: String,
    dot: usize,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NamespaceError {
    #[error("`{0}` has no account: a Namespace ID is <name>.<account>, for example `{0}.f45a2`")]
    NoAccount(String),
    #[error("the name part has {0} characters, 2 to 64 are allowed")]
    Length(usize),
    #[error("{0:?} is not allowed in a namespace name: lower-case letters, digits and hyphens are")]
    Character(char),
    #[error("a namespace name starts with a letter and ends with a letter or digit")]
    Edge,
    #[error("the account ID `{0}` is not made of at least 5 letters and digits")]
    Account(String),
}

impl NamespaceName {
    pub fn name(&self) -> &str {
        &self.text[..self.dot]
    }

    pub fn account(&self) -> &str {
        &self.text[self.dot + 1..]
    }

    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl FromStr for NamespaceName {
    type Err = NamespaceError;

    /// Names are compared without case; the upper case of what the user wrote is for a rule to tell.
    fn from_str(text: &str) -> Result<Self, NamespaceError> {
        let text = text.to_ascii_lowercase();
        let text = text.as_str();
        let (name, account) = text.split_once('.').ok_or_else(|| NamespaceError::NoAccount(shown(text)))?;
        let length = name.chars().count();
        if length < 2 || Some(length) > NAMESPACE_SPELLING.number {
            return Err(NamespaceError::Length(length));
        }
        let allowed = |c: &char| c.is_ascii_lowercase() || c.is_ascii_digit() || *c == '-';
        if let Some(wrong) = name.chars().find(|c| !allowed(c)) {
            return Err(NamespaceError::Character(wrong));
        }
        if !name.starts_with(|c: char| c.is_ascii_lowercase()) || name.ends_with('-') {
            return Err(NamespaceError::Edge);
        }
        let is_account =
            account.len() >= 5 && account.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
        if !is_account {
            return Err(NamespaceError::Account(shown(account)));
        }
        Ok(Self { text: text.to_owned(), dot: name.len() })
    }
}

impl fmt::Display for NamespaceName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

fn shown(text: &str) -> String {
    crate::pki::name::printable(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_namespace_id_has_a_name_and_an_account() {
        let namespace: NamespaceName = "orders.f45a2".parse().unwrap();
        assert_eq!((namespace.name(), namespace.account()), ("orders", "f45a2"));
    }

    #[test]
    fn what_is_wrong_with_a_name_is_told_apart() {
        let error = |text: &str| text.parse::<NamespaceName>().unwrap_err();
        assert_eq!(error("orders"), NamespaceError::NoAccount("orders".into()));
        assert_eq!(error("o.f45a2"), NamespaceError::Length(1));
        assert_eq!("Orders.F45A2".parse::<NamespaceName>().unwrap().as_str(), "orders.f45a2");
        assert_eq!(error("order_items.f45a2"), NamespaceError::Character('_'));
        assert_eq!(error("orders-.f45a2"), NamespaceError::Edge);
        assert_eq!(error("orders.f45"), NamespaceError::Account("f45".into()));
    }
}
