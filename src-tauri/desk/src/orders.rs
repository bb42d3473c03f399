//! What a person wants of jobs.

use std::time::Duration;

use landfall_engine::engine::Request;
use landfall_engine::job::{Job, Order, Priority, State};
use landfall_engine::transfer::Clash;
use landfall_wire::{ErrorCode, Failure, JobId, JobOrder, OrderOutcome, Phase, Section};

use crate::desk::{Desk, lock};

/// The file of what `pause_all` has paused.
pub(crate) const PAUSED: &str = "paused";

/// So much longer a job is waited for, unless its connector says how long it may take.
const LONGER: Duration = Duration::from_hours(1);

impl Desk {
    /// Gives one order to many jobs, each by itself. Opening, showing in the folder and signing in are the window's.
    pub async fn order(&self, ids: Vec<JobId>, order: JobOrder) -> Result<Vec<OrderOutcome>, Failure> {
        let mut outcomes = Vec::with_capacity(ids.len());
        for id in ids {
            let failure = self.order_one(&id, order).await.err().map(|failure| self.tell(failure));
            outcomes.push(OrderOutcome { id, failure });
        }
        Ok(outcomes)
    }

    async fn order_one(&self, id: &JobId, order: JobOrder) -> Result<(), Failure> {
        let order = match order {
            JobOrder::Pause => Order::Pause,
            JobOrder::Resume => {
                self.unpause(id).await?;
                Order::Resume
            }
            JobOrder::Retry => Order::Retry,
            JobOrder::RetryAsNew => Order::RetryAsNew,
            JobOrder::Extend => Order::Extend(self.longer(id).await?),
            JobOrder::Cancel => Order::Cancel,
            JobOrder::KeepBoth => Order::Settle(Clash::Number),
            JobOrder::Replace => Order::Settle(Clash::Replace),
            JobOrder::KeepOld => Order::Settle(Clash::Skip),
            JobOrder::Forget => return self.forget(id).await,
            JobOrder::Delete => return self.engine.delete(id).await,
            JobOrder::Open | JobOrder::Reveal | JobOrder::SignIn => {
                return Err(Failure::new(ErrorCode::JobCreationFailed, "That is done in the window")
                    .with_remediation("Open the window"));
            }
        };
        self.engine.order(id, order).await
    }

    async fn forget(&self, id: &JobId) -> Result<(), Failure> {
        self.engine.forget(id).await?;
        self.unpause(id).await?;
        self.drop_row(id);
        self.refresh_around();
        self.show_tray();
        Ok(())
    }

    /// As long again as its connector grants a job.
    async fn longer(&self, id: &JobId) -> Result<Duration, Failure> {
        let job = self.job(id).await?;
        Ok(self.connector(&job.wish.connector).map_or(LONGER, |connector| connector.deadline()))
    }

    /// Pauses all that goes on, and remembers which.
    pub async fn pause_all(&self) -> Result<(), Failure> {
        let _turn = self.pausing.lock().await;
        let mut going = Vec::new();
        for (id, phase) in self.can_be_paused() {
            // The engine is asked: the board hears a little later that a paused one goes on.
            if phase != Phase::Paused || !self.is_paused(&id).await {
                going.push(id);
            }
        }
        // Remembered first: what is paused and not known to be would never go on by itself.
        lock(&self.paused).extend(going.iter().cloned());
        self.keep_paused().await?;
        for id in &going {
            if let Err(failure) = self.engine.order(id, Order::Pause).await {
                tracing::debug!(job = %id, %failure, "not paused");
                lock(&self.paused).remove(id);
            }
        }
        self.paused_changed().await
    }

    /// Lets go on what `pause_all` has paused.
    pub async fn resume_all(&self) -> Result<(), Failure> {
        let _turn = self.pausing.lock().await;
        let paused = std::mem::take(&mut *lock(&self.paused));
        for id in &paused {
            // The engine is asked: the board hears of a pause a little later.
            if self.is_paused(id).await
                && let Err(failure) = self.engine.order(id, Order::Resume).await
            {
                tracing::debug!(job = %id, %failure, "not resumed");
            }
        }
        self.paused_changed().await
    }

    /// While everything is paused, these wait with the rest; nothing of them is sent before.
    pub(crate) async fn hold(&self, ids: &[JobId]) -> Result<(), Failure> {
        let _turn = self.pausing.lock().await;
        if lock(&self.paused).is_empty() {
            return Ok(());
        }
        lock(&self.paused).extend(ids.iter().cloned());
        self.keep_paused().await?;
        for id in ids {
            if let Err(failure) = self.engine.order_at_rest(id, Order::Pause).await {
                tracing::debug!(job = %id, %failure, "not held");
                lock(&self.paused).remove(id);
            }
        }
        Ok(())
    }

    /// A connection can be signed in to again: what waited for that goes on, or waits with the rest while everything is paused.
    pub(crate) async fn let_in(&self, connection: &str) -> Result<(), Failure> {
        let jobs = self.engine.jobs().await?;
        let waits = |job: &Job| job.wish.connection == connection && matches!(job.state, State::NeedsSignIn { .. });
        let waiting: Vec<JobId> = jobs.iter().filter(|job| waits(job)).map(|job| job.wish.id.clone()).collect();
        self.hold(&waiting).await?;
        self.engine.signed_in(connection).await
    }

    fn can_be_paused(&self) -> Vec<(JobId, Phase)> {
        let board = lock(&self.board);
        let rows = board.rows().filter(|row| row.section == Section::Active || row.phase == Phase::Resting);
        rows.filter(|row| row.phase != Phase::Cancelling).map(|row| (row.id.clone(), row.phase)).collect()
    }

    async fn is_paused(&self, id: &JobId) -> bool {
        self.job(id).await.is_ok_and(|job| matches!(job.state, State::Paused { .. }))
    }

    async fn unpause(&self, id: &JobId) -> Result<(), Failure> {
        let was_paused = lock(&self.paused).remove(id);
        if was_paused { self.paused_changed().await } else { Ok(()) }
    }

    async fn paused_changed(&self) -> Result<(), Failure> {
        self.refresh_around();
        self.show_tray();
        self.board_changed();
        self.keep_paused().await
    }

    async fn keep_paused(&self) -> Result<(), Failure> {
        let (shelf, paused) = (self.shelf.clone(), lock(&self.paused).clone());
        self.blocking(move || shelf.write(PAUSED, &paused)).await?
    }

    /// Whose turn comes first: the higher number, from -100 to 100.
    pub async fn set_priority(&self, id: JobId, priority: i16) -> Result<(), Failure> {
        let priority = Priority::of_number(priority).ok_or_else(|| {
            Failure::new(ErrorCode::JobCreationFailed, format!("{priority} is no priority"))
                .with_remediation("Give a whole number from -100 to 100")
        })?;
        self.engine.order(&id, Order::Prioritize(priority)).await
    }

    /// Follows a job that somebody else started on the server.
    pub async fn adopt(&self, connection: String, remote_id: String) -> Result<JobId, Failure> {
        let remote_id = remote_id.trim();
        if remote_id.is_empty() || remote_id.len() > 512 || remote_id.chars().any(char::is_control) {
            return Err(Failure::new(ErrorCode::JobCreationFailed, "That is no id of a server's job")
                .with_remediation("Copy the id as the server shows it"));
        }
        let known = self.engine.connections().get(&connection)?;
        let folder = self.target(None, known.folder.as_deref()).await?;
        let request = Request { clash: self.clash(None), ..Request::new(connection, Vec::new(), folder) };
        let id = self.engine.adopt(&request, remote_id).await?;
        self.hold(std::slice::from_ref(&id)).await?;
        self.engine.carry(&id).await?;
        self.look_at(std::slice::from_ref(&id)).await?;
        Ok(id)
    }
}
