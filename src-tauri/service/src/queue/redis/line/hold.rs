//! Holding a job: its lock is renewed and its progress written while the attempt is busy with the work.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::watch;
use tokio_util::sync::{CancellationToken, DropGuard};

use super::super::Redis;
use super::super::rows::keys;
use super::end::Stand;
use super::{AGAIN, RedisLine, key};
use crate::clock::later;
use crate::queue::Job;
use crate::queue::workers::TIME_LIMIT;

/// So often it is looked whether the job is still wanted.
const WANTED: Duration = Duration::from_secs(1);

/// An attempt that hangs somewhere is held for so long after its time is over.
const GRACE: Duration = Duration::from_secs(30);

/// A job that this process has.
#[derive(Debug)]
pub(super) struct Held {
    pub(super) job: bullmq::Job,
    pub(super) lock: String,
    pub(super) token: String,
    /// The system's own number of attempts, or fewer where another producer wants it so.
    pub(super) attempts: u32,
    pub(super) gone: CancellationToken,
    pub(super) progress: watch::Sender<u8>,
    /// Ends the renewal.
    _kept: Arc<DropGuard>,
}

impl RedisLine {
    /// Begins to hold a job that was just taken.
    pub(super) fn hold(&self, taken: &Job, job: bullmq::Job, (lock, token): (String, String), attempts: u32) {
        let (progress, written) = watch::channel(0);
        let (gone, kept) = (CancellationToken::new(), CancellationToken::new());
        let hold = Hold {
            redis: self.redis.clone(),
            job: job.clone(),
            id: taken.id.clone(),
            lock: lock.clone(),
            token: token.clone(),
            lease: self.lease,
            longest: self.redis.clock.after(TIME_LIMIT + GRACE),
            gone: gone.clone(),
        };
        let end = kept.clone();
        self.supervisor.spawn(async move {
            tokio::select! {
                () = end.cancelled() => {}
                () = hold.keep(written) => {}
            }
        });
        let held = Held { job, lock, token, attempts, gone, progress, _kept: Arc::new(kept.drop_guard()) };
        self.all_held().insert(key(taken), held);
    }
}

/// What holds a job as long as its attempt runs.
struct Hold {
    redis: Arc<Redis>,
    job: bullmq::Job,
    id: String,
    lock: String,
    token: String,
    lease: Duration,
    /// Nobody holds it beyond this.
    longest: Timestamp,
    gone: CancellationToken,
}

impl Hold {
    /// Renews the lock and writes the progress, until the job is lost: then the attempt is told to stop.
    async fn keep(self, mut written: watch::Receiver<u8>) {
        let (renewal, clock) = (self.lease / 3, &self.redis.clock);
        let (mut renewed, mut looked) = (clock.now(), clock.now());
        loop {
            let next = (later(looked, WANTED)).min(later(renewed, renewal));
            let changed = tokio::select! {
                changed = written.changed() => changed.is_ok(),
                () = clock.sleep_until(next) => false,
            };
            let now = clock.now();
            if now >= self.longest {
                tracing::error!(job = self.id, "an attempt does not end when its time is over, and loses the job");
                return self.gone.cancel();
            }
            if now >= later(renewed, renewal) {
                let lease = u64::try_from(self.lease.as_millis()).unwrap_or(u64::MAX);
                match self.job.extend_lock(&self.token, lease).await {
                    Ok(()) => renewed = now,
                    Err(bullmq::Error::Redis(error)) if now < later(renewed, self.lease) => {
                        tracing::warn!(%error, job = self.id, "a lock could not be renewed yet");
                        clock.sleep(AGAIN).await;
                    }
                    Err(error) => {
                        tracing::warn!(%error, job = self.id, "the lock is lost, and the job with it");
                        return self.gone.cancel();
                    }
                }
            }
            let percent = if changed { i16::from(*written.borrow_and_update()) } else { -1 };
            let mut script = self.redis.scripts.progress.prepare_invoke();
            script.key(keys::status(&self.id)).key(keys::hash(&self.id)).key(&self.lock);
            script.arg(&self.token).arg(percent).arg(now.as_millisecond());
            match self.redis.run::<String>(&script).await.map(|word| Stand::of(&word)) {
                Ok(Stand::Ours) => {}
                Ok(_) => return self.gone.cancel(),
                Err(error) => tracing::warn!(%error, job = self.id, "progress could not be written"),
            }
            looked = now;
        }
    }
}
