//! The work that waits in BullMQ's queues, for the workers of this process.
//!
//! A job is taken by BullMQ's own script and held by its lock, which is renewed as long as the attempt runs. Whoever does not
//! renew it for a lease loses the job to the next: BullMQ's check for stalled jobs puts it back. An attempt learns within a
//! second that its job was cancelled, and at once that its lock is gone.

mod hold;

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bullmq::worker::CancellationToken as Unused;
use bullmq::{Worker, WorkerOptions};
use jiff::Timestamp;
use tokio::sync::watch;
use tokio_util::sync::{CancellationToken, DropGuard};

use super::rows::{self, Fields, Payload, keys};
use super::{KEPT, Redis};
use crate::ids;
use crate::objects::StoredObject;
use crate::queue::{ATTEMPTS, Cause, Failure, Job, Later, Line, QueueError};
use crate::supervisor::Supervisor;
use crate::systems::System;
use hold::Hold;

/// So long an idle worker waits for a sign of work before it looks by itself: a job that rests gives none when it is due.
const LOOK: Duration = Duration::from_secs(1);

/// Between two tries to tell how an attempt ended.
const AGAIN: Duration = Duration::from_millis(200);

/// A job's id and the number of its taking.
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
    bell: tokio::sync::Mutex<Option<::redis::aio::MultiplexedConnection>>,
}

impl std::fmt::Debug for RedisLine {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("RedisLine").field("name", &self.name).finish_non_exhaustive()
    }
}

/// A job that this process has.
#[derive(Debug)]
struct Held {
    job: bullmq::Job,
    lock: String,
    token: String,
    taking: u32,
    /// The system's own number of attempts, or fewer where another producer wants it so.
    attempts: u32,
    gone: CancellationToken,
    progress: watch::Sender<u8>,
    /// Ends the renewal.
    _kept: Arc<DropGuard>,
}

/// What became of the taking of a job.
enum Taken {
    Job(Box<Job>),
    /// There is nothing to do for it, and the next can be looked at.
    Nothing,
}

impl RedisLine {
    /// Workers on the same Redis; one that is silent for a lease loses its job.
    pub(crate) async fn open(
        redis: Arc<Redis>,
        supervisor: Supervisor,
        lease: Duration,
    ) -> Result<Arc<Self>, QueueError> {
        let milliseconds = u64::try_from(lease.as_millis()).unwrap_or(u64::MAX);
        let (mut takers, mut keepers) = (Vec::new(), Vec::new());
        for system in System::ALL {
            let options = WorkerOptions {
                connection: redis.bullmq.clone(),
                lock_duration: milliseconds,
                stalled_interval: milliseconds,
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
            bell: tokio::sync::Mutex::default(),
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
        stop.cancelled().await;
        for keeper in &self.keepers {
            // It has no job of its own to wait for.
            let _ = keeper.close(0).await;
        }
    }

    async fn claimed(&self) -> Result<Option<Job>, QueueError> {
        // Each time another queue is the first to be looked at: none is starved by another.
        let first = self.next.fetch_add(1, Ordering::Relaxed);
        for index in 0..self.takers.len() {
            let (system, taker) = &self.takers[first.wrapping_add(index) % self.takers.len()];
            loop {
                let token = format!("{}:{}", self.name, self.takings.fetch_add(1, Ordering::Relaxed));
                let Some(job) = taker.get_next_job_nonblocking(&token).await? else { break };
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
        let lock = format!("{}:lock", bullmq::QueueKeys::new(system.queue(), None).job_key(job.id()));
        let created = i64::try_from(job.timestamp()).ok().and_then(|time| Timestamp::from_millisecond(time).ok());
        let submission = payload.submission(system, ids::fresh());
        let now = self.redis.clock.now();
        let (status, hash) = rows::fresh(&id, &id, &submission, created.unwrap_or(now));
        let attempts = job.opts().attempts.filter(|attempts| *attempts > 0).map_or(ATTEMPTS, |most| most.min(ATTEMPTS));
        let died = "The worker died during each attempt at this job";
        let mut script = self.redis.scripts.take.prepare_invoke();
        script.key(keys::status(&id)).key(keys::hash(&id)).key(&lock).key(keys::task(&id)).key(keys::ALL);
        script.key(keys::owned(&submission.user, system)).key(keys::SEQUENCE);
        script.arg(&token).arg(&id).arg(now.as_millisecond()).arg(attempts).arg(status.to_string()).arg(died);
        script.arg("Ask for it again; if that fails too, tell the service's operator");
        for (name, value) in &hash {
            script.arg(name).arg(value);
        }
        let answer: Vec<::redis::Value> = self.redis.run(&script).await?;
        let mut parts = answer.into_iter();
        let word: String = read(parts.next());
        match word.as_str() {
            "taken" => {
                let (status, fields): (String, Fields) = (read(parts.next()), read(parts.next()));
                let taking = fields.get("takings").and_then(|count| count.parse().ok()).unwrap_or(1);
                let Some(taken) = rows::job(&fields, Some(&status)) else {
                    return Err(QueueError::lost("a job that was just taken"));
                };
                self.hold(&taken, job, (lock, token), taking, attempts);
                return Ok(Taken::Job(Box::new(taken)));
            }
            "over" if read::<String>(parts.next()) == "completed" => job.move_to_completed("").await?,
            "over" => job.move_to_failed("Nobody wants it any more").await?,
            "dead" => job.move_to_failed(died).await?,
            // Lost to another in this moment.
            _ => {}
        }
        Ok(Taken::Nothing)
    }

    fn hold(&self, taken: &Job, job: bullmq::Job, (lock, token): (String, String), taking: u32, attempts: u32) {
        let (progress, written) = watch::channel(0);
        let (gone, kept) = (CancellationToken::new(), CancellationToken::new());
        let hold = Hold {
            redis: self.redis.clone(),
            job: job.clone(),
            id: taken.id.clone(),
            lock: lock.clone(),
            token: token.clone(),
            lease: self.lease,
            gone: gone.clone(),
        };
        let end = kept.clone();
        self.supervisor.spawn(async move {
            tokio::select! {
                () = end.cancelled() => {}
                () = hold.keep(written) => {}
            }
        });
        let held = Held { job, lock, token, taking, attempts, gone, progress, _kept: Arc::new(kept.drop_guard()) };
        self.all_held().insert(key(taken), held);
    }

    /// The end of an attempt: what is held is let go of when this is dropped.
    fn release(&self, job: &Job) -> Option<Held> {
        self.all_held().remove(&key(job))
    }

    /// Tells how the attempt has ended, as long as its lock may be ours. Whether it was.
    async fn finish(&self, job: &Job, held: &Held, end: &End<'_>) -> Result<bool, QueueError> {
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

    async fn failed(&self, job: &Job, failure: Failure) -> Result<(), QueueError> {
        let Some(mut held) = self.release(job) else { return Ok(()) };
        let end = End::Fail(&failure);
        if self.finish(job, &held, &end).await? {
            settled(held.job.move_to_failed(&failure.error).await);
        }
        Ok(())
    }

    async fn rested(&self, job: &Job, failure: Failure) -> Result<(), QueueError> {
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

    async fn completed(&self, job: &Job, object: StoredObject) -> Result<bool, QueueError> {
        let Some(mut held) = self.release(job) else { return Ok(true) };
        if !self.finish(job, &held, &End::Complete(&object)).await? {
            settled(held.job.move_to_failed("Nobody wants it any more").await);
            return Ok(true);
        }
        settled(held.job.move_to_completed(&object.key).await);
        Ok(false)
    }

    async fn given_back(&self, job: &Job) -> Result<(), QueueError> {
        let Some(held) = self.release(job) else { return Ok(()) };
        if self.finish(job, &held, &End::Back).await? {
            settled(held.job.move_to_wait(None).await.map(drop));
        }
        Ok(())
    }

    /// Returns when a queue has something to take, or it is time to look.
    async fn ring(&self) -> Result<(), QueueError> {
        // One of the idle workers listens; the others look when their time is over.
        let Ok(mut bell) = tokio::time::timeout(LOOK, self.bell.lock()).await else { return Ok(()) };
        let mut connection = if let Some(connection) = bell.take() {
            connection
        } else {
            // The answer comes when there is one: no limit of the connection's own.
            let config = ::redis::AsyncConnectionConfig::new().set_response_timeout(None);
            self.redis.client.get_multiplexed_async_connection_with_config(&config).await?
        };
        let mut pop = ::redis::cmd("BZPOPMIN");
        for (system, _) in &self.takers {
            pop.arg(bullmq::QueueKeys::new(system.queue(), None).marker());
        }
        pop.arg(LOOK.as_secs());
        // A connection that broke is not given back: the next gets a fresh one.
        let popped: Option<(String, String, f64)> = pop.query_async(&mut connection).await?;
        *bell = Some(connection);
        // A job that rests leaves a sign with the time when it is due: not yet.
        #[expect(clippy::cast_precision_loss, reason = "milliseconds since 1970")]
        let ahead = popped.map_or(0.0, |(_, _, due)| due - self.redis.now() as f64);
        if ahead > 0.0 {
            drop(bell);
            let ahead = Duration::try_from_secs_f64(ahead / 1000.0).unwrap_or(LOOK);
            self.redis.clock.sleep(ahead.min(LOOK)).await;
        }
        Ok(())
    }

    fn all_held(&self) -> MutexGuard<'_, HashMap<Key, Held>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn key(job: &Job) -> Key {
    (job.id.clone(), job.attempts)
}

fn read<T: ::redis::FromRedisValue + Default>(value: Option<::redis::Value>) -> T {
    value.and_then(|value| ::redis::from_redis_value(value).ok()).unwrap_or_default()
}

/// What is written in our own status counts. A queue that missed it gives the job out once more, and then learns it.
fn settled(moved: Result<(), bullmq::Error>) {
    if let Err(error) = moved {
        tracing::warn!(%error, "a queue has not taken the end of an attempt; it will ask again");
    }
}

/// How an attempt ends.
enum End<'a> {
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

impl Line for RedisLine {
    fn claim(&self) -> Later<'_, Option<Job>> {
        Box::pin(self.claimed())
    }

    fn wait(&self) -> Later<'_, ()> {
        Box::pin(self.ring())
    }

    fn begin(&self, job: &Job) -> CancellationToken {
        self.all_held().get(&key(job)).map(|held| held.gone.clone()).unwrap_or_default()
    }

    /// The lock is held on: how the attempt ended can only be told by its holder.
    fn end(&self, _job: &Job) {}

    fn die(&self, job: &Job) {
        self.release(job);
    }

    fn taking(&self, job: &Job) -> u32 {
        self.all_held().get(&key(job)).map_or(1, |held| held.taking)
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

    fn complete<'a>(&'a self, job: &'a Job, object: StoredObject) -> Later<'a, bool> {
        Box::pin(self.completed(job, object))
    }

    fn fail_attempt<'a>(&'a self, job: &'a Job, failure: Failure) -> Later<'a, ()> {
        Box::pin(self.rested(job, failure))
    }

    fn fail<'a>(&'a self, job: &'a Job, failure: Failure) -> Later<'a, ()> {
        Box::pin(self.failed(job, failure))
    }

    fn give_back<'a>(&'a self, job: &'a Job) -> Later<'a, ()> {
        Box::pin(self.given_back(job))
    }

    fn let_go<'a>(&'a self, job: &'a Job) -> Later<'a, ()> {
        Box::pin(async move {
            if let Some(mut held) = self.release(job) {
                // Refused where another has it by now, which is as well.
                let _ = held.job.move_to_failed("Nobody wants it any more").await;
            }
            Ok(())
        })
    }
}
