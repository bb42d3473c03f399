//! What shows of a download while it is under way.

use std::time::Duration;

use futures_util::future::BoxFuture;
use jiff::Timestamp;
use landfall_wire::TimelineEntry;
use tokio::sync::watch;
use tokio::sync::watch::error::RecvError;
use tokio_util::sync::CancellationToken;

use super::{Interrupted, Live};
use crate::clock::Clock;
use crate::pace::Pace;
use crate::transfer::{Doing, Progress};

/// What moves is looked at that often: ten times a second is as fast as a face shows it.
const LOOK: Duration = Duration::from_millis(100);

/// What a download shows, and what it is stopped by: its own end of a [`Gauge`].
#[derive(Debug)]
pub(crate) struct Reins {
    /// How far it is.
    pub(crate) progress: watch::Sender<Progress>,
    /// Told to put down what it holds.
    pub(crate) stop: CancellationToken,
}

/// Looks at one download. Jobs that only wait have none: it would be most of their room.
pub(crate) struct Gauge {
    progress: watch::Receiver<Progress>,
    /// Asks the download to put down what it holds.
    pub(crate) stop: CancellationToken,
    noted: usize,
    /// The download's first trouble since a byte came.
    cut_since: Option<Timestamp>,
    pace: Pace,
    looked_at: Duration,
}

impl Gauge {
    /// Of a download that is about to begin, with what that needs.
    pub(crate) fn new() -> (Self, Reins) {
        let (progress, watched) = watch::channel(Progress::default());
        let stop = CancellationToken::new();
        let reins = Reins { progress, stop: stop.clone() };
        let (pace, looked_at) = (Pace::default(), Duration::ZERO);
        (Self { progress: watched, stop, noted: 0, cut_since: None, pace, looked_at }, reins)
    }

    /// The next change, at most ten a second; none once it has ended and all was looked at.
    pub(crate) fn changed<'a>(&'a mut self, clock: &'a dyn Clock) -> BoxFuture<'a, Result<(), RecvError>> {
        Box::pin(async {
            clock.sleep((self.looked_at + LOOK).saturating_sub(clock.monotonic())).await;
            self.progress.changed().await
        })
    }

    /// Takes over what shows now, and gives what is to be noted for the first time.
    pub(crate) fn look(&mut self, clock: &dyn Clock, live: &mut Live) -> Vec<TimelineEntry> {
        self.looked_at = clock.monotonic();
        let progress = self.progress.borrow_and_update().clone();
        let now = clock.now();
        let notes: Vec<TimelineEntry> = progress
            .notes
            .iter()
            .skip(self.noted.max(progress.told_before))
            .map(|text| TimelineEntry { at: now, text: crate::secrets::redacted(text) })
            .collect();
        if !notes.is_empty() {
            self.noted = progress.notes.len();
        }
        if progress.bytes > live.bytes {
            self.cut_since = None;
        }
        let verifying = matches!(progress.doing, Doing::Checking | Doing::Publishing);
        let interrupted = match progress.doing {
            Doing::Resting { until, why } => {
                Some(Interrupted { since: *self.cut_since.get_or_insert(now), until, why })
            }
            Doing::Starting | Doing::Asking | Doing::Fetching | Doing::Checking | Doing::Publishing => None,
        };
        *live = Live {
            interrupted,
            bytes: progress.bytes,
            total: progress.total,
            rate: self.pace.rate(self.looked_at, progress.bytes),
            verifying,
        };
        notes
    }
}
