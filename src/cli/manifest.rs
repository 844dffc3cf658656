//! `manifest.json`, which `gen` writes beside what it makes: every certificate, what is wrong, and what must come of it.

use schemars::JsonSchema;
use serde::Serialize;
use time::OffsetDateTime;

use crate::cloud::kit::{File, Files};
use crate::forge::flaw::{self, Flaw, Wire, harmless};
use crate::pki::clock::rfc3339;
use crate::pki::name::hex;
use crate::pki::{Bundle, Certificate, Content, chain};
use crate::report::{Evidence, json};
use crate::rules;

/// What it is called in the folder.
pub const NAME: &str = "manifest.json";

/// Version of the shape below.
const SCHEMA_VERSION: u32 = 1;

/// What `certproof gen` made.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Manifest {
    schema_version: u32,
    certproof: &'static str,
    /// RFC 3339: the time at which everything is as it says here.
    at: String,
    /// Set when the private keys follow from a seed: everybody can have them.
    #[serde(skip_serializing_if = "Option::is_none")]
    public_key_material: Option<String>,
    kits: Vec<KitNote>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct KitNote {
    /// Below the folder of the manifest; empty for that folder itself.
    folder: String,
    namespace: Option<String>,
    /// What was done to a good hierarchy, where anything was.
    #[serde(skip_serializing_if = "Option::is_none")]
    flaw: Option<FlawNote>,
    files: Vec<FileNote>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct FlawNote {
    id: String,
    title: String,
    /// Rules of `certproof check` that must fail, and no others; empty for a harmless variation.
    rules: Vec<String>,
    /// Stage at which the front door must refuse the client; null where it must let it in.
    refused_at: Option<String>,
    /// Why no client can try.
    #[serde(skip_serializing_if = "Option::is_none")]
    not_tried: Option<String>,
    /// Why nobody minds, for a harmless variation.
    #[serde(skip_serializing_if = "Option::is_none")]
    harmless: Option<String>,
    /// What the demand rests on.
    #[serde(skip_serializing_if = "Option::is_none")]
    source: Option<Source>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Source {
    basis: &'static str,
    gist: &'static str,
    link: &'static str,
    /// ISO 8601
    read: &'static str,
}

#[derive(Debug, Serialize, JsonSchema)]
struct FileNote {
    path: String,
    /// bundle, client, key, filters, or server_root.
    role: &'static str,
    certificates: Vec<CertificateNote>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct CertificateNote {
    /// 1-based position among the blocks of the file.
    index: usize,
    /// Why it cannot be read; then nothing else is known of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    unreadable: Option<String>,
    #[serde(flatten)]
    facts: Option<Facts>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Facts {
    /// root, intermediate, or client.
    role: &'static str,
    subject: String,
    issuer: String,
    /// Lower-case hex.
    serial: String,
    not_before: String,
    not_after: String,
    key: String,
    signature: String,
    sha256: String,
    /// As tcld prints it.
    sha1: String,
    /// Why Go's parser refuses it.
    defects: Vec<String>,
}

impl Manifest {
    pub fn new(at: OffsetDateTime, seed: Option<u64>) -> Self {
        let public_key_material = seed.map(|seed| {
            format!("PUBLIC KEY MATERIAL: everybody can make these private keys with seed {seed}; for tests only")
        });
        Self {
            schema_version: SCHEMA_VERSION,
            certproof: env!("CARGO_PKG_VERSION"),
            at: rfc3339(at),
            public_key_material,
            kits: Vec::new(),
        }
    }

    /// Adds a kit, with the client files beyond its first.
    pub fn add(&mut self, folder: &str, files: &Files, more: &[File], made_as: Option<&str>) {
        let roles = [
            ("bundle", &files.bundle),
            ("client", &files.client),
            ("key", &files.key),
            ("filters", &files.filters),
            ("server_root", &files.server_root),
        ];
        let given = roles.into_iter().filter_map(|(role, file)| Some((role, file.as_ref()?)));
        let files_of_kit = given.chain(more.iter().map(|file| ("client", file)));
        self.kits.push(KitNote {
            folder: folder.to_owned(),
            namespace: files.namespace.clone(),
            flaw: made_as.and_then(flaw_note),
            files: files_of_kit.map(|(role, file)| file_note(role, file)).collect(),
        });
    }

    /// Pretty-printed, with a line feed at its end.
    pub fn print(&self) -> String {
        json::pretty(self)
    }
}

/// The JSON Schema of the file.
pub fn schema() -> String {
    let mut schema = schemars::schema_for!(Manifest);
    schema.insert("title".to_owned(), NAME.into());
    json::pretty(&schema)
}

fn flaw_note(id: &str) -> Option<FlawNote> {
    if let Some(variation) = harmless::ALL.iter().find(|variation| variation.id == id) {
        return Some(FlawNote {
            id: id.to_owned(),
            title: variation.title.to_owned(),
            rules: Vec::new(),
            refused_at: None,
            not_tried: None,
            harmless: Some(variation.reason.to_owned()),
            source: None,
        });
    }
    let flaw: &Flaw = flaw::find(id).ok()?;
    let (refused_at, not_tried) = match flaw.wire {
        Wire::Admitted => (None, None),
        Wire::Refused(stage) => (Some(stage.to_string()), None),
        Wire::NotTried(why) => (None, Some(why.to_owned())),
    };
    let failing = std::iter::once(flaw.rule()).chain(flaw.company.iter().copied());
    Some(FlawNote {
        id: id.to_owned(),
        title: flaw.title.to_owned(),
        rules: failing.map(str::to_owned).collect(),
        refused_at,
        not_tried,
        harmless: None,
        source: rules::find(flaw.rule()).map(|rule| Source::new(&rule.requirement.evidence)),
    })
}

impl Source {
    fn new(evidence: &Evidence) -> Self {
        let Evidence { basis, gist, link, read } = *evidence;
        Self { basis: basis.name(), gist, link, read }
    }
}

fn file_note(role: &'static str, file: &File) -> FileNote {
    // Of a key nothing is noted but its place.
    let certificates = match role {
        "key" | "filters" => Vec::new(),
        _ => certificates(file),
    };
    FileNote { path: file.path.to_string(), role, certificates }
}

fn certificates(file: &File) -> Vec<CertificateNote> {
    let bundle = Bundle::read_carried(file.path.clone(), &file.bytes.0, file.carried.as_ref());
    let notes = bundle.entries.iter().filter_map(|entry| {
        let (unreadable, facts) = match &entry.content {
            Content::Certificate(certificate) => (None, Some(Facts::new(certificate))),
            Content::Unreadable(error) => (Some(error.to_string()), None),
            Content::Damaged => (Some("its armour cannot be decoded".to_owned()), None),
            Content::PrivateKey { .. } | Content::Foreign => return None,
        };
        Some(CertificateNote { index: entry.index, unreadable, facts })
    });
    notes.collect()
}

impl Facts {
    fn new(certificate: &Certificate) -> Self {
        let role = match (chain::is_root(certificate), certificate.is_ca()) {
            (true, _) => "root",
            (false, true) => "intermediate",
            (false, false) => "client",
        };
        Self {
            role,
            subject: certificate.subject.to_string(),
            issuer: certificate.issuer.to_string(),
            serial: hex(&certificate.serial),
            not_before: rfc3339(certificate.not_before),
            not_after: rfc3339(certificate.not_after),
            key: certificate.key.to_string(),
            signature: certificate.signature.algorithm.to_string(),
            sha256: certificate.sha256(),
            sha1: certificate.sha1(),
            defects: certificate.defects.iter().map(ToString::to_string).collect(),
        }
    }
}
