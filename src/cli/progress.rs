//! A bar on the terminal's standard error, for runs that take a while.

use std::io::IsTerminal as _;

use indicatif::{ProgressBar, ProgressStyle};

pub(super) struct Progress(Option<ProgressBar>);

impl Progress {
    /// Counts `what` up to `total`, where that is known. Nothing is shown where nobody watches, or when there are fewer
    /// than `worth_it`.
    pub(super) fn new(total: Option<usize>, what: &str, worth_it: usize) -> Self {
        let bar = match total {
            Some(total) if total < worth_it => None,
            Some(total) => Some(ProgressBar::new(total as u64)),
            None => Some(ProgressBar::new_spinner()),
        };
        let bar = bar.filter(|_| std::io::stderr().is_terminal()).map(|bar| {
            match ProgressStyle::with_template(&format!("{{bar:30}} {{pos}}/{{len}} {what} {{eta}}")) {
                Ok(style) if total.is_some() => bar.with_style(style),
                _ => bar,
            }
        });
        Self(bar)
    }

    /// For runs whose output appears on the way, possibly on the same terminal.
    pub(super) fn none() -> Self {
        Self(None)
    }

    pub(super) fn step(&self) {
        if let Some(bar) = &self.0 {
            bar.inc(1);
        }
    }

    pub(super) fn end(&self) {
        if let Some(bar) = &self.0 {
            bar.finish_and_clear();
        }
    }
}
