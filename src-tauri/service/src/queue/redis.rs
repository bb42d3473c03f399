//! The queue on several machines: BullMQ on Redis, and what is known of jobs beside it.
//!
//! The queues themselves are BullMQ's, through its own port to Rust: the same scripts and keys as on Node, so that workers and
//! producers of both kinds share them. Who has a job is decided by BullMQ's lock: every write of an attempt names the lock's
//! token and is refused without it.
//!
//! A job is first written down here and then put into its queue; until both is done its id lies in an outbox that every process
//! empties now and then, so that one which dies in between loses nothing.

mod address;
mod dead;
mod depth;
mod fit;
mod line;
mod lists;
mod rows;
mod scripts;
mod status;
mod tidy;
mod uploads;

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use ::redis::aio::{ConnectionManager, ConnectionManagerConfig};
use ::redis::{Client, FromRedisValue, RedisError, ScriptInvocation};
use bullmq::options::RedisConnectionOptions;
use bullmq::redis_connection::RedisConnection;
use bullmq::types::{BackoffStrategy, JobState, RetryOptions};

use super::{ATTEMPTS, Job, QueueError, Trouble};
use crate::clock::Clock;
use crate::ids;
use crate::systems::System;
pub(crate) use address::{Pem, RedisAddress};
use fit::Fit;
pub(crate) use line::RedisLine;
use rows::{Fields, Payload, keys};
use scripts::Scripts;

/// A command that has no answer by then has none: a request waits no longer for Redis.
const PATIENCE: Duration = Duration::from_secs(5);

/// To find a Redis that is there takes no longer.
const CONNECT: Duration = Duration::from_secs(2);

impl From<RedisError> for QueueError {
    fn from(error: RedisError) -> Self {
        Self(Trouble::Redis(error))
    }
}

impl From<bullmq::Error> for QueueError {
    fn from(error: bullmq::Error) -> Self {
        Self(Trouble::BullMq(error))
    }
}

/// How a queue on Redis is to be.
#[derive(Debug, Clone)]
pub(crate) struct RedisOptions {
    pub(crate) address: RedisAddress,
    /// First pause before a second attempt; doubles with each further one.
    pub(crate) backoff: Duration,
    /// Jobs of one user that may wait or be worked on at the same time; 0 for any number.
    pub(crate) most_open: u32,
    /// So long an ended job can be asked for.
    pub(crate) keep: Duration,
}

/// Redis, with BullMQ's queues in it.
pub(crate) struct Redis {
    connection: ConnectionManager,
    client: Client,
    bullmq: RedisConnectionOptions,
    queues: HashMap<System, bullmq::Queue>,
    scripts: Scripts,
    clock: Clock,
    options: RedisOptions,
}

impl fmt::Debug for Redis {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Redis").field("options", &self.options).finish_non_exhaustive()
    }
}

impl Redis {
    /// Connects; a Redis that is not there, or cannot be used, is an error at once.
    pub(crate) async fn connect(options: RedisOptions, clock: Clock) -> Result<Arc<Self>, QueueError> {
        let client = options.address.client()?;
        let config = ConnectionManagerConfig::new()
            .set_number_of_retries(1)
            .set_connection_timeout(Some(CONNECT))
            .set_response_timeout(Some(PATIENCE));
        let mut connection = ConnectionManager::new_with_config(client.clone(), config).await?;
        // Whether it lets us in it says only to a command.
        ::redis::cmd("PING").query_async::<()>(&mut connection).await?;
        look_at(&mut connection).await?;
        let bullmq = options.address.bullmq();
        let shared = RedisConnection::new_managed_only(&bullmq).await?;
        let mut queues = HashMap::new();
        for system in System::ALL {
            let queue = bullmq::Queue::with_connection(system.queue(), shared.clone(), bullmq::QueueOptions::default());
            queues.insert(system, queue.await?);
        }
        Ok(Arc::new(Self { connection, client, bullmq, queues, scripts: Scripts::new(), clock, options }))
    }

    /// The value, or `fresh`, which all processes then have.
    pub(crate) async fn setting(&self, name: &str, fresh: &[u8]) -> Result<Vec<u8>, QueueError> {
        let key = keys::setting(name);
        let mut both = ::redis::pipe();
        both.atomic().cmd("SET").arg(&key).arg(ids::hex(fresh)).arg("NX").ignore().cmd("GET").arg(&key);
        let (value,): (String,) = both.query_async(&mut self.connection.clone()).await?;
        Ok(ids::unhex(&value).unwrap_or_else(|| fresh.to_vec()))
    }

    /// Puts a job that is written down into its queue, however often: an id is there once.
    async fn put_into_queue(&self, job: &Job) -> Result<(), QueueError> {
        if job.state == super::State::Pending
            && let Some(queue) = self.queues.get(&job.system)
        {
            let bull = self.called(&job.id).await?;
            let state = queue.get_job_state(&bull).await?;
            match (state, queue.get_job(&bull).await?) {
                (JobState::Completed | JobState::Failed, Some(mut ended)) => {
                    // It ends here first: one that has ended there since it was read is over here too.
                    if self.read(&job.id).await?.is_some_and(|now| now.state != super::State::Pending) {
                        return self.ask(::redis::cmd("ZREM").arg(keys::OUTBOX).arg(&job.id)).await;
                    }
                    let fresh = RetryOptions { reset_attempts_made: true, reset_attempts_started: true };
                    ended.retry(if state == JobState::Failed { "failed" } else { "completed" }, Some(fresh)).await?;
                }
                // A worker is about to end it there, as it has ended here before it was put back: it is looked at again then.
                (JobState::Active | JobState::Unknown, Some(_)) => return Ok(()),
                (_, Some(_)) => {}
                (_, None) => self.add(queue, job, &self.to_be_called(job, bull).await?).await?,
            }
        }
        self.ask(::redis::cmd("ZREM").arg(keys::OUTBOX).arg(&job.id)).await
    }

    /// By which id BullMQ knows a job: a producer may have left it to BullMQ, where ours may be that of another job.
    async fn called(&self, id: &str) -> Result<String, QueueError> {
        let bull: Option<String> = self.ask(::redis::cmd("HGET").arg(keys::hash(id)).arg("bull")).await?;
        Ok(bull.unwrap_or_else(|| id.to_owned()))
    }

    /// By which id BullMQ is to know a job that it has forgotten, or has never known: a number it gives to none but by itself.
    async fn to_be_called(&self, job: &Job, bull: String) -> Result<String, QueueError> {
        let number = bull.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
        if bull == job.id && !number {
            return Ok(bull);
        }
        // Written down first: whoever puts it there once more finds it.
        let fresh = format!("job-{}", job.id);
        self.ask::<()>(::redis::cmd("HSET").arg(keys::hash(&job.id)).arg("bull").arg(&fresh)).await?;
        Ok(fresh)
    }

    async fn add(&self, queue: &bullmq::Queue, job: &Job, bull: &str) -> Result<(), QueueError> {
        let backoff = u64::try_from(self.options.backoff.as_millis()).unwrap_or(u64::MAX);
        queue
            .add("export", Payload::of(job))
            .job_id(bull)
            .attempts(ATTEMPTS)
            .backoff(BackoffStrategy::Exponential(backoff))
            .await?;
        Ok(())
    }

    /// The job of this id, whoever's it is.
    async fn read(&self, id: &str) -> Result<Option<Job>, QueueError> {
        let mut both = ::redis::pipe();
        // Unlike GET it has no error for what another program has put there, and is none.
        both.cmd("HGETALL").arg(keys::hash(id)).cmd("MGET").arg(keys::status(id));
        let (fields, (status,)): (Fields, (Option<String>,)) = both.query_async(&mut self.connection.clone()).await?;
        if fields.is_empty() {
            return self.foreign(id, status.as_deref()).await;
        }
        Ok(rows::job(&fields, status.as_deref()))
    }

    /// A job that another producer has put into the queue of document 001, and that none of our workers has had yet.
    async fn foreign(&self, id: &str, status: Option<&str>) -> Result<Option<Job>, QueueError> {
        let system = System::DownloadJobs;
        let Some(queue) = self.queues.get(&system) else { return Ok(None) };
        let mut fields = ::redis::cmd("HMGET");
        fields.arg(queue.keys().job_key(id)).arg("data").arg("timestamp");
        // What was asked for may be the name of something else that BullMQ keeps beside the jobs.
        let found: Result<(Option<String>, Option<String>), QueueError> = self.ask(&fields).await;
        let (data, created) = match found {
            Err(error) if error.is_of_another_type() => return Ok(None),
            found => found?,
        };
        let Some(payload) = data.and_then(|data| serde_json::from_str::<Payload>(&data).ok()) else { return Ok(None) };
        if payload.id().is_some_and(|said| said != id) {
            return Ok(None);
        }
        let created = created.and_then(|created| rows::time(&created));
        let submission = payload.submission(system, id.to_owned());
        let (fresh, hash) = rows::fresh(id, id, &submission, created.unwrap_or_else(|| self.clock.now()));
        let fields = hash.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        Ok(rows::job(&fields, Some(status.unwrap_or(&fresh.to_string()))))
    }

    async fn ask<T: FromRedisValue>(&self, command: &::redis::Cmd) -> Result<T, QueueError> {
        Ok(command.query_async(&mut self.connection.clone()).await?)
    }

    async fn run<T: FromRedisValue>(&self, script: &ScriptInvocation<'_>) -> Result<T, QueueError> {
        Ok(script.invoke_async(&mut self.connection.clone()).await?)
    }

    fn now(&self) -> i64 {
        self.clock.now().as_millisecond()
    }

    /// Tells how long an ended job is kept here, for an operator's command that comes later.
    pub(crate) async fn tell_keep(&self) -> Result<(), QueueError> {
        self.ask(::redis::cmd("SET").arg(keys::KEEP).arg(self.options.keep.as_secs())).await
    }

    /// Whether it can be written to: one that has become a replica, or whose memory or disk is full, still answers questions.
    async fn written(&self) -> Result<(), QueueError> {
        let life = u64::try_from(PATIENCE.as_millis()).unwrap_or(u64::MAX);
        self.ask(::redis::cmd("SET").arg(keys::READY).arg(1).arg("PX").arg(life)).await
    }
}

/// Refuses a Redis that cannot be used, and warns of one that loses jobs.
async fn look_at(connection: &mut ConnectionManager) -> Result<(), QueueError> {
    let information: String = match ::redis::cmd("INFO").query_async(connection).await {
        Ok(information) => information,
        Err(error) if error.is_io_error() => return Err(error.into()),
        // Where somebody else runs it this may be forbidden.
        Err(error) => {
            tracing::warn!(%error, "Redis does not say what it is; it must be of version 6.2 at least, no replica, and noeviction");
            return Ok(());
        }
    };
    let fit = Fit::of(&information);
    fit.check()?;
    if let Some(policy) = fit.forgets() {
        tracing::warn!(policy, "Redis forgets jobs when its memory is full; set its maxmemory-policy to noeviction");
    }
    Ok(())
}
