//! JUDGING: one rule, one file. This room opens no file and no socket, and knows neither wire nor forge.
//!
//! A [`Rule`] is a static with a [`Check`], whose variant says what the rule applies to. [`ALL`] lists them in the
//! order in which they are reported; [`run`] judges a kit.

mod bundle_duplicate;
mod bundle_issuer_missing;
mod bundle_public_ca;
mod bundle_public_ca_unfiltered;
mod bundle_same_name;
mod bundle_size_doubtful;
mod bundle_too_large;
mod bundle_too_many;
mod bundle_without_certificate;
mod ca_basic_constraints_absent;
mod ca_basic_constraints_not_critical;
mod ca_cert_sign_missing;
mod ca_expired;
mod ca_expires_soon;
mod ca_is_leaf;
mod ca_key_algorithm;
mod ca_key_small;
mod ca_malformed;
mod ca_not_ca;
mod ca_not_yet_valid;
mod ca_signature_pss;
mod ca_signature_weak;
mod ca_version;
mod chain_ca_expired;
mod chain_ca_not_yet_valid;
mod chain_cert_sign_missing;
mod chain_certificate_malformed;
mod chain_critical_extension;
mod chain_issuer_ambiguous;
mod chain_issuer_missing;
mod chain_issuer_not_ca;
mod chain_key_id_wrong;
mod chain_name_constrained;
mod chain_name_repeated;
mod chain_not_judged;
mod chain_over_limit;
mod chain_path_too_long;
mod chain_policy_missing;
mod chain_purpose_excluded;
mod chain_signature_pss;
mod chain_signature_weak;
mod chain_signature_wrong;
mod filter_duplicate;
mod filter_empty;
mod filter_field_unknown;
mod filter_file_unreadable;
mod filter_list_empty;
mod filter_no_match;
mod filter_shadowed;
mod filter_spelling;
mod filter_too_many;
mod filter_value_spaced;
mod filter_wildcard_invalid;
mod key_encrypted;
mod key_mismatch;
mod key_missing;
mod key_not_pkcs8;
mod key_unreadable;
mod leaf_basic_constraints_absent;
mod leaf_expired;
mod leaf_expires_soon;
mod leaf_is_ca;
mod leaf_key_algorithm;
mod leaf_key_small;
mod leaf_key_usage_absent;
mod leaf_key_usage_wrong;
mod leaf_missing;
mod leaf_not_yet_valid;
mod leaf_outlives_ca;
mod leaf_purpose_wrong;
mod leaf_signature_algorithm;
mod leaf_version;
mod namespace_invalid;
mod namespace_long;
mod namespace_upper_case;
mod namespace_without_account;
mod pem_base64;
mod pem_base64_missing;
mod pem_base64_twice;
mod pem_begin_indented;
mod pem_block_empty;
mod pem_blocks_glued;
mod pem_boundary_malformed;
mod pem_byte_order_mark;
mod pem_carriage_return_only;
mod pem_certificate_unreadable;
mod pem_crlf;
mod pem_der;
mod pem_empty;
mod pem_end_mismatched;
mod pem_end_missing;
mod pem_escaped_newlines;
mod pem_foreign_block;
mod pem_headers;
mod pem_label_old;
mod pem_not_base64;
mod pem_pkcs12;
mod pem_pkcs7;
mod pem_private_key;
mod pem_text_between;
mod pem_text_trailing;
mod pem_truncated;
mod pem_trusted_certificate;
mod pem_unrecognised;
mod pem_utf16;
mod public_ca;
mod server_root_is_client_ca;
mod server_root_replaces_public;

pub mod forecast;

use std::cell::{OnceCell, RefCell};
use std::path::Path;
use std::sync::Arc;

use time::{Duration, OffsetDateTime};

use crate::cloud::filter::FilterEntry;
use crate::cloud::kit::GivenFilters;
use crate::cloud::{Breaks, Kit, Profile, Requirement};
use crate::pki::certificate::{Curve, PublicKey};
use crate::pki::chain::{self, Anchors, ChainFault, Links, SignatureCheck, VerifiedChain};
use crate::pki::clock::rfc3339;
use crate::pki::key::KeyFile;
use crate::pki::name::printable;
use crate::pki::pem::{Block, BlockFault, Container, Segment, Text};
use crate::pki::source::Carried;
use crate::pki::{Bundle, Certificate, Content, Entry};
use crate::report::{Case, Finding, Place, QuotedLine, Severity, Subject, Topic, Verdict, plural};

/// One demand, how it is judged, and what a failure breaks.
#[derive(Debug)]
pub struct Rule {
    /// Kebab case; names the bad thing. Its prefix says what it looks at.
    pub id: &'static str,
    pub severity: Severity,
    pub title: &'static str,
    pub docs: &'static str,
    pub fix: &'static str,
    pub requirement: &'static Requirement,
    pub breaks: Breaks,
    pub check: Check,
}

/// How a rule judges; the variant is what it applies to.
#[derive(Debug, Clone, Copy)]
pub enum Check {
    /// The armour of a PEM file, whatever is in it: the bundle and the client's file.
    Container(fn(&Bundle, Role) -> Verdict),
    /// The bundle as a whole.
    Bundle(fn(&Bundle, &Context<'_>) -> Verdict),
    /// Each certificate of the bundle.
    Authority(fn(&Seat<'_>, &Context<'_>) -> Verdict),
    /// The file that the client presents its certificates from.
    Client(fn(&Bundle, &Context<'_>) -> Verdict),
    /// The client's own certificate.
    Leaf(fn(&Seat<'_>, &Context<'_>) -> Verdict),
    Key(fn(&KeyFile, &Context<'_>) -> Verdict),
    /// The path from the leaf to a root of the bundle.
    Chain(fn(&Result<VerifiedChain, ChainFault>, &Context<'_>) -> Verdict),
    Filters(fn(&GivenFilters, &Context<'_>) -> Verdict),
    /// The file that the client judges servers by.
    ServerRoot(fn(&Bundle, &Context<'_>) -> Verdict),
    /// The namespace as the user wrote it.
    Namespace(fn(&str, &Context<'_>) -> Verdict),
}

/// What a file was given as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// The CA bundle, which gets uploaded.
    Bundle,
    /// The client's leaf and intermediates, which stay with the client.
    Client,
    /// What the client judges servers by.
    ServerRoot,
}

/// A certificate with the block that it stands in.
#[derive(Debug, Clone, Copy)]
pub struct Seat<'a> {
    pub file: &'a Bundle,
    pub entry: &'a Entry,
    pub certificate: &'a Arc<Certificate>,
}

impl Seat<'_> {
    pub fn place(&self) -> Place {
        self.file.place(self.entry)
    }

    /// "certificate 2 `CN=acme`".
    pub fn name(&self) -> String {
        format!("certificate {} `{}`", self.entry.index, self.certificate.subject)
    }
}

/// What rules may look at beside their own subject.
#[derive(Debug)]
pub struct Context<'a> {
    pub kit: &'a Kit,
    pub now: OffsetDateTime,
    pub expiry_windows: &'a [Duration],
    pub anchors: Anchors,
    links: RefCell<Links>,
}

impl<'a> Context<'a> {
    pub fn new(kit: &'a Kit, terms: &'a Terms) -> Self {
        let Terms { now, expiry_windows, .. } = terms;
        let anchors = Anchors::new(kit.authorities());
        Self { kit, now: *now, expiry_windows, anchors, links: RefCell::default() }
    }

    /// Whether the key of `issuer` signed `certificate`; both are of the kit, and no signature is checked twice.
    pub fn signed_by(&self, certificate: &Arc<Certificate>, issuer: &Arc<Certificate>) -> SignatureCheck {
        self.links.borrow_mut().signed_by(certificate, issuer)
    }

    /// The client's own certificate with its block.
    pub fn leaf_seat(&self) -> Option<Seat<'a>> {
        let (file, entry) = (self.kit.client.as_ref()?, self.kit.client_seat()?);
        Some(Seat { file, entry, certificate: entry.certificate()? })
    }

    /// Where a certificate of the kit stands: the client's file first.
    pub fn locate(&self, certificate: &Certificate) -> Option<Seat<'a>> {
        let files = [&self.kit.client, &self.kit.bundle];
        files
            .into_iter()
            .flatten()
            .find_map(|file| seats(file).find(|seat| std::ptr::eq(seat.certificate.as_ref(), certificate)))
    }
}

/// The readable certificates of a file.
pub fn seats(file: &Bundle) -> impl Iterator<Item = Seat<'_>> {
    file.certificates().map(move |(entry, certificate)| Seat { file, entry, certificate })
}

/// Every rule, in the order in which cases are reported.
pub static ALL: &[&Rule] = &[
    &pem_empty::RULE,
    &pem_der::RULE,
    &pem_pkcs7::RULE,
    &pem_pkcs12::RULE,
    &pem_base64::RULE,
    &pem_base64_missing::RULE,
    &pem_base64_twice::RULE,
    &pem_escaped_newlines::RULE,
    &pem_utf16::RULE,
    &pem_unrecognised::RULE,
    &pem_byte_order_mark::RULE,
    &pem_carriage_return_only::RULE,
    &pem_crlf::RULE,
    &pem_begin_indented::RULE,
    &pem_blocks_glued::RULE,
    &pem_boundary_malformed::RULE,
    &pem_end_missing::RULE,
    &pem_end_mismatched::RULE,
    &pem_not_base64::RULE,
    &pem_truncated::RULE,
    &pem_block_empty::RULE,
    &pem_headers::RULE,
    &pem_label_old::RULE,
    &pem_text_between::RULE,
    &pem_text_trailing::RULE,
    &pem_private_key::RULE,
    &pem_trusted_certificate::RULE,
    &pem_foreign_block::RULE,
    &pem_certificate_unreadable::RULE,
    &bundle_without_certificate::RULE,
    &bundle_too_many::RULE,
    &bundle_too_large::RULE,
    &bundle_size_doubtful::RULE,
    &bundle_duplicate::RULE,
    &bundle_same_name::RULE,
    &bundle_issuer_missing::RULE,
    &bundle_public_ca::RULE,
    &bundle_public_ca_unfiltered::RULE,
    &ca_version::RULE,
    &ca_basic_constraints_absent::RULE,
    &ca_basic_constraints_not_critical::RULE,
    &ca_is_leaf::RULE,
    &ca_not_ca::RULE,
    &ca_key_algorithm::RULE,
    &ca_signature_weak::RULE,
    &ca_signature_pss::RULE,
    &ca_expired::RULE,
    &ca_expires_soon::RULE,
    &ca_not_yet_valid::RULE,
    &ca_cert_sign_missing::RULE,
    &ca_key_small::RULE,
    &ca_malformed::RULE,
    &leaf_missing::RULE,
    &leaf_version::RULE,
    &leaf_is_ca::RULE,
    &leaf_basic_constraints_absent::RULE,
    &leaf_key_usage_absent::RULE,
    &leaf_key_usage_wrong::RULE,
    &leaf_purpose_wrong::RULE,
    &leaf_key_algorithm::RULE,
    &leaf_signature_algorithm::RULE,
    &leaf_key_small::RULE,
    &leaf_expired::RULE,
    &leaf_expires_soon::RULE,
    &leaf_not_yet_valid::RULE,
    &leaf_outlives_ca::RULE,
    &chain_issuer_missing::RULE,
    &chain_issuer_ambiguous::RULE,
    &chain_key_id_wrong::RULE,
    &chain_signature_wrong::RULE,
    &chain_signature_weak::RULE,
    &chain_signature_pss::RULE,
    &chain_ca_expired::RULE,
    &chain_ca_not_yet_valid::RULE,
    &chain_issuer_not_ca::RULE,
    &chain_cert_sign_missing::RULE,
    &chain_path_too_long::RULE,
    &chain_name_constrained::RULE,
    &chain_policy_missing::RULE,
    &chain_critical_extension::RULE,
    &chain_purpose_excluded::RULE,
    &chain_certificate_malformed::RULE,
    &chain_over_limit::RULE,
    &chain_not_judged::RULE,
    &chain_name_repeated::RULE,
    &key_missing::RULE,
    &key_encrypted::RULE,
    &key_unreadable::RULE,
    &key_mismatch::RULE,
    &key_not_pkcs8::RULE,
    &filter_file_unreadable::RULE,
    &filter_spelling::RULE,
    &filter_field_unknown::RULE,
    &filter_empty::RULE,
    &filter_wildcard_invalid::RULE,
    &filter_value_spaced::RULE,
    &filter_duplicate::RULE,
    &filter_shadowed::RULE,
    &filter_list_empty::RULE,
    &filter_too_many::RULE,
    &filter_no_match::RULE,
    &server_root_is_client_ca::RULE,
    &server_root_replaces_public::RULE,
    &namespace_without_account::RULE,
    &namespace_invalid::RULE,
    &namespace_upper_case::RULE,
    &namespace_long::RULE,
];

/// The rule of that id.
pub fn find(id: &str) -> Option<&'static Rule> {
    ALL.iter().copied().find(|rule| rule.id == id)
}

impl Rule {
    pub fn topic(&self) -> Topic {
        Topic {
            id: self.id,
            severity: self.severity,
            title: self.title,
            docs: self.docs,
            fix: self.fix,
            source: &self.requirement.evidence,
        }
    }

    fn case(&self, subject: Subject, verdict: Verdict) -> Case {
        let verdict = bounded(verdict);
        Case { topic: self.topic(), subject, verdict, breaks: self.breaks.label(), exchange: None }
    }
}

/// Certificates of a bundle that are judged one by one. The cloud takes 16, and who has more is told so.
const MOST_JUDGED: usize = 2_000;

/// Findings of one rule on one subject that are told one by one.
const MOST_FINDINGS: usize = 50;

fn bounded(verdict: Verdict) -> Verdict {
    match verdict {
        Verdict::Fail(mut findings) if findings.len() > MOST_FINDINGS => {
            let more = findings.len() - MOST_FINDINGS;
            findings.truncate(MOST_FINDINGS);
            if let Some(last) = findings.last_mut() {
                last.notes.push(format!("and {more} more of this kind, which are not listed"));
            }
            Verdict::Fail(findings)
        }
        verdict => verdict,
    }
}

/// By what a run judges.
#[derive(Debug, Clone)]
pub struct Terms {
    /// Whose demands count.
    pub profile: Profile,
    pub now: OffsetDateTime,
    /// Times before the end of a certificate, in any order: the widest decides what is warned of, the others how it is
    /// told. Nothing is warned of without one.
    pub expiry_windows: Vec<Duration>,
}

impl Terms {
    /// The cloud's profile, and warnings of expiry from 15 days before on, as the cloud's notifications do.
    pub fn at(now: OffsetDateTime) -> Self {
        Self { profile: Profile::CLOUD, now, expiry_windows: CLOUD_NOTICES.to_vec() }
    }
}

/// How long before the end of a CA the cloud notifies.
pub const CLOUD_NOTICES: [Duration; 3] = [Duration::days(15), Duration::days(10), Duration::days(5)];

/// Judges a kit by every rule whose authority counts in the profile. Files that were not given make no cases.
pub fn run(kit: &Kit, terms: &Terms) -> Vec<Case> {
    let mut cases = Vec::new();
    each(kit, terms, Passes::Told, |case| cases.push(case));
    cases
}

/// Whether anybody looks at the cases that pass; most do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Passes {
    Told,
    /// They come without a subject.
    Counted,
}

/// The same as [`run`], case by case, so that nobody has to keep them all.
pub fn each(kit: &Kit, terms: &Terms, passes: Passes, mut take: impl FnMut(Case)) {
    let context = Context::new(kit, terms);
    let docket = Docket {
        authorities: kit.bundle.iter().flat_map(seats).take(MOST_JUDGED).map(Known::new).collect(),
        leaf: context.leaf_seat().map(Known::new),
        chain: kit.leaf().filter(|_| kit.bundle.is_some()).map(|leaf| verify(&context, leaf)),
        context,
        passes,
    };
    let rules = ALL.iter().filter(|rule| terms.profile.counts(rule.requirement));
    rules.flat_map(|rule| docket.judge(rule)).for_each(&mut take);
}

/// A server parses everything that a client sends before it judges anything.
fn verify(context: &Context<'_>, leaf: &Arc<Certificate>) -> Result<VerifiedChain, ChainFault> {
    let Context { kit, anchors, links, now, .. } = context;
    match kit.unreadable_sent() {
        0 => chain::verify_with(leaf, &kit.sent(), anchors, *now, &mut links.borrow_mut()),
        blocks => Err(ChainFault::Unreadable { blocks }),
    }
}

/// A kit with what all rules share: who its certificates are, and whether they chain.
struct Docket<'a> {
    context: Context<'a>,
    authorities: Vec<Known<'a>>,
    leaf: Option<Known<'a>>,
    chain: Option<Result<VerifiedChain, ChainFault>>,
    passes: Passes,
}

/// A certificate, and how cases call it once one has to: digests and names cost more than most rules.
struct Known<'a> {
    seat: Seat<'a>,
    subject: OnceCell<Subject>,
}

impl<'a> Known<'a> {
    fn new(seat: Seat<'a>) -> Self {
        Self { seat, subject: OnceCell::new() }
    }

    fn case(&self, rule: &Rule, verdict: Verdict, passes: Passes) -> Case {
        let subject = match (&verdict, passes) {
            (Verdict::Pass, Passes::Counted) => Subject::default(),
            _ => self.subject.get_or_init(|| of_seat(&self.seat)).clone(),
        };
        rule.case(subject, verdict)
    }
}

impl Docket<'_> {
    fn judge(&self, rule: &Rule) -> Vec<Case> {
        let Self { context, authorities, leaf, chain, passes } = self;
        let kit = context.kit;
        let of_certificate = |known: &Known<'_>, check: fn(&Seat<'_>, &Context<'_>) -> Verdict| {
            known.case(rule, check(&known.seat, context), *passes)
        };
        match rule.check {
            Check::Container(check) => {
                let files =
                    [(&kit.bundle, Role::Bundle), (&kit.client, Role::Client), (&kit.server_root, Role::ServerRoot)];
                let given = files.into_iter().filter_map(|(file, role)| Some((file.as_ref()?, role)));
                given
                    .map(|(file, role)| rule.case(of_file(&file.path, file.carried.as_ref()), check(file, role)))
                    .collect()
            }
            Check::Bundle(check) => {
                let judge = |file: &Bundle| match file.holds_blocks() {
                    true => check(file, context),
                    false => Verdict::skip("no block can be read from the file"),
                };
                kit.bundle
                    .iter()
                    .map(|file| rule.case(of_file(&file.path, file.carried.as_ref()), judge(file)))
                    .collect()
            }
            Check::Authority(check) => authorities.iter().map(|known| of_certificate(known, check)).collect(),
            Check::Client(check) => kit
                .client
                .iter()
                .map(|file| rule.case(of_file(&file.path, file.carried.as_ref()), check(file, context)))
                .collect(),
            Check::Leaf(check) => leaf.iter().map(|known| of_certificate(known, check)).collect(),
            Check::Key(check) => kit
                .key
                .iter()
                .map(|key| rule.case(of_file(&key.path, key.carried.as_ref()), check(key, context)))
                .collect(),
            Check::Chain(check) => {
                let judged = leaf.iter().zip(chain);
                judged.map(|(known, chain)| known.case(rule, check(chain, context), *passes)).collect()
            }
            Check::Filters(check) => kit
                .filters
                .iter()
                .map(|given| rule.case(of_file(&given.path, given.carried.as_ref()), check(given, context)))
                .collect(),
            Check::ServerRoot(check) => kit
                .server_root
                .iter()
                .map(|file| rule.case(of_file(&file.path, file.carried.as_ref()), check(file, context)))
                .collect(),
            Check::Namespace(check) => {
                let judge = |name: &String| {
                    let subject = kit
                        .bundle
                        .as_ref()
                        .map_or_else(Subject::default, |bundle| of_file(&bundle.path, bundle.carried.as_ref()));
                    let verdict = match check(name, context) {
                        // A run may be about many namespaces.
                        Verdict::Fail(findings) => Verdict::of(findings.into_iter().map(|finding| {
                            let name = format!("`{}`", printable(name));
                            let message = match finding.message.contains(&name) {
                                true => finding.message,
                                false => format!("{name}: {}", finding.message),
                            };
                            Finding { message, ..finding }
                        })),
                        verdict => verdict,
                    };
                    rule.case(subject, verdict)
                };
                kit.namespace.iter().map(judge).collect()
            }
        }
    }
}

fn of_file(path: &Arc<str>, carried: Option<&Carried>) -> Subject {
    Subject { path: Some(path.clone()), member: member(carried), ..Subject::default() }
}

fn member(carried: Option<&Carried>) -> Option<Arc<str>> {
    carried.and_then(|carried| carried.member.clone())
}

fn of_seat(seat: &Seat<'_>) -> Subject {
    Subject {
        path: Some(seat.file.path.clone()),
        member: member(seat.file.carried.as_ref()),
        index: Some(seat.entry.index),
        subject: Some(seat.certificate.subject.to_string().into()),
        sha256: Some(seat.certificate.sha256().into()),
        sha1: Some(seat.certificate.sha1().into()),
    }
}

/// Fails when a file as a whole is of a kind that is not PEM.
fn container_is(file: &Bundle, wrong: Container, message: &str, help: Option<String>) -> Verdict {
    let finding = (file.scan.container == wrong).then(|| Finding::new(message).at(file.whole()));
    Verdict::of(finding.map(|finding| Finding { help, ..finding }))
}

/// A finding for each fault of a block's armour that `wording` has words for.
fn faulty_blocks(file: &Bundle, wording: impl Fn(&Entry, &BlockFault) -> Option<String>) -> Verdict {
    let faults = file.entries.iter().flat_map(|entry| entry.block.faults.iter().map(move |fault| (entry, fault)));
    Verdict::of(faults.filter_map(|(entry, fault)| Some(Finding::new(wording(entry, fault)?).at(file.place(entry)))))
}

/// Text outside the blocks that is not a boundary gone wrong.
fn texts(file: &Bundle) -> impl Iterator<Item = &Text> {
    file.scan.segments.iter().filter_map(|segment| match segment {
        Segment::Text(text) if text.mangled_boundary.is_none() => Some(text),
        _ => None,
    })
}

/// The key, where it is RSA below 2,048 bits or on a named curve below 256.
fn small_key(key: &PublicKey) -> Option<&PublicKey> {
    const SECP224R1: &str = "1.3.132.0.33";
    const PRIME192V1: &str = "1.2.840.10045.3.1.1";
    match key {
        PublicKey::Rsa { bits } if *bits < 2048 => Some(key),
        PublicKey::Ec(Curve::Other(curve)) if [SECP224R1, PRIME192V1].contains(&curve.as_str()) => Some(key),
        _ => None,
    }
}

/// A finding about the validity of a certificate; waiting and renewing do not mend one that is the wrong way round.
fn about_validity(finding: Finding, certificate: &Certificate) -> Finding {
    if certificate.not_before <= certificate.not_after {
        return finding;
    }
    let (begins, ends) = (rfc3339(certificate.not_before), rfc3339(certificate.not_after));
    finding
        .note(format!("its validity begins at {begins} and ends before, at {ends}: no time is inside it"))
        .help("issue it again, with an end that is behind its beginning")
}

/// Fails when there is no chain for a reason that `wanted` picks; it is also told whether the leaf is to blame.
fn chain_fault(
    chain: &Result<VerifiedChain, ChainFault>,
    context: &Context<'_>,
    wanted: fn(&ChainFault, bool) -> bool,
) -> Verdict {
    let Err(fault) = chain else { return Verdict::Pass };
    let is_leaf =
        |certificate: &Arc<Certificate>| context.kit.leaf().is_some_and(|leaf| leaf.der() == certificate.der());
    if !wanted(fault, fault.certificate().is_some_and(is_leaf)) {
        return Verdict::skip("the chain fails for another reason, before this could be judged");
    }
    if let ChainFault::Unreadable { .. } = fault
        && let Some(place) = first_unreadable(context.kit)
    {
        let finding = Finding::new(fault.to_string()).at(place);
        return Verdict::of([finding.help("copy the certificate again from its source, or remove the block")]);
    }
    let mut finding = Finding::new(fault.to_string());
    // A chain that is at fault as a whole begins with its leaf.
    let certificate = fault.certificate().or_else(|| context.kit.leaf());
    if let Some(seat) = certificate.and_then(|certificate| context.locate(certificate)) {
        finding = finding.at(seat.place());
    }
    if let ChainFault::Expired { certificate } | ChainFault::NotYetValid { certificate } = fault {
        finding = about_validity(finding, certificate);
    }
    if let ChainFault::BadSignature { certificate, issuer } = fault {
        if certificate.der() == issuer.der() {
            finding.message = format!("`{}` names itself as issuer, but its own key did not sign it", issuer.subject);
            finding = finding.help("copy the root certificate again from its source");
        } else if let Some(seat) = context.locate(issuer) {
            finding = finding.label(seat.place(), "has the issuer's name");
        }
    }
    Verdict::of([finding])
}

/// The first block that the client would send as a certificate, and that is none.
fn first_unreadable(kit: &Kit) -> Option<Place> {
    let file = kit.client.as_ref()?;
    let unreadable = |entry: &&Entry| matches!(entry.content, Content::Unreadable(_));
    file.entries.iter().find(unreadable).map(|entry| file.place(entry))
}

/// Warns of a certificate that is valid now and not any more at the end of the widest window.
fn expires_soon(seat: &Seat<'_>, context: &Context<'_>, notices: Notices) -> Verdict {
    let not_after = seat.certificate.not_after;
    let left = not_after - context.now;
    let mut windows = context.expiry_windows.to_vec();
    windows.sort_unstable_by(|one, other| other.cmp(one));
    let reached = windows.iter().filter(|window| left <= **window).count();
    if context.now > not_after || reached == 0 {
        return Verdict::Pass;
    }
    let message = format!("{} expires in {}, at {}", seat.name(), time_text(left), rfc3339(not_after));
    let finding = Finding::new(message).at(seat.place());
    Verdict::of([match window_reached(&windows, reached, notices) {
        Some(note) => finding.note(note),
        None => finding,
    }])
}

/// Who else warns at the cloud's windows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Notices {
    /// Of CAs that were uploaded the cloud warns.
    OfTheCloud,
    /// Of client certificates nobody does.
    Nobodys,
}

/// Which of several windows, the widest first, is the narrowest that a certificate is in; a single one needs no words.
fn window_reached(windows: &[Duration], reached: usize, notices: Notices) -> Option<String> {
    let window = windows.get(reached.checked_sub(1)?)?;
    let which = match reached {
        _ if windows.len() == 1 => return None,
        1 => "first",
        _ if reached == windows.len() => "last",
        2 => "second",
        3 => "third",
        _ => "next",
    };
    let before = window_text(*window);
    Some(if notices == Notices::OfTheCloud && *windows == CLOUD_NOTICES {
        format!("past the {which} of the cloud's notices, {before} before the end")
    } else {
        format!("within the {which} of {} windows, {before} before the end", windows.len())
    })
}

/// "5 days", or "less than 3 hours" where it is no day.
fn time_text(time: Duration) -> String {
    match time.whole_days() {
        0 => format!("less than {}", plural(time.whole_hours().unsigned_abs() as usize + 1, "hour")),
        days => plural(days.unsigned_abs() as usize, "day"),
    }
}

/// "5 days", in the largest unit of which it is a whole number.
fn window_text(window: Duration) -> String {
    const UNITS: [(i64, &str); 4] = [(86_400, "day"), (3_600, "hour"), (60, "minute"), (1, "second")];
    let seconds = window.whole_seconds();
    let (length, name) = UNITS.into_iter().find(|(length, _)| seconds % length == 0).unwrap_or((1, "second"));
    plural((seconds / length).unsigned_abs() as usize, name)
}

/// The command that writes a file anew, from the file's path and the path of the result as words for a shell.
///
/// The result never is the file itself: shells, and openssl too, empty what they write to before they read. `ending` has
/// a dot in it, which the last ending of a path has not.
/// A value inside a document is out of the reach of such commands; `certproof fix` takes it out.
fn conversion(path: &str, carried: Option<&Carried>, ending: &str, command: impl Fn(&str, &str) -> String) -> String {
    if carried.is_some_and(|carried| carried.member.is_some()) {
        let name = if path == "-" { "-".to_owned() } else { shell_word(path) };
        return format!("certproof fix {name} --output ca.fixed.pem");
    }
    if path == "-" {
        return command("/dev/stdin", ending);
    }
    let result = Path::new(path).with_extension(ending);
    command(&shell_word(path), &shell_word(&result.to_string_lossy()))
}

/// A path as one word. It may be a stranger's, so the shell finds nothing to expand in it.
pub fn shell_word(path: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || "/._-+=:,@%".contains(c);
    // What begins with a hyphen is an option to most programs.
    if path.starts_with('-') {
        return shell_word(&format!("./{path}"));
    }
    if path.chars().all(is_plain) { path.to_owned() } else { format!("'{}'", path.replace('\'', r"'\''")) }
}

/// Where a key stands: its block, or its whole file. Nothing of it is quoted.
fn key_place(key: &KeyFile, block: Option<&Block>) -> Place {
    let (path, member) = (key.path.clone(), member(key.carried.as_ref()));
    let locate = |first, last| key.carried.as_ref().map_or((first, last), |carried| carried.lines.locate(first, last));
    let Some(block) = block else {
        let (first_line, last_line) = locate(1, key.scan.line_count.max(1));
        return Place { path, member, first_line, last_line, quote: Vec::new() };
    };
    let lines = plural((block.last_line - block.first_line + 1) as usize, "line");
    let text = format!("({} block, {lines}, {} bytes, not shown)", block.label, block.bytes);
    let (first_line, last_line) = locate(block.first_line, block.last_line);
    let quote = vec![QuotedLine { number: first_line, text }];
    Place { path, member, first_line, last_line, quote }
}

/// The lines of one filter.
fn filter_place(given: &GivenFilters, entry: &FilterEntry) -> Place {
    given.place(entry.first_line, entry.last_line)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn ids_are_unique_and_begin_with_what_they_look_at() {
        let ids: BTreeSet<_> = ALL.iter().map(|rule| rule.id).collect();
        assert_eq!(ids.len(), ALL.len());
        for rule in ALL {
            let (prefix, rest) = rule.id.split_once('-').unwrap();
            assert!(rest.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-'));
            let known = match rule.check {
                Check::Container(_) => "pem",
                Check::Bundle(_) => "bundle",
                Check::Authority(_) => "ca",
                Check::Client(_) | Check::Leaf(_) => "leaf",
                Check::Key(_) => "key",
                Check::Chain(_) => "chain",
                Check::Filters(_) => "filter",
                Check::ServerRoot(_) => "server",
                Check::Namespace(_) => "namespace",
            };
            assert_eq!(known, prefix, "{}", rule.id);
        }
    }

    #[test]
    fn every_rule_is_documented_in_sentences() {
        for rule in ALL {
            let headline = format!("{}[{}]: {}", rule.severity, rule.id, rule.title);
            assert!(headline.chars().count() <= 80 && !rule.title.ends_with('.'), "{headline}");
            assert!(rule.docs.ends_with('.') && !rule.docs.contains("FILL IN"), "{}", rule.id);
            assert!(!rule.fix.is_empty() && !rule.fix.ends_with('.'), "{}", rule.id);
        }
    }

    #[test]
    fn the_window_that_is_told_is_the_narrowest_that_is_reached() {
        let said = |windows: &[Duration], reached| window_reached(windows, reached, Notices::OfTheCloud);
        let of_the_cloud = [
            "past the first of the cloud's notices, 15 days before the end",
            "past the second of the cloud's notices, 10 days before the end",
            "past the last of the cloud's notices, 5 days before the end",
        ];
        for (position, expected) in of_the_cloud.into_iter().enumerate() {
            assert_eq!(said(&CLOUD_NOTICES, position + 1).as_deref(), Some(expected));
        }
        let own = [Duration::days(30), Duration::hours(36)];
        assert_eq!(said(&own, 2).as_deref(), Some("within the last of 2 windows, 36 hours before the end"));
        assert_eq!(said(&own[..1], 1), None);
        let nobodys = window_reached(&CLOUD_NOTICES, 3, Notices::Nobodys);
        assert_eq!(nobodys.as_deref(), Some("within the last of 3 windows, 5 days before the end"));
    }

    #[test]
    fn a_conversion_never_writes_onto_its_input() {
        let words = |path: &str| conversion(path, None, "fixed.pem", |from, to| format!("{from} {to}"));
        assert_eq!(words("kit/ca.pem"), "kit/ca.pem kit/ca.fixed.pem");
        assert_eq!(words("ca.fixed.pem"), "ca.fixed.pem ca.fixed.fixed.pem");
        assert_eq!(words("v1.2/ca"), "v1.2/ca v1.2/ca.fixed.pem");
        assert_eq!(words("-"), "/dev/stdin fixed.pem");
    }

    #[test]
    fn a_path_is_one_word_in_which_a_shell_expands_nothing() {
        assert_eq!(shell_word("my ca.pem"), "'my ca.pem'");
        assert_eq!(shell_word("$(id).pem"), "'$(id).pem'");
        assert_eq!(shell_word("a'b"), r"'a'\''b'");
    }

    #[test]
    fn only_what_is_said_of_a_client_breaks_its_connection() {
        for rule in ALL {
            if let Breaks::Connect(_) = rule.breaks {
                let of_client = matches!(
                    rule.check,
                    Check::Client(_)
                        | Check::Leaf(_)
                        | Check::Key(_)
                        | Check::Chain(_)
                        | Check::Filters(_)
                        | Check::ServerRoot(_)
                );
                assert!(of_client, "{}", rule.id);
            }
        }
    }
}
