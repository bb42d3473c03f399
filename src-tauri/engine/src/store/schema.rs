//! The forms the store has had: a dated list, only ever added to.

use rusqlite::{Connection, TransactionBehavior};

use super::{StoreError, jobs, submits, timeline};

/// Each step leads to the form of its position, counted from 1 (`PRAGMA user_version`).
const STEPS: &[(&str, &[&str])] =
    &[("2026-11-23", &[jobs::FORM_1, timeline::FORM_1]), ("2026-11-23", &[submits::FORM_2])];

/// The newest form this program knows.
pub(super) fn known() -> i64 {
    i64::try_from(STEPS.len()).unwrap_or(i64::MAX)
}

/// A store that a newer program wrote is not touched.
pub(super) fn refuse_newer(connection: &Connection) -> Result<(), StoreError> {
    let found = form(connection)?;
    if found > known() { Err(StoreError::Newer { found, known: known() }) } else { Ok(()) }
}

/// Brings the store to the newest form: all steps or none.
pub(super) fn migrate(connection: &Connection) -> Result<(), StoreError> {
    let found = form(connection)?;
    if found == known() {
        return Ok(());
    }
    let transaction = rusqlite::Transaction::new_unchecked(connection, TransactionBehavior::Immediate)?;
    for (date, statements) in STEPS.iter().skip(usize::try_from(found).unwrap_or(0)) {
        tracing::debug!(date, "bringing the store to a newer form");
        for statement in *statements {
            transaction.execute_batch(statement)?;
        }
    }
    transaction.pragma_update(None, "user_version", known())?;
    transaction.commit()?;
    Ok(())
}

fn form(connection: &Connection) -> rusqlite::Result<i64> {
    connection.query_row("PRAGMA user_version", [], |row| row.get(0))
}
