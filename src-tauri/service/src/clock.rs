//! Time, the one home of it: everything else is given a [`Clock`].

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::watch;

/// The service's time: the system's, moved forward as far as a test asked for.
///
/// Everything that waits (backoff, pace, link expiry, limits) waits by this clock, so that moving it takes the place of a sleep.
#[derive(Debug, Clone)]
pub struct Clock {
    ahead: watch::Sender<SignedDuration>,
}

impl Clock {
    /// The system's time.
    pub fn system() -> Self {
        Self { ahead: watch::Sender::new(SignedDuration::ZERO) }
    }

    /// The time now. Never fails: a moved clock that leaves the calendar stays at the system's time.
    #[expect(clippy::disallowed_methods, reason = "the service's one home of the time")]
    pub fn now(&self) -> Timestamp {
        let system = Timestamp::now();
        system.checked_add(*self.ahead.borrow()).unwrap_or(system)
    }

    /// Moves the time forward and wakes whoever waits for it. A request that is being answered when the clock moves by 30 s or
    /// more has used up its time limit and gets a 503.
    pub fn advance(&self, by: Duration) {
        let by = SignedDuration::try_from(by).unwrap_or(SignedDuration::MAX);
        self.ahead.send_modify(|ahead| *ahead = ahead.saturating_add(by));
    }

    /// Returns at `time`, or at once when it is past.
    pub(crate) async fn sleep_until(&self, time: Timestamp) {
        let mut moved = self.ahead.subscribe();
        loop {
            let left = Duration::try_from(time.duration_since(self.now())).unwrap_or(Duration::ZERO);
            if left.is_zero() {
                return;
            }
            tokio::select! {
                () = tokio::time::sleep(left) => {}
                // The sender lives in `self`: this cannot end with an error while we wait.
                _ = moved.changed() => {}
            }
        }
    }

    /// Returns after `duration` of this clock.
    pub(crate) async fn sleep(&self, duration: Duration) {
        self.sleep_until(self.after(duration)).await;
    }

    /// The time after `duration`, or the end of the calendar.
    pub(crate) fn after(&self, duration: Duration) -> Timestamp {
        later(self.now(), duration)
    }
}

/// The time so long after another, or the end of the calendar.
pub(crate) fn later(time: Timestamp, by: Duration) -> Timestamp {
    SignedDuration::try_from(by).ok().and_then(|by| time.checked_add(by).ok()).unwrap_or(Timestamp::MAX)
}
