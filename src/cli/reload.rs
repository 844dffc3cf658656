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

/// A file as it was seen: what changes when its contents do, through links as well.
type Stamp = Option<(SystemTime, u64)>;

/// Starts a thread that watches until the process ends. `ours` are files that this process itself writes.
///
/// # Errors
/// In words, when the system does not tell of changes; the files are then looked at every two seconds.
pub fn watch(
    path: PathBuf,
    sources: BTreeSet<PathBuf>,
    ours: BTreeSet<PathBuf>,
    take: impl Fn(Change) + Send + 'static,
) -> Result<(), String> {
    let (told, tells) = channel();
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
    // Before anything is watched, so that no change falls in between.
    let seen = stamps(&sources);
    let (watcher, problem) = match watcher {
        Ok(mut watcher) => {
            let problem = follow(&mut watcher, &sources, &BTreeSet::new()).err().map(unseen);
            (Some(watcher), problem)
        }
        Err(error) => (None, Some(unseen(error))),
    };
    let patience = if problem.is_some() { Some(POLL) } else { None };
    std::thread::spawn(move || Watch { path, sources, seen, watcher, tells, patience }.run(take));
    problem.map_or(Ok(()), Err)
}

fn is_ours(path: &Path, ours: &BTreeSet<PathBuf>) -> bool {
    let name = |path: &Path| path.file_name().map(|name| name.to_string_lossy().into_owned());
    // Rotated and unfinished ones begin with the same name.
    let begins = |of: &PathBuf| matches!((name(path), name(of)), (Some(name), Some(of)) if name.starts_with(&of));
    ours.iter().any(begins)
}

/// Folders are watched, since files are replaced by renaming. Those of the system are not, but for what was there.
fn follow<W: Watcher>(watcher: &mut W, sources: &BTreeSet<PathBuf>, already: &BTreeSet<PathBuf>) -> notify::Result<()> {
    let before = folders(already);
    folders(sources).difference(&before).try_for_each(|folder| watcher.watch(folder, RecursiveMode::NonRecursive))
}

fn folders(sources: &BTreeSet<PathBuf>) -> BTreeSet<PathBuf> {
    let folder = |path: &PathBuf| match path.is_dir() {
        true => Some(path.clone()),
        false => {
            let parent = path.parent()?;
            Some(if parent.as_os_str().is_empty() { PathBuf::from(".") } else { parent.to_owned() })
        }
    };
    sources.iter().filter_map(folder).filter(|folder| folder.is_dir()).collect()
}

fn stamps(sources: &BTreeSet<PathBuf>) -> Vec<Stamp> {
    let stamp = |path: &PathBuf| fs::metadata(path).and_then(|found| Ok((found.modified()?, found.len()))).ok();
    sources.iter().map(stamp).collect()
}

struct Watch<W> {
    path: PathBuf,
    sources: BTreeSet<PathBuf>,
    seen: Vec<Stamp>,
    watcher: Option<W>,
    tells: Receiver<()>,
    patience: Option<Duration>,
}

impl<W: Watcher> Watch<W> {
    fn run(mut self, take: impl Fn(Change)) {
        while self.wait() {
            let now = stamps(&self.sources);
            if now == self.seen {
                continue;
            }
            self.seen = now;
            match world::load(&self.path) {
                Ok(loaded) => {
                    if let Some(watcher) = &mut self.watcher
                        && follow(watcher, &loaded.sources, &self.sources).is_err()
                    {
                        self.patience = Some(POLL);
                    }
                    if loaded.sources != self.sources {
                        self.sources = loaded.sources.clone();
                        self.seen = stamps(&self.sources);
                    }
                    take(Change::Loaded(Box::new(loaded)));
                }
                Err(why) => take(Change::Refused(why)),
            }
        }
    }

    /// Until something has happened and is over. False when nothing will happen any more.
    fn wait(&self) -> bool {
        let first = match self.patience {
            None => self.tells.recv().map_err(|_| RecvTimeoutError::Disconnected),
            Some(patience) => match self.tells.recv_timeout(patience) {
                Err(RecvTimeoutError::Timeout) => return true,
                told => told,
            },
        };
        if first.is_err() {
            // Without a watcher nobody tells, and time passes all the same.
            let Some(patience) = self.patience else { return false };
            std::thread::sleep(patience);
            return true;
        }
        let latest = Instant::now() + LATEST;
        while Instant::now() < latest && self.tells.recv_timeout(QUIET).is_ok() {}
        true
    }
}
