//! Regions: `<cloud>-<region>` as the Cloud Ops API names them, valid by construction.

use std::fmt;
use std::str::FromStr;

/// A region such as `aws-us-east-1`. Lower case.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RegionName {
    text: String,
    dash: usize,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RegionError {
    #[error("`{0}` names no cloud: a region is <cloud>-<region>, for example aws-us-east-1")]
    NoCloud(String),
    #[error("{0:?} is not allowed in a region: lower-case letters, digits and single hyphens are")]
    Character(char),
    #[error("a region has at most 60 characters")]
    Length,
}

impl RegionName {
    /// `aws`, `gcp`, …
    pub fn cloud(&self) -> &str {
        &self.text[..self.dash]
    }

    /// `us-east-1`: what the cloud provider calls it.
    pub fn place(&self) -> &str {
        &self.text[self.dash + 1..]
    }

    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl FromStr for RegionName {
    type Err = RegionError;

    fn from_str(text: &str) -> Result<Self, RegionError> {
        let text = text.to_ascii_lowercase();
        let shown = || crate::pki::name::printable(&text);
        if text.len() > 60 {
            return Err(RegionError::Length);
        }
        let allowed = |c: &char| c.is_ascii_lowercase() || c.is_ascii_digit() || *c == '-';
        if let Some(wrong) = text.chars().find(|c| !allowed(c)) {
            return Err(RegionError::Character(wrong));
        }
        if text.split('-').any(str::is_empty) {
            return Err(RegionError::Character('-'));
        }
        let dash = text.find('-').ok_or_else(|| RegionError::NoCloud(shown()))?;
        Ok(Self { text, dash })
    }
}

impl fmt::Display for RegionName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_region_has_a_cloud_and_a_place() {
        let region: RegionName = "AWS-us-east-1".parse().unwrap();
        assert_eq!((region.cloud(), region.place(), region.as_str()), ("aws", "us-east-1", "aws-us-east-1"));
        for (wrong, why) in [
            ("virginia", RegionError::NoCloud("virginia".into())),
            ("aws_us", RegionError::Character('_')),
            ("-us", RegionError::Character('-')),
        ] {
            assert_eq!(wrong.parse::<RegionName>(), Err(why));
        }
    }
}
