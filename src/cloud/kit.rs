//! The files of one namespace: as bytes with paths, and read.

use std::sync::Arc;

use super::filter::{Filters, FiltersFile, FiltersFileError};
use crate::pki::key::KeyFile;
use crate::pki::{Bundle, Certificate, Content, Entry};

/// A file's path as the user wrote it, and its bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    pub path: Arc<str>,
    pub bytes: Bytes,
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
    /// Byte offsets at which lines start, to turn spans into lines.
    line_starts: Vec<usize>,
    pub file: Result<FiltersFile, FiltersFileError>,
}

impl Kit {
    pub fn read(files: &Files) -> Self {
        let bundle = |file: &File| Bundle::read(file.path.clone(), &file.bytes.0);
        Self {
            namespace: files.namespace.clone(),
            bundle: files.bundle.as_ref().map(bundle),
            client: files.client.as_ref().map(bundle),
            key: files.key.as_ref().map(|file| KeyFile::read(file.path.clone(), &file.bytes.0)),
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
        let wrong =
            |file: &FiltersFile| !file.unknown.is_empty() || file.entries.iter().any(|entry| entry.filter.is_err());
        self.filters.as_ref().is_some_and(|given| given.file.as_ref().map_or(true, wrong))
    }

    /// The usable filters; none when no file was given.
    pub fn usable_filters(&self) -> Filters {
        let file = self.filters.as_ref().and_then(|given| given.file.as_ref().ok());
        file.map(FiltersFile::filters).unwrap_or_default()
    }
}

impl GivenFilters {
    fn read(file: &File) -> Self {
        // Counted first, so that a file of nothing but line ends takes no more room than it must.
        let mut line_starts = Vec::with_capacity(memchr::memchr_iter(b'\n', &file.bytes.0).count() + 1);
        line_starts.push(0);
        line_starts.extend(memchr::memchr_iter(b'\n', &file.bytes.0).map(|offset| offset + 1));
        Self { path: file.path.clone(), line_starts, file: FiltersFile::read(&file.bytes.0) }
    }

    /// 1-based first and last line of a byte range.
    pub fn lines(&self, span: &std::ops::Range<usize>) -> (u32, u32) {
        let line = |offset: usize| self.line_starts.partition_point(|start| *start <= offset).max(1) as u32;
        (line(span.start), line(span.end.saturating_sub(1).max(span.start)))
    }
}
