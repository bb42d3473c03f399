//! Workers: each takes the next job that is due, does one attempt at it and says how it ended.

mod attempt;
mod bounds;

use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::{Failure, Job, Landing, Line, QueueError};
use crate::clock::Clock;
use crate::faults::Faults;
use crate::ffmpeg::Ffmpeg;
use crate::objects::{ObjectStore, StoredObject};
use crate::supervisor::Supervisor;
use crate::systems;
use crate::tally::{Outcome, Tally};
pub(crate) use attempt::Attempt;
use attempt::Doom;
pub(crate) use bounds::{Bounds, TIME_LIMIT};

/// After trouble with the queue itself a worker rests this long.
const REST: Duration = Duration::from_secs(1);

/// How an attempt ended without a result.
#[derive(Debug)]
pub(crate) enum Ended {
    /// The service stops.
    Stopping,
    /// The job was cancelled, deleted, or is another attempt's by now: nothing is left to say, and what was made is of no use.
    NotOurs,
    /// The worker died: nobody will ever say a word about this job again.
    Died,
    /// Worth another attempt.
    Passing(Failure),
    /// Not worth another attempt.
    Lasting(Failure),
}

impl From<io::Error> for Ended {
    fn from(error: io::Error) -> Self {
        tracing::warn!(%error, "a result could not be stored");
        Self::Passing(Failure {
            error: "The result could not be stored".to_owned(),
            remediation: "Ask for it again later; if it fails again, the service's storage needs a look".to_owned(),
        })
    }
}

/// What a worker works with.
#[derive(Debug, Clone)]
pub(crate) struct Worker {
    pub(crate) line: Arc<dyn Line>,
    pub(crate) objects: ObjectStore,
    pub(crate) clock: Clock,
    pub(crate) faults: Faults,
    pub(crate) supervisor: Supervisor,
    pub(crate) pace: f64,
    pub(crate) ffmpeg: Ffmpeg,
    pub(crate) tally: Arc<Tally>,
}

impl Worker {
    /// Works until the service stops.
    pub(crate) async fn run(self) {
        let stop = self.supervisor.leaving().clone();
        while !stop.is_cancelled() {
            let trouble = match self.line.claim().await {
                Ok(Some(job)) => self.attempt(job).await.err(),
                Ok(None) => self.wait_for_work(&stop).await.err(),
                Err(error) => Some(error),
            };
            if let Some(error) = trouble {
                tracing::error!(%error, "a worker cannot use the queue");
                tokio::select! {
                    () = stop.cancelled() => {}
                    () = self.clock.sleep(REST) => {}
                }
            }
        }
    }

    async fn wait_for_work(&self, stop: &CancellationToken) -> Result<(), QueueError> {
        tokio::select! {
            biased;
            () = stop.cancelled() => Ok(()),
            waited = self.line.wait() => waited,
        }
    }

    async fn attempt(&self, job: Job) -> Result<(), QueueError> {
        tracing::info!(job = job.id, attempt = job.attempts, correlation_id = job.correlation_id, "attempt begins");
        let begun = self.clock.now();
        let bounds = Bounds {
            clock: self.clock.clone(),
            stop: self.supervisor.leaving().clone(),
            gone: self.line.begin(&job),
            deadline: self.clock.after(TIME_LIMIT),
        };
        let doom = Doom::of(&self.faults, job.system);
        let attempt = Attempt::new(job.clone(), self, bounds, doom);
        let objects = self.objects.for_taking(job.taking);
        let result = self.supervisor.blocking(move || systems::perform(&attempt, &objects)).await;
        self.line.end(&job);
        let told = self.tell(&job, result).await;
        let took = Duration::try_from(self.clock.now().duration_since(begun)).unwrap_or_default();
        // What could not be told is another's to take over, and to count.
        self.tally.attempt(job.system, *told.as_ref().unwrap_or(&None), took);
        told.map(drop)
    }

    /// Tells the queue how the attempt ended; how it is counted.
    async fn tell(
        &self,
        job: &Job,
        result: Option<Result<StoredObject, Ended>>,
    ) -> Result<Option<Outcome>, QueueError> {
        let result = result.unwrap_or_else(|| {
            Err(Ended::Passing(Failure {
                error: "The work broke off".to_owned(),
                remediation: "Ask for it again; if it breaks off again, tell the service's operator".to_owned(),
            }))
        });
        let failed = |reason: &str, outcome: Option<Outcome>| {
            let last = outcome == Some(Outcome::Failed);
            tracing::warn!(job = job.id, correlation_id = job.correlation_id, last, reason, "failed");
        };
        match result {
            Ok(object) => self.complete(job, object).await,
            Err(Ended::Stopping) => self.line.give_back(job).await,
            Err(Ended::NotOurs) => self.line.let_go(job).await,
            Err(Ended::Died) => Ok(self.line.die(job)),
            Err(Ended::Passing(failure)) => {
                let outcome = self.line.fail_attempt(job, failure.clone()).await?;
                failed(&failure.error, outcome);
                Ok(outcome)
            }
            Err(Ended::Lasting(failure)) => {
                let outcome = self.line.fail(job, failure.clone()).await?;
                failed(&failure.error, outcome);
                Ok(outcome)
            }
        }
    }

    async fn complete(&self, job: &Job, object: StoredObject) -> Result<Option<Outcome>, QueueError> {
        let key = object.key.clone();
        Ok(match self.line.complete(job, object).await? {
            Landing::Landed => {
                tracing::info!(job = job.id, correlation_id = job.correlation_id, "completed");
                Some(Outcome::Completed)
            }
            Landing::Useless(outcome) => {
                self.objects.remove(&key).await;
                outcome
            }
            Landing::Late => Some(Outcome::Lost),
        })
    }
}
