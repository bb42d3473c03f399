//! How fast bytes come.

use std::time::Duration;

/// Bytes per second over the last moments.
#[derive(Debug, Default)]
pub struct Pace {
    start: Option<(Duration, u64)>,
    last: Option<u64>,
}

impl Pace {
    /// Looks about once a second, so that the figure can be read; `now` is a moment of the monotonic clock, and `bytes` is
    /// what is held by then.
    pub fn rate(&mut self, now: Duration, bytes: u64) -> Option<u64> {
        let (since, before) = *self.start.get_or_insert((now, bytes));
        let passed = now.saturating_sub(since);
        if passed >= Duration::from_secs(1) {
            let milliseconds = u64::try_from(passed.as_millis()).unwrap_or(u64::MAX);
            self.last = Some(bytes.saturating_sub(before).saturating_mul(1000) / milliseconds);
            self.start = Some((now, bytes));
        }
        self.last
    }
}
