//! One stream for all of a user's exports: at connect what there was in the last day, then what changes (C-3).

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::Wanted;
use super::api::expiry;
use super::status::status;
use crate::api::Api;
use crate::api::streams::{Event, News, Source};
use crate::clock::later;
use crate::problem::Problem;
use crate::queue::{Job, State};
use crate::systems::System;

/// Older exports are not told.
const TOLD: SignedDuration = SignedDuration::from_hours(24);

/// Exports in one message, at most.
const MOST_JOBS: usize = 100;

/// What has changed is asked for at each look, and all that there is now and then: nobody says of a status that another program has
/// written that it is another one now.
const WHOLE: Duration = Duration::from_mins(1);

/// The statuses of a user's exports.
pub(super) struct Statuses {
    api: Arc<Api>,
    user: String,
    /// What this stream has told of each job.
    told: HashMap<String, State>,
    /// The moment after which to ask next, and when all was asked for.
    last: Option<(i64, Timestamp)>,
}

impl Statuses {
    pub(super) fn new(api: Arc<Api>, user: String) -> Self {
        Self { api, user, told: HashMap::new(), last: None }
    }
}

impl Source for Statuses {
    async fn look(&mut self) -> Result<News, Problem> {
        let now = self.api.clock.now();
        let last = self.last.filter(|(_, whole)| now < later(*whole, WHOLE));
        let since = now.checked_sub(TOLD).unwrap_or(Timestamp::MIN);
        let after = last.map(|(after, _)| after);
        let found = self.api.status.changes(&self.user, System::CameraExports, since, after).await?;
        self.last = Some((found.at, last.map_or(now, |(_, whole)| whole)));
        if last.is_none() {
            let there: HashSet<&str> = found.jobs.iter().map(|job| job.id.as_str()).collect();
            self.told.retain(|id, _| there.contains(id.as_str()));
        }
        let changed = found.jobs.into_iter().filter(|job| self.told.get(&job.id) != Some(&job.state));
        let changed: Vec<_> = changed.collect();
        self.told.extend(changed.iter().map(|job| (job.id.clone(), job.state)));
        let keep = self.api.keep;
        let message = |jobs: &[Job]| Event {
            id: None,
            name: None,
            data: json!({"jobs": jobs.iter().map(|job| entry(job, keep)).collect::<Vec<_>>()}),
        };
        Ok(News { events: changed.chunks(MOST_JOBS).map(message).collect(), over: false })
    }
}

/// Document 000's names: the export's id is `jobId` here, its camera `cameraHash`, its end of life `expiry`.
fn entry(job: &Job, keep: Option<Duration>) -> Value {
    let wanted = serde_json::from_str::<Wanted>(&job.request).ok();
    let mut entry = json!({
        "jobId": job.id,
        "status": status(job),
        "cameraHash": wanted.map(|wanted| wanted.camera),
        "expiry": expiry(job, keep),
    });
    say_why(&mut entry, job);
    entry
}

/// The reason of a failure, for whoever waits for the export (C-7).
pub(super) fn say_why(entry: &mut Value, job: &Job) {
    if let Some(error) = &job.error {
        entry["error"] = json!(error);
    }
    if let Some(remediation) = &job.remediation {
        entry["remediation"] = json!(remediation);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn job(id: &str, state: State) -> Job {
        Job {
            id: id.to_owned(),
            task_id: String::new(),
            system: System::CameraExports,
            user: String::new(),
            state,
            attempts: 1,
            taking: 0,
            progress: 0,
            request: String::new(),
            idempotency_key: None,
            correlation_id: String::new(),
            result_key: None,
            error: None,
            remediation: None,
            created_at: Timestamp::UNIX_EPOCH,
            changed_at: Timestamp::UNIX_EPOCH,
            started_at: None,
            deleted_at: None,
        }
    }

    #[test]
    fn d_5_no_export_is_said_to_live_longer_than_it_is_remembered() {
        let hours = |count| Duration::from_hours(count);
        let mut job = job("a", State::Completed);
        job.changed_at = later(job.created_at, hours(2));
        let said = |keep: Option<Duration>| expiry(&job, keep).as_second() / 3600;
        assert_eq!(said(None), 7 * 24, "by itself a week after it was asked for");
        assert_eq!(said(Some(hours(7 * 24))), 7 * 24);
        assert_eq!(said(Some(hours(24))), 26, "from its end on");
        assert_eq!(entry(&job, Some(hours(24)))["expiry"], json!(later(job.created_at, hours(26))));
    }

    #[test]
    fn c_3_both_words_for_done_occur_and_case_is_mixed() {
        let all =
            |state| "0123456789abcdef".split("").filter(|id| !id.is_empty()).map(move |id| status(&job(id, state)));
        let done: std::collections::BTreeSet<_> = all(State::Completed).collect();
        assert_eq!(
            done.into_iter().collect::<Vec<_>>(),
            ["COMPLETE", "Complete", "SUCCESS", "Success", "complete", "success"]
        );
        for (state, word) in [(State::Pending, "QUEUED"), (State::Processing, "RUNNING"), (State::Failed, "FAILED")] {
            assert!(all(state).all(|status| status.eq_ignore_ascii_case(word)), "{word} in any case");
        }
    }
}
