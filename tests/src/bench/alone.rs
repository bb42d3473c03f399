//! The service on one machine, with its queue in SQLite: jobs a second by the number of workers, of the same two kinds as on
//! several machines.
//!
//! Only flags that the service has had from its beginning are used, so that an older program can be measured too; one worker
//! alone is measured where the program lets itself be told.

use std::io;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use landfall_engine::clock::{Clock as _, SystemClock};
use rusqlite::{Connection, OpenFlags};
use serde_json::{Value, json};
use tokio::process::{Child, Command};

use super::cluster::{KINDS, Setting, TOKEN, listens, rate, submit};
use super::median;
use super::process::cpu_of;
use crate::program::binary;

/// At this pace no job ends while the others are handed in.
const NEVER: &str = "1000000";

/// Workers that a service has where nobody says how many.
const OWN_WORKERS: usize = 2;

/// What is measured: jobs of a kind, by so many workers, in a folder.
struct Case<'a> {
    within: &'a Path,
    kind: (&'static str, &'static str, usize),
    workers: usize,
    on_disk: bool,
    /// Seconds and CPU seconds.
    runs: Vec<(f64, f64)>,
}

/// Both kinds of jobs with one worker and with two in a folder, and the light ones with two on a disk.
pub fn measure(setting: &Setting, disk: &Path) -> io::Result<Vec<Value>> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let mut cases = Vec::new();
        let one = knows_workers().await?;
        for kind in KINDS {
            for workers in if one { 1..=OWN_WORKERS } else { OWN_WORKERS..=OWN_WORKERS } {
                cases.push(Case { within: &setting.folder, kind, workers, on_disk: false, runs: Vec::new() });
            }
        }
        cases.push(Case { within: disk, kind: KINDS[0], workers: OWN_WORKERS, on_disk: true, runs: Vec::new() });
        for _ in 0..setting.runs {
            for Case { within, kind: (_, pace, jobs), workers, runs, .. } in &mut cases {
                let folder = tempfile::tempdir_in(within)?;
                runs.push(worked_off(folder.path(), pace, setting.some_of(*jobs), *workers).await?);
            }
        }
        let row = |Case { kind: (what, _, jobs), workers, on_disk, runs, .. }: &Case<'_>| {
            let (wall, jobs) = (median(runs.iter().map(|run| run.0)), setting.some_of(*jobs));
            json!({
                "measure": format!("one machine {what}, {workers} workers"), "onDisk": on_disk, "runs": setting.runs,
                "jobs": jobs, "wallSeconds": wall, "cpuSeconds": median(runs.iter().map(|run| run.1)),
                "jobsASecond": rate(jobs, wall),
            })
        };
        Ok(cases.iter().map(row).collect())
    })
}

/// Seconds until a service that starts with so many jobs waiting has landed them, and its CPU seconds.
async fn worked_off(folder: &Path, pace: &str, jobs: usize, workers: usize) -> io::Result<(f64, f64)> {
    let (mut child, url) = start(folder, NEVER, OWN_WORKERS).await?;
    submit(&reqwest::Client::new(), &url, jobs).await?;
    // What its workers have begun they give back.
    stop(&mut child).await?;
    let clock = SystemClock::new();
    let begun = clock.monotonic();
    let (mut child, _) = start(folder, pace, workers).await?;
    let database = Connection::open_with_flags(folder.join("data/service.sqlite3"), OpenFlags::SQLITE_OPEN_READ_ONLY);
    let database = database.map_err(io::Error::other)?;
    let landed = || {
        let count = "SELECT COUNT(*) FROM jobs WHERE state = 'completed'";
        database.query_row(count, [], |row| row.get::<_, u32>(0)).map_err(io::Error::other)
    };
    let jobs = u32::try_from(jobs).map_err(io::Error::other)?;
    while landed()? < jobs {
        if let Some(status) = child.try_wait()? {
            return Err(io::Error::other(format!("the service ended with {status} before its jobs did")));
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let seconds = clock.monotonic().saturating_sub(begun).as_secs_f64();
    let cpu = cpu_of(child.id())?;
    stop(&mut child).await?;
    Ok((seconds, cpu))
}

/// A service with its queue and its results in this folder, and where it listens.
async fn start(folder: &Path, pace: &str, workers: usize) -> io::Result<(Child, String)> {
    let mut command = Command::new(binary());
    command.args(["serve", "--pace", pace, "--user", &format!("anna={TOKEN}"), "--data"]).arg(folder.join("data"));
    if workers != OWN_WORKERS {
        command.args(["--workers", &workers.to_string()]);
    }
    command.env("LANDFALL_HOME", folder.join("home")).stdout(Stdio::piped()).kill_on_drop(true);
    let mut child = command.spawn()?;
    let url = listens(&mut child).await?;
    Ok((child, url))
}

async fn stop(child: &mut Child) -> io::Result<()> {
    let id = child.id().map(|id| id.to_string()).unwrap_or_default();
    Command::new("kill").args(["-TERM", &id]).status().await?;
    child.wait().await.map(drop)
}

async fn knows_workers() -> io::Result<bool> {
    let help = Command::new(binary()).args(["serve", "--help"]).output().await?;
    Ok(String::from_utf8_lossy(&help.stdout).contains("--workers"))
}
