//! The reference model: what must come of a client, read off its recipe and its intent, never off bytes.
//!
//! It is a second opinion beside the gate, and shares nothing with it: a tidy test forbids it the chain judgement, the
//! rules and the wire. Where both err alike, they err by two pieces of code.
//!
//! ```text
//! hello -> route -> trust -> present -> chain -> prove -> filter -> call: the first that objects has the word
//! ```

use std::borrow::Cow;

use time::OffsetDateTime;

use super::MatrixError;
use super::homes::{KEYS, OREGON, WORLD};
use super::recipes::{recipe, varied};
use super::scenario::{
    Credential, Expect, Header, Home, KeyState, NameSent, Part, Protocols, Request, Scenario, Tls, Trust,
};
use crate::cloud::filter::Field;
use crate::cloud::world::Authentication;
use crate::cloud::{Alert, Stage};
use crate::forge::issue::{DistinguishedName, KeyUsagePurpose, Purpose, Spec};
use crate::forge::recipe::{Authority, ClientKey};
use crate::forge::{KeyKind, KeySource, Recipe, SigningHash};

/// What is expected of a scenario.
#[derive(Debug)]
pub struct Predicted {
    pub expect: Expect,
    /// How often the chain of a client that gets in is judged.
    pub verifier_runs: u32,
}

/// Where a server name leads.
enum Entrance {
    Namespace(&'static Home),
    /// The region's name as it stands in its host: `aws-us-west-2`.
    Region(&'static str),
}

/// Names of regions that the matrix's world has, and their hosts.
const REGIONS: [(&str, &str); 2] =
    [(OREGON, "us-west-2.aws.api.temporal.io"), ("aws-eu-central-1", "eu-central-1.aws.api.temporal.io")];

/// # Errors
/// When a recipe of the matrix cannot be made.
pub fn predict(scenario: &Scenario, at: OffsetDateTime) -> Result<Predicted, MatrixError> {
    let refuse = |stage, alert| Ok(Predicted { expect: Expect::Refuse(stage, alert), verifier_runs: 0 });
    if scenario.tls == Tls::V12 {
        return refuse(Stage::Hello, Some(Alert::PROTOCOL_VERSION));
    }
    if !matches!(scenario.protocols, Protocols::H2 | Protocols::Both) {
        return refuse(Stage::Hello, Some(Alert::NO_APPLICATION_PROTOCOL));
    }
    let Some(entrance) = entrance(scenario) else { return refuse(Stage::Route, None) };
    let region = match &entrance {
        Entrance::Namespace(home) => home.region,
        Entrance::Region(region) => Some(*region),
    };
    if scenario.path.is_some_and(|path| region != Some(path)) {
        return refuse(Stage::Route, None);
    }
    if scenario.trust == Trust::Stranger {
        return refuse(Stage::Trust, Some(Alert::UNKNOWN_CA));
    }
    let home = match entrance {
        Entrance::Namespace(home) if home.authentication.takes_certificates() => home,
        entrance => return Ok(Predicted { expect: answer(scenario, &entrance), verifier_runs: 0 }),
    };
    // Any seed: only which keys are the same counts.
    let keys = KeySource::Seeded(0);
    let bundle = recipe(home, None, keys, at)?;
    let client = match &scenario.credential {
        Credential::Nothing => return refuse(Stage::Present, Some(Alert::CERTIFICATE_REQUIRED)),
        Credential::Own => recipe(scenario.home, None, keys, at)?,
        Credential::Varied(variation, kind) => varied(recipe(scenario.home, None, keys, at)?, variation, *kind),
        Credential::Of(other) | Credential::HeedingOf(other) => recipe(other, None, keys, at)?,
        Credential::Flawed(flaw) => recipe(scenario.home, Some(flaw), keys, at)?,
        Credential::Edited(edit) => {
            let mut recipe = recipe(scenario.home, None, keys, at)?;
            edit(&mut recipe);
            recipe
        }
        Credential::TheAuthority => return refuse(Stage::Chain, Some(Alert::BAD_CERTIFICATE)),
    };
    if let Some((stage, alert)) = judge(&client, &bundle, at) {
        return refuse(stage, Some(alert));
    }
    Ok(Predicted { expect: answer(scenario, &Entrance::Namespace(home)), verifier_runs: 1 })
}

fn entrance(scenario: &Scenario) -> Option<Entrance> {
    let home_of = |host: &str| WORLD.iter().copied().find(|home| host == format!("{}.tmprl.cloud", home.namespace));
    match &scenario.server_name {
        NameSent::Endpoint | NameSent::UpperCase => {
            WORLD.iter().copied().find(|home| home.namespace == scenario.home.namespace).map(Entrance::Namespace)
        }
        NameSent::Text(text) => {
            // The dot of a fully qualified name is not sent, and case is nothing to names of hosts.
            let text = text.strip_suffix('.').unwrap_or(text).to_lowercase();
            let region = REGIONS.iter().find(|(_, host)| *host == text);
            region.map(|(region, _)| Entrance::Region(region)).or_else(|| home_of(&text).map(Entrance::Namespace))
        }
        NameSent::Absent | NameSent::IpLiteral => None,
    }
}

/// What comes of the call of a client that is connected.
fn answer(scenario: &Scenario, entrance: &Entrance) -> Expect {
    objection(scenario, entrance).map_or(Expect::Admit, |why| Expect::Answer(7, Cow::Owned(why)))
}

fn objection(scenario: &Scenario, entrance: &Entrance) -> Option<String> {
    let request = &scenario.request;
    if let Some(authority) = request.authority.filter(|authority| is_elsewhere(authority, entrance)) {
        let host = authority.rsplit_once(':').map_or(authority, |(host, _)| host).trim_end_matches('.');
        return Some(format!(":authority `{host}` is another endpoint than the connection's"));
    }
    let named = named_in_header(request, scenario.home);
    let header_is = |ours: &str| match &named {
        Named::Nobody => None,
        Named::One(name) if name.eq_ignore_ascii_case(ours) => None,
        Named::One(name) => Some(format!("the header temporal-namespace names `{name}`")),
        Named::Two => Some("the header temporal-namespace names `(two names)`".to_owned()),
    };
    let ours = match entrance {
        Entrance::Namespace(home) if home.authentication.takes_certificates() => {
            if let Some(why) = header_is(home.namespace) {
                return Some(why);
            }
            home.namespace
        }
        Entrance::Namespace(home) => {
            let key = match usable_key(scenario) {
                Ok(key) => key,
                Err(why) => return Some(why),
            };
            if let Some(why) = header_is(home.namespace) {
                return Some(why);
            }
            if let Some(why) = key_objection(key, home.namespace, None) {
                return Some(why);
            }
            home.namespace
        }
        Entrance::Region(region) => {
            let key = match usable_key(scenario) {
                Ok(key) => key,
                Err(why) => return Some(why),
            };
            let name = match named {
                Named::Nobody => {
                    return Some("no header temporal-namespace says which namespace is meant".to_owned());
                }
                Named::Two => return Some("the header temporal-namespace names `(two names)`".to_owned()),
                Named::One(name) => name,
            };
            if let Some(why) = key_objection(key, name, Some(region)) {
                return Some(why);
            }
            name
        }
    };
    match request.body {
        [Part::Own(1)] if scenario.home.namespace == ours => None,
        [Part::Own(1)] => Some(format!("the field namespace of the request names `{}`", scenario.home.namespace)),
        [Part::Text(1, name)] if *name == ours => None,
        [Part::Text(1, name)] => Some(format!("the field namespace of the request names `{name}`")),
        _ => Some("the request names no namespace".to_owned()),
    }
}

/// Another endpoint of the cloud's than the connection's; any other host is nobody's business.
fn is_elsewhere(authority: &str, entrance: &Entrance) -> bool {
    let host = authority.rsplit_once(':').map_or(authority, |(host, _)| host).trim_end_matches('.').to_lowercase();
    let region = REGIONS.iter().find(|(_, other)| host == *other).map(|(region, _)| *region);
    match (region, host.strip_suffix(".tmprl.cloud"), entrance) {
        (Some(region), _, Entrance::Region(ours)) => region != *ours,
        (None, Some(name), Entrance::Namespace(home)) => name != home.namespace,
        (None, None, _) => host.ends_with(".api.temporal.io"),
        _ => true,
    }
}

enum Named {
    Nobody,
    One(&'static str),
    Two,
}

fn named_in_header(request: &Request, home: &Home) -> Named {
    match request.header {
        Header::Own => Named::One(home.namespace),
        Header::Lines([]) => Named::Nobody,
        Header::Lines([first, rest @ ..]) if rest.iter().all(|other| other == first) => Named::One(first),
        Header::Lines(_) => Named::Two,
    }
}

/// The namespaces that the key reaches which the call shows, if it shows one that holds.
fn usable_key(scenario: &Scenario) -> Result<&'static [&'static str], String> {
    let shown = match scenario.keys {
        [line] => line.strip_prefix("Bearer "),
        _ => None,
    };
    let Some(shown) = shown else {
        return Err("no API key: the header authorization is not `Bearer …`".to_owned());
    };
    match KEYS.iter().find(|key| key.secret == shown) {
        None => Err("the API key is unknown".to_owned()),
        Some(key) if key.state == KeyState::Disabled => Err("the API key is disabled".to_owned()),
        Some(key) if key.state == KeyState::Expired => Err("the API key has expired".to_owned()),
        Some(key) => Ok(key.namespaces),
    }
}

fn key_objection(reaches: &[&str], namespace: &str, at: Option<&str>) -> Option<String> {
    if !reaches.contains(&namespace) {
        return Some(format!("the API key is not for {namespace}"));
    }
    let Some(home) = WORLD.iter().find(|home| home.namespace == namespace) else {
        return Some(format!("no namespace is called `{namespace}`"));
    };
    if home.authentication == Authentication::Mtls {
        return Some(format!("{namespace} takes no API keys"));
    }
    let region = at.filter(|region| home.region != Some(*region))?;
    Some(format!("{namespace} is not in {region}"))
}

/// What a namespace that was made by the one recipe has against a client that was made by the other.
pub fn judge(client: &Recipe, bundle: &Recipe, at: OffsetDateTime) -> Option<(Stage, Alert)> {
    if let Some(fault) = Hierarchy::new(client, bundle, at).fault() {
        return Some((Stage::Chain, fault.alert()));
    }
    if client.client_key == ClientKey::Foreign {
        return Some((Stage::Prove, Alert::DECRYPT_ERROR));
    }
    let filters = bundle.filters.as_deref().unwrap_or_default();
    let matches =
        |filter: &[(Field, String)]| filter.iter().all(|(field, pattern)| has(&client.client, *field, pattern));
    if !filters.is_empty() && !filters.iter().any(|filter| matches(filter)) {
        return Some((Stage::Filter, Alert::BAD_CERTIFICATE));
    }
    None
}

/// Why a chain is refused, the less telling first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Fault {
    IssuerUnknown,
    BadSignature,
    WeakSignature,
    /// Of any certificate or of the whole chain.
    Bad,
    OutOfTime,
}

impl Fault {
    fn alert(self) -> Alert {
        match self {
            Self::IssuerUnknown | Self::BadSignature | Self::WeakSignature => Alert::UNKNOWN_CA,
            Self::Bad => Alert::BAD_CERTIFICATE,
            Self::OutOfTime => Alert::CERTIFICATE_EXPIRED,
        }
    }

    /// What is said of several paths is what was found at the one that came furthest, and most telling first.
    fn rank(self) -> u8 {
        match self {
            Self::IssuerUnknown => 0,
            Self::BadSignature => 1,
            Self::WeakSignature => 2,
            Self::Bad | Self::OutOfTime => 3,
        }
    }
}

/// A certificate as its recipe says it is.
#[derive(Clone, Copy)]
struct Member<'r> {
    spec: &'r Spec,
    /// Whose key signed it.
    signer: Key<'r>,
    /// What it says of its issuer's name.
    issuer: &'r DistinguishedName,
    key: Key<'r>,
    /// In the namespace's bundle, and signed by itself.
    is_root: bool,
}

/// Keys of one recipe are the same where their labels and kinds are.
type Key<'r> = (&'r str, &'r str, KeyKind);

fn key<'r>(recipe: &'r Recipe, spec: &'r Spec) -> Key<'r> {
    (&recipe.namespace, &spec.label, spec.key)
}

struct Hierarchy<'r> {
    leaf: Member<'r>,
    /// Those of the bundle, then those that the client sends.
    others: Vec<Member<'r>>,
    at: OffsetDateTime,
}

impl<'r> Hierarchy<'r> {
    fn new(client: &'r Recipe, bundle: &'r Recipe, at: OffsetDateTime) -> Self {
        let issuer =
            |recipe: &'r Recipe, position: usize| &recipe.authorities[position.min(recipe.authorities.len() - 1)].spec;
        let authority = |recipe: &'r Recipe, authority: &'r Authority, in_bundle: bool| {
            let above = issuer(recipe, authority.issuer);
            let issuer = authority.issuer_name.as_ref().unwrap_or(&above.subject);
            let own = key(recipe, &authority.spec);
            let signer = key(recipe, above);
            // Nothing rests on the signature of a root, and a weak one is not looked at.
            let holds = authority.spec.damage.is_none() || is_weak(&authority.spec, signer.2);
            let is_root = in_bundle && *issuer == authority.spec.subject && signer == own && holds;
            Member { spec: &authority.spec, signer, issuer, key: own, is_root }
        };
        let stored = bundle.authorities.iter().filter(|ca| ca.in_bundle).map(|ca| authority(bundle, ca, true));
        // From the leaf up, as they are sent.
        let sent = client.authorities.iter().rev().filter(|ca| ca.sent).map(|ca| authority(client, ca, false));
        let above = issuer(client, client.client_issuer);
        let leaf = Member {
            spec: &client.client,
            signer: key(client, above),
            issuer: &above.subject,
            key: key(client, &client.client),
            is_root: false,
        };
        Self { leaf, others: stored.chain(sent).collect(), at }
    }

    fn fault(&self) -> Option<Fault> {
        self.certificate_fault(self.leaf.spec)
            .or_else(|| self.climb(&mut vec![self.leaf]).err().map(|(_, fault)| fault))
    }

    /// The worst of its faults alone; its validity is looked at first.
    fn certificate_fault(&self, spec: &Spec) -> Option<Fault> {
        if self.at < spec.not_before || self.at > spec.not_after {
            return Some(Fault::OutOfTime);
        }
        (!spec.critical.is_empty()).then_some(Fault::Bad)
    }

    /// The fault of the path that came furthest, with the length of that.
    fn climb(&self, path: &mut Vec<Member<'r>>) -> Result<(), (usize, Fault)> {
        let last = path[path.len() - 1];
        if last.is_root {
            return whole(path).map_or(Ok(()), |fault| Err((path.len(), fault)));
        }
        let mut worst: Option<(usize, Fault)> = None;
        let mut note = |length, fault: Fault| {
            if worst.is_none_or(|(known, other)| (fault.rank(), length) > (other.rank(), known)) {
                worst = Some((length, fault));
            }
        };
        let is_on_path = |path: &[Member<'r>], other: &Member<'r>| {
            path.iter().any(|member| member.spec.subject == other.spec.subject && member.key == other.key)
        };
        for issuer in self.others.iter().filter(|other| other.spec.subject.write() == last.issuer.write()) {
            if is_on_path(path, issuer) {
                continue;
            }
            if let Some(fault) = signature_fault(&last, issuer) {
                note(path.len(), fault);
            } else if let Some(fault) = self.issuer_fault(issuer, path) {
                note(path.len() + 1, fault);
            } else {
                path.push(*issuer);
                let found = self.climb(path);
                path.pop();
                match found {
                    Ok(()) => return Ok(()),
                    Err((length, fault)) => note(length, fault),
                }
            }
        }
        Err(worst.unwrap_or((path.len(), Fault::IssuerUnknown)))
    }

    fn issuer_fault(&self, issuer: &Member<'r>, below: &[Member<'r>]) -> Option<Fault> {
        if let Some(fault) = self.certificate_fault(issuer.spec) {
            return Some(fault);
        }
        let spec = issuer.spec;
        let Some((true, depth)) = spec.basic_constraints else { return Some(Fault::Bad) };
        let may_sign = spec.key_usage.is_empty() || spec.key_usage.contains(&KeyUsagePurpose::KeyCertSign);
        let is_too_deep = depth.is_some_and(|depth| below.len() - 1 > usize::from(depth));
        let is_outside = below.iter().flat_map(|member| &member.spec.dns).any(|name| {
            (!spec.permitted_dns.is_empty() && !spec.permitted_dns.iter().any(|base| lies_in(name, base)))
                || spec.excluded_dns.iter().any(|base| lies_in(name, base) || may_lie_in(name, base))
        });
        (!may_sign || is_too_deep || is_outside).then_some(Fault::Bad)
    }
}

/// Signatures of Ed25519 have the one hash that they have.
fn is_weak(spec: &Spec, signer: KeyKind) -> bool {
    signer != KeyKind::Ed25519 && matches!(spec.hash, Some(SigningHash::Md5 | SigningHash::Sha1))
}

/// A domain holds itself and what is below it; with a leading dot only what is below it.
fn lies_in(name: &str, base: &str) -> bool {
    let (name, base) = (name.to_lowercase(), base.to_lowercase());
    base.is_empty() || name == base || name.ends_with(&format!(".{}", base.trim_start_matches('.')))
}

/// A wildcard stands for one more label.
fn may_lie_in(name: &str, base: &str) -> bool {
    let (name, base) = (name.to_lowercase(), base.to_lowercase());
    name.strip_prefix("*.").is_some_and(|rest| base.split_once('.').is_some_and(|(_, above)| above == rest))
}

fn signature_fault(certificate: &Member<'_>, issuer: &Member<'_>) -> Option<Fault> {
    match certificate.spec {
        spec if is_weak(spec, certificate.signer.2) => Some(Fault::WeakSignature),
        _ if certificate.spec.damage.is_some() || certificate.signer != issuer.key => Some(Fault::BadSignature),
        _ => None,
    }
}

/// What only a complete path can be judged by, leaf first.
fn whole(path: &[Member<'_>]) -> Option<Fault> {
    let leaf = path[0].spec;
    let excludes_clients = |member: &Member<'_>| {
        let purposes = &member.spec.purposes;
        !purposes.is_empty() && !purposes.contains(&Purpose::ClientAuth) && !purposes.contains(&Purpose::Any)
    };
    let is_ca = matches!(leaf.basic_constraints, Some((true, _)));
    let cannot_sign = !leaf.key_usage.is_empty() && !leaf.key_usage.contains(&KeyUsagePurpose::DigitalSignature);
    let name = |member: &Member<'_>| folded(&member.spec.subject);
    let repeats =
        path.iter().enumerate().any(|(at, member)| path[at + 1..].iter().any(|other| name(other) == name(member)));
    let signed_by_other_kind = path.get(1).is_some_and(|issuer| issuer.spec.key == KeyKind::Ed25519);
    let is_bad = path.iter().any(excludes_clients)
        || is_ca
        || cannot_sign
        || leaf.key == KeyKind::Ed25519
        || signed_by_other_kind
        || repeats;
    is_bad.then_some(Fault::Bad)
}

/// Names are compared without case.
fn folded(name: &DistinguishedName) -> Vec<u8> {
    name.map(crate::forge::issue::StringType::Utf8, str::to_lowercase).write()
}

/// Whether a certificate has a value that a pattern matches, whatever the case; `*` stands at one end of it.
fn has(spec: &Spec, field: Field, pattern: &str) -> bool {
    let values: Vec<String> = match field {
        Field::CommonName => spec.subject.values("2.5.4.3").collect(),
        Field::Organization => spec.subject.values("2.5.4.10").collect(),
        Field::OrganizationalUnit => spec.subject.values("2.5.4.11").collect(),
        Field::SubjectAlternativeName => {
            let addresses = spec.ip.iter().map(ToString::to_string);
            spec.dns.iter().chain(&spec.email).chain(&spec.uri).cloned().chain(addresses).collect()
        }
    };
    let pattern = pattern.to_lowercase();
    values.iter().map(|value| value.to_lowercase()).any(|value| {
        match (pattern.strip_prefix('*'), pattern.strip_suffix('*')) {
            (Some(end), _) => value.ends_with(end),
            (None, Some(start)) => value.starts_with(start),
            (None, None) => value == pattern,
        }
    })
}
