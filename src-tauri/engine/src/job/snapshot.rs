//! What a face sees of a job.

use jiff::Timestamp;
use landfall_wire::{AtServer, ErrorCode, ExtractedSnapshot, Failure, FileSnapshot, JobSnapshot, Phase, WaitingFor};

use super::{Extraction, Follow, Job, LandedFile, Stage, State};
use crate::transfer;

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
        remote_id: job.state.remote_id().map(str::to_owned),
        phase: phase(job, live),
        stage: None,
        message: None,
        server_percent: None,
        queue_position: None,
        ready_at: None,
        expires_at: job.state.remote().and_then(|remote| remote.expires_at),
        waiting_for: None,
        bytes: live.bytes,
        total: live.total,
        rate: live.rate,
        eta_seconds: eta(live),
        stalled: false,
        files: job.state.files().iter().map(file).collect(),
        extracted: None,
        at_server: AtServer::Kept,
        method: job.method(),
        priority: job.wish.priority.number(),
        error: job.state.failure().cloned(),
        correlation_id: job.wish.correlation.as_str().to_owned(),
        resting_until: None,
        troubled_since: job.troubled_since,
        created_at: job.wish.created_at,
        updated_at: job.updated_at,
    };
    match job.state.stage() {
        Some(Stage::Follow(follow)) => follow_into(&mut shot, follow),
        Some(Stage::Resolve(_) | Stage::Download(_)) => shot.server_percent = Some(100.0),
        Some(Stage::Finish(finish)) => all_here(&mut shot, &finish.files),
        Some(Stage::Submit(_)) | None => {}
    }
    match &job.state {
        State::Landed { files, extraction, at_server, .. } => {
            all_here(&mut shot, files);
            shot.at_server = *at_server;
            if let Extraction::Done(done) = extraction {
                shot.extracted = Some(ExtractedSnapshot { folder: done.folder.clone(), files: done.files });
            }
        }
        State::Resting { until, failure, .. } => {
            shot.resting_until = Some(*until);
            shot.waiting_for = Some(waited_for(failure));
        }
        State::Queued { until, words, .. } => {
            shot.resting_until = Some(*until);
            if job.wish.not_before == Some(*until) {
                shot.waiting_for = Some(WaitingFor::Time);
            } else {
                shot.waiting_for = Some(WaitingFor::ServerQueue);
                shot.message = Some(words.clone().unwrap_or_else(|| "The server's queue is full".to_owned()));
            }
        }
        State::NeedsSignIn { .. } => shot.waiting_for = Some(WaitingFor::SignIn),
        State::Active(Stage::Download(_)) => {
            if let Some(Interrupted { since, until, why }) = &live.interrupted {
                let failure = Failure::new(ErrorCode::NetworkError, format!("The download is interrupted: {why}"));
                shot.error = Some(failure.with_correlation(&job.wish.correlation));
                (shot.troubled_since, shot.resting_until) = (Some(*since), Some(*until));
                shot.waiting_for = Some(WaitingFor::Network);
            }
        }
        State::Active(Stage::Submit(submit)) if !submit.sent => shot.waiting_for = Some(WaitingFor::Turn),
        State::Active(Stage::Follow(follow)) if follow.silent || follow.stalled => {
            shot.waiting_for = Some(WaitingFor::Server);
        }
        State::Active(Stage::Submit(_) | Stage::Follow(_) | Stage::Resolve(_) | Stage::Finish(_))
        | State::Paused { .. }
        | State::Cancelling(_)
        | State::Cancelled { .. }
        | State::Failed { .. }
        | State::Expired { .. } => {}
    }
    shot
}

/// What a job rests for.
fn waited_for(failure: &Failure) -> WaitingFor {
    if transfer::name_in_use_of(failure).is_some() {
        WaitingFor::Name
    } else if failure.code == ErrorCode::DiskError {
        WaitingFor::Disk
    } else {
        WaitingFor::Network
    }
}

fn follow_into(shot: &mut JobSnapshot, follow: &Follow) {
    shot.stage.clone_from(&follow.stage);
    shot.message.clone_from(&follow.message);
    shot.server_percent = follow.percent;
    shot.queue_position = follow.queue_position;
    shot.ready_at = follow.ready_at;
    shot.total = shot.total.or(follow.size);
    shot.stalled = follow.stalled;
}

fn all_here(shot: &mut JobSnapshot, files: &[LandedFile]) {
    let size = files.iter().map(|file| file.size).sum();
    (shot.bytes, shot.total, shot.rate, shot.eta_seconds) = (size, Some(size), None, None);
    shot.server_percent = Some(100.0);
}

fn file(file: &LandedFile) -> FileSnapshot {
    FileSnapshot {
        path: file.path.clone(),
        size: file.size,
        sha256: file.sha256.clone(),
        verified: file.vouched.is_verified(),
    }
}

fn phase(job: &Job, live: &Live) -> Phase {
    match &job.state {
        State::Active(Stage::Submit(submit)) => {
            if submit.sent || submit.step > 0 {
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
        State::Active(Stage::Finish(_)) => {
            if job.wish.extract {
                Phase::Extracting
            } else {
                Phase::Verifying
            }
        }
        State::Queued { .. } => Phase::Queued,
        State::Paused { .. } => Phase::Paused,
        State::Resting { .. } => Phase::Resting,
        State::NeedsSignIn { .. } => Phase::NeedsSignIn,
        State::Cancelling(_) => Phase::Cancelling,
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
