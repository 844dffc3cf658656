//! What the cloud would answer to the upload of a bundle, as far as that is publicly known.
//!
//! One answer of the cloud to a bad bundle is public (tcld issue 406). From it the wording for CAs that are not valid now
//! is taken, and that a bundle is judged whole, with every error listed. For all other faults no text is public.

use time::OffsetDateTime;

use super::{find, seats};
use crate::cloud::{Breaks, Kit};
use crate::pki::chain::{self, Anchors, ChainFault};
use crate::pki::clock::rfc3339;
use crate::pki::{Bundle, Certificate};
use crate::report::{Answer, Basis, Case, Evidence, Forecast, Severity, Verdict};

/// Forecasts from the cases of a kit as the rules made them, before any level was changed. None without a bundle.
pub fn forecast(kit: &Kit, cases: &[Case], now: OffsetDateTime) -> Option<Forecast> {
    let bundle = kit.bundle.as_ref()?;
    let subject = super::of_file(&bundle.path, bundle.carried.as_ref());
    let refusing = |case: &&Case| {
        let breaks_upload = find(case.topic.id).is_some_and(|rule| rule.breaks == Breaks::Upload);
        let of_bundle = case.subject.path == subject.path && case.subject.member == subject.member;
        breaks_upload && of_bundle && matches!(case.verdict, Verdict::Fail(_))
    };
    let mut because: Vec<_> = Vec::new();
    let mut doubts: Vec<_> = Vec::new();
    for case in cases.iter().filter(refusing) {
        let list = if case.topic.severity == Severity::Error { &mut because } else { &mut doubts };
        if !list.contains(&case.topic.id) {
            list.push(case.topic.id);
        }
    }
    let answer = match (because.is_empty(), doubts.is_empty()) {
        (false, _) => Answer::Refused,
        (true, false) => Answer::Doubtful,
        (true, true) => Answer::Accepted,
    };
    // The surest of the reasons is what the answer rests on.
    let ids = if because.is_empty() { doubts } else { because };
    let sources = ids.iter().filter_map(|id| find(id)).map(|rule| of_refusal(&rule.requirement.evidence));
    let evidence = sources.min_by_key(|evidence| evidence.basis.rank()).unwrap_or(&NOTHING_KNOWN_AGAINST);
    let text = (answer == Answer::Refused).then(|| text(bundle, now)).flatten();
    Some(Forecast { subject, answer, because: ids, evidence, text, text_evidence: &SERVER_TEXT })
}

/// That something is demanded is one thing, that the cloud refuses a bundle for it another: known is it of what the page
/// demands of CA certificates, and of what the cloud has answered in public.
fn of_refusal(evidence: &'static Evidence) -> &'static Evidence {
    let by_the_cloud = [CERTIFICATES_PAGE, SERVER_TEXT.link].contains(&evidence.link);
    if by_the_cloud { evidence } else { &OF_ITS_CLIENTS }
}

static OF_ITS_CLIENTS: Evidence = Evidence {
    basis: Basis::Inferred,
    gist: "what is wrong is known of Temporal's clients and of Go's libraries; what the cloud itself answers is not public",
    link: CERTIFICATES_PAGE,
    read: "2026-08-22",
};

const CERTIFICATES_PAGE: &str = "https://docs.temporal.io/cloud/certificates";

static NOTHING_KNOWN_AGAINST: Evidence = Evidence {
    basis: Basis::Inferred,
    gist: "no public requirement is broken; what else the cloud may demand of a bundle is not public",
    link: "https://docs.temporal.io/cloud/certificates",
    read: "2026-08-22",
};

static SERVER_TEXT: Evidence = Evidence {
    basis: Basis::Inferred,
    gist: "the wording is that of the one public answer to a bundle with expired CAs; order and number of its lines, and \
           its use for other CAs, are concluded from it",
    link: "https://github.com/temporalio/tcld/issues/406",
    read: "2026-08-22",
};

/// The answer in the cloud's words. None when none of its texts is known for what is wrong.
fn text(bundle: &Bundle, now: OffsetDateTime) -> Option<String> {
    // A cloud that limits bundles to 16 certificates says something else, which is not known.
    const MOST_LISTED: usize = 150;
    if bundle.certificates().count() > MOST_LISTED {
        return None;
    }
    let all: Vec<_> = bundle.certificates().map(|(_, certificate)| certificate.clone()).collect();
    let anchors = Anchors::new(all);
    let mut errors = Vec::new();
    for seat in seats(bundle).filter(|seat| now > seat.certificate.not_after) {
        let (name, at) = (seat.certificate.subject.go_string(), go_time(seat.certificate.not_after));
        errors.push(format!("certificate with subject '{name}' received is expired as of '{at}'"));
    }
    for seat in seats(bundle) {
        let Err(fault) = chain::verify(seat.certificate, &[], &anchors, now) else { continue };
        let Some(why) = go_error(&fault, now) else { continue };
        let name = seat.certificate.subject.go_string();
        errors.push(format!("unable to construct full certificate chain for cert with subject '{name}'. Error: {why}"));
    }
    let count = match errors.len() {
        0 => return None,
        1 => "1 error occurred:".to_owned(),
        count => format!("{count} errors occurred:"),
    };
    let lines: String = errors.iter().map(|error| format!("\n\t* {error}")).collect();
    Some(format!("rpc error: code = InvalidArgument desc = invalid ca certificate: {count}{lines}"))
}

/// What Go's verifier says of the faults that the cloud is known to pass on.
fn go_error(fault: &ChainFault, now: OffsetDateTime) -> Option<String> {
    let invalid = |certificate: &Certificate| {
        let (word, bound) = match now > certificate.not_after {
            true => ("after", certificate.not_after),
            false => ("before", certificate.not_before),
        };
        let (now, bound) = (rfc3339(now), rfc3339(bound));
        format!("x509: certificate has expired or is not yet valid: current time {now} is {word} {bound}")
    };
    match fault {
        ChainFault::Expired { certificate } | ChainFault::NotYetValid { certificate } => Some(invalid(certificate)),
        ChainFault::IssuerUnknown { .. } => Some("x509: certificate signed by unknown authority".to_owned()),
        _ => None,
    }
}

/// `2024-12-03 08:06:45 +0000 UTC`, as Go prints a time.
fn go_time(at: OffsetDateTime) -> String {
    let at = at.to_offset(time::UtcOffset::UTC);
    let (date, time) = (at.date(), at.time());
    format!("{date} {:02}:{:02}:{:02} +0000 UTC", time.hour(), time.minute(), time.second())
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    #[test]
    fn times_are_written_as_go_writes_them() {
        assert_eq!(go_time(datetime!(2024-12-03 08:06:45 UTC)), "2024-12-03 08:06:45 +0000 UTC");
    }

    #[cfg(feature = "forge")]
    #[test]
    fn the_answer_to_an_expired_root_has_the_form_of_the_public_one() {
        use crate::forge::{KeyKind, KeySource, Recipe};
        use crate::rules::{Terms, run};
        let at = datetime!(2027-01-01 00:00 UTC);
        let mut recipe = Recipe::good("orders.f45a2", KeySource::Seeded(1), KeyKind::P256, at);
        recipe.authorities[0].spec.not_after = at - time::Duration::HOUR;
        let kit = Kit::read(&recipe.forge().unwrap().files);
        let forecast = forecast(&kit, &run(&kit, &Terms::at(at)), at).unwrap();
        assert_eq!(forecast.answer, Answer::Refused);
        assert_eq!(forecast.because, ["ca-expired"]);
        assert_eq!(
            forecast.text.as_deref().unwrap(),
            "rpc error: code = InvalidArgument desc = invalid ca certificate: 2 errors occurred:\n\t\
             * certificate with subject 'CN=orders.f45a2 Root 2027,O=certproof' received is expired as of '2026-12-31 23:00:00 +0000 UTC'\n\t\
             * unable to construct full certificate chain for cert with subject 'CN=orders.f45a2 Root 2027,O=certproof'. Error: \
             x509: certificate has expired or is not yet valid: current time 2027-01-01T00:00:00Z is after 2026-12-31T23:00:00Z"
        );
    }
}
