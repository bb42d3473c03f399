//! Table `media_events`: what was told of each job, in order.

use rusqlite::{Connection, OptionalExtension, TransactionBehavior};

use crate::queue::{Told, ToldBook};

/// `status` and `percent` are the job's after the event: the next one is derived from the difference.
pub(crate) const CREATE: &str = "
CREATE TABLE media_events (
    job_id  TEXT NOT NULL REFERENCES jobs (id),
    number  INTEGER NOT NULL,
    name    TEXT NOT NULL,
    data    TEXT NOT NULL,
    status  TEXT NOT NULL,
    percent INTEGER NOT NULL,
    PRIMARY KEY (job_id, number)
) STRICT, WITHOUT ROWID;";

/// The events after a number, and the last one of all.
pub(super) fn read(connection: &Connection, job_id: &str, after: u32) -> rusqlite::Result<ToldBook> {
    let columns = "SELECT number, name, data, status, percent FROM media_events WHERE job_id = ?1";
    let row = |row: &rusqlite::Row<'_>| {
        Ok(Told {
            number: row.get(0)?,
            name: row.get(1)?,
            data: row.get(2)?,
            status: row.get(3)?,
            percent: row.get(4)?,
        })
    };
    let events: Vec<Told> = connection
        .prepare_cached(&format!("{columns} AND number > ?2 ORDER BY number"))?
        .query_map((job_id, after), row)?
        .collect::<rusqlite::Result<_>>()?;
    let last = match events.last() {
        Some(last) => Some(last.clone()),
        None => connection.query_row(&format!("{columns} ORDER BY number DESC LIMIT 1"), [job_id], row).optional()?,
    };
    Ok(ToldBook { events, last })
}

/// Appends the events if the last one there is has the number before the first of them.
pub(super) fn append(connection: &mut Connection, job_id: &str, events: &[Told]) -> rusqlite::Result<bool> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let sql = "SELECT IFNULL(MAX(number), 0) FROM media_events WHERE job_id = ?1";
    let last: u32 = transaction.query_row(sql, [job_id], |row| row.get(0))?;
    if events.first().is_none_or(|first| first.number != last + 1) {
        return Ok(false);
    }
    for event in events {
        transaction.execute(
            "INSERT INTO media_events (job_id, number, name, data, status, percent) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            (job_id, event.number, &event.name, &event.data, &event.status, event.percent),
        )?;
    }
    transaction.commit()?;
    Ok(true)
}
