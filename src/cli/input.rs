//! From paths to the files of kits.

use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use crate::cloud::kit::{File, Files};

/// Largest file that is read. A bundle of 16 CAs is 32 KB; a chain with its text some hundred.
const LARGEST_FILE: u64 = 8 * 1024 * 1024;

/// Reads one file; `-` is standard input.
pub fn file(path: &Path) -> Result<File, String> {
    let shown = shown(path);
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
    Ok(File::new(shown, bytes))
}

/// What was found below a path, and what of it could not be read.
#[derive(Debug, Default)]
pub struct Found {
    pub kits: Vec<Files>,
    pub troubles: Vec<String>,
}

impl Found {
    fn add(&mut self, files: Result<Files, String>) {
        match files {
            Ok(files) => self.kits.push(files),
            Err(trouble) => self.troubles.push(trouble),
        }
    }
}

/// What a path given to `check` stands for: a bundle, a kit, or a folder of either. Folders are looked into one deep.
pub fn bundles(path: &Path) -> Found {
    let mut found = Found::default();
    let bundle = |path: &Path| Ok(Files { bundle: Some(file(path)?), ..Files::default() });
    if path.as_os_str() == "-" {
        found.add(file(path).and_then(|file| match file.bytes.0.is_empty() {
            true => Err("standard input is empty; pipe a bundle into it".to_owned()),
            false => Ok(Files { bundle: Some(file), ..Files::default() }),
        }));
        return found;
    }
    if !path.is_dir() {
        found.add(bundle(path));
        return found;
    }
    if is_kit(path) {
        found.add(kit(path));
        return found;
    }
    let entries = match entries(path) {
        Ok(entries) => entries,
        Err(trouble) => return Found { troubles: vec![trouble], ..found },
    };
    for entry in &entries {
        if is_kit(entry) {
            found.add(kit(entry));
        } else if entry.is_dir() && fs::read_dir(entry).is_err() {
            found.troubles.push(format!("cannot read folder `{}`", shown(entry)));
        }
    }
    let has_kits = !found.kits.is_empty();
    for loose in entries.iter().filter(|entry| is_certificate_file(entry)) {
        // The loopback server's CA of a generated folder is no client CA.
        if !(has_kits && loose.file_name().is_some_and(|name| name == "server-ca.pem")) {
            found.add(bundle(loose));
        }
    }
    if found.kits.is_empty() && found.troubles.is_empty() {
        found.troubles.push(format!(
            "`{}` holds neither a kit (a folder with ca.pem) nor a certificate file (.pem, .crt, .cer, .der, .p7b, .p12, …)",
            shown(path)
        ));
    }
    found
}

/// The files of a kit's folder. Its name is the namespace where it reads like one.
pub fn kit(folder: &Path) -> Result<Files, String> {
    let optional = |name: &str| {
        let path = folder.join(name);
        path.symlink_metadata().is_ok().then(|| file(&path)).transpose()
    };
    let bundle = optional("ca.pem")?;
    if bundle.is_none() {
        return Err(format!("the kit `{}` has no ca.pem", shown(folder)));
    }
    let name = folder.file_name().map(|name| name.to_string_lossy().into_owned());
    Ok(Files {
        namespace: name.filter(|name| name.contains('.')),
        bundle,
        client: optional("client.pem")?,
        key: optional("client.key")?,
        filters: optional("filters.json")?,
        server_root: None,
    })
}

/// The folders of a folder that are kits, in order.
pub fn kits(folder: &Path) -> Result<Vec<PathBuf>, String> {
    Ok(entries(folder)?.into_iter().filter(|entry| is_kit(entry)).collect())
}

/// A folder with one of a kit's files, be it readable or a dangling link.
fn is_kit(folder: &Path) -> bool {
    ["ca.pem", "client.pem", "client.key"].iter().any(|name| folder.join(name).symlink_metadata().is_ok())
}

fn entries(folder: &Path) -> Result<Vec<PathBuf>, String> {
    let listed = fs::read_dir(folder)
        .and_then(|entries| entries.map(|entry| entry.map(|entry| entry.path())).collect::<Result<Vec<_>, _>>());
    let mut listed = listed.map_err(|error| format!("cannot read folder `{}`: {}", shown(folder), plain(&error)))?;
    listed.sort();
    Ok(listed)
}

fn is_certificate_file(path: &Path) -> bool {
    const ENDINGS: [&str; 9] = ["pem", "crt", "cer", "der", "p7b", "p7c", "p12", "pfx", "jks"];
    let known = |extension: &std::ffi::OsStr| ENDINGS.iter().any(|known| extension.eq_ignore_ascii_case(known));
    !path.is_dir() && path.extension().is_some_and(known)
}

/// A path as it may be printed: control characters, which could pass for lines of their own, are escaped.
pub fn shown(path: &Path) -> String {
    let text = path.display().to_string();
    text.chars().map(|c| if c.is_control() { c.escape_unicode().to_string() } else { c.to_string() }).collect()
}

/// An I/O error without its number.
pub fn plain(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::NotFound => "there is no such file or folder".to_owned(),
        std::io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        kind => kind.to_string(),
    }
}
