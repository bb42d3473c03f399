//! Lists of jobs: in pages, by time, and what has changed of them.
//!
//! A place in a list is the time in microseconds, so that a part of it can be had by time; no two jobs have the same.

use jiff::Timestamp;

use super::Redis;
use super::rows::{self, Fields, keys};
use crate::queue::{Changes, Job, Listing, Page, QueueError};
use crate::systems::System;

/// So many jobs are read in one go.
const BATCH: usize = 500;

/// What has changed is told for a little less than the two minutes for which the scripts keep it.
const NEWS: i64 = 100_000;

impl Redis {
    /// The jobs of these ids, in their order. Those that were kept for long enough are passed over, and leave the list.
    pub(super) async fn several(&self, list: &str, ids: &[String]) -> Result<Vec<Job>, QueueError> {
        let mut jobs = Vec::with_capacity(ids.len());
        for batch in ids.chunks(BATCH) {
            let mut pipe = ::redis::pipe();
            for id in batch {
                pipe.cmd("HGETALL").arg(keys::hash(id)).cmd("MGET").arg(keys::status(id));
            }
            let answers: Vec<::redis::Value> = pipe.query_async(&mut self.connection.clone()).await?;
            let mut gone = ::redis::cmd("ZREM");
            gone.arg(list);
            let mut any_gone = false;
            for (id, pair) in batch.iter().zip(answers.chunks_exact(2)) {
                let fields: Fields = ::redis::from_redis_value(pair[0].clone()).unwrap_or_default();
                let (status,): (Option<String>,) = ::redis::from_redis_value(pair[1].clone()).unwrap_or_default();
                if fields.is_empty() {
                    gone.arg(id);
                    any_gone = true;
                }
                // A status that cannot be read, by whomever it was written, hides a job as long as it stands.
                jobs.extend(rows::job(&fields, status.as_deref()));
            }
            if any_gone {
                self.ask::<()>(&gone).await?;
            }
        }
        Ok(jobs)
    }

    pub(super) async fn listed(&self, user: &str, system: System, page: &Page) -> Result<Listing, QueueError> {
        let list = keys::owned(user, system);
        let below = match &page.before {
            None => "+inf".to_owned(),
            Some(id) => match self.ask::<Option<String>>(::redis::cmd("ZSCORE").arg(&list).arg(id)).await? {
                Some(place) => format!("({place}"),
                None => return Ok(Listing::default()),
            },
        };
        let mut range = ::redis::cmd("ZREVRANGEBYSCORE");
        range.arg(&list).arg(below).arg("-inf").arg("LIMIT").arg(0).arg(u64::from(page.limit) + 1);
        let mut ids: Vec<String> = self.ask(&range).await?;
        let more = ids.len() > page.limit as usize;
        ids.truncate(page.limit as usize);
        let next = ids.last().filter(|_| more).cloned();
        let jobs = self.several(&list, &ids).await?;
        Ok(Listing { jobs: jobs.into_iter().filter(|job| job.belongs_to(user, system)).collect(), next })
    }

    pub(super) async fn changed(
        &self,
        user: &str,
        system: System,
        since: Timestamp,
        after: Option<i64>,
    ) -> Result<Changes, QueueError> {
        // By the clock of Redis, which the scripts have it from: those of two processes may differ.
        let (seconds, micros): (i64, i64) = self.ask(&::redis::cmd("TIME")).await?;
        let at = seconds * 1000 + micros / 1000;
        let (list, from) = match after {
            Some(after) if at - after < NEWS => (keys::news(user, system), after),
            _ => (keys::owned(user, system), since.as_microsecond()),
        };
        let mut range = ::redis::cmd("ZREVRANGEBYSCORE");
        let ids: Vec<String> = self.ask(range.arg(&list).arg("+inf").arg(from)).await?;
        let jobs = self.several(&list, &ids).await?.into_iter();
        let wanted = |job: &Job| job.belongs_to(user, system) && job.created_at >= since;
        Ok(Changes { jobs: jobs.filter(wanted).collect(), at })
    }
}
