//! The catalogue of flaws as test cases in the JSON of x509-limbo, so that other validators can be run on them.
//!
//! A case is a chain: flaws of armour, keys, filters and names of namespaces have none, and stay out. What is expected is
//! what Go's crypto/x509 says, to which `cargo xtask interop` holds our judge; demands of the cloud beyond that do not
//! count. The kind is CLIENT: client certificates are validated.

use serde::Serialize;
use time::OffsetDateTime;

use super::Failure;
use crate::cloud::Kit;
use crate::forge::flaw::{self, Edit, harmless};
use crate::forge::{Recipe, flaw::Flaw};
use crate::pki::chain::{self, Anchors, ChainFault};
use crate::pki::clock::rfc3339;
use crate::pki::pem::encode_certificates;
use crate::report::json;

#[derive(Debug, Serialize)]
struct Suite {
    version: u32,
    testcases: Vec<Case>,
}

/// Fields as x509-limbo's schema, version 1, names them.
#[derive(Debug, Serialize)]
struct Case {
    id: String,
    conflicts_with: [&'static str; 0],
    features: [&'static str; 0],
    description: String,
    validation_kind: &'static str,
    trusted_certs: Vec<String>,
    untrusted_intermediates: Vec<String>,
    peer_certificate: String,
    peer_certificate_key: Option<&'static str>,
    validation_time: String,
    signature_algorithms: [&'static str; 0],
    key_usage: [&'static str; 0],
    extended_key_usage: [&'static str; 1],
    expected_result: &'static str,
    expected_peer_name: Option<&'static str>,
    expected_peer_names: [&'static str; 0],
    max_chain_depth: Option<u32>,
}

/// The cases of every flaw that is one of a chain, of every harmless variation, and of the good hierarchy.
pub fn print(recipe: &Recipe, at: OffsetDateTime) -> Result<String, Failure> {
    let mut testcases =
        vec![case("good", "a root, an intermediate and a client as they should be", &recipe.forge()?.files, at)];
    let flaws = flaw::ALL.iter().filter(|flaw| matches!(flaw.edit, Edit::Recipe(_)));
    for Flaw { id, title, .. } in flaws {
        testcases.push(case(id, title, &flaw::forge(id, recipe)?, at));
    }
    for variation in harmless::ALL.iter().filter(|variation| matches!(variation.edit, Edit::Recipe(_))) {
        testcases.push(case(variation.id, variation.title, &variation.pair(recipe)?.1, at));
    }
    let suite = Suite { version: 1, testcases: testcases.into_iter().flatten().collect() };
    Ok(json::pretty(&suite))
}

/// None where there is no chain, or where our crypto cannot judge it.
fn case(id: &str, title: &str, files: &crate::cloud::kit::Files, at: OffsetDateTime) -> Option<Case> {
    let kit = Kit::read(files);
    let leaf = kit.leaf()?;
    let sent = kit.sent();
    let verdict = chain::verify(leaf, &sent, &Anchors::new(kit.authorities()), at);
    if kit.unreadable_sent() > 0 || matches!(verdict, Err(ChainFault::NotJudged { .. })) {
        return None;
    }
    let pem = |certificate: &crate::pki::Certificate| encode_certificates(&[certificate.der().to_vec()]);
    let (result, reason) = match &verdict {
        Ok(_) => ("SUCCESS", String::new()),
        Err(fault) => ("FAILURE", format!(" ({fault})")),
    };
    Some(Case {
        id: format!("certproof::{}", id.replace('/', "::")),
        conflicts_with: [],
        features: [],
        description: format!("{title}{reason}"),
        validation_kind: "CLIENT",
        trusted_certs: kit.authorities().iter().map(|certificate| pem(certificate)).collect(),
        untrusted_intermediates: sent.iter().map(|certificate| pem(certificate)).collect(),
        peer_certificate: pem(leaf),
        peer_certificate_key: None,
        validation_time: rfc3339(at),
        signature_algorithms: [],
        key_usage: [],
        extended_key_usage: ["clientAuth"],
        expected_result: result,
        expected_peer_name: None,
        expected_peer_names: [],
        max_chain_depth: None,
    })
}
