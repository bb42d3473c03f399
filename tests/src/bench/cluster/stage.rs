//! A Redis, an S3 server and processes of the service on them, all of this machine.

use std::io;
use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;
use std::process::Stdio;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use landfall_engine::clock::{Clock as _, SystemClock};
use tokio::process::{Child, Command};

use super::{TOKEN, listens, submit};
use crate::bench::process::cpu_of;
use crate::program::binary;
use crate::s3::{KEY, S3Server};

/// Longer than Redis takes for anything here.
const PATIENCE: Duration = Duration::from_mins(1);

/// Where a measure takes place.
pub(super) struct Stage {
    redis: redis::aio::MultiplexedConnection,
    redis_url: String,
    pub(super) api: String,
    pub(super) client: reqwest::Client,
    s3: S3Server,
    folder: tempfile::TempDir,
    processes: Mutex<Vec<Child>>,
}

/// What working jobs off has cost.
#[derive(Debug, Clone, Copy)]
pub(super) struct Worked {
    /// Seconds.
    pub(super) wall: f64,
    /// Seconds of all processes: Redis, the S3 server, API and workers.
    pub(super) cpu: f64,
}

impl Stage {
    pub(super) async fn new(within: &Path) -> io::Result<Self> {
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
        // Whoever measures loads the machine: an answer may take its time.
        let patient = redis::AsyncConnectionConfig::new().set_response_timeout(Some(PATIENCE));
        let redis = loop {
            match client.get_multiplexed_async_connection_with_config(&patient).await {
                Ok(connection) => break connection,
                Err(_) => tokio::time::sleep(Duration::from_millis(20)).await,
            }
        };
        let s3 = S3Server::start(&folder.path().join("s3"), 0).await?;
        let mut stage = Self {
            redis,
            redis_url,
            api: String::new(),
            client: reqwest::Client::new(),
            s3,
            folder,
            processes: Mutex::new(vec![server]),
        };
        stage.api = stage.node("api", "0").await?;
        Ok(stage)
    }

    /// A process of the service; where it listens.
    pub(super) async fn node(&self, role: &str, pace: &str) -> io::Result<String> {
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
        self.processes.lock().unwrap_or_else(PoisonError::into_inner).push(child);
        Ok(url)
    }

    pub(super) async fn ask<T: redis::FromRedisValue>(&self, words: &[&str]) -> io::Result<T> {
        let mut command = redis::cmd(words.first().copied().unwrap_or_default());
        command.arg(words.get(1..).unwrap_or_default());
        command.query_async(&mut self.redis.clone()).await.map_err(io::Error::other)
    }

    /// CPU seconds so far of everything here, this process with its S3 server included.
    pub(super) fn cpu(&self) -> io::Result<f64> {
        let processes = self.processes.lock().unwrap_or_else(PoisonError::into_inner);
        let others = processes.iter().filter_map(Child::id);
        cpu_of(others.chain([std::process::id()]))
    }

    /// CPU seconds so far of Redis and of the API.
    pub(super) fn cpu_of_redis_and_api(&self) -> io::Result<f64> {
        let processes = self.processes.lock().unwrap_or_else(PoisonError::into_inner);
        cpu_of(processes.iter().take(2).filter_map(Child::id))
    }

    /// Has jobs submitted that no worker takes before [`Stage::opens`].
    pub(super) async fn closes(&self) -> io::Result<()> {
        self.ask::<()>(&["HSET", "bull:download-queue:meta", "paused", "1"]).await
    }

    async fn opens(&self) -> io::Result<()> {
        self.ask::<()>(&["HDEL", "bull:download-queue:meta", "paused"]).await?;
        self.ask::<()>(&["ZADD", "bull:download-queue:marker", "0", "0"]).await
    }

    /// What it costs so many workers, which are there before, to land so many jobs, which wait for them.
    pub(super) async fn worked_off(&self, workers: usize, pace: &str, jobs: usize) -> io::Result<Worked> {
        self.closes().await?;
        submit(&self.client, &self.api, jobs).await?;
        self.work_off(workers, pace, jobs).await
    }

    /// The same for jobs that wait already, in a queue that is closed.
    pub(super) async fn work_off(&self, workers: usize, pace: &str, jobs: usize) -> io::Result<Worked> {
        for _ in 0..workers {
            self.node("worker", pace).await?;
        }
        let clock = SystemClock::new();
        let (begun, cpu) = (clock.monotonic(), self.cpu()?);
        self.opens().await?;
        loop {
            let landed: usize = self.ask(&["ZCARD", "bull:download-queue:completed"]).await?;
            if landed >= jobs {
                let wall = clock.monotonic().saturating_sub(begun).as_secs_f64();
                return Ok(Worked { wall, cpu: self.cpu()? - cpu });
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// Bytes that Redis has in use.
    pub(super) async fn memory(&self) -> io::Result<f64> {
        let said: String = self.ask(&["INFO", "memory"]).await?;
        let line = said.lines().find_map(|line| line.strip_prefix("used_memory:"));
        line.and_then(|bytes| bytes.trim().parse().ok()).ok_or_else(|| io::Error::other("Redis says no memory"))
    }
}
