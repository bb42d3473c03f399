//! What every backend promises, tried on each of them.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use super::local::Queue;
use super::redis::{Redis, RedisLine, RedisOptions};
use super::{Cause, Failure, Job, Landing, Line, Page, State, Status, Submission, Submitted, Told};
use crate::clock::Clock;
use crate::cluster::{Cluster, Secrets};
use crate::database::Database;
use crate::objects::StoredObject;
use crate::supervisor::Supervisor;
use crate::systems::System;

/// A backend, and what must live as long as it is tried.
struct Backend {
    status: Arc<dyn Status>,
    line: Arc<dyn Line>,
    name: &'static str,
    supervisor: Supervisor,
    redis: Option<Child>,
    _folder: tempfile::TempDir,
}

impl Drop for Backend {
    fn drop(&mut self) {
        self.supervisor.abandon();
        if let Some(redis) = &mut self.redis {
            let _ = redis.kill();
            let _ = redis.wait();
        }
    }
}

const LIMIT: u32 = 4;

fn local() -> Backend {
    let folder = tempfile::tempdir().unwrap();
    let database = Database::open(&folder.path().join("service.sqlite3"), Supervisor::default()).unwrap();
    let queue = Arc::new(Queue::new(database, Clock::system(), Duration::ZERO, LIMIT));
    let supervisor = Supervisor::default();
    Backend { status: queue.clone(), line: queue, name: "SQLite", supervisor, redis: None, _folder: folder }
}

async fn redis() -> Backend {
    let folder = tempfile::tempdir().unwrap();
    let (child, port) = redis_server(folder.path());
    let redis = connected(port, LIMIT, Duration::ZERO).await;
    let supervisor = Supervisor::default();
    let line =
        RedisLine::open(redis.clone(), supervisor.clone(), Duration::from_secs(30), Arc::default()).await.unwrap();
    Backend { status: redis, line, name: "Redis", supervisor, redis: Some(child), _folder: folder }
}

/// The queue on the Redis at this port, once that answers.
pub(super) async fn connected(port: u16, most_open: u32, backoff: Duration) -> Arc<Redis> {
    let address = crate::cluster::redis(&format!("redis://127.0.0.1:{port}"), &Secrets::default()).unwrap();
    let clock = Clock::system();
    let connected = async {
        loop {
            let options = RedisOptions { address: address.clone(), backoff, most_open, keep: Cluster::KEEP };
            match Redis::connect(options, clock.clone()).await {
                Ok(redis) => return redis,
                // Not to wait for it: to leave it the processor.
                Err(_) => tokio::time::sleep(Duration::from_millis(20)).await,
            }
        }
    };
    tokio::time::timeout(Duration::from_mins(1), connected).await.expect("Redis starts")
}

/// A server of this test's own, which keeps nothing.
pub(super) fn redis_server(folder: &Path) -> (Child, u16) {
    let port = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port();
    let child = Command::new("redis-server")
        .args(["--bind", "127.0.0.1", "--save", "", "--port", &port.to_string(), "--dir"])
        .arg(folder)
        .stdout(Stdio::null())
        .spawn()
        .expect("redis-server is there: `.ci/need redis` installs it");
    (child, port)
}

pub(super) fn wish(system: System, key: Option<(&str, u8)>) -> Submission {
    Submission {
        system,
        user: "anna".to_owned(),
        correlation_id: "c".to_owned(),
        idempotency: key.map(|(key, digest)| (key.to_owned(), vec![digest; 32])),
        request: "{\"fileIds\":[1,2]}".to_owned(),
    }
}

pub(super) fn failure() -> Failure {
    Failure { error: "It was not to be".to_owned(), remediation: "Ask anew".to_owned() }
}

pub(super) fn object(key: &str) -> StoredObject {
    StoredObject {
        key: key.to_owned(),
        size: 7,
        sha256: vec![3; 32],
        content_type: "application/zip".to_owned(),
        name: "files.zip".to_owned(),
        // In whole milliseconds, as both keep it.
        stored_at: jiff::Timestamp::from_millisecond(1_750_000_000_000).unwrap(),
    }
}

/// Whether a result is the job's.
pub(super) fn landed(landing: Landing) -> bool {
    landing == Landing::Landed
}

impl Backend {
    async fn submit(&self, wish: Submission) -> Job {
        match self.status.submit(wish).await.unwrap() {
            Submitted::Job(job) => *job,
            other => panic!("{}: {other:?}", self.name),
        }
    }

    /// The next job; one that rests is due at once here.
    async fn claim(&self) -> Job {
        let claimed = async {
            loop {
                if let Some(job) = self.line.claim().await.unwrap() {
                    return job;
                }
                self.line.wait().await.unwrap();
            }
        };
        tokio::time::timeout(Duration::from_mins(1), claimed).await.expect("there is a job to claim")
    }

    async fn job(&self, id: &str) -> Job {
        self.status.job("anna", System::DownloadJobs, id).await.unwrap().expect("the job is there")
    }
}

async fn a_life_to_its_landing(backend: &Backend) {
    let (status, line) = (&backend.status, &backend.line);
    let asked = backend.submit(wish(System::DownloadJobs, None)).await;
    assert_eq!((asked.state, asked.attempts, asked.progress), (State::Pending, 0, 0));
    assert_eq!(backend.job(&asked.id).await, asked, "what was answered is what is known");
    assert!(status.job("bert", System::DownloadJobs, &asked.id).await.unwrap().is_none(), "it is anna's");
    assert!(status.job("anna", System::MediaJobs, &asked.id).await.unwrap().is_none(), "of one system");
    let of_task = status.job_of_task("anna", System::DownloadJobs, &asked.task_id).await.unwrap();
    assert_eq!(of_task.map(|job| job.id), Some(asked.id.clone()));
    let claimed = backend.claim().await;
    assert_eq!((&claimed.id, claimed.state, claimed.attempts), (&asked.id, State::Processing, 1));
    assert!(claimed.started_at.is_some());
    let gone = line.begin(&claimed);
    assert!(line.note_progress(&claimed, 40).unwrap());
    assert!(landed(line.complete(&claimed, object("downloads/a.zip")).await.unwrap()), "somebody will ask for it");
    assert!(!gone.is_cancelled());
    line.end(&claimed);
    let landed = backend.job(&asked.id).await;
    assert_eq!((landed.state, landed.progress), (State::Completed, 100));
    assert_eq!(landed.result_key.as_deref(), Some("downloads/a.zip"));
    assert_eq!(status.object("downloads/a.zip").await.unwrap(), Some(object("downloads/a.zip")));
    assert!(line.complete(&claimed, object("downloads/b.zip")).await.is_ok(), "late news");
    assert_eq!(backend.job(&asked.id).await.result_key.as_deref(), Some("downloads/a.zip"), "change nothing");
    assert!(line.claim().await.unwrap().is_none(), "it is given to nobody else");
}

async fn three_attempts_and_then_dead(backend: &Backend) {
    let (status, line) = (&backend.status, &backend.line);
    let id = backend.submit(wish(System::DownloadJobs, None)).await.id;
    for attempt in 1..=3 {
        let job = backend.claim().await;
        assert_eq!((&job.id, job.attempts), (&id, attempt));
        line.remember(&job, Some(Cause { code: "E1".to_owned(), stderr: "oh".to_owned() })).await.unwrap();
        line.fail_attempt(&job, failure()).await.unwrap();
        let state = if attempt < 3 { State::Pending } else { State::Failed };
        assert_eq!(backend.job(&id).await.state, state, "after attempt {attempt}");
    }
    let job = backend.job(&id).await;
    assert_eq!((job.error.as_deref(), job.remediation.as_deref()), (Some("It was not to be"), Some("Ask anew")));
    assert_eq!(status.cause(&job).await.unwrap().map(|cause| cause.code).as_deref(), Some("E1"));
    let letters = status.dead_letters(Some("anna")).await.unwrap();
    assert_eq!((letters.len(), &letters[0].job_id, letters[0].attempts), (1, &id, 3));
    assert!(status.dead_letters(Some("bert")).await.unwrap().is_empty());
    let dead = |depths: Vec<super::Depth>| depths.iter().map(|depth| depth.dead).sum::<u64>();
    assert_eq!(dead(status.depths().await.unwrap()), 1);
    assert!(status.retry_dead(Some("bert"), &id).await.unwrap().is_none(), "it is not his");
    let revived = status.retry_dead(Some("anna"), &id).await.unwrap().expect("it is dead");
    assert_eq!((revived.state, revived.attempts, revived.error), (State::Pending, 0, None));
    assert!(status.retry_dead(None, &id).await.unwrap().is_none(), "it lives");
    let job = backend.claim().await;
    assert_eq!((&job.id, job.attempts), (&id, 1));
    line.fail(&job, failure()).await.unwrap();
    assert_eq!(backend.job(&id).await.state, State::Failed, "a lasting failure needs one attempt");
}

async fn a_stop_gives_the_job_back(backend: &Backend) {
    let id = backend.submit(wish(System::DownloadJobs, None)).await.id;
    let job = backend.claim().await;
    backend.line.give_back(&job).await.unwrap();
    let waiting = backend.job(&id).await;
    assert_eq!((waiting.state, waiting.attempts, waiting.started_at), (State::Pending, 0, None));
    let again = backend.claim().await;
    assert_eq!((&again.id, again.attempts), (&id, 1));
    backend.line.complete(&again, object("downloads/c.zip")).await.unwrap();
}

async fn nobody_wants_it_any_more(backend: &Backend) {
    let (status, line) = (&backend.status, &backend.line);
    let id = backend.submit(wish(System::DownloadJobs, None)).await.id;
    let job = backend.claim().await;
    let (ended, by_this) = status.cancel("anna", System::DownloadJobs, &id, failure()).await.unwrap().unwrap();
    assert_eq!((ended.state, by_this), (State::Failed, true));
    assert!(!landed(line.complete(&job, object("downloads/d.zip")).await.unwrap()), "nobody will ask for it");
    assert_eq!(status.object("downloads/d.zip").await.unwrap(), None);
    let (_, by_this) = status.cancel("anna", System::DownloadJobs, &id, failure()).await.unwrap().unwrap();
    assert!(!by_this, "it has ended");
    assert!(status.dead_letters(None).await.unwrap().iter().all(|letter| letter.job_id != id), "no dead letter");

    let id = backend.submit(wish(System::DownloadJobs, None)).await.id;
    let before = listed(status).await;
    assert_eq!(before[0].id, id, "the newest first");
    assert_eq!(status.delete("anna", System::DownloadJobs, &id).await.unwrap().map(|job| job.id), Some(id.clone()));
    assert!(status.job("anna", System::DownloadJobs, &id).await.unwrap().is_none());
    assert_eq!(listed(status).await.len(), before.len() - 1);
    assert!(line.claim().await.unwrap().is_none(), "no attempt takes it");
}

const PAGE: Page = Page { before: None, limit: 100 };

async fn listed(status: &Arc<dyn Status>) -> Vec<Job> {
    status.list("anna", System::DownloadJobs, &PAGE).await.unwrap().jobs
}

async fn a_list_is_read_in_pages_and_by_what_has_changed(backend: &Backend) {
    let (status, line) = (&backend.status, &backend.line);
    let mut ids = Vec::new();
    for _ in 0..LIMIT {
        ids.insert(0, backend.submit(wish(System::DownloadJobs, None)).await.id);
    }
    let ids_of = |jobs: &[Job]| jobs.iter().map(|job| job.id.clone()).collect::<Vec<_>>();
    let page = Page { limit: 3, ..PAGE };
    let first = status.list("anna", System::DownloadJobs, &page).await.unwrap();
    assert_eq!(ids_of(&first.jobs), ids[..3], "the newest");
    assert_eq!(first.next.as_deref(), Some(&*ids[2]), "older ones are had before that");
    let page = Page { before: first.next, ..page };
    let second = status.list("anna", System::DownloadJobs, &page).await.unwrap();
    assert_eq!((ids_of(&second.jobs), second.next), (ids[3..].to_vec(), None));
    let page = Page { before: Some("nothing".to_owned()), ..PAGE };
    assert!(status.list("anna", System::DownloadJobs, &page).await.unwrap().jobs.is_empty(), "older than nothing");

    let all = status.changes("anna", System::DownloadJobs, Timestamp::UNIX_EPOCH, None).await.unwrap();
    assert_eq!(ids_of(&all.jobs), ids);
    let none = status.changes("anna", System::DownloadJobs, Timestamp::MAX, None).await.unwrap();
    assert!(none.jobs.is_empty(), "they are older");
    let job = backend.claim().await;
    line.complete(&job, object("downloads/l.zip")).await.unwrap();
    let changed = status.changes("anna", System::DownloadJobs, Timestamp::UNIX_EPOCH, Some(all.at)).await.unwrap();
    let landed = changed.jobs.iter().find(|changed| changed.id == job.id).expect("it has changed");
    assert_eq!(landed.state, State::Completed);
    let later = status.changes("anna", System::DownloadJobs, Timestamp::UNIX_EPOCH, Some(i64::MAX / 2)).await.unwrap();
    assert!(later.jobs.is_empty(), "nothing has changed after that");
}

async fn a_dead_letter_is_dropped(backend: &Backend) {
    let (status, line) = (&backend.status, &backend.line);
    let id = backend.submit(wish(System::DownloadJobs, None)).await.id;
    assert!(!status.drop_dead(&id).await.unwrap(), "it is not dead");
    let job = backend.claim().await;
    line.fail(&job, failure()).await.unwrap();
    assert!(status.drop_dead(&id).await.unwrap());
    assert!(status.dead_letters(None).await.unwrap().is_empty());
    assert!(!status.drop_dead(&id).await.unwrap() && status.retry_dead(None, &id).await.unwrap().is_none());
    assert_eq!(backend.job(&id).await.state, State::Failed, "it is remembered for a while");
}

async fn a_key_stands_for_its_job_and_a_user_has_a_limit(backend: &Backend) {
    let status = &backend.status;
    let first = backend.submit(wish(System::DownloadJobs, Some(("key", 1)))).await;
    let again = backend.submit(wish(System::DownloadJobs, Some(("key", 1)))).await;
    assert_eq!(first.id, again.id);
    let other = status.submit(wish(System::DownloadJobs, Some(("key", 2)))).await.unwrap();
    assert!(matches!(other, Submitted::OtherBody), "{other:?}");
    let elsewhere = backend.submit(wish(System::MediaJobs, Some(("key", 2)))).await;
    assert_ne!(first.id, elsewhere.id, "a key is of one system");
    for _ in 2..LIMIT {
        backend.submit(wish(System::ReportExports, None)).await;
    }
    let full = status.submit(wish(System::DownloadJobs, None)).await.unwrap();
    assert!(matches!(full, Submitted::TooMany), "{full:?}");
    let depths = status.depths().await.unwrap();
    assert_eq!(depths.iter().map(|depth| depth.waiting).sum::<u64>(), u64::from(LIMIT));
    assert_eq!(status.all().await.unwrap().len(), usize::try_from(LIMIT).unwrap());
}

async fn events_have_their_numbers(backend: &Backend) {
    let status = &backend.status;
    let id = backend.submit(wish(System::MediaJobs, None)).await.id;
    let told = |number: u32| Told {
        number,
        name: format!("n{number}"),
        data: "{}".to_owned(),
        status: "Running".to_owned(),
        percent: 10,
    };
    assert!(status.told(&id, 0).await.unwrap().last.is_none());
    assert!(status.tell(&id, &[told(1), told(2)]).await.unwrap());
    assert!(!status.tell(&id, &[told(2), told(3)]).await.unwrap(), "somebody was faster");
    assert!(status.tell(&id, &[told(3)]).await.unwrap());
    let book = status.told(&id, 1).await.unwrap();
    assert_eq!(book.events, [told(2), told(3)]);
    let book = status.told(&id, u32::MAX).await.unwrap();
    assert_eq!((book.events.len(), book.last), (0, Some(told(3))));
}

/// Every promise, each on a fresh backend.
macro_rules! contract {
    ($($promise:ident),*) => {
        mod sqlite {
            $(#[tokio::test]
            async fn $promise() {
                super::$promise(&super::local()).await;
            })*
        }

        mod on_redis {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $promise() {
                super::$promise(&super::redis().await).await;
            })*
        }
    };
}

contract!(
    a_life_to_its_landing,
    three_attempts_and_then_dead,
    a_stop_gives_the_job_back,
    nobody_wants_it_any_more,
    a_key_stands_for_its_job_and_a_user_has_a_limit,
    a_list_is_read_in_pages_and_by_what_has_changed,
    a_dead_letter_is_dropped,
    events_have_their_numbers
);
