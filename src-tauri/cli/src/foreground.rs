//! Waiting for jobs in the foreground: until they land, end, or want something that only a person can give.

use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use jiff::Timestamp;
use landfall_engine::engine::Engine;
use landfall_wire::{AtServer, BatchFailure, BatchSummary, ErrorCode, JobId, JobSnapshot, Phase};
use serde_json::json;
use tokio::sync::watch;

use crate::console::{Console, span};
use crate::exit::{self, Ending};
use crate::progress::Board;

/// How often a job in trouble is looked at for a patience that is measured by the wall, which may jump.
const LOOK: Duration = Duration::from_secs(5);

/// Jobs looked up at once: the first of them begin before the last are known.
const TOGETHER: usize = 256;

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
    let started = now();
    let mut index = 0;
    for some in ids.chunks(TOGETHER) {
        for face in engine.carry_all(some).await? {
            let of = index;
            waiting.push(async move { (of, until_done(face, started, patience, None).await) });
            index += 1;
        }
    }
    let mut shots = Vec::new();
    while let Some((index, shot)) = waiting.next().await {
        ended(index, &shot);
        shots.push((index, shot));
    }
    shots.sort_unstable_by_key(|(index, _)| *index);
    Ok(shots.into_iter().map(|(_, shot)| shot).collect())
}

/// Ends when the job has ended, or when going on in the foreground makes no sense.
async fn until_done(
    mut face: watch::Receiver<JobSnapshot>,
    started: Timestamp,
    patience: Duration,
    mut bar: Option<crate::progress::Bar<'_>>,
) -> JobSnapshot {
    loop {
        let left = {
            let shot = face.borrow_and_update();
            if let Some(bar) = &mut bar {
                bar.show(&shot);
            }
            let left = patience_left(&shot, started, patience, now());
            if is_done(&shot) || left.is_some_and(|left| left.is_zero()) {
                if let Some(bar) = bar {
                    bar.finish(&shot);
                }
                return shot.clone();
            }
            left
        };
        // Of ten thousand jobs that wait none is looked at before it has changed.
        let changed = match left {
            Some(left) => Box::pin(tokio::time::timeout(left.min(LOOK), face.changed())).await.unwrap_or(Ok(())),
            None => face.changed().await,
        };
        if changed.is_err() {
            // The engine is stopping; what it last said is what is known.
            return face.borrow().clone();
        }
    }
}

/// How long a job that has trouble with the network is still waited for; `None` for one that has none.
fn patience_left(shot: &JobSnapshot, started: Timestamp, patience: Duration, now: Timestamp) -> Option<Duration> {
    let code = shot.error.as_ref().map(|failure| failure.code);
    (shot.phase == Phase::Resting && code == Some(ErrorCode::NetworkError)).then(|| {
        // Trouble that began before this command has not cost this command's patience yet.
        let since = shot.troubled_since.unwrap_or(now).max(started);
        patience.saturating_sub(Duration::try_from(now.duration_since(since)).unwrap_or_default())
    })
}

fn is_done(shot: &JobSnapshot) -> bool {
    match shot.phase {
        Phase::Landed => shot.at_server != AtServer::Deleting,
        Phase::Cancelled | Phase::Failed | Phase::Expired | Phase::Paused | Phase::NeedsSignIn => true,
        Phase::Resting => shot.error.as_ref().is_some_and(|failure| failure.code == ErrorCode::DiskError),
        Phase::Queued
        | Phase::Submitting
        | Phase::Waiting
        | Phase::Preparing
        | Phase::Resolving
        | Phase::Downloading
        | Phase::Verifying
        | Phase::Extracting
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
    if shot.phase == Phase::Landed {
        console.tell_landed(shot);
        for file in &shot.files {
            console.line(&file.path.display().to_string());
        }
    }
    // What could not be unpacked has landed all the same.
    if let Some(ending) = Ending::of_job(shot) {
        console.tell(&ending);
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
