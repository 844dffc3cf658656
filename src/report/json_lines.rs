//! One JSON object a line: a case each, then forecasts, then a summary. The shapes are those of [`super::json`].

use super::{Case, Forecast, Report, json};

pub fn print(report: &Report) -> String {
    lines(&report.cases, &report.forecasts) + &summary(report)
}

/// Cases and forecasts, for runs that print while they judge.
pub fn lines(cases: &[Case], forecasts: &[Forecast]) -> String {
    let cases = cases.iter().map(json::case_line);
    cases.chain(forecasts.iter().map(json::forecast_line)).collect()
}

/// The last line.
pub fn summary(report: &Report) -> String {
    json::summary_line(report)
}
