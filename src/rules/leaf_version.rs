//! A client certificate before X.509 v3.

use super::{Check, Rule};
use crate::cloud::{Breaks, Stage, requirement};
use crate::report::{Finding, Severity, Verdict};

pub static RULE: Rule = Rule {
    id: "leaf-version",
    severity: Severity::Error,
    title: "client certificate is not X.509 v3",
    docs: "The documents demand version 3. A bare `openssl x509 -req` without an extension file makes version 1, and \
           `openssl verify` has nothing against it.",
    fix: "issue it again with extensions: `openssl x509 -req … -extfile leaf.cnf`, or `certproof gen leaf`",
    requirement: &requirement::LEAF_V3,
    breaks: Breaks::Connect(Stage::Chain),
    check: Check::Leaf(|seat, _| {
        let version = seat.certificate.version;
        Verdict::of(
            (version != 3).then(|| Finding::new(format!("{} is X.509 v{version}", seat.name())).at(seat.place())),
        )
    }),
};
