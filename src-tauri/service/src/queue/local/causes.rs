//! Table `media_failures`: which of its system's codes an attempt failed with, and what FFmpeg said last.

use rusqlite::{Connection, OptionalExtension};

use crate::queue::{Cause, Job};

pub(crate) const CREATE: &str = "
CREATE TABLE media_failures (
    job_id  TEXT PRIMARY KEY REFERENCES jobs (id),
    attempt INTEGER NOT NULL,
    code    TEXT NOT NULL,
    stderr  TEXT NOT NULL
) STRICT, WITHOUT ROWID;";

/// Written by the attempt before it ends.
pub(super) fn put(connection: &Connection, job: &Job, cause: &Cause) -> rusqlite::Result<()> {
    connection.execute(
        "INSERT OR REPLACE INTO media_failures (job_id, attempt, code, stderr) VALUES (?1, ?2, ?3, ?4)",
        (&job.id, job.attempts, &cause.code, &cause.stderr),
    )?;
    Ok(())
}

/// An attempt begins: what an earlier one failed with is past.
pub(super) fn forget(connection: &Connection, job: &Job) -> rusqlite::Result<()> {
    connection.execute("DELETE FROM media_failures WHERE job_id = ?1", [&job.id])?;
    Ok(())
}

/// What the job's last attempt has noted.
pub(super) fn get(connection: &Connection, job: &Job) -> rusqlite::Result<Option<Cause>> {
    connection
        .query_row(
            "SELECT code, stderr FROM media_failures WHERE job_id = ?1 AND attempt = ?2",
            (&job.id, job.attempts),
            |row| Ok(Cause { code: row.get(0)?, stderr: row.get(1)? }),
        )
        .optional()
}
