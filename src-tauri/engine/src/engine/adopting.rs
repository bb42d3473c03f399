//! Jobs on a server that no job here knows: found, and followed from now on.

use std::collections::BTreeSet;

use landfall_wire::{CorrelationId, ErrorCode, Failure, JobId, TimelineEntry};

use super::{Engine, Request};
use crate::connector::{Kept, Listed, Scope, Submitted};
use crate::job::{Follow, Job, Remote, Stage, State, Wish};
use crate::site::Site;

/// Longer ids of a server are not taken over as ours.
const LONGEST_CORRELATION: usize = 128;

impl Engine {
    /// The account's jobs on that server that no job here knows, in the server's order.
    pub async fn orphans(&self, connection: &str) -> Result<Vec<Listed>, Failure> {
        let site = self.site(connection)?;
        let listed = site.listed(|_| false).await.map_err(|setback| setback.failure)?;
        let known = self.known_at(connection).await?;
        Ok(listed.into_iter().filter(|listed| !known.contains(&listed.remote_id)).collect())
    }

    /// Follows a job that somebody else started, as if it had been asked for here: `request` says for which connection,
    /// with which one set of parameters, and where to.
    pub async fn adopt(&self, request: &Request, remote_id: &str) -> Result<JobId, Failure> {
        let site = self.site(&request.connection)?;
        if let Some(job) = self.follower_of(&request.connection, remote_id).await? {
            let message = format!("Job {job} follows {remote_id} already");
            return Err(Failure::new(ErrorCode::JobCreationFailed, message)
                .with_remediation(format!("See where it stands: landfall show {job}")));
        }
        self.remember(&request.folder)?;
        let listed = find(&site, remote_id).await?;
        let params = request.params.first().cloned().unwrap_or_default();
        let mut wish = request.wish(params, &site.connector, self.entropy.as_ref(), self.clock.as_ref());
        if let Some(theirs) =
            listed.as_ref().and_then(|listed| listed.correlation_id.as_deref()).filter(|id| is_usable(id))
        {
            // One for the job's life, wherever that began.
            wish.correlation = CorrelationId::new(theirs);
        }
        let kept = listed.map(|listed| listed.kept).unwrap_or_default();
        let submitted = take_over(&site, &wish, &kept, remote_id)?;
        let remote = Remote::new(submitted.remote_id, submitted.kept);
        let follow = Follow::new(remote, self.clock.now(), super::rules(&site, &wish).wait());
        let job = Job { state: State::Active(Stage::Follow(follow)), ..Job::new(wish) };
        let note = TimelineEntry { at: self.clock.now(), text: format!("Adopted from the server as {remote_id}") };
        self.store.insert(&job, vec![note]).await?;
        Ok(job.wish.id.clone())
    }

    async fn known_at(&self, connection: &str) -> Result<BTreeSet<String>, Failure> {
        let jobs = self.store.jobs().await?;
        let here = jobs.iter().filter(|job| job.wish.connection == connection);
        Ok(here.flat_map(Job::remote_ids).map(str::to_owned).collect())
    }

    async fn follower_of(&self, connection: &str, remote_id: &str) -> Result<Option<JobId>, Failure> {
        let jobs = self.store.jobs().await?;
        let mut here = jobs.into_iter().filter(|job| job.wish.connection == connection);
        Ok(here.find(|job| job.remote_ids().any(|known| known == remote_id)).map(|job| job.wish.id.clone()))
    }
}

/// What the server's list says of it; `None` where there is no list. An id that is not in the list is no job of this
/// account.
async fn find(site: &Site, remote_id: &str) -> Result<Option<Listed>, Failure> {
    if !site.connector.list_supported() {
        return Ok(None);
    }
    let jobs = site
        .listed(|page| page.iter().any(|listed| listed.remote_id == remote_id))
        .await
        .map_err(|setback| setback.failure)?;
    let found = jobs.into_iter().find(|listed| listed.remote_id == remote_id).ok_or_else(|| {
        let message = format!("The server lists no job {remote_id} for this account");
        Failure::new(ErrorCode::JobCreationFailed, message)
            .with_remediation("Check the id, and that the connection signs in as whoever started the job")
    });
    found.map(Some)
}

fn take_over(site: &Site, wish: &Wish, kept: &Kept, remote_id: &str) -> Result<Submitted, Failure> {
    in_scope(site, wish, kept, |scope| site.connector.adopted(scope, remote_id))
}

/// What expressions see of a job that the server has given no id yet.
pub(super) fn in_scope<T>(site: &Site, wish: &Wish, kept: &Kept, use_it: impl FnOnce(&Scope<'_>) -> T) -> T {
    let job = Job::new(wish.clone());
    use_it(&Scope {
        connection_name: &wish.connection,
        connection_url: &site.connection.url,
        params: &wish.params,
        remote_id: None,
        kept,
        created_at: wish.created_at,
        correlation_id: wish.correlation.as_str(),
        idempotency_key: &job.idempotency_key(),
        method: job.method(),
    })
}

/// Whether a server's correlation id can be sent back to it and shown.
fn is_usable(id: &str) -> bool {
    !id.is_empty() && id.len() <= LONGEST_CORRELATION && id.bytes().all(|byte| byte.is_ascii_graphic())
}
