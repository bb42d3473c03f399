//! How fast and how patient a transfer is, alone and together with others.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::intake;
use crate::retry;

/// How fast and how patient a transfer is.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Bytes a second; may be changed while it runs.
    pub rate: Rate,
    /// What it shares with other transfers.
    pub shared: Throttle,
    /// Silence, or a mere trickle, for that long counts as a cut.
    pub idle: Duration,
    /// How often and how soon it is tried again.
    pub retry: retry::Policy,
}

impl Default for Limits {
    /// No limit on rate; half a minute of silence, which is twice what storage needs for its slowest first byte.
    fn default() -> Self {
        Self {
            rate: Rate::default(),
            shared: Throttle::default(),
            idle: Duration::from_secs(30),
            retry: retry::Policy::default(),
        }
    }
}

/// A limit in bytes a second, shared: changing one clone changes all.
#[derive(Debug, Clone, Default)]
pub struct Rate(Arc<AtomicU64>);

impl Rate {
    /// At most so many bytes a second; 0 is no limit.
    pub fn new(bytes_per_second: u64) -> Self {
        Self(Arc::new(AtomicU64::new(bytes_per_second)))
    }

    /// Changes it, also for transfers that run.
    pub fn set(&self, bytes_per_second: u64) {
        self.0.store(bytes_per_second, Ordering::Relaxed);
    }

    /// The limit now; 0 is none.
    pub fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// A limit in bytes a second for several transfers together: each piece takes its time of all.
#[derive(Debug, Clone, Default)]
pub struct Throttle {
    rate: Rate,
    pace: Arc<Mutex<intake::Pace>>,
}

impl Throttle {
    /// At most so many bytes a second from now on; 0 is no limit.
    pub fn set(&self, bytes_per_second: u64) {
        self.rate.set(bytes_per_second);
    }

    /// The limit now; 0 is none.
    pub fn get(&self) -> u64 {
        self.rate.get()
    }

    /// How long whoever took that many bytes has to wait.
    pub(super) fn wait(&self, bytes: usize, now: Duration) -> Duration {
        match self.rate.get() {
            0 => Duration::ZERO,
            rate => self.pace.lock().unwrap_or_else(PoisonError::into_inner).wait(rate, bytes, now),
        }
    }
}
