//! Looking for a job of ours in the account's list: one whose submit may or may not have arrived, or that somebody else
//! started.

use std::collections::BTreeSet;
use std::time::Duration;

use jiff::Timestamp;
use landfall_wire::{ErrorCode, Failure};
use serde_json::json;

use super::work::Errand;
use crate::connector::{Listed, Submitted};
use crate::site::{Setback, Site};

/// No list is read further than this: a thousand pages of a hundred are more jobs than a person looks through.
const MOST_PAGES: usize = 1_000;

/// Two clocks that are kept differ by less than this; a job made that long before the wish is not the wish's.
const CLOCKS_DIFFER: Duration = Duration::from_mins(5);

/// What a list tells about one request.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Sight {
    /// This job carries its correlation id.
    Found(Listed),
    /// These may be it: they are nobody's, and the server does not say which request made them.
    Unclear(Vec<Listed>),
    /// The server has no job of it.
    NotThere,
}

impl Site {
    /// The account's jobs, page by page, until `enough` says so.
    pub(crate) async fn listed(&self, mut enough: impl FnMut(&[Listed]) -> bool) -> Result<Vec<Listed>, Setback> {
        let (name, url) = (&self.connection.name, &self.connection.url);
        let mut jobs = Vec::new();
        let mut next = None;
        for _ in 0..MOST_PAGES {
            let Some(request) = self.connector.list_request(name, url, next.as_ref()) else {
                return Err(self.lists_nothing().into());
            };
            let answer = self.ask(request?).await?;
            let page = self.connector.read_list(name, url, &answer)?;
            let done = page.jobs.is_empty() || enough(&page.jobs);
            jobs.extend(page.jobs);
            // A page that names itself as the next one would never end.
            if done || page.next.is_none() || page.next == next {
                break;
            }
            next = page.next;
        }
        Ok(jobs)
    }

    /// The connector knows no way to list.
    pub(crate) fn lists_nothing(&self) -> Failure {
        let message = format!("The connector {} cannot list the jobs of its server", self.connector.id());
        Failure::new(ErrorCode::JobCreationFailed, message)
            .with_remediation("Look on the server, and adopt a job by its id with `landfall adopt`")
    }
}

impl Errand {
    /// Whether the account's list tells of jobs that this job's submit makes.
    pub(super) fn can_look_for_it(&self) -> bool {
        self.site.connector.list_supported() && self.job.method() == landfall_wire::Method::Primary
    }

    /// Looks twice before it believes that the server has no such job: one behind a balancer may not list its newest
    /// everywhere at once.
    pub(super) async fn look_for_it(&self) -> Result<Sight, Setback> {
        let known = self.known_elsewhere().await?;
        let mut looks = 0;
        loop {
            let sight = self.look_once(&known).await?;
            looks += 1;
            if sight != Sight::NotThere || looks == 2 {
                return Ok(sight);
            }
            self.clock.sleep(self.site.connector.lost_after()).await;
        }
    }

    async fn look_once(&self, known: &BTreeSet<String>) -> Result<Sight, Setback> {
        let correlation = self.job.wish.correlation.as_str();
        let is_it = |listed: &Listed| listed.correlation_id.as_deref() == Some(correlation);
        let jobs = self.site.listed(|page| page.iter().any(is_it)).await?;
        Ok(sight(jobs, correlation, known, self.job.wish.created_at))
    }

    /// Server jobs that some job of ours, this one's earlier rounds included, is known by.
    async fn known_elsewhere(&self) -> Result<BTreeSet<String>, Setback> {
        let jobs = self.store.jobs().await.map_err(Failure::from)?;
        let same_server = jobs.iter().filter(|job| job.wish.connection == self.job.wish.connection);
        Ok(same_server.flat_map(super::Job::remote_ids).map(str::to_owned).collect())
    }

    /// What a listed job would have told us at its submit.
    pub(super) fn taken_over(&self, listed: &Listed) -> Result<Submitted, Failure> {
        self.with_kept(None, &listed.kept, |scope| self.site.connector.adopted(scope, &listed.remote_id))
    }
}

/// Which of the listed jobs came of a request; `known` are those that came of another.
pub(super) fn sight(jobs: Vec<Listed>, correlation: &str, known: &BTreeSet<String>, wished_at: Timestamp) -> Sight {
    let earliest = wished_at.saturating_sub(CLOCKS_DIFFER).unwrap_or(Timestamp::MIN);
    let mut candidates = Vec::new();
    for listed in jobs.into_iter().filter(|listed| !known.contains(&listed.remote_id)) {
        match &listed.correlation_id {
            Some(id) if id == correlation => return Sight::Found(listed),
            Some(_) => {}
            None if listed.created_at.is_some_and(|made| made < earliest) => {}
            None => candidates.push(listed),
        }
    }
    if candidates.is_empty() { Sight::NotThere } else { Sight::Unclear(candidates) }
}

/// A person has to say which of them it is.
pub(super) fn unclear(connection: &str, candidates: &[Listed]) -> Failure {
    /// More than these are a list to be looked through on the server.
    const SHOWN: usize = 5;
    let ids: Vec<&str> = candidates.iter().map(|listed| listed.remote_id.as_str()).collect();
    let shown = ids.iter().take(SHOWN).copied().collect::<Vec<_>>().join(", ");
    let message = match ids.len().saturating_sub(SHOWN) {
        0 => format!(
            "It is not known whether the server took the request before it was interrupted; these jobs there may be it: {shown}"
        ),
        more => format!(
            "It is not known whether the server took the request before it was interrupted; these jobs there and {more} more may be it: {shown}"
        ),
    };
    Failure::new(ErrorCode::JobCreationFailed, message)
        .with_remediation(format!(
            "Adopt the right one with `landfall adopt {connection} ID`; `landfall retry` sends the request a second time"
        ))
        .with_details(json!({ "candidates": ids }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::connector::{Kept, RemoteState};

    fn listed(id: &str, correlation: Option<&str>, second: Option<i64>) -> Listed {
        Listed {
            remote_id: id.to_owned(),
            state: RemoteState::Waiting,
            created_at: second.map(|second| Timestamp::from_second(second).unwrap()),
            correlation_id: correlation.map(str::to_owned),
            kept: Kept::new(),
        }
    }

    fn look(jobs: &[Listed], known: &[&str]) -> Sight {
        let known = known.iter().map(|id| (*id).to_owned()).collect();
        sight(jobs.to_vec(), "c0ffee", &known, Timestamp::from_second(100_000).unwrap())
    }

    #[test]
    fn job_with_our_correlation_id_is_ours() {
        let ours = listed("2", Some("c0ffee"), Some(100_001));
        let jobs = [listed("1", None, Some(100_001)), ours.clone(), listed("3", Some("other"), Some(100_002))];
        assert_eq!(look(&jobs, &[]), Sight::Found(ours), "whatever else may be there");
    }

    #[test]
    fn job_of_an_earlier_round_is_not_taken_for_the_new_one() {
        let jobs = [listed("1", Some("c0ffee"), Some(100_001))];
        assert_eq!(look(&jobs, &["1"]), Sight::NotThere, "one correlation id for all rounds");
    }

    #[test]
    fn without_correlation_ids_young_jobs_that_are_nobodys_are_candidates_only() {
        let young = listed("3", None, Some(100_001));
        let undated = listed("4", None, None);
        let jobs = [listed("1", None, Some(90_000)), listed("2", None, Some(100_001)), young.clone(), undated.clone()];
        assert_eq!(look(&jobs, &["2"]), Sight::Unclear(vec![young, undated]));
        assert_eq!(look(&[listed("1", None, Some(90_000))], &[]), Sight::NotThere, "made long before it was wished");
        let failure = unclear("demo", &[listed("3", None, None)]);
        assert!(failure.message.contains('3') && failure.remediation.contains("landfall adopt demo"), "{failure}");
    }
}
