//! Waiting for jobs in the foreground: until they land, end, or want something that only a person can give.

use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use jiff::Timestamp;
use landfall_engine::engine::Engine;
use landfall_wire::{BatchFailure, BatchSummary, ErrorCode, JobId, JobSnapshot, Phase};
use serde_json::json;
use tokio::sync::watch;

use crate::console::{Console, span};
use crate::exit::{self, Ending};
use crate::progress::Board;

/// How often a waiting job is looked at for its patience and its bar.
const LOOK: Duration = Duration::from_millis(250);

/// Carries the jobs, shown under their names or else under their ids, and waits for all of them, or for a signal to stop.
pub(crate) async fn carry(
    engine: &Engine,
    ids: &[JobId],
    names: Option<&[&str]>,
    patience: Duration,
    console: &Console,
) -> Result<Vec<JobSnapshot>, Ending> {
    let board = Board::new(console);
    let mut waiting = FuturesUnordered::new();
    let mut shots = Vec::new();
    let started = now();
    for (index, id) in ids.iter().enumerate() {
        let face = engine.carry(id).await?;
        shots.push(face.borrow().clone());
        let bar = match names.and_then(|names| names.get(index)) {
            Some(name) => board.named_bar((*name).to_owned()),
            None => board.bar(&face.borrow()),
        };
        waiting.push(async move { (index, until_done(face, started, patience, Some(bar)).await) });
    }
    while let Some((index, shot)) = waiting.next().await {
        shots[index] = shot;
    }
    Ok(shots)
}

/// Carries many jobs without a bar for each, and tells of every one that has ended.
pub(crate) async fn carry_many(
    engine: &Engine,
    ids: &[JobId],
    patience: Duration,
    mut ended: impl FnMut(usize, &JobSnapshot),
) -> Result<Vec<JobSnapshot>, Ending> {
    let mut waiting = FuturesUnordered::new();
    let mut shots = Vec::new();
    let started = now();
    for (index, id) in ids.iter().enumerate() {
        let face = engine.carry(id).await?;
        shots.push(face.borrow().clone());
        waiting.push(async move { (index, until_done(face, started, patience, None).await) });
    }
    while let Some((index, shot)) = waiting.next().await {
        ended(index, &shot);
        shots[index] = shot;
    }
    Ok(shots)
}

/// Ends when the job has ended, or when going on in the foreground makes no sense.
async fn until_done(
    mut face: watch::Receiver<JobSnapshot>,
    started: Timestamp,
    patience: Duration,
    mut bar: Option<crate::progress::Bar<'_>>,
) -> JobSnapshot {
    loop {
        let shot = face.borrow_and_update().clone();
        if let Some(bar) = &mut bar {
            bar.show(&shot);
        }
        if is_done(&shot, started, patience, now()) {
            if let Some(bar) = bar {
                bar.finish(&shot);
            }
            return shot;
        }
        let changed = tokio::time::timeout(LOOK, face.changed()).await;
        if matches!(changed, Ok(Err(_))) {
            // The engine is stopping; what it last said is what is known.
            return face.borrow().clone();
        }
    }
}

fn is_done(shot: &JobSnapshot, started: Timestamp, patience: Duration, now: Timestamp) -> bool {
    let code = shot.error.as_ref().map(|failure| failure.code);
    let out_of_patience = || {
        // Trouble that began before this command has not cost this command's patience yet.
        let since = shot.troubled_since.unwrap_or(now).max(started);
        code == Some(ErrorCode::NetworkError)
            && Duration::try_from(now.duration_since(since)).unwrap_or_default() >= patience
    };
    match shot.phase {
        Phase::Landed | Phase::Cancelled | Phase::Failed | Phase::Expired | Phase::Paused | Phase::NeedsSignIn => true,
        Phase::Resting => code == Some(ErrorCode::DiskError) || out_of_patience(),
        Phase::Queued
        | Phase::Submitting
        | Phase::Waiting
        | Phase::Preparing
        | Phase::Resolving
        | Phase::Downloading
        | Phase::Verifying
        | Phase::Cancelling => false,
    }
}

/// A person's patience is measured by the wall.
#[expect(clippy::disallowed_methods, reason = "the command line's own patience, not a rule of the engine")]
fn now() -> Timestamp {
    Timestamp::now()
}

/// Shows how the jobs ended, and gives the exit code; `asked` is what each was asked with.
pub(crate) fn conclude(console: &Console, shots: &[JobSnapshot], asked: &[serde_json::Value], took: Duration) -> u8 {
    for shot in shots {
        tell(console, shot);
    }
    if shots.len() != 1 {
        let failed: Vec<BatchFailure> = shots
            .iter()
            .enumerate()
            .filter_map(|(index, shot)| {
                let error = Ending::of_job(shot)?.failure;
                Some(BatchFailure { index, params: asked.get(index).cloned().unwrap_or_default(), error })
            })
            .collect();
        summarize(console, shots.len(), &failed, took);
    }
    exit::of_jobs(shots)
}

/// How one job ended.
pub(crate) fn tell(console: &Console, shot: &JobSnapshot) {
    console.document(shot);
    match Ending::of_job(shot) {
        None => {
            console.tell_landed(shot);
            for file in &shot.files {
                console.line(&file.path.display().to_string());
            }
        }
        Some(ending) => console.tell(&ending),
    }
}

/// How all of them ended.
pub(crate) fn summarize(console: &Console, total: usize, failed: &[BatchFailure], took: Duration) {
    let summary = BatchSummary {
        total,
        succeeded: total.saturating_sub(failed.len()),
        failed: failed.len(),
        seconds: took.as_secs_f64(),
    };
    if summary.total > 0 {
        console.say(&format!(
            "{} of {} landed, {} failed, in {}",
            summary.succeeded,
            summary.total,
            summary.failed,
            span(took.as_secs())
        ));
    }
    console.document(&json!({ "summary": summary, "failed": failed }));
}
