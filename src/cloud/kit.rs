//! The files of one namespace: as bytes with paths, and read.

use std::sync::Arc;

use super::document::{self, Opened};
use super::filter::{Filters, FiltersFile, FiltersFileError};
use crate::pki::key::KeyFile;
use crate::pki::source::Carried;
use crate::pki::{Bundle, Certificate, Content, Entry};
use crate::report::Place;

/// A file's path as the user wrote it, and its bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    pub path: Arc<str>,
    pub bytes: Bytes,
    /// Set where the bytes stand in a document at that path.
    pub carried: Option<Carried>,
}

impl File {
    pub fn new(path: impl Into<Arc<str>>, bytes: Vec<u8>) -> Self {
        Self { path: path.into(), bytes: Bytes(bytes), carried: None }
    }
}

/// Contents of a file. It may be a private key, so `Debug` shows its length only.
#[derive(Clone, PartialEq, Eq)]
pub struct Bytes(pub Vec<u8>);

impl std::fmt::Debug for Bytes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} bytes", self.0.len())
    }
}

/// The files of one namespace before anything is read from them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Files {
    /// As given or as the folder is named; not necessarily valid.
    pub namespace: Option<String>,
    pub bundle: Option<File>,
    /// The leaf, then intermediates.
    pub client: Option<File>,
    pub key: Option<File>,
    pub filters: Option<File>,
    /// What the client judges servers by, where it does not leave that to the system's public roots.
    pub server_root: Option<File>,
}

/// The same, read. What cannot be read is in it as data.
#[derive(Debug, Clone, Default)]
pub struct Kit {
    pub namespace: Option<String>,
    pub bundle: Option<Bundle>,
    pub client: Option<Bundle>,
    pub key: Option<KeyFile>,
    pub filters: Option<GivenFilters>,
    pub server_root: Option<Bundle>,
}

/// A filters file that was given, well-formed or not.
#[derive(Debug, Clone)]
pub struct GivenFilters {
    pub path: Arc<str>,
    /// Set where the filters stand in a document.
    pub carried: Option<Carried>,
    pub file: Result<FiltersFile, FiltersFileError>,
}

impl Kit {
    /// Reads the files. One that is a document, such as a Kubernetes secret, gives the part that is wanted of it.
    pub fn read(files: &Files) -> Self {
        let files = Files {
            namespace: files.namespace.clone(),
            bundle: part(files.bundle.as_ref(), |kit| kit.bundle),
            client: part(files.client.as_ref(), |kit| kit.client),
            key: part(files.key.as_ref(), |kit| kit.key),
            filters: files.filters.clone(),
            server_root: part(files.server_root.as_ref(), |kit| kit.server_root.or(kit.bundle)),
        };
        let bundle = |file: &File| Bundle::read_carried(file.path.clone(), &file.bytes.0, file.carried.as_ref());
        let key = |file: &File| KeyFile::read_carried(file.path.clone(), &file.bytes.0, file.carried.as_ref());
        Self {
            namespace: files.namespace.clone(),
            bundle: files.bundle.as_ref().map(bundle),
            client: files.client.as_ref().map(bundle),
            key: files.key.as_ref().map(key),
            filters: files.filters.as_ref().map(GivenFilters::read),
            server_root: files.server_root.as_ref().map(bundle),
        }
    }

    /// The certificate that the client would present: the first of its file. None when that one cannot be read, since
    /// the next is not the client's own.
    pub fn leaf(&self) -> Option<&Arc<Certificate>> {
        self.client_seat().and_then(Entry::certificate)
    }

    /// The block of the client's own certificate, readable or not.
    pub fn client_seat(&self) -> Option<&Entry> {
        let is_certificate = |entry: &&Entry| {
            matches!(entry.content, Content::Certificate(_) | Content::Unreadable(_) | Content::Damaged)
        };
        self.client.as_ref()?.entries.iter().find(is_certificate)
    }

    /// How many certificate blocks of the client's file decode to something that is no certificate.
    pub fn unreadable_sent(&self) -> usize {
        let entries = self.client.iter().flat_map(|client| &client.entries);
        let unreadable = entries.filter(|entry| matches!(entry.content, Content::Unreadable(_))).count();
        // What was not looked into may hold anything.
        unreadable + self.client.iter().filter(|client| client.scan.unread_from.is_some()).count()
    }

    /// What the client would send behind its leaf.
    pub fn sent(&self) -> Vec<Arc<Certificate>> {
        let rest = self.client.iter().flat_map(|client| client.certificates().skip(1));
        rest.map(|(_, certificate)| certificate.clone()).collect()
    }

    /// The certificates of the CA bundle.
    pub fn authorities(&self) -> Vec<Arc<Certificate>> {
        let all = self.bundle.iter().flat_map(|bundle| bundle.certificates());
        all.map(|(_, certificate)| certificate.clone()).collect()
    }

    /// Whether filters were given of which some, or all, cannot be used. To go on without them would let everybody in.
    pub fn has_unusable_filters(&self) -> bool {
        self.filters.as_ref().is_some_and(|given| given.file.as_ref().map_or(true, FiltersFile::has_unusable))
    }

    /// The usable filters; none when no file was given.
    pub fn usable_filters(&self) -> Filters {
        let file = self.filters.as_ref().and_then(|given| given.file.as_ref().ok());
        file.map(FiltersFile::filters).unwrap_or_default()
    }
}

/// The first of a document's files that is wanted, or the file as it is.
fn part(file: Option<&File>, wanted: fn(Files) -> Option<File>) -> Option<File> {
    let file = file?;
    // A value of a document is no document in its turn.
    let is_document = file.carried.is_none() && document::may_be_document(&file.bytes.0);
    let found = match is_document.then(|| document::open(file.clone())) {
        Some(Ok(Opened::Kits(kits))) => kits.into_iter().find_map(wanted),
        _ => None,
    };
    Some(found.unwrap_or_else(|| file.clone()))
}

impl GivenFilters {
    pub fn read(file: &File) -> Self {
        let read = match &file.carried {
            None => FiltersFile::read(&file.bytes.0),
            // A value of a document is JSON, and UTF-8 as the document was.
            Some(carried) => {
                let text = String::from_utf8_lossy(&file.bytes.0);
                FiltersFile::from_json_value(&text, carried.lines.locate(1, 1).0)
            }
        };
        Self { path: file.path.clone(), carried: file.carried.clone(), file: read }
    }

    /// Lines of the file, as a place with nothing quoted.
    pub fn place(&self, first_line: u32, last_line: u32) -> Place {
        let member = self.carried.as_ref().and_then(|carried| carried.member.clone());
        Place { path: self.path.clone(), member, first_line, last_line, quote: Vec::new() }
    }
}
