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
