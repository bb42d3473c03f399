//! What is known of jobs, in Redis.

use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Redis;
use super::rows::{self, keys};
use crate::ids;
use crate::objects::StoredObject;
use crate::queue::{
    Cause, Changes, DeadLetter, Depth, Failure, Job, Later, Listing, Page, QueueError, Status, Submission, Submitted,
    Told, ToldBook,
};
use crate::systems::System;

/// So long an idempotency key stands for its job; the scripts keep the job for as long.
const KEY_LIFE: Duration = Duration::from_hours(24);

/// An event in its list; its number is its place.
#[derive(Debug, Serialize, Deserialize)]
struct Line {
    name: String,
    data: String,
    status: String,
    percent: u8,
}

impl Redis {
    async fn submitted(&self, submission: Submission) -> Result<Submitted, QueueError> {
        let (id, task, now) = (ids::fresh(), ids::fresh(), self.clock.now());
        let (status, hash) = rows::fresh(&id, &task, &submission, now);
        let (user, system) = (&submission.user, submission.system);
        let (key, digest) = match &submission.idempotency {
            Some((key, digest)) => (keys::idempotency(user, system, key), ids::hex(digest)),
            None => (String::new(), String::new()),
        };
        let mut script = self.scripts.submit.prepare_invoke();
        script.key(key).key(keys::status(&id)).key(keys::hash(&id)).key(keys::task(&task)).key(keys::ALL);
        script.key(keys::owned(user, system)).key(keys::SEQUENCE).key(keys::OUTBOX).key(keys::open(user));
        script.arg(&id).arg(digest).arg(KEY_LIFE.as_secs()).arg(now.as_millisecond()).arg(status.to_string());
        script.arg(self.options.most_open).arg(self.options.keep.as_secs());
        for (name, value) in &hash {
            script.arg(name).arg(value);
        }
        let (word, known): (String, Option<String>) = match self.run::<Vec<String>>(&script).await?.as_slice() {
            [word] => (word.clone(), None),
            [word, known, ..] => (word.clone(), Some(known.clone())),
            [] => (String::new(), None),
        };
        let id = match (word.as_str(), known) {
            ("other", _) => return Ok(Submitted::OtherBody),
            ("full", _) => return Ok(Submitted::TooMany),
            (_, Some(known)) => known,
            (_, None) => id,
        };
        let job = self.read(&id).await?.ok_or_else(|| QueueError::lost("a job that was just written"))?;
        // For a known job too: who asked for it first may have died before this.
        self.put_into_queue(&job).await?;
        Ok(Submitted::Job(Box::new(job)))
    }

    async fn owned(&self, user: &str, system: System, id: &str) -> Result<Option<Job>, QueueError> {
        Ok(self.read(id).await?.filter(|job| job.belongs_to(user, system)))
    }

    async fn deleted(&self, user: &str, system: System, id: &str) -> Result<Option<Job>, QueueError> {
        match self.owned(user, system, id).await? {
            Some(job) => self.taken_out(job).await,
            None => Ok(None),
        }
    }

    /// A job that was just read goes out of its user's sight.
    pub(super) async fn taken_out(&self, job: Job) -> Result<Option<Job>, QueueError> {
        let (id, system) = (&*job.id, job.system);
        let mut script = self.scripts.delete.prepare_invoke();
        script.key(keys::status(id)).key(keys::hash(id)).key(keys::owned(&job.user, system)).key(keys::dead(system));
        script.key(keys::OUTBOX).arg(id).arg(self.now()).arg("The export was deleted").arg(self.options.keep.as_secs());
        let (done, result): (i64, String) = self.run(&script).await?;
        if done == 0 {
            return Ok(None);
        }
        self.out_of_queue(system, id).await;
        // It may have landed since it was read.
        Ok(Some(Job { result_key: Some(result).filter(|key| !key.is_empty()), ..job }))
    }

    async fn cancelled(
        &self,
        user: &str,
        system: System,
        id: &str,
        reason: Failure,
    ) -> Result<Option<(Job, bool)>, QueueError> {
        if self.owned(user, system, id).await?.is_none() {
            return Ok(None);
        }
        let mut script = self.scripts.cancel.prepare_invoke();
        script.key(keys::status(id)).key(keys::hash(id));
        script.arg(id).arg(reason.error).arg(reason.remediation).arg(self.now()).arg(self.options.keep.as_secs());
        let done = self.run::<i64>(&script).await?;
        if done == 1 {
            self.out_of_queue(system, id).await;
        }
        Ok(self.owned(user, system, id).await?.filter(|_| done >= 0).map(|job| (job, done == 1)))
    }

    /// One that a worker has stays there: the worker learns within a second that nobody wants it.
    async fn out_of_queue(&self, system: System, id: &str) {
        let Some(queue) = self.queues.get(&system) else { return };
        let removed = match self.called(id).await {
            Ok(bull) => queue.remove(&bull).await.map(drop).map_err(QueueError::from),
            Err(error) => Err(error),
        };
        if let Err(error) = removed {
            tracing::debug!(%error, "a job stays in its queue until its worker lets it go");
        }
    }

    async fn read_events(&self, id: &str, after: u32) -> Result<ToldBook, QueueError> {
        let key = keys::events(id);
        let mut pipe = ::redis::pipe();
        pipe.atomic().cmd("LLEN").arg(&key).cmd("LRANGE").arg(&key).arg(-1).arg(-1);
        pipe.cmd("LRANGE").arg(&key).arg(after).arg(-1);
        let (count, last, rest): (u32, Vec<String>, Vec<String>) =
            pipe.query_async(&mut self.connection.clone()).await?;
        let told = |number: u32, text: &String| {
            let Line { name, data, status, percent } = serde_json::from_str(text).ok()?;
            Some(Told { number, name, data, status, percent })
        };
        let events = rest.iter().zip(after.saturating_add(1)..).filter_map(|(text, number)| told(number, text));
        Ok(ToldBook { events: events.collect(), last: last.first().and_then(|text| told(count, text)) })
    }

    async fn append_events(&self, id: &str, events: &[Told]) -> Result<bool, QueueError> {
        let Some(first) = events.first() else { return Ok(true) };
        let mut script = self.scripts.tell.prepare_invoke();
        script.key(keys::events(id)).arg(first.number.saturating_sub(1)).arg(self.options.keep.as_secs());
        for told in events {
            let Told { name, data, status, percent, .. } = told.clone();
            script.arg(serde_json::to_string(&Line { name, data, status, percent }).unwrap_or_default());
        }
        Ok(self.run::<i64>(&script).await? == 1)
    }
}

impl Status for Redis {
    fn submit(&self, submission: Submission) -> Later<'_, Submitted> {
        Box::pin(self.submitted(submission))
    }

    fn job<'a>(&'a self, user: &'a str, system: System, id: &'a str) -> Later<'a, Option<Job>> {
        Box::pin(self.owned(user, system, id))
    }

    fn job_of_task<'a>(&'a self, user: &'a str, system: System, task: &'a str) -> Later<'a, Option<Job>> {
        Box::pin(async move {
            let id: Option<String> = self.ask(::redis::cmd("GET").arg(keys::task(task))).await?;
            match id {
                Some(id) => self.owned(user, system, &id).await,
                None => Ok(None),
            }
        })
    }

    fn list<'a>(&'a self, user: &'a str, system: System, page: &'a Page) -> Later<'a, Listing> {
        Box::pin(self.listed(user, system, page))
    }

    fn changes<'a>(
        &'a self,
        user: &'a str,
        system: System,
        since: Timestamp,
        after: Option<i64>,
    ) -> Later<'a, Changes> {
        Box::pin(self.changed(user, system, since, after))
    }

    fn all(&self) -> Later<'_, Vec<Job>> {
        Box::pin(async {
            let ids: Vec<String> = self.ask(::redis::cmd("ZRANGE").arg(keys::ALL).arg(0).arg(-1)).await?;
            self.several(keys::ALL, &ids).await
        })
    }

    fn object<'a>(&'a self, key: &'a str) -> Later<'a, Option<StoredObject>> {
        Box::pin(async move {
            let text: Option<String> = self.ask(::redis::cmd("GET").arg(keys::object(key))).await?;
            Ok(text.and_then(|text| rows::object(key, &text)))
        })
    }

    fn dead_letters<'a>(&'a self, user: Option<&'a str>) -> Later<'a, Vec<DeadLetter>> {
        Box::pin(self.letters(user))
    }

    fn retry_dead<'a>(&'a self, user: Option<&'a str>, id: &'a str) -> Later<'a, Option<Job>> {
        Box::pin(self.revived(user, id))
    }

    fn drop_dead<'a>(&'a self, id: &'a str) -> Later<'a, bool> {
        Box::pin(self.dropped(id))
    }

    fn delete<'a>(&'a self, user: &'a str, system: System, id: &'a str) -> Later<'a, Option<Job>> {
        Box::pin(self.deleted(user, system, id))
    }

    fn cancel<'a>(
        &'a self,
        user: &'a str,
        system: System,
        id: &'a str,
        reason: Failure,
    ) -> Later<'a, Option<(Job, bool)>> {
        Box::pin(self.cancelled(user, system, id, reason))
    }

    fn cause<'a>(&'a self, job: &'a Job) -> Later<'a, Option<Cause>> {
        Box::pin(async move {
            let mut fields = ::redis::cmd("HMGET");
            fields.arg(keys::hash(&job.id)).arg("cause-attempt").arg("cause-code").arg("cause-stderr");
            let (attempt, code, stderr): (Option<u32>, Option<String>, Option<String>) = self.ask(&fields).await?;
            let cause = code.map(|code| Cause { code, stderr: stderr.unwrap_or_default() });
            Ok(cause.filter(|_| attempt == Some(job.attempts)))
        })
    }

    fn told<'a>(&'a self, job_id: &'a str, after: u32) -> Later<'a, ToldBook> {
        Box::pin(self.read_events(job_id, after))
    }

    fn tell<'a>(&'a self, job_id: &'a str, events: &'a [Told]) -> Later<'a, bool> {
        Box::pin(self.append_events(job_id, events))
    }

    fn ready(&self) -> Later<'_, ()> {
        Box::pin(self.written())
    }

    fn depths(&self) -> Later<'_, Vec<Depth>> {
        Box::pin(futures_util::future::try_join_all(System::ALL.map(|system| self.depth(system))))
    }
}
