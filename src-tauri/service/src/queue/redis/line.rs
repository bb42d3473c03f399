//! The work that waits in BullMQ's queues, for the workers of this process.
//!
//! A job is taken by BullMQ's own script and held by its lock, which is renewed as long as the attempt runs. Whoever does not
//! renew it for a lease loses the job to the next: BullMQ's check for stalled jobs puts it back. An attempt learns within a
//! second that its job was cancelled, and at once that its lock is gone.

mod bell;
mod end;
mod hold;
mod take;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, AtomicUsize};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bullmq::worker::CancellationToken as Unused;
use bullmq::{Worker, WorkerOptions};
use tokio_util::sync::CancellationToken;

use super::Redis;
use super::rows::keys;
use crate::ids;
use crate::objects::StoredObject;
use crate::queue::{Cause, Failure, Job, Landing, Later, Line, QueueError};
use crate::supervisor::Supervisor;
use crate::systems::System;
use crate::tally::{Outcome, Tally};
use bell::Bell;
use hold::Held;
pub(super) use take::UNWANTED;

/// Looks for stalled jobs in each lease.
const LOOKS: u64 = 4;

/// Between two tries to tell how an attempt ended.
const AGAIN: Duration = Duration::from_millis(200);

/// A job's id and the number of its taking: its attempts begin anew when it is put back, while an old one may still run.
type Key = (String, u32);

/// The queues, as the workers of one process see them.
pub(crate) struct RedisLine {
    redis: Arc<Redis>,
    supervisor: Supervisor,
    /// One for each queue: they take what they are asked to take, and never work by themselves.
    takers: Vec<(System, Worker)>,
    /// One for each queue: paused, they take nothing, and their check for stalled jobs runs.
    keepers: Vec<Worker>,
    lease: Duration,
    /// Names this process in locks.
    name: String,
    takings: AtomicU64,
    next: AtomicUsize,
    held: Mutex<HashMap<Key, Held>>,
    bell: Bell,
    tally: Arc<Tally>,
}

impl std::fmt::Debug for RedisLine {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("RedisLine").field("name", &self.name).finish_non_exhaustive()
    }
}

impl RedisLine {
    /// Workers on the same Redis; one that is silent for a lease loses its job.
    pub(crate) async fn open(
        redis: Arc<Redis>,
        supervisor: Supervisor,
        lease: Duration,
        tally: Arc<Tally>,
    ) -> Result<Arc<Self>, QueueError> {
        let milliseconds = u64::try_from(lease.as_millis()).unwrap_or(u64::MAX);
        let (mut takers, mut keepers) = (Vec::new(), Vec::new());
        for system in System::ALL {
            let options = WorkerOptions {
                connection: redis.bullmq.clone(),
                lock_duration: milliseconds,
                // What is found without a lock twice is taken back: a look late in a lease would cost nearly another one.
                stalled_interval: (milliseconds / LOOKS).max(1),
                // How often a job may lose its worker is counted with its attempts.
                max_stalled_count: u32::MAX,
                autorun: false,
                skip_lock_renewal: true,
                ..WorkerOptions::default()
            };
            let never = |_: bullmq::Job, _: Unused| async { Err(bullmq::Error::WorkerClosed) };
            takers.push((system, Worker::with_options(system.queue(), never, options.clone()).await?));
            keepers.push(Worker::with_options(system.queue(), never, options).await?);
        }
        let line = Self {
            redis,
            supervisor,
            takers,
            keepers,
            lease,
            name: ids::fresh(),
            takings: AtomicU64::new(0),
            next: AtomicUsize::new(0),
            held: Mutex::default(),
            bell: Bell::new(),
            tally,
        };
        Ok(Arc::new(line))
    }

    /// Looks after stalled jobs until the service stops.
    pub(crate) async fn look_after(self: Arc<Self>, stop: CancellationToken) {
        for keeper in &self.keepers {
            keeper.pause();
            if let Err(error) = keeper.run().await {
                tracing::error!(%error, "nobody here looks after the stalled jobs of a queue");
            }
        }
        let told = self.keepers.iter().map(|keeper| async move {
            // It tells what it finds, in a channel without an end.
            while let Some(event) = keeper.next_event().await {
                tracing::debug!(?event, "a queue is looked after");
            }
        });
        tokio::select! {
            () = stop.cancelled() => {}
            _ = futures_util::future::join_all(told) => {}
        }
        for keeper in &self.keepers {
            // It has no job of its own to wait for.
            let _ = keeper.close(0).await;
        }
    }

    /// The end of an attempt: what is held is let go of when this is dropped.
    fn release(&self, job: &Job) -> Option<Held> {
        self.all_held().remove(&key(job))
    }

    fn all_held(&self) -> MutexGuard<'_, HashMap<Key, Held>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn key(job: &Job) -> Key {
    (job.id.clone(), job.taking)
}

impl Line for RedisLine {
    fn claim(&self) -> Later<'_, Option<Job>> {
        Box::pin(self.claimed())
    }

    fn wait(&self) -> Later<'_, ()> {
        Box::pin(self.bell.ring(&self.redis))
    }

    fn begin(&self, job: &Job) -> CancellationToken {
        self.all_held().get(&key(job)).map(|held| held.gone.clone()).unwrap_or_default()
    }

    /// The lock is held on: how the attempt ended can only be told by its holder.
    fn end(&self, _job: &Job) {}

    /// Whoever takes the job over counts it.
    fn die(&self, job: &Job) -> Option<Outcome> {
        self.release(job);
        None
    }

    /// Written by the one who holds the job, so that the work waits for no answer.
    fn note_progress(&self, job: &Job, percent: u8) -> Result<bool, QueueError> {
        let all = self.all_held();
        let Some(held) = all.get(&key(job)) else { return Ok(false) };
        held.progress.send_replace(percent.min(100));
        Ok(!held.gone.is_cancelled())
    }

    fn remember<'a>(&'a self, job: &'a Job, cause: Option<Cause>) -> Later<'a, ()> {
        Box::pin(async move {
            let key = keys::hash(&job.id);
            let mut command = ::redis::cmd(if cause.is_some() { "HSET" } else { "HDEL" });
            match &cause {
                Some(Cause { code, stderr }) => {
                    command.arg(key).arg("cause-code").arg(code).arg("cause-stderr").arg(stderr);
                    command.arg("cause-attempt").arg(job.attempts);
                }
                None => {
                    command.arg(key).arg("cause-code").arg("cause-stderr").arg("cause-attempt");
                }
            }
            self.redis.ask(&command).await
        })
    }

    fn complete<'a>(&'a self, job: &'a Job, object: StoredObject) -> Later<'a, Landing> {
        Box::pin(self.completed(job, object))
    }

    fn fail_attempt<'a>(&'a self, job: &'a Job, failure: Failure) -> Later<'a, Option<Outcome>> {
        Box::pin(self.rested(job, failure))
    }

    fn fail<'a>(&'a self, job: &'a Job, failure: Failure) -> Later<'a, Option<Outcome>> {
        Box::pin(self.failed(job, failure))
    }

    fn give_back<'a>(&'a self, job: &'a Job) -> Later<'a, Option<Outcome>> {
        Box::pin(self.given_back(job))
    }

    fn let_go<'a>(&'a self, job: &'a Job) -> Later<'a, Option<Outcome>> {
        // Where nobody has said that it is over it waits for another; where another has it by now this is refused.
        Box::pin(self.given_back(job))
    }
}
