//! The local queue behind the traits that every backend has.

use std::time::Duration;

use jiff::Timestamp;
use tokio_util::sync::CancellationToken;

use super::{Queue, causes, dead_letters, jobs, told};
use crate::objects::StoredObject;
use crate::queue::{
    Cause, Changes, DeadLetter, Depth, Failure, Job, Landing, Later, Line, Listing, Page, QueueError, Status,
    Submission, Submitted, Told, ToldBook,
};
use crate::systems::System;
use crate::tally::Outcome;

impl Status for Queue {
    fn submit(&self, submission: Submission) -> Later<'_, Submitted> {
        Box::pin(self.submit(submission))
    }

    fn job<'a>(&'a self, user: &'a str, system: System, id: &'a str) -> Later<'a, Option<Job>> {
        Box::pin(self.job(user, system, id))
    }

    fn job_of_task<'a>(&'a self, user: &'a str, system: System, task: &'a str) -> Later<'a, Option<Job>> {
        Box::pin(self.job_of_task(user, system, task))
    }

    fn list<'a>(&'a self, user: &'a str, system: System, page: &'a Page) -> Later<'a, Listing> {
        Box::pin(self.list(user, system, page))
    }

    fn changes<'a>(
        &'a self,
        user: &'a str,
        system: System,
        since: Timestamp,
        after: Option<i64>,
    ) -> Later<'a, Changes> {
        Box::pin(self.changes(user, system, since, after))
    }

    fn all(&self) -> Later<'_, Vec<Job>> {
        Box::pin(self.all())
    }

    fn object<'a>(&'a self, key: &'a str) -> Later<'a, Option<StoredObject>> {
        Box::pin(self.object(key))
    }

    fn dead_letters<'a>(&'a self, user: Option<&'a str>) -> Later<'a, Vec<DeadLetter>> {
        Box::pin(self.dead_letters(user))
    }

    fn retry_dead<'a>(&'a self, user: Option<&'a str>, id: &'a str) -> Later<'a, Option<Job>> {
        Box::pin(self.retry_dead(user, id))
    }

    fn drop_dead<'a>(&'a self, id: &'a str) -> Later<'a, bool> {
        let id = id.to_owned();
        Box::pin(async move {
            let dropped = self.database.ask(move |connection| dead_letters::remove(connection, None, &id));
            Ok(dropped.await? > 0)
        })
    }

    fn delete<'a>(&'a self, user: &'a str, system: System, id: &'a str) -> Later<'a, Option<Job>> {
        Box::pin(self.delete(user, system, id))
    }

    fn cancel<'a>(
        &'a self,
        user: &'a str,
        system: System,
        id: &'a str,
        reason: Failure,
    ) -> Later<'a, Option<(Job, bool)>> {
        Box::pin(self.cancel(user, system, id, reason))
    }

    fn cause<'a>(&'a self, job: &'a Job) -> Later<'a, Option<Cause>> {
        let job = job.clone();
        Box::pin(async move { Ok(self.database.ask(move |connection| causes::get(connection, &job)).await?) })
    }

    fn told<'a>(&'a self, job_id: &'a str, after: u32) -> Later<'a, ToldBook> {
        let id = job_id.to_owned();
        Box::pin(async move { Ok(self.database.ask(move |connection| told::read(connection, &id, after)).await?) })
    }

    fn tell<'a>(&'a self, job_id: &'a str, events: &'a [Told]) -> Later<'a, bool> {
        let (id, events) = (job_id.to_owned(), events.to_vec());
        Box::pin(async move { Ok(self.database.ask(move |connection| told::append(connection, &id, &events)).await?) })
    }

    fn ready(&self) -> Later<'_, ()> {
        Box::pin(async { Status::depths(self).await.map(drop) })
    }

    fn depths(&self) -> Later<'_, Vec<Depth>> {
        let now = self.clock.now();
        let since = move |time: Timestamp| Duration::try_from(now.duration_since(time)).unwrap_or_default();
        Box::pin(async move {
            let rows = self.database.ask(|connection| jobs::depths(connection)).await?;
            let depth = |row: jobs::DepthRow| Depth {
                system: row.system,
                waiting: row.waiting,
                active: row.active,
                dead: row.dead,
                oldest: row.oldest.map(since).unwrap_or_default(),
            };
            Ok(rows.into_iter().map(depth).collect())
        })
    }
}

impl Line for Queue {
    fn claim(&self) -> Later<'_, Option<Job>> {
        Box::pin(self.claim())
    }

    fn wait(&self) -> Later<'_, ()> {
        Box::pin(async {
            let due = self.next_due().await?;
            let next = async {
                match due {
                    Some(due) => self.clock.sleep_until(due).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                biased;
                () = self.work_came.notified() => {}
                () = next => {}
            }
            Ok(())
        })
    }

    fn begin(&self, job: &Job) -> CancellationToken {
        self.running.begin(job)
    }

    fn end(&self, job: &Job) {
        self.running.end(job);
    }

    fn note_progress(&self, job: &Job, percent: u8) -> Result<bool, QueueError> {
        self.note_progress(job, percent)
    }

    fn remember<'a>(&'a self, job: &'a Job, cause: Option<Cause>) -> Later<'a, ()> {
        let job = job.clone();
        Box::pin(async move {
            let write = self.database.ask(move |connection| match cause {
                Some(cause) => causes::put(connection, &job, &cause),
                None => causes::forget(connection, &job),
            });
            Ok(write.await?)
        })
    }

    fn complete<'a>(&'a self, job: &'a Job, object: StoredObject) -> Later<'a, Landing> {
        Box::pin(self.complete(job, object))
    }

    fn fail_attempt<'a>(&'a self, job: &'a Job, failure: Failure) -> Later<'a, Option<Outcome>> {
        Box::pin(async move { self.fail_attempt(job, failure).await.map(Some) })
    }

    fn fail<'a>(&'a self, job: &'a Job, failure: Failure) -> Later<'a, Option<Outcome>> {
        Box::pin(async move { self.fail(job, failure).await.map(Some) })
    }

    fn give_back<'a>(&'a self, job: &'a Job) -> Later<'a, Option<Outcome>> {
        Box::pin(async move { self.give_back(job).await.map(|()| Some(Outcome::GivenBack)) })
    }

    fn let_go<'a>(&'a self, job: &'a Job) -> Later<'a, Option<Outcome>> {
        Box::pin(async move { self.let_go(job).await.map(Some) })
    }
}
