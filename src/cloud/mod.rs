//! TEMPORAL: what is publicly known of Temporal Cloud, as plain data: requirements, names, filters,
//! stages, kits, worlds.
//!
//! This room does no I/O and judges nothing but what is valid by construction. The cloud's server side is closed, so
//! every [`requirement`] says what it rests on.

pub mod api_key;
pub mod document;
pub mod endpoint;
pub mod filter;
pub mod gate;
pub mod kit;
pub mod namespace;
pub mod profile;
pub mod region;
pub mod requirement;
pub mod switches;
pub mod world;

pub use filter::{Filter, Filters};
pub use gate::{Alert, Breaks, Stage};
pub use kit::Kit;
pub use namespace::NamespaceName;
pub use profile::Profile;
pub use region::RegionName;
pub use requirement::Requirement;
pub use world::World;
