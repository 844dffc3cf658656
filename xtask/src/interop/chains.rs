//! Every chain that the forge makes, judged by Go's crypto/x509 and by our own judge.

use std::collections::HashMap;
use std::fs::File;
use std::process::{Command, Stdio};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use certproof::cloud::Kit;
use certproof::cloud::kit::Files;
use certproof::forge::flaw::{self, Edit};
use certproof::forge::plan::{NAMED, Order, Plan};
use certproof::forge::{KeyKind, KeySource, Recipe};
use certproof::pki::chain::{self, Anchors};
use certproof::pki::clock::rfc3339;
use certproof::pki::{Bundle, Certificate};
use serde_json::{Value, json};

use super::child::{Running, STEP, output};
use super::divergences::{DIVERGENCES, Difference, Kind, settle};
use super::tools::Go;
use super::{OURS, corners, folder};
use crate::Result;
use crate::testdata::AT;

const SEED: KeySource = KeySource::Seeded(1);

/// Every key kind that clients and CAs may have, and where its keys come from.
const KEYS: [(KeyKind, KeySource); 6] = [
    (KeyKind::P256, SEED),
    (KeyKind::P384, SEED),
    (KeyKind::P521, KeySource::Fresh),
    (KeyKind::Rsa2048, KeySource::Pooled),
    (KeyKind::Rsa4096, KeySource::Pooled),
    (KeyKind::Ed25519, SEED),
];

/// Intermediates between root and client.
const DEPTHS: [usize; 4] = [0, 1, 3, 15];

/// # Errors
/// When Go and our judge differ where no divergence is listed, or agree where one is.
pub fn compare(go: &Go) -> Result {
    let cases = cases()?;
    let document = Document::new(&cases);
    let verdicts = judge(go, &document)?;
    let mut differences = Vec::new();
    for (case, verdict) in cases.iter().zip(&verdicts.cases) {
        let parse = parse_difference(case, &document, &verdicts.certificates);
        differences.extend(match parse {
            Some(difference) => Some(difference),
            None => chain_difference(case, verdict)?,
        });
    }
    let names = compare_names(&document, &verdicts)?;
    settle(&format!("{} and our judge differ", go.version), &differences, &[Kind::Chain, Kind::Parse])?;
    let count = |kind| cases.iter().filter(|case| case.kind == kind).count();
    println!(
        "Go ({}) judges as we do, but for {} cases that are listed: {} certificates in {} good chains, {} with and without \
         a flaw, {} corners, {} with two flaws",
        go.version,
        differences.len(),
        document.certificates.len(),
        count(CaseKind::Good),
        count(CaseKind::Flaw),
        count(CaseKind::Corner),
        count(CaseKind::TwoFlaws),
    );
    println!("Go prints the subjects of {names} certificates as the upload forecast quotes them");
    Ok(())
}

/// The forecast quotes subjects as the cloud does, which is as Go prints them.
fn compare_names(document: &Document, verdicts: &Verdicts) -> Result<usize> {
    let mut compared = 0;
    for (der, position) in &document.certificates {
        let readable = Certificate::read(der).ok().filter(|_| verdicts.certificates[*position].is_empty());
        let Some(certificate) = readable else { continue };
        let (ours, theirs) = (certificate.subject.go_string(), &verdicts.subjects[*position]);
        if ours != *theirs {
            return Err(format!("Go prints a subject as `{theirs}`, and we quote it as `{ours}`").into());
        }
        compared += 1;
    }
    if compared == 0 { Err("no subject was compared".into()) } else { Ok(compared) }
}

/// A chain to be judged.
struct Case {
    id: String,
    kind: CaseKind,
    kit: Kit,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum CaseKind {
    Good,
    Flaw,
    Corner,
    TwoFlaws,
}

fn cases() -> Result<Vec<Case>> {
    let mut cases = Vec::new();
    let mut add = |kind, id: String, forged: Result<Files>| -> Result {
        let files = forged.map_err(|error| format!("{id} cannot be forged: {error}"))?;
        cases.push(Case { id, kind, kit: Kit::read(&files) });
        Ok(())
    };
    for (key, keys) in KEYS {
        for depth in DEPTHS {
            let recipe = Recipe::with_intermediates(OURS, keys, key, AT, depth);
            add(CaseKind::Good, format!("{key:?}, {depth} intermediates"), files(&recipe))?;
        }
    }
    for (name, _) in NAMED {
        let plan = Plan::named(name)?;
        let order = Order { namespaces: vec![OURS.parse()?], at: AT, keys: SEED, key: KeyKind::P256 };
        let kit = plan.start(order)?.kit(0)?;
        for client in kit.clients {
            let sent = certproof::cloud::kit::File::new("client.pem", client.chain.into_bytes());
            let files = Files { client: Some(sent), ..kit.files.clone() };
            add(CaseKind::Good, format!("recipe {name}, {}", client.name), Ok(files))?;
        }
    }
    let good = Recipe::good(OURS, SEED, KeyKind::P256, AT);
    // Without a client certificate there is no chain to judge.
    for flaw in flaw::ALL.iter().filter(|flaw| flaw.rule() != "leaf-missing") {
        let (pass, fail) = flaw.pair(&good)?;
        add(CaseKind::Flaw, format!("{}/pass", flaw.id), Ok(pass))?;
        add(CaseKind::Flaw, format!("{}/fail", flaw.id), Ok(fail))?;
    }
    for variation in flaw::harmless::ALL {
        let (_, unusual) = variation.pair(&good)?;
        add(CaseKind::Good, variation.id.to_owned(), Ok(unusual))?;
    }
    for corner in corners::ALL {
        add(CaseKind::Corner, corner.id.to_owned(), corner.forge(&good))?;
    }
    for (id, recipe) in two_flaws(&good) {
        add(CaseKind::TwoFlaws, id, files(&recipe))?;
    }
    Ok(cases)
}

fn files(recipe: &Recipe) -> Result<Files> {
    Ok(recipe.forge()?.files)
}

/// Every two flaws that a recipe can have at once: which of them is looked at first, and which certificates are left to
/// build with, must not matter. Flaws of listed divergences are left out, since they would only repeat themselves.
fn two_flaws(good: &Recipe) -> Vec<(String, Recipe)> {
    let diverges = |id: &str| {
        let fail = format!("{id}/fail");
        DIVERGENCES.iter().any(|divergence| divergence.ids.contains(&fail.as_str()))
    };
    let editable = flaw::ALL.iter().filter_map(|flaw| match flaw.edit {
        Edit::Recipe(edit) if !diverges(flaw.id) => Some((flaw, edit)),
        _ => None,
    });
    let editable: Vec<_> = editable.collect();
    let mut recipes = Vec::new();
    for (position, (first, first_edit)) in editable.iter().enumerate() {
        for (second, second_edit) in &editable[position + 1..] {
            let mut recipe = good.clone();
            (first.ground)(&mut recipe);
            (second.ground)(&mut recipe);
            first_edit(&mut recipe);
            second_edit(&mut recipe);
            recipes.push((format!("{} + {}", first.id, second.id), recipe));
        }
    }
    recipes
}

/// What Go is given: every certificate once, and cases that name them by position.
struct Document {
    certificates: HashMap<Vec<u8>, usize>,
    json: Value,
}

impl Document {
    fn new(cases: &[Case]) -> Self {
        let mut certificates = HashMap::new();
        let mut encoded = Vec::new();
        let mut position = |der: Vec<u8>| {
            *certificates.entry(der).or_insert_with_key(|der| {
                encoded.push(STANDARD.encode(der));
                encoded.len() - 1
            })
        };
        let cases = cases.iter().map(|case| {
            let bundle: Vec<_> = ders(&case.kit.bundle).into_iter().map(&mut position).collect();
            let client: Vec<_> = ders(&case.kit.client).into_iter().map(&mut position).collect();
            json!({ "id": case.id, "bundle": bundle, "leaf": client.first(), "sent": client.get(1..) })
        });
        let cases: Vec<_> = cases.collect();
        let json = json!({ "at": rfc3339(AT), "certificates": encoded, "cases": cases });
        Self { certificates, json }
    }
}

/// The certificate blocks of a file, whether or not we can read what is in them.
fn ders(file: &Option<Bundle>) -> Vec<Vec<u8>> {
    let entries = file.iter().flat_map(|file| &file.entries).filter(|entry| is_certificate(&entry.block.label));
    entries.filter_map(|entry| entry.block.der.as_ref().map(|der| der.to_vec())).collect()
}

/// By its usual label or its old one.
fn is_certificate(label: &str) -> bool {
    matches!(label, "CERTIFICATE" | "X509 CERTIFICATE")
}

struct Verdicts {
    /// Why a certificate cannot be parsed, in the order of the document; empty where it can.
    certificates: Vec<String>,
    /// How Go prints the subject of each; empty where it cannot parse it.
    subjects: Vec<String>,
    cases: Vec<Verdict>,
}

struct Verdict {
    accepted: bool,
    error: String,
}

fn judge(go: &Go, document: &Document) -> Result<Verdicts> {
    let program = folder().join(format!("judge{}", std::env::consts::EXE_SUFFIX));
    output("go build", go.command(&["build", "-o"]).arg(&program).arg("."), STEP)?;
    let input = folder().join("chains.json");
    serde_json::to_writer(File::create(&input)?, &document.json)?;
    let running = Running::start("judge", &mut Command::new(program), Stdio::from(File::open(&input)?), STEP)?;
    let printed: Value = serde_json::from_str(&running.finish()?.success()?)?;
    let list = |name: &str| printed[name].as_array().map(Vec::as_slice).unwrap_or_default();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let ids = |cases: &Value| cases.as_array().into_iter().flatten().map(|case| text(&case["id"])).collect::<Vec<_>>();
    let certificates: Vec<_> = list("certificates").iter().map(text).collect();
    let subjects: Vec<_> = list("subjects").iter().map(text).collect();
    if subjects.len() != certificates.len()
        || certificates.len() != document.certificates.len()
        || ids(&printed["cases"]) != ids(&document.json["cases"])
    {
        return Err("Go did not answer for exactly the chains and certificates that it was given".into());
    }
    let verdict = |case: &Value| Verdict { accepted: case["accepted"] == true, error: text(&case["error"]) };
    Ok(Verdicts { certificates, subjects, cases: list("cases").iter().map(verdict).collect() })
}

fn parse_difference(case: &Case, document: &Document, complaints: &[String]) -> Option<Difference> {
    let all = [ders(&case.kit.bundle), ders(&case.kit.client)].concat();
    all.iter().find_map(|der| {
        let theirs = complaints.get(*document.certificates.get(der)?)?;
        let ours = match Certificate::read(der) {
            Err(error) => error.to_string(),
            Ok(certificate) => certificate.defects.first().map(ToString::to_string).unwrap_or_default(),
        };
        let word = |complaint: &str| match complaint {
            "" => "can".to_owned(),
            why => format!("cannot ({why})"),
        };
        let differ = theirs.is_empty() != ours.is_empty();
        let text = format!("{}: a certificate that Go {} parse, and we {}", case.id, word(theirs), word(&ours));
        differ.then(|| Difference { id: case.id.clone(), kind: Kind::Parse, text })
    })
}

fn chain_difference(case: &Case, go: &Verdict) -> Result<Option<Difference>> {
    let ours = our_verdict(&case.kit)?;
    if ours.is_empty() == go.accepted {
        return Ok(None);
    }
    let theirs = if go.accepted { "accepts".to_owned() } else { format!("refuses ({})", go.error) };
    let ours = if ours.is_empty() { "accept".to_owned() } else { format!("refuse ({ours})") };
    let text = format!("{}: Go {theirs}, and we {ours}", case.id);
    Ok(Some(Difference { id: case.id.clone(), kind: Kind::Chain, text }))
}

/// Why our judge refuses the client; empty where it accepts. Like the front door it wants to read all that is sent.
fn our_verdict(kit: &Kit) -> Result<String> {
    let client = ders(&kit.client);
    let readable = kit.client.iter().flat_map(Bundle::certificates).count();
    if readable != client.len() {
        return Ok("something that the client sends cannot be read".to_owned());
    }
    let leaf = kit.leaf().ok_or("a case has no client certificate")?;
    let verified = chain::verify(leaf, &kit.sent(), &Anchors::new(kit.authorities()), AT);
    Ok(verified.err().map(|fault| fault.to_string()).unwrap_or_default())
}
