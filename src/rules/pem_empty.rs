//! A file with nothing in it.

use super::{Check, Rule, container_is};
use crate::cloud::{Breaks, requirement};
use crate::pki::pem::Container;
use crate::report::Severity;

pub static RULE: Rule = Rule {
    id: "pem-empty",
    severity: Severity::Error,
    title: "file is empty",
    docs: "There is nothing in the file but white space. Often a secret was not filled in, or a command before this one \
           failed.",
    fix: "give the file that holds the CA certificates",
    requirement: &requirement::PEM_IS_PEM,
    breaks: Breaks::Upload,
    check: Check::Container(|file, _| container_is(file, Container::Empty, "this file holds nothing", None)),
};
