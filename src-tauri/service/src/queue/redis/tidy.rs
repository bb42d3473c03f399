//! What every process does now and then: it looks after what others have left.

use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::Redis;
use super::rows::keys;
use crate::queue::QueueError;

/// So often.
const TIDY: Duration = Duration::from_secs(5);

/// A little less: the one that did it last does it again where there is no other.
const TURN: Duration = Duration::from_millis(4500);

/// What is so long in the outbox was left there by somebody.
const LEFT: Duration = Duration::from_secs(5);

/// A producer of another program that writes a first status later than this after the end is one that lies.
const LATE: Duration = Duration::from_mins(1);

/// So many at a time: Redis answers nobody else meanwhile.
const BATCH: u32 = 1000;

impl Redis {
    /// Looks after what other processes have left, until the service stops.
    pub(crate) async fn tidy(self: Arc<Self>, stop: CancellationToken) {
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                () = self.clock.sleep(TIDY) => {}
            }
            tokio::select! {
                () = stop.cancelled() => return,
                tidied = self.tidy_in_turn() => if let Err(error) = tidied {
                    tracing::warn!(%error, "the queue could not be tidied");
                },
            }
        }
    }

    /// One process at a time is enough, whichever comes first.
    async fn tidy_in_turn(&self) -> Result<(), QueueError> {
        let mut turn = ::redis::cmd("SET");
        turn.arg(keys::TURN).arg(1).arg("NX").arg("PX").arg(u64::try_from(TURN.as_millis()).unwrap_or(u64::MAX));
        match self.ask::<Option<String>>(&turn).await? {
            Some(_) => self.tidy_once().await,
            None => Ok(()),
        }
    }

    pub(super) async fn tidy_once(&self) -> Result<(), QueueError> {
        // What one of them stumbles over does not stand before the others.
        let done = [self.empty_outbox().await, self.mend_ends().await, self.find_dead().await, self.clean().await];
        done.into_iter().collect()
    }

    /// Puts into their queues what was written down by a process that died before it had done so.
    async fn empty_outbox(&self) -> Result<(), QueueError> {
        let mut range = ::redis::cmd("ZRANGEBYSCORE");
        range.arg(keys::OUTBOX).arg("-inf").arg(self.ago(LEFT)).arg("LIMIT").arg(0).arg(BATCH);
        for id in self.ask::<Vec<String>>(&range).await? {
            let put = match self.read(&id).await {
                Ok(Some(job)) => self.put_into_queue(&job).await,
                Ok(None) => self.ask(::redis::cmd("ZREM").arg(keys::OUTBOX).arg(&id)).await,
                Err(error) => Err(error),
            };
            if let Err(error) = put {
                // One that cannot be put there must not stand before all others: it goes to the end.
                tracing::warn!(%error, job = id, "a job cannot be put into its queue");
                let mut last = ::redis::cmd("ZADD");
                self.ask::<()>(last.arg(keys::OUTBOX).arg("XX").arg(self.now()).arg(&id)).await?;
            }
        }
        Ok(())
    }

    /// Ends of jobs that their producers have written over.
    async fn mend_ends(&self) -> Result<(), QueueError> {
        let ids: Vec<String> = self.ask(::redis::cmd("ZRANGE").arg(keys::ENDED).arg(0).arg(BATCH)).await?;
        let past = self.ago(LATE);
        for id in ids {
            let mut script = self.scripts.mend.prepare_invoke();
            script.key(keys::status(&id)).key(keys::hash(&id)).key(keys::ENDED);
            match self.run::<()>(script.arg(&id).arg(past).arg(self.options.keep.as_secs())).await {
                Err(error) if !error.is_away() => tracing::warn!(%error, job = id, "the end of a job cannot be kept"),
                mended => mended?,
            }
        }
        Ok(())
    }

    /// BullMQ's own account of ended jobs goes with ours, however many end at a time.
    async fn clean(&self) -> Result<(), QueueError> {
        let kept = u64::try_from(self.options.keep.as_millis()).unwrap_or(u64::MAX);
        for queue in self.queues.values() {
            for state in ["completed", "failed"] {
                while queue.clean(kept, BATCH, state).await?.len() >= BATCH as usize {}
            }
        }
        Ok(())
    }

    /// The time so long before now, as it is in scores.
    pub(super) fn ago(&self, duration: Duration) -> i64 {
        self.now() - i64::try_from(duration.as_millis()).unwrap_or(0)
    }
}
