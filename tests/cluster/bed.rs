//! A Redis and an S3 server of a test's own, and any number of processes of the service on them.

use std::collections::BTreeMap;
use std::future::Future;
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use aws_lc_rs::digest;
use landfall_service::{Options, Service, User};
use landfall_tests::program::{binary, walk};
use landfall_tests::s3::{KEY, S3Server};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};

use super::certificates::Certificates;
use super::line::Line;

pub(crate) const TOKEN: &str = "token-of-anna";

/// Longer than anything honest takes on a loaded machine.
const DEADLINE: Duration = Duration::from_mins(3);

/// Longer than Redis takes for an answer on a loaded machine.
const PATIENCE: Duration = Duration::from_secs(20);

pub(crate) const BUCKET: &str = "results";

/// A worker that is gone has lost its job after this.
pub(crate) const LEASE: &str = "2s";

pub(crate) struct Bed {
    pub(crate) redis: Redis,
    pub(crate) s3: Option<S3Server>,
    pub(crate) store: String,
    pub(crate) client: reqwest::Client,
    folder: TempDir,
}

/// A redis-server in a folder of its own, which keeps what it has.
pub(crate) struct Redis {
    pub(crate) port: u16,
    folder: PathBuf,
    child: Child,
    /// Where it speaks TLS, and nothing else.
    tls: Option<Certificates>,
}

/// A process of the service.
pub(crate) struct Node {
    pub(crate) url: String,
    child: Child,
}

impl Redis {
    async fn start(folder: &Path, port: u16, tls: Option<Certificates>) -> Self {
        let mut command = Command::new("redis-server");
        command
            .args(["--bind", "127.0.0.1", "--save", "", "--appendonly", "yes", "--appendfsync", "always", "--dir"])
            .arg(folder)
            .stdout(Stdio::null())
            .kill_on_drop(true);
        match &tls {
            None => command.args(["--port", &port.to_string()]),
            // It asks who the client is too, as it does where nobody says otherwise.
            Some(files) => command
                .args(["--port", "0", "--tls-port", &port.to_string(), "--tls-ca-cert-file"])
                .arg(&files.authority)
                .arg("--tls-cert-file")
                .arg(&files.identity)
                .arg("--tls-key-file")
                .arg(&files.identity),
        };
        let child = command.spawn().expect("redis-server is there: `.ci/need redis` installs it");
        let redis = Self { port, folder: folder.to_owned(), child, tls };
        eventually("answer of Redis", async || redis.try_ask::<String>(&["PING"]).await.ok()).await;
        redis
    }

    pub(crate) fn url(&self) -> String {
        match &self.tls {
            None => format!("redis://127.0.0.1:{}", self.port),
            Some(files) => files.url(self.port),
        }
    }

    /// Killed, and started again on what it has kept.
    pub(crate) async fn restart(&mut self) {
        self.child.kill().await.unwrap();
        *self = Self::start(&self.folder.clone(), self.port, self.tls.clone()).await;
    }

    pub(crate) async fn kill(&mut self) {
        self.child.kill().await.unwrap();
    }

    pub(crate) async fn start_again(&mut self) {
        *self = Self::start(&self.folder.clone(), self.port, self.tls.clone()).await;
    }

    pub(crate) async fn ask<T: redis::FromRedisValue>(&self, words: &[&str]) -> T {
        self.try_ask(words).await.unwrap()
    }

    async fn try_ask<T: redis::FromRedisValue>(&self, words: &[&str]) -> redis::RedisResult<T> {
        let client = match &self.tls {
            None => redis::Client::open(self.url())?,
            Some(files) => files.client(self.port)?,
        };
        let patient = redis::AsyncConnectionConfig::new()
            .set_connection_timeout(Some(PATIENCE))
            .set_response_timeout(Some(PATIENCE));
        let mut connection = client.get_multiplexed_async_connection_with_config(&patient).await?;
        let mut command = redis::cmd(words[0]);
        command.arg(&words[1..]);
        command.query_async(&mut connection).await
    }

    /// The document's status of a job.
    pub(crate) async fn status(&self, job: &str) -> Value {
        let text: String = self.ask(&["GET", &format!("job:{job}")]).await;
        serde_json::from_str(&text).unwrap()
    }
}

impl Node {
    pub(crate) fn port(&self) -> &str {
        self.url.rsplit(':').next().unwrap()
    }

    /// As a crash or a lost machine ends it.
    pub(crate) async fn kill(&mut self) {
        self.child.kill().await.unwrap();
    }

    /// As a machine falls asleep, or is too busy for long.
    pub(crate) async fn fall_asleep(&self) {
        self.signal("-STOP").await;
    }

    /// It goes on where it was, and knows nothing of the time between.
    pub(crate) async fn wake(&self) {
        self.signal("-CONT").await;
    }

    pub(crate) async fn signal(&self, signal: &str) {
        let id = self.child.id().unwrap().to_string();
        assert!(Command::new("kill").args([signal, &id]).status().await.unwrap().success());
    }

    /// As an operator ends it; its exit code.
    pub(crate) async fn stop(self) -> i32 {
        self.signal("-TERM").await;
        self.ended().await
    }

    /// The exit code of one that ends.
    pub(crate) async fn ended(mut self) -> i32 {
        let ended = tokio::time::timeout(DEADLINE, self.child.wait()).await.expect("it stops when it is asked to");
        ended.unwrap().code().unwrap_or(-1)
    }
}

impl Bed {
    pub(crate) async fn new() -> Self {
        Self::with_redis(|_| None).await
    }

    /// Its Redis is reached over TLS alone, and lets in only whom its authority knows.
    pub(crate) async fn over_tls() -> Self {
        Self::with_redis(|folder| Some(Certificates::make(folder))).await
    }

    async fn with_redis(tls: impl FnOnce(&Path) -> Option<Certificates>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for name in ["redis", "s3", &format!("s3/{BUCKET}")] {
            std::fs::create_dir(folder.path().join(name)).unwrap();
        }
        let redis = Redis::start(&folder.path().join("redis"), free_port(), tls(folder.path())).await;
        let s3 = S3Server::start(&folder.path().join("s3"), 0).await.unwrap();
        let store = s3.store(BUCKET);
        Self { redis, s3: Some(s3), store, client: reqwest::Client::new(), folder }
    }

    /// Processes that start from now on reach the bucket over this line.
    pub(crate) async fn line_to_s3(&mut self) -> Line {
        let line = Line::to(self.s3.as_ref().unwrap().address().port()).await;
        self.store = format!("s3://{BUCKET}?endpoint=http://127.0.0.1:{}", line.port);
        line
    }

    /// A process that answers requests.
    pub(crate) async fn api(&self) -> Node {
        self.node("api", &["--link-ttl", "1h"]).await
    }

    /// A process that works, on one job at a time.
    pub(crate) async fn worker(&self, pace: &str) -> Node {
        self.node("worker", &["--workers", "1", "--pace", pace]).await
    }

    pub(crate) async fn node(&self, role: &str, more: &[&str]) -> Node {
        let mut child = self.command(role, more).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let listening = async {
            while let Some(line) = lines.next_line().await.unwrap() {
                if let Some(url) = line.strip_prefix("listening on ") {
                    return url.to_owned();
                }
            }
            panic!("a process of the service ended before it listened")
        };
        let url = tokio::time::timeout(DEADLINE, listening).await.expect("the service starts");
        Node { url, child }
    }

    pub(crate) fn command(&self, role: &str, more: &[&str]) -> Command {
        let mut command = Command::new(binary());
        command
            .args(["serve", "--role", role, "--queue", &self.redis.url(), "--store", &self.store, "--lease", LEASE])
            .args(["--user", &format!("anna={TOKEN}"), "--data"])
            .arg(self.folder.path().join("data"))
            .args(more)
            .env("AWS_ACCESS_KEY_ID", KEY.0)
            .env("AWS_SECRET_ACCESS_KEY", KEY.1)
            .env("LANDFALL_HOME", self.folder.path().join("home"))
            .stdout(Stdio::piped())
            .kill_on_drop(true);
        command
    }

    /// The bucket goes, with every connection to it.
    pub(crate) fn take_s3_away(&mut self) -> u16 {
        self.s3.take().expect("it is there").address().port()
    }

    pub(crate) async fn bring_s3_back(&mut self, port: u16) {
        self.s3 = Some(S3Server::start(&self.folder.path().join("s3"), port).await.unwrap());
    }

    /// The objects of the bucket under a folder of it.
    pub(crate) fn objects(&self, under: &str) -> Vec<PathBuf> {
        let folder = self.folder.path().join("s3").join(BUCKET).join(under);
        let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
        entries.map(|entry| entry.unwrap().path()).filter(|path| path.is_file()).collect()
    }

    /// What lies in the bucket under a key.
    pub(crate) fn object(&self, key: &str) -> Vec<u8> {
        std::fs::read(self.folder.path().join("s3").join(BUCKET).join(key)).unwrap()
    }

    /// Parts that uploads have brought which are not at their end.
    pub(crate) fn parts(&self) -> usize {
        let mut parts = 0;
        walk(&self.folder.path().join("s3"), &mut |path| {
            parts += usize::from(path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(".upload")));
        });
        parts
    }

    pub(crate) async fn get(&self, node: &Node, path: &str) -> reqwest::Result<reqwest::Response> {
        self.client.get(format!("{}{path}", node.url)).bearer_auth(TOKEN).send().await
    }

    pub(crate) async fn json(&self, node: &Node, path: &str) -> Value {
        read(self.get(node, path).await.unwrap()).await.unwrap()
    }

    pub(crate) async fn post(&self, node: &Node, path: &str, key: &str, body: &Value) -> reqwest::Result<Value> {
        let request = self.client.post(format!("{}{path}", node.url)).bearer_auth(TOKEN);
        let request = request.header("idempotency-key", key).body(body.to_string());
        read(request.send().await?.error_for_status()?).await
    }

    /// Asks for a ZIP; its job.
    pub(crate) async fn initiate(&self, node: &Node, files: &[i64]) -> String {
        self.initiate_at(&node.url, files).await
    }

    pub(crate) async fn initiate_at(&self, url: &str, files: &[i64]) -> String {
        let body = json!({"fileIds": files});
        let request = self.client.post(format!("{url}/v1/download/initiate")).bearer_auth(TOKEN);
        let answer = read(request.body(body.to_string()).send().await.unwrap()).await.unwrap();
        text(&answer["jobId"])
    }

    /// Returns when fewer download jobs than that wait for a worker.
    pub(crate) async fn fewer_wait_than(&self, count: usize) {
        eventually("worker", async || {
            let waiting: usize = self.redis.ask(&["LLEN", "bull:download-queue:wait"]).await;
            (waiting < count).then_some(())
        })
        .await;
    }

    /// The status of a job, once it is completed; a failed one fails the test.
    pub(crate) async fn completed(&self, node: &Node, job: &str) -> Value {
        let path = format!("/v1/download/status/{job}");
        eventually("completed job", async || {
            let status = read(self.get(node, &path).await.ok()?).await.ok()?;
            assert_ne!(status["status"], "failed", "no job is lost: {status}");
            Some(status).filter(|status| status["status"] == "completed")
        })
        .await
    }

    /// The digest of what lies behind a link.
    pub(crate) async fn digest(&self, link: &Value) -> Vec<u8> {
        let answer = self.client.get(text(link)).send().await.unwrap().error_for_status().unwrap();
        sha256(&answer.bytes().await.unwrap())
    }
}

/// An answer as JSON.
pub(crate) async fn read(answer: reqwest::Response) -> reqwest::Result<Value> {
    let status = answer.status();
    let bytes = answer.bytes().await?;
    Ok(serde_json::from_slice(&bytes)
        .unwrap_or_else(|error| panic!("{status}, {error}: {:?}", String::from_utf8_lossy(&bytes))))
}

/// What the service on one machine makes of these files: the same bytes, whoever makes them.
pub(crate) async fn reference(sets: &[&[i64]]) -> BTreeMap<Vec<i64>, Vec<u8>> {
    let folder = tempfile::tempdir().unwrap();
    let mut options = Options::new(folder.path());
    options.users = vec![User::new("anna", TOKEN)];
    options.pace = 0.0;
    let service = Service::start(options).await.unwrap();
    let client = reqwest::Client::new();
    let mut digests = BTreeMap::new();
    for files in sets {
        let initiate = client.post(service.url() + "/v1/download/initiate").bearer_auth(TOKEN);
        let initiate = initiate.body(json!({"fileIds": files}).to_string());
        let job = read(initiate.send().await.unwrap()).await.unwrap();
        let url = format!("{}/v1/download/status/{}", service.url(), text(&job["jobId"]));
        let link = eventually("reference", async || {
            let status = read(client.get(&url).bearer_auth(TOKEN).send().await.ok()?).await.ok()?;
            status["downloadUrl"].as_str().map(str::to_owned)
        })
        .await;
        let bytes = client.get(link).send().await.unwrap().bytes().await.unwrap();
        digests.insert(files.to_vec(), sha256(&bytes));
    }
    service.stop().await;
    digests
}

pub(crate) fn sha256(bytes: &[u8]) -> Vec<u8> {
    digest::digest(&digest::SHA256, bytes).as_ref().to_vec()
}

/// As a person reads it.
pub(crate) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Asks again and again until there is an answer.
pub(crate) async fn eventually<T, F: Future<Output = Option<T>>>(what: &str, ask: impl Fn() -> F) -> T {
    let asked = async {
        loop {
            if let Some(answer) = ask().await {
                return answer;
            }
            // Not to wait for anything: to leave the processor to the others.
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(DEADLINE, asked).await.unwrap_or_else(|_| panic!("for minutes there is no {what}"))
}

pub(crate) fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("{value} is no text")).to_owned()
}

/// Free a moment ago: a process of another program listens on it next.
pub(crate) fn free_port() -> u16 {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port()
}
