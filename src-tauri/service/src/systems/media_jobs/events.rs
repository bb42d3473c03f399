//! Table `media_events`: what was told of each job, in order. Events are derived from the job's row when somebody looks, and
//! stay: whoever comes later, or again, is told the same ones under the same numbers (M-2).

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, TransactionBehavior};
use serde_json::{Value, json};

use super::stage::Stage;
use super::view::View;
use crate::api::streams::Event;
use crate::queue::{State, jobs};

/// `status` and `percent` are the job's after the event: the next one is derived from the difference.
pub(crate) const CREATE: &str = "
CREATE TABLE media_events (
    job_id  TEXT NOT NULL REFERENCES jobs (id),
    number  INTEGER NOT NULL,
    name    TEXT NOT NULL,
    data    TEXT NOT NULL,
    status  TEXT NOT NULL,
    percent INTEGER NOT NULL,
    PRIMARY KEY (job_id, number)
) STRICT, WITHOUT ROWID;";

/// What a job's events have told so far.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Told {
    status: String,
    percent: u8,
}

/// A job's events after a number, and whether there will be no more.
#[derive(Debug)]
pub(super) struct Chapter {
    pub(super) events: Vec<Event>,
    pub(super) over: bool,
}

/// Writes down what has changed since the last look, and reads what comes after event `after`. `None` when there is no such job.
pub(super) fn look(
    connection: &mut Connection,
    job_id: &str,
    after: u32,
    now: Timestamp,
) -> rusqlite::Result<Option<Chapter>> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let Some(job) = jobs::get(&transaction, job_id)? else { return Ok(None) };
    let view = View::of(&transaction, job)?;
    let (mut number, told) = last(&transaction, job_id)?;
    for (name, mut data) in changes(told.as_ref(), &view) {
        number += 1;
        data["correlationId"] = json!(view.job.correlation_id);
        data["timestamp"] = json!(now);
        transaction.execute(
            "INSERT INTO media_events (job_id, number, name, data, status, percent) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            (job_id, number, name, data.to_string(), view.status(), view.job.progress),
        )?;
    }
    let events = read(&transaction, job_id, after)?;
    transaction.commit()?;
    Ok(Some(Chapter { events, over: view.ended() }))
}

/// After which event somebody begins who has seen none: an end that a retry has taken back is no news.
pub(super) fn beginning(connection: &Connection, job_id: &str) -> rusqlite::Result<u32> {
    let ended = "name IN ('job-completed', 'job-failed')";
    connection.query_row(
        &format!(
            "SELECT IFNULL(MAX(number), 0) FROM media_events
             WHERE job_id = ?1 AND {ended} AND number < (SELECT MAX(number) FROM media_events WHERE job_id = ?1)"
        ),
        [job_id],
        |row| row.get(0),
    )
}

/// Number of the last event there is, or 0.
pub(super) fn last_number(connection: &Connection, job_id: &str) -> rusqlite::Result<u32> {
    Ok(last(connection, job_id)?.0)
}

fn last(connection: &Connection, job_id: &str) -> rusqlite::Result<(u32, Option<Told>)> {
    let sql = "SELECT number, status, percent FROM media_events WHERE job_id = ?1 ORDER BY number DESC LIMIT 1";
    let row = connection
        .query_row(sql, [job_id], |row| Ok((row.get(0)?, Told { status: row.get(1)?, percent: row.get(2)? })))
        .optional()?;
    Ok(row.map_or((0, None), |(number, told)| (number, Some(told))))
}

fn read(connection: &Connection, job_id: &str, after: u32) -> rusqlite::Result<Vec<Event>> {
    let sql = "SELECT number, name, data FROM media_events WHERE job_id = ?1 AND number > ?2 ORDER BY number";
    connection
        .prepare(sql)?
        .query_map((job_id, after), |row| {
            let data: String = row.get(2)?;
            Ok(Event {
                id: Some(row.get(0)?),
                name: Some(row.get(1)?),
                data: serde_json::from_str(&data).unwrap_or_default(),
            })
        })?
        .collect()
}

/// The events that lead from what was told to what is: of the document's kinds, in its order, on change only.
fn changes(told: Option<&Told>, view: &View) -> Vec<(&'static str, Value)> {
    let (status, stage, percent) = (view.status(), view.stage(), view.job.progress);
    let status_changed = told.is_none_or(|told| told.status != status);
    let stage_changed = told.is_none_or(|told| Stage::at(told.percent) != stage);
    let mut events = Vec::new();
    if status_changed {
        events.push(("job-status", json!({"status": status})));
    }
    if stage_changed || (status_changed && view.ended()) {
        let step_status = match view.job.state {
            State::Pending => "Pending",
            State::Processing => "Running",
            State::Completed => "Completed",
            State::Failed => "Failed",
        };
        let mut event = json!({"step": stage.as_str(), "status": step_status});
        if let Some(message) = stage.message() {
            event["message"] = json!(message);
        }
        events.push(("step-status", event));
    }
    if told.is_none_or(|told| told.percent != percent) {
        events.push(("step-progress", json!({"step": stage.as_str(), "progressPct": percent})));
    }
    if status_changed && view.job.state == State::Completed {
        events.push(("job-completed", json!({"status": "Succeeded", "output": view.output()})));
    }
    if status_changed && view.job.state == State::Failed {
        let mut event = json!({"status": "Failed", "errors": view.errors()});
        event["message"] = json!(view.job.error);
        events.push(("job-failed", event));
    }
    events
}
