//! What was told of each job, in order. Events are derived from the job when somebody looks, and stay: whoever comes later, or
//! again, or to another process, is told the same ones under the same numbers (M-2).

use jiff::Timestamp;
use serde_json::{Value, json};

use super::stage::Stage;
use super::view::View;
use crate::api::streams::Event;
use crate::problem::Problem;
use crate::queue::{State, Status, Told, ToldBook};
use crate::systems::System;

/// A job's events after a number, and whether there will be no more.
#[derive(Debug)]
pub(super) struct Chapter {
    pub(super) events: Vec<Event>,
    pub(super) over: bool,
    /// Number of the last event there is, or 0.
    pub(super) last: u32,
}

/// Writes down what has changed since the last look, and reads what comes after event `after`. `None` when there is no such job.
///
/// Several may look at the same time: an event has its number by being written, and who comes too late with it looks again.
pub(super) async fn look(
    status: &dyn Status,
    user: &str,
    job_id: &str,
    after: u32,
    now: Timestamp,
) -> Result<Option<Chapter>, Problem> {
    loop {
        // Before the job: what is told meanwhile must not seem to have been told of an older state.
        let book = status.told(job_id, after).await?;
        let Some(job) = status.job(user, System::MediaJobs, job_id).await? else { return Ok(None) };
        let view = View::of(status, job).await?;
        let mut last = book.last.as_ref().map_or(0, |told| told.number);
        let fresh: Vec<Told> = changes(book.last.as_ref(), &view)
            .into_iter()
            .map(|(name, mut data)| {
                last += 1;
                data["correlationId"] = json!(view.job.correlation_id);
                data["timestamp"] = json!(now);
                Told {
                    number: last,
                    name: name.to_owned(),
                    data: data.to_string(),
                    status: view.status().to_owned(),
                    percent: view.job.progress,
                }
            })
            .collect();
        if !fresh.is_empty() && !status.tell(job_id, &fresh).await? {
            continue;
        }
        let events = book.events.iter().chain(&fresh).filter(|told| told.number > after).map(event).collect();
        return Ok(Some(Chapter { events, over: view.ended(), last }));
    }
}

/// After which event somebody begins who has seen none: an end that a retry has taken back is no news.
pub(super) fn beginning(book: &ToldBook) -> u32 {
    let last = book.last.as_ref().map_or(0, |told| told.number);
    let ends = |told: &&Told| matches!(told.name.as_str(), "job-completed" | "job-failed");
    book.events.iter().filter(ends).map(|told| told.number).filter(|number| *number < last).max().unwrap_or(0)
}

fn event(told: &Told) -> Event {
    Event {
        id: Some(told.number),
        name: Some(told.name.clone()),
        data: serde_json::from_str(&told.data).unwrap_or_default(),
    }
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
