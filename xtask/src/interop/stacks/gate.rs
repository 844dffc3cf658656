//! The door that the stacks come to, and what its audit file says of each attempt.

use std::fmt::Write as _;
use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use aws_lc_rs::digest;
use certproof::cli::{audit, world as worlds};
use certproof::pki::Clock;
use certproof::wire::{FrontDoor, ServerIdentity};
use serde_json::Value;
use tokio::runtime::Runtime;

use super::super::child::{Running, STEP, output};
use super::super::{certproof, folder};
use super::cases::{
    BILLING, Connection, Ending, FLAWED, Key, ORDERS, ORDERS_KEY, OTHER_HOST, OTHER_REGION, OVER_KEY, PAYMENTS, REGION,
    REPORTS, REPORTS_KEY, UNKNOWN_KEY,
};
use super::normal;
use super::table::Answer;
use crate::Result;

/// Makes what is served, anew.
///
/// # Errors
/// When certproof cannot make it.
pub fn world() -> Result<PathBuf> {
    let world = folder().join("world");
    if world.exists() {
        std::fs::remove_dir_all(&world)?;
    }
    let namespaces = [ORDERS, PAYMENTS, BILLING].join(",");
    let mut hierarchy = Command::new(certproof()?);
    hierarchy.args(["gen", "hierarchy", "--filters", "--namespace", &namespaces]).arg(&world);
    output("certproof gen hierarchy for stacks", &mut hierarchy, STEP)?;
    for (namespace, flaw) in FLAWED {
        let mut command = Command::new(certproof()?);
        command.args(["gen", "flaw", flaw]).arg(world.join(namespace));
        output(&format!("certproof gen flaw {flaw}"), &mut command, STEP)?;
    }
    for key in [ORDERS_KEY, REPORTS_KEY, OVER_KEY, UNKNOWN_KEY] {
        std::fs::write(key_file(&world, key), secret(key))?;
    }
    std::fs::write(world.join("world.toml"), written())?;
    Ok(world)
}

/// The file with the key itself.
pub fn key_file(world: &Path, key: Key) -> PathBuf {
    world.join(format!("{}.key", key.id))
}

/// Guards nothing: it is known to a door on loopback that lives as long as one attempt.
fn secret(key: Key) -> String {
    format!("secret of {}", key.id).replace(' ', "-")
}

fn written() -> String {
    let mut out = "[server]\nca = \"server-ca.pem\"\nkey = \"server-ca.key\"\n".to_owned();
    for region in [REGION, OTHER_REGION] {
        // Writing to a string does not fail.
        let _ = writeln!(out, "\n[[regions]]\nname = \"{region}\"");
    }
    let flawed = FLAWED.map(|(namespace, _)| namespace);
    for namespace in [ORDERS, PAYMENTS, BILLING].into_iter().chain(flawed) {
        let auth = if namespace == ORDERS { r#"["mtls", "api-key"]"# } else { r#"["mtls"]"# };
        let _ = writeln!(out, "\n[[namespaces]]\nname = \"{namespace}\"\nkit = \"{namespace}\"");
        let _ = writeln!(out, "region = \"{REGION}\"\nauth = {auth}");
    }
    let _ = writeln!(out, "\n[[namespaces]]\nname = \"{REPORTS}\"\nregion = \"{REGION}\"\nauth = [\"api-key\"]");
    for key in [ORDERS_KEY, REPORTS_KEY, OVER_KEY] {
        let hash = digest::digest(&digest::SHA256, secret(key).as_bytes());
        let hex: String = hash.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
        let _ = writeln!(out, "\n[[api-keys]]\nid = \"{}\"\nsha256 = \"{hex}\"", key.id);
        let _ = writeln!(out, "namespaces = {:?}", key.namespaces);
        if key == OVER_KEY {
            out.push_str("expires = 2026-01-01T00:00:00Z\n");
        }
    }
    out
}

/// A door for one attempt, so that all that it says is about that attempt. Dropping it closes it.
pub struct Gate {
    door: Door,
    audit: PathBuf,
    pub address: String,
}

enum Door {
    Served(Running),
    /// Within this process: `serve` has no certificate but the right one.
    Misnamed {
        _runtime: Runtime,
        _door: FrontDoor,
    },
}

/// How long a door that nobody need come to is watched after its client has ended.
const AFTERWARDS: Duration = Duration::from_millis(300);

impl Gate {
    /// # Errors
    /// When it does not open.
    pub fn open(world: &Path, attempt: &str, upstream: Option<&str>) -> Result<Self> {
        let (ready, audit) = (file(attempt, "ready")?, file(attempt, "audit")?);
        let mut command = Command::new(certproof()?);
        command.arg("serve").arg(world).args(["--listen", "127.0.0.1:0"]);
        command.arg("--ready-file").arg(&ready).arg("--audit").arg(&audit);
        if let Some(upstream) = upstream {
            command.args(["--upstream", upstream]);
        }
        let mut running = Running::start(&format!("certproof serve for {attempt}"), &mut command, Stdio::null(), STEP)?;
        running.wait_until("it was ready", |_| ready.exists())?;
        let address = std::fs::read_to_string(&ready)?.lines().next().unwrap_or_default().to_owned();
        Ok(Self { door: Door::Served(running), audit, address })
    }

    /// One whose certificate is for another host.
    ///
    /// # Errors
    /// When it does not open.
    pub fn misnamed(world: &Path, attempt: &str) -> Result<Self> {
        let audit = file(attempt, "audit")?;
        let loaded = worlds::load(world)?;
        let mint = move |_: &[String]| {
            let server = loaded.server.issue(&[OTHER_HOST.to_owned()], Clock::System.now());
            let server = server.map_err(|error| error.to_string())?;
            ServerIdentity::new(vec![server.certificate], server.key.pkcs8()).map_err(|error| error.to_string())
        };
        let lines = Mutex::new(File::create(&audit)?);
        let records = Arc::new(move |event| {
            let line = audit::line(&event, Clock::System.now());
            // What cannot be written is missed by whoever waits for it.
            if let Ok(mut lines) = lines.lock() {
                let _ = writeln!(lines, "{line}");
            }
        });
        let runtime = Runtime::new()?;
        let door = runtime.block_on(FrontDoor::to(loaded.world, mint).records(records).open())?;
        let address = door.address().to_string();
        Ok(Self { door: Door::Misnamed { _runtime: runtime, _door: door }, audit, address })
    }

    /// Waits for what the door decides about the attempt, on every connection that it made, and about its calls.
    ///
    /// # Errors
    /// When the door decides otherwise, or does not decide in time.
    pub fn decided(&mut self, ends: &Ending) -> Result<Vec<Answer>> {
        let is_done = |lines: &[Value]| {
            let decided = lines.iter().any(|line| line["event"] == "connection");
            decided && ends.call.is_none_or(|call| lines.iter().any(|line| is_call(line, call)))
        };
        let waited = match ends.connection {
            Connection::RefusedBefore { .. } | Connection::RefusedByClient => {
                // Either may be over before the door learns of it.
                let _ = self.wait_for("it decided", AFTERWARDS, is_done);
                Ok(())
            }
            Connection::Admitted | Connection::Refused { .. } => self.wait_for("it decided as expected", STEP, is_done),
        };
        let lines = read(&self.audit);
        let connections = lines.iter().filter(|line| line["event"] == "connection");
        // Polls that are broken off when a worker leaves have no reason, or are cancelled while they are still asked.
        const CANCELLED: u32 = 1;
        let is_refused =
            |line: &&Value| line["event"] == "call" && !line["reason"].is_null() && line["status"] != CANCELLED;
        let refused = lines.iter().filter(is_refused);
        let other = connections.clone().filter(|line| !is(line, ends.connection));
        let other = other.chain(refused.clone().filter(|line| ends.call.is_none_or(|call| !is_call(line, call))));
        let other: Vec<_> = other.map(Value::to_string).collect();
        if !other.is_empty() {
            return Err(format!("the door decided otherwise: {}", other.join("\n")).into());
        }
        waited?;
        let mut answers: Vec<_> =
            if ends.call.is_some() { refused.map(answer).collect() } else { connections.map(answer).collect() };
        answers.sort();
        answers.dedup();
        Ok(answers)
    }

    /// All that it has said so far.
    pub fn told(&self) -> String {
        read(&self.audit).iter().map(Value::to_string).collect::<Vec<_>>().join("\n")
    }

    /// Waits until the server behind the door has answered a call to a method with OK.
    ///
    /// # Errors
    /// When that does not happen in time.
    pub fn forwarded(&mut self, method: &str) -> Result {
        let is_it = |line: &Value| {
            line["path"].as_str().is_some_and(|path| path.ends_with(method))
                && line["forwarded"] == true
                && line["status"] == 0
        };
        self.wait_for(&format!("it forwarded {method}"), STEP, |lines| lines.iter().any(is_it))
    }

    fn wait_for(&mut self, what: &str, limit: Duration, is_there: impl Fn(&[Value]) -> bool) -> Result {
        let until = Instant::now() + limit;
        let is_over = || is_there(&read(&self.audit)) || Instant::now() >= until;
        match &mut self.door {
            Door::Served(running) => drop(running.wait_until(what, |_| is_over())?),
            Door::Misnamed { .. } => {
                while !is_over() {
                    std::thread::sleep(BETWEEN_LOOKS);
                }
            }
        }
        if is_there(&read(&self.audit)) {
            return Ok(());
        }
        Err(format!("{} ms went by before {what}", limit.as_millis()).into())
    }
}

const BETWEEN_LOOKS: Duration = Duration::from_millis(10);

/// A file of an attempt that is not there yet.
fn file(attempt: &str, ending: &str) -> Result<PathBuf> {
    let file = folder().join("logs").join(format!("{}.{ending}", attempt.replace([' ', '/', '\''], "-")));
    if file.exists() {
        std::fs::remove_file(&file)?;
    }
    Ok(file)
}

/// What is published of a line.
fn answer(line: &Value) -> Answer {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let is_call = line["event"] == "call";
    Answer {
        decision: if is_call { "answered".to_owned() } else { text(&line["decision"]).unwrap_or_default() },
        stage: if is_call { Some("call".to_owned()) } else { text(&line["stage"]) },
        alert: text(&line["alert"]["name"]),
        status: line["status"].as_u64(),
        message: text(&line["message"]),
        reason: line["reason"].as_str().map(normal::reason),
    }
}

/// The whole lines that are there.
fn read(audit: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(audit).unwrap_or_default();
    let whole = text.split_inclusive('\n').filter(|line| line.ends_with('\n'));
    whole.filter_map(|line| serde_json::from_str(line).ok()).collect()
}

fn is(line: &Value, wanted: Connection) -> bool {
    match wanted {
        Connection::Admitted => line["decision"] == "admitted",
        Connection::Refused { stage, alert, reason } => {
            line["decision"] == "refused"
                && line["stage"] == stage
                && line["alert"]["name"].as_str() == alert
                && line["reason"].as_str().is_some_and(|text| text.contains(reason))
        }
        Connection::RefusedByClient => {
            line["decision"] == "refused" && line["stage"] == "trust"
                || line["decision"] == "admitted"
                || line["decision"] == "gone"
        }
        Connection::RefusedBefore { stage, alert } => {
            line["decision"] == "refused" && line["stage"] == stage && line["alert"]["name"] == alert
                || line["decision"] == "gone"
                // BoringSSL notices while it signs, and breaks off with an alert of its own.
                || line["decision"] == "refused" && line["stage"] == "trust"
        }
    }
}

fn is_call(line: &Value, (status, reason): (u64, &str)) -> bool {
    line["event"] == "call"
        && line["status"] == status
        && line["reason"].as_str().is_some_and(|text| text.contains(reason))
}
