//! How the queues stand.

use std::time::Duration;

use jiff::Timestamp;

use super::Redis;
use super::rows::{self, keys};
use crate::queue::{Depth, QueueError};
use crate::systems::System;

/// So many of those that rest, and of those with a priority, are looked at for the oldest: those whose turn comes next.
const SOME: isize = 100;

/// BullMQ writes the time of a job that rests in the upper bits of its score.
const RESTING: f64 = 4096.0;

impl Redis {
    pub(super) async fn depth(&self, system: System) -> Result<Depth, QueueError> {
        let Some(queue) = self.queues.get(&system) else { return Err(QueueError::lost("a queue")) };
        let names = queue.keys();
        let mut pipe = ::redis::pipe();
        pipe.cmd("LLEN").arg(names.wait()).cmd("ZCARD").arg(names.prioritized()).cmd("ZCARD").arg(names.delayed());
        pipe.cmd("LLEN").arg(names.active()).cmd("ZCARD").arg(keys::dead(system));
        let (waiting, prioritized, delayed, active, dead): (u64, u64, u64, u64, u64) =
            pipe.query_async(&mut self.connection.clone()).await?;
        let oldest = if waiting + prioritized + delayed == 0 { None } else { self.oldest(names).await? };
        let oldest = oldest.map_or(0, |since| self.now().saturating_sub(since));
        Ok(Depth {
            system,
            waiting: waiting + prioritized + delayed,
            active,
            dead,
            oldest: Duration::from_millis(u64::try_from(oldest).unwrap_or(0)),
        })
    }

    /// Since when the oldest waits. One that another producer wants later than now waits for its time and for nobody.
    async fn oldest(&self, names: &bullmq::QueueKeys) -> Result<Option<i64>, QueueError> {
        let mut pipe = ::redis::pipe();
        // The next to be taken is at the end.
        pipe.cmd("LRANGE").arg(names.wait()).arg(-1).arg(-1);
        pipe.cmd("ZRANGE").arg(names.prioritized()).arg(0).arg(SOME - 1);
        pipe.cmd("ZRANGE").arg(names.delayed()).arg(0).arg(SOME - 1).arg("WITHSCORES");
        let (next, prioritized, resting): (Vec<String>, Vec<String>, Vec<(String, f64)>) =
            pipe.query_async(&mut self.connection.clone()).await?;
        #[expect(clippy::cast_precision_loss, reason = "milliseconds since 1970")]
        let now = self.now() as f64;
        let resting = resting.into_iter().map(|(id, score)| (id, score / RESTING <= now));
        let all: Vec<(String, bool)> =
            next.into_iter().chain(prioritized).map(|id| (id, true)).chain(resting).collect();
        if all.is_empty() {
            return Ok(None);
        }
        let mut pipe = ::redis::pipe();
        for (id, _) in &all {
            pipe.cmd("HMGET").arg(names.job_key(id)).arg("timestamp").arg("ats");
        }
        let times: Vec<(Option<String>, Option<u32>)> = pipe.query_async(&mut self.connection.clone()).await?;
        // What was begun before rests after a failure: that is waiting too.
        let waits = all.iter().zip(times).filter(|((_, due), (_, begun))| *due || begun.is_some_and(|times| times > 0));
        let since = waits.filter_map(|(_, (since, _))| rows::time(&since?));
        Ok(since.min().map(Timestamp::as_millisecond))
    }
}
