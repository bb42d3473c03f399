//! What a person wants of jobs that are there.

use futures_util::future::join_all;
use landfall_wire::{ErrorCode, Failure, JobId, TimelineEntry};
use tokio::sync::oneshot;

use super::{Engine, rules, unknown};
use crate::job::{Effect, Input, LandedFile, Order, State, step};
use crate::{secrets, transfer};

impl Engine {
    /// Gives a person's order to a job; a job that is not carried yet is from now on.
    pub async fn order(&self, id: &JobId, order: Order) -> Result<(), Failure> {
        self.carry(id).await?;
        let letters = self.running().get(id).map(|carried| carried.letters.clone()).ok_or_else(|| unknown(id))?;
        let (answer, answered) = oneshot::channel();
        let gone = || Failure::new(ErrorCode::HomeInUse, "The engine is stopping").with_remediation("Start it again");
        letters.unbounded_send((order, answer)).map_err(|_| gone())?;
        answered.await.map_err(|_| gone())?.map_err(|refusal| stays(id, &refusal.why))
    }

    /// Gives an order to a job that nobody has to carry for it: what is stored changes, and whoever carries the job next
    /// goes on from there.
    pub async fn order_at_rest(&self, id: &JobId, order: Order) -> Result<(), Failure> {
        if self.running().contains_key(id) {
            return self.order(id, order).await;
        }
        let mut job = self.store.job(id).await?.ok_or_else(|| unknown(id))?;
        let rules = rules(self.site(&job.wish.connection)?.as_ref(), &job.wish);
        let now = self.clock.now();
        let done = step(&mut job, Input::Order(order), &rules, now).map_err(|refusal| stays(id, &refusal.why))?;
        let notes = done.effects.into_iter().filter_map(|effect| match effect {
            Effect::Note(text) => Some(TimelineEntry { at: now, text: secrets::redacted(&text) }),
            Effect::StopWork | Effect::Work | Effect::WakeAt(_) => None,
        });
        Ok(self.store.save(&job, notes.collect()).await?)
    }

    /// A connection was signed in to again: every job that waits for it goes on.
    pub async fn signed_in(&self, connection: &str) -> Result<(), Failure> {
        let mut jobs = self.store.jobs().await?;
        jobs.retain(|job| job.wish.connection == connection && matches!(job.state, State::NeedsSignIn { .. }));
        self.order_all(jobs.into_iter().map(|job| job.wish.id.clone()).collect(), Order::SignedIn).await
    }

    /// The same order for many at once; one that cannot take it keeps no other from it. Gives the first failure.
    async fn order_all(&self, ids: Vec<JobId>, order: Order) -> Result<(), Failure> {
        let answers = ids.iter().map(|id| self.order(id, order));
        join_all(answers).await.into_iter().collect()
    }

    /// The machine woke up, or is on another network: every followed job is asked for at once, and what rests goes on.
    pub async fn look_again(&self) -> Result<(), Failure> {
        let carried: Vec<JobId> = self.running().keys().cloned().collect();
        self.order_all(carried, Order::LookAgain).await
    }

    /// Deletes the server's copy of what has landed verified. The face tells when it is gone.
    pub async fn delete(&self, id: &JobId) -> Result<(), Failure> {
        let job = self.store.job(id).await?.ok_or_else(|| unknown(id))?;
        // The server's copy may be the last one: what landed is looked at, and not only remembered.
        if let Some(missing) = job.state.files().iter().find(|file| !is_there(file)) {
            let path = missing.path.display();
            let message = format!("The server's copy is left alone: {path} is no longer there as it landed");
            return Err(Failure::new(ErrorCode::ValidationFailed, message).with_remediation(
                "Put the file back, or check it with `landfall verify`, before the server's copy goes",
            ));
        }
        self.order(id, Order::Delete).await
    }

    /// Stops following a job and takes it off the list. The server goes on with its own; what has landed stays with its
    /// receipt, what was on its way is thrown away.
    pub async fn forget(&self, id: &JobId) -> Result<(), Failure> {
        let carried = self.running().remove(id);
        if let Some(carried) = carried {
            carried.task.stop();
            // One that does not end in time is aborted; its files are found by their ticket.
            carried.task.ended().await;
        }
        let job = self.store.job(id).await?.ok_or_else(|| unknown(id))?;
        self.store.remove(id).await?;
        let ticket = job.ticket();
        if let Err(error) = transfer::discard(&ticket, &job.wish.folder) {
            tracing::warn!(%error, ticket, "what was on its way stays");
        }
        Ok(())
    }
}

fn is_there(file: &LandedFile) -> bool {
    std::fs::metadata(&file.path).is_ok_and(|found| found.is_file() && found.len() == file.size)
}

fn stays(id: &JobId, why: &str) -> Failure {
    Failure::new(ErrorCode::JobCreationFailed, format!("Job {id} stays as it is: {why}"))
        .with_remediation(format!("See where it stands: landfall show {id}"))
}
