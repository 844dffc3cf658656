//! The hierarchies of the matrix, as recipes: what is forged, and what the reference model reads.

use time::OffsetDateTime;

use super::MatrixError;
use super::scenario::{Home, Shape, Variation};
use crate::forge::flaw::{self, Edit};
use crate::forge::recipe::Recipe;
use crate::forge::{KeyKind, KeySource};

/// The hierarchy of a namespace, and of its client with a flaw.
pub fn recipe(home: &Home, flaw: Option<&str>, keys: KeySource, at: OffsetDateTime) -> Result<Recipe, MatrixError> {
    let names = match home.shape {
        Shape::Sharing(other, _) => other.namespace,
        _ => home.namespace,
    };
    let mut recipe = Recipe::with_intermediates(names, keys, home.key, at, home.intermediates);
    match home.shape {
        Shape::Good => {}
        Shape::Flawed(flaw) => apply(flaw, &mut recipe)?,
        Shape::Edited(edit) | Shape::Sharing(_, edit) => edit(&mut recipe),
    }
    if let Some(flaw) = flaw {
        apply(flaw, &mut recipe)?;
    }
    Ok(recipe)
}

/// The recipe of [`Credential::Varied`](super::scenario::Credential::Varied).
pub fn varied(mut recipe: Recipe, variation: &Variation, kind: KeyKind) -> Recipe {
    recipe.client.key = kind;
    (variation.edit)(&mut recipe);
    recipe
}

fn apply(id: &str, recipe: &mut Recipe) -> Result<(), MatrixError> {
    let flaw = flaw::find(id)?;
    (flaw.ground)(recipe);
    match flaw.edit {
        Edit::Recipe(edit) => edit(recipe),
        // Faults of armour never reach the wire; a test forbids them in scenarios.
        Edit::Files(_) => return Err(crate::forge::ForgeError::UnknownFlaw(id.to_owned()).into()),
    }
    Ok(())
}
