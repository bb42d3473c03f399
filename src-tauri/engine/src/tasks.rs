//! Every task has an owner: nothing runs on after whoever wanted it is gone.

use std::future::Future;
use std::time::Duration;

use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::clock::Clock;

/// The tasks of one owner; dropping it cancels them.
#[derive(Debug)]
pub struct Tasks {
    tracker: TaskTracker,
    stop: CancellationToken,
}

impl Tasks {
    /// No tasks yet.
    pub fn new() -> Self {
        Self { tracker: TaskTracker::new(), stop: CancellationToken::new() }
    }

    /// Starts a task that is cancelled with its handle; it learns of a shutdown through the token it is given.
    #[expect(clippy::disallowed_methods, reason = "the one home of spawned tasks")]
    pub fn start<F>(&self, work: impl FnOnce(CancellationToken) -> F) -> Task<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        let stop = self.stop.child_token();
        let future = work(stop.clone());
        Task { handle: tokio::spawn(self.tracker.track_future(future)), stop }
    }

    /// The token that every task of this owner listens to.
    pub fn stop_token(&self) -> CancellationToken {
        self.stop.clone()
    }

    /// Asks all to stop, and waits for them as long as the limit says; true when all have ended.
    pub async fn shut_down(&self, clock: &dyn Clock, limit: Duration) -> bool {
        self.stop.cancel();
        self.tracker.close();
        tokio::select! {
            () = self.tracker.wait() => true,
            () = clock.sleep(limit) => false,
        }
    }
}

impl Default for Tasks {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for Tasks {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

/// A running task; dropping it asks the task to stop and then aborts it.
#[derive(Debug)]
pub struct Task<T> {
    handle: JoinHandle<T>,
    stop: CancellationToken,
}

impl<T> Task<T> {
    /// Asks this task alone to stop.
    pub fn stop(&self) {
        self.stop.cancel();
    }

    /// Whether it has ended.
    pub fn is_finished(&self) -> bool {
        self.handle.is_finished()
    }

    /// Waits for its end; `None` when it panicked or was aborted.
    pub async fn ended(mut self) -> Option<T> {
        (&mut self.handle).await.ok()
    }
}

impl<T> Drop for Task<T> {
    fn drop(&mut self) {
        self.stop.cancel();
        self.handle.abort();
    }
}
