//! What a person wants of jobs.

use landfall_wire::{Failure, JobId, JobOrder, OrderOutcome};

use crate::desk::{Desk, not_built};

impl Desk {
    /// Gives one order to many jobs, each by itself. Open, reveal and sign-in are not for the desk.
    pub async fn order(&self, _ids: Vec<JobId>, _order: JobOrder) -> Result<Vec<OrderOutcome>, Failure> {
        Err(not_built())
    }

    /// Pauses all that goes on, and remembers which.
    pub async fn pause_all(&self) -> Result<(), Failure> {
        Err(not_built())
    }

    /// Lets go on what `pause_all` has paused.
    pub async fn resume_all(&self) -> Result<(), Failure> {
        Err(not_built())
    }

    /// Whose turn comes first: the higher number, from -100 to 100.
    pub async fn set_priority(&self, _id: JobId, _priority: i16) -> Result<(), Failure> {
        Err(not_built())
    }

    /// Follows a job that somebody else started on the server.
    pub async fn adopt(&self, _connection: String, _remote_id: String) -> Result<JobId, Failure> {
        Err(not_built())
    }
}
