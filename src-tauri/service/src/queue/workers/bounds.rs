//! What ends an attempt from outside, wherever it is: in a step, in a program that renders, in an upload.

use std::time::Duration;

use jiff::Timestamp;
use tokio_util::sync::CancellationToken;

use super::Ended;
use crate::clock::Clock;
use crate::queue::Failure;

/// So long an attempt may take (D-4), whatever it makes.
pub(crate) const TIME_LIMIT: Duration = Duration::from_mins(5);

/// Nobody wants the job, the service stops, or the time is up.
#[derive(Debug, Clone)]
pub(crate) struct Bounds {
    pub(crate) clock: Clock,
    pub(crate) stop: CancellationToken,
    pub(crate) gone: CancellationToken,
    pub(crate) deadline: Timestamp,
}

impl Bounds {
    /// Why the attempt is to end now, if it is.
    pub(crate) fn check(&self) -> Result<(), Ended> {
        if self.gone.is_cancelled() {
            return Err(Ended::NotOurs);
        }
        if self.stop.is_cancelled() {
            return Err(Ended::Stopping);
        }
        if self.clock.now() >= self.deadline {
            return Err(too_long());
        }
        Ok(())
    }

    /// Returns when [`Bounds::check`] would end the attempt.
    pub(crate) async fn interrupted(&self) -> Ended {
        tokio::select! {
            biased;
            () = self.gone.cancelled() => Ended::NotOurs,
            () = self.stop.cancelled() => Ended::Stopping,
            () = self.clock.sleep_until(self.deadline) => too_long(),
        }
    }
}

fn too_long() -> Ended {
    Ended::Lasting(Failure {
        error: format!("The job took longer than the {} minutes it may take", TIME_LIMIT.as_secs() / 60),
        remediation: "Ask for less at once, or for something shorter".to_owned(),
    })
}
