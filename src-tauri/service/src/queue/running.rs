//! The attempts that run now, so that a cancel reaches them at once and not at their next step.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio_util::sync::CancellationToken;

use super::Job;

/// A job's id and the number of its attempt.
type Key = (String, u32);

/// What can be called off.
#[derive(Debug, Clone, Default)]
pub(super) struct Running(Arc<Mutex<HashMap<Key, CancellationToken>>>);

impl Running {
    /// An attempt begins: it listens to this. A cancel that came before is told by the attempt's first step.
    pub(super) fn begin(&self, job: &Job) -> CancellationToken {
        let token = CancellationToken::new();
        self.attempts().insert(key(job), token.clone());
        token
    }

    /// An attempt has ended.
    pub(super) fn end(&self, job: &Job) {
        self.attempts().remove(&key(job));
    }

    /// Nobody wants the job's attempt any more.
    pub(super) fn call_off(&self, job: &Job) {
        if let Some(token) = self.attempts().get(&key(job)) {
            token.cancel();
        }
    }

    fn attempts(&self) -> MutexGuard<'_, HashMap<Key, CancellationToken>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn key(job: &Job) -> Key {
    (job.id.clone(), job.attempts)
}
