//! The queue on one machine: tables in SQLite, and workers in the same process.

pub(crate) mod causes;
pub(crate) mod dead_letters;
mod faces;
pub(crate) mod idempotency;
pub(crate) mod jobs;
pub(crate) mod objects;
mod running;
#[cfg(test)]
mod tests;
pub(crate) mod told;

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use rusqlite::{OptionalExtension, TransactionBehavior};
use tokio::sync::Notify;

use super::{
    ATTEMPTS, Changes, DeadLetter, Failure, Job, Landing, Listing, Page, QueueError, State, Submission, Submitted,
};
use crate::clock::Clock;
use crate::database::Database;
use crate::ids;
use crate::objects::StoredObject;
use crate::systems::System;
use crate::tally::Outcome;
use running::Running;

/// So much longer than its system's limit an attempt may be silent before its worker counts as dead.
const GRACE: Duration = Duration::from_secs(10);

/// No write takes so many milliseconds.
const OVERLAP: i64 = 10_000;

/// The queue over its tables.
#[derive(Debug, Clone)]
pub(crate) struct Queue {
    database: Database,
    clock: Clock,
    /// First pause before a second attempt; doubles with each further one.
    backoff: Duration,
    /// Unfinished jobs of a user at the same time; 0 for any number.
    most_open: u32,
    work_came: Arc<Notify>,
    running: Running,
}

/// What the traits promise, as it is done here; [`faces`] makes it theirs.
impl Queue {
    pub(crate) fn new(database: Database, clock: Clock, backoff: Duration, most_open: u32) -> Self {
        Self { database, clock, backoff, most_open, work_came: Arc::new(Notify::new()), running: Running::default() }
    }

    pub(crate) async fn submit(&self, submission: Submission) -> Result<Submitted, QueueError> {
        let (now, most_open) = (self.clock.now(), self.most_open);
        let submitted = self
            .database
            .ask(move |connection| {
                let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
                idempotency::forget_old(&transaction, now)?;
                if let Some((key, digest)) = &submission.idempotency
                    && let Some(known) = idempotency::get(&transaction, &submission.user, submission.system, key)?
                {
                    if known.digest != *digest {
                        return Ok(Submitted::OtherBody);
                    }
                    if let Some(job) = jobs::get(&transaction, &known.job_id)? {
                        return Ok(Submitted::Job(Box::new(job)));
                    }
                }
                if most_open > 0 && jobs::open_of(&transaction, &submission.user)? >= most_open {
                    return Ok(Submitted::TooMany);
                }
                let job = jobs::insert(&transaction, &ids::fresh(), &ids::fresh(), &submission, now)?;
                if let Some((key, digest)) = &submission.idempotency {
                    idempotency::insert(&transaction, &job, key, digest, now)?;
                }
                transaction.commit()?;
                Ok(Submitted::Job(Box::new(job)))
            })
            .await?;
        self.work_came.notify_one();
        Ok(submitted)
    }

    pub(crate) async fn job(&self, user: &str, system: System, id: &str) -> Result<Option<Job>, QueueError> {
        let (user, id) = (user.to_owned(), id.to_owned());
        let job = self.database.ask(move |connection| jobs::get(connection, &id)).await?;
        Ok(job.filter(|job| job.belongs_to(&user, system)))
    }

    pub(crate) async fn job_of_task(&self, user: &str, system: System, task: &str) -> Result<Option<Job>, QueueError> {
        let (user, task) = (user.to_owned(), task.to_owned());
        let job = self.database.ask(move |connection| jobs::get_by_task(connection, &task)).await?;
        Ok(job.filter(|job| job.belongs_to(&user, system)))
    }

    pub(crate) async fn list(&self, user: &str, system: System, page: &Page) -> Result<Listing, QueueError> {
        let (user, wanted) = (user.to_owned(), Page { limit: page.limit.saturating_add(1), ..page.clone() });
        let mut jobs = self.database.ask(move |connection| jobs::list(connection, &user, system, &wanted)).await?;
        let more = jobs.len() > page.limit as usize;
        jobs.truncate(page.limit as usize);
        let next = jobs.last().filter(|_| more).map(|job| job.id.clone());
        Ok(Listing { jobs, next })
    }

    pub(crate) async fn changes(
        &self,
        user: &str,
        system: System,
        since: Timestamp,
        after: Option<i64>,
    ) -> Result<Changes, QueueError> {
        let user = user.to_owned();
        // What is being written at this moment bears a time that is past when it can be seen.
        let at = self.clock.now().as_millisecond() - OVERLAP;
        let changed =
            move |connection: &mut rusqlite::Connection| jobs::changed(connection, &user, system, since, after);
        Ok(Changes { jobs: self.database.ask(changed).await?, at })
    }

    pub(crate) async fn all(&self) -> Result<Vec<Job>, QueueError> {
        Ok(self.database.ask(|connection| jobs::all(connection)).await?)
    }

    pub(crate) async fn object(&self, key: &str) -> Result<Option<StoredObject>, QueueError> {
        let key = key.to_owned();
        Ok(self.database.ask(move |connection| objects::get(connection, &key)).await?)
    }

    pub(crate) async fn dead_letters(&self, user: Option<&str>) -> Result<Vec<DeadLetter>, QueueError> {
        let user = user.map(str::to_owned);
        Ok(self.database.ask(move |connection| dead_letters::list(connection, user.as_deref())).await?)
    }

    pub(crate) async fn retry_dead(&self, user: Option<&str>, id: &str) -> Result<Option<Job>, QueueError> {
        let (user, id, now) = (user.map(str::to_owned), id.to_owned(), self.clock.now());
        let job = self
            .database
            .ask(move |connection| {
                let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
                if dead_letters::remove(&transaction, user.as_deref(), &id)? == 0 {
                    return Ok(None);
                }
                jobs::start_over(&transaction, &id, now)?;
                let job = jobs::get(&transaction, &id)?;
                transaction.commit()?;
                Ok(job)
            })
            .await?;
        self.work_came.notify_one();
        Ok(job)
    }

    pub(crate) async fn delete(&self, user: &str, system: System, id: &str) -> Result<Option<Job>, QueueError> {
        let (user, job_id, now) = (user.to_owned(), id.to_owned(), self.clock.now());
        let deleted = self
            .database
            .ask(move |connection| {
                let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
                let job = jobs::get(&transaction, &job_id)?.filter(|job| job.belongs_to(&user, system));
                let Some(job) = job else { return Ok(None) };
                jobs::delete(&transaction, &job.id, now)?;
                dead_letters::remove(&transaction, None, &job.id)?;
                if let Some(key) = &job.result_key {
                    objects::remove(&transaction, key)?;
                }
                transaction.commit()?;
                Ok(Some(job))
            })
            .await?;
        if let Some(job) = &deleted {
            self.running.stop(job);
        }
        Ok(deleted)
    }

    /// At a start: jobs that were being worked on when the service ended are taken back.
    pub(crate) async fn revive(&self) -> Result<(), QueueError> {
        let now = self.clock.now();
        self.database
            .ask(move |connection| {
                let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
                for job in jobs::processing(&transaction)? {
                    take_back(&transaction, &job, "The service ended during each attempt at this job", now)?;
                }
                transaction.commit()
            })
            .await?;
        Ok(())
    }

    async fn claim(&self) -> Result<Option<Job>, QueueError> {
        let now = self.clock.now();
        let claimed = self.database.ask(move |connection| {
            let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            for job in jobs::overdue(&transaction, now)? {
                take_back(&transaction, &job, "The worker died during each attempt at this job", now)?;
            }
            let job = jobs::claim(&transaction, now, GRACE)?;
            transaction.commit()?;
            Ok(job)
        });
        Ok(claimed.await?)
    }

    async fn next_due(&self) -> Result<Option<Timestamp>, QueueError> {
        Ok(self.database.ask(|connection| jobs::next_due(connection)).await?)
    }

    pub(crate) async fn cancel(
        &self,
        user: &str,
        system: System,
        id: &str,
        reason: Failure,
    ) -> Result<Option<(Job, bool)>, QueueError> {
        let (user, id, now) = (user.to_owned(), id.to_owned(), self.clock.now());
        let cancelled = self
            .database
            .ask(move |connection| {
                let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
                let job = jobs::get(&transaction, &id)?.filter(|job| job.belongs_to(&user, system));
                let Some(job) = job else { return Ok(None) };
                let cancelled = jobs::cancel(&transaction, &job, &reason, now)?;
                let job = jobs::get(&transaction, &id)?;
                transaction.commit()?;
                Ok(job.map(|job| (job, cancelled)))
            })
            .await?;
        if let Some((job, true)) = &cancelled {
            self.running.stop(job);
        }
        Ok(cancelled)
    }

    /// Notes the progress of an attempt, unless it has lost the job: late news changes nothing. Whether it still has it.
    pub(crate) fn note_progress(&self, job: &Job, percent: u8) -> Result<bool, QueueError> {
        let now = self.clock.now();
        Ok(self.database.here(|connection| jobs::set_progress(connection, job, percent, now))?)
    }

    async fn complete(&self, job: &Job, object: StoredObject) -> Result<Landing, QueueError> {
        let (job, now) = (job.clone(), self.clock.now());
        let landing = self
            .database
            .ask(move |connection| {
                let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
                if jobs::complete(&transaction, &job, &object.key, now)? {
                    objects::insert(&transaction, &object)?;
                    transaction.commit()?;
                    return Ok(Landing::Landed);
                }
                // A dead job may live again and have this very object made.
                let useless = Landing::Useless(Some(Outcome::Unwanted));
                Ok(if unwanted(&transaction, &job.id)? { useless } else { Landing::Late })
            })
            .await?;
        Ok(landing)
    }

    /// The attempt has ended without a word: because nobody wants the job, or because it is another's.
    async fn let_go(&self, job: &Job) -> Result<Outcome, QueueError> {
        let id = job.id.clone();
        let unwanted = self.database.ask(move |connection| unwanted(connection, &id)).await?;
        Ok(if unwanted { Outcome::Unwanted } else { Outcome::Lost })
    }

    async fn fail_attempt(&self, job: &Job, failure: Failure) -> Result<Outcome, QueueError> {
        if job.attempts >= ATTEMPTS {
            return self.fail(job, failure).await;
        }
        let pause = self.backoff.saturating_mul(2_u32.saturating_pow(job.attempts.saturating_sub(1)));
        let (job, now, due) = (job.clone(), self.clock.now(), self.clock.after(pause));
        self.database.ask(move |connection| jobs::put_back(connection, &job, due, now)).await?;
        // A worker that sleeps must learn of the new date: this one may be busy then.
        self.work_came.notify_one();
        Ok(Outcome::Retried)
    }

    async fn fail(&self, job: &Job, failure: Failure) -> Result<Outcome, QueueError> {
        let (job, now) = (job.clone(), self.clock.now());
        self.database
            .ask(move |connection| {
                let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
                bury(&transaction, &job, &failure, now)?;
                transaction.commit()
            })
            .await?;
        Ok(Outcome::Failed)
    }

    async fn give_back(&self, job: &Job) -> Result<(), QueueError> {
        let (job, now) = (job.clone(), self.clock.now());
        Ok(self.database.ask(move |connection| jobs::give_back(connection, &job, now)).await?)
    }
}

/// An attempt was cut off: the next one may begin at once. After the last one the job is dead, lest one that kills its worker is
/// taken up for ever.
fn take_back(connection: &rusqlite::Connection, job: &Job, reason: &str, now: Timestamp) -> rusqlite::Result<()> {
    if job.attempts < ATTEMPTS {
        return jobs::put_back(connection, job, now, now);
    }
    let failure = Failure {
        error: reason.to_owned(),
        remediation: "Ask for it again; if that fails too, tell the service's operator".to_owned(),
    };
    bury(connection, job, &failure, now)
}

fn bury(connection: &rusqlite::Connection, job: &Job, failure: &Failure, now: Timestamp) -> rusqlite::Result<()> {
    if jobs::fail(connection, job, failure, now)? {
        dead_letters::insert(connection, job, failure, now)?;
    }
    Ok(())
}

/// Whether its user has cancelled or deleted it.
fn unwanted(connection: &rusqlite::Connection, id: &str) -> rusqlite::Result<bool> {
    let Some(job) = jobs::get(connection, id)? else { return Ok(true) };
    let cancelled = job.state == State::Failed && !dead_letters::has(connection, id)?;
    Ok(cancelled || job.deleted_at.is_some())
}

/// The first row, when there is one.
fn first<T>(result: rusqlite::Result<T>) -> rusqlite::Result<Option<T>> {
    result.optional()
}
