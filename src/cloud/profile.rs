//! Which authorities count in a run. A profile selects requirements; it never changes what one means.

use super::requirement::{Authority, Requirement};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Profile {
    pub name: &'static str,
    authorities: &'static [Authority],
}

impl Profile {
    /// What the documents demand, what Go refuses, and what is known to trip people up.
    pub const CLOUD: Self =
        Self { name: "cloud", authorities: &[Authority::Documents, Authority::Go, Authority::Practice] };
    /// Only what Temporal's documents demand.
    pub const DOCUMENTED: Self = Self { name: "documented", authorities: &[Authority::Documents] };
    /// Only what Go's standard library refuses.
    pub const GO: Self = Self { name: "go", authorities: &[Authority::Go] };

    pub const ALL: [Self; 3] = [Self::CLOUD, Self::DOCUMENTED, Self::GO];

    pub fn counts(&self, requirement: &Requirement) -> bool {
        self.authorities.contains(&requirement.authority)
    }
}
