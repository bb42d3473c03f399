//! A damaged store: set aside, never deleted, and built anew out of what can still be found.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use landfall_wire::JobId;
use rusqlite::{Connection, OpenFlags};

use super::{Store, StoreError, jobs, schema, set_aside_path, timeline};
use crate::durable;
use crate::job::Job;

/// Jobs found outside the store: in staging journals (on their way) and receipts (landed).
#[derive(Debug, Clone, Default)]
pub struct Finds {
    /// Each job as its journal or receipt tells it.
    pub jobs: Vec<Job>,
    /// The moment, for the name of what is set aside and for the timelines.
    pub now: Timestamp,
}

/// What was done about a damaged store, to be told to the person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rebuilt {
    /// Where the damaged file is now.
    pub set_aside: PathBuf,
    /// Jobs read from the damaged file itself.
    pub salvaged: usize,
    /// Jobs found in journals and receipts only.
    pub found: usize,
}

pub(super) fn open_or_rebuild(
    path: &Path,
    finds: impl FnOnce() -> Finds,
) -> Result<(Store, Option<Rebuilt>), StoreError> {
    match Store::open(path) {
        Ok(store) => Ok((store, None)),
        Err(StoreError::Damaged(why)) => {
            tracing::warn!(why, "the store is damaged");
            let rebuilt = rebuild(path, finds())?;
            Ok((Store::open(path)?, Some(rebuilt)))
        }
        Err(error) => Err(error),
    }
}

fn rebuild(path: &Path, finds: Finds) -> Result<Rebuilt, StoreError> {
    let set_aside = set_aside_path(path, finds.now);
    set_file_aside(path, &set_aside)?;
    let mut known: BTreeMap<JobId, Job> = BTreeMap::new();
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE;
    if let Ok(damaged) = Connection::open_with_flags(&set_aside, flags) {
        known.extend(jobs::salvage(&damaged).into_iter().map(|job| (job.wish.id.clone(), job)));
    }
    let salvaged = known.len();
    for job in finds.jobs {
        // The store was written after the journal and before the receipt, so what it still tells is believed, but
        // for a landing that only the receipt knows.
        match known.get(&job.wish.id) {
            Some(told) if told.state.is_end() || !job.state.is_end() => {}
            _ => {
                known.insert(job.wish.id.clone(), job);
            }
        }
    }
    let found = known.len() - salvaged.min(known.len());
    let connection = Connection::open(path)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    schema::migrate(&connection)?;
    let transaction = connection.unchecked_transaction()?;
    for job in known.values() {
        jobs::insert(&transaction, job)?;
        let text = "The job list was damaged and rebuilt; earlier lines are in the file that was set aside".to_owned();
        timeline::append(&transaction, &job.wish.id, &[landfall_wire::TimelineEntry { at: finds.now, text }])?;
    }
    transaction.commit()?;
    Ok(Rebuilt { set_aside, salvaged, found })
}

/// The file and SQLite's two companions, so that what they hold can still be read together.
fn set_file_aside(path: &Path, aside: &Path) -> Result<(), StoreError> {
    for suffix in ["", "-wal", "-shm"] {
        durable::set_aside(&durable::with_suffix(path, suffix), &durable::with_suffix(aside, suffix))
            .map_err(|error| StoreError::Damaged(format!("it cannot be set aside: {error}")))?;
    }
    Ok(())
}
