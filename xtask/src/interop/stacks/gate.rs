//! The door that the stacks come to, and what it says of each attempt.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::super::child::{Running, STEP, output};
use super::super::door::{address, decisions, whole_lines};
use super::super::{certproof, folder};
use super::cases::{BILLING, Connection, Ending, FLAWED, ORDERS, PAYMENTS};
use crate::Result;

/// Makes the folder that is served, anew.
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
    Ok(world)
}

/// A door for one attempt, so that all that it says is about that attempt. Dropping it closes it.
pub struct Gate {
    running: Running,
    pub address: String,
}

impl Gate {
    /// # Errors
    /// When it does not open.
    pub fn open(world: &Path, attempt: &str, upstream: Option<&str>) -> Result<Self> {
        let mut command = Command::new(certproof()?);
        command.arg("serve").arg(world).args(["--listen", "127.0.0.1:0"]);
        if let Some(upstream) = upstream {
            command.args(["--upstream", upstream]);
        }
        let mut running = Running::start(&format!("certproof serve for {attempt}"), &mut command, Stdio::null(), STEP)?;
        let printed = running.wait_until("it said where it listens", |printed| address(printed).is_some())?;
        let address = address(&printed).unwrap_or_default().to_owned();
        Ok(Self { running, address })
    }

    /// Waits for what the door decides about the attempt, on every connection that it made, and about its calls.
    ///
    /// # Errors
    /// When the door decides otherwise, or does not decide in time.
    pub fn decided(&mut self, ends: &Ending) -> Result {
        let printed = self.running.wait_until("it decided", |printed| decisions(printed).next().is_some())?;
        if let Some(other) = decisions(&printed).find(|line| !is(line, ends.connection)) {
            return Err(format!("the door decided otherwise: {other}").into());
        }
        if let Some((status, reason)) = ends.call {
            let answered = format!("answered with status {status}");
            let is_there =
                |printed: &str| whole_lines(printed).any(|line| line.contains(&answered) && line.contains(reason));
            self.running.wait_until(&format!("it {answered}"), is_there)?;
        }
        Ok(())
    }
}

fn is(line: &str, wanted: Connection) -> bool {
    match wanted {
        Connection::Admitted => line.contains(" admitted: "),
        Connection::Refused { stage, alert, reason } => {
            let alert = alert.map_or_else(|| "no alert".to_owned(), |alert| format!("alert {alert}("));
            line.contains(&format!(" refused at {stage} ({alert}")) && line.contains(reason)
        }
    }
}
