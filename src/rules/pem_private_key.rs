//! A private key in the file that gets uploaded.

use super::{Check, Role, Rule};
use crate::cloud::{Breaks, requirement};
use crate::pki::Content;
use crate::report::{Finding, Severity, Verdict};

pub static RULE: Rule = Rule {
    id: "pem-private-key",
    severity: Severity::Error,
    title: "private key in the CA bundle",
    docs: "The bundle holds CA certificates and nothing else. `tcld namespace accepted-client-ca set` sends the file as \
           it is, so a private key in it leaves your hands; the other clients fail on it with a parse error that does \
           not say why.",
    fix: "remove the key block from the file; if the file was ever uploaded or mailed, replace the key and its certificate",
    requirement: &requirement::ONLY_CERTIFICATES,
    breaks: Breaks::Upload,
    check: Check::Container(|file, role| {
        if role != Role::Bundle {
            return Verdict::skip("this file is not uploaded");
        }
        let keys = file.entries.iter().filter_map(|entry| match entry.content {
            Content::PrivateKey { encrypted } => Some((entry, encrypted)),
            _ => None,
        });
        let alone = file.certificates().next().is_none();
        Verdict::of(keys.map(|(entry, encrypted)| {
            let kind = if encrypted { "an encrypted private key" } else { "an unprotected private key" };
            let finding = Finding::new(format!("block {} is {kind}", entry.index)).at(file.place(entry));
            match alone {
                true => finding.help(ALONE),
                false => finding,
            }
        }))
    }),
};

/// The file as a whole is in the wrong place.
const ALONE: &str = "do not upload this file, it is a key and stays with its owner; give the certificate of the CA that \
                     issues your client certificates";
