//! The table of what happened to each job.

use jiff::Timestamp;
use landfall_wire::{JobId, TimelineEntry};
use rusqlite::{Connection, params};

/// Lines kept per job; the oldest go first, so that a server that flaps for a week does not fill the disk.
const LINES_KEPT: i64 = 500;

pub(super) const FORM_1: &str = "
    CREATE TABLE timeline (
        line  INTEGER PRIMARY KEY,
        job   TEXT NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
        at    INTEGER NOT NULL,         -- milliseconds since 1970
        text  TEXT NOT NULL
    ) STRICT;
    CREATE INDEX timeline_by_job ON timeline (job, line);
";

pub(super) fn append(connection: &Connection, id: &JobId, notes: &[TimelineEntry]) -> rusqlite::Result<()> {
    if notes.is_empty() {
        return Ok(());
    }
    let mut statement = connection.prepare_cached("INSERT INTO timeline (job, at, text) VALUES (?1, ?2, ?3)")?;
    for note in notes {
        statement.execute(params![id.as_str(), note.at.as_millisecond(), note.text])?;
    }
    // The offset stands in the text: bound as a value, it would make SQLite plan the statement anew each time.
    let forget = format!(
        "DELETE FROM timeline WHERE job = ?1 AND line <= (
            SELECT line FROM timeline WHERE job = ?1 ORDER BY line DESC LIMIT 1 OFFSET {LINES_KEPT})"
    );
    connection.prepare_cached(&forget)?.execute([id.as_str()])?;
    Ok(())
}

/// Oldest first.
pub(super) fn of(connection: &Connection, id: &JobId) -> rusqlite::Result<Vec<TimelineEntry>> {
    let mut statement = connection.prepare_cached("SELECT at, text FROM timeline WHERE job = ?1 ORDER BY line")?;
    let rows = statement.query_map([id.as_str()], |row| {
        let at = Timestamp::from_millisecond(row.get(0)?).unwrap_or_default();
        Ok(TimelineEntry { at, text: row.get(1)? })
    })?;
    rows.collect()
}
