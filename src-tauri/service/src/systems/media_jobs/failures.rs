//! Table `media_failures`: which of the document's codes an attempt failed with, and what FFmpeg said last.

use rusqlite::{Connection, OptionalExtension};

use crate::queue::Job;

pub(crate) const CREATE: &str = "
CREATE TABLE media_failures (
    job_id  TEXT PRIMARY KEY REFERENCES jobs (id),
    attempt INTEGER NOT NULL,
    code    TEXT NOT NULL,
    stderr  TEXT NOT NULL
) STRICT, WITHOUT ROWID;";

/// FFmpeg ended with an error.
pub(super) const RUNTIME: &str = "E304-FFMPEG_RUNTIME";
/// There is no FFmpeg.
pub(super) const NOT_FOUND: &str = "E302-FFMPEG_NOT_FOUND";
/// The job's user cancelled it.
pub(super) const CANCELLED: &str = "E310-JOB_CANCELLED";
/// Anything else.
pub(super) const FAILED: &str = "E300-JOB_FAILED";

/// What the document says of a cancelled job.
pub(super) const WAS_CANCELLED: &str = "Job was cancelled";

/// What stands beside a job's error and remediation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Cause {
    pub(super) code: String,
    /// The last lines of FFmpeg's stderr, or nothing.
    pub(super) stderr: String,
}

/// Written by the attempt before it ends.
pub(super) fn put(connection: &Connection, job: &Job, code: &str, stderr: &str) -> rusqlite::Result<()> {
    connection.execute(
        "INSERT OR REPLACE INTO media_failures (job_id, attempt, code, stderr) VALUES (?1, ?2, ?3, ?4)",
        (&job.id, job.attempts, code, stderr),
    )?;
    Ok(())
}

/// An attempt begins: what an earlier one failed with is past.
pub(super) fn forget(connection: &Connection, job: &Job) -> rusqlite::Result<()> {
    connection.execute("DELETE FROM media_failures WHERE job_id = ?1", [&job.id])?;
    Ok(())
}

/// Why a failed job failed.
pub(super) fn cause(connection: &Connection, job: &Job) -> rusqlite::Result<Cause> {
    let cancelled = job.error.as_deref() == Some(WAS_CANCELLED);
    let other = || Cause { code: if cancelled { CANCELLED } else { FAILED }.to_owned(), stderr: String::new() };
    let noted = connection
        .query_row(
            "SELECT code, stderr FROM media_failures WHERE job_id = ?1 AND attempt = ?2",
            (&job.id, job.attempts),
            |row| Ok(Cause { code: row.get(0)?, stderr: row.get(1)? }),
        )
        .optional()?;
    Ok(noted.filter(|_| !cancelled).unwrap_or_else(other))
}
