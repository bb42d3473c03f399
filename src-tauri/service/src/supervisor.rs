//! Every task of the service has this owner; nothing else spawns.

use std::future::Future;
use std::time::Duration;

use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// How long a stop waits for answers that are on their way.
const GRACE: Duration = Duration::from_secs(5);

/// Owns the service's tasks and tells them when to end.
#[derive(Debug, Clone, Default)]
pub(crate) struct Supervisor {
    tasks: TaskTracker,
    leave: CancellationToken,
    stop: CancellationToken,
    cut: CancellationToken,
}

impl Supervisor {
    /// Starts a task that ends by itself soon after [`Supervisor::stopping`].
    pub(crate) fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        self.tasks.spawn(task);
    }

    /// Runs work that blocks (database, disk, compression) on a thread of its own; `None` when it panicked.
    pub(crate) async fn blocking<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Option<T> {
        match self.tasks.spawn_blocking(work).await {
            Ok(done) => Some(done),
            Err(error) => {
                tracing::error!(%error, "work ended without a result");
                None
            }
        }
    }

    /// Fires when the service is about to stop: it takes no more work, says so to whoever asks, and still answers.
    pub(crate) fn leaving(&self) -> &CancellationToken {
        &self.leave
    }

    /// Fires when the service is to stop.
    pub(crate) fn stopping(&self) -> &CancellationToken {
        &self.stop
    }

    /// Fires when connections that are still open are to be cut.
    pub(crate) fn cutting(&self) -> &CancellationToken {
        &self.cut
    }

    /// Says that it is about to stop.
    pub(crate) fn leave(&self) {
        self.leave.cancel();
    }

    /// Asks all to end, waits for a moment, then cuts what is left.
    pub(crate) async fn stop(&self) {
        self.leave.cancel();
        self.stop.cancel();
        self.tasks.close();
        if tokio::time::timeout(GRACE, self.tasks.wait()).await.is_err() {
            self.cut.cancel();
            if tokio::time::timeout(GRACE, self.tasks.wait()).await.is_err() {
                tracing::warn!(left = self.tasks.len(), "tasks did not end in time");
            }
        }
    }

    /// Asks all to end at once, waits for nothing.
    pub(crate) fn abandon(&self) {
        self.leave.cancel();
        self.stop.cancel();
        self.cut.cancel();
        self.tasks.close();
    }
}
