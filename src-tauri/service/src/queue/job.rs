//! What is known of a job, whichever backend knows it.

use jiff::Timestamp;

use crate::systems::System;

/// What the service knows of a job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    /// The id that its user knows (`jobId`, `export_id`).
    pub id: String,
    /// The id of its work, where the system tells one (`task_id`).
    pub task_id: String,
    /// The system it was asked of.
    pub system: System,
    /// Who asked.
    pub user: String,
    /// How far it is.
    pub state: State,
    /// Attempts so far, the running one included.
    pub attempts: u32,
    /// Which taking of it this is, where its backend counts them: attempts begin anew with a job that is put back, and its
    /// takings do not. 0 where it does not.
    pub taking: u32,
    /// Percent.
    pub progress: u8,
    /// What was asked, as JSON.
    pub request: String,
    /// The key it was asked under.
    pub idempotency_key: Option<String>,
    /// The client's correlation id, or ours when it sent none.
    pub correlation_id: String,
    /// Where its result lies in the object store.
    pub result_key: Option<String>,
    /// Why it failed.
    pub error: Option<String>,
    /// What can be done about it.
    pub remediation: Option<String>,
    /// When it was asked for.
    pub created_at: Timestamp,
    /// When anything here last changed.
    pub changed_at: Timestamp,
    /// When its first attempt began.
    pub started_at: Option<Timestamp>,
    /// When its user deleted it: for its user there is no such job any more.
    pub deleted_at: Option<Timestamp>,
}

impl Job {
    /// Whether this user may know of it under this system.
    pub(crate) fn belongs_to(&self, user: &str, system: System) -> bool {
        self.user == user && self.system == system && self.deleted_at.is_none()
    }
}

/// How far a job is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Waits for a worker, or for its next attempt.
    Pending,
    /// A worker has it.
    Processing,
    /// Its result is in the object store.
    Completed,
    /// It is dead.
    Failed,
}

impl State {
    /// The state of this word.
    pub(crate) fn of(word: &str) -> Option<Self> {
        let all = [Self::Pending, Self::Processing, Self::Completed, Self::Failed];
        all.into_iter().find(|state| state.as_str() == word)
    }

    /// The word on the wire and in the table.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Processing => "processing",
            Self::Completed => "completed",
            Self::Failed => "failed",
        }
    }
}

/// A job that failed for good.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeadLetter {
    /// The job.
    pub job_id: String,
    /// Who asked for it.
    pub user: String,
    /// The system it was asked of.
    pub system: System,
    /// Why it failed.
    pub reason: String,
    /// After so many attempts.
    pub attempts: u32,
    /// When.
    pub died_at: Timestamp,
}
