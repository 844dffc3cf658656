//! A value that a document wants in base64, and that is none.

use super::{Check, Rule};
use crate::cloud::{Breaks, requirement};
use crate::report::{Finding, Severity, Verdict};

pub static RULE: Rule = Rule {
    id: "pem-base64-missing",
    severity: Severity::Error,
    title: "value in the document is not base64",
    docs: "accepted_client_ca in Terraform and in the JSON of the Cloud Ops API, what tcld lists, and the data of a \
           Kubernetes secret are base64. A PEM pasted there as it is, or base64 with a character lost, is refused. What \
           can be read of the value is judged all the same.",
    fix: "encode the PEM file once: base64encode(file(\"ca.pem\")) in Terraform, `base64 -w0 ca.pem` elsewhere",
    requirement: &requirement::VALUE_IS_BASE64,
    breaks: Breaks::Upload,
    check: Check::Container(|file, _| {
        let Some(carried) = file.carried.as_ref().filter(|carried| carried.member.is_some()) else {
            return Verdict::skip("the file is no document that carries values");
        };
        let message = match file.scan.container.holds_blocks() {
            true => "this is PEM as it stands, and base64 of it is wanted",
            false => "this value is neither base64 nor PEM",
        };
        Verdict::of(carried.base64_missing.then(|| Finding::new(message).at(file.whole())))
    }),
};
