//! A chain that our crypto or our code cannot judge.

use super::{Check, Rule};
use crate::cloud::{Breaks, requirement};
use crate::pki::chain::ChainFault;
use crate::report::{Severity, Verdict};

/// Never fails: what cannot be judged is skipped, with the reason, and `check` ends with "could not tell".
pub static RULE: Rule = Rule {
    id: "chain-not-judged",
    severity: Severity::Info,
    title: "chain cannot be judged here",
    docs: "A signature algorithm, key size or policy in the chain is beyond what certproof verifies. That is no refusal \
           by the cloud, and no approval either: the run ends with exit code 2.",
    fix: "use RSA of 2,048 to 8,192 bits, P-256, P-384 or P-521, with SHA-256 or stronger",
    requirement: &requirement::LEAF_ACCEPTED,
    breaks: Breaks::Nothing,
    check: Check::Chain(|chain, _| match chain {
        Err(fault @ ChainFault::NotJudged { .. }) => Verdict::skip(fault.to_string()),
        _ => Verdict::Pass,
    }),
};
