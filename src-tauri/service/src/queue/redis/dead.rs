//! Dead letters: jobs that failed for good, whoever has worked on them.
//!
//! Workers of ours write the letter themselves. Others leave a job among those that BullMQ calls failed, and say no more than its
//! reason; their letters are written by whoever finds them there.

use std::collections::HashMap;
use std::time::Duration;

use jiff::Timestamp;

use super::Redis;
use super::rows::{self, Payload, keys};
use crate::ids;
use crate::queue::{DeadLetter, Job, QueueError};
use crate::systems::System;

/// So many at a time.
const BATCH: usize = 500;

/// The clocks of two workers differ by less.
const SKEW: Duration = Duration::from_mins(1);

const REMEDIATION: &str = "Ask for it again; if that fails too, tell the service's operator";

/// Data, time, reason and attempts of a job of BullMQ.
type Account = (Option<String>, Option<i64>, Option<String>, Option<u32>);

impl Redis {
    pub(super) async fn letters(&self, user: Option<&str>) -> Result<Vec<DeadLetter>, QueueError> {
        self.find_dead().await?;
        let mut letters = Vec::new();
        for system in System::ALL {
            let list = keys::dead(system);
            let mut range = ::redis::cmd("ZREVRANGE");
            let dead: Vec<(String, i64)> = self.ask(range.arg(&list).arg(0).arg(-1).arg("WITHSCORES")).await?;
            let ids: Vec<String> = dead.iter().map(|(id, _)| id.clone()).collect();
            let dead: HashMap<String, i64> = dead.into_iter().collect();
            for job in self.several(&list, &ids).await? {
                let died = dead.get(&job.id).copied().unwrap_or(0);
                if user.is_none_or(|user| job.user == user) {
                    letters.push(DeadLetter {
                        job_id: job.id,
                        user: job.user,
                        system,
                        reason: job.error.unwrap_or_default(),
                        attempts: job.attempts,
                        died_at: Timestamp::from_millisecond(died).unwrap_or_default(),
                    });
                }
            }
        }
        letters.sort_by_key(|letter| std::cmp::Reverse(letter.died_at));
        Ok(letters)
    }

    pub(super) async fn revived(&self, user: Option<&str>, id: &str) -> Result<Option<Job>, QueueError> {
        self.find_dead().await?;
        let Some(job) = self.read(id).await?.filter(|job| user.is_none_or(|user| job.user == user)) else {
            return Ok(None);
        };
        let mut script = self.scripts.retry.prepare_invoke();
        script.key(keys::status(id)).key(keys::hash(id)).key(keys::dead(job.system)).key(keys::OUTBOX);
        if self.run::<i64>(script.arg(id).arg(self.now())).await? == 0 {
            return Ok(None);
        }
        let job = self.read(id).await?;
        if let Some(job) = &job {
            self.put_into_queue(job).await?;
        }
        Ok(job)
    }

    /// The letter goes; the job stays failed, and is forgotten like any that has ended.
    pub(super) async fn dropped(&self, id: &str) -> Result<bool, QueueError> {
        self.find_dead().await?;
        let mut script = self.scripts.drop.prepare_invoke();
        script.key(keys::status(id)).key(keys::hash(id)).arg(id).arg(self.options.keep.as_secs());
        Ok(self.run::<i64>(&script).await? == 1)
    }

    /// Writes letters for jobs that BullMQ calls failed and that none of ours has ended: those of other workers, which may have left
    /// their status as it was, and those that no worker of ours can take.
    pub(super) async fn find_dead(&self) -> Result<(), QueueError> {
        for (system, queue) in &self.queues {
            let seen = keys::seen_dead(*system);
            let until: Option<i64> = self.ask(::redis::cmd("GET").arg(&seen)).await?;
            let from = until.map_or(0, |until| until - i64::try_from(SKEW.as_millis()).unwrap_or(0));
            let mut newest = until;
            for page in 0.. {
                let mut range = ::redis::cmd("ZRANGEBYSCORE");
                range.arg(queue.keys().failed()).arg(from).arg("+inf").arg("WITHSCORES");
                range.arg("LIMIT").arg(page * BATCH).arg(BATCH);
                let failed: Vec<(String, i64)> = self.ask(&range).await?;
                if failed.is_empty() {
                    break;
                }
                let mut accounts = ::redis::pipe();
                for (id, _) in &failed {
                    let key = queue.keys().job_key(id);
                    accounts.cmd("HMGET").arg(key).arg("data").arg("timestamp").arg("failedReason").arg("atm");
                }
                let accounts: Vec<Account> = accounts.query_async(&mut self.connection.clone()).await?;
                for ((id, at), account) in failed.iter().zip(accounts) {
                    self.bury(*system, id, *at, account).await?;
                    newest = newest.max(Some(*at));
                }
                if failed.len() < BATCH {
                    break;
                }
            }
            if newest > until {
                self.ask::<()>(::redis::cmd("SET").arg(&seen).arg(newest)).await?;
            }
        }
        Ok(())
    }

    async fn bury(&self, system: System, bull: &str, at: i64, account: Account) -> Result<(), QueueError> {
        let (data, created, reason, attempts) = account;
        let payload: Payload = data.and_then(|data| serde_json::from_str(&data).ok()).unwrap_or_default();
        // One that has no id that can be used has BullMQ's: it can be seen, and is never worked on.
        let id = payload.id().unwrap_or_else(|| bull.to_owned());
        let created = created.and_then(|created| Timestamp::from_millisecond(created).ok());
        let submission = payload.submission(system, ids::fresh());
        let (status, hash) = rows::fresh(&id, &id, &submission, created.unwrap_or_else(|| self.clock.now()));
        let mut script = self.scripts.find.prepare_invoke();
        script.key(keys::status(&id)).key(keys::hash(&id)).key(keys::task(&id)).key(keys::ALL);
        script.key(keys::owned(&submission.user, system)).key(keys::SEQUENCE).key(keys::OUTBOX);
        script.arg(&id).arg(self.now()).arg(at).arg(status.to_string());
        script.arg(reason.unwrap_or_default()).arg(REMEDIATION).arg(attempts.unwrap_or(0));
        for (name, value) in &hash {
            script.arg(name).arg(value);
        }
        self.run(&script).await
    }
}
