//! The table of jobs: each whole, as JSON, beside the few columns that are asked by.

use landfall_wire::JobId;
use rusqlite::{Connection, OptionalExtension as _, Row, params, types::Type};

use super::StoreError;
use crate::job::Job;

pub(super) const FORM_1: &str = "
    CREATE TABLE jobs (
        id          TEXT PRIMARY KEY NOT NULL,
        connection  TEXT NOT NULL,
        created_at  INTEGER NOT NULL,   -- milliseconds since 1970
        ended       INTEGER NOT NULL,   -- 1 when nothing more happens by itself
        job         TEXT NOT NULL       -- the job, as JSON; holds no secret and no signed link
    ) STRICT;
    CREATE INDEX jobs_by_age ON jobs (created_at);
";

pub(super) fn insert(connection: &Connection, job: &Job) -> rusqlite::Result<()> {
    let mut statement = connection
        .prepare_cached("INSERT INTO jobs (id, connection, created_at, ended, job) VALUES (?1, ?2, ?3, ?4, ?5)")?;
    statement.execute(params![
        job.wish.id.as_str(),
        job.wish.connection,
        job.wish.created_at.as_millisecond(),
        job.state.is_end(),
        text(job)?,
    ])?;
    Ok(())
}

pub(super) fn update(connection: &Connection, job: &Job) -> rusqlite::Result<()> {
    let mut statement = connection.prepare_cached("UPDATE jobs SET ended = ?2, job = ?3 WHERE id = ?1")?;
    match statement.execute(params![job.wish.id.as_str(), job.state.is_end(), text(job)?])? {
        1 => Ok(()),
        _ => Err(rusqlite::Error::QueryReturnedNoRows),
    }
}

/// Its timeline goes with it.
pub(super) fn remove(connection: &Connection, id: &JobId) -> rusqlite::Result<()> {
    connection.prepare_cached("DELETE FROM jobs WHERE id = ?1")?.execute([id.as_str()]).map(drop)
}

/// The job of that id.
pub(super) fn one(connection: &Connection, id: &JobId) -> rusqlite::Result<Option<Job>> {
    connection.prepare_cached("SELECT job FROM jobs WHERE id = ?1")?.query_row([id.as_str()], job).optional()
}

/// Newest first. A row that cannot be read is a damaged store, never passed over in silence.
pub(super) fn all(connection: &Connection) -> rusqlite::Result<Vec<Job>> {
    let mut statement = connection.prepare_cached("SELECT job FROM jobs ORDER BY created_at DESC, rowid DESC")?;
    statement.query_map([], job)?.collect()
}

/// SQLite checks its pages, not what is in them: a row that is no JSON any more makes a damaged store too.
pub(super) fn refuse_unreadable(connection: &Connection) -> Result<(), StoreError> {
    let sql = "SELECT count(*) FROM jobs WHERE NOT json_valid(job)";
    match connection.query_row(sql, [], |row| row.get::<_, i64>(0))? {
        0 => Ok(()),
        rows => Err(StoreError::Damaged(format!("{rows} jobs in it cannot be read"))),
    }
}

fn job(row: &Row<'_>) -> rusqlite::Result<Job> {
    let text: String = row.get(0)?;
    serde_json::from_str(&text)
        .map_err(|error| rusqlite::Error::FromSqlConversionFailure(0, Type::Text, Box::new(error)))
}

/// As many as can still be read, of a store that is damaged.
pub(super) fn salvage(connection: &Connection) -> Vec<Job> {
    let Ok(mut statement) = connection.prepare("SELECT job FROM jobs") else {
        return Vec::new();
    };
    let Ok(mut rows) = statement.query([]) else {
        return Vec::new();
    };
    let mut jobs = Vec::new();
    while let Ok(Some(row)) = rows.next() {
        if let Ok(text) = row.get::<_, String>(0)
            && let Ok(job) = serde_json::from_str(&text)
        {
            jobs.push(job);
        }
    }
    jobs
}

fn text(job: &Job) -> rusqlite::Result<String> {
    serde_json::to_string(job).map_err(|error| rusqlite::Error::ToSqlConversionFailure(Box::new(error)))
}
