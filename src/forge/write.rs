//! Files on disk: private keys 0600, everything created exclusively, nothing overwritten unasked, nothing left half done.

use std::fs::{self, OpenOptions};
use std::io::{self, ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use super::ForgeError;

/// A file to be written.
#[derive(Clone, PartialEq, Eq)]
pub struct Output {
    pub path: PathBuf,
    pub bytes: Vec<u8>,
    pub access: Access,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// 0644 where the system has modes.
    Public,
    /// 0600
    Private,
}

impl Output {
    pub fn public(path: impl Into<PathBuf>, bytes: impl Into<Vec<u8>>) -> Self {
        Self { path: path.into(), bytes: bytes.into(), access: Access::Public }
    }

    pub fn private(path: impl Into<PathBuf>, bytes: impl Into<Vec<u8>>) -> Self {
        Self { path: path.into(), bytes: bytes.into(), access: Access::Private }
    }
}

impl std::fmt::Debug for Output {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} ({} bytes)", self.path.display(), self.bytes.len())
    }
}

/// Writes the files of one folder, all or none. A folder that is not there yet is filled under a name of its own beside
/// its place and appears whole; into one that is there, files go as by [`write_all`].
///
/// # Errors
/// As of [`write_all`].
pub fn write_folder(
    folder: &Path,
    outputs: &[Output],
    force: bool,
    is_stopped: &dyn Fn() -> bool,
) -> Result<(), ForgeError> {
    let within = |output: &Output| output.path.strip_prefix(folder).map(Path::to_owned).ok();
    let relative: Option<Vec<_>> = outputs.iter().map(within).collect();
    let (Err(_), Some(relative)) = (folder.symlink_metadata(), relative) else {
        return write_all(outputs, force, is_stopped);
    };
    let mut undo = Undo::default();
    if let Some(above) = parent(folder) {
        undo.create_folders(above).map_err(|source| failed(folder, source))?;
    }
    let draft = draft(folder);
    fs::create_dir(&draft).map_err(|source| failed(&draft, source))?;
    undo.drafts.push(draft.clone());
    for (output, relative) in outputs.iter().zip(relative) {
        stop_if(is_stopped)?;
        let path = draft.join(relative);
        let made = parent(&path).map_or(Ok(()), fs::create_dir_all).and_then(|()| create(&path, output));
        made.map_err(|source| match source.kind() {
            ErrorKind::AlreadyExists => ForgeError::SameFile { path: output.path.clone() },
            _ => ForgeError::Write { path: output.path.clone(), source },
        })?;
    }
    fs::rename(&draft, folder).map_err(|source| match folder.symlink_metadata() {
        Ok(_) => ForgeError::Exists { path: folder.to_owned() },
        Err(_) => failed(folder, source),
    })?;
    undo.forget();
    Ok(())
}

/// Writes all files or none. Everything is first written under a name of its own beside its target, then put in place:
/// without `force` by a hard link, which never replaces anything, with it by a rename.
///
/// # Errors
/// When two outputs go to one file, a target exists and `force` is not given, a target is no regular file, `is_stopped`
/// says so between two files, or the system refuses. Nothing is changed then, unless the system refuses in the very last
/// step.
pub fn write_all(outputs: &[Output], force: bool, is_stopped: &dyn Fn() -> bool) -> Result<(), ForgeError> {
    let mut undo = Undo::default();
    let mut places = std::collections::HashSet::new();
    for output in outputs {
        if let Some(folder) = parent(&output.path) {
            undo.create_folders(folder).map_err(|source| failed(&output.path, source))?;
        }
        if !places.insert(identity(&output.path).map_err(|source| failed(&output.path, source))?) {
            return Err(ForgeError::SameFile { path: output.path.clone() });
        }
        match output.path.symlink_metadata() {
            Ok(found) if force && found.is_file() => {}
            Ok(_) if force => return Err(ForgeError::NotRegular { path: output.path.clone() }),
            Ok(_) => return Err(ForgeError::Exists { path: output.path.clone() }),
            Err(_) => {}
        }
    }
    let drafts: Vec<_> = outputs.iter().map(|output| draft(&output.path)).collect();
    for (output, draft) in outputs.iter().zip(&drafts) {
        stop_if(is_stopped)?;
        create(draft, output).map_err(|source| failed(draft, source))?;
        undo.drafts.push(draft.clone());
    }
    for (output, draft) in outputs.iter().zip(&drafts) {
        if force {
            // What was there before is gone with the first of these, so there is no stopping between them.
            fs::rename(draft, &output.path).map_err(|source| failed(&output.path, source))?;
            continue;
        }
        stop_if(is_stopped)?;
        link(draft, output).map_err(|source| match source.kind() {
            ErrorKind::AlreadyExists => ForgeError::Exists { path: output.path.clone() },
            _ => failed(&output.path, source),
        })?;
        undo.placed.push(output.path.clone());
    }
    undo.placed.clear();
    undo.folders.clear();
    Ok(())
}

fn failed(path: &Path, source: io::Error) -> ForgeError {
    ForgeError::Write { path: path.to_owned(), source }
}

fn stop_if(is_stopped: &dyn Fn() -> bool) -> Result<(), ForgeError> {
    if is_stopped() { Err(ForgeError::Interrupted) } else { Ok(()) }
}

/// What this call put on the disk, and takes away again when it is dropped. Failing to must not hide why it failed.
#[derive(Default)]
struct Undo {
    /// Files, or one folder with everything in it.
    drafts: Vec<PathBuf>,
    placed: Vec<PathBuf>,
    /// From the highest down; only empty ones are taken away.
    folders: Vec<PathBuf>,
}

impl Undo {
    fn create_folders(&mut self, folder: &Path) -> io::Result<()> {
        let missing = folder.ancestors().take_while(|above| !above.as_os_str().is_empty() && !above.exists());
        let mut missing: Vec<_> = missing.map(Path::to_owned).collect();
        missing.reverse();
        fs::create_dir_all(folder)?;
        self.folders.extend(missing);
        Ok(())
    }

    fn forget(&mut self) {
        *self = Self::default();
    }
}

impl Drop for Undo {
    fn drop(&mut self) {
        for draft in &self.drafts {
            let _ = if draft.is_dir() { fs::remove_dir_all(draft) } else { fs::remove_file(draft) };
        }
        self.placed.iter().for_each(|path| drop(fs::remove_file(path)));
        self.folders.iter().rev().for_each(|folder| drop(fs::remove_dir(folder)));
    }
}

/// Puts a draft in place and replaces nothing; where the file system has no links, it is written once more.
fn link(draft: &Path, output: &Output) -> io::Result<()> {
    match fs::hard_link(draft, &output.path) {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => create(&output.path, output),
        done => done,
    }
}

fn parent(path: &Path) -> Option<&Path> {
    path.parent().filter(|folder| !folder.as_os_str().is_empty())
}

/// The file that a path names, however it is spelled: its real folder and its name.
fn identity(path: &Path) -> io::Result<(PathBuf, std::ffi::OsString)> {
    let folder = parent(path).unwrap_or(Path::new(".")).canonicalize()?;
    Ok((folder, path.file_name().unwrap_or_default().to_owned()))
}

/// A name beside the target that nobody else uses.
fn draft(path: &Path) -> PathBuf {
    let mut name = std::ffi::OsString::from(".");
    name.push(path.file_name().unwrap_or_default());
    name.push(format!(".{}.new", std::process::id()));
    path.with_file_name(name)
}

fn create(path: &Path, output: &Output) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(if output.access == Access::Private { 0o600 } else { 0o644 });
    }
    let mut file = options.open(path)?;
    file.write_all(&output.bytes).and_then(|()| file.flush())
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    /// Says stop when it is asked for the time after the `count`th.
    fn stop_after(count: usize) -> impl Fn() -> bool {
        let left = Cell::new(count);
        move || left.replace(left.get().saturating_sub(1)) == 0
    }

    fn outputs(folder: &Path) -> Vec<Output> {
        let names = ["ca.pem", "a/client.pem", "a/client.key", "b/client.pem"];
        names.iter().map(|name| Output::private(folder.join(name), name.as_bytes())).collect()
    }

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).unwrap();
        let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn wherever_it_is_stopped_a_new_folder_is_whole_or_not_there() {
        for count in 0..4 {
            let above = tempfile::tempdir().unwrap();
            let folder = above.path().join("deep/pki");
            let stopped = write_folder(&folder, &outputs(&folder), false, &stop_after(count));
            assert!(matches!(stopped, Err(ForgeError::Interrupted)), "{count}");
            assert_eq!(names(above.path()), Vec::<String>::new(), "{count}");
            write_folder(&folder, &outputs(&folder), false, &stop_after(4)).unwrap();
            assert_eq!(names(&folder), ["a", "b", "ca.pem"]);
        }
    }

    #[test]
    fn wherever_it_is_stopped_a_folder_that_was_there_is_as_it_was() {
        for count in 0..8 {
            let folder = tempfile::tempdir().unwrap();
            fs::write(folder.path().join("mine"), "mine").unwrap();
            let stopped = write_folder(folder.path(), &outputs(folder.path()), false, &stop_after(count));
            assert!(matches!(stopped, Err(ForgeError::Interrupted)), "{count}");
            assert_eq!(names(folder.path()), ["mine"], "{count}");
        }
    }

    #[test]
    fn with_force_all_old_files_are_there_until_all_new_ones_are() {
        for count in 0..5 {
            let folder = tempfile::tempdir().unwrap();
            for output in outputs(folder.path()) {
                fs::create_dir_all(output.path.parent().unwrap()).unwrap();
                fs::write(output.path, "old").unwrap();
            }
            let done = write_folder(folder.path(), &outputs(folder.path()), true, &stop_after(count));
            let expected = if done.is_ok() { b"ca.pem".as_slice() } else { b"old" };
            assert_eq!(done.is_ok(), count == 4);
            assert_eq!(fs::read(folder.path().join("ca.pem")).unwrap(), expected);
            assert_eq!(names(folder.path()), ["a", "b", "ca.pem"]);
            assert_eq!(names(&folder.path().join("a")), ["client.key", "client.pem"]);
        }
    }

    #[test]
    fn two_outputs_to_one_file_are_refused_and_write_nothing() {
        let above = tempfile::tempdir().unwrap();
        let folder = above.path().join("pki");
        let twice = [&outputs(&folder)[..], &outputs(&folder)[..1]].concat();
        let refused = write_folder(&folder, &twice, false, &|| false);
        assert!(matches!(refused, Err(ForgeError::SameFile { .. })));
        assert_eq!(names(above.path()), Vec::<String>::new());
    }
}
