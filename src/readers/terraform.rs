//! The Terraform provider: it sends what it is given, and compares bundles in a normal form.

use super::go_upload::Row;
use super::overlooked::{overlooked, sent_as_it_is};
use super::{Answer, Effect, Given, Remark, Says, Way};
use crate::report::{Basis, Evidence};

static APPLY: Evidence = Evidence {
    basis: Basis::Documented,
    gist: "the provider's source undoes the base64 of accepted_client_ca and puts the bytes into the request",
    link: "https://github.com/temporalio/terraform-provider-temporalcloud/blob/main/internal/provider/namespace_resource.go",
    read: "2026-06-22",
};

static COMPARE: Evidence = Evidence {
    basis: Basis::Documented,
    gist: "the provider's source compares bundles by a normal form: every PEM block, whatever its label, parsed with \
           x509.ParseCertificates and encoded again, back to back; it says that the cloud does the same",
    link: "https://github.com/temporalio/terraform-provider-temporalcloud/blob/main/internal/types/encoded_ca.go",
    read: "2026-06-22",
};

pub fn read(given: &Given<'_>) -> (Answer, Vec<Way>) {
    let apply = Way {
        how: "what terraform apply sends of accepted_client_ca",
        answer: None,
        seen: Vec::new(),
        remarks: sent_as_it_is(given),
        says: None,
        evidence: &APPLY,
    };
    let row = Row::read(given.bytes);
    let says = if given.bytes.is_empty() {
        Some(Says::Exactly("no certificates received".to_owned()))
    } else if !is_white(row.rest(given.bytes)) {
        Some(Says::Exactly("malformed certificates".to_owned()))
    } else {
        row.error().cloned()
    };
    let answer = if says.is_some() { Answer::Refused } else { Answer::Accepted };
    let passed = overlooked(given, &row.blocks);
    let how = if says.is_some() { "is passed over" } else { "is not in the normal form" };
    let mut remarks: Vec<_> = passed.iter().map(|passed| passed.dropped(how)).collect();
    if says.is_none() {
        let foreign = row.blocks.iter().filter(|block| block.label != "CERTIFICATE" && !block.der.is_empty());
        remarks.extend(foreign.map(|block| Remark {
            lines: Some((given.lines.at(block.begin), given.lines.at(block.end - 1))),
            effect: Effect::Note,
            text: "its label becomes CERTIFICATE in the normal form".to_owned(),
        }));
        if row.parsed.certificates.is_empty() {
            let text = "the normal form holds no certificate at all, and that is no error".to_owned();
            remarks.push(Remark { lines: None, effect: Effect::Lost, text });
        }
    }
    let how = "how the provider compares accepted_client_ca";
    let compare = Way { how, answer: Some(answer), seen: row.seen(given), remarks, says, evidence: &COMPARE };
    (answer, vec![apply, compare])
}

/// As Go's strings.TrimSpace sees it, which knows Unicode's white space and takes what is no UTF-8 for text.
fn is_white(rest: &[u8]) -> bool {
    std::str::from_utf8(rest).is_ok_and(|rest| rest.trim().is_empty())
}
