//! What two things that were timed turn by turn come to, one over the other, and how a benchmark ends with that.

use std::process::ExitCode;
use std::time::Duration;

use crate::Result;

/// The whole of a benchmark: `run` gets the arguments, and answers none to those that it does not know. With `--strict`,
/// which it does not see, a demand that is missed is a failure.
pub fn main(usage: &str, run: impl FnOnce(&[&str]) -> Option<Result<bool>>) -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (strict, rest): (Vec<&str>, Vec<&str>) =
        arguments.iter().map(String::as_str).partition(|argument| *argument == "--strict");
    match run(&rest) {
        Some(Ok(held)) if held || strict.is_empty() => ExitCode::SUCCESS,
        Some(Ok(_)) => ExitCode::FAILURE,
        Some(Err(error)) => {
            eprintln!("bench: {error}");
            ExitCode::FAILURE
        }
        None => {
            eprintln!("{usage}");
            ExitCode::from(2)
        }
    }
}

/// The ratios of all turns, the lowest first.
pub struct Ratio(Vec<f64>);

impl Ratio {
    pub fn of(above: &[Duration], below: &[Duration]) -> Self {
        Self::sorted(above.iter().zip(below).map(|(a, b)| a.as_secs_f64() / b.as_secs_f64()).collect())
    }

    pub fn sorted(mut ratios: Vec<f64>) -> Self {
        ratios.sort_by(f64::total_cmp);
        Self(ratios)
    }

    pub fn median(&self) -> f64 {
        self.0[self.0.len() / 2]
    }

    pub fn show(&self, what: &str) {
        let (lowest, highest) = (self.0[0], self.0[self.0.len() - 1]);
        println!("  {what:<72} {:.3}  ({lowest:.3} to {highest:.3})", self.median());
    }

    /// Shows it beside what is demanded of its median, and says whether that holds.
    pub fn demand(&self, what: &str, demand: &str, holds: impl FnOnce(f64) -> bool) -> bool {
        let holds = holds(self.median());
        self.show(what);
        println!("    demanded: {demand}; {}", if holds { "holds" } else { "MISSED" });
        holds
    }
}
