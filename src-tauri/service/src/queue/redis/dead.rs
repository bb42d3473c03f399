//! Dead letters: jobs that failed for good, whoever has worked on them.
//!
//! Workers of ours write the letter themselves. Others leave a job among those that BullMQ calls failed, and say no more than its
//! reason; their letters are written by whoever finds them there.

use std::collections::HashMap;
use std::time::Duration;

use jiff::Timestamp;

use super::Redis;
use super::line::UNWANTED;
use super::rows::{self, Payload, keys};
use crate::ids;
use crate::queue::{DeadLetter, Job, QueueError};
use crate::systems::System;

/// So many at a time.
const BATCH: usize = 500;

/// The clocks of two workers differ by less.
const SKEW: Duration = Duration::from_mins(1);

const REMEDIATION: &str = "Ask for it again; if that fails too, tell the service's operator";

/// Data, time, reason and attempts of a job of BullMQ, as whoever gave it or worked on it has written them.
type Account = [Option<String>; 4];

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
        self.find_unless_found(id).await?;
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
        self.find_unless_found(id).await?;
        // What an operator's command was told may be another time than the service's.
        let keep: Option<u64> = self.ask(::redis::cmd("GET").arg(keys::KEEP)).await?;
        let mut script = self.scripts.drop.prepare_invoke();
        script.key(keys::status(id)).key(keys::hash(id)).arg(id).arg(keep.unwrap_or(self.options.keep.as_secs()));
        Ok(self.run::<i64>(&script).await? == 1)
    }

    /// Looks for what others have failed, where this one is no dead letter yet. A thousand that are settled one after the other are
    /// not looked for a thousand times.
    async fn find_unless_found(&self, id: &str) -> Result<(), QueueError> {
        let mut scores = ::redis::pipe();
        for system in System::ALL {
            scores.cmd("ZSCORE").arg(keys::dead(system)).arg(id);
        }
        let scores: Vec<Option<f64>> = scores.query_async(&mut self.connection.clone()).await?;
        if scores.iter().any(Option::is_some) { Ok(()) } else { self.find_dead().await }
    }

    /// Writes letters for jobs that BullMQ calls failed and that none of ours has ended: those of other workers, which may have left
    /// their status as it was, and those that no worker of ours can take.
    pub(super) async fn find_dead(&self) -> Result<(), QueueError> {
        for (system, queue) in &self.queues {
            let seen = keys::seen_dead(*system);
            let until: Option<i64> = self.ask(::redis::cmd("GET").arg(&seen)).await?;
            let from = until.map_or(0, |until| self.not_seen_after(until));
            let mut newest = until;
            for page in 0.. {
                let mut range = ::redis::cmd("ZRANGEBYSCORE");
                range.arg(queue.keys().failed()).arg(from).arg("+inf").arg("WITHSCORES");
                range.arg("LIMIT").arg(page * BATCH).arg(BATCH);
                let failed: Vec<(String, f64)> = self.ask(&range).await?;
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
                    // A clock that is ahead must not hide what fails by the right time.
                    newest = newest.max(rows::moment(*at).map(|at| at.min(self.now())));
                    match self.bury(*system, id, *at, account).await {
                        Err(error) if !error.is_away() => {
                            tracing::warn!(%error, job = id, "a failed job cannot be made a dead letter");
                        }
                        buried => buried?,
                    }
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

    /// From when on there may be failures that were not seen, where all up to a moment were: clocks differ for a while, and what
    /// is older than that is not looked at again for as long as it stands.
    fn not_seen_after(&self, until: i64) -> i64 {
        let skew = i64::try_from(SKEW.as_millis()).unwrap_or(0);
        if self.now() - until > skew { until + 1 } else { until - skew }
    }

    async fn bury(&self, system: System, bull: &str, at: f64, account: Account) -> Result<(), QueueError> {
        let [data, created, reason, attempts] = account;
        // Its user did not want it any more: that may have been forgotten by now, while BullMQ remembers its end.
        if reason.as_deref() == Some(UNWANTED) {
            return Ok(());
        }
        let payload: Payload = data.and_then(|data| serde_json::from_str(&data).ok()).unwrap_or_default();
        // One that has no id that can be used has BullMQ's: it can be seen, and is never worked on.
        let id = payload.id().unwrap_or_else(|| bull.to_owned());
        let created = created.and_then(|created| rows::time(&created));
        let submission = payload.submission(system, ids::fresh());
        let (status, hash) = rows::fresh(&id, &id, &submission, created.unwrap_or_else(|| self.clock.now()));
        let mut script = self.scripts.find.prepare_invoke();
        script.key(keys::status(&id)).key(keys::hash(&id)).key(keys::task(&id)).key(keys::ALL);
        script.key(keys::owned(&submission.user, system)).key(keys::SEQUENCE).key(keys::OUTBOX);
        script.key(bullmq::QueueKeys::new(system.queue(), None).failed());
        script.arg(&id).arg(self.now()).arg(at).arg(status.to_string());
        let attempts = attempts.and_then(|attempts| attempts.parse::<u32>().ok()).unwrap_or(0);
        script.arg(reason.unwrap_or_default()).arg(REMEDIATION).arg(attempts).arg(bull);
        for (name, value) in &hash {
            script.arg(name).arg(value);
        }
        self.run(&script).await
    }
}
