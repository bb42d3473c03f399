//! Table `idempotency_keys`: which job a key stands for.

use jiff::{SignedDuration, Timestamp};
use rusqlite::Connection;

use super::first;
use crate::queue::Job;
use crate::systems::System;

pub(crate) const CREATE: &str = "
CREATE TABLE idempotency_keys (
    user       TEXT NOT NULL,
    system     TEXT NOT NULL,
    key        TEXT NOT NULL,
    digest     BLOB NOT NULL,
    job_id     TEXT NOT NULL REFERENCES jobs (id),
    created_at INTEGER NOT NULL,
    PRIMARY KEY (user, system, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX idempotency_keys_age ON idempotency_keys (created_at);";

/// So long a key stands for its job.
const LIFE: SignedDuration = SignedDuration::from_hours(24);

/// A key that was used.
#[derive(Debug)]
pub(super) struct Known {
    /// Digest of all that was asked for under it.
    pub(super) digest: Vec<u8>,
    pub(super) job_id: String,
}

pub(super) fn get(connection: &Connection, user: &str, system: System, key: &str) -> rusqlite::Result<Option<Known>> {
    first(connection.query_row(
        "SELECT digest, job_id FROM idempotency_keys WHERE user = ?1 AND system = ?2 AND key = ?3",
        (user, system, key),
        |row| Ok(Known { digest: row.get(0)?, job_id: row.get(1)? }),
    ))
}

pub(super) fn insert(
    connection: &Connection,
    job: &Job,
    key: &str,
    digest: &[u8],
    now: Timestamp,
) -> rusqlite::Result<()> {
    connection.execute(
        "INSERT INTO idempotency_keys (user, system, key, digest, job_id, created_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        (&job.user, job.system, key, digest, &job.id, now.as_millisecond()),
    )?;
    Ok(())
}

pub(super) fn forget_old(connection: &Connection, now: Timestamp) -> rusqlite::Result<()> {
    let oldest = now.checked_sub(LIFE).unwrap_or(Timestamp::MIN);
    connection.execute("DELETE FROM idempotency_keys WHERE created_at <= ?1", [oldest.as_millisecond()])?;
    Ok(())
}
