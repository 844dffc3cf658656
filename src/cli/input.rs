//! From paths to the files of kits.

use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::cloud::kit::{Bytes, File, Files};

/// Largest file that is read. A bundle of 16 CAs is 32 KB; a chain with its text some hundred.
const LARGEST_FILE: u64 = 8 * 1024 * 1024;

/// Reads one file; `-` is standard input.
pub fn file(path: &Path) -> Result<File, String> {
    let shown = path.display().to_string();
    let read = |reader: &mut dyn std::io::Read| {
        let mut bytes = Vec::new();
        reader.take(LARGEST_FILE + 1).read_to_end(&mut bytes).map(|_| bytes)
    };
    let bytes = if path.as_os_str() == "-" {
        read(&mut std::io::stdin().lock())
    } else {
        fs::File::open(path).and_then(|mut file| read(&mut file))
    };
    let bytes = bytes.map_err(|error| format!("cannot read `{shown}`: {}", plain(&error)))?;
    if bytes.len() as u64 > LARGEST_FILE {
        return Err(format!("`{shown}` is larger than {LARGEST_FILE} bytes, which no certificate file is"));
    }
    Ok(File { path: Arc::from(shown), bytes: Bytes(bytes) })
}

/// What a path given to `check` stands for: a bundle, a kit, or a folder of either.
pub fn bundles(path: &Path) -> Result<Vec<Files>, String> {
    if path.as_os_str() == "-" {
        let file = file(path)?;
        if file.bytes.0.is_empty() {
            return Err("standard input is empty; pipe a bundle into it".to_owned());
        }
        return Ok(vec![Files { bundle: Some(file), ..Files::default() }]);
    }
    if !path.is_dir() {
        return Ok(vec![Files { bundle: Some(file(path)?), ..Files::default() }]);
    }
    if path.join("ca.pem").is_file() {
        return Ok(vec![kit(path)?]);
    }
    let entries = entries(path)?;
    let kits = entries.iter().filter(|entry| entry.join("ca.pem").is_file());
    let mut found = kits.map(|folder| kit(folder)).collect::<Result<Vec<_>, _>>()?;
    let has_kits = !found.is_empty();
    for loose in entries.iter().filter(|entry| is_certificate_file(entry)) {
        // The loopback server's CA of a generated folder is no client CA.
        if !(has_kits && loose.file_name().is_some_and(|name| name == "server-ca.pem")) {
            found.push(Files { bundle: Some(file(loose)?), ..Files::default() });
        }
    }
    if found.is_empty() {
        return Err(format!(
            "`{}` holds neither a kit (a folder with ca.pem) nor a .pem, .crt or .cer file",
            path.display()
        ));
    }
    Ok(found)
}

/// The files of a kit's folder. Its name is the namespace where it reads like one.
pub fn kit(folder: &Path) -> Result<Files, String> {
    let optional = |name: &str| {
        let path = folder.join(name);
        path.is_file().then(|| file(&path)).transpose()
    };
    let name = folder.file_name().map(|name| name.to_string_lossy().into_owned());
    Ok(Files {
        namespace: name.filter(|name| name.contains('.')),
        bundle: optional("ca.pem")?,
        client: optional("client.pem")?,
        key: optional("client.key")?,
        filters: optional("filters.json")?,
        server_root: None,
    })
}

/// The folders of a folder that are kits, in order.
pub fn kits(folder: &Path) -> Result<Vec<PathBuf>, String> {
    Ok(entries(folder)?.into_iter().filter(|entry| entry.join("ca.pem").is_file()).collect())
}

fn entries(folder: &Path) -> Result<Vec<PathBuf>, String> {
    let listed = fs::read_dir(folder)
        .and_then(|entries| entries.map(|entry| entry.map(|entry| entry.path())).collect::<Result<Vec<_>, _>>());
    let mut listed = listed.map_err(|error| format!("cannot read folder `{}`: {}", folder.display(), plain(&error)))?;
    listed.sort();
    Ok(listed)
}

fn is_certificate_file(path: &Path) -> bool {
    let known =
        |extension: &std::ffi::OsStr| ["pem", "crt", "cer"].iter().any(|known| extension.eq_ignore_ascii_case(known));
    path.is_file() && path.extension().is_some_and(known)
}

/// An I/O error without its number.
pub fn plain(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::NotFound => "there is no such file or folder".to_owned(),
        std::io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        kind => kind.to_string(),
    }
}
