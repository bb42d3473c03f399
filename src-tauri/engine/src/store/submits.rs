//! The table of when requests went out, for servers that take only so many an hour or a day.

use jiff::{SignedDuration, Timestamp};
use rusqlite::{Connection, params};

use crate::connector::Quota;

/// No quota looks further back.
const KEPT: SignedDuration = SignedDuration::from_hours(24);

pub(super) const FORM_2: &str = "
    CREATE TABLE submits (
        connection  TEXT NOT NULL,
        at          INTEGER NOT NULL    -- milliseconds since 1970
    ) STRICT;
    CREATE INDEX submits_by_connection ON submits (connection, at);
";

/// Notes that a request goes out now, or says when one may.
pub(super) fn take(
    connection: &Connection,
    name: &str,
    quotas: &[Quota],
    now: Timestamp,
) -> rusqlite::Result<Option<Timestamp>> {
    // The one that must leave the span before there is room again.
    let mut last = connection.prepare_cached(
        "SELECT at FROM submits WHERE connection = ?1 AND at > ?2 ORDER BY at DESC LIMIT 1 OFFSET ?3",
    )?;
    let mut until = None;
    for quota in quotas {
        let since = now.saturating_sub(quota.span).unwrap_or(Timestamp::MIN);
        let mut rows = last.query(params![name, since.as_millisecond(), quota.most.saturating_sub(1)])?;
        if let Some(row) = rows.next()? {
            let at = Timestamp::from_millisecond(row.get(0)?).unwrap_or(now);
            until = until.max(Some(at.saturating_add(quota.span).unwrap_or(Timestamp::MAX)));
        }
    }
    if until.is_none() {
        let mut insert = connection.prepare_cached("INSERT INTO submits (connection, at) VALUES (?1, ?2)")?;
        insert.execute(params![name, now.as_millisecond()])?;
        let before = now.saturating_sub(KEPT).unwrap_or(Timestamp::MIN);
        connection.prepare_cached("DELETE FROM submits WHERE at <= ?1")?.execute([before.as_millisecond()])?;
    }
    Ok(until)
}
