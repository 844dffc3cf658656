//! A hierarchy as data, and the files that come of it.

use std::collections::HashMap;
use std::net::IpAddr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rcgen::{ExtendedKeyUsagePurpose, KeyUsagePurpose};
use time::{Duration, OffsetDateTime};

use super::issue::{DistinguishedName, Issuer, Spec, issue};
use super::{ForgeError, Key, KeyKind, KeyRing, KeySource};
use crate::cloud::filter::Field;
use crate::cloud::kit::{File, Files};
use crate::pki::pem::{encode, encode_certificates};
use crate::report::json;

/// The hierarchy of one namespace:
///
/// ```text
/// authorities[0] (root) -> authorities[1] -> … -> client
/// ```
#[derive(Debug, Clone)]
pub struct Recipe {
    pub namespace: String,
    pub keys: KeySource,
    pub authorities: Vec<Authority>,
    pub client: Spec,
    /// Which authority signs the client; the last one by default.
    pub client_issuer: usize,
    /// The private key that is written beside the client: its own, or one that does not belong to it.
    pub client_key: ClientKey,
    /// Tried in order by the cloud: all fields of one must match. None writes no file.
    pub filters: Option<Vec<Vec<(Field, String)>>>,
    pub bundle_form: BundleForm,
}

/// What the bundle is written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BundleForm {
    Pem,
    /// The base64 of the PEM as `accepted_client_ca` in JSON, as Terraform's state has it.
    Json,
}

/// A CA, and where its certificate goes.
#[derive(Debug, Clone)]
pub struct Authority {
    pub spec: Spec,
    /// Position of the issuer in [`Recipe::authorities`]; its own for a root.
    pub issuer: usize,
    /// The issuer's name as written into this certificate, where it is not the issuer's subject.
    pub issuer_name: Option<DistinguishedName>,
    pub in_bundle: bool,
    pub sent: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClientKey {
    Own,
    Foreign,
}

/// What a recipe came to.
#[derive(Debug)]
pub struct Forged {
    pub files: Files,
    /// DER of every authority in recipe order.
    pub authorities: Vec<Vec<u8>>,
    /// DER: the leaf, then what the client sends with it.
    pub chain: Vec<Vec<u8>>,
    /// The key that signs clients: PKCS#8.
    pub issuing_key: Key,
    pub client_key: Key,
}

impl Recipe {
    /// A good hierarchy: a root in the bundle, one intermediate that the client sends, a client for this namespace.
    ///
    /// CAs live ten years and the client one, all from a day before `at`.
    pub fn good(namespace: &str, keys: KeySource, kind: KeyKind, at: OffsetDateTime) -> Self {
        Self::with_intermediates(namespace, keys, kind, at, 1)
    }

    pub fn with_intermediates(
        namespace: &str,
        keys: KeySource,
        kind: KeyKind,
        at: OffsetDateTime,
        intermediates: usize,
    ) -> Self {
        let name = |cn: String| DistinguishedName::new().o("certproof").cn(cn);
        let year = at.year();
        let mut authorities =
            vec![Authority::root(Spec::authority("root", name(format!("{namespace} Root {year}")), kind, at))];
        for level in 1..=intermediates {
            let label = format!("intermediate {level}");
            let spec = Spec::authority(&label, name(format!("{namespace} Issuing {level} {year}")), kind, at);
            authorities.push(Authority::intermediate(spec, level - 1));
        }
        Self {
            namespace: namespace.to_owned(),
            keys,
            client: Spec::client("client", name(namespace.to_owned()), kind, at),
            client_issuer: intermediates,
            authorities,
            client_key: ClientKey::Own,
            filters: None,
            bundle_form: BundleForm::Pem,
        }
    }

    /// Issues every certificate and lays out the files.
    ///
    /// # Errors
    /// When a specification cannot be encoded or a key cannot be made.
    pub fn forge(&self) -> Result<Forged, ForgeError> {
        let mut ring = KeyRing::new(self.keys);
        let mut keys: HashMap<&str, Key> = HashMap::new();
        for spec in self.authorities.iter().map(|authority| &authority.spec).chain([&self.client]) {
            if !keys.contains_key(spec.label.as_str()) {
                keys.insert(&spec.label, ring.key(spec.key, &self.key_label(&spec.label))?);
            }
        }
        let key = |spec: &Spec| keys.get(spec.label.as_str()).ok_or(ForgeError::KeyNotTaken);
        let issuer = |position: usize, name: &Option<DistinguishedName>| {
            let above = &self.authorities[position.min(self.authorities.len() - 1)].spec;
            let key = key(above)?;
            let name = name.as_ref().unwrap_or(&above.subject).write();
            Ok::<_, ForgeError>(Issuer { name, key_id: key.identifier(), key })
        };
        let mut authorities = Vec::new();
        for (position, authority) in self.authorities.iter().enumerate() {
            let serial = ring.serial(&self.key_label(&format!("{position} {}", authority.spec.label)))?;
            let issuer = issuer(authority.issuer, &authority.issuer_name)?;
            authorities.push(issue(&authority.spec, key(&authority.spec)?, &issuer, &serial)?);
        }
        let serial = ring.serial(&self.key_label(&self.client.label))?;
        let leaf = issue(&self.client, key(&self.client)?, &issuer(self.client_issuer, &None)?, &serial)?;
        let foreign = match self.client_key {
            ClientKey::Own => None,
            ClientKey::Foreign => Some(ring.key(self.client.key, &self.key_label("foreign"))?),
        };
        let issuing_label = self.authorities[self.client_issuer.min(self.authorities.len() - 1)].spec.label.as_str();
        let client_key = match foreign {
            Some(key) => key,
            None => keys.remove(self.client.label.as_str()).ok_or(ForgeError::KeyNotTaken)?,
        };
        let issuing_key = keys.remove(issuing_label).ok_or(ForgeError::KeyNotTaken)?;
        Ok(self.lay_out(authorities, leaf, issuing_key, client_key))
    }

    fn lay_out(&self, authorities: Vec<Vec<u8>>, leaf: Vec<u8>, issuing_key: Key, client_key: Key) -> Forged {
        let chosen = |choose: fn(&Authority) -> bool| {
            let pairs = self.authorities.iter().zip(&authorities);
            pairs.filter(move |(authority, _)| choose(authority)).map(|(_, der)| der.clone())
        };
        // Issuers follow those they signed, as servers and clients expect their chains.
        let mut sent: Vec<_> = chosen(|authority| authority.sent).collect();
        sent.reverse();
        let chain: Vec<_> = std::iter::once(leaf).chain(sent).collect();
        let bundle: Vec<_> = chosen(|authority| authority.in_bundle).collect();
        let file = |name: &str, bytes: Vec<u8>| Some(File::new(name, bytes));
        let pem = encode_certificates(&bundle).into_bytes();
        let bundle = match self.bundle_form {
            BundleForm::Pem => pem,
            BundleForm::Json => bundle_json(&STANDARD.encode(pem)).into_bytes(),
        };
        let files = Files {
            namespace: Some(self.namespace.clone()),
            bundle: file("ca.pem", bundle),
            client: file("client.pem", encode_certificates(&chain).into_bytes()),
            key: file("client.key", encode("PRIVATE KEY", client_key.pkcs8()).into_bytes()),
            server_root: None,
            filters: self.filters.as_ref().and_then(|filters| file("filters.json", filters_json(filters).into_bytes())),
        };
        Forged { files, authorities, chain, issuing_key, client_key }
    }

    fn key_label(&self, label: &str) -> String {
        format!("{}/{label}", self.namespace)
    }
}

impl Authority {
    pub fn root(spec: Spec) -> Self {
        Self { spec, issuer: 0, issuer_name: None, in_bundle: true, sent: false }
    }

    pub fn intermediate(spec: Spec, issuer: usize) -> Self {
        Self { spec, issuer, issuer_name: None, in_bundle: false, sent: true }
    }
}

impl Spec {
    /// A CA as the documents want it: v3, CA:true, keyCertSign, key identifiers.
    pub fn authority(label: &str, subject: DistinguishedName, key: KeyKind, at: OffsetDateTime) -> Self {
        Self {
            label: label.to_owned(),
            subject,
            key,
            hash: None,
            not_before: at - Duration::DAY,
            not_after: at + 3650 * Duration::DAY,
            basic_constraints: Some((true, None)),
            key_usage: vec![KeyUsagePurpose::DigitalSignature, KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign],
            purposes: Vec::new(),
            dns: Vec::new(),
            ip: Vec::<IpAddr>::new(),
            uri: Vec::new(),
            email: Vec::new(),
            authority_key_id: true,
            subject_key_id: true,
            permitted_dns: Vec::new(),
            excluded_dns: Vec::new(),
            critical: Vec::new(),
            edits: Vec::new(),
            damage: None,
        }
    }

    /// A client as the documents want it: v3, CA:false, digitalSignature, and clientAuth.
    pub fn client(label: &str, subject: DistinguishedName, key: KeyKind, at: OffsetDateTime) -> Self {
        Self {
            not_after: at + 365 * Duration::DAY,
            basic_constraints: Some((false, None)),
            key_usage: vec![KeyUsagePurpose::DigitalSignature],
            purposes: vec![ExtendedKeyUsagePurpose::ClientAuth],
            ..Self::authority(label, subject, key, at)
        }
    }
}

/// A bundle's value, as it stands, in the form of [`BundleForm::Json`].
pub fn bundle_json(value: &str) -> String {
    json::pretty(&serde_json::json!({ "accepted_client_ca": value }))
}

/// Filters in tcld's form.
pub fn filters_json(filters: &[Vec<(Field, String)>]) -> String {
    let filters: Vec<serde_json::Value> = filters
        .iter()
        .map(|filter| {
            let fields = filter.iter().map(|(field, value)| (field.name().to_owned(), value.clone().into()));
            serde_json::Value::Object(fields.collect())
        })
        .collect();
    json::pretty(&serde_json::json!({ "filters": filters }))
}
