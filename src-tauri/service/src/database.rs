//! The service's SQLite file: opening, migrations, and the way to it from async code.
//!
//! Each table has a file of its own with its row, reads and writes; this one knows none of them but their migrations.

use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rusqlite::{Connection, TransactionBehavior};

use crate::queue::local::{causes, dead_letters, idempotency, jobs, objects, told};
use crate::settings;
use crate::supervisor::Supervisor;

/// All migrations, oldest first; append only. A file's `user_version` is the number of those it has.
const MIGRATIONS: [&[&str]; 3] = [
    &[settings::CREATE, jobs::CREATE, idempotency::CREATE, dead_letters::CREATE, objects::CREATE],
    &[jobs::ADD_START_AND_END],
    &[told::CREATE, causes::CREATE],
];

/// The database cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DatabaseError {
    #[error("the database of the service cannot be used")]
    Sqlite(#[from] rusqlite::Error),
    #[error(
        "the data folder was written by a newer version of the service (database {found}, known are up to {known})"
    )]
    Newer { found: i64, known: usize },
    #[error("work on the database ended without a result")]
    Lost,
}

/// One connection, shared: SQLite has one writer anyway, and what is asked here is short.
#[derive(Debug, Clone)]
pub(crate) struct Database {
    connection: Arc<Mutex<Connection>>,
    supervisor: Supervisor,
}

impl Database {
    /// Opens or makes the file and brings it to the newest version, all or nothing.
    pub(crate) fn open(path: &Path, supervisor: Supervisor) -> Result<Self, DatabaseError> {
        let mut connection = Connection::open(path)?;
        connection.busy_timeout(Duration::from_secs(5))?;
        connection.pragma_update(None, "journal_mode", "WAL")?;
        connection.pragma_update(None, "synchronous", "FULL")?;
        connection.pragma_update(None, "foreign_keys", true)?;
        migrate(&mut connection)?;
        Ok(Self { connection: Arc::new(Mutex::new(connection)), supervisor })
    }

    /// Works on the database from async code, on a thread that may block.
    pub(crate) async fn ask<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, DatabaseError> {
        let database = self.clone();
        match self.supervisor.blocking(move || database.here(work)).await {
            Some(result) => result,
            None => Err(DatabaseError::Lost),
        }
    }

    /// Works on the database from a thread that may block.
    pub(crate) fn here<T>(
        &self,
        work: impl FnOnce(&mut Connection) -> rusqlite::Result<T>,
    ) -> Result<T, DatabaseError> {
        // A panic in another holder leaves SQLite itself intact: its transaction was rolled back.
        let mut connection: MutexGuard<'_, _> = self.connection.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(work(&mut connection)?)
    }
}

fn migrate(connection: &mut Connection) -> Result<(), DatabaseError> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let found: i64 = transaction.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    let Some(missing) = usize::try_from(found).ok().and_then(|done| MIGRATIONS.get(done..)) else {
        return Err(DatabaseError::Newer { found, known: MIGRATIONS.len() });
    };
    for statement in missing.iter().copied().flatten() {
        transaction.execute_batch(statement)?;
    }
    transaction.pragma_update(None, "user_version", i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX))?;
    transaction.commit()?;
    Ok(())
}
