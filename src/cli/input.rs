//! From paths to the files of kits.

use std::fs;
use std::io::{BufRead, Read as _};
use std::path::{Path, PathBuf};

use crate::cloud::document::{self, Opened};
use crate::cloud::kit::{File, Files};

/// Largest file, or line of a stream, that is read. A bundle of 16 CAs is 32 KB, a state file some hundred.
const LARGEST_FILE: u64 = 8 * 1024 * 1024;

/// Most PEM blocks that are read from one file. A bundle holds 16, a system's list of public roots some 150.
const MOST_BLOCKS: usize = 2_000;

/// How deep folders are looked into.
const DEEPEST_FOLDER: usize = 16;

/// Reads one file; `-` is standard input.
pub fn file(path: &Path) -> Result<File, String> {
    let shown = shown(path);
    let read = |reader: &mut dyn std::io::Read, expected: u64| {
        let mut bytes = Vec::with_capacity(expected.min(LARGEST_FILE) as usize + 1);
        reader.take(LARGEST_FILE + 1).read_to_end(&mut bytes).map(|_| bytes)
    };
    let bytes = if path.as_os_str() == "-" {
        read(&mut std::io::stdin().lock(), 0)
    } else {
        fs::File::open(path).and_then(|mut file| {
            let length = file.metadata().map_or(0, |found| found.len());
            read(&mut file, length)
        })
    };
    let bytes = bytes.map_err(|error| format!("cannot read `{shown}`: {}", plain(&error)))?;
    bounded(File::new(shown, bytes))
}

/// Refuses what is too large to be anything that we judge.
fn bounded(file: File) -> Result<File, String> {
    if file.bytes.0.len() as u64 > LARGEST_FILE {
        return Err(format!(
            "`{}` is larger than {LARGEST_FILE} bytes, and is not read; of a large document give the part that matters, or \
             its objects as lines with --lines",
            file.path
        ));
    }
    let blocks = count_blocks(&file.bytes.0);
    if blocks > MOST_BLOCKS {
        return Err(format!(
            "`{}` holds {blocks} PEM blocks, and no more than {MOST_BLOCKS} are read; many bundles in one stream are read \
             with --lines",
            file.path
        ));
    }
    Ok(file)
}

fn count_blocks(bytes: &[u8]) -> usize {
    memchr::memmem::find_iter(bytes, b"-----BEGIN ").count()
}

/// Where kits come from. Reading waits until a kit is judged, so that thousands of them are never in memory at once.
#[derive(Debug)]
pub enum Source {
    /// No bundle: only what options name is judged.
    Nothing,
    /// A folder with the files of one kit.
    Kit(PathBuf),
    /// A bundle, or a document that carries kits.
    File(PathBuf),
    /// A line of a stream, which is a document: the stream's name, the number of the line, and its text.
    Line(String, u32, Vec<u8>),
}

impl Source {
    /// The kits of this source; a document may carry many.
    pub fn kits(&self) -> Result<Vec<Files>, String> {
        match self {
            Self::Nothing => Ok(vec![Files::default()]),
            Self::Kit(folder) => kit(folder).map(|files| vec![files]),
            Self::File(path) => {
                let file = file(path)?;
                if file.bytes.0.is_empty() && path.as_os_str() == "-" {
                    return Err("standard input is empty; pipe a bundle into it".to_owned());
                }
                match opened(file, 1)? {
                    Opened::Plain(file) => Ok(vec![Files { bundle: Some(file), ..Files::default() }]),
                    Opened::Kits(kits) => Ok(kits),
                }
            }
            Self::Line(path, number, text) => {
                match opened(bounded(File::new(path.as_str(), text.clone()))?, *number)? {
                    Opened::Kits(kits) => Ok(kits),
                    Opened::Plain(_) => Err(format!(
                        "{path}:{number}: this line is no document that carries a bundle; each line is one JSON object, such \
                     as {{\"name\": \"orders\", \"bundle\": \"-----BEGIN …\"}}"
                    )),
                }
            }
        }
    }
}

fn opened(file: File, first_line: u32) -> Result<Opened, String> {
    let opened = document::open_from(file, first_line).map_err(|error| error.to_string())?;
    if let Opened::Kits(kits) = &opened {
        let parts = kits.iter().flat_map(|kit| [&kit.bundle, &kit.client, &kit.key]).flatten();
        if let Some(large) = parts.into_iter().find(|part| count_blocks(&part.bytes.0) > MOST_BLOCKS) {
            let member = large.carried.as_ref().and_then(|carried| carried.member.as_deref()).unwrap_or_default();
            return Err(format!("`{member}` of `{}` holds more than {MOST_BLOCKS} PEM blocks", large.path));
        }
    }
    Ok(opened)
}

/// The lines of a stream, each a source of its own; `-` is standard input. Blank lines are passed over.
pub fn lines(path: &Path) -> Result<impl Iterator<Item = Result<Source, String>>, String> {
    let name = shown(path);
    let failed = |error: std::io::Error| format!("cannot read `{name}`: {}", plain(&error));
    let mut reader: Box<dyn BufRead> = match path.as_os_str() == "-" {
        true => Box::new(std::io::stdin().lock()),
        false => Box::new(std::io::BufReader::new(fs::File::open(path).map_err(failed)?)),
    };
    let (name, mut number, mut done) = (shown(path), 0, false);
    Ok(std::iter::from_fn(move || {
        while !done {
            let mut text = Vec::new();
            number += 1;
            match reader.by_ref().take(LARGEST_FILE + 1).read_until(b'\n', &mut text) {
                Ok(0) => done = true,
                Ok(_) if text.len() as u64 > LARGEST_FILE => {
                    // What follows is the rest of this line, and could pass for lines of their own.
                    done = true;
                    return Some(Err(format!(
                        "{name}:{number}: the line is longer than {LARGEST_FILE} bytes; the rest is not read"
                    )));
                }
                Ok(_) if text.iter().all(u8::is_ascii_whitespace) => {}
                Ok(_) => return Some(Ok(Source::Line(name.clone(), number, text))),
                Err(error) => {
                    done = true;
                    return Some(Err(format!("cannot read `{name}`: {}", plain(&error))));
                }
            }
        }
        None
    }))
}

/// What was found below a path, and what of it could not be read.
#[derive(Debug, Default)]
pub struct Found {
    pub sources: Vec<Source>,
    pub troubles: Vec<String>,
}

/// What a path given to `check` stands for: a bundle, a document, a kit, or a folder of any of them.
pub fn sources(path: &Path) -> Found {
    let mut found = Found::default();
    if path.as_os_str() == "-" || !path.is_dir() {
        found.sources.push(Source::File(path.to_owned()));
    } else if is_kit(path) {
        found.sources.push(Source::Kit(path.to_owned()));
    } else {
        walk(path, &mut Vec::new(), &mut found);
        if found.sources.is_empty() && found.troubles.is_empty() {
            found.troubles.push(format!(
                "`{}` holds neither a kit (a folder with ca.pem) nor a certificate file (.pem, .crt, .cer, .der, .p7b, \
                 .p12, …) nor a document that carries one (.tfstate, .json, .yaml)",
                shown(path)
            ));
        }
    }
    found
}

/// Kits first, then loose files, then the folders below, each in the order of their names.
///
/// `above` are the folders that lead here, so that a link to one of them does not lead around in a circle.
fn walk(folder: &Path, above: &mut Vec<PathBuf>, found: &mut Found) {
    let entries = match entries(folder) {
        Ok(entries) => entries,
        Err(trouble) => return found.troubles.push(trouble),
    };
    let (kits, others): (Vec<_>, Vec<_>) = entries.iter().partition(|entry| entry.is_dir() && is_kit(entry));
    found.sources.extend(kits.iter().map(|kit| Source::Kit((*kit).clone())));
    for loose in others.iter().filter(|entry| is_certificate_file(entry) || carries_something(entry)) {
        if loose.metadata().is_ok_and(|found| !found.is_file()) {
            // A pipe, which would be waited for.
            found.troubles.push(format!("`{}` is no regular file, and is not read", shown(loose)));
            continue;
        }
        // The loopback server's CA of a generated folder is no client CA.
        if kits.is_empty() || loose.file_name().is_none_or(|name| name != "server-ca.pem") {
            found.sources.push(Source::File((*loose).clone()));
        }
    }
    // Of a generated folder: the CAs above the kits, which are in their bundles as far as they are uploaded.
    let is_above_kits =
        |folder: &&PathBuf| !kits.is_empty() && folder.file_name().is_some_and(|name| name == "authorities");
    let folders = others.iter().copied().filter(|path| path.is_dir() && !is_hidden(path));
    above.push(folder.canonicalize().unwrap_or_else(|_| folder.to_owned()));
    for below in folders.filter(|folder| !is_above_kits(folder)) {
        if above.len() > DEEPEST_FOLDER {
            found.troubles.push(format!("`{}` lies deeper than {DEEPEST_FOLDER} folders", shown(below)));
        } else if below.canonicalize().is_ok_and(|place| above.contains(&place)) {
            found.troubles.push(format!("`{}` is a link to a folder that it lies in", shown(below)));
        } else {
            walk(below, above, found);
        }
    }
    above.pop();
}

/// A JSON or YAML file in a folder counts only when a bundle, a client or a key is in it.
fn carries_something(path: &Path) -> bool {
    const ENDINGS: [&str; 4] = ["json", "yaml", "yml", "tfstate"];
    let known = has_ending(path, &ENDINGS) && !path.metadata().is_ok_and(|found| !found.is_file());
    // What cannot be read may carry something, and is told as any other file.
    known && file(path).map_or(true, |file| matches!(document::open(file), Ok(Opened::Kits(_)) | Err(_)))
}

fn is_hidden(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"."))
}

/// The files of a kit's folder. Its name is the namespace where it reads like one.
///
/// The names of a Kubernetes secret that is mounted are known as well.
pub fn kit(folder: &Path) -> Result<Files, String> {
    let optional = |names: [&str; 2]| {
        let paths = names.map(|name| folder.join(name));
        paths.iter().find(|path| path.symlink_metadata().is_ok()).map(|path| file(path)).transpose()
    };
    let bundle = optional(["ca.pem", "ca.crt"])?;
    let client = optional(["client.pem", "tls.crt"])?;
    if bundle.is_none() && !folder.join("tls.crt").exists() {
        return Err(format!("the kit `{}` has no ca.pem", shown(folder)));
    }
    let name = folder.file_name().map(|name| name.to_string_lossy().into_owned());
    Ok(Files {
        namespace: name.filter(|name| name.contains('.') && !name.starts_with('.')),
        bundle,
        client,
        key: optional(["client.key", "tls.key"])?,
        filters: optional(["filters.json", "filters.tf"])?,
        server_root: None,
    })
}

/// The folders of a folder that are kits, in order.
pub fn kits(folder: &Path) -> Result<Vec<PathBuf>, String> {
    Ok(entries(folder)?.into_iter().filter(|entry| is_kit(entry)).collect())
}

/// A folder with one of a kit's files, be it readable or a dangling link.
fn is_kit(folder: &Path) -> bool {
    let has = |name: &str| folder.join(name).symlink_metadata().is_ok();
    ["ca.pem", "client.pem", "client.key", "tls.crt"].into_iter().any(has)
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
    !path.is_dir() && has_ending(path, &ENDINGS)
}

fn has_ending(path: &Path, endings: &[&str]) -> bool {
    path.extension().is_some_and(|extension| endings.iter().any(|known| extension.eq_ignore_ascii_case(known)))
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
