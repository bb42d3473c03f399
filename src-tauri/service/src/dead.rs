//! The operator's door to the dead letters, without a service: those of a Redis that others work on, or of a folder that nobody
//! works in.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use crate::clock::Clock;
use crate::cluster::{self, ClusterError, Secrets};
use crate::options::{Options, StartError};
use crate::queue::redis::{Redis, RedisOptions};
use crate::queue::{DeadLetter, QueueError, Status};
use crate::service::embedded_queue;

/// Dead letters of everybody.
#[derive(Debug)]
pub struct DeadLetters {
    status: Arc<dyn Status>,
    /// Held as long as it is our folder.
    _lock: Option<std::fs::File>,
}

/// Why the dead letters cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum DeadLettersError {
    /// The queue's address cannot be.
    #[error(transparent)]
    Address(#[from] ClusterError),
    /// The queue cannot be opened.
    #[error(transparent)]
    Start(#[from] StartError),
}

impl DeadLetters {
    /// Those of a service on several machines, by the address of its Redis.
    /// One that is dropped is kept for `keep`, as any that has ended.
    pub async fn of_redis(queue: &str, secrets: &Secrets, keep: Duration) -> Result<Self, DeadLettersError> {
        let address = cluster::redis(queue, secrets)?;
        let backoff = Options::new("").backoff;
        let redis = Redis::connect(RedisOptions { address, backoff, most_open: 0, keep }, Clock::system()).await;
        Ok(Self { status: redis.map_err(StartError::Redis)?, _lock: None })
    }

    /// Those of a data folder in which no service works at the moment.
    pub fn of_folder(data: &Path) -> Result<Self, DeadLettersError> {
        let (queue, lock) = embedded_queue(data, Duration::ZERO)?;
        Ok(Self { status: queue, _lock: Some(lock) })
    }

    /// All of them, newest first.
    pub async fn list(&self) -> Result<Vec<DeadLetter>, QueueError> {
        self.status.dead_letters(None).await
    }

    /// Puts a dead job back, with all its attempts before it; whether there was such a one.
    pub async fn retry(&self, job_id: &str) -> Result<bool, QueueError> {
        Ok(self.status.retry_dead(None, job_id).await?.is_some())
    }

    /// Takes a dead job off the list, for good; whether there was such a one.
    pub async fn drop(&self, job_id: &str) -> Result<bool, QueueError> {
        self.status.drop_dead(job_id).await
    }
}
