//! JUnit XML: a suite for each file, a test for each rule or scenario.

use quick_junit::{NonSuccessKind, Report as Document, TestCase, TestCaseStatus, TestSuite};

use super::{Case, Report, Severity, Verdict};

pub fn print(report: &Report) -> String {
    let mut document = Document::new(format!("certproof {}", report.command));
    let mut suites: Vec<TestSuite> = Vec::new();
    for case in &report.cases {
        let name = case.subject.path.as_deref().unwrap_or(report.command);
        let at = suites.iter().position(|suite| suite.name.as_str() == name);
        let at = at.unwrap_or_else(|| {
            suites.push(TestSuite::new(name));
            suites.len() - 1
        });
        suites[at].add_test_case(test(case));
    }
    document.add_test_suites(suites);
    if !report.notes.is_empty() {
        let mut suite = TestSuite::new("notes");
        for note in &report.notes {
            let mut status = TestCaseStatus::skipped();
            status.set_message(note.as_str());
            suite.add_test_case(TestCase::new(note.as_str(), status));
        }
        document.add_test_suite(suite);
    }
    if !report.troubles.is_empty() {
        let mut suite = TestSuite::new("could not tell");
        for trouble in &report.troubles {
            let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
            status.set_message(trouble.as_str());
            suite.add_test_case(TestCase::new(trouble.as_str(), status));
        }
        document.add_test_suite(suite);
    }
    // Writing to memory cannot fail; names and texts are escaped by the library.
    document.to_string().unwrap_or_default()
}

/// Only errors fail a test: CI servers turn red by failures, and warnings do not end certproof with 1 either.
fn test(case: &Case) -> TestCase {
    let is_error = case.topic.severity == Severity::Error;
    let status = match &case.verdict {
        Verdict::Skip(why) => {
            let mut status = TestCaseStatus::skipped();
            status.set_message(why.as_str());
            status
        }
        Verdict::Fail(_) if is_error => {
            let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
            status.set_type(case.topic.severity.name());
            status.set_message(case.topic.title);
            status.set_description(told(case));
            status
        }
        Verdict::Pass | Verdict::Fail(_) => TestCaseStatus::success(),
    };
    let name = match case.subject.index {
        Some(index) => format!("{} (certificate {index})", case.id()),
        None => case.id().to_owned(),
    };
    let mut test = TestCase::new(name, status);
    if !is_error && !case.verdict.findings().is_empty() {
        test.set_system_out(format!("{}: {}\n{}", case.topic.severity, case.topic.title, told(case)));
    }
    test
}

fn told(case: &Case) -> String {
    let lines = case.verdict.findings().iter().map(|finding| match &finding.place {
        Some(place) => format!("{}:{}: {}", place.path, place.first_line, finding.message),
        None => finding.message.clone(),
    });
    lines.chain([format!("help: {}", case.topic.fix)]).collect::<Vec<_>>().join("\n")
}
