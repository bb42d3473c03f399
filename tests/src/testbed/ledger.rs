//! The service's own table of jobs, read from its data folder as its documentation allows: it also answers while the
//! service is down.

use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags, Row};
use serde_json::Value;

/// How long the service may be writing.
const BUSY_LIMIT: Duration = Duration::from_secs(10);

/// The data folder of a service.
#[derive(Debug, Clone)]
pub struct Ledger {
    data: PathBuf,
}

/// A row of the table.
#[derive(Debug, Clone)]
pub struct ServerJob {
    /// The id that its user knows.
    pub id: String,
    /// The id of its work, where the system tells one.
    pub task_id: String,
    /// Which system made it.
    pub system: String,
    /// How far it is.
    pub state: String,
    /// What was asked, as the service keeps it.
    pub request: Value,
    /// The correlation id that it was asked with.
    pub correlation_id: String,
    /// Why it failed.
    pub error: Option<String>,
    /// Whether its user deleted it.
    pub deleted: bool,
    /// Where its result lies.
    pub result_key: Option<String>,
}

impl Ledger {
    /// Of the service with that data folder.
    pub fn of(data: &Path) -> Self {
        Self { data: data.to_owned() }
    }

    /// The jobs of one user, oldest first; none while there is no table.
    pub fn jobs_of(&self, user: &str) -> Vec<ServerJob> {
        let path = self.data.join("service.sqlite3");
        if !path.exists() {
            return Vec::new();
        }
        let jobs = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE).and_then(|connection| {
            connection.busy_timeout(BUSY_LIMIT)?;
            let sql =
                "SELECT id, task_id, system, state, request, correlation_id, error, deleted_at, result_key FROM jobs
                       WHERE user = ?1 ORDER BY sequence";
            connection.prepare(sql)?.query_map([user], read)?.collect()
        });
        jobs.expect("the service's table can be read")
    }

    /// The data folder.
    pub fn data(&self) -> &Path {
        &self.data
    }

    /// Where the result of a job lies.
    pub fn object(&self, job: &ServerJob) -> PathBuf {
        self.data.join("objects").join(job.result_key.as_ref().expect("the job has a result"))
    }
}

fn read(row: &Row<'_>) -> rusqlite::Result<ServerJob> {
    let request: String = row.get(4)?;
    Ok(ServerJob {
        id: row.get(0)?,
        task_id: row.get(1)?,
        system: row.get(2)?,
        state: row.get(3)?,
        request: serde_json::from_str(&request).unwrap_or_default(),
        correlation_id: row.get(5)?,
        error: row.get(6)?,
        deleted: row.get::<_, Option<i64>>(7)?.is_some(),
        result_key: row.get(8)?,
    })
}
