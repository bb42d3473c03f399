//! A bed for transfers: a folder, an order with short patience, and links that are given in turn.

use std::collections::VecDeque;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use jiff::Timestamp;
use landfall_engine::clock::{Clock, SystemClock};
use landfall_engine::entropy::SeededEntropy;
use landfall_engine::net;
use landfall_engine::retry::Policy;
use landfall_engine::transfer::{
    self, Clash, Context, Expectation, Landing, Limits, Link, LinkNeed, LinkSource, Naming, Order, Progress, TakenNames,
};
use landfall_wire::{ErrorCode, Failure};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::hostile::{Hostile, Object};

/// Everything one transfer needs, with short patience.
#[derive(Debug)]
pub struct Bed {
    /// The order; change what a test is about.
    pub order: Order,
    /// What the transfer gets from outside.
    pub context: Context,
    /// To stop it.
    pub stop: CancellationToken,
    folder: tempfile::TempDir,
}

impl Default for Bed {
    fn default() -> Self {
        Self::new()
    }
}

impl Bed {
    /// An empty folder and an order for `result.bin`.
    pub fn new() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        Self {
            order: order(folder.path()),
            context: context(Arc::new(SystemClock::new())),
            stop: CancellationToken::new(),
            folder,
        }
    }

    /// The same in memory where there is such a folder: for files of gigabytes.
    pub fn in_memory() -> Self {
        let Ok(folder) = tempfile::tempdir_in("/dev/shm") else { return Self::new() };
        Self { order: order(folder.path()), folder, ..Self::new() }
    }

    /// The folder.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Lands from links without a job.
    pub async fn land(&self, server: &Hostile) -> Result<Landing, transfer::Error> {
        self.land_from(&mut Links::new([Link::plain(server.url("/file?sig=secret"))])).await
    }

    /// Lands from any source.
    pub async fn land_from(&self, source: &mut dyn LinkSource) -> Result<Landing, transfer::Error> {
        let (progress, _) = watch::channel(Progress::default());
        transfer::land(&self.order, source, &self.context, &progress, &self.stop).await
    }

    /// The names of all files in the folder that a person sees.
    pub fn visible(&self) -> Vec<String> {
        self.names().into_iter().filter(|name| !name.starts_with('.')).collect()
    }

    /// The names of all files in the folder.
    pub fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = std::fs::read_dir(self.folder())
            .expect("the folder is there")
            .flatten()
            .map(|entry| entry.file_name().to_string_lossy().into_owned())
            .collect();
        names.sort();
        names
    }

    /// The hidden partial file.
    pub fn part(&self) -> PathBuf {
        self.folder().join(format!(".{}.landfall-part", self.order.ticket))
    }

    /// The journal as it is on disk.
    pub fn journal(&self) -> serde_json::Value {
        let text = std::fs::read(self.journal_path()).expect("there is a journal");
        serde_json::from_slice(&text).expect("the journal is JSON")
    }

    /// Changes the journal on disk, as another boot or a power cut would have left it.
    pub fn change_journal(&self, change: impl FnOnce(&mut serde_json::Value)) {
        let mut journal = self.journal();
        change(&mut journal);
        std::fs::write(self.journal_path(), journal.to_string()).expect("the journal can be written");
    }

    fn journal_path(&self) -> PathBuf {
        self.folder().join(format!(".{}.landfall-journal", self.order.ticket))
    }

    /// The only visible file is the object, whole, and the landing says so; prints the case.
    pub fn assert_landed(
        &self,
        case: &str,
        landed: Result<Landing, transfer::Error>,
        object: &Object,
        server: &Hostile,
    ) -> Landing {
        let landing = landed.unwrap_or_else(|error| panic!("case {case} should land: {error}"));
        let on_disk = std::fs::read(&landing.path).expect("the landed file can be read");
        let twice = server.served().saturating_sub(object.size() as u64);
        println!(
            "case {case}: landed {} bytes, {}, sha256 {}, sent twice {twice}",
            landing.size,
            landing.vouched.words(),
            landing.sha256
        );
        assert!(on_disk == *object.bytes, "case {case}: the file is not the object ({} bytes)", on_disk.len());
        assert_eq!(landing.sha256, object.sha256(), "case {case}: the digest is the file's");
        assert_eq!(landing.size, object.size() as u64, "case {case}: the size is the file's");
        assert!(!self.part().exists(), "case {case}: no partial file is left");
        landing
    }

    /// It failed, nothing has the final name, and no signature is told; prints the case and gives the failure.
    pub fn assert_failed(&self, case: &str, landed: Result<Landing, transfer::Error>, code: ErrorCode) -> Failure {
        let error = landed.map(|landing| landing.path).expect_err("the case should fail");
        let failure = Failure::from(error);
        println!("case {case}: {failure}; {}", failure.remediation);
        let mut all = String::new();
        let _ = write!(all, "{failure:?}");
        assert!(!all.contains("secret"), "case {case}: a signature is told: {all}");
        assert_eq!(failure.code, code, "case {case}: {failure}");
        assert!(!self.folder().join("result.bin").exists(), "case {case}: nothing may have the final name");
        failure
    }
}

/// An order for `result.bin` with short patience.
pub fn order(folder: &Path) -> Order {
    Order {
        ticket: "ticket-1".into(),
        folder: folder.to_owned(),
        name: Naming::Fixed("result.bin".into()),
        clash: Clash::Number,
        expect: Expectation::default(),
        limits: Limits {
            idle: Duration::from_millis(400),
            retry: Policy {
                first: Duration::from_millis(1),
                longest: Duration::from_millis(20),
                longest_asked: Duration::from_mins(1),
                tries: 5,
            },
            ..Limits::default()
        },
        origin: serde_json::json!({ "job": "j-1" }),
    }
}

/// What a transfer needs from outside, with that clock.
pub fn context(clock: Arc<dyn Clock>) -> Context {
    Context {
        client: net::download_client(&net::Network::default()).expect("a client"),
        clock,
        entropy: Arc::new(SeededEntropy::new(1)),
        taken: TakenNames::default(),
    }
}

/// Links given in turn; the last one again and again.
#[derive(Debug)]
pub struct Links {
    left: VecDeque<Link>,
    /// What was asked for.
    pub asked: Vec<LinkNeed>,
}

impl Links {
    /// These links.
    pub fn new(links: impl IntoIterator<Item = Link>) -> Self {
        Self { left: links.into_iter().collect(), asked: Vec::new() }
    }

    /// The first of them, to change it.
    pub fn first(&mut self) -> &mut Link {
        self.left.front_mut().expect("a test gives at least one link")
    }

    /// These links, each of a job that can give another.
    pub fn renewable(urls: impl IntoIterator<Item = url::Url>) -> Self {
        Self::new(urls.into_iter().map(|url| Link { renewable: true, ..Link::plain(url) }))
    }
}

impl LinkSource for Links {
    fn link(&mut self, need: LinkNeed) -> BoxFuture<'_, Result<Link, Failure>> {
        self.asked.push(need);
        let link = if self.left.len() > 1 { self.left.pop_front() } else { self.left.front().cloned() };
        let link = link.ok_or_else(|| Failure::new(ErrorCode::JobFailed, "There is no link"));
        futures_util::future::ready(link).boxed()
    }
}

/// A clock that writes down every wait of a second or more and does not make anybody wait for it.
#[derive(Debug, Default)]
pub struct HurriedClock {
    real: SystemClock,
    waits: Mutex<Vec<Duration>>,
}

impl HurriedClock {
    /// The long waits that were asked for.
    pub fn waits(&self) -> Vec<Duration> {
        self.waits.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Clock for HurriedClock {
    fn now(&self) -> Timestamp {
        self.real.now()
    }

    fn monotonic(&self) -> Duration {
        self.real.monotonic()
    }

    fn sleep(&self, span: Duration) -> BoxFuture<'static, ()> {
        if span < Duration::from_secs(1) {
            return self.real.sleep(span);
        }
        self.waits.lock().unwrap_or_else(PoisonError::into_inner).push(span);
        futures_util::future::ready(()).boxed()
    }
}
