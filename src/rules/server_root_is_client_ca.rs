//! The client CA where the server root belongs.

use super::{Check, Rule, public_ca, seats};
use crate::cloud::{Breaks, Stage, requirement};
use crate::report::{Finding, Severity, Verdict};

pub static RULE: Rule = Rule {
    id: "server-root-is-client-ca",
    severity: Severity::Error,
    title: "client CA is given as server root",
    docs: "The server root says whom the client trusts as a server; the CA bundle says whom the cloud trusts as a client. \
           A client with its own CA as server root refuses the cloud's server certificate, and SDKs report that as a \
           deadline or a connection error. It is among the causes of the \
           failure that is reported most.",
    fix: "leave the server root unset for the cloud, whose certificates are signed by a public CA",
    requirement: &requirement::SERVER_ROOT_UNSET,
    breaks: Breaks::Connect(Stage::Trust),
    check: Check::ServerRoot(|file, context| {
        if !public_ca::among(file).is_empty() {
            return Verdict::skip("the file holds public roots as well, so the cloud's servers are trusted");
        }
        let Some(bundle) = &context.kit.bundle else { return Verdict::skip("no CA bundle was given") };
        let shared = seats(file).filter_map(|seat| {
            let twin = seats(bundle).find(|other| other.certificate.der() == seat.certificate.der())?;
            let finding = Finding::new(format!("{} is a client CA", seat.name())).at(seat.place());
            Some(finding.label(twin.place(), "the same certificate in the CA bundle"))
        });
        Verdict::of(shared)
    }),
};
