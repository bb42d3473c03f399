//! `landfall serve dead`: jobs that failed for good, seen, put back and dropped.

use landfall_service::{DeadLetters, DeadLettersError, QueueError};
use landfall_wire::{ErrorCode, Failure};
use serde_json::json;

use super::{folder, not_started, secrets};
use crate::args::{DeadOrder, Global, Serve};
use crate::commands::Outcome;
use crate::console::Console;
use crate::exit::{self, Ending, sentence};

pub(super) async fn run(order: &DeadOrder, args: &Serve, global: &Global, console: &Console) -> Outcome {
    let data = folder(args, global)?;
    let opened = match args.queue.as_str() {
        "sqlite" => DeadLetters::of_folder(&data),
        queue => DeadLetters::of_redis(queue, &secrets(), args.keep).await,
    };
    let letters = opened.map_err(|error| match error {
        DeadLettersError::Address(error) => {
            Ending::usage(sentence(&error.to_string()), "Mend --queue; `landfall serve --help` shows how it is written")
        }
        DeadLettersError::Start(error) => not_started(&error, &data),
    })?;
    match order {
        DeadOrder::List => list(&letters, console).await,
        DeadOrder::Retry { jobs, all } => settle(&letters, (jobs, *all), Way::PutBack, console).await,
        DeadOrder::Drop { jobs, all } => settle(&letters, (jobs, *all), Way::Dropped, console).await,
    }
}

/// What becomes of a letter.
#[derive(Debug, Clone, Copy)]
enum Way {
    PutBack,
    Dropped,
}

impl Way {
    async fn take(self, letters: &DeadLetters, job: &str) -> Result<bool, QueueError> {
        match self {
            Self::PutBack => letters.retry(job).await,
            Self::Dropped => letters.drop(job).await,
        }
    }

    /// For a person, and in JSON.
    fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::PutBack => ("put back", "putBack"),
            Self::Dropped => ("dropped", "dropped"),
        }
    }
}

async fn list(letters: &DeadLetters, console: &Console) -> Outcome {
    let all = letters.list().await.map_err(|error| broken(&error))?;
    let documents: Vec<_> = all
        .iter()
        .map(|letter| {
            json!({
                "jobId": letter.job_id,
                "system": letter.system.as_str(),
                "user": letter.user,
                "reason": letter.reason,
                "attempts": letter.attempts,
                "diedAt": letter.died_at.to_string(),
            })
        })
        .collect();
    console.document(&documents);
    if all.is_empty() {
        console.note("No job is dead");
    }
    for letter in &all {
        let died = letter.died_at.strftime("%Y-%m-%d %H:%M:%S");
        console.line(&format!(
            "{}  {:<21}  {died}  {}  {}",
            letter.job_id,
            letter.system.as_str(),
            letter.user,
            letter.reason
        ));
    }
    Ok(exit::OK)
}

async fn settle(letters: &DeadLetters, (jobs, all): (&[String], bool), way: Way, console: &Console) -> Outcome {
    let dead = if all { letters.list().await.map_err(|error| broken(&error))? } else { Vec::new() };
    let jobs = if all { dead.into_iter().map(|letter| letter.job_id).collect() } else { jobs.to_vec() };
    let (said, name) = way.words();
    let mut missing = Vec::new();
    for job in &jobs {
        if way.take(letters, job).await.map_err(|error| broken(&error))? {
            console.line(&format!("{job}  {said}"));
        } else {
            missing.push(job.as_str());
        }
    }
    console.document(&json!({name: jobs.len() - missing.len(), "notDead": missing}));
    if missing.is_empty() {
        return Ok(exit::OK);
    }
    Err(Ending::usage(format!("Not dead: {}", missing.join(", ")), "`landfall serve dead list` lists those that are"))
}

fn broken(error: &QueueError) -> Ending {
    Failure::new(ErrorCode::NetworkError, sentence(&error.to_string()))
        .with_remediation("Look whether the queue is there, then try again")
        .into()
}
