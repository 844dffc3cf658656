//! A certificate that is neither root nor issued by another of the bundle.

use super::{Check, Context, Rule, Seat, seats};
use crate::cloud::{Breaks, requirement};
use crate::pki::Bundle;
use crate::pki::chain::SignatureCheck;
use crate::report::{Finding, Severity, Verdict};

pub static RULE: Rule = Rule {
    id: "bundle-issuer-missing",
    severity: Severity::Error,
    title: "issuer of a certificate is not in the bundle",
    docs: "Each certificate of the bundle is a root, or issued by another certificate of the bundle. An intermediate \
           alone is answered with \"unable to construct full certificate chain\".",
    fix: "add the issuer's certificate, up to the root",
    requirement: &requirement::BUNDLE_CLOSED,
    breaks: Breaks::Upload,
    check: Check::Bundle(|file, context| {
        // Each certificate is held against all others; a bundle may have 16, and this is no bundle.
        if file.certificates().count() > MOST_COMPARED {
            return Verdict::skip(format!("more than {MOST_COMPARED} certificates are not held against each other"));
        }
        let named = |name: &[u8]| seats(file).filter(|other| other.certificate.subject.der() == name).count();
        if seats(file).map(|seat| named(seat.certificate.issuer.der())).sum::<usize>() > MOST_SIGNATURES {
            return Verdict::skip("so many certificates bear the same names that they are not held against each other");
        }
        let homeless =
            seats(file).filter(|seat| !context.anchors.is_root(seat.certificate) && !has_issuer(file, seat, context));
        Verdict::of(homeless.map(|seat| finding(file, &seat)))
    }),
};

const MOST_COMPARED: usize = 150;

/// Two CAs of one name are a rollover; forty of one name, each held against each, are somebody's joke.
const MOST_SIGNATURES: usize = 1_600;

/// A signature that cannot be judged, or is weak, is for other rules to report.
fn has_issuer(file: &Bundle, seat: &Seat<'_>, context: &Context<'_>) -> bool {
    let certificate = seat.certificate;
    seats(file).any(|other| {
        other.certificate.der() != certificate.der()
            && other.certificate.subject.der() == certificate.issuer.der()
            && context.signed_by(certificate, other.certificate) != SignatureCheck::Bad
    })
}

fn finding(file: &Bundle, seat: &Seat<'_>) -> Finding {
    let certificate = seat.certificate;
    if certificate.is_self_issued() {
        let message = format!("{} names itself as issuer, but its own key did not sign it", seat.name());
        return Finding::new(message).at(seat.place()).help("copy the root certificate again from its source");
    }
    let wanted = certificate.issuer.canonical();
    let message = format!("{} was issued by `{}`", seat.name(), certificate.issuer);
    let near = seats(file)
        .find(|other| other.certificate.der() != certificate.der() && other.certificate.subject.canonical() == wanted);
    let Some(near) = near else {
        return Finding::new(format!("{message}, which is not in the bundle")).at(seat.place());
    };
    let finding = Finding::new(message).at(seat.place());
    if near.certificate.subject.der() == certificate.issuer.der() {
        finding.label(near.place(), "has that name, but its key did not sign")
    } else {
        finding
            .label(near.place(), "would match if its name were the same bytes")
            .note("issuers are looked up byte by byte: case, spaces and string type count")
    }
}
