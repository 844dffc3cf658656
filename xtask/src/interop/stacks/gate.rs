//! The door that the stacks come to, and what its audit file says of each attempt.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use aws_lc_rs::digest;
use serde_json::Value;

use super::super::child::{Running, STEP, output};
use super::super::{certproof, folder};
use super::cases::{
    BILLING, Connection, Ending, FLAWED, Key, ORDERS, ORDERS_KEY, OTHER_REGION, PAYMENTS, REGION, REPORTS, REPORTS_KEY,
    UNKNOWN_KEY,
};
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
    for key in [ORDERS_KEY, REPORTS_KEY, UNKNOWN_KEY] {
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
    for key in [ORDERS_KEY, REPORTS_KEY] {
        let hash = digest::digest(&digest::SHA256, secret(key).as_bytes());
        let hex: String = hash.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
        let _ = writeln!(out, "\n[[api-keys]]\nid = \"{}\"\nsha256 = \"{hex}\"", key.id);
        let _ = writeln!(out, "namespaces = {:?}", key.namespaces);
    }
    out
}

/// A door for one attempt, so that all that it says is about that attempt. Dropping it closes it.
pub struct Gate {
    running: Running,
    audit: PathBuf,
    pub address: String,
}

impl Gate {
    /// # Errors
    /// When it does not open.
    pub fn open(world: &Path, attempt: &str, upstream: Option<&str>) -> Result<Self> {
        let file =
            |ending: &str| folder().join("logs").join(format!("{}.{ending}", attempt.replace([' ', '/', '\''], "-")));
        let (ready, audit) = (file("ready"), file("audit"));
        for left in [&ready, &audit] {
            if left.exists() {
                std::fs::remove_file(left)?;
            }
        }
        let mut command = Command::new(certproof()?);
        command.arg("serve").arg(world).args(["--listen", "127.0.0.1:0"]);
        command.arg("--ready-file").arg(&ready).arg("--audit").arg(&audit);
        if let Some(upstream) = upstream {
            command.args(["--upstream", upstream]);
        }
        let mut running = Running::start(&format!("certproof serve for {attempt}"), &mut command, Stdio::null(), STEP)?;
        running.wait_until("it was ready", |_| ready.exists())?;
        let address = std::fs::read_to_string(&ready)?.lines().next().unwrap_or_default().to_owned();
        Ok(Self { running, audit, address })
    }

    /// Waits for what the door decides about the attempt, on every connection that it made, and about its calls.
    ///
    /// # Errors
    /// When the door decides otherwise, or does not decide in time.
    pub fn decided(&mut self, ends: &Ending) -> Result {
        let audit = self.audit.clone();
        let is_done = |_: &str| {
            let lines = read(&audit);
            let decided = lines.iter().any(|line| line["event"] == "connection");
            decided && ends.call.is_none_or(|call| lines.iter().any(|line| is_call(line, call)))
        };
        let waited = self.running.wait_until("it decided as expected", is_done);
        let lines = read(&audit);
        let connections = lines.iter().filter(|line| line["event"] == "connection");
        // Polls that are broken off when a worker leaves have no reason.
        let refused = lines.iter().filter(|line| line["event"] == "call" && !line["reason"].is_null());
        let other = connections.filter(|line| !is(line, ends.connection));
        let other = other.chain(refused.filter(|line| ends.call.is_none_or(|call| !is_call(line, call))));
        let other: Vec<_> = other.map(Value::to_string).collect();
        if !other.is_empty() {
            return Err(format!("the door decided otherwise: {}", other.join("\n")).into());
        }
        waited.map(drop)
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
        let audit = self.audit.clone();
        let is_it = |line: &Value| {
            line["path"].as_str().is_some_and(|path| path.ends_with(method))
                && line["forwarded"] == true
                && line["status"] == 0
        };
        self.running.wait_until(&format!("it forwarded {method}"), |_| read(&audit).iter().any(is_it)).map(drop)
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
    }
}

fn is_call(line: &Value, (status, reason): (u64, &str)) -> bool {
    line["event"] == "call"
        && line["status"] == status
        && line["reason"].as_str().is_some_and(|text| text.contains(reason))
}
