//! A line that reads like a boundary and is none.

use super::{Check, Rule};
use crate::cloud::{Breaks, requirement};
use crate::pki::pem::Segment;
use crate::report::{Finding, Severity, Verdict};

pub static RULE: Rule = Rule {
    id: "pem-boundary-malformed",
    severity: Severity::Error,
    title: "boundary line is malformed",
    docs: "A boundary is five hyphens, BEGIN or END, the label, five hyphens, and nothing else on its line. Chats, mails \
           and word processors turn hyphens into dashes or drop some; the block is then not seen.",
    fix: "write the boundary as -----BEGIN CERTIFICATE----- or -----END CERTIFICATE----- on a line of its own",
    requirement: &requirement::PEM_READS,
    breaks: Breaks::Upload,
    check: Check::Container(|file, _| {
        let lines = file.scan.segments.iter().filter_map(|segment| match segment {
            Segment::Text(text) => text.mangled_boundary,
            _ => None,
        });
        Verdict::of(lines.map(|line| {
            let message = format!("{} reads like a boundary, but no PEM reader takes it for one", file.line(line));
            Finding::new(message).at(file.lines(line, line, "malformed boundary"))
        }))
    }),
};
