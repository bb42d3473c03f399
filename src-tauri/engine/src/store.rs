//! What is remembered: one SQLite file, written by one thread.
//!
//! WAL mode and `synchronous=FULL`: what was answered as saved survives a power cut. Writes of one moment share one
//! commit. A store that a newer program wrote is refused untouched; a damaged one is set aside (see `rebuild`).

mod jobs;
mod rebuild;
mod schema;
mod submits;
mod timeline;

#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::thread::JoinHandle;

use landfall_wire::{ErrorCode, Failure, JobId, TimelineEntry};
use rusqlite::{Connection, OpenFlags, TransactionBehavior};
use tokio::sync::oneshot;

use crate::connector::Quota;
use crate::job::Job;
pub use rebuild::{Finds, Rebuilt};

/// Writes that share one commit, at most: beyond this the first of them would wait too long.
const COMMIT_TOGETHER: usize = 256;

/// A write waits that long for others to share its commit: what is heard in one moment comes within it, and a commit costs
/// as much as the writes of many jobs.
const GATHER: std::time::Duration = std::time::Duration::from_micros(300);

/// How long another process may hold the file before we say so.
const BUSY_LIMIT: std::time::Duration = std::time::Duration::from_secs(5);

/// SQLite's general error: a statement that the file's own description does not fit.
const SQLITE_ERROR: i32 = 1;

/// Why the store cannot do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// A newer program wrote it.
    #[error("the job list was written by a newer Landfall (version {found} of its form, this program knows {known})")]
    Newer {
        /// The form found.
        found: i64,
        /// The newest form this program knows.
        known: i64,
    },
    /// It cannot be read as what it is.
    #[error("the job list is damaged: {0}")]
    Damaged(String),
    /// The file or its folder cannot be used.
    #[error("the job list cannot be used: {0}")]
    Unusable(#[source] rusqlite::Error),
    /// The writing thread is gone.
    #[error("the job list is closed")]
    Closed,
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        use rusqlite::ErrorCode::{DatabaseCorrupt, NotADatabase};
        match error.sqlite_error_code() {
            Some(DatabaseCorrupt | NotADatabase) => Self::Damaged(error.to_string()),
            // Our statements never change, so what does not understand them is no store of ours any more.
            _ if matches!(&error, rusqlite::Error::SqliteFailure(code, _) if code.extended_code == SQLITE_ERROR) => {
                Self::Damaged(error.to_string())
            }
            _ => Self::Unusable(error),
        }
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        let remediation = match &error {
            StoreError::Newer { .. } => "Update Landfall, or name another folder with --home; nothing was changed",
            StoreError::Damaged(_) => "Start Landfall again: it sets the damaged list aside and rebuilds it",
            StoreError::Unusable(_) => "Check room and permissions of the home folder, or name another with --home",
            StoreError::Closed => "Start Landfall again; what was saved is there",
        };
        let message = error.to_string();
        let mut characters = message.chars();
        let sentence = characters.next().map(|first| first.to_uppercase().collect::<String>() + characters.as_str());
        Self::new(ErrorCode::DiskError, sentence.unwrap_or_default()).with_remediation(remediation)
    }
}

type Work = Box<dyn FnOnce(&Connection) -> Reply + Send>;
/// Sends its answer once the commit is known to have succeeded, or the commit's error.
type Reply = Box<dyn FnOnce(Result<(), &rusqlite::Error>) + Send>;

/// The open store of the engine that owns the home.
#[derive(Debug)]
pub struct Store {
    work: Option<mpsc::Sender<Work>>,
    thread: Option<JoinHandle<()>>,
}

impl Store {
    /// Opens or creates the file. A damaged one is an error here: see [`Self::open_or_rebuild`].
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let connection = Connection::open(path)?;
        connection.busy_timeout(BUSY_LIMIT)?;
        schema::refuse_newer(&connection)?;
        connection.pragma_update(None, "journal_mode", "WAL")?;
        connection.pragma_update(None, "synchronous", "FULL")?;
        connection.pragma_update(None, "foreign_keys", true)?;
        let verdict: String = connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
        if verdict != "ok" {
            return Err(StoreError::Damaged(verdict));
        }
        schema::migrate(&connection)?;
        jobs::refuse_unreadable(&connection)?;
        let (work, waiting) = mpsc::channel::<Work>();
        let thread = std::thread::Builder::new()
            .name("landfall-store".into())
            .spawn(move || write_until_closed(&connection, &waiting))
            .map_err(|_| StoreError::Closed)?;
        Ok(Self { work: Some(work), thread: Some(thread) })
    }

    /// Opens the file, or, when it is damaged, sets it aside and builds a new one out of what can be found.
    pub fn open_or_rebuild(path: &Path, finds: impl FnOnce() -> Finds) -> Result<(Self, Option<Rebuilt>), StoreError> {
        rebuild::open_or_rebuild(path, finds)
    }

    /// Writes a new job; from here on it is not lost.
    pub async fn insert(&self, job: &Job, notes: Vec<TimelineEntry>) -> Result<(), StoreError> {
        let job = job.clone();
        self.with(move |connection| {
            jobs::insert(connection, &job)?;
            timeline::append(connection, &job.wish.id, &notes)
        })
        .await
    }

    /// Writes new jobs with the same first line about each, in one commit.
    pub async fn insert_all(&self, jobs: Vec<Job>, note: TimelineEntry) -> Result<(), StoreError> {
        self.with(move |connection| {
            for job in jobs {
                jobs::insert(connection, &job)?;
                timeline::append(connection, &job.wish.id, std::slice::from_ref(&note))?;
            }
            Ok(())
        })
        .await
    }

    /// Writes where a job stands now, with what is to be noted about it.
    pub async fn save(&self, job: &Job, notes: Vec<TimelineEntry>) -> Result<(), StoreError> {
        let job = job.clone();
        self.with(move |connection| {
            jobs::update(connection, &job)?;
            timeline::append(connection, &job.wish.id, &notes)
        })
        .await
    }

    /// Takes a job and its timeline off the list; one that is not there is gone already.
    pub async fn remove(&self, id: &JobId) -> Result<(), StoreError> {
        let id = id.clone();
        self.with(move |connection| jobs::remove(connection, &id)).await
    }

    /// Writes lines into a job's timeline.
    pub async fn note(&self, id: &JobId, notes: Vec<TimelineEntry>) -> Result<(), StoreError> {
        let id = id.clone();
        self.with(move |connection| timeline::append(connection, &id, &notes)).await
    }

    /// One job.
    pub async fn job(&self, id: &JobId) -> Result<Option<Job>, StoreError> {
        let id = id.clone();
        self.with(move |connection| jobs::one(connection, &id)).await
    }

    /// Those jobs, in that order; `None` for one that is not there.
    pub async fn jobs_of(&self, ids: Vec<JobId>) -> Result<Vec<Option<Job>>, StoreError> {
        self.with(move |connection| ids.iter().map(|id| jobs::one(connection, id)).collect()).await
    }

    /// What happened to a job, oldest first.
    pub async fn timeline(&self, id: &JobId) -> Result<Vec<TimelineEntry>, StoreError> {
        let id = id.clone();
        self.with(move |connection| timeline::of(connection, &id)).await
    }

    /// All jobs, newest first.
    pub async fn jobs(&self) -> Result<Vec<Job>, StoreError> {
        self.with(jobs::all).await
    }

    /// Notes that a request of that connection goes out now, or says when one may.
    pub async fn take_submit(
        &self,
        connection: &str,
        quotas: Vec<Quota>,
        now: jiff::Timestamp,
    ) -> Result<Option<jiff::Timestamp>, StoreError> {
        let name = connection.to_owned();
        self.with(move |connection| submits::take(connection, &name, &quotas, now)).await
    }

    async fn with<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (answer, answered) = oneshot::channel();
        let work: Work = Box::new(move |connection| {
            let result = work(connection);
            Box::new(move |committed| {
                let result = match (result, committed) {
                    (Err(error), _) => Err(error.into()),
                    (Ok(_), Err(error)) => Err(StoreError::Damaged(error.to_string())),
                    (Ok(value), Ok(())) => Ok(value),
                };
                // Whoever asked may have gone; the write stands all the same.
                let _ = answer.send(result);
            })
        });
        self.work.as_ref().ok_or(StoreError::Closed)?.send(work).map_err(|_| StoreError::Closed)?;
        answered.await.map_err(|_| StoreError::Closed)?
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        drop(self.work.take());
        if let Some(thread) = self.thread.take() {
            // A panic of the thread has been told to everyone who waited, as "closed".
            let _ = thread.join();
        }
    }
}

fn write_until_closed(connection: &Connection, waiting: &mpsc::Receiver<Work>) {
    while let Ok(first) = waiting.recv() {
        std::thread::sleep(GATHER);
        let more = waiting.try_iter().take(COMMIT_TOGETHER - 1);
        let (replies, committed) = commit_together(connection, std::iter::once(first).chain(more));
        for reply in replies {
            reply(committed.as_ref().copied());
        }
    }
}

fn commit_together(connection: &Connection, works: impl Iterator<Item = Work>) -> (Vec<Reply>, rusqlite::Result<()>) {
    match rusqlite::Transaction::new_unchecked(connection, TransactionBehavior::Immediate) {
        Ok(transaction) => {
            let replies = works.map(|work| work(&transaction)).collect();
            (replies, transaction.commit())
        }
        Err(error) => (works.map(|work| work(connection)).collect(), Err(error)),
    }
}

/// A look at the store without owning it: for commands that only show, while an engine works.
#[derive(Debug)]
pub struct Reader {
    connection: Option<Connection>,
}

impl Reader {
    /// Opens the file for reading; a home without one has no jobs.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        if !path.exists() {
            return Ok(Self { connection: None });
        }
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = match Connection::open_with_flags(path, flags) {
            Ok(connection) => connection,
            Err(_) => Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?,
        };
        connection.busy_timeout(BUSY_LIMIT)?;
        schema::refuse_newer(&connection)?;
        connection.pragma_update(None, "query_only", true)?;
        let has_form: i64 = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
        Ok(Self { connection: (has_form > 0).then_some(connection) })
    }

    /// All jobs, newest first.
    pub fn jobs(&self) -> Result<Vec<Job>, StoreError> {
        self.connection.as_ref().map_or(Ok(Vec::new()), |connection| Ok(jobs::all(connection)?))
    }

    /// What happened to a job, oldest first.
    pub fn timeline(&self, id: &JobId) -> Result<Vec<TimelineEntry>, StoreError> {
        self.connection.as_ref().map_or(Ok(Vec::new()), |connection| Ok(timeline::of(connection, id)?))
    }
}

/// Where a damaged store is put, beside the store.
fn set_aside_path(path: &Path, now: jiff::Timestamp) -> PathBuf {
    let stamp = now.strftime("%Y%m%dT%H%M%SZ");
    path.with_extension(format!("db.damaged-{stamp}"))
}
