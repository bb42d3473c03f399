//! The durable queue: what was asked for is written down before it is answered, and stays so until it is done or dead.
//!
//! Two traits, and a room for each backend behind them. [`Status`] is what is known of jobs, for those who answer questions;
//! [`Line`] is the work itself, for the workers. The API and the systems see these and never the backend: [`local`] keeps all of
//! it in SQLite on one machine, [`redis`] in Redis for any number of them. What the work is, is the business of [`crate::systems`].

#[cfg(test)]
mod contract;
mod job;
pub(crate) mod local;
pub(crate) mod redis;
pub(crate) mod workers;

use std::fmt;
use std::time::Duration;

use futures_util::future::BoxFuture;
use jiff::Timestamp;
use tokio_util::sync::CancellationToken;

use crate::database::DatabaseError;
use crate::objects::StoredObject;
use crate::systems::System;
use crate::tally::Outcome;
pub use job::{DeadLetter, Job, State};

/// So many attempts has a job; after the last one it is dead.
pub(crate) const ATTEMPTS: u32 = 3;

/// The queue cannot be used.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct QueueError(#[from] Trouble);

/// What a backend has run into.
#[derive(Debug, thiserror::Error)]
enum Trouble {
    #[error(transparent)]
    Database(#[from] DatabaseError),
    #[error("Redis cannot be used: {0}")]
    Redis(::redis::RedisError),
    #[error("the queue on Redis cannot be used: {0}")]
    BullMq(bullmq::Error),
    #[error("Redis cannot be used: it is of version {0}, and 6.2 or a later one is needed")]
    Old(String),
    #[error("Redis cannot be used: it is a replica, which can only be read")]
    Replica,
    #[error("{0} is not there")]
    Lost(&'static str),
}

impl QueueError {
    fn lost(what: &'static str) -> Self {
        Self(Trouble::Lost(what))
    }

    /// Whether a key was asked for as what it is not.
    fn is_of_another_type(&self) -> bool {
        // A Redis before 7 has a code of its own for what a script runs into, and says it in the text.
        matches!(&self.0, Trouble::Redis(error) if error.code() == Some("WRONGTYPE") || error.to_string().contains("WRONGTYPE"))
    }

    /// Whether there was no answer.
    fn is_away(&self) -> bool {
        matches!(&self.0, Trouble::Redis(error) if error.is_io_error())
    }

    /// Whether it is well again once another program is.
    pub(crate) fn passes(&self) -> bool {
        matches!(self.0, Trouble::Redis(_) | Trouble::BullMq(_))
    }
}

impl From<DatabaseError> for QueueError {
    fn from(error: DatabaseError) -> Self {
        Self(error.into())
    }
}

/// What a user asks for.
#[derive(Debug)]
pub(crate) struct Submission {
    pub(crate) system: System,
    pub(crate) user: String,
    pub(crate) correlation_id: String,
    /// The key, and a digest of all that is asked for under it.
    pub(crate) idempotency: Option<(String, Vec<u8>)>,
    /// What the system needs to know to do the work, as JSON.
    pub(crate) request: String,
}

/// Which part of a list is wanted.
#[derive(Debug, Clone)]
pub(crate) struct Page {
    /// Older than this job.
    pub(crate) before: Option<String>,
    /// So many at most.
    pub(crate) limit: u32,
}

/// A page of a list.
#[derive(Debug, Default)]
pub(crate) struct Listing {
    pub(crate) jobs: Vec<Job>,
    /// The job that the next page is older than, where there is one.
    pub(crate) next: Option<String>,
}

/// What has changed of a user's jobs.
#[derive(Debug)]
pub(crate) struct Changes {
    pub(crate) jobs: Vec<Job>,
    /// The moment after which to ask next.
    pub(crate) at: i64,
}

/// What became of a submission.
#[derive(Debug)]
pub(crate) enum Submitted {
    /// The new job, or the one that was made for the same key and body.
    Job(Box<Job>),
    /// The key was used with another body.
    OtherBody,
    /// So many of the user's jobs wait or are worked on that there can be no more.
    TooMany,
}

/// How an attempt ended, other than well.
#[derive(Debug, Clone)]
pub(crate) struct Failure {
    pub(crate) error: String,
    pub(crate) remediation: String,
}

/// What stands beside a job's error and remediation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Cause {
    /// One of its system's codes.
    pub(crate) code: String,
    /// The last lines of what a program said, or nothing.
    pub(crate) stderr: String,
}

/// An event that was told of a job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Told {
    /// From 1 on, without a gap.
    pub(crate) number: u32,
    pub(crate) name: String,
    /// JSON.
    pub(crate) data: String,
    /// The job's after the event: the next one is derived from the difference.
    pub(crate) status: String,
    pub(crate) percent: u8,
}

/// What was told of a job.
#[derive(Debug, Default)]
pub(crate) struct ToldBook {
    /// The events that were asked for, in order.
    pub(crate) events: Vec<Told>,
    /// The last event there is.
    pub(crate) last: Option<Told>,
}

/// What a backend answers, later: the traits are used as objects, since it is chosen at the start.
pub(crate) type Later<'a, T> = BoxFuture<'a, Result<T, QueueError>>;

/// What is known of jobs.
pub(crate) trait Status: fmt::Debug + Send + Sync {
    /// Makes the job, or finds the one made before under the same key: key and job are written together.
    fn submit(&self, submission: Submission) -> Later<'_, Submitted>;

    /// A job of this user and system by its id.
    fn job<'a>(&'a self, user: &'a str, system: System, id: &'a str) -> Later<'a, Option<Job>>;

    /// A job of this user and system by the id of its task.
    fn job_of_task<'a>(&'a self, user: &'a str, system: System, task: &'a str) -> Later<'a, Option<Job>>;

    /// The user's jobs in this system, newest first, a page at a time.
    fn list<'a>(&'a self, user: &'a str, system: System, page: &'a Page) -> Later<'a, Listing>;

    /// The user's jobs in this system that were asked for since then and have changed after a moment, or all of those. Some may
    /// be told twice.
    fn changes<'a>(&'a self, user: &'a str, system: System, since: Timestamp, after: Option<i64>)
    -> Later<'a, Changes>;

    /// Every job of everybody, oldest first.
    fn all(&self) -> Later<'_, Vec<Job>>;

    /// What is known of a finished result.
    fn object<'a>(&'a self, key: &'a str) -> Later<'a, Option<StoredObject>>;

    /// The dead letters of one user, or of all; newest first.
    fn dead_letters<'a>(&'a self, user: Option<&'a str>) -> Later<'a, Vec<DeadLetter>>;

    /// Puts a dead job back with all its attempts before it. `None` when it is not dead, or not this user's.
    fn retry_dead<'a>(&'a self, user: Option<&'a str>, id: &'a str) -> Later<'a, Option<Job>>;

    /// Takes a dead job off the dead letters: nobody will put it back. Whether there was such a one.
    fn drop_dead<'a>(&'a self, id: &'a str) -> Later<'a, bool>;

    /// Takes the job out of its user's sight: an attempt that has it stops, its dead letter and its result's row go with it.
    /// The job as it was; `None` when there is no such one. The result itself is the caller's to remove.
    fn delete<'a>(&'a self, user: &'a str, system: System, id: &'a str) -> Later<'a, Option<Job>>;

    /// Ends a job that its user does not want any more as failed, for this reason, and its attempt with it. It is no dead
    /// letter. The job as it is then and whether this ended it; `None` when there is no such job of this user and system.
    fn cancel<'a>(
        &'a self,
        user: &'a str,
        system: System,
        id: &'a str,
        reason: Failure,
    ) -> Later<'a, Option<(Job, bool)>>;

    /// What its last attempt has noted of why it failed.
    fn cause<'a>(&'a self, job: &'a Job) -> Later<'a, Option<Cause>>;

    /// What was told of a job after the event of this number.
    fn told<'a>(&'a self, job_id: &'a str, after: u32) -> Later<'a, ToldBook>;

    /// Appends events, unless others were appended meanwhile: then nothing is written, and the answer is no.
    fn tell<'a>(&'a self, job_id: &'a str, events: &'a [Told]) -> Later<'a, bool>;

    /// Whether it can be used: what is asked for could be written down.
    fn ready(&self) -> Later<'_, ()>;

    /// How much waits, is worked on and is dead, and since when.
    fn depths(&self) -> Later<'_, Vec<Depth>>;
}

/// The work that waits, for workers.
pub(crate) trait Line: fmt::Debug + Send + Sync {
    /// Takes the next job that is due, as its next attempt; before that, takes back those whose worker is dead.
    fn claim(&self) -> Later<'_, Option<Job>>;

    /// Returns when there may be something to claim.
    fn wait(&self) -> Later<'_, ()>;

    /// The attempt begins; the token fires when it is to stop.
    fn begin(&self, job: &Job) -> CancellationToken;

    /// The attempt has ended, and how is told next: it need not be stopped any more.
    fn end(&self, job: &Job);

    /// The attempt dies without a word, on purpose: nothing is done for it any more. How it is counted.
    fn die(&self, _job: &Job) -> Option<Outcome> {
        Some(Outcome::Lost)
    }

    /// Notes the progress of an attempt, unless it has lost the job: late news changes nothing. Whether it still has it. To be
    /// called from anywhere; it waits for nobody for long.
    fn note_progress(&self, job: &Job, percent: u8) -> Result<bool, QueueError>;

    /// Notes what the system wants to know of a failure later, or forgets what an earlier attempt has noted.
    fn remember<'a>(&'a self, job: &'a Job, cause: Option<Cause>) -> Later<'a, ()>;

    /// The result is stored: object and job are written together, where somebody wants them still.
    fn complete<'a>(&'a self, job: &'a Job, object: StoredObject) -> Later<'a, Landing>;

    /// A passing failure: the job rests and is tried again, or is dead after its last attempt. How the attempt is counted, as
    /// with the other ends: not at all where another counts it, because it has the job by now.
    fn fail_attempt<'a>(&'a self, job: &'a Job, failure: Failure) -> Later<'a, Option<Outcome>>;

    /// A lasting failure: the job is dead.
    fn fail<'a>(&'a self, job: &'a Job, failure: Failure) -> Later<'a, Option<Outcome>>;

    /// The service stops: the attempt was not the job's fault and does not count.
    fn give_back<'a>(&'a self, job: &'a Job) -> Later<'a, Option<Outcome>>;

    /// The attempt ends without a word: the job is nobody's, or another's.
    fn let_go<'a>(&'a self, job: &'a Job) -> Later<'a, Option<Outcome>>;
}

/// What became of a result that was stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Landing {
    /// It is the job's.
    Landed,
    /// Nobody will ever ask for it, because the job was deleted or cancelled meanwhile, or is another attempt's; and how the
    /// attempt is counted.
    Useless(Option<Outcome>),
    /// The job is another attempt's by now, which may have stored this very object.
    Late,
}

/// How one system's queue stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Depth {
    pub(crate) system: System,
    /// Jobs that wait for a worker, those that rest before their next attempt included.
    pub(crate) waiting: u64,
    /// Jobs that a worker has.
    pub(crate) active: u64,
    /// Dead letters.
    pub(crate) dead: u64,
    /// For how long the oldest of those that wait has waited.
    pub(crate) oldest: Duration,
}
