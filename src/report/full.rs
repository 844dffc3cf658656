//! Diagnostics in rustc's shape: title, file and line, the block underlined, notes and help.

use annotate_snippets::{AnnotationKind, Element, Group, Level, Message, Origin, Renderer, Snippet};

use super::{Answer, Case, Counts, Finding, Forecast, Place, Report, Severity, Subject, Verdict, plural, wrap};

/// Everything in the report, styled for a terminal; the caller strips the styles where they are not wanted.
pub fn print(report: &Report, width: usize) -> String {
    let renderer = Renderer::styled().term_width(width);
    let mut out = String::new();
    for case in &report.cases {
        match &case.verdict {
            Verdict::Fail(findings) => {
                for finding in findings {
                    out.push_str(&renderer.render(&diagnostic(case, finding, width)));
                    out.push_str("\n\n");
                }
            }
            Verdict::Pass => out.push_str(&format!("pass[{}]: {}{}\n", case.id(), case.topic.title, whose(case))),
            Verdict::Skip(why) => out.push_str(&format!("skip[{}]: {why}{}\n", case.id(), whose(case))),
        }
    }
    for forecast in &report.forecasts {
        out.push_str(&foretell(forecast, width));
    }
    for note in &report.notes {
        out.push_str(&wrap(&format!("note: {note}\n"), width));
    }
    for trouble in &report.troubles {
        out.push_str(&format!("could not tell: {trouble}\n"));
    }
    out.push_str(&wrap(&summary(report), width));
    out
}

/// What the cloud would say to the upload, and what that rests on.
fn foretell(forecast: &Forecast, width: usize) -> String {
    let path = forecast.subject.path.as_deref().unwrap_or_default();
    let member = forecast.subject.member.as_ref().map_or_else(String::new, |member| format!(" in {member}"));
    let basis = forecast.evidence.basis.name();
    let answer = match forecast.answer {
        Answer::Accepted => format!("{path}{member} would be accepted ({basis}: {})", forecast.evidence.gist),
        Answer::Refused => format!("{path}{member} would be refused ({basis}: {})", forecast.because.join(", ")),
        Answer::Doubtful => {
            format!("{path}{member}: public evidence does not decide ({})", forecast.because.join(", "))
        }
    };
    let mut out = wrap(&format!("upload forecast: {answer}\n"), width);
    if let Some(text) = &forecast.text {
        let source = forecast.text_evidence;
        out.push_str(&wrap(&format!("  the cloud's words ({}, {}):\n", source.basis.name(), source.link), width));
        for line in text.lines() {
            out.push_str(&wrap(&format!("    {}\n", line.replace('\t', "  ")), width));
        }
    }
    out.push('\n');
    out
}

fn summary(report: &Report) -> String {
    let Counts { errors, warnings, infos } = report.counts;
    let counts = format!("{}, {}, {infos} info", plural(errors, "error"), plural(warnings, "warning"));
    let judged = format!("{}: {} passed, {} skipped", report.scope, report.passed, report.skipped);
    format!("{counts}\n({judged}; judged at {} by profile {})\n", report.checked_at, report.profile)
}

fn whose(case: &Case) -> String {
    match (&case.subject.path, case.subject.index) {
        (Some(path), Some(index)) => format!(" ({path}, certificate {index})"),
        (Some(path), None) => format!(" ({path})"),
        (None, _) => String::new(),
    }
}

fn diagnostic<'a>(case: &'a Case, finding: &'a Finding, width: usize) -> Vec<Group<'a>> {
    let level = match case.topic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Info => Level::INFO,
    };
    let mut group = Group::with_title(level.primary_title(case.topic.title).id(case.id()));
    // A label cannot be broken into lines, so a message that does not fit behind the underline becomes the first note.
    let room = finding.place.as_ref().map_or(0, |place| width.saturating_sub(underline_end(place)));
    let fits = finding.message.chars().count() <= room;
    if let Some(place) = &finding.place {
        let label = if fits { finding.message.as_str() } else { "here" };
        group = group.element(cause(place, label, AnnotationKind::Primary));
        for (place, text) in &finding.labels {
            group = group.element(cause(place, text, AnnotationKind::Context));
        }
    }
    let labelled = finding.place.as_ref().is_some_and(|place| !place.quote.is_empty());
    if !labelled || !fits {
        group = group.element(note(&finding.message, width));
    }
    if let Some(member) = finding.place.as_ref().and_then(|place| place.member.as_ref()) {
        group = group.element(note(&format!("in {member}"), width));
    }
    if let Some(identity) = identity(case, finding, width) {
        group = group.element(Level::NOTE.message(identity));
    }
    for text in &finding.notes {
        group = group.element(note(text, width));
    }
    let source = case.topic.source;
    let basis = format!("{} ({}): {}", source.basis.name(), source.link, source.gist);
    group = group.element(note(&basis, width));
    let help = finding.help.as_deref().unwrap_or(case.topic.fix);
    group = group.element(Level::HELP.message(beside_gutter(help, width)));
    vec![group]
}

fn note(text: &str, width: usize) -> Message<'static> {
    Level::NOTE.message(beside_gutter(text, width))
}

/// Breaks text so that it fits behind `  = note: `.
fn beside_gutter(text: &str, width: usize) -> String {
    wrap(text, width.saturating_sub(14).max(30))
}

/// What the cloud's own tools know the certificate by. Its name is in most messages already.
fn identity(case: &Case, finding: &Finding, width: usize) -> Option<String> {
    let Subject { path, index, subject, sha256, sha1, .. } = &case.subject;
    let (path, index, subject, sha256, sha1) =
        (path.as_ref()?, (*index)?, subject.as_ref()?, sha256.as_ref()?, sha1.as_ref()?);
    let mut title = format!("certificate {index} of {path}");
    if !finding.message.contains(&format!("`{subject}`")) {
        title.push_str(&format!(", `{subject}`"));
    }
    let title = beside_gutter(&title, width);
    Some(format!("{title}\nSHA-256 {sha256}\nSHA-1   {sha1}, as tcld prints it"))
}

/// Columns up to the end of the underline of what is quoted.
fn underline_end(place: &Place) -> usize {
    let gutter = place.last_line.to_string().len() + 6;
    gutter + place.quote.last().map_or(0, |line| line.text.chars().count())
}

fn cause<'a>(place: &'a Place, label: &'a str, kind: AnnotationKind) -> Element<'a> {
    let Some(source) = source(place) else {
        let origin = Origin::path(place.path.as_ref()).line(place.first_line as usize);
        return Element::from(origin);
    };
    let end = source.trim_end().len();
    let annotation = kind.span(0..end).label(label);
    Element::from(
        Snippet::source(source)
            .line_start(place.first_line as usize)
            .path(place.path.as_ref())
            .fold(true)
            .annotation(annotation),
    )
}

/// The lines that may be quoted, each on its own line number; what lies between is left blank and folded.
fn source(place: &Place) -> Option<String> {
    let last = place.quote.last()?.number;
    let mut lines = vec![""; (last.checked_sub(place.first_line)? + 1) as usize];
    for line in &place.quote {
        let slot = line.number.checked_sub(place.first_line)? as usize;
        *lines.get_mut(slot)? = &line.text;
    }
    Some(lines.join("\n"))
}
