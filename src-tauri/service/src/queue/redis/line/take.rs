//! Taking a job: BullMQ gives it, and our own account says what there is to do for it.

use std::sync::atomic::Ordering;

use futures_util::FutureExt as _;
use jiff::Timestamp;

use super::super::rows::{self, Fields, Payload, keys};
use super::RedisLine;
use crate::ids;
use crate::queue::{ATTEMPTS, Job, QueueError};
use crate::systems::System;
use crate::tally::Outcome;

/// Why BullMQ is told that a job failed which was cancelled or deleted before: that makes it no dead letter.
pub(crate) const UNWANTED: &str = "Nobody wants it any more";

/// Why BullMQ is told that a job failed which has failed here before, or by the word of another program.
pub(super) const BEFORE: &str = "It has failed before";

/// What became of the taking of a job.
enum Taken {
    Job(Box<Job>),
    /// There is nothing to do for it, and the next can be looked at.
    Nothing,
}

impl RedisLine {
    /// The next job that there is something to do for.
    pub(super) async fn claimed(&self) -> Result<Option<Job>, QueueError> {
        // Each time another queue is the first to be looked at: none is starved by another.
        let first = self.next.fetch_add(1, Ordering::Relaxed);
        for index in 0..self.takers.len() {
            let (system, taker) = &self.takers[first.wrapping_add(index) % self.takers.len()];
            loop {
                let token = format!("{}:{}", self.name, self.takings.fetch_add(1, Ordering::Relaxed));
                let Some(job) = taker.get_next_job_nonblocking(&token).await? else { break };
                unheard(taker);
                if let Taken::Job(job) = self.take(*system, job, token).await? {
                    return Ok(Some(*job));
                }
            }
        }
        Ok(None)
    }

    /// BullMQ has given us the job: asks what there is to do, and begins to hold it.
    async fn take(&self, system: System, mut job: bullmq::Job, token: String) -> Result<Taken, QueueError> {
        let payload: Payload = serde_json::from_value(job.data().clone()).unwrap_or_default();
        let Some(id) = payload.id().or_else(|| Payload::fit(job.id())) else {
            job.move_to_failed("The job has no id that can be used: letters, digits, - and _, 128 at most").await?;
            return Ok(Taken::Nothing);
        };
        let account = bullmq::QueueKeys::new(system.queue(), None).job_key(job.id());
        let lock = format!("{account}:lock");
        // 0 is what BullMQ's port makes of a time that is none.
        let created = i64::try_from(job.timestamp()).ok().filter(|time| *time > 0);
        let created = created.and_then(|time| Timestamp::from_millisecond(time).ok());
        let submission = payload.submission(system, ids::fresh());
        let now = self.redis.clock.now();
        let (status, hash) = rows::fresh(&id, &id, &submission, created.unwrap_or(now));
        let attempts = job.opts().attempts.filter(|attempts| *attempts > 0).map_or(ATTEMPTS, |most| most.min(ATTEMPTS));
        let died = "The worker died during each attempt at this job";
        let mut script = self.redis.scripts.take.prepare_invoke();
        script.key(keys::status(&id)).key(keys::hash(&id)).key(keys::task(&id)).key(keys::ALL);
        script.key(keys::owned(&submission.user, system)).key(keys::SEQUENCE).key(&lock).key(&account);
        script.arg(&id).arg(&token).arg(now.as_millisecond()).arg(attempts).arg(status.to_string()).arg(died);
        script.arg("Ask for it again; if that fails too, tell the service's operator").arg(job.id());
        for (name, value) in &hash {
            script.arg(name).arg(value);
        }
        let answer: Vec<::redis::Value> = match self.redis.run(&script).await {
            // It would be given out for ever, and held for a lease each time.
            Err(error) if error.is_of_another_type() => {
                tracing::error!(%error, job = id, "a job cannot be taken, and has failed");
                job.move_to_failed("What Redis holds under the job's keys is no account of a job").await?;
                return Ok(Taken::Nothing);
            }
            answer => answer?,
        };
        let mut parts = answer.into_iter();
        let (word, lost): (String, u8) = (read(parts.next()), read(parts.next()));
        if lost == 1 {
            self.tally.count(system, Outcome::Lost);
        }
        match word.as_str() {
            "taken" => {
                let (status, fields): (String, Fields) = (read(parts.next()), read(parts.next()));
                let Some(taken) = rows::job(&fields, Some(&status)) else {
                    return Err(QueueError::lost("a job that was just taken"));
                };
                self.hold(&taken, job, (lock, token), attempts);
                return Ok(Taken::Job(Box::new(taken)));
            }
            "completed" => job.move_to_completed("").await?,
            "unwanted" => job.move_to_failed(UNWANTED).await?,
            "failed" => job.move_to_failed(BEFORE).await?,
            "dead" => job.move_to_failed(died).await?,
            // Lost to another in this moment.
            _ => {}
        }
        Ok(Taken::Nothing)
    }
}

/// A worker of BullMQ tells every job that it takes, in a channel without an end, and here nobody listens.
fn unheard(taker: &bullmq::Worker) {
    while taker.next_event().now_or_never().flatten().is_some() {}
}

fn read<T: ::redis::FromRedisValue + Default>(value: Option<::redis::Value>) -> T {
    value.and_then(|value| ::redis::from_redis_value(value).ok()).unwrap_or_default()
}
