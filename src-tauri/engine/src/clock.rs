//! Time, passed in: so that rules about time are tested without waiting.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use jiff::Timestamp;

/// The only source of time in the engine.
pub trait Clock: std::fmt::Debug + Send + Sync + 'static {
    /// Wall time, for people and for the store; may jump.
    fn now(&self) -> Timestamp;

    /// Time since some fixed moment of this process; never goes back.
    fn monotonic(&self) -> Duration;

    /// Ends when that much monotonic time has passed.
    fn sleep(&self, span: Duration) -> BoxFuture<'static, ()>;
}

/// The machine's own time.
#[derive(Debug, Clone)]
pub struct SystemClock {
    start: std::time::Instant,
}

impl SystemClock {
    /// A clock whose monotonic time begins now.
    #[expect(clippy::disallowed_methods, reason = "the one home of the machine's time")]
    pub fn new() -> Self {
        Self { start: std::time::Instant::now() }
    }
}

impl Default for SystemClock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "the one home of the machine's time")]
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }

    fn monotonic(&self) -> Duration {
        self.start.elapsed()
    }

    fn sleep(&self, span: Duration) -> BoxFuture<'static, ()> {
        tokio::time::sleep(span).boxed()
    }
}

/// A clock that stands still until it is told to go on; sleepers wake when their time has come.
#[derive(Debug, Clone)]
pub struct ManualClock {
    inner: Arc<Mutex<Manual>>,
}

#[derive(Debug)]
struct Manual {
    start: Timestamp,
    passed: Duration,
    sleepers: Vec<(Duration, tokio::sync::oneshot::Sender<()>)>,
}

impl ManualClock {
    /// Stands at that moment.
    pub fn at(start: Timestamp) -> Self {
        Self { inner: Arc::new(Mutex::new(Manual { start, passed: Duration::ZERO, sleepers: Vec::new() })) }
    }

    /// Lets that much time pass and wakes who waited for it.
    pub fn advance(&self, span: Duration) {
        let mut inner = self.lock();
        inner.passed += span;
        let passed = inner.passed;
        let (due, rest): (Vec<_>, Vec<_>) = inner.sleepers.drain(..).partition(|(at, _)| *at <= passed);
        inner.sleepers = rest;
        drop(inner);
        for (_, wake) in due {
            // A sleeper that was dropped meanwhile is no longer interested.
            let _ = wake.send(());
        }
    }

    /// How many wait for time to pass.
    pub fn sleepers(&self) -> usize {
        self.lock().sleepers.iter().filter(|(_, wake)| !wake.is_closed()).count()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Manual> {
        self.inner.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        let inner = self.lock();
        inner.start + inner.passed
    }

    fn monotonic(&self) -> Duration {
        self.lock().passed
    }

    fn sleep(&self, span: Duration) -> BoxFuture<'static, ()> {
        let mut inner = self.lock();
        if span.is_zero() {
            return futures_util::future::ready(()).boxed();
        }
        let (wake, woken) = tokio::sync::oneshot::channel();
        let at = inner.passed + span;
        inner.sleepers.push((at, wake));
        woken.map(|_| ()).boxed()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sleeper_wakes_when_its_time_has_come_and_not_before() {
        let clock = ManualClock::at(Timestamp::UNIX_EPOCH);
        let mut sleeper = clock.sleep(Duration::from_secs(2));
        clock.advance(Duration::from_secs(1));
        assert!((&mut sleeper).now_or_never().is_none(), "a second too early");
        clock.advance(Duration::from_secs(1));
        assert!(sleeper.now_or_never().is_some(), "its time has come");
        assert_eq!(clock.now(), Timestamp::from_second(2).unwrap());
    }
}
