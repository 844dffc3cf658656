//! Watches the files of a world, and loads them again when they have changed.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant, SystemTime};

use notify::{EventKind, RecursiveMode, Watcher};

use super::world::{self, Loaded};

/// Files are looked at once nothing has happened to them for so long, or after the second time at the latest: several
/// files are changed one after the other, and half of a change is no state.
const QUIET: Duration = Duration::from_millis(150);
const LATEST: Duration = Duration::from_secs(2);

/// How often files are looked at where the system does not tell of changes.
const POLL: Duration = Duration::from_secs(2);

/// What came of changed files.
pub enum Change {
    Loaded(Box<Loaded>),
    Refused(String),
}

/// A file as it was seen: what changes when its contents do, through links as well. Time, length, and which file it is.
type Stamp = Option<(SystemTime, u64, u64)>;

/// Starts a thread that watches until the process ends. The sources were read since `begun`; `ours` are files that this
/// process itself writes.
///
/// # Errors
/// In words, when the system does not tell of changes; the files are then looked at every two seconds.
pub fn watch(
    path: PathBuf,
    sources: BTreeSet<PathBuf>,
    begun: SystemTime,
    ours: BTreeSet<PathBuf>,
    take: impl Fn(Change) + Send + 'static,
) -> Result<(), String> {
    let (told, tells) = channel();
    let again = told.clone();
    let watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
        let wakes = match &event {
            Ok(event) => {
                let foreign = event.paths.is_empty() || event.paths.iter().any(|path| !is_ours(path, &ours));
                foreign && !matches!(event.kind, EventKind::Access(_))
            }
            // Too many at once, for one: look.
            Err(_) => true,
        };
        if wakes {
            let _ = told.send(());
        }
    });
    let unseen = |error: notify::Error| {
        format!("the system does not tell of changed files ({error}); they are looked at every {} s", POLL.as_secs())
    };
    let (watcher, problem) = match watcher {
        Ok(mut watcher) => {
            let problem = follow(&mut watcher, &sources).err().map(unseen);
            (Some(watcher), problem)
        }
        Err(error) => (None, Some(unseen(error))),
    };
    // After everything is watched, so that no change falls in between.
    let seen = stamps_since(&sources, begun);
    if seen.contains(&CHANGING) {
        let _ = again.send(());
    }
    let patience = if problem.is_some() { Some(POLL) } else { None };
    std::thread::spawn(move || Watch { path, sources, seen, watcher, tells, patience, refused: None }.run(take));
    problem.map_or(Ok(()), Err)
}

/// The file itself, one that was moved aside (`.1`), or one that is not finished (`.123.part`).
fn is_ours(path: &Path, ours: &BTreeSet<PathBuf>) -> bool {
    let name = |path: &Path| path.file_name().map(|name| name.to_string_lossy().into_owned());
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let is_of = |of: &PathBuf| {
        let (Some(name), Some(of)) = (name(path), name(of)) else { return false };
        match name.strip_prefix(&of) {
            Some("") => true,
            Some(rest) => rest.strip_prefix('.').is_some_and(|rest| is_number(rest.trim_end_matches(".part"))),
            None => false,
        }
    };
    ours.iter().any(is_of)
}

/// Folders are watched, since files are replaced by renaming. One that is watched already is watched again, since it may
/// be another folder of the same name.
fn follow<W: Watcher>(watcher: &mut W, sources: &BTreeSet<PathBuf>) -> notify::Result<()> {
    folders(sources).iter().try_for_each(|folder| watcher.watch(folder, RecursiveMode::NonRecursive))
}

/// The folder of each file and of each folder, and of what they are links to.
fn folders(sources: &BTreeSet<PathBuf>) -> BTreeSet<PathBuf> {
    let mut folders = BTreeSet::new();
    let mut add = |path: &Path| {
        let Some(parent) = path.parent() else { return };
        let parent = if parent.as_os_str().is_empty() { Path::new(".") } else { parent };
        folders.extend([path, parent].into_iter().filter(|path| path.is_dir()).map(Path::to_owned));
    };
    for path in sources {
        add(path);
        if path.is_symlink()
            && let Ok(target) = path.canonicalize()
        {
            add(&target);
        }
    }
    folders
}

/// The stamp of a file that may have changed after it was read.
const CHANGING: Stamp = Some((SystemTime::UNIX_EPOCH, 0, u64::MAX));

/// The same, where files that were changed since then are not taken for seen.
fn stamps_since(sources: &BTreeSet<PathBuf>, begun: SystemTime) -> Vec<Stamp> {
    // File systems keep time in steps of some milliseconds.
    let begun = begun - Duration::from_millis(10);
    // Folders change with every file in them, ours for one.
    let doubted = |(path, stamp): (&PathBuf, Stamp)| match stamp {
        Some((changed, _, _)) if changed >= begun && !path.is_dir() => CHANGING,
        stamp => stamp,
    };
    sources.iter().zip(stamps(sources)).map(doubted).collect()
}

fn stamps(sources: &BTreeSet<PathBuf>) -> Vec<Stamp> {
    let stamp = |path: &PathBuf| fs::metadata(path).and_then(|it| Ok((it.modified()?, it.len(), number(&it)))).ok();
    sources.iter().map(stamp).collect()
}

/// A file put in the place of another may be as long and as old.
fn number(found: &fs::Metadata) -> u64 {
    #[cfg(unix)]
    let number = std::os::unix::fs::MetadataExt::ino(found);
    #[cfg(not(unix))]
    let number = u64::from(found.is_dir());
    number
}

struct Watch<W> {
    path: PathBuf,
    sources: BTreeSet<PathBuf>,
    seen: Vec<Stamp>,
    watcher: Option<W>,
    tells: Receiver<()>,
    patience: Option<Duration>,
    /// Why the files do not load, and how long it took to find out.
    refused: Option<(String, Duration)>,
}

impl<W: Watcher> Watch<W> {
    fn run(mut self, take: impl Fn(Change)) {
        while self.wait() {
            let now = stamps(&self.sources);
            // What is missing may be nowhere that is watched: while files do not load they are tried again.
            if now == self.seen && self.refused.is_none() {
                continue;
            }
            self.seen = now;
            let since = Instant::now();
            match world::load(&self.path) {
                Ok(loaded) => {
                    if loaded.sources != self.sources {
                        self.sources = loaded.sources.clone();
                        self.seen = stamps_since(&self.sources, loaded.begun);
                    }
                    if let Some(watcher) = &mut self.watcher
                        && follow(watcher, &self.sources).is_err()
                    {
                        self.patience = Some(POLL);
                    }
                    self.refused = None;
                    take(Change::Loaded(Box::new(loaded)));
                }
                Err(why) => {
                    let before = self.refused.replace((why.clone(), since.elapsed()));
                    if before.is_none_or(|(before, _)| before != why) {
                        take(Change::Refused(why));
                    }
                }
            }
        }
    }

    /// How long to wait without being told.
    fn patience(&self) -> Option<Duration> {
        match &self.refused {
            // A large world that does not load must not be read all the time.
            Some((_, took)) => Some(POLL.max(*took * 10)),
            None => self.patience,
        }
    }

    /// Until something has happened and is over. False when nothing will happen any more.
    fn wait(&self) -> bool {
        let first = match self.patience() {
            None => self.tells.recv().map_err(|_| RecvTimeoutError::Disconnected),
            Some(patience) => match self.tells.recv_timeout(patience) {
                Err(RecvTimeoutError::Timeout) => return true,
                told => told,
            },
        };
        if first.is_err() {
            // Without a watcher nobody tells, and time passes all the same.
            let Some(patience) = self.patience() else { return false };
            std::thread::sleep(patience);
            return true;
        }
        let latest = Instant::now() + LATEST;
        while Instant::now() < latest && self.tells.recv_timeout(QUIET).is_ok() {}
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_own_files_are_told_from_those_of_the_world() {
        let ours = ["audit", "out/ready"].map(PathBuf::from).into();
        for path in ["in/audit", "audit.1", "ready.4711.part"] {
            assert!(is_ours(Path::new(path), &ours), "{path}");
        }
        for path in ["audit.pem", "audits.d", "ready-made.pem", "ready.", "ca.pem"] {
            assert!(!is_ours(Path::new(path), &ours), "{path}");
        }
    }
}
