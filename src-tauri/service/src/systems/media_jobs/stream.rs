//! The stream of one job's events.

use std::sync::Arc;

use super::events;
use crate::api::Api;
use crate::api::streams::{News, Source};
use crate::problem::Problem;

/// A job's events after one of them.
pub(super) struct JobEvents {
    api: Arc<Api>,
    user: String,
    job_id: String,
    /// Number of the last event that was sent.
    last: u32,
}

impl JobEvents {
    /// From where `Last-Event-ID` says. An id that is none of ours means from the beginning. `None` when the last event is
    /// known already and nothing will follow.
    pub(super) async fn after(
        api: Arc<Api>,
        user: String,
        job_id: String,
        last_event_id: Option<&str>,
    ) -> Result<Option<Self>, Problem> {
        let status = &*api.status;
        // First of all what is new now is written down: only then is it known which event is the last.
        let chapter = events::look(status, &user, &job_id, u32::MAX, api.clock.now()).await?;
        let last = chapter.as_ref().map_or(0, |chapter| chapter.last);
        let seen = last_event_id.and_then(|id| id.trim().parse::<u32>().ok());
        let begin = match seen.filter(|seen| (1..=last).contains(seen)) {
            Some(seen) if seen == last && chapter.is_some_and(|chapter| chapter.over) => return Ok(None),
            Some(seen) => seen,
            None => events::beginning(&status.told(&job_id, 0).await?),
        };
        Ok(Some(Self { api, user, job_id, last: begin }))
    }
}

impl Source for JobEvents {
    async fn look(&mut self) -> Result<News, Problem> {
        let now = self.api.clock.now();
        let chapter = events::look(&*self.api.status, &self.user, &self.job_id, self.last, now).await?;
        let Some(chapter) = chapter else { return Ok(News { over: true, ..News::default() }) };
        if let Some(number) = chapter.events.last().and_then(|event| event.id) {
            self.last = number;
        }
        Ok(News { events: chapter.events, over: chapter.over })
    }
}
