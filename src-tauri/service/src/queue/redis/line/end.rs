//! How an attempt ends: told under its lock, to our own account first and then to BullMQ.

use super::super::rows::{self, keys};
use super::hold::Held;
use super::take::{BEFORE, UNWANTED};
use super::{AGAIN, RedisLine, key};
use crate::objects::StoredObject;
use crate::queue::{Failure, Job, Landing, QueueError};
use crate::tally::Outcome;

/// How an attempt ends.
pub(super) enum End<'a> {
    Complete(&'a StoredObject),
    Retry,
    Back,
    Fail(&'a Failure),
}

/// How a job stands to the attempt that asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stand {
    /// It is this attempt's, and what was told is written down.
    Ours,
    /// It is another's by now, or about to be.
    Lost,
    /// It is over with a result.
    Completed,
    /// It was cancelled or deleted.
    Unwanted,
    /// It has failed elsewhere.
    Failed,
}

impl Stand {
    /// By a script's word.
    pub(super) fn of(word: &str) -> Self {
        match word {
            "ours" => Self::Ours,
            "completed" => Self::Completed,
            "unwanted" => Self::Unwanted,
            "failed" => Self::Failed,
            _ => Self::Lost,
        }
    }
}

impl End<'_> {
    /// The word for it, the key of its object, and what is written.
    fn words(&self) -> (&'static str, &str, String, String) {
        match self {
            Self::Complete(object) => ("complete", &object.key, object.key.clone(), rows::describe(object)),
            Self::Retry => ("retry", "", String::new(), String::new()),
            Self::Back => ("back", "", String::new(), String::new()),
            Self::Fail(failure) => ("fail", "", failure.error.clone(), failure.remediation.clone()),
        }
    }
}

impl RedisLine {
    /// Tells how the attempt has ended, as long as its lock may be ours; and while Redis is away until it is back, since only then it
    /// is known what has become of the job, and of a result.
    pub(super) async fn finish(&self, job: &Job, held: &Held, end: &End<'_>) -> Result<Stand, QueueError> {
        let until = self.redis.clock.after(self.lease);
        loop {
            let (word, object, first, second) = end.words();
            let bull = held.lock.trim_end_matches(":lock");
            let mut script = self.redis.scripts.finish.prepare_invoke();
            script.key(keys::status(&job.id)).key(keys::hash(&job.id)).key(&held.lock);
            script.key(keys::object(object)).key(bull).arg(&held.token).arg(&job.id).arg(word);
            script.arg(self.redis.now()).arg(first).arg(second).arg(self.redis.options.keep.as_secs());
            match self.redis.run::<String>(&script).await {
                Ok(word) => return Ok(Stand::of(&word)),
                Err(error) if self.supervisor.leaving().is_cancelled() => return Err(error),
                Err(error) if self.redis.clock.now() >= until && !error.is_away() => return Err(error),
                // Redis is away for a moment: the result is there, and the lock is still ours when it comes back in time.
                Err(error) => tracing::warn!(%error, job = job.id, "the end of an attempt could not be told yet"),
            }
            self.redis.clock.sleep(AGAIN).await;
        }
    }

    pub(super) async fn failed(&self, job: &Job, failure: Failure) -> Result<Option<Outcome>, QueueError> {
        let Some(mut held) = self.release(job) else { return Ok(None) };
        match self.finish(job, &held, &End::Fail(&failure)).await? {
            Stand::Ours => {
                settled(held.job.move_to_failed(&failure.error).await);
                Ok(Some(Outcome::Failed))
            }
            stand => Ok(part(held, stand).await),
        }
    }

    pub(super) async fn rested(&self, job: &Job, failure: Failure) -> Result<Option<Outcome>, QueueError> {
        let last = self.all_held().get(&key(job)).is_none_or(|held| job.attempts >= held.attempts);
        if last {
            return self.failed(job, failure).await;
        }
        let Some(held) = self.release(job) else { return Ok(None) };
        let pause = self.redis.options.backoff.saturating_mul(2_u32.saturating_pow(job.attempts.saturating_sub(1)));
        match self.finish(job, &held, &End::Retry).await? {
            Stand::Ours => {
                let due = self.redis.clock.after(pause).as_millisecond();
                settled(held.job.move_to_delayed(u64::try_from(due).unwrap_or(0)).await);
                Ok(Some(Outcome::Retried))
            }
            stand => Ok(part(held, stand).await),
        }
    }

    pub(super) async fn completed(&self, job: &Job, object: StoredObject) -> Result<Landing, QueueError> {
        let Some(mut held) = self.release(job) else { return Ok(Landing::Useless(None)) };
        match self.finish(job, &held, &End::Complete(&object)).await? {
            Stand::Ours => {
                settled(held.job.move_to_completed(&object.key).await);
                Ok(Landing::Landed)
            }
            stand => Ok(Landing::Useless(part(held, stand).await)),
        }
    }

    pub(super) async fn given_back(&self, job: &Job) -> Result<Option<Outcome>, QueueError> {
        let Some(held) = self.release(job) else { return Ok(None) };
        match self.finish(job, &held, &End::Back).await? {
            Stand::Ours => {
                settled(held.job.move_to_wait(None).await.map(drop));
                Ok(Some(Outcome::GivenBack))
            }
            stand => Ok(part(held, stand).await),
        }
    }
}

/// The job is over without this attempt, which tells BullMQ as well: else it would be given out once more. How the attempt is
/// counted: one that has lost the job by whoever has it now.
async fn part(mut held: Held, stand: Stand) -> Option<Outcome> {
    match stand {
        Stand::Ours | Stand::Lost => return None,
        Stand::Completed => settled(held.job.move_to_completed("").await),
        Stand::Unwanted => settled(held.job.move_to_failed(UNWANTED).await),
        Stand::Failed => settled(held.job.move_to_failed(BEFORE).await),
    }
    Some(if stand == Stand::Unwanted { Outcome::Unwanted } else { Outcome::Lost })
}

/// What is written in our own status counts. A queue that missed it gives the job out once more, and then learns it.
fn settled(moved: Result<(), bullmq::Error>) {
    if let Err(error) = moved {
        tracing::warn!(%error, "a queue has not taken the end of an attempt; it will ask again");
    }
}
