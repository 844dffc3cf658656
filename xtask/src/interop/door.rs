//! `certproof serve` as its users run it: a program of its own, watched by what it prints.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::child::{Running, STEP, output};
use super::{certproof, folder};
use crate::Result;

/// Makes the hierarchy that is served, anew.
///
/// # Errors
/// When certproof cannot make it.
pub fn pki() -> Result<PathBuf> {
    let pki = folder().join("pki");
    if pki.exists() {
        std::fs::remove_dir_all(&pki)?;
    }
    output("certproof gen hierarchy", Command::new(certproof()?).args(["gen", "hierarchy"]).arg(&pki), STEP)?;
    Ok(pki)
}

/// A door for one attempt, so that every line that it prints is about that attempt. Dropping it closes it.
pub struct Door {
    running: Running,
    pub address: String,
}

impl Door {
    /// # Errors
    /// When it does not open.
    pub fn open(pki: &Path, attempt: &str) -> Result<Self> {
        let mut command = Command::new(certproof()?);
        command.arg("serve").arg(pki).args(["--listen", "127.0.0.1:0"]);
        let mut running = Running::start(&format!("certproof serve for {attempt}"), &mut command, Stdio::null(), STEP)?;
        let printed = running.wait_until("it said where it listens", |printed| address(printed).is_some())?;
        let address = address(&printed).unwrap_or_default().to_owned();
        Ok(Self { running, address })
    }

    /// Waits for what the door decides about the attempt, on every connection that it made.
    ///
    /// # Errors
    /// When the door decides otherwise, or does not decide in time.
    pub fn decided(&mut self, wanted: &str) -> Result {
        let printed = self.running.wait_until("it decided", |printed| decisions(printed).next().is_some())?;
        match decisions(&printed).find(|line| !line.contains(wanted)) {
            Some(other) => Err(format!("the door should have said `{wanted}`, but it said `{}`", other.trim()).into()),
            None => Ok(()),
        }
    }
}

fn address(printed: &str) -> Option<&str> {
    let line = whole_lines(printed).find_map(|line| line.strip_prefix("listening on "))?;
    line.split_whitespace().next()
}

fn decisions(printed: &str) -> impl Iterator<Item = &str> {
    let decided = |line: &&str| [" admitted: ", " refused at ", " gone: "].iter().any(|mark| line.contains(mark));
    whole_lines(printed).filter(decided)
}

/// Without a last line that is still being written.
fn whole_lines(printed: &str) -> impl Iterator<Item = &str> {
    printed.split_inclusive('\n').filter(|line| line.ends_with('\n'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_is_still_being_written_decides_nothing() {
        let printed = "listening on 127.0.0.1:9 (TLS 1.3)\n  orders.f45a2: 1 CA\nnow 127.0.0.1:8 refused at chain: x";
        assert_eq!(address(printed), Some("127.0.0.1:9"));
        assert_eq!(decisions(printed).count(), 0);
        assert_eq!(decisions(&format!("{printed}\n")).count(), 1);
    }
}
