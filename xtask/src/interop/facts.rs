//! What is in every certificate that the forge makes, by pyca/cryptography and by our reader: what a manifest says of a
//! flaw is there for others too.

use std::fs::File;
use std::process::{Command, Stdio};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use certproof::forge::flaw;
use certproof::forge::plan::{NAMED, Order, Plan};
use certproof::forge::{KeyKind, KeySource, Recipe};
use certproof::pki::certificate::Extension;
use certproof::pki::name::hex;
use certproof::pki::{Bundle, Certificate};
use serde_json::{Value, json};

use super::child::{Running, STEP, output};
use super::tools::python_with_cryptography;
use super::{OURS, folder};
use crate::Result;
use crate::testdata::AT;

/// Certificates that Go's parser takes and cryptography does not read whole, by what it says. One that is not seen any
/// more is an error.
const NOT_READ: [(&str, &str); 2] = [
    ("is not a valid X509 version", "it knows v1 and v3, and nothing between them"),
    ("kind: InvalidValue, location: [\"subject\"]", "a TeletexString beyond ASCII is no text to it"),
];

/// # Errors
/// When cryptography reads something else than we do, or does not read what we find no fault in.
pub fn compare() -> Result {
    let (python, version) = python_with_cryptography()?;
    let ders = certificates()?;
    let sound: Vec<_> = ders.iter().filter_map(|der| Certificate::read(der).ok().map(|read| (der, read))).collect();
    let sound: Vec<_> = sound.into_iter().filter(|(_, read)| read.defects.is_empty()).collect();
    let input = folder().join("facts.json");
    let encoded: Vec<_> = sound.iter().map(|(der, _)| STANDARD.encode(der)).collect();
    serde_json::to_writer(File::create(&input)?, &json!(encoded))?;
    let stdin = Stdio::from(File::open(&input)?);
    let printed = Running::start("facts.py", &mut python.command("facts.py"), stdin, STEP)?.finish()?.success()?;
    let theirs: Vec<Value> = serde_json::from_str(&printed)?;
    if theirs.len() != sound.len() {
        return Err("cryptography did not answer for every certificate".into());
    }
    let mut seen = std::collections::BTreeSet::new();
    let (mut compared, mut wrong) = (0, Vec::new());
    for ((_, certificate), theirs) in sound.iter().zip(&theirs) {
        if let Some(error) = theirs["error"].as_str() {
            let listed = NOT_READ.iter().find(|(text, _)| error.contains(text));
            match listed {
                Some((text, _)) => drop(seen.insert(*text)),
                None => wrong.push(format!("cryptography does not read `{}`: {error}", certificate.subject)),
            }
            continue;
        }
        let ours = facts(certificate);
        if ours != *theirs {
            wrong.push(format!("of `{}` we read {ours}, and cryptography {theirs}", certificate.subject));
        }
        compared += 1;
    }
    if !wrong.is_empty() {
        return Err(wrong.join("\n").into());
    }
    if let Some((text, why)) = NOT_READ.iter().find(|(text, _)| !seen.contains(text)) {
        return Err(format!("cryptography no longer says `{text}` ({why})").into());
    }
    let faulty = ders.len() - sound.len();
    println!(
        "pyca/cryptography {version} reads the same in {compared} certificates of all flaws and recipes; {} it does not read, as \
         listed; {faulty} are refused by Go's parser and not compared",
        sound.len() - compared
    );
    Ok(())
}

/// The clients of every named recipe, by `openssl verify -purpose sslclient`.
///
/// # Errors
/// When OpenSSL does not accept one of them.
pub fn verify_recipes() -> Result {
    let recipes = folder().join("recipes");
    std::fs::create_dir_all(&recipes)?;
    let at = AT.unix_timestamp().to_string();
    let mut count = 0;
    for (name, _) in NAMED {
        let plan = Plan::named(name)?;
        let order = Order { namespaces: vec![OURS.parse()?], at: AT, keys: KeySource::Fresh, key: KeyKind::P256 };
        let kit = plan.start(order)?.kit(0)?;
        let bundle = recipes.join(format!("{name}.ca.pem"));
        let file = kit.files.bundle.ok_or("a recipe makes a bundle")?;
        std::fs::write(&bundle, file.bytes.0)?;
        for client in kit.clients {
            let path = recipes.join(format!("{name}.{}.pem", client.name));
            std::fs::write(&path, &client.chain)?;
            let mut command = Command::new("openssl");
            command.args(["verify", "-purpose", "sslclient", "-attime", &at, "-CAfile"]).arg(&bundle);
            output("openssl verify", command.arg("-untrusted").arg(&path).arg(&path), STEP)?;
            count += 1;
        }
    }
    println!("openssl verifies {count} clients of {} recipes", NAMED.len());
    Ok(())
}

/// Every certificate of every flaw, harmless variation and named recipe, each once.
fn certificates() -> Result<Vec<Vec<u8>>> {
    let good = Recipe::good(OURS, KeySource::Seeded(1), KeyKind::P256, AT);
    let mut ders = Vec::new();
    let mut add = |bytes: &[u8]| {
        let bundle = Bundle::read("forged", bytes);
        ders.extend(bundle.entries.iter().filter_map(|entry| entry.certificate().map(|read| read.der().to_vec())));
    };
    let ids = flaw::ALL.iter().map(|flaw| flaw.id).chain(flaw::harmless::ALL.iter().map(|variation| variation.id));
    for id in ids {
        let files = flaw::forge(id, &good)?;
        [files.bundle, files.client].iter().flatten().for_each(|file| add(&file.bytes.0));
    }
    for (name, _) in NAMED {
        let plan = Plan::named(name)?;
        let order = Order { namespaces: vec![OURS.parse()?], at: AT, keys: KeySource::Seeded(1), key: KeyKind::P256 };
        let kit = plan.start(order)?.kit(0)?;
        kit.files.bundle.iter().for_each(|file| add(&file.bytes.0));
        kit.clients.iter().for_each(|client| add(client.chain.as_bytes()));
    }
    ders.sort();
    ders.dedup();
    Ok(ders)
}

fn facts(certificate: &Certificate) -> Value {
    let serial = hex(&certificate.serial);
    let serial = serial.trim_start_matches('0');
    let mut facts = json!({
        "version": certificate.version,
        "serial": if serial.is_empty() { "0" } else { serial },
        "not_before": certificate.not_before.unix_timestamp(),
        "not_after": certificate.not_after.unix_timestamp(),
        "subject": hex(certificate.subject.der()),
        "issuer": hex(certificate.issuer.der()),
    });
    if certificate.version != 3 {
        return facts;
    }
    let constraints = certificate.basic_constraints.present();
    facts["ca"] = json!(constraints.map(|found| found.ca));
    facts["critical"] = json!(constraints.map(|found| found.critical));
    facts["path_length"] = json!(constraints.and_then(|found| found.path_len));
    facts["key_usage"] = json!(of(&certificate.key_usage, |found| found.names()));
    facts["client_auth"] = json!(of(&certificate.extended_key_usage, |found| found.client_auth));
    facts["server_auth"] = json!(of(&certificate.extended_key_usage, |found| found.server_auth));
    facts["names"] = json!(certificate.alternative_names.len());
    facts["subject_key_id"] = json!(certificate.subject_key_id.as_deref().map(hex));
    facts["authority_key_id"] = json!(certificate.authority_key_id.as_deref().map(hex));
    facts
}

fn of<T, U>(extension: &Extension<T>, fact: impl FnOnce(&T) -> U) -> Option<U> {
    extension.present().map(fact)
}
