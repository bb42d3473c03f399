//! `landfall recover`, `cancel`, `retry`, `extend`: orders to jobs that are there.

use landfall_engine::engine::Engine;
use landfall_engine::job::{Job, Order, State};
use landfall_wire::{ErrorCode, JobId};
use serde_json::Value;

use super::{Outcome, engine, export, find};
use crate::args::{Extend, Foreground, Global, Many, Recover};
use crate::console::Console;
use crate::exit::{self, Ending};

/// Cancelling waits that long for the server to be told.
const CANCEL_PATIENCE: std::time::Duration = std::time::Duration::from_secs(30);

pub(super) async fn recover(args: Recover, global: &Global, console: &Console) -> Outcome {
    let engine = engine(global, console)?;
    let jobs = engine.jobs().await?.into_iter().rev().filter(|job| is_interrupted(&job.state));
    let connections = engine.connections();
    let (interrupted, stranded): (Vec<Job>, Vec<Job>) =
        jobs.partition(|job| connections.get(&job.wish.connection).is_ok());
    // One job without its connection must not keep the others from landing.
    for job in &stranded {
        let why = connections.get(&job.wish.connection).err().map(|failure| failure.message).unwrap_or_default();
        console.note(&format!("Job {} stays as it is: {why}; add the connection again to go on with it", job.wish.id));
    }
    if interrupted.is_empty() {
        console.note("No job is interrupted");
    }
    for job in &interrupted {
        // A sign-in may have been renewed, and a disk mended: they are tried again at once.
        match &job.state {
            State::NeedsSignIn { .. } => engine.order(&job.wish.id, Order::SignedIn).await?,
            State::Failed { .. } => engine.order(&job.wish.id, Order::Retry).await?,
            _ => {}
        }
    }
    let (ids, asked) = named(&interrupted);
    let status = export::land(engine, &ids, asked, args.patience.patience, console).await?;
    Ok(if status == exit::OK && !stranded.is_empty() { exit::USAGE } else { status })
}

/// What has not ended, but for what a person paused; and what failed for a reason that passes.
fn is_interrupted(state: &State) -> bool {
    match state {
        State::Active(_) | State::Resting { .. } | State::NeedsSignIn { .. } | State::Cancelling { .. } => true,
        State::Failed { failure, .. } => matches!(failure.code, ErrorCode::NetworkError | ErrorCode::DiskError),
        State::Paused { .. } | State::Cancelled { .. } | State::Expired { .. } | State::Landed { .. } => false,
    }
}

pub(super) async fn retry(args: Foreground, global: &Global, console: &Console) -> Outcome {
    let engine = engine(global, console)?;
    let (ids, asked) = give(&engine, &args.ids, Order::Retry).await?;
    export::land(engine, &ids, asked, args.patience.patience, console).await
}

pub(super) async fn extend(args: Extend, global: &Global, console: &Console) -> Outcome {
    let engine = engine(global, console)?;
    let (ids, asked) = give(&engine, &args.ids, Order::Extend(args.by)).await?;
    export::land(engine, &ids, asked, args.patience.patience, console).await
}

pub(super) async fn cancel(args: Many, global: &Global, console: &Console) -> Outcome {
    let engine = engine(global, console)?;
    let jobs = engine.jobs().await?;
    let jobs = args.ids.iter().map(|id| find(&jobs, id).cloned()).collect::<Result<Vec<_>, _>>()?;
    let mut shots = Vec::new();
    for job in &jobs {
        let id = &job.wish.id;
        engine.order(id, Order::Cancel).await?;
        let mut face = engine.carry(id).await?;
        let cancelled = face.wait_for(|shot| shot.phase.is_end());
        match tokio::time::timeout(CANCEL_PATIENCE, cancelled).await {
            Ok(Ok(shot)) => shots.push(shot.clone()),
            _ => console.note(&format!("Job {id} is being cancelled; `landfall recover` goes on with it")),
        }
    }
    engine.stop().await;
    let reader = super::reader(global)?;
    for shot in &shots {
        console.document(shot);
        let timeline = reader.timeline(&shot.id)?;
        // The first of its last words: whether the server could be told.
        let words = timeline.iter().rev().find(|entry| entry.text.contains("ancelled"));
        console.line(&format!("{}  {}", shot.id, words.map_or("Cancelled", |entry| entry.text.as_str())));
    }
    Ok(if shots.len() == jobs.len() { exit::OK } else { ErrorCode::NetworkError.exit_status() })
}

async fn give(engine: &Engine, beginnings: &[String], order: Order) -> Result<(Vec<JobId>, Vec<Value>), Ending> {
    let jobs = engine.jobs().await?;
    let jobs = beginnings.iter().map(|id| find(&jobs, id).cloned()).collect::<Result<Vec<_>, _>>()?;
    for job in &jobs {
        engine.order(&job.wish.id, order).await?;
    }
    Ok(named(&jobs))
}

fn named(jobs: &[Job]) -> (Vec<JobId>, Vec<Value>) {
    jobs.iter().map(|job| (job.wish.id.clone(), serde_json::to_value(&job.wish.params).unwrap_or_default())).unzip()
}
