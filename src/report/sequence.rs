//! A sequence drawing: two ends, what passes between them, and what each thinks, line by line.

use std::fmt::Write as _;

use super::{End, wrap};

/// One line of a drawing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// Whose it is; of what is sent, the sender.
    pub end: End,
    pub is_sent: bool,
    pub text: String,
    /// Microseconds from the start, where it was measured.
    pub at_us: Option<u64>,
}

impl Step {
    /// What goes over the wire.
    pub fn sent(end: End, text: impl Into<String>) -> Self {
        Self { end, is_sent: true, text: text.into(), at_us: None }
    }

    /// What one end does or learns by itself.
    pub fn aside(end: End, text: impl Into<String>) -> Self {
        Self { end, is_sent: false, text: text.into(), at_us: None }
    }

    pub fn at(self, at_us: u64) -> Self {
        Self { at_us: Some(at_us), ..self }
    }
}

/// Columns of the time, where there is one.
const TIME: usize = 11;

/// Draws the steps, `width` columns wide; below 48 nothing could be read.
pub fn draw(steps: &[Step], width: usize) -> String {
    let is_timed = steps.iter().any(|step| step.at_us.is_some());
    let margin = if is_timed { TIME } else { 2 };
    // Both lifelines, and a space beside each of them.
    let inner = width.clamp(48, 100) - margin - 4;
    let mut out = format!("{:margin$}client{:>right$}\n", "", "server", right = inner - 2);
    for step in steps {
        let time = step.at_us.map_or_else(String::new, |at| format!("{:>6.1} ms ", at as f64 / 1e3));
        let lines = wrap(&step.text, if step.is_sent { inner - 4 } else { inner * 3 / 4 });
        for (number, line) in lines.lines().enumerate() {
            let time = if number == 0 { time.as_str() } else { "" };
            let space = inner.saturating_sub(line.chars().count());
            let drawn = match (step.is_sent && number == 0, step.end) {
                (true, End::Client) => format!("{line} {}>", "-".repeat(space.saturating_sub(2))),
                (true, End::Server) => format!("<{} {line}", "-".repeat(space.saturating_sub(2))),
                (false, End::Client) => format!("{line}{}", " ".repeat(space)),
                (false, End::Server) => format!("{}{line}", " ".repeat(space)),
            };
            let _ = writeln!(out, "{time:margin$}| {drawn} |");
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_drawing_has_a_line_a_step_and_both_ends() {
        let steps = [
            Step::sent(End::Client, "ClientHello").at(0),
            Step::aside(End::Server, "refused").at(1_500),
            Step::sent(End::Server, "alert unknown_ca(48)"),
        ];
        let drawn = draw(&steps, 60);
        assert!(drawn.lines().all(|line| line.chars().count() <= 60), "{drawn}");
        assert!(drawn.contains("| ClientHello ---"), "{drawn}");
        assert!(drawn.contains("   1.5 ms  |"), "{drawn}");
        assert!(drawn.contains("--- alert unknown_ca(48) |"), "{drawn}");
    }
}
