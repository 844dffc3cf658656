//! Files on disk: private keys 0600, everything created exclusively, nothing overwritten unasked.

use std::fs::{self, OpenOptions};
use std::io::Write as _;
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

/// Writes all files or none. Everything is first written under a name of its own beside its target, then put in place:
/// without `force` by a hard link, which never replaces anything, with it by a rename.
///
/// # Errors
/// When two outputs go to one file, a target exists and `force` is not given, a target is no regular file, or the
/// system refuses. Nothing is changed then, unless the system refuses in the very last step.
pub fn write_all(outputs: &[Output], force: bool) -> Result<(), ForgeError> {
    for (position, output) in outputs.iter().enumerate() {
        let failed = |source| ForgeError::Write { path: output.path.clone(), source };
        if let Some(folder) = folder(&output.path) {
            fs::create_dir_all(folder).map_err(failed)?;
        }
        let place = identity(&output.path).map_err(failed)?;
        if outputs[..position].iter().any(|other| identity(&other.path).is_ok_and(|other| other == place)) {
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
    place_all(outputs, &drafts, force)
}

fn place_all(outputs: &[Output], drafts: &[PathBuf], force: bool) -> Result<(), ForgeError> {
    let failed = |output: &Output, source: std::io::Error| match source.kind() {
        std::io::ErrorKind::AlreadyExists => ForgeError::Exists { path: output.path.clone() },
        _ => ForgeError::Write { path: output.path.clone(), source },
    };
    let mut created = Drafts(Vec::new());
    for (output, draft) in outputs.iter().zip(drafts) {
        create(draft, output).map_err(|source| ForgeError::Write { path: draft.clone(), source })?;
        created.0.push(draft);
    }
    let mut placed = Vec::new();
    for (output, draft) in outputs.iter().zip(drafts) {
        let done = if force { fs::rename(draft, &output.path) } else { link(draft, output) };
        if let Err(source) = done {
            if !force {
                // Only what this call put there; failing to take it back must not hide why it failed.
                placed.iter().for_each(|path: &&PathBuf| drop(fs::remove_file(path)));
            }
            return Err(failed(output, source));
        }
        placed.push(&output.path);
    }
    Ok(())
}

/// Drafts of this call: whatever is left of them at its end is removed.
struct Drafts<'a>(Vec<&'a PathBuf>);

impl Drop for Drafts<'_> {
    fn drop(&mut self) {
        self.0.iter().for_each(|draft| drop(fs::remove_file(draft)));
    }
}

/// Puts a draft in place and replaces nothing; where the file system has no links, it is written once more.
fn link(draft: &Path, output: &Output) -> std::io::Result<()> {
    match fs::hard_link(draft, &output.path) {
        Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => create(&output.path, output),
        done => done,
    }
}

fn folder(path: &Path) -> Option<&Path> {
    path.parent().filter(|folder| !folder.as_os_str().is_empty())
}

/// The file that a path names, however it is spelled: its real folder and its name.
fn identity(path: &Path) -> std::io::Result<(PathBuf, std::ffi::OsString)> {
    let folder = folder(path).unwrap_or(Path::new(".")).canonicalize()?;
    Ok((folder, path.file_name().unwrap_or_default().to_owned()))
}

/// A name beside the target that nobody else uses.
fn draft(path: &Path) -> PathBuf {
    let mut name = std::ffi::OsString::from(".");
    name.push(path.file_name().unwrap_or_default());
    name.push(format!(".{}.new", std::process::id()));
    path.with_file_name(name)
}

fn create(path: &Path, output: &Output) -> std::io::Result<()> {
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
