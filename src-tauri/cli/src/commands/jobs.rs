//! `landfall jobs` and `landfall show`: a look, also while an engine is at work.

use landfall_engine::job::{Job, Live, snapshot};
use landfall_wire::{AtServer, JobSnapshot, Method, Phase};

use super::{Outcome, find, reader};
use crate::args::{Global, Jobs, One};
use crate::console::{Console, size};
use crate::exit::{self, Ending};

pub(super) fn list(args: &Jobs, global: &Global, console: &Console) -> Outcome {
    let phase = args.phase.as_deref().map(phase).transpose()?;
    let shots: Vec<JobSnapshot> = reader(global)?
        .jobs()?
        .iter()
        .map(still)
        .filter(|shot| phase.is_none_or(|phase| shot.phase == phase))
        .filter(|shot| args.connection.is_none() || shot.connection == args.connection)
        .collect();
    console.document(&shots);
    if shots.is_empty() {
        let filtered = phase.is_some() || args.connection.is_some();
        console.note(if filtered {
            "No job fits; `landfall jobs` lists all"
        } else {
            "No jobs yet; request one with `landfall export CONNECTION KEY=VALUE …`"
        });
    }
    for shot in &shots {
        let what = match (&shot.error, shot.files.first()) {
            (Some(failure), _) => failure.message.clone(),
            (None, Some(file)) => format!("{}  {}", file.path.display(), size(file.size)),
            (None, None) => shot.stage.clone().unwrap_or_default(),
        };
        let connection = shot.connection.as_deref().unwrap_or("-");
        console.line(&format!("{}  {:<13}  {connection:<16}  {}  {what}", shot.id, shot.phase.word(), when(shot)));
    }
    Ok(exit::OK)
}

pub(super) fn show(args: &One, global: &Global, console: &Console) -> Outcome {
    let reader = reader(global)?;
    let jobs = reader.jobs()?;
    let job = find(&jobs, &args.id)?;
    let shot = still(job);
    let timeline = reader.timeline(&job.wish.id)?;
    let mut document = serde_json::to_value(&shot).unwrap_or_default();
    document["params"] = serde_json::to_value(&job.wish.params).unwrap_or_default();
    document["timeline"] = serde_json::to_value(&timeline).unwrap_or_default();
    console.document(&document);

    let field = |name: &str, value: &str| console.line(&format!("{name:<12} {value}"));
    field("job", shot.id.as_str());
    field("phase", shot.phase.word());
    field("connection", &job.wish.connection);
    field("connector", &job.wish.connector);
    field("parameters", &serde_json::to_string(&job.wish.params).unwrap_or_default());
    field("server job", shot.remote_id.as_deref().unwrap_or("-"));
    field("correlation", &shot.correlation_id);
    field("folder", &job.wish.folder.display().to_string());
    for file in &shot.files {
        let word = if file.verified { "verified" } else { "nothing to verify against" };
        field("file", &format!("{}  {}  sha256 {}  {word}", file.path.display(), size(file.size), file.sha256));
    }
    if shot.method == Method::Fallback {
        field("method", "the connector's fallback");
    }
    if let Some(extracted) = &shot.extracted {
        field("unpacked", &format!("{}  {} files", extracted.folder.display(), extracted.files));
    }
    match shot.at_server {
        AtServer::Kept => {}
        AtServer::Deleting => field("on server", "being deleted"),
        AtServer::Deleted => field("on server", "deleted"),
    }
    if let Some(failure) = &shot.error {
        field("error", &failure.to_string());
        field("what to do", &failure.remediation);
    }
    console.line("");
    for entry in &timeline {
        console.line(&format!("{:.0}  {}", entry.at, entry.text));
    }
    Ok(exit::OK)
}

/// The job as the store has it; what moves is known to its engine alone.
fn still(job: &Job) -> JobSnapshot {
    snapshot(job, &Live::default())
}

fn when(shot: &JobSnapshot) -> String {
    format!("{:.0}", shot.updated_at)
}

fn phase(word: &str) -> Result<Phase, Ending> {
    Phase::parse(word).ok_or_else(|| {
        let words: Vec<&str> = Phase::ALL.iter().map(|phase| phase.word()).collect();
        Ending::usage(format!("{word:?} is no phase"), format!("The phases are: {}", words.join(", ")))
    })
}
