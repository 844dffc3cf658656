//! What we say that other programs make of a file, held against those programs: Go, OpenSSL, and Python's ssl.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use certproof::forge::{KeyKind, KeySource, Recipe, flaw};
use certproof::pki::Bundle;
use certproof::pki::certificate::Defect;
use certproof::pki::clock::rfc3339;
use certproof::readers::{Answer, Client, Program, Way, What};
use serde_json::{Value, json};

use super::child::{Finished, Running, STEP, output};
use super::divergences::{Difference, Kind, settle};
use super::mutations::Mutations;
use super::tools::Python;
use super::{OURS, armour, corners, folder};
use crate::testdata::AT;
use crate::{Result, root};

/// Broken files, by a fixed sequence.
const MUTATIONS: usize = 800;

/// # Errors
/// When a program makes something else of a file than we say, where no divergence is listed, or the same where one is.
pub fn compare(python: &Python) -> Result {
    let cases = cases()?;
    // Go is quick enough to be asked about the many small files as well.
    let pieces = armour::texts()?.into_iter().enumerate();
    let pieces = pieces.map(|(at, text)| Case { id: format!("file of pieces {at}"), text, client: None });
    let go = against_go(&pieces.collect::<Vec<_>>())?;
    settle("Go makes of a file of pieces something else than we say", &go.differences, &[])?;
    let go = against_go(&cases)?;
    settle("Go makes of a file something else than we say", &go.differences, &[Kind::GoReader])?;
    go.tells_enough(&cases)?;
    println!("Go reads {} files as we say, with {} clients; {}", cases.len(), clients(&cases), go.told());
    let paths = written(&cases)?;
    let openssl = against_openssl(&cases, &paths)?;
    settle("OpenSSL makes of a file something else than we say", &openssl.differences, &[Kind::OpenSsl])?;
    openssl.tells_enough(&cases)?;
    let version = output("openssl version", Command::new("openssl").arg("version"), STEP)?;
    let version = version.split(" (").next().unwrap_or(&version).trim().to_owned();
    println!("{version} reads {} files as we say, with {} clients; {}", cases.len(), clients(&cases), openssl.told());
    let (python, version) = against_python(python, &cases, &paths)?;
    settle("Python's ssl loads other files than we say", &python.differences, &[Kind::PythonSsl])?;
    python.tells_enough(&cases)?;
    println!("Python's ssl ({version}) loads the same files; {}", python.told());
    Ok(())
}

/// What a comparison came to.
#[derive(Default)]
struct Outcome {
    differences: Vec<Difference>,
    untold: usize,
}

impl Outcome {
    fn told(&self) -> String {
        format!("{} known differences, {} times we cannot tell", self.differences.len(), self.untold)
    }

    /// Who always says that he cannot tell is never wrong.
    fn tells_enough(&self, cases: &[Case]) -> Result {
        const ONE_IN: usize = 10;
        if self.untold * ONE_IN > cases.len() {
            return Err(format!("of {} files we cannot tell {} times", cases.len(), self.untold).into());
        }
        Ok(())
    }

    fn add(&mut self, id: &str, kind: Kind, difference: Option<String>) {
        let difference = difference.map(|text| Difference { id: id.to_owned(), kind, text: format!("{id}: {text}") });
        self.differences.extend(difference);
    }
}

/// A file to be read, and perhaps a client to be judged by it.
struct Case {
    id: String,
    text: Vec<u8>,
    client: Option<Client>,
}

fn clients(cases: &[Case]) -> usize {
    cases.iter().filter(|case| case.client.is_some()).count()
}

fn cases() -> Result<Vec<Case>> {
    let testdata = root().join("testdata");
    let mut cases = Vec::new();
    for folder in ["rules", "found"] {
        collect(&testdata, &testdata.join(folder), &mut cases)?;
    }
    // Kits first, so that of equal files the one with a client stays.
    cases.sort_by_key(|case| case.client.is_none());
    let mut seen = Vec::new();
    cases.retain(|case| {
        let leaf = case.client.as_ref().map(|client| (client.leaf.clone(), client.sent.clone()));
        let is_new = !seen.contains(&(case.text.clone(), leaf.clone()));
        seen.push((case.text.clone(), leaf));
        is_new
    });
    let sound = Recipe::good(OURS, KeySource::Seeded(2), KeyKind::P384, AT);
    for flaw in flaw::ALL {
        let (_, fail) = flaw.pair(&sound)?;
        let client = fail.client.as_ref().and_then(|file| client_in(&file.bytes.0));
        let text = fail.bundle.map(|file| file.bytes.0).unwrap_or_default();
        cases.push(Case { id: format!("{}, forged anew", flaw.id), text, client });
    }
    let sound = Recipe::good(OURS, KeySource::Seeded(1), KeyKind::P256, AT);
    for corner in corners::ALL {
        let files = corner.forge(&sound).map_err(|error| format!("{} cannot be forged: {error}", corner.id))?;
        let client = files.client.as_ref().and_then(|file| client_in(&file.bytes.0));
        let text = files.bundle.map(|file| file.bytes.0).unwrap_or_default();
        cases.push(Case { id: corner.id.to_owned(), text, client });
    }
    let texts: Vec<_> = cases.iter().map(|case| case.text.clone()).collect();
    let mut mutations = Mutations::new(&texts);
    for _ in 0..MUTATIONS {
        let (id, text) = mutations.next_file();
        cases.push(Case { id, text, client: None });
    }
    Ok(cases)
}

/// Certificates are handed over without what stands behind them in their blocks, so a client that has such is not tried;
/// `chains` tries it.
fn client_in(bytes: &[u8]) -> Option<Client> {
    let client = Client::of(&Bundle::read("client", bytes))?;
    let trails = |defect: &Defect| matches!(defect, Defect::TrailingData { .. });
    let whole = std::iter::once(&client.leaf).chain(&client.sent).all(|sent| !sent.defects.iter().any(trails));
    whole.then_some(client)
}

/// Every kit's bundle with its client, and every other file on its own.
fn collect(testdata: &Path, folder: &Path, cases: &mut Vec<Case>) -> Result {
    let mut entries = std::fs::read_dir(folder)?.map(|entry| entry.map(|entry| entry.path()));
    let mut entries = entries.by_ref().collect::<std::result::Result<Vec<_>, _>>()?;
    entries.sort();
    for path in entries {
        if path.is_dir() {
            collect(testdata, &path, cases)?;
            continue;
        }
        let is_ours = path.extension().is_some_and(|extension| extension == "pem" || extension == "key");
        if !is_ours {
            continue;
        }
        let client = match path.file_name().is_some_and(|name| name == "ca.pem") {
            true => std::fs::read(folder.join("client.pem")).ok(),
            false => None,
        };
        let client = client.and_then(|bytes| client_in(&bytes));
        let id = path.strip_prefix(testdata)?.display().to_string().replace('\\', "/");
        cases.push(Case { id, text: std::fs::read(&path)?, client });
    }
    Ok(())
}

fn against_go(cases: &[Case]) -> Result<Outcome> {
    let input = folder().join("files.json");
    let given = cases.iter().map(|case| {
        let client = case.client.iter().flat_map(|client| std::iter::once(&client.leaf).chain(&client.sent));
        let client: Vec<_> = client.map(|certificate| STANDARD.encode(certificate.der())).collect();
        json!({ "text": STANDARD.encode(&case.text), "client": client, "at": rfc3339(AT) })
    });
    serde_json::to_writer(File::create(&input)?, &json!(given.collect::<Vec<_>>()))?;
    // Built when the chains were judged.
    let program = folder().join(format!("judge{}", std::env::consts::EXE_SUFFIX));
    let mut command = Command::new(program);
    let running = Running::start("judge readers", command.arg("readers"), Stdio::from(File::open(&input)?), STEP)?;
    let printed: Vec<Value> = serde_json::from_str(&running.finish()?.success()?)?;
    if printed.len() != cases.len() {
        return Err("Go did not answer for every file".into());
    }
    let mut outcome = Outcome::default();
    for (case, go) in cases.iter().zip(&printed) {
        for program in [Program::Tcld, Program::CloudCli, Program::Terraform, Program::Go] {
            let reading = program.read(&case.text, case.client.as_ref(), AT);
            let name = program.name();
            // The uploaders' first way is to send the file unread, and Go's second is to judge the client.
            let (file, client) = match (program, &reading.ways[..]) {
                (Program::Go, [pool, client @ ..]) => (pool, client.first()),
                (_, [_, parsed]) => (parsed, None),
                _ => return Err(format!("{name} has other ways than expected").into()),
            };
            let said = go[name]["error"].as_str().unwrap_or_default();
            let listed = go[name]["certificates"].as_array().into_iter().flatten();
            let listed: Vec<_> = listed.filter_map(Value::as_str).collect();
            let difference = differs(file, said, Some(&listed), &mut outcome.untold);
            outcome.add(&case.id, Kind::GoReader, difference.map(|text| format!("{name}: {text}")));
            if let (Some(way), Some(said)) = (client, go["verify"].as_str()) {
                let difference = differs(way, said, None, &mut outcome.untold);
                outcome.add(&case.id, Kind::GoReader, difference.map(|text| format!("client: {text}")));
            }
        }
    }
    Ok(outcome)
}

/// How what a program said, and the fingerprints of what it took, differ from what we say.
fn differs(way: &Way, said: &str, listed: Option<&[&str]>, untold: &mut usize) -> Option<String> {
    let answer = way.answer?;
    if answer == Answer::CannotTell {
        *untold += 1;
        return None;
    }
    let theirs = if said.is_empty() { "accepts".to_owned() } else { format!("refuses ({said})") };
    if said.is_empty() != (answer == Answer::Accepted) {
        let ours = way.says.as_ref().map(|says| says.text()).unwrap_or_default();
        return Some(format!("it {theirs}, and we say {} {ours}", answer.name()));
    }
    if let Some(says) = way.says.as_ref().filter(|says| !says.agrees_with(said)) {
        return Some(format!("it {theirs}, and we say that it says {}", says.text()));
    }
    let ours = way.seen.iter().filter_map(|seen| match &seen.what {
        What::Certificate(certificate) => Some(certificate.sha1()),
        What::Unreadable(_) | What::Other(_) => None,
    });
    let ours: Vec<_> = ours.collect();
    // OpenSSL prints the fingerprint of what it would write, in which every length is as short as can be.
    let rewritten = way.seen.iter().any(|seen| match &seen.what {
        What::Certificate(certificate) => certificate.defects.contains(&Defect::LengthNotMinimal),
        What::Unreadable(_) | What::Other(_) => false,
    });
    let same = |listed: &[&str]| if rewritten { listed.len() == ours.len() } else { *listed == ours[..] };
    let listed = listed.filter(|listed| answer == Answer::Accepted && !same(listed))?;
    Some(format!("it takes {listed:?}, and we say {ours:?}"))
}

/// The files on disk, and each client as CLIENT beside its own.
fn written(cases: &[Case]) -> Result<Vec<PathBuf>> {
    let folder = folder().join("files");
    if folder.exists() {
        std::fs::remove_dir_all(&folder)?;
    }
    std::fs::create_dir_all(&folder)?;
    let mut paths = Vec::new();
    for (position, case) in cases.iter().enumerate() {
        let path = folder.join(format!("{position}.pem"));
        std::fs::write(&path, &case.text)?;
        if let Some(client) = &case.client {
            let all = std::iter::once(&client.leaf).chain(&client.sent);
            let ders: Vec<_> = all.map(|certificate| certificate.der().to_vec()).collect();
            std::fs::write(client_of(&path), certproof::pki::pem::encode_certificates(&ders))?;
        }
        paths.push(path);
    }
    Ok(paths)
}

fn client_of(path: &Path) -> PathBuf {
    path.with_extension("client")
}

/// Two at a time: most of the time goes into starting them.
const WORKERS: usize = 2;

fn against_openssl(cases: &[Case], paths: &[PathBuf]) -> Result<Outcome> {
    let sound = paths.iter().zip(cases).find(|(_, case)| case.client.is_some());
    let anybody = client_of(sound.ok_or("there is no client to ask with")?.0);
    let all: Vec<_> = cases.iter().zip(paths).collect();
    let share = all.len().div_ceil(WORKERS);
    let outcomes = std::thread::scope(|scope| {
        let workers: Vec<_> = all
            .chunks(share)
            .enumerate()
            .map(|(worker, part)| {
                let anybody = &anybody;
                scope.spawn(move || {
                    let mut outcome = Outcome::default();
                    for (case, path) in part {
                        one_by_openssl(worker, case, path, anybody, &mut outcome).map_err(|error| error.to_string())?;
                    }
                    Ok::<_, String>(outcome)
                })
            })
            .collect();
        let joined = workers.into_iter().map(|worker| worker.join().map_err(|_| "a worker panicked".to_owned())?);
        joined.collect::<std::result::Result<Vec<_>, String>>()
    })?;
    let mut whole = Outcome::default();
    for outcome in outcomes {
        whole.differences.extend(outcome.differences);
        whole.untold += outcome.untold;
    }
    Ok(whole)
}

fn one_by_openssl(worker: usize, case: &Case, path: &Path, anybody: &Path, outcome: &mut Outcome) -> Result {
    let reading = Program::OpenSsl.read(&case.text, case.client.as_ref(), AT);
    let own = client_of(path);
    let client = if case.client.is_some() { own.as_path() } else { anybody };
    let mut command = Command::new("openssl");
    command.args(["verify", "-purpose", "sslclient", "-attime", &AT.unix_timestamp().to_string()]);
    command.arg("-CAfile").arg(path).arg("-untrusted").arg(client).arg(client);
    let verified = finished(&format!("openssl verify {worker}"), &mut command)?;
    let loaded = !verified.stderr.starts_with("Error loading file");
    for way in &reading.ways {
        let difference = match way.how {
            how if how.contains("X509_STORE_load_file") => {
                let said = if loaded { "" } else { verified.stderr.lines().next().unwrap_or("nothing") };
                differs(way, said, None, &mut outcome.untold)
            }
            how if how.contains("x509 -in") => {
                let mut command = Command::new("openssl");
                command.args(["x509", "-noout", "-fingerprint", "-sha1", "-in"]).arg(path);
                let shown = finished(&format!("openssl x509 {worker}"), &mut command)?;
                let fingerprint = shown.stdout.trim().rsplit('=').next().unwrap_or_default().to_lowercase();
                let fingerprint = fingerprint.replace(':', "");
                let said = if shown.status.success() { "" } else { shown.stderr.lines().next().unwrap_or("nothing") };
                differs(way, said, Some(&[fingerprint.as_str()]), &mut outcome.untold)
            }
            _ if !loaded => differs(way, "Error loading file ", None, &mut outcome.untold),
            _ => {
                let said = verified.stderr.lines().find(|line| line.starts_with("error ")).unwrap_or_default();
                if said.is_empty() != verified.status.success() {
                    return Err(verified.unexpected("it should have said why, and only then").into());
                }
                differs(way, said, None, &mut outcome.untold)
            }
        };
        outcome.add(&case.id, Kind::OpenSsl, difference.map(|text| format!("{}: {text}", way.how)));
    }
    Ok(())
}

fn finished(name: &str, command: &mut Command) -> Result<Finished> {
    Running::start(name, command, Stdio::null(), STEP)?.finish()
}

fn against_python(python: &Python, cases: &[Case], paths: &[PathBuf]) -> Result<(Outcome, String)> {
    let input = folder().join("paths.json");
    serde_json::to_writer(File::create(&input)?, &json!(paths))?;
    let mut command = python.command("readers.py");
    let running = Running::start("python readers", &mut command, Stdio::from(File::open(&input)?), STEP)?;
    let printed: Value = serde_json::from_str(&running.finish()?.success()?)?;
    let said = printed["said"].as_array().cloned().unwrap_or_default();
    if said.len() != cases.len() {
        return Err("Python did not answer for every file".into());
    }
    let mut outcome = Outcome::default();
    for (case, said) in cases.iter().zip(&said) {
        let reading = Program::OpenSsl.read(&case.text, None, AT);
        // Of the ways, loading the file is the first; Python has words of its own for what went wrong.
        let mut way = reading.ways[0].clone();
        way.says = None;
        let difference = differs(&way, said.as_str().unwrap_or_default(), None, &mut outcome.untold);
        outcome.add(&case.id, Kind::PythonSsl, difference);
    }
    Ok((outcome, printed["version"].as_str().unwrap_or_default().to_owned()))
}
