//! The attempts that this process is working on, so that one can be stopped from outside. The table decides who has a job; this
//! only spares a stopped attempt its long pauses.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio_util::sync::CancellationToken;

#[derive(Debug, Clone, Default)]
pub(super) struct Running(Arc<Mutex<HashMap<String, CancellationToken>>>);

impl Running {
    /// An attempt at this job begins; the token fires when it is to stop.
    pub(super) fn begin(&self, job: &str) -> CancellationToken {
        let token = CancellationToken::new();
        self.attempts().insert(job.to_owned(), token.clone());
        token
    }

    /// The attempt has ended.
    pub(super) fn end(&self, job: &str) {
        self.attempts().remove(job);
    }

    /// Tells the attempt at this job, if there is one, to stop.
    pub(super) fn stop(&self, job: &str) {
        if let Some(token) = self.attempts().get(job) {
            token.cancel();
        }
    }

    fn attempts(&self) -> MutexGuard<'_, HashMap<String, CancellationToken>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
