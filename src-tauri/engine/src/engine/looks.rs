//! What a face looks at.

use landfall_wire::{Failure, JobId, JobSnapshot, TimelineEntry};
use tokio::sync::watch;

use super::Engine;
use crate::changes::Changes;
use crate::home::Home;
use crate::job::{Job, Order, State};
use crate::secrets::Vault;

impl Engine {
    /// The home that it has taken.
    pub fn home(&self) -> &Home {
        &self.home
    }

    /// Where secrets are kept.
    pub fn vault(&self) -> &Vault {
        &self.vault
    }

    /// All jobs, newest first.
    pub async fn jobs(&self) -> Result<Vec<Job>, Failure> {
        Ok(self.store.jobs().await?)
    }

    /// One job as it is stored; `None` when it is not there.
    pub async fn job(&self, id: &JobId) -> Result<Option<Job>, Failure> {
        Ok(self.store.job(id).await?)
    }

    /// What happened to a job, oldest first.
    pub async fn timeline(&self, id: &JobId) -> Result<Vec<TimelineEntry>, Failure> {
        Ok(self.store.timeline(id).await?)
    }

    /// How a job that is carried looks now.
    pub fn shot(&self, id: &JobId) -> Option<JobSnapshot> {
        self.running().get(id).map(|carried| carried.face.borrow().clone())
    }

    /// What changes of any job that is carried, for one reader: a second one would take changes away from the first.
    pub fn changes(&self) -> Changes {
        self.board.read()
    }

    /// What goes on once somebody goes on with what was interrupted, oldest first; and what cannot, since its connection
    /// is not there, with why.
    pub async fn interrupted(&self) -> Result<(Vec<Job>, Vec<(Job, Failure)>), Failure> {
        let (mut able, mut stranded) = (Vec::new(), Vec::new());
        let connections = self.connections();
        for job in self.jobs().await?.into_iter().rev().filter(|job| job.state.is_interrupted()) {
            match connections.get(&job.wish.connection) {
                Ok(_) => able.push(job),
                Err(failure) => stranded.push((job, failure)),
            }
        }
        Ok((able, stranded))
    }

    /// Goes on with a job that was interrupted. A sign-in may have been renewed, and a disk mended: they are tried again at
    /// once.
    pub async fn go_on(&self, job: &Job) -> Result<watch::Receiver<JobSnapshot>, Failure> {
        match &job.state {
            State::NeedsSignIn { .. } => self.order(&job.wish.id, Order::SignedIn).await?,
            State::Failed { .. } => self.order(&job.wish.id, Order::Retry).await?,
            State::Active(_)
            | State::Queued { .. }
            | State::Paused { .. }
            | State::Resting { .. }
            | State::Cancelling(_)
            | State::Cancelled { .. }
            | State::Expired { .. }
            | State::Landed { .. } => {}
        }
        self.carry(&job.wish.id).await
    }
}
