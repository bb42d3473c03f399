//! The service on several machines: jobs a second by the number of workers, what ten thousand jobs cost that wait or have ended,
//! and what an open event stream does.
//!
//! Redis and the S3 server are this machine's own and share its processor with all that is measured.

mod stage;

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use landfall_engine::clock::{Clock as _, SystemClock};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::Child;

use super::median;
use stage::{Stage, Worked};

pub(super) const TOKEN: &str = "bench";

/// Submits at once.
const AT_ONCE: usize = 16;

/// Questions at once whose time is taken.
const ASKED_AT_ONCE: usize = 4;

/// What the jobs are, at which pace, and how many. At the second pace a ZIP of one file takes 100 ms of waiting.
pub(super) const KINDS: [(&str, &str, usize); 2] = [("light jobs", "0", 1000), ("jobs of 100 ms", "0.03333", 200)];

/// So long it is looked at what an open stream costs.
const OPEN: Duration = Duration::from_secs(10);

/// How often, how much and where.
#[derive(Debug, Clone)]
pub struct Setting {
    /// Runs of each number of workers, in turn.
    pub runs: usize,
    /// Jobs that wait, and jobs of the stream's user; of the others a tenth at most.
    pub jobs: usize,
    /// Where Redis, the bucket and the processes have their files.
    pub folder: PathBuf,
}

impl Setting {
    /// So many of a kind.
    pub(super) fn some_of(&self, jobs: usize) -> usize {
        jobs.min(self.jobs / 10)
    }
}

/// All of it: from 1 to 4 workers with light jobs, then with 100 ms of work each; then those that wait, and the stream.
pub fn measure(setting: &Setting) -> io::Result<Vec<Value>> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let mut rows = Vec::new();
        for (what, pace, jobs) in KINDS {
            rows.extend(by_workers(setting, what, pace, setting.some_of(jobs)).await?);
        }
        rows.push(waiting(setting).await?);
        rows.push(streaming(setting).await?);
        Ok(rows)
    })
}

async fn by_workers(setting: &Setting, what: &str, pace: &str, jobs: usize) -> io::Result<Vec<Value>> {
    let mut runs: [Vec<Worked>; 4] = Default::default();
    for _ in 0..setting.runs {
        for (workers, runs) in (1..).zip(&mut runs) {
            runs.push(Stage::new(&setting.folder).await?.worked_off(workers, pace, jobs).await?);
        }
    }
    let row = |(workers, runs): (usize, &Vec<Worked>)| {
        let wall = median(runs.iter().map(|run| run.wall));
        json!({
            "measure": format!("cluster {what}, {workers} workers"), "runs": setting.runs, "jobs": jobs,
            "wallSeconds": wall, "cpuSeconds": median(runs.iter().map(|run| run.cpu)), "jobsASecond": rate(jobs, wall),
        })
    };
    Ok((1..).zip(&runs).map(row).collect())
}

/// Jobs that wait, and then have ended: what they hold of Redis, and how fast an API answers beside them.
async fn waiting(setting: &Setting) -> io::Result<Value> {
    let stage = Stage::new(&setting.folder).await?;
    stage.closes().await?;
    let before = stage.memory().await?;
    let (ids, submits) = submit_timed(&stage.client, &stage.api, setting.jobs).await?;
    let waiting = stage.memory().await?;
    let status = |index: usize| format!("/v1/download/status/{}", ids[index % ids.len()]);
    let status = times(&stage, 2000, status).await?;
    let list = times(&stage, 200, |_| "/v1/download/jobs".to_owned()).await?;
    let worked = stage.work_off(4, "0", setting.jobs).await?;
    let ended = stage.memory().await?;
    #[expect(clippy::cast_precision_loss, reason = "some thousands")]
    let each = |bytes: f64| (bytes - before) / setting.jobs as f64;
    Ok(json!({
        "measure": format!("cluster {} waiting jobs", setting.jobs), "wallSeconds": worked.wall, "cpuSeconds": worked.cpu,
        "submitP99Milliseconds": percentile(&submits, 99), "submitMedianMilliseconds": percentile(&submits, 50),
        "statusP99Milliseconds": percentile(&status, 99), "statusMedianMilliseconds": percentile(&status, 50),
        "listP99Milliseconds": percentile(&list, 99), "listMedianMilliseconds": percentile(&list, 50),
        "bytesAWaitingJob": each(waiting), "bytesAnEndedJob": each(ended),
    }))
}

/// A user with so many camera exports of today, and one open stream of them.
async fn streaming(setting: &Setting) -> io::Result<Value> {
    let stage = Stage::new(&setting.folder).await?;
    let asked = (0..setting.jobs).map(|_| async {
        let body =
            json!({"type": "Batch", "storage": "Cloud", "start": "2025-06-01T12:00:00Z", "end": "2025-06-01T12:00:02Z"});
        let request = stage.client.post(format!("{}/v1/cameras/gate-north/exportsV2", stage.api)).bearer_auth(TOKEN);
        request.body(body.to_string()).send().await?.error_for_status()?.bytes().await
    });
    stream::iter(asked).buffer_unordered(AT_ONCE).try_collect::<Vec<_>>().await.map_err(io::Error::other)?;
    let clock = SystemClock::new();
    let begun = clock.monotonic();
    let url = format!("{}/settings?task=eventsource.status", stage.api);
    let answer = stage.client.get(url).bearer_auth(TOKEN).send().await.map_err(io::Error::other)?;
    let (mut told, mut bytes) = (0, answer.bytes_stream());
    while told < setting.jobs {
        let some = bytes.next().await.ok_or_else(|| io::Error::other("the stream ends"))?.map_err(io::Error::other)?;
        told += String::from_utf8_lossy(&some).matches("\"cameraHash\"").count();
    }
    let told_in = clock.monotonic().saturating_sub(begun).as_secs_f64();
    let (begun, cpu) = (clock.monotonic(), stage.cpu_of_redis_and_api()?);
    tokio::time::sleep(OPEN).await;
    let share = (stage.cpu_of_redis_and_api()? - cpu) / clock.monotonic().saturating_sub(begun).as_secs_f64();
    Ok(json!({
        "measure": format!("cluster stream of {} exports", setting.jobs), "wallSeconds": told_in,
        "shareOfACoreOfAnOpenStream": share,
    }))
}

/// Milliseconds of each of so many questions.
async fn times(stage: &Stage, count: usize, path: impl Fn(usize) -> String) -> io::Result<Vec<f64>> {
    let clock = SystemClock::new();
    let asked = (0..count).map(|index| {
        let (url, clock) = (format!("{}{}", stage.api, path(index)), &clock);
        async move {
            let begun = clock.monotonic();
            stage.client.get(url).bearer_auth(TOKEN).send().await?.error_for_status()?.bytes().await?;
            Ok::<_, reqwest::Error>(clock.monotonic().saturating_sub(begun).as_secs_f64() * 1000.0)
        }
    });
    stream::iter(asked).buffer_unordered(ASKED_AT_ONCE).try_collect().await.map_err(io::Error::other)
}

fn percentile(times: &[f64], percent: usize) -> Option<f64> {
    let mut times = times.to_vec();
    times.sort_by(f64::total_cmp);
    times.get(times.len() * percent / 100).copied()
}

/// Where a process of the service says that it listens.
pub(super) async fn listens(child: &mut Child) -> io::Result<String> {
    let stdout = child.stdout.take().ok_or_else(|| io::Error::other("it has no stdout"))?;
    let mut lines = BufReader::new(stdout).lines();
    loop {
        let line = lines.next_line().await?.ok_or_else(|| io::Error::other("the service does not start"))?;
        if let Some(url) = line.strip_prefix("listening on ") {
            return Ok(url.to_owned());
        }
    }
}

/// Asks for so many ZIPs of one file; their jobs.
pub(super) async fn submit(client: &reqwest::Client, api: &str, jobs: usize) -> io::Result<Vec<String>> {
    Ok(submit_timed(client, api, jobs).await?.0)
}

/// The same, with the milliseconds of each.
async fn submit_timed(client: &reqwest::Client, api: &str, jobs: usize) -> io::Result<(Vec<String>, Vec<f64>)> {
    let clock = SystemClock::new();
    let asked = (0..jobs).map(|_| async {
        let begun = clock.monotonic();
        let request = client.post(format!("{api}/v1/download/initiate")).bearer_auth(TOKEN);
        let answer = request.body("{\"fileIds\":[1]}").send().await?.error_for_status()?.bytes().await?;
        let took = clock.monotonic().saturating_sub(begun).as_secs_f64() * 1000.0;
        let answer: Value = serde_json::from_slice(&answer).unwrap_or_default();
        Ok::<_, reqwest::Error>((answer["jobId"].as_str().unwrap_or_default().to_owned(), took))
    });
    let answers: Vec<_> =
        stream::iter(asked).buffer_unordered(AT_ONCE).try_collect().await.map_err(io::Error::other)?;
    Ok(answers.into_iter().unzip())
}

#[expect(clippy::cast_precision_loss, reason = "some thousands")]
pub(super) fn rate(jobs: usize, seconds: f64) -> f64 {
    jobs as f64 / seconds
}
