//! A job as it lies in Redis: the document's status under `job:{id}`, which anybody may write, and beside it a hash of our own
//! with what the document has no word for. Where both speak the status is believed: a worker that is not ours writes only that.

use std::collections::HashMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::objects::StoredObject;
use crate::queue::{Job, State, Submission};
use crate::systems::System;

/// Keys of Redis. What comes from outside stands last in each, so that no two meet.
pub(super) mod keys {
    use crate::systems::System;

    pub(crate) const ALL: &str = "landfall:jobs";
    pub(crate) const SEQUENCE: &str = "landfall:sequence";
    /// Jobs that are written down and perhaps not in their queue yet.
    pub(crate) const OUTBOX: &str = "landfall:outbox";

    /// Jobs of other producers that have ended a moment ago: their producer may still write over the end.
    pub(crate) const ENDED: &str = "landfall:ended";

    /// Whose turn it is to look after what others have left.
    pub(crate) const TURN: &str = "landfall:turn";

    /// So many seconds an ended job is kept, as the last process of the service has been told that started.
    pub(crate) const KEEP: &str = "landfall:keep";

    /// Written by whoever is asked whether it is ready.
    pub(crate) const READY: &str = "landfall:ready";

    /// Uploads to the bucket that have not ended.
    pub(crate) const UPLOADS: &str = "landfall:uploads";

    /// Design document 001's status.
    pub(crate) fn status(id: &str) -> String {
        format!("job:{id}")
    }

    pub(crate) fn hash(id: &str) -> String {
        format!("landfall:job:{id}")
    }

    pub(crate) fn task(id: &str) -> String {
        format!("landfall:task:{id}")
    }

    pub(crate) fn owned(user: &str, system: System) -> String {
        format!("landfall:jobs:{}:{user}", system.as_str())
    }

    pub(crate) fn open(user: &str) -> String {
        format!("landfall:open:{user}")
    }

    pub(crate) fn idempotency(user: &str, system: System, key: &str) -> String {
        // A user's name has its length before it: both it and the key come from outside.
        format!("landfall:idempotency:{}:{}:{user}:{key}", system.as_str(), user.len())
    }

    pub(crate) fn dead(system: System) -> String {
        format!("landfall:dead:{}", system.as_str())
    }

    /// Up to when BullMQ's failed jobs have been looked through.
    pub(crate) fn seen_dead(system: System) -> String {
        format!("landfall:seen-dead:{}", system.as_str())
    }

    pub(crate) fn news(user: &str, system: System) -> String {
        format!("landfall:news:{}:{user}", system.as_str())
    }

    pub(crate) fn events(id: &str) -> String {
        format!("landfall:events:{id}")
    }

    pub(crate) fn object(key: &str) -> String {
        format!("landfall:object:{key}")
    }

    pub(crate) fn setting(name: &str) -> String {
        format!("landfall:setting:{name}")
    }
}

/// Whose jobs are those that a producer gives without saying whose: the name of the service's own user.
pub(super) const OWN_USER: &str = "operator";

/// The fields of a job's hash.
pub(super) type Fields = HashMap<String, String>;

/// What is written of a fresh job: the document's status, and our hash.
pub(super) fn fresh(
    id: &str,
    task: &str,
    submission: &Submission,
    now: Timestamp,
) -> (Value, Vec<(&'static str, String)>) {
    let request: Value = serde_json::from_str(&submission.request).unwrap_or_default();
    let mut status = json!({"status": State::Pending.as_str()});
    if let Some(ids) = request.get("fileIds") {
        status["fileIds"] = ids.clone();
    }
    status["createdAt"] = json!(now);
    let mut hash = vec![
        ("id", id.to_owned()),
        ("task", task.to_owned()),
        ("system", submission.system.as_str().to_owned()),
        ("user", submission.user.clone()),
        ("request", submission.request.clone()),
        ("correlation", submission.correlation_id.clone()),
        ("created", now.as_millisecond().to_string()),
        ("changed", now.as_millisecond().to_string()),
    ];
    if let Some((key, _)) = &submission.idempotency {
        hash.push(("key", key.clone()));
    }
    (status, hash)
}

/// The job of a hash and its status. `None` where there is no such job, or one that cannot be read.
pub(super) fn job(fields: &Fields, status: Option<&str>) -> Option<Job> {
    let status: Value = serde_json::from_str(status?).ok()?;
    let text = |name: &str| fields.get(name).cloned();
    let time = |name: &str| Timestamp::from_millisecond(fields.get(name)?.parse().ok()?).ok();
    let count = |name: &str| fields.get(name).and_then(|count| count.parse().ok()).unwrap_or(0);
    let said = |name: &str| status.get(name).and_then(Value::as_str).map(str::to_owned);
    let state = status.get("status").and_then(Value::as_str).and_then(State::of)?;
    // A producer that wrote its first status after the end has not undone it.
    let outcome = fields.get("outcome").and_then(|word| State::of(word));
    let undone = outcome.filter(|_| matches!(state, State::Pending | State::Processing));
    let state = undone.unwrap_or(state);
    let said = |name: &str, kept: &str| said(name).or_else(|| text(kept).filter(|_| undone.is_some()));
    let progress = status.get("progress").and_then(Value::as_f64).unwrap_or(0.0).clamp(0.0, 100.0);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "from 0 to 100")]
    let progress = if state == State::Completed { 100 } else { progress as u8 };
    let created_at = time("created")?;
    Some(Job {
        id: text("id")?,
        task_id: text("task")?,
        system: fields.get("system")?.parse().ok()?,
        user: text("user")?,
        state,
        attempts: count("attempts"),
        taking: count("takings"),
        progress,
        request: text("request")?,
        idempotency_key: text("key"),
        correlation_id: text("correlation")?,
        result_key: said("resultKey", "result").filter(|_| state == State::Completed),
        error: said("error", "why"),
        remediation: said("remediation", "remedy"),
        created_at,
        changed_at: time("changed").unwrap_or(created_at),
        started_at: time("started"),
        deleted_at: time("deleted"),
    })
}

/// Milliseconds since 1970 as another program may have written them: with a fraction, or as no time at all.
#[expect(clippy::cast_possible_truncation, reason = "within the years that there are")]
pub(super) fn moment(milliseconds: f64) -> Option<i64> {
    (0.0..1e15).contains(&milliseconds).then_some(milliseconds as i64)
}

/// The time that such a number says.
pub(super) fn time(milliseconds: &str) -> Option<Timestamp> {
    Timestamp::from_millisecond(moment(milliseconds.parse().ok()?)?).ok()
}

/// What a producer of BullMQ has put into a queue. Of ours it holds all that there is to know; another one's is read as document
/// 001 says, `{"jobId","fileIds"}`.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Payload {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) job_id: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    file_ids: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    request: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    user: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    correlation_id: Option<String>,
}

impl Payload {
    /// For a job of ours.
    pub(super) fn of(job: &Job) -> Self {
        let request: Value = serde_json::from_str(&job.request).unwrap_or_default();
        let file_ids = request.get("fileIds").cloned();
        Self {
            job_id: Some(json!(job.id)),
            request: Some(request).filter(|_| file_ids.is_none()),
            file_ids,
            user: Some(job.user.clone()),
            correlation_id: Some(job.correlation_id.clone()),
        }
    }

    /// The id that its status has, where the producer says one.
    pub(super) fn id(&self) -> Option<String> {
        match self.job_id.as_ref()? {
            Value::String(id) => Self::fit(id),
            Value::Number(id) => Self::fit(&id.to_string()),
            _ => None,
        }
    }

    /// An id that may become part of a key, of Redis or of the object store.
    pub(super) fn fit(id: &str) -> Option<String> {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
        ((1..=128).contains(&id.len()) && id.bytes().all(plain)).then(|| id.to_owned())
    }

    /// As if it had been asked for here.
    pub(super) fn submission(self, system: System, correlation_id: String) -> Submission {
        let request = match (self.request, self.file_ids) {
            (Some(request), _) => request,
            (None, Some(ids)) => json!({"fileIds": ids}),
            (None, None) => Value::Null,
        };
        Submission {
            system,
            user: self.user.unwrap_or_else(|| OWN_USER.to_owned()),
            correlation_id: self.correlation_id.unwrap_or(correlation_id),
            idempotency: None,
            request: request.to_string(),
        }
    }
}

/// What is kept of an object beside its bytes.
#[derive(Debug, Serialize, Deserialize)]
struct Kept {
    size: u64,
    sha256: String,
    content_type: String,
    name: String,
    stored_at: Timestamp,
}

/// An object's description, to be written.
pub(super) fn describe(object: &StoredObject) -> String {
    json!(Kept {
        size: object.size,
        sha256: crate::ids::hex(&object.sha256),
        content_type: object.content_type.clone(),
        name: object.name.clone(),
        stored_at: object.stored_at,
    })
    .to_string()
}

/// An object by its description.
pub(super) fn object(key: &str, text: &str) -> Option<StoredObject> {
    let kept: Kept = serde_json::from_str(text).ok()?;
    let sha256 = crate::ids::unhex(&kept.sha256)?;
    let Kept { size, content_type, name, stored_at, .. } = kept;
    Some(StoredObject { key: key.to_owned(), size, sha256, content_type, name, stored_at })
}
