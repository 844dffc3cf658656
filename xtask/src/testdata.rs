//! testdata/rules: for each flaw a kit that passes and one that fails, which differ in the flaw alone.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use certproof::cloud::kit::Files;
use certproof::forge::{KeyKind, KeySource, Recipe, flaw};
use time::OffsetDateTime;
use time::macros::datetime;

use crate::{Generated, Result, compare_all, root, write_all};

/// The time at which the test data is judged: what is expired then is expired for ever, what is valid never rots.
pub const AT: OffsetDateTime = datetime!(2027-01-01 00:00 UTC);
const SEED: u64 = 1;
const FOLDER: &str = "testdata/rules";

pub fn write() -> Result {
    let files = generate()?;
    for stray in strays(&files)? {
        std::fs::remove_file(root().join(&stray))?;
        println!("removed {}", stray.display());
    }
    write_all(&files)
}

pub fn check() -> Result {
    let files = generate()?;
    compare_all(&files)?;
    let strays = strays(&files)?;
    if strays.is_empty() { Ok(()) } else { Err(format!("belongs to no flaw: {strays:?}").into()) }
}

fn generate() -> Result<Vec<Generated>> {
    let recipe = Recipe::good("orders.f45a2", KeySource::Seeded(SEED), KeyKind::P256, AT);
    let mut files = Vec::new();
    for flaw in flaw::ALL {
        let folder = Path::new(FOLDER).join(flaw.id);
        let (pass, fail) = flaw.pair(&recipe)?;
        lay_out(&folder.join("pass"), &pass, &mut files);
        lay_out(&folder.join("fail"), &fail, &mut files);
    }
    Ok(files)
}

fn lay_out(folder: &Path, kit: &Files, files: &mut Vec<Generated>) {
    for file in [&kit.bundle, &kit.client, &kit.key, &kit.filters, &kit.server_root].into_iter().flatten() {
        files.push(Generated { path: folder.join(file.path.as_ref()), bytes: file.bytes.0.clone() });
    }
    if let Some(namespace) = &kit.namespace {
        files.push(Generated { path: folder.join("namespace"), bytes: format!("{namespace}\n").into_bytes() });
    }
}

/// Files in the folder that no flaw makes.
fn strays(files: &[Generated]) -> Result<BTreeSet<PathBuf>> {
    let mut found = BTreeSet::new();
    walk(Path::new(FOLDER), &mut found)?;
    for file in files {
        found.remove(&file.path);
    }
    Ok(found)
}

fn walk(folder: &Path, found: &mut BTreeSet<PathBuf>) -> Result {
    let full = root().join(folder);
    if !full.is_dir() {
        return Ok(());
    }
    for entry in std::fs::read_dir(full)? {
        let entry = entry?;
        let path = folder.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            walk(&path, found)?;
        } else {
            found.insert(path);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #[test]
    fn committed_test_data_is_what_the_forge_makes_byte_for_byte() {
        super::check().unwrap();
    }
}
