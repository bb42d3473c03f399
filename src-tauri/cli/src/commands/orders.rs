//! `landfall recover`, `pause`, `resume`, `cancel`, `retry`, `extend`, `forget`, `delete`: orders to jobs that are there.

use landfall_engine::engine::Engine;
use landfall_engine::job::{Job, Live, Order, snapshot};
use landfall_wire::{AtServer, ErrorCode, JobId};
use serde_json::{Value, json};

use super::{Outcome, engine, export, find};
use crate::args::{Extend, Foreground, Global, Many, Recover, Resume};
use crate::console::Console;
use crate::exit::{self, Ending};

/// A command waits that long for the server to be told.
const TELLING_PATIENCE: std::time::Duration = std::time::Duration::from_secs(30);

pub(super) async fn recover(args: Recover, global: &Global, console: &Console) -> Outcome {
    let engine = engine(global, console)?;
    let (interrupted, stranded) = engine.interrupted().await?;
    // One job without its connection must not keep the others from landing.
    for (job, failure) in &stranded {
        let (id, why) = (&job.wish.id, &failure.message);
        console.note(&format!("Job {id} stays as it is: {why}; add the connection again to go on with it"));
    }
    if interrupted.is_empty() {
        console.note("No job is interrupted");
    }
    for job in &interrupted {
        engine.go_on(job).await?;
    }
    let (ids, asked) = named(&interrupted);
    let status = export::land(engine, &ids, asked, args.patience.patience, console).await?;
    Ok(if status == exit::OK && !stranded.is_empty() { exit::USAGE } else { status })
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

pub(super) async fn pause(args: Many, global: &Global, console: &Console) -> Outcome {
    at_rest(&args, Order::Pause, "Paused; `landfall resume` lets it go on", global, console).await
}

pub(super) async fn resume(args: Resume, global: &Global, console: &Console) -> Outcome {
    let order = args.on_clash.map_or(Order::Resume, |wanted| Order::Settle(wanted.into()));
    at_rest(&args.jobs, order, "Resumed; `landfall recover` carries it on", global, console).await
}

/// Changes what is stored: nobody carries the jobs in this process.
async fn at_rest(args: &Many, order: Order, words: &str, global: &Global, console: &Console) -> Outcome {
    let engine = engine(global, console)?;
    let jobs = named_jobs(&engine, &args.ids).await?;
    for job in &jobs {
        engine.order_at_rest(&job.wish.id, order).await?;
    }
    let after = engine.jobs().await?;
    engine.stop().await;
    for job in &jobs {
        let id = &job.wish.id;
        if let Some(job) = after.iter().find(|job| job.wish.id == *id) {
            console.document(&snapshot(job, &Live::default()));
        }
        console.line(&format!("{id}  {words}"));
    }
    Ok(exit::OK)
}

pub(super) async fn forget(args: Many, global: &Global, console: &Console) -> Outcome {
    let engine = engine(global, console)?;
    let jobs = named_jobs(&engine, &args.ids).await?;
    for job in &jobs {
        engine.forget(&job.wish.id).await?;
        let words = match (job.state.files().is_empty(), job.state.remote_id()) {
            (false, _) => "Forgotten; the file and its receipt stay".to_owned(),
            (true, Some(remote)) if !job.state.is_end() => {
                format!("Forgotten; the server goes on with its job {remote}")
            }
            (true, _) => "Forgotten".to_owned(),
        };
        console.document(&json!({ "id": job.wish.id, "forgotten": true, "remoteId": job.state.remote_id() }));
        console.line(&format!("{}  {words}", job.wish.id));
    }
    engine.stop().await;
    Ok(exit::OK)
}

pub(super) async fn delete(args: Many, global: &Global, console: &Console) -> Outcome {
    let engine = engine(global, console)?;
    let jobs = named_jobs(&engine, &args.ids).await?;
    let mut shots = Vec::new();
    for job in &jobs {
        let id = &job.wish.id;
        engine.delete(id).await?;
        let mut face = engine.carry(id).await?;
        let deleted = face.wait_for(|shot| shot.at_server != AtServer::Deleting);
        match tokio::time::timeout(TELLING_PATIENCE, deleted).await {
            Ok(Ok(shot)) => shots.push(shot.clone()),
            _ => console
                .note(&format!("The server could not be told for job {id} yet; `landfall recover` goes on with it")),
        }
    }
    engine.stop().await;
    let reader = super::reader(global)?;
    for shot in &shots {
        console.document(shot);
        // Its last word says whether the server did it, and why not.
        let timeline = reader.timeline(&shot.id)?;
        console.line(&format!("{}  {}", shot.id, timeline.last().map_or("", |entry| entry.text.as_str())));
    }
    let gone = shots.iter().filter(|shot| shot.at_server == AtServer::Deleted).count();
    Ok(if gone == jobs.len() {
        exit::OK
    } else if shots.len() < jobs.len() {
        ErrorCode::NetworkError.exit_status()
    } else {
        ErrorCode::JobFailed.exit_status()
    })
}

pub(super) async fn cancel(args: Many, global: &Global, console: &Console) -> Outcome {
    let engine = engine(global, console)?;
    let jobs = named_jobs(&engine, &args.ids).await?;
    let mut shots = Vec::new();
    for job in &jobs {
        let id = &job.wish.id;
        engine.order(id, Order::Cancel).await?;
        let mut face = engine.carry(id).await?;
        let cancelled = face.wait_for(|shot| shot.phase.is_end());
        match tokio::time::timeout(TELLING_PATIENCE, cancelled).await {
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
    let jobs = named_jobs(engine, beginnings).await?;
    for job in &jobs {
        engine.order(&job.wish.id, order).await?;
    }
    Ok(named(&jobs))
}

async fn named_jobs(engine: &Engine, beginnings: &[String]) -> Result<Vec<Job>, Ending> {
    let jobs = engine.jobs().await?;
    beginnings.iter().map(|id| find(&jobs, id).cloned()).collect()
}

fn named(jobs: &[Job]) -> (Vec<JobId>, Vec<Value>) {
    jobs.iter().map(|job| (job.wish.id.clone(), serde_json::to_value(&job.wish.params).unwrap_or_default())).unzip()
}
