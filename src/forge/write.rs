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

/// Writes all files or none: what exists already is found before the first is created, and what was created is taken
/// back when a later one fails. With `force`, existing files are replaced one by one through a rename.
///
/// # Errors
/// When a file exists and `force` is not given, or the system refuses.
pub fn write_all(outputs: &[Output], force: bool) -> Result<(), ForgeError> {
    if !force && let Some(taken) = outputs.iter().find(|output| output.path.symlink_metadata().is_ok()) {
        return Err(ForgeError::Exists { path: taken.path.clone() });
    }
    let mut created = Vec::new();
    for output in outputs {
        match write(output, force) {
            Ok(()) => created.push(&output.path),
            Err(source) => {
                if !force {
                    // Only what this call made; failing to take it back must not hide why it failed.
                    created.iter().for_each(|path| drop(fs::remove_file(path)));
                }
                return Err(match source.kind() {
                    std::io::ErrorKind::AlreadyExists => ForgeError::Exists { path: output.path.clone() },
                    _ => ForgeError::Write { path: output.path.clone(), source },
                });
            }
        }
    }
    Ok(())
}

fn write(output: &Output, force: bool) -> std::io::Result<()> {
    if let Some(folder) = output.path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        fs::create_dir_all(folder)?;
    }
    if !force {
        return create(&output.path, output);
    }
    let mut name = output.path.file_name().unwrap_or_default().to_owned();
    name.push(".new");
    let draft = output.path.with_file_name(name);
    create(&draft, output)?;
    fs::rename(&draft, &output.path).inspect_err(|_| drop(fs::remove_file(&draft)))
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
    let written = file.write_all(&output.bytes).and_then(|()| file.flush());
    written.inspect_err(|_| drop(fs::remove_file(path)))
}
