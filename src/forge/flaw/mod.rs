//! The catalogue of flaws: each one edit to a good hierarchy, named after the rule that it trips.
//!
//! A flaw's id is `rule-id` or `rule-id/variant`. What the rules say of it beyond its own rule is its listed company;
//! what the gate makes of a client with it is its [`Wire`]. Tests hold both against the truth. What looks like a flaw
//! and is none is listed apart, in [`harmless`].

mod bundle;
mod ca;
mod chain;
mod edits;
mod files;
mod filter;
pub mod harmless;
mod key;
mod leaf;
mod namespace;
mod pem;
mod server;

use super::ForgeError;
use super::recipe::Recipe;
use crate::cloud::Stage;
use crate::cloud::kit::Files;

/// One way of breaking a hierarchy.
#[derive(Debug, Clone, Copy)]
pub struct Flaw {
    /// `rule-id` or `rule-id/variant`.
    pub id: &'static str,
    /// What is wrong, in words, without a full stop. No two flaws have the same.
    pub title: &'static str,
    /// What the good hierarchy must have, so that the edit is one edit.
    pub ground: fn(&mut Recipe),
    pub edit: Edit,
    /// Other rules that cannot but fire as well.
    pub company: &'static [&'static str],
    pub wire: Wire,
}

#[derive(Debug, Clone, Copy)]
pub enum Edit {
    Recipe(fn(&mut Recipe)),
    /// An edit to the finished files, for faults of armour.
    Files(fn(&mut Files)),
}

/// What becomes of a client that connects with the broken files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wire {
    Admitted,
    Refused(Stage),
    /// Why no client can try.
    NotTried(&'static str),
}

impl Flaw {
    /// The rule that it trips.
    pub fn rule(&self) -> &'static str {
        self.id.split_once('/').map_or(self.id, |(rule, _)| rule)
    }

    /// The good files and the broken ones, which differ in this flaw alone.
    ///
    /// # Errors
    /// When the recipe cannot be forged.
    pub fn pair(&self, recipe: &Recipe) -> Result<(Files, Files), ForgeError> {
        let mut good = recipe.clone();
        (self.ground)(&mut good);
        pair(good, self.edit)
    }
}

fn pair(mut recipe: Recipe, edit: Edit) -> Result<(Files, Files), ForgeError> {
    let pass = recipe.forge()?.files;
    let fail = match edit {
        Edit::Recipe(edit) => {
            edit(&mut recipe);
            recipe.forge()?.files
        }
        Edit::Files(edit) => {
            let mut files = pass.clone();
            edit(&mut files);
            files
        }
    };
    Ok((pass, fail))
}

/// # Errors
/// When there is no flaw of that id.
pub fn find(id: &str) -> Result<&'static Flaw, ForgeError> {
    ALL.iter().find(|flaw| flaw.id == id).ok_or_else(|| ForgeError::UnknownFlaw(id.to_owned()))
}

/// The files with the flaw, or with the harmless variation, of that id.
///
/// # Errors
/// When there is none of that id, or the recipe cannot be forged.
pub fn forge(id: &str, recipe: &Recipe) -> Result<Files, ForgeError> {
    let (_, files) = match harmless::ALL.iter().find(|harmless| harmless.id == id) {
        Some(harmless) => harmless.pair(recipe)?,
        None => find(id)?.pair(recipe)?,
    };
    Ok(files)
}

const CHAIN: Wire = Wire::Refused(Stage::Chain);
/// The gate reads PEM with the same scanner as the rules; a block that cannot be read is not there.
const NO_BUNDLE: &[&str] = &["bundle-without-certificate", "chain-issuer-missing"];

const PARTS: [&[Flaw]; 9] =
    [pem::ALL, bundle::ALL, ca::ALL, leaf::ALL, chain::ALL, key::ALL, filter::ALL, server::ALL, namespace::ALL];

/// Every flaw, by what it is of: the armour first, the namespace last.
pub static ALL: &[Flaw] = &joined::<{ count(&PARTS) }>(&PARTS);

const fn count(parts: &[&[Flaw]]) -> usize {
    let mut count = 0;
    let mut part = 0;
    while part < parts.len() {
        count += parts[part].len();
        part += 1;
    }
    count
}

/// The parts one behind the other; there is at least one flaw in the first.
const fn joined<const COUNT: usize>(parts: &[&[Flaw]]) -> [Flaw; COUNT] {
    let mut all = [parts[0][0]; COUNT];
    let (mut at, mut part) = (0, 0);
    while part < parts.len() {
        let mut flaw = 0;
        while flaw < parts[part].len() {
            all[at] = parts[part][flaw];
            at += 1;
            flaw += 1;
        }
        part += 1;
    }
    all
}
