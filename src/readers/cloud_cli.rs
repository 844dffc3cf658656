//! The cloud CLI: `cert-ca create` parses like tcld and ignores what stands behind the last block.

use super::go_upload::Row;
use super::overlooked::{overlooked, sent_as_it_is};
use super::{Answer, Given, Says, Way, tcld};
use crate::report::{Basis, Evidence};

static RAW: Evidence = Evidence {
    basis: Basis::Documented,
    gist: "the source reads the file into the request of `namespace create` without parsing it",
    link: "https://github.com/temporalio/cloud-cli/blob/main/temporalcloudcli/commands.namespace.go",
    read: "2026-08-12",
};

static CREATE: Evidence = Evidence {
    basis: Basis::Documented,
    gist: "the source decodes every PEM block whatever its label, stops at what is none, parses all with \
           x509.ParseCertificates, and answers an empty list with its own words",
    link: "https://github.com/temporalio/cloud-cli/blob/main/internal/cert/ca.go",
    read: "2026-08-12",
};

pub fn read(given: &Given<'_>) -> (Answer, Vec<Way>) {
    let raw = Way {
        how: "temporal cloud namespace create",
        answer: None,
        seen: Vec::new(),
        remarks: sent_as_it_is(given),
        says: None,
        evidence: &RAW,
    };
    let row = Row::read(given.bytes);
    let says = match row.error() {
        Some(error) => Some(error.clone()),
        None if row.parsed.certificates.is_empty() => Some(Says::Exactly("invalid certificate".to_owned())),
        None => row.unpaired(),
    };
    let answer = if says.is_some() { Answer::Refused } else { Answer::Accepted };
    let passed = overlooked(given, &row.blocks);
    let remarks = if says.is_some() {
        passed.iter().map(|passed| passed.dropped("is passed over")).collect()
    } else {
        let behind = passed.iter().filter(|passed| passed.before.is_none());
        let behind = behind.map(|passed| passed.dropped("stands behind the last block and is left out"));
        tcld::sent_along(given, &row).into_iter().chain(behind).collect()
    };
    let how = "temporal cloud namespace mtls cert-ca create";
    let create = Way { how, answer: Some(answer), seen: row.seen(given), remarks, says, evidence: &CREATE };
    (answer, vec![raw, create])
}
