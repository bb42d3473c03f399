//! The service on several machines: jobs a second by the number of workers, and what ten thousand waiting jobs cost.
//!
//! Redis and the S3 server are this machine's own and share its processor with all that is measured.

use std::io;
use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use landfall_engine::clock::{Clock as _, SystemClock};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};

use crate::program::binary;
use crate::s3::{KEY, S3Server};

pub(super) const TOKEN: &str = "bench";

/// Requests at once.
const AT_ONCE: usize = 16;

/// What the jobs are, at which pace, and how many. At the second pace a ZIP of one file takes 100 ms of waiting.
pub(super) const KINDS: [(&str, &str, usize); 2] = [("light jobs", "0", 1000), ("jobs of 100 ms", "0.03333", 200)];

/// All of it: from 1 to 4 workers with light jobs, then with 100 ms of work each; then ten thousand that wait.
pub fn measure(folder: &Path) -> io::Result<Vec<Value>> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let mut rows = Vec::new();
        for (what, pace, jobs) in KINDS {
            for workers in 1..=4 {
                let bench = Bench::new(folder).await?;
                let seconds = bench.worked_off(workers, pace, jobs).await?;
                rows.push(json!({
                    "measure": format!("cluster {what}, {workers} workers"), "wallSeconds": seconds,
                    "jobsASecond": rate(jobs, seconds),
                }));
            }
        }
        rows.push(Bench::new(folder).await?.waiting(10_000).await?);
        Ok(rows)
    })
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
    let asked = (0..jobs).map(|_| async {
        let request = client.post(format!("{api}/v1/download/initiate")).bearer_auth(TOKEN);
        let answer = request.body("{\"fileIds\":[1]}").send().await?.error_for_status()?.bytes().await?;
        let answer: Value = serde_json::from_slice(&answer).unwrap_or_default();
        Ok::<_, reqwest::Error>(answer["jobId"].as_str().unwrap_or_default().to_owned())
    });
    stream::iter(asked).buffer_unordered(AT_ONCE).try_collect().await.map_err(io::Error::other)
}

#[expect(clippy::cast_precision_loss, reason = "some thousands")]
pub(super) fn rate(jobs: usize, seconds: f64) -> f64 {
    jobs as f64 / seconds
}

struct Bench {
    redis: redis::aio::MultiplexedConnection,
    redis_url: String,
    api: String,
    client: reqwest::Client,
    s3: S3Server,
    folder: tempfile::TempDir,
    processes: std::sync::Mutex<Vec<Child>>,
}

impl Bench {
    async fn new(within: &Path) -> io::Result<Self> {
        let folder = tempfile::tempdir_in(within)?;
        for name in ["redis", "s3/results"] {
            std::fs::create_dir_all(folder.path().join(name))?;
        }
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port();
        let server = Command::new("redis-server")
            .args(["--bind", "127.0.0.1", "--save", "", "--appendonly", "yes", "--port", &port.to_string(), "--dir"])
            .arg(folder.path().join("redis"))
            .stdout(Stdio::null())
            .kill_on_drop(true)
            .spawn()?;
        let redis_url = format!("redis://127.0.0.1:{port}");
        let client = redis::Client::open(redis_url.as_str()).map_err(io::Error::other)?;
        let redis = loop {
            match client.get_multiplexed_async_connection().await {
                Ok(connection) => break connection,
                Err(_) => tokio::time::sleep(Duration::from_millis(20)).await,
            }
        };
        let s3 = S3Server::start(&folder.path().join("s3"), 0).await?;
        let mut bench = Self {
            redis,
            redis_url,
            api: String::new(),
            client: reqwest::Client::new(),
            s3,
            folder,
            processes: std::sync::Mutex::new(vec![server]),
        };
        bench.api = bench.node("api", "0").await?;
        Ok(bench)
    }

    /// A process of the service; where it listens.
    async fn node(&self, role: &str, pace: &str) -> io::Result<String> {
        let mut child = Command::new(binary())
            .args(["serve", "--role", role, "--queue", &self.redis_url, "--store", &self.s3.store("results")])
            .args(["--workers", "1", "--pace", pace, "--user", &format!("anna={TOKEN}"), "--data"])
            .arg(self.folder.path().join("data"))
            .env("AWS_ACCESS_KEY_ID", KEY.0)
            .env("AWS_SECRET_ACCESS_KEY", KEY.1)
            .env("LANDFALL_HOME", self.folder.path().join("home"))
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        let url = listens(&mut child).await?;
        self.processes.lock().unwrap_or_else(std::sync::PoisonError::into_inner).push(child);
        Ok(url)
    }

    async fn ask<T: redis::FromRedisValue>(&self, words: &[&str]) -> io::Result<T> {
        let mut command = redis::cmd(words.first().copied().unwrap_or_default());
        command.arg(words.get(1..).unwrap_or_default());
        command.query_async(&mut self.redis.clone()).await.map_err(io::Error::other)
    }

    /// Seconds until so many workers have landed all that waits for them.
    async fn worked_off(&self, workers: usize, pace: &str, jobs: usize) -> io::Result<f64> {
        submit(&self.client, &self.api, jobs).await?;
        let clock = SystemClock::new();
        let begun = clock.monotonic();
        for _ in 0..workers {
            self.node("worker", pace).await?;
        }
        loop {
            let landed: usize = self.ask(&["ZCARD", "bull:download-queue:completed"]).await?;
            if landed >= jobs {
                return Ok(clock.monotonic().saturating_sub(begun).as_secs_f64());
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    async fn waiting(&self, jobs: usize) -> io::Result<Value> {
        let before = self.used_memory().await?;
        let ids = submit(&self.client, &self.api, jobs).await?;
        let memory = self.used_memory().await?.saturating_sub(before);
        let clock = SystemClock::new();
        let asked = ids.iter().take(2000).map(|id| {
            let clock = &clock;
            async move {
                let begun = clock.monotonic();
                let url = format!("{}/v1/download/status/{id}", self.api);
                self.client.get(url).bearer_auth(TOKEN).send().await?.error_for_status()?.bytes().await?;
                Ok::<_, reqwest::Error>(clock.monotonic().saturating_sub(begun).as_secs_f64() * 1000.0)
            }
        });
        let mut times: Vec<f64> =
            stream::iter(asked).buffer_unordered(4).try_collect().await.map_err(io::Error::other)?;
        times.sort_by(f64::total_cmp);
        #[expect(clippy::cast_precision_loss, reason = "some megabytes")]
        let each = memory as f64 / jobs as f64;
        Ok(json!({
            "measure": format!("cluster {jobs} waiting jobs"),
            "apiP99Milliseconds": times.get(times.len() * 99 / 100), "apiMedianMilliseconds": times.get(times.len() / 2),
            "bytesAWaitingJob": each,
        }))
    }

    async fn used_memory(&self) -> io::Result<u64> {
        let said: String = self.ask(&["INFO", "memory"]).await?;
        let line = said.lines().find_map(|line| line.strip_prefix("used_memory:"));
        line.and_then(|bytes| bytes.trim().parse().ok()).ok_or_else(|| io::Error::other("Redis says no memory"))
    }
}
