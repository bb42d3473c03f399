//! What a face sees of a job.

use jiff::Timestamp;
use landfall_wire::{ErrorCode, Failure, FileSnapshot, JobSnapshot, Phase};

use super::{Job, Stage, State, Submit};

/// What changes too often to be written down.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Live {
    /// Bytes on disk.
    pub bytes: u64,
    /// Bytes of the whole.
    pub total: Option<u64>,
    /// Bytes per second.
    pub rate: Option<u64>,
    /// All bytes are here and are being checked.
    pub verifying: bool,
    /// The download is interrupted and tries again by itself.
    pub interrupted: Option<Interrupted>,
}

/// A download that waits before it tries again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Interrupted {
    /// Since then no byte has come.
    pub since: Timestamp,
    /// When it tries again.
    pub until: Timestamp,
    /// What went wrong, in words.
    pub why: String,
}

/// The job at this moment.
pub fn snapshot(job: &Job, live: &Live) -> JobSnapshot {
    let mut shot = JobSnapshot {
        id: job.wish.id.clone(),
        connection: Some(job.wish.connection.clone()),
        connector: Some(job.wish.connector.clone()),
        remote_id: job.state.remote().map(|remote| remote.id.clone()),
        phase: phase(job, live),
        stage: None,
        server_percent: None,
        bytes: live.bytes,
        total: live.total,
        rate: live.rate,
        eta_seconds: eta(live),
        stalled: false,
        files: Vec::new(),
        method: job.method(),
        error: job.state.failure().cloned(),
        correlation_id: job.wish.correlation.as_str().to_owned(),
        resting_until: None,
        troubled_since: job.troubled_since,
        created_at: job.wish.created_at,
        updated_at: job.updated_at,
    };
    match job.state.stage() {
        Some(Stage::Follow(follow)) => {
            shot.stage.clone_from(&follow.stage);
            shot.server_percent = follow.percent;
            shot.stalled = follow.stalled;
        }
        Some(Stage::Resolve(_) | Stage::Download(_)) => shot.server_percent = Some(100.0),
        Some(Stage::Submit(_)) | None => {}
    }
    match &job.state {
        State::Landed { files, .. } => {
            shot.server_percent = Some(100.0);
            let size = files.iter().map(|file| file.size).sum();
            (shot.bytes, shot.total, shot.rate, shot.eta_seconds) = (size, Some(size), None, None);
            shot.files = files
                .iter()
                .map(|file| FileSnapshot {
                    path: file.path.clone(),
                    size: file.size,
                    sha256: file.sha256.clone(),
                    verified: file.vouched.is_verified(),
                })
                .collect();
        }
        State::Resting { until, .. } => shot.resting_until = Some(*until),
        State::Active(Stage::Download(_)) => {
            if let Some(Interrupted { since, until, why }) = &live.interrupted {
                let failure = Failure::new(ErrorCode::NetworkError, format!("The download is interrupted: {why}"));
                shot.error = Some(failure.with_correlation(&job.wish.correlation));
                (shot.troubled_since, shot.resting_until) = (Some(*since), Some(*until));
            }
        }
        State::Active(_)
        | State::Paused { .. }
        | State::NeedsSignIn { .. }
        | State::Cancelling { .. }
        | State::Cancelled { .. }
        | State::Failed { .. }
        | State::Expired { .. } => {}
    }
    shot
}

fn phase(job: &Job, live: &Live) -> Phase {
    match &job.state {
        State::Active(Stage::Submit(Submit { sent })) => {
            if *sent {
                Phase::Submitting
            } else {
                Phase::Queued
            }
        }
        State::Active(Stage::Follow(follow)) => {
            if follow.preparing {
                Phase::Preparing
            } else {
                Phase::Waiting
            }
        }
        State::Active(Stage::Resolve(_)) => Phase::Resolving,
        State::Active(Stage::Download(_)) => {
            if live.interrupted.is_some() {
                Phase::Resting
            } else if live.verifying {
                Phase::Verifying
            } else {
                Phase::Downloading
            }
        }
        State::Paused { .. } => Phase::Paused,
        State::Resting { .. } => Phase::Resting,
        State::NeedsSignIn { .. } => Phase::NeedsSignIn,
        State::Cancelling { .. } => Phase::Cancelling,
        State::Cancelled { .. } => Phase::Cancelled,
        State::Failed { .. } => Phase::Failed,
        State::Expired { .. } => Phase::Expired,
        State::Landed { .. } => Phase::Landed,
    }
}

fn eta(live: &Live) -> Option<u64> {
    let left = live.total?.checked_sub(live.bytes)?;
    left.checked_div(live.rate?)
}
