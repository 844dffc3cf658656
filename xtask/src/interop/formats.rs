//! SARIF and JUnit as other people read them: the official schema, and the parsers of CI servers' users.

use std::fs::File;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use super::child::{Running, STEP};
use super::{certproof, folder, tools};
use crate::testdata::AT;
use crate::{Result, root};

/// # Errors
/// When an output is not what its format demands, or does not hold what the JSON output says.
pub fn read() -> Result {
    let python = tools::python_with_parsers()?;
    let outputs = folder().join("formats");
    if outputs.exists() {
        std::fs::remove_dir_all(&outputs)?;
    }
    std::fs::create_dir_all(&outputs)?;
    let kits = kits()?;
    let mut paths = Vec::new();
    let mut told = Vec::new();
    for (position, kit) in kits.iter().enumerate() {
        let written = |format: &str| -> Result<PathBuf> {
            let path = outputs.join(format!("{position}.{format}"));
            std::fs::write(&path, check(kit, format)?)?;
            Ok(path)
        };
        paths.push(json!({ "sarif": written("sarif")?, "junit": written("junit")? }));
        told.push(Told::by(&serde_json::from_str(&check(kit, "json")?)?));
    }
    if told.iter().all(|told| told.findings == 0) {
        return Err("no kit of testdata has a finding any more, so nothing is tried".into());
    }
    let input = folder().join("formats.json");
    serde_json::to_writer(File::create(&input)?, &json!(paths))?;
    let stdin = Stdio::from(File::open(&input)?);
    let running = Running::start("formats", &mut python.command("formats.py"), stdin, STEP)?;
    let printed: Value = serde_json::from_str(&running.finish()?.success()?)?;
    if printed["vacuous"] != false {
        return Err("the schema of SARIF lets an empty result through, so it proves nothing".into());
    }
    let answers = printed["answers"].as_array().map(Vec::as_slice).unwrap_or_default();
    if answers.len() != kits.len() {
        return Err("the parsers did not answer for every kit".into());
    }
    for ((kit, answer), told) in kits.iter().zip(answers).zip(&told) {
        told.compare(answer).map_err(|error| format!("{}: {error}", kit.display()))?;
    }
    let findings: usize = told.iter().map(|told| told.findings).sum();
    println!(
        "SARIF of {} kits with {findings} findings fits the schema {}, and junitparser and ElementTree read their JUnit",
        kits.len(),
        printed["schema"].as_str().unwrap_or_default()
    );
    Ok(())
}

/// What the JSON output says that the others must say as well.
struct Told {
    findings: usize,
    /// Cases at level error, and what stopped the judgement.
    failures: usize,
}

impl Told {
    fn by(report: &Value) -> Self {
        let cases = || report["cases"].as_array().into_iter().flatten();
        let findings = cases().map(|case| case["findings"].as_array().map_or(0, Vec::len)).sum();
        let failures = cases().filter(|case| case["severity"] == "error" && case["verdict"] == "fail").count();
        Self { findings, failures }
    }

    fn compare(&self, answer: &Value) -> Result {
        let (sarif, junit) = (&answer["sarif"], &answer["junit"]);
        if sarif["faults"] != json!([]) {
            return Err(format!("SARIF does not fit its schema: {}", sarif["faults"]).into());
        }
        if sarif["results"] != self.findings {
            return Err(format!("SARIF has {} results, JSON {} findings", sarif["results"], self.findings).into());
        }
        let counts = [&junit["failures"], &junit["plain"]["failures"], &junit["declared"]];
        if counts.iter().any(|count| **count != self.failures) {
            return Err(format!("JUnit has {junit}, JSON {} failures", self.failures).into());
        }
        if junit["tests"] != junit["plain"]["tests"] || junit["tests"] == 0 {
            return Err(format!("the two parsers of JUnit do not agree: {junit}").into());
        }
        Ok(())
    }
}

/// Of every rule the kit that breaks it, and whatever other programs made.
fn kits() -> Result<Vec<PathBuf>> {
    let testdata = root().join("testdata");
    let mut kits = Vec::new();
    for (folder, below) in [("rules", Some("fail")), ("found", None)] {
        for entry in std::fs::read_dir(testdata.join(folder))? {
            let path = entry?.path();
            let path = below.map_or_else(|| path.clone(), |below| path.join(below));
            if path.join("ca.pem").is_file() {
                kits.push(path);
            }
        }
    }
    kits.sort();
    Ok(kits)
}

fn check(kit: &std::path::Path, format: &str) -> Result<String> {
    let mut command = Command::new(certproof()?);
    command.arg("check").arg(kit).args(["--format", format, "--at", &certproof::pki::clock::rfc3339(AT)]);
    let finished = Running::start(&format!("check as {format}"), &mut command, Stdio::null(), STEP)?.finish()?;
    match finished.status.code() {
        Some(0..=2) => Ok(finished.stdout),
        _ => Err(finished.unexpected("it should have judged").into()),
    }
}
