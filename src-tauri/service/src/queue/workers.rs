//! Workers: each takes the next job that is due, does one attempt at it and says how it ended.

use std::cell::Cell;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::runtime::Handle;
use tokio_util::sync::CancellationToken;

use super::{ATTEMPTS, Cause, Failure, Job, Line, QueueError};
use crate::clock::Clock;
use crate::faults::{Fault, Faults};
use crate::ffmpeg::Ffmpeg;
use crate::objects::{ObjectStore, StoredObject};
use crate::supervisor::Supervisor;
use crate::systems::{self, System};
use crate::tally::{Outcome, Tally};

/// A fault of the work strikes once it is so far, in percent: late enough to be seen, early enough to spoil it.
const DOOM_AT: u8 = 40;

/// A worker that stalls says nothing for so long, whatever the pace, and then goes on.
const STALL: Duration = Duration::from_mins(1);

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
        let stop = self.supervisor.stopping().clone();
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
        let attempt = Attempt {
            deadline: job.system.time_limit().map(|limit| self.clock.after(limit)),
            doom: Cell::new(self.doom(&job)),
            gone: self.line.begin(&job),
            faults: self.faults.clone(),
            job: job.clone(),
            line: self.line.clone(),
            clock: self.clock.clone(),
            stop: self.supervisor.stopping().clone(),
            pace: self.pace,
            ffmpeg: self.ffmpeg.clone(),
        };
        let objects = self.objects.for_taking(self.line.taking(&job));
        let result = self.supervisor.blocking(move || systems::perform(&attempt, &objects)).await;
        self.line.end(&job);
        let (outcome, told) = self.tell(&job, result).await;
        let took = Duration::try_from(self.clock.now().duration_since(begun)).unwrap_or_default();
        self.tally.attempt(job.system, outcome, took);
        told
    }

    /// Tells the queue how the attempt ended.
    async fn tell(&self, job: &Job, result: Option<Result<StoredObject, Ended>>) -> (Outcome, Result<(), QueueError>) {
        let result = result.unwrap_or_else(|| {
            Err(Ended::Passing(Failure {
                error: "The work broke off".to_owned(),
                remediation: "Ask for it again; if it breaks off again, tell the service's operator".to_owned(),
            }))
        });
        let failed = |failure: &Failure, last| {
            let reason = &failure.error;
            tracing::warn!(job = job.id, correlation_id = job.correlation_id, last, reason, "failed");
        };
        match result {
            Ok(object) => self.complete(job, object).await,
            Err(Ended::Stopping) => (Outcome::GivenBack, self.line.give_back(job).await),
            Err(Ended::NotOurs) => (Outcome::Lost, self.line.let_go(job).await),
            Err(Ended::Died) => {
                self.line.die(job);
                (Outcome::Lost, Ok(()))
            }
            Err(Ended::Passing(failure)) => {
                let last = job.attempts >= ATTEMPTS;
                failed(&failure, last);
                let outcome = if last { Outcome::Failed } else { Outcome::Retried };
                (outcome, self.line.fail_attempt(job, failure).await)
            }
            Err(Ended::Lasting(failure)) => {
                failed(&failure, true);
                (Outcome::Failed, self.line.fail(job, failure).await)
            }
        }
    }

    async fn complete(&self, job: &Job, object: StoredObject) -> (Outcome, Result<(), QueueError>) {
        let key = object.key.clone();
        match self.line.complete(job, object).await {
            Ok(true) => {
                self.objects.remove(&key).await;
                (Outcome::Lost, Ok(()))
            }
            Ok(false) => {
                tracing::info!(job = job.id, correlation_id = job.correlation_id, "completed");
                (Outcome::Completed, Ok(()))
            }
            Err(error) => (Outcome::Lost, Err(error)),
        }
    }

    /// The fault that was chosen for this attempt.
    fn doom(&self, job: &Job) -> Option<Doom> {
        if self.faults.strikes(Fault::WorkerDies, None) {
            Some(Doom::Dies)
        } else if self.faults.strikes(Fault::JobFails, None)
            || (job.system == System::PackageExports && self.faults.strikes(Fault::ExportFails, None))
        {
            Some(Doom::JobFails)
        } else if self.faults.strikes(Fault::AttemptFails, None) {
            Some(Doom::AttemptFails)
        } else if self.faults.strikes(Fault::WorkerStalls, None) {
            Some(Doom::Stalls)
        } else {
            None
        }
    }
}

#[derive(Debug, Clone, Copy)]
enum Doom {
    Dies,
    JobFails,
    AttemptFails,
    Stalls,
}

/// One attempt at a job, as the work sees it: it reports its steps here and learns whether to go on.
#[derive(Debug)]
pub(crate) struct Attempt {
    job: Job,
    line: Arc<dyn Line>,
    clock: Clock,
    stop: CancellationToken,
    gone: CancellationToken,
    deadline: Option<Timestamp>,
    doom: Cell<Option<Doom>>,
    faults: Faults,
    pace: f64,
    ffmpeg: Ffmpeg,
}

impl Attempt {
    /// The job.
    pub(crate) fn job(&self) -> &Job {
        &self.job
    }

    /// The program that renders.
    pub(crate) fn ffmpeg(&self) -> &Ffmpeg {
        &self.ffmpeg
    }

    /// Notes that the work is so far, without a pause. To be called from a thread that may block.
    pub(crate) fn note(&self, percent: u8) -> Result<(), Ended> {
        let ours = self.line.note_progress(&self.job, percent).map_err(|error| Ended::from(io::Error::other(error)))?;
        if ours { Ok(()) } else { Err(Ended::NotOurs) }
    }

    /// Notes what the system wants to know of a failure of this attempt later, or forgets what an earlier one has noted. To be
    /// called from a thread that may block.
    pub(crate) fn remember(&self, cause: Option<Cause>) -> Result<(), Ended> {
        let noted = Handle::current().block_on(self.line.remember(&self.job, cause));
        noted.map_err(|error| Ended::from(io::Error::other(error)))
    }

    /// Whether a fault of this work comes now.
    pub(crate) fn strikes(&self, fault: Fault) -> bool {
        self.faults.strikes(fault, None)
    }

    /// Notes that the work is so far, and lasts `seconds` times the pace. To be called from a thread that may block.
    pub(crate) fn step(&self, percent: u8, seconds: f64) -> Result<(), Ended> {
        // Before the note: whoever sees it may count on the pause having begun.
        let begun = self.clock.now();
        self.note(percent)?;
        if percent >= DOOM_AT {
            self.meet_doom(begun)?;
        }
        self.pause(begun, Duration::try_from_secs_f64(seconds * self.pace).unwrap_or(Duration::MAX));
        self.check()
    }

    /// Lets the time pass, unless the attempt is to end before that.
    fn pause(&self, begun: Timestamp, pause: Duration) {
        if pause.is_zero() {
            return;
        }
        let until = SignedDuration::try_from(pause).ok().and_then(|pause| begun.checked_add(pause).ok());
        let until = until.unwrap_or(Timestamp::MAX);
        let until = self.deadline.map_or(until, |deadline| deadline.min(until));
        Handle::current().block_on(async {
            tokio::select! {
                () = self.stop.cancelled() => {}
                () = self.gone.cancelled() => {}
                () = self.clock.sleep_until(until) => {}
            }
        });
    }

    /// Ends the attempt when nobody wants it, the service stops or the time is up; for long stretches between two steps.
    pub(crate) fn check(&self) -> Result<(), Ended> {
        if self.gone.is_cancelled() {
            return Err(Ended::NotOurs);
        }
        if self.stop.is_cancelled() {
            return Err(Ended::Stopping);
        }
        if self.deadline.is_some_and(|deadline| self.clock.now() >= deadline) {
            return Err(self.too_long());
        }
        Ok(())
    }

    /// Returns when [`Attempt::check`] would end the attempt; for work that is waited for.
    pub(crate) async fn interrupted(&self) -> Ended {
        let too_late = async {
            match self.deadline {
                Some(deadline) => self.clock.sleep_until(deadline).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            biased;
            () = self.gone.cancelled() => Ended::NotOurs,
            () = self.stop.cancelled() => Ended::Stopping,
            () = too_late => self.too_long(),
        }
    }

    fn too_long(&self) -> Ended {
        let minutes = self.job.system.time_limit().map_or(0, |limit| limit.as_secs() / 60);
        Ended::Lasting(Failure {
            error: format!("The job took longer than the {minutes} minutes it may take"),
            remediation: "Ask for less at once, or for something shorter".to_owned(),
        })
    }

    fn meet_doom(&self, now: Timestamp) -> Result<(), Ended> {
        // Once only: what goes on after its doom is free of it.
        match self.doom.take() {
            None => Ok(()),
            Some(Doom::Stalls) => {
                self.pause(now, STALL);
                Ok(())
            }
            Some(Doom::Dies) => Err(Ended::Died),
            Some(Doom::JobFails) => Err(Ended::Lasting(Failure {
                error: "The source of this export could not be read".to_owned(),
                remediation: "Ask the service's operator to check the source, then ask for the export anew".to_owned(),
            })),
            Some(Doom::AttemptFails) => Err(Ended::Passing(Failure {
                error: "The source of this export did not answer".to_owned(),
                remediation: "Ask for the export anew in a while".to_owned(),
            })),
        }
    }
}
