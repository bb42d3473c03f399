//! Table `jobs`: one row for each job that anybody ever asked for.

use std::str::FromStr;
use std::time::Duration;

use jiff::Timestamp;
use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ToSqlOutput, Type, ValueRef};
use rusqlite::{Connection, Row, ToSql};

use super::first;
use crate::queue::workers::TIME_LIMIT;
use crate::queue::{Failure, Job, Page, State, Submission};
use crate::systems::System;

/// Times are milliseconds since 1970 (UTC), so that they compare as numbers.
pub(crate) const CREATE: &str = "
CREATE TABLE jobs (
    sequence        INTEGER PRIMARY KEY AUTOINCREMENT,
    id              TEXT NOT NULL UNIQUE,
    task_id         TEXT NOT NULL UNIQUE,
    system          TEXT NOT NULL,
    user            TEXT NOT NULL,
    state           TEXT NOT NULL CHECK (state IN ('pending', 'processing', 'completed', 'failed')),
    attempts        INTEGER NOT NULL DEFAULT 0,
    progress        INTEGER NOT NULL DEFAULT 0 CHECK (progress BETWEEN 0 AND 100),
    request         TEXT NOT NULL,
    idempotency_key TEXT,
    correlation_id  TEXT NOT NULL,
    result_key      TEXT,
    error           TEXT,
    remediation     TEXT,
    created_at      INTEGER NOT NULL,
    changed_at      INTEGER NOT NULL,
    due_at          INTEGER NOT NULL,
    -- When a running attempt is given up; none where the system sets no limit.
    deadline_at     INTEGER
) STRICT;
CREATE INDEX jobs_due ON jobs (state, due_at);
CREATE INDEX jobs_owned ON jobs (user, system, sequence);";

/// When it was first taken by a worker, and when its user deleted it: a row stays, since its idempotency key stands for it.
pub(crate) const ADD_START_AND_END: &str = "
ALTER TABLE jobs ADD COLUMN started_at INTEGER;
ALTER TABLE jobs ADD COLUMN deleted_at INTEGER;";

const COLUMNS: &str = "id, task_id, system, user, state, attempts, progress, request, idempotency_key, correlation_id, \
                       result_key, error, remediation, created_at, changed_at, started_at, deleted_at";

impl FromSql for State {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        Self::of(value.as_str()?).ok_or(FromSqlError::InvalidType)
    }
}

impl FromSql for System {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        Self::from_str(value.as_str()?).map_err(|_| FromSqlError::InvalidType)
    }
}

impl ToSql for System {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(self.as_str().into())
    }
}

pub(super) fn insert(
    connection: &Connection,
    id: &str,
    task_id: &str,
    submission: &Submission,
    now: Timestamp,
) -> rusqlite::Result<Job> {
    connection.query_row(
        &format!(
            "INSERT INTO jobs (id, task_id, system, user, state, request, idempotency_key, correlation_id, created_at,
                 changed_at, due_at)
             VALUES (?1, ?2, ?3, ?4, 'pending', ?5, ?6, ?7, ?8, ?8, ?8) RETURNING {COLUMNS}"
        ),
        (
            id,
            task_id,
            submission.system,
            &submission.user,
            &submission.request,
            submission.idempotency.as_ref().map(|(key, _)| key),
            &submission.correlation_id,
            now.as_millisecond(),
        ),
        read,
    )
}

/// How many of a user's jobs wait or are worked on.
pub(super) fn open_of(connection: &Connection, user: &str) -> rusqlite::Result<u32> {
    let sql = "SELECT COUNT(*) FROM jobs WHERE user = ?1 AND state IN ('pending', 'processing')";
    connection.query_row(sql, [user], |row| row.get(0))
}

pub(crate) fn get(connection: &Connection, id: &str) -> rusqlite::Result<Option<Job>> {
    first(connection.query_row(&format!("SELECT {COLUMNS} FROM jobs WHERE id = ?1"), [id], read))
}

pub(super) fn get_by_task(connection: &Connection, task_id: &str) -> rusqlite::Result<Option<Job>> {
    first(connection.query_row(&format!("SELECT {COLUMNS} FROM jobs WHERE task_id = ?1"), [task_id], read))
}

pub(super) fn list(connection: &Connection, user: &str, system: System, page: &Page) -> rusqlite::Result<Vec<Job>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM jobs WHERE user = ?1 AND system = ?2 AND deleted_at IS NULL
             AND (?3 IS NULL OR sequence < (SELECT sequence FROM jobs WHERE id = ?3))
         ORDER BY sequence DESC LIMIT ?4"
    );
    connection.prepare(&sql)?.query_map((user, system, &page.before, page.limit), read)?.collect()
}

/// Those that were asked for since then and have changed after a moment, or all of those.
pub(super) fn changed(
    connection: &Connection,
    user: &str,
    system: System,
    since: Timestamp,
    after: Option<i64>,
) -> rusqlite::Result<Vec<Job>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM jobs WHERE user = ?1 AND system = ?2 AND deleted_at IS NULL AND created_at >= ?3
             AND changed_at >= ?4 ORDER BY sequence DESC"
    );
    let values = (user, system, since.as_millisecond(), after.unwrap_or(i64::MIN));
    connection.prepare(&sql)?.query_map(values, read)?.collect()
}

pub(super) fn all(connection: &Connection) -> rusqlite::Result<Vec<Job>> {
    connection.prepare(&format!("SELECT {COLUMNS} FROM jobs ORDER BY sequence"))?.query_map([], read)?.collect()
}

pub(super) fn processing(connection: &Connection) -> rusqlite::Result<Vec<Job>> {
    let sql = format!("SELECT {COLUMNS} FROM jobs WHERE state = 'processing' ORDER BY sequence");
    connection.prepare(&sql)?.query_map([], read)?.collect()
}

/// Takes the next job that is due. A worker that is alive ends its attempt at the time limit by itself; one that says
/// nothing for `grace` longer is dead.
pub(super) fn claim(connection: &Connection, now: Timestamp, grace: Duration) -> rusqlite::Result<Option<Job>> {
    let job = first(connection.query_row(
        &format!(
            "UPDATE jobs SET state = 'processing', attempts = attempts + 1, progress = 0, changed_at = ?1,
                 started_at = COALESCE(started_at, ?1), deadline_at = NULL
             WHERE sequence = (SELECT sequence FROM jobs WHERE state = 'pending' AND due_at <= ?1
                               ORDER BY due_at, sequence LIMIT 1)
             RETURNING {COLUMNS}"
        ),
        [now.as_millisecond()],
        read,
    ))?;
    if let Some(job) = &job
        && job.system.misses_its_worker()
    {
        let deadline = now.as_millisecond() + i64::try_from((TIME_LIMIT + grace).as_millis()).unwrap_or(i64::MAX / 2);
        connection.execute("UPDATE jobs SET deadline_at = ?2 WHERE id = ?1", (&job.id, deadline))?;
    }
    Ok(job)
}

/// The jobs whose worker must be dead.
pub(super) fn overdue(connection: &Connection, now: Timestamp) -> rusqlite::Result<Vec<Job>> {
    let sql = format!("SELECT {COLUMNS} FROM jobs WHERE state = 'processing' AND deadline_at <= ?1 ORDER BY sequence");
    connection.prepare(&sql)?.query_map([now.as_millisecond()], read)?.collect()
}

/// When there is something to do next: a job is due, or a worker is to be given up.
pub(super) fn next_due(connection: &Connection) -> rusqlite::Result<Option<Timestamp>> {
    let sql = "SELECT MIN(CASE state WHEN 'pending' THEN due_at ELSE deadline_at END) FROM jobs
               WHERE state IN ('pending', 'processing')";
    connection.query_row(sql, [], |row| row.get::<_, Option<i64>>(0)?.map(|due| time(0, due)).transpose())
}

/// The writes below are fenced: they touch the row only while it is in the very attempt that they come from.
const THIS_ATTEMPT: &str = "id = ?1 AND state = 'processing' AND attempts = ?2";

/// Whether the attempt still has the job.
pub(super) fn set_progress(connection: &Connection, job: &Job, percent: u8, now: Timestamp) -> rusqlite::Result<bool> {
    let sql = format!("UPDATE jobs SET progress = ?3, changed_at = ?4 WHERE {THIS_ATTEMPT}");
    Ok(connection.execute(&sql, (&job.id, job.attempts, percent.min(100), now.as_millisecond()))? == 1)
}

pub(super) fn complete(connection: &Connection, job: &Job, key: &str, now: Timestamp) -> rusqlite::Result<bool> {
    let sql = format!(
        "UPDATE jobs SET state = 'completed', progress = 100, result_key = ?3, changed_at = ?4 WHERE {THIS_ATTEMPT}"
    );
    Ok(connection.execute(&sql, (&job.id, job.attempts, key, now.as_millisecond()))? == 1)
}

pub(super) fn fail(connection: &Connection, job: &Job, failure: &Failure, now: Timestamp) -> rusqlite::Result<bool> {
    let sql =
        format!("UPDATE jobs SET state = 'failed', error = ?3, remediation = ?4, changed_at = ?5 WHERE {THIS_ATTEMPT}");
    let values = (&job.id, job.attempts, &failure.error, &failure.remediation, now.as_millisecond());
    Ok(connection.execute(&sql, values)? == 1)
}

/// Its user does not want it any more. Whether it was still to be had or being made.
pub(super) fn cancel(connection: &Connection, job: &Job, failure: &Failure, now: Timestamp) -> rusqlite::Result<bool> {
    let sql = "UPDATE jobs SET state = 'failed', error = ?2, remediation = ?3, changed_at = ?4
               WHERE id = ?1 AND state IN ('pending', 'processing')";
    Ok(connection.execute(sql, (&job.id, &failure.error, &failure.remediation, now.as_millisecond()))? == 1)
}

/// Waits for its next attempt until `due`.
pub(super) fn put_back(connection: &Connection, job: &Job, due: Timestamp, now: Timestamp) -> rusqlite::Result<()> {
    let sql = format!("UPDATE jobs SET state = 'pending', due_at = ?3, changed_at = ?4 WHERE {THIS_ATTEMPT}");
    connection.execute(&sql, (&job.id, job.attempts, due.as_millisecond(), now.as_millisecond()))?;
    Ok(())
}

/// Waits as if the attempt had not been.
pub(super) fn give_back(connection: &Connection, job: &Job, now: Timestamp) -> rusqlite::Result<()> {
    let sql = format!(
        "UPDATE jobs SET state = 'pending', attempts = attempts - 1, progress = 0, changed_at = ?3,
             started_at = CASE attempts WHEN 1 THEN NULL ELSE started_at END WHERE {THIS_ATTEMPT}"
    );
    connection.execute(&sql, (&job.id, job.attempts, now.as_millisecond()))?;
    Ok(())
}

/// A dead job lives again, with all its attempts before it.
pub(super) fn start_over(connection: &Connection, id: &str, now: Timestamp) -> rusqlite::Result<()> {
    connection.execute(
        "UPDATE jobs SET state = 'pending', attempts = 0, progress = 0, error = NULL, remediation = NULL, due_at = ?2,
             changed_at = ?2, started_at = NULL
         WHERE id = ?1 AND state = 'failed'",
        (id, now.as_millisecond()),
    )?;
    Ok(())
}

/// Its user wants to hear no more of it. No attempt has it from now on, and none takes it.
pub(super) fn delete(connection: &Connection, id: &str, now: Timestamp) -> rusqlite::Result<()> {
    connection.execute(
        "UPDATE jobs SET deleted_at = ?2, changed_at = ?2, result_key = NULL,
             error = CASE WHEN state IN ('pending', 'processing') THEN 'The export was deleted' ELSE error END,
             state = CASE WHEN state IN ('pending', 'processing') THEN 'failed' ELSE state END
         WHERE id = ?1",
        (id, now.as_millisecond()),
    )?;
    Ok(())
}

fn read(row: &Row<'_>) -> rusqlite::Result<Job> {
    Ok(Job {
        id: row.get(0)?,
        task_id: row.get(1)?,
        system: row.get(2)?,
        user: row.get(3)?,
        state: row.get(4)?,
        attempts: row.get(5)?,
        taking: 0,
        progress: row.get(6)?,
        request: row.get(7)?,
        idempotency_key: row.get(8)?,
        correlation_id: row.get(9)?,
        result_key: row.get(10)?,
        error: row.get(11)?,
        remediation: row.get(12)?,
        created_at: time(13, row.get(13)?)?,
        changed_at: time(14, row.get(14)?)?,
        started_at: row.get::<_, Option<i64>>(15)?.map(|started| time(15, started)).transpose()?,
        deleted_at: row.get::<_, Option<i64>>(16)?.map(|deleted| time(16, deleted)).transpose()?,
    })
}

/// The time in a column of milliseconds.
pub(crate) fn time(column: usize, milliseconds: i64) -> rusqlite::Result<Timestamp> {
    Timestamp::from_millisecond(milliseconds)
        .map_err(|error| rusqlite::Error::FromSqlConversionFailure(column, Type::Integer, Box::new(error)))
}

/// How the jobs of a system stand.
pub(super) struct DepthRow {
    pub(super) system: System,
    pub(super) waiting: u64,
    pub(super) active: u64,
    pub(super) dead: u64,
    /// When the oldest of those that wait was asked for.
    pub(super) oldest: Option<Timestamp>,
}

/// A row for each system that ever had a job.
pub(super) fn depths(connection: &Connection) -> rusqlite::Result<Vec<DepthRow>> {
    let sql = "SELECT jobs.system, SUM(state = 'pending'), SUM(state = 'processing'), COUNT(dead_letters.job_id),
                   MIN(CASE state WHEN 'pending' THEN created_at END)
               FROM jobs LEFT JOIN dead_letters ON dead_letters.job_id = jobs.id GROUP BY jobs.system";
    let count = |row: &Row<'_>, column| Ok::<_, rusqlite::Error>(row.get::<_, i64>(column)?.unsigned_abs());
    connection
        .prepare(sql)?
        .query_map([], |row| {
            Ok(DepthRow {
                system: row.get(0)?,
                waiting: count(row, 1)?,
                active: count(row, 2)?,
                dead: count(row, 3)?,
                oldest: row.get::<_, Option<i64>>(4)?.map(|oldest| time(4, oldest)).transpose()?,
            })
        })?
        .collect()
}
