//! The wall clock as a value, so that a check, a generated certificate and a handshake can share one virtual time.

use std::time::{Duration, Instant, SystemTime};

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// Where "now" comes from.
#[derive(Debug, Clone, Copy)]
pub enum Clock {
    System,
    /// Always the same instant.
    Fixed(OffsetDateTime),
    /// Starts at a chosen time and runs on from there.
    Starting {
        at: OffsetDateTime,
        since: Instant,
    },
}

impl Clock {
    pub fn starting(at: OffsetDateTime) -> Self {
        Self::Starting { at, since: Instant::now() }
    }

    pub fn now(&self) -> OffsetDateTime {
        match self {
            Self::System => SystemTime::now().into(),
            Self::Fixed(at) => *at,
            Self::Starting { at, since } => *at + since.elapsed(),
        }
    }

    /// Now as the duration since 1970 that TLS stacks take; zero before 1970.
    pub fn since_epoch(&self) -> Duration {
        let seconds = self.now().unix_timestamp();
        Duration::from_secs(u64::try_from(seconds).unwrap_or(0))
    }
}

/// RFC 3339 in UTC with whole seconds: `2027-01-01T00:00:00Z`.
pub fn rfc3339(at: OffsetDateTime) -> String {
    let utc = at.to_offset(time::UtcOffset::UTC).replace_nanosecond(0).unwrap_or(at);
    // Years past 9999 have no RFC 3339 form; X.509 cannot hold them either.
    utc.format(&Rfc3339).unwrap_or_else(|_| utc.to_string())
}

/// Days from `from` to `to`, rounded towards zero.
pub fn days(from: OffsetDateTime, to: OffsetDateTime) -> i64 {
    (to - from).whole_days()
}

/// tcld's durations: numbers with units (s, m, h, d of 24 hours, y of 365 days), added up. At least a second, at most 100
/// years.
///
/// # Errors
/// In words, when the text is none.
pub fn parse_duration(text: &str) -> Result<time::Duration, String> {
    let wrong = || format!("`{text}` is no duration; write it like 30d10h or 1y, with units s, m, h, d, y");
    let mut total: i64 = 0;
    let mut rest = text;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit()).ok_or_else(wrong)?;
        let number: i64 = rest[..digits].parse().map_err(|_| wrong())?;
        let unit = rest[digits..].chars().next().ok_or_else(wrong)?;
        let seconds = match unit {
            's' => 1,
            'm' => 60,
            'h' => 3_600,
            'd' => 86_400,
            'y' => 365 * 86_400,
            _ => return Err(wrong()),
        };
        total = number.checked_mul(seconds).and_then(|more| total.checked_add(more)).ok_or_else(wrong)?;
        rest = &rest[digits + unit.len_utf8()..];
    }
    match total {
        1..=3_153_600_000 => Ok(time::Duration::seconds(total)),
        _ => Err(format!("`{text}` is not between a second and 100 years")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_as_tcld_reads_them() {
        assert_eq!(parse_duration("30d10h"), Ok(time::Duration::days(30) + time::Duration::hours(10)));
        assert_eq!(parse_duration("1y"), Ok(time::Duration::days(365)));
        for wrong in ["", "0d", "1", "d", "1w", "99999999999999999999y", "1000y", "1é"] {
            assert!(parse_duration(wrong).is_err(), "{wrong}");
        }
    }
}
