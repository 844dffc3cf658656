//! What two things that were timed turn by turn come to, one over the other.

use std::time::Duration;

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
