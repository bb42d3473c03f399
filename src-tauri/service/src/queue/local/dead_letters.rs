//! Table `dead_letters`: jobs that failed for good and wait for somebody to look at them (D-4).

use jiff::Timestamp;
use rusqlite::Connection;

use super::jobs::time;
use crate::queue::{DeadLetter, Failure, Job};

pub(crate) const CREATE: &str = "
CREATE TABLE dead_letters (
    job_id   TEXT PRIMARY KEY REFERENCES jobs (id),
    user     TEXT NOT NULL,
    system   TEXT NOT NULL,
    reason   TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    died_at  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;";

pub(super) fn insert(connection: &Connection, job: &Job, failure: &Failure, now: Timestamp) -> rusqlite::Result<()> {
    connection.execute(
        "INSERT OR REPLACE INTO dead_letters (job_id, user, system, reason, attempts, died_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        (&job.id, &job.user, job.system, &failure.error, job.attempts, now.as_millisecond()),
    )?;
    Ok(())
}

pub(super) fn has(connection: &Connection, job_id: &str) -> rusqlite::Result<bool> {
    connection.query_row("SELECT EXISTS (SELECT 1 FROM dead_letters WHERE job_id = ?1)", [job_id], |row| row.get(0))
}

pub(super) fn list(connection: &Connection, user: Option<&str>) -> rusqlite::Result<Vec<DeadLetter>> {
    connection
        .prepare(
            "SELECT job_id, user, system, reason, attempts, died_at FROM dead_letters
             WHERE ?1 IS NULL OR user = ?1 ORDER BY died_at DESC",
        )?
        .query_map([user], |row| {
            Ok(DeadLetter {
                job_id: row.get(0)?,
                user: row.get(1)?,
                system: row.get(2)?,
                reason: row.get(3)?,
                attempts: row.get(4)?,
                died_at: time(5, row.get(5)?)?,
            })
        })?
        .collect()
}

pub(super) fn remove(connection: &Connection, user: Option<&str>, id: &str) -> rusqlite::Result<usize> {
    connection.execute("DELETE FROM dead_letters WHERE job_id = ?1 AND (?2 IS NULL OR user = ?2)", (id, user))
}
