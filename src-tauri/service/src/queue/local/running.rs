//! The attempts that this process is working on, so that one whose job is cancelled or deleted ends at once and not at its next
//! step. The table decides who has a job; this only spares a stopped attempt its long pauses and what it is waiting for.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio_util::sync::CancellationToken;

use crate::queue::Job;

/// A job's id and the number of its attempt: one whose worker counts as dead may still run beside the next.
type Key = (String, u32);

/// What can be stopped.
#[derive(Debug, Clone, Default)]
pub(super) struct Running(Arc<Mutex<HashMap<Key, CancellationToken>>>);

impl Running {
    /// An attempt begins; the token fires when it is to stop. A stop that came before is told by the attempt's first step.
    pub(super) fn begin(&self, job: &Job) -> CancellationToken {
        let token = CancellationToken::new();
        self.attempts().insert(key(job), token.clone());
        token
    }

    /// The attempt has ended.
    pub(super) fn end(&self, job: &Job) {
        self.attempts().remove(&key(job));
    }

    /// Nobody wants the job any more: every attempt at it stops.
    pub(super) fn stop(&self, job: &Job) {
        for (_, token) in self.attempts().iter().filter(|((id, _), _)| *id == job.id) {
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
