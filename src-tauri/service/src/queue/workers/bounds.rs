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
        // First: whoever hangs beyond it loses the job too, and that it took too long is what has to be said.
        if self.clock.now() >= self.deadline {
            return Err(too_long());
        }
        if self.gone.is_cancelled() {
            return Err(Ended::NotOurs);
        }
        if self.stop.is_cancelled() {
            return Err(Ended::Stopping);
        }
        Ok(())
    }

    /// Returns when [`Bounds::check`] would end the attempt.
    pub(crate) async fn interrupted(&self) -> Ended {
        tokio::select! {
            biased;
            () = self.clock.sleep_until(self.deadline) => too_long(),
            () = self.gone.cancelled() => Ended::NotOurs,
            () = self.stop.cancelled() => Ended::Stopping,
        }
    }
}

fn too_long() -> Ended {
    Ended::Lasting(Failure {
        error: format!("The job took longer than the {} minutes it may take", TIME_LIMIT.as_secs() / 60),
        remediation: "Ask for less at once, or for something shorter".to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn d_4_an_attempt_that_hung_beyond_its_time_says_so_and_not_that_it_lost_the_job() {
        let clock = Clock::system();
        let deadline = clock.after(TIME_LIMIT);
        let bounds = Bounds { clock, stop: CancellationToken::new(), gone: CancellationToken::new(), deadline };
        assert!(bounds.check().is_ok());
        bounds.gone.cancel();
        assert!(matches!(bounds.check(), Err(Ended::NotOurs)));
        assert!(matches!(bounds.interrupted().await, Ended::NotOurs));
        bounds.clock.advance(TIME_LIMIT);
        assert!(matches!(bounds.check(), Err(Ended::Lasting(_))), "else it would be tried again, and hang again");
        assert!(matches!(bounds.interrupted().await, Ended::Lasting(_)));
    }
}
