//! How an attempt ends: told under its lock, to our own account first and then to BullMQ.

use super::super::KEPT;
use super::super::rows::{self, keys};
use super::hold::Held;
use super::{AGAIN, RedisLine, key};
use crate::objects::StoredObject;
use crate::queue::{Failure, Job, QueueError};

/// How an attempt ends.
pub(super) enum End<'a> {
    Complete(&'a StoredObject),
    Retry,
    Back,
    Fail(&'a Failure),
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
    /// Tells how the attempt has ended, as long as its lock may be ours. Whether it was.
    pub(super) async fn finish(&self, job: &Job, held: &Held, end: &End<'_>) -> Result<bool, QueueError> {
        let until = self.redis.clock.after(self.lease);
        loop {
            let (word, object, first, second) = end.words();
            let bull = held.lock.trim_end_matches(":lock");
            let mut script = self.redis.scripts.finish.prepare_invoke();
            script.key(keys::status(&job.id)).key(keys::hash(&job.id)).key(&held.lock);
            script.key(keys::object(object)).key(bull).arg(&held.token).arg(&job.id).arg(word);
            script.arg(self.redis.now()).arg(first).arg(second).arg(KEPT.as_secs());
            match self.redis.run::<i64>(&script).await {
                Ok(told) => return Ok(told == 1),
                Err(error) if self.redis.clock.now() >= until => return Err(error),
                // Redis is away for a moment: the result is there, and the lock is still ours when it comes back in time.
                Err(error) => tracing::warn!(%error, job = job.id, "the end of an attempt could not be told yet"),
            }
            self.redis.clock.sleep(AGAIN).await;
        }
    }

    pub(super) async fn failed(&self, job: &Job, failure: Failure) -> Result<(), QueueError> {
        let Some(mut held) = self.release(job) else { return Ok(()) };
        let end = End::Fail(&failure);
        if self.finish(job, &held, &end).await? {
            settled(held.job.move_to_failed(&failure.error).await);
        }
        Ok(())
    }

    pub(super) async fn rested(&self, job: &Job, failure: Failure) -> Result<(), QueueError> {
        let last = self.all_held().get(&key(job)).is_none_or(|held| job.attempts >= held.attempts);
        if last {
            return self.failed(job, failure).await;
        }
        let Some(held) = self.release(job) else { return Ok(()) };
        let pause = self.redis.options.backoff.saturating_mul(2_u32.saturating_pow(job.attempts.saturating_sub(1)));
        if self.finish(job, &held, &End::Retry).await? {
            let due = self.redis.clock.after(pause).as_millisecond();
            settled(held.job.move_to_delayed(u64::try_from(due).unwrap_or(0)).await);
        }
        Ok(())
    }

    pub(super) async fn completed(&self, job: &Job, object: StoredObject) -> Result<bool, QueueError> {
        let Some(mut held) = self.release(job) else { return Ok(true) };
        if !self.finish(job, &held, &End::Complete(&object)).await? {
            settled(held.job.move_to_failed("Nobody wants it any more").await);
            return Ok(true);
        }
        settled(held.job.move_to_completed(&object.key).await);
        Ok(false)
    }

    pub(super) async fn given_back(&self, job: &Job) -> Result<(), QueueError> {
        let Some(held) = self.release(job) else { return Ok(()) };
        if self.finish(job, &held, &End::Back).await? {
            settled(held.job.move_to_wait(None).await.map(drop));
        }
        Ok(())
    }
}

/// What is written in our own status counts. A queue that missed it gives the job out once more, and then learns it.
fn settled(moved: Result<(), bullmq::Error>) {
    if let Err(error) = moved {
        tracing::warn!(%error, "a queue has not taken the end of an attempt; it will ask again");
    }
}
