//! Nobody has the name of a certificate's issuer.

use super::{Check, Rule};
use crate::cloud::{Breaks, Stage, requirement};
use crate::pki::chain::ChainFault;
use crate::report::{Finding, Severity, Verdict};

pub static RULE: Rule = Rule {
    id: "chain-issuer-missing",
    severity: Severity::Error,
    title: "client certificate does not chain to the bundle",
    docs: "The cloud builds the chain from the client certificate over what the client sends and what the bundle holds \
           up to a root. Here nobody has the name of the next issuer: the client belongs to another CA, or an \
           intermediate is neither sent by the client nor in the bundle.",
    fix: "append the missing intermediate to the client's certificate file, or add the issuing CA to the bundle",
    requirement: &requirement::LEAF_ACCEPTED,
    breaks: Breaks::Connect(Stage::Chain),
    check: Check::Chain(|chain, context| {
        let (fault, certificate, near_miss) = match chain {
            Err(fault @ ChainFault::IssuerUnknown { certificate, near_miss }) => (fault, certificate, near_miss),
            _ => return Verdict::Pass,
        };
        let mut finding = Finding::new(fault.to_string());
        let seat = context.locate(certificate);
        if let Some(seat) = seat {
            finding = finding.at(seat.place());
        }
        let in_bundle =
            seat.is_some_and(|seat| context.kit.bundle.as_ref().is_some_and(|file| file.path == seat.file.path));
        let issuer = &certificate.issuer;
        finding = finding.help(if near_miss.is_some() {
            "issue it again below that CA, with the name of the CA copied byte for byte, as tools do".to_owned()
        } else if in_bundle {
            format!("add the certificate of `{issuer}` to the bundle")
        } else {
            format!("add `{issuer}` to the bundle if it is a root, or to the client's file if it is an intermediate")
        });
        if let Some(seat) = near_miss.as_ref().and_then(|near| context.locate(near)) {
            finding = finding.label(seat.place(), "equal but for case, spaces or string type").note(
                "Go looks issuers up byte by byte, although names that differ in case only count as equal elsewhere; what the cloud's \
                 front door does is not public",
            );
        }
        Verdict::of([finding])
    }),
};
