//! tcld: `set` and `create` send the file without looking at it, `add` parses it first.

use super::go_upload::Row;
use super::overlooked::{overlooked, sent_as_it_is};
use super::{Answer, Effect, Given, Remark, Says, Way};
use crate::report::{Basis, Evidence};

static SET: Evidence = Evidence {
    basis: Basis::Documented,
    gist: "tcld's source puts the bytes of the file into base64 and sends them; nothing parses them before",
    link: "https://github.com/temporalio/tcld/blob/main/app/namespace.go",
    read: "2026-07-31",
};

static ADD: Evidence = Evidence {
    basis: Basis::Documented,
    gist: "tcld's source decodes every PEM block whatever its label, refuses bytes behind the last one, parses all with \
           x509.ParseCertificates, and stores each block with the text before it",
    link: "https://github.com/temporalio/tcld/blob/main/app/ca.go",
    read: "2026-07-31",
};

pub fn read(given: &Given<'_>) -> (Answer, Vec<Way>) {
    let set = Way {
        how: "tcld namespace create, tcld namespace accepted-client-ca set",
        answer: None,
        seen: Vec::new(),
        remarks: sent_as_it_is(given),
        says: None,
        evidence: &SET,
    };
    let add = add(given);
    (add.answer.unwrap_or(Answer::CannotTell), vec![set, add])
}

fn add(given: &Given<'_>) -> Way {
    let row = Row::read(given.bytes);
    let rest = row.rest(given.bytes);
    let says = if row.is_empty() {
        Some(Says::Exactly("failed to decode certificates".to_owned()))
    } else if !rest.is_empty() {
        let remaining = rest.len();
        let text = format!("failed to parse one or more certificates, remainingBytesLen={remaining}");
        Some(Says::Exactly(text))
    } else if let Some(error) = row.error() {
        Some(error.clone().after("failed to parse certificates: "))
    } else {
        row.unpaired()
    };
    let mut remarks = Vec::new();
    let answer = if given.bytes.is_empty() {
        let text = "an empty file is not parsed, and what tcld says of it is not known".to_owned();
        remarks.push(Remark { lines: None, effect: Effect::Note, text });
        Answer::CannotTell
    } else if says.is_some() {
        remarks.extend(overlooked(given, &row.blocks).iter().map(|passed| passed.dropped("is passed over")));
        Answer::Refused
    } else {
        remarks.extend(sent_along(given, &row));
        Answer::Accepted
    };
    let says = says.filter(|_| answer == Answer::Refused);
    let seen = row.seen(given);
    Way { how: "tcld namespace accepted-client-ca add", answer: Some(answer), seen, remarks, says, evidence: &ADD }
}

/// What is in the payload of some certificate and is none, and certificates that are in none.
pub fn sent_along(given: &Given<'_>, row: &Row) -> Vec<Remark> {
    let along = overlooked(given, &row.blocks);
    let mut remarks: Vec<_> = along
        .iter()
        .filter_map(|passed| Some(passed.uploaded(&format!("is uploaded inside certificate {}", passed.before? + 1))))
        .collect();
    for (position, (offset, _)) in row.parsed.certificates.iter().enumerate() {
        let own = row.block_of(*offset);
        if own != position {
            let block = &row.blocks[own];
            let lines = Some((given.lines.at(block.begin), given.lines.at(block.end - 1)));
            let text = format!(
                "in place of certificate {}, block {} is uploaded: there are blocks without a certificate",
                position + 1,
                position + 1
            );
            remarks.push(Remark { lines, effect: Effect::Lost, text });
        }
    }
    remarks
}
