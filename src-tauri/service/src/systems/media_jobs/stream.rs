//! The stream of one job's events.

use std::sync::Arc;

use super::events;
use crate::api::Api;
use crate::api::streams::{News, Source};
use crate::problem::Problem;

/// A job's events after one of them.
pub(super) struct JobEvents {
    api: Arc<Api>,
    job_id: String,
    /// Number of the last event that was sent.
    last: u32,
}

impl JobEvents {
    /// From where `Last-Event-ID` says. An id that is none of ours means from the beginning. `None` when the last event is
    /// known already and nothing will follow.
    pub(super) async fn after(
        api: Arc<Api>,
        job_id: String,
        last_event_id: Option<&str>,
    ) -> Result<Option<Self>, Problem> {
        let (id, now) = (job_id.clone(), api.clock.now());
        let seen = last_event_id.and_then(|id| id.trim().parse::<u32>().ok());
        let begin = api
            .database
            .ask(move |connection| {
                // First of all what is new now is written down: only then is it known which event is the last.
                let chapter = events::look(connection, &id, u32::MAX, now)?;
                let last = events::last_number(connection, &id)?;
                match seen.filter(|seen| (1..=last).contains(seen)) {
                    Some(seen) if seen == last && chapter.is_some_and(|chapter| chapter.over) => Ok(None),
                    Some(seen) => Ok(Some(seen)),
                    None => events::beginning(connection, &id).map(Some),
                }
            })
            .await?;
        Ok(begin.map(|last| Self { api, job_id, last }))
    }
}

impl Source for JobEvents {
    async fn look(&mut self) -> Result<News, Problem> {
        let (id, after, now) = (self.job_id.clone(), self.last, self.api.clock.now());
        let chapter = self.api.database.ask(move |connection| events::look(connection, &id, after, now)).await?;
        let Some(chapter) = chapter else { return Ok(News { over: true, ..News::default() }) };
        if let Some(number) = chapter.events.last().and_then(|event| event.id) {
            self.last = number;
        }
        Ok(News { events: chapter.events, over: chapter.over })
    }
}
