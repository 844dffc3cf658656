//! Programs that we run: bounded in time, their output in files, ended when nobody waits for them any more.

use std::ffi::OsStr;
use std::fs::File;
use std::path::PathBuf;
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use super::folder;
use crate::Result;

/// For everything but installations.
pub const STEP: Duration = Duration::from_secs(120);

/// For installations, which download.
pub const INSTALLATION: Duration = Duration::from_secs(900);

const BETWEEN_LOOKS: Duration = Duration::from_millis(10);

/// A program that runs. Dropping it ends it.
pub struct Running {
    name: String,
    process: Child,
    stdout: PathBuf,
    stderr: PathBuf,
    deadline: Instant,
    limit: Duration,
}

/// What a program came to.
pub struct Finished {
    pub name: String,
    pub status: ExitStatus,
    pub stdout: String,
    pub stderr: String,
}

/// Runs a program to its end and returns what it printed.
///
/// # Errors
/// When it cannot be started, fails, or is not done within the limit.
pub fn output(name: &str, command: &mut Command, limit: Duration) -> Result<String> {
    Running::start(name, command, Stdio::null(), limit)?.finish()?.success()
}

impl Running {
    /// `name` names the program in messages, and its output files below the folder.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn start(name: &str, command: &mut Command, stdin: Stdio, limit: Duration) -> Result<Self> {
        let logs = folder().join("logs");
        std::fs::create_dir_all(&logs)?;
        let file = |ending: &str| logs.join(format!("{}.{ending}", name.replace([' ', '/', '\''], "-")));
        let (stdout, stderr) = (file("out"), file("err"));
        command.stdin(stdin).stdout(File::create(&stdout)?).stderr(File::create(&stderr)?);
        let process = command.spawn().map_err(|error| {
            let program = command.get_program().to_string_lossy().into_owned();
            format!("{name}: `{program}` cannot be started: {error}")
        })?;
        Ok(Self { name: name.to_owned(), process, stdout, stderr, deadline: Instant::now() + limit, limit })
    }

    /// The open end of its standard input, where it was started with a pipe.
    pub fn take_stdin(&mut self) -> Option<ChildStdin> {
        self.process.stdin.take()
    }

    /// What it has printed so far.
    ///
    /// # Errors
    /// When its output file cannot be read.
    pub fn stdout(&self) -> Result<String> {
        read(&self.stdout)
    }

    /// Waits until what it printed is as wanted.
    ///
    /// # Errors
    /// When it ends before, or does not print it within the limit.
    pub fn wait_until(&mut self, what: &str, is_there: impl Fn(&str) -> bool) -> Result<String> {
        loop {
            let ended = self.process.try_wait()?;
            let printed = self.stdout()?;
            if is_there(&printed) {
                return Ok(printed);
            }
            if let Some(status) = ended {
                return Err(format!("{} ended with {status} before {what}\n{}", self.name, self.tails()?).into());
            }
            self.pause(what)?;
        }
    }

    /// Waits for its end.
    ///
    /// # Errors
    /// When it does not end within the limit.
    pub fn finish(mut self) -> Result<Finished> {
        loop {
            if let Some(status) = self.process.try_wait()? {
                let (stdout, stderr) = (self.stdout()?, read(&self.stderr)?);
                return Ok(Finished { name: self.name.clone(), status, stdout, stderr });
            }
            self.pause("it ended")?;
        }
    }

    fn pause(&self, what: &str) -> Result {
        if Instant::now() >= self.deadline {
            let seconds = self.limit.as_secs();
            return Err(format!("{}: {seconds} seconds went by before {what}\n{}", self.name, self.tails()?).into());
        }
        std::thread::sleep(BETWEEN_LOOKS);
        Ok(())
    }

    fn tails(&self) -> Result<String> {
        Ok(tails(&self.stdout()?, &read(&self.stderr)?))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself; then there is nothing to kill.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Finished {
    /// What it printed, if it ended well.
    ///
    /// # Errors
    /// When it did not.
    pub fn success(self) -> Result<String> {
        if self.status.success() { Ok(self.stdout) } else { Err(self.unexpected("it should have ended well").into()) }
    }

    /// A message with all that is known.
    pub fn unexpected(&self, wanted: &str) -> String {
        format!("{}: {wanted}, but it ended with {} and said\n{}", self.name, self.status, self.tails())
    }

    fn tails(&self) -> String {
        tails(&self.stdout, &self.stderr)
    }
}

/// Whether a program can be started and ends well.
pub fn works(program: impl AsRef<OsStr>, argument: &str) -> bool {
    output("is it there", Command::new(program).arg(argument), STEP).is_ok()
}

/// Programs may print what is not UTF-8.
fn read(path: &PathBuf) -> Result<String> {
    Ok(String::from_utf8_lossy(&std::fs::read(path)?).into_owned())
}

/// The last lines of both outputs.
fn tails(stdout: &str, stderr: &str) -> String {
    let lines: Vec<_> = stdout.lines().chain(stderr.lines()).collect();
    lines[lines.len().saturating_sub(30)..].join("\n")
}
