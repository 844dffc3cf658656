//! Scaffolds a rule: its file, its lines in the list, and its flaw.

use crate::{Result, root};

const PREFIXES: [&str; 9] = ["pem", "bundle", "ca", "leaf", "key", "chain", "filter", "server", "namespace"];

pub fn scaffold(id: &str) -> Result {
    let known = |prefix: &str| id.split_once('-').is_some_and(|(first, rest)| first == prefix && !rest.is_empty());
    let well_formed = id.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
    if !well_formed || !PREFIXES.iter().any(|prefix| known(prefix)) {
        return Err(format!("`{id}` is not kebab-case with one of the prefixes {}", PREFIXES.join(", ")).into());
    }
    let module = id.replace('-', "_");
    let file = root().join(format!("src/rules/{module}.rs"));
    if file.exists() {
        return Err(format!("{} is there already", file.display()).into());
    }
    let list = root().join("src/rules/mod.rs");
    let listed = std::fs::read_to_string(&list)?;
    let listed = insert_before(&listed, "\nuse std::sync::Arc;", &format!("mod {module};\n"))?;
    let listed = insert_before(&listed, "];\n\n/// The rule of that id.", &format!("    &{module}::RULE,\n"))?;
    let prefix = id.split('-').next().unwrap_or_default();
    let catalogue = root().join(format!("src/forge/flaw/{prefix}.rs"));
    let flaws = std::fs::read_to_string(&catalogue)?;
    let flaws = insert_before(&flaws, "\n];", &flaw(id))?;
    std::fs::write(&file, rule(id))?;
    std::fs::write(&list, listed)?;
    std::fs::write(&catalogue, flaws)?;
    println!("wrote {}; fill in what says FILL IN there and in {},", file.display(), catalogue.display());
    println!("then `cargo fmt`, `cargo xtask testdata`, `cargo xtask docs`, `cargo test --workspace --all-features`");
    Ok(())
}

fn insert_before(text: &str, mark: &str, addition: &str) -> Result<String> {
    let at = text.find(mark).ok_or_else(|| format!("the list has no place `{}`", mark.trim()))?;
    Ok(format!("{}{addition}{}", &text[..at], &text[at..]))
}

fn rule(id: &str) -> String {
    format!(
        "//! FILL IN: the bad thing in one sentence.

use super::{{Check, Rule}};
use crate::cloud::{{Breaks, requirement}};
use crate::report::{{Finding, Severity, Verdict}};

pub static RULE: Rule = Rule {{
    id: \"{id}\",
    severity: Severity::Error,
    title: \"FILL IN\",
    docs: \"FILL IN: what is demanded, and why.\",
    fix: \"FILL IN\",
    requirement: &requirement::CA_VALID,
    breaks: Breaks::Upload,
    check: Check::Authority(|seat, _| {{
        let wrong = false;
        Verdict::of(wrong.then(|| Finding::new(format!(\"{{}} …\", seat.name())).at(seat.place())))
    }}),
}};
"
    )
}

fn flaw(id: &str) -> String {
    format!(
        "
    Flaw {{
        id: \"{id}\",
        title: \"FILL IN\",
        ground: PLAIN,
        // FILL IN: the one edit that breaks a good recipe
        edit: Edit::Recipe(|_| {{}}),
        company: &[],
        wire: Wire::Admitted,
    }},"
    )
}
