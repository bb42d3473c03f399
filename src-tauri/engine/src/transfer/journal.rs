//! The journal beside the destination: what a transfer knows across a crash, a restart or a lost store.
//!
//! One small JSON document, replaced as a whole. A recorded offset is one that a sync has already made durable. Links,
//! tokens and queries are never in it.

use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};

use super::plan::{Memory, Object};
use super::staging::{self, Staging};
use super::{Landing, Vouched};

/// The form of the document; another one is not read.
const FORM: u32 = 1;

/// No journal of ours is longer; a longer file of that name is not ours.
const LONGEST: u64 = 4 * 1024 * 1024;

/// How far a transfer is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "at", rename_all = "kebab-case")]
pub(crate) enum Stage {
    /// Bytes are coming.
    Fetching,
    /// Whole, checked and synced; waits for its name until others are too.
    Checked(Landed),
    /// Whole and checked; about to get this name.
    Publishing(Landed),
    /// Has this name.
    Published(Landed),
}

/// What was landed, as far as it cannot be found again by looking.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Landed {
    /// The final name, inside the folder.
    pub(crate) name: String,
    /// Bytes.
    pub(crate) size: u64,
    /// Lower-case hex.
    pub(crate) sha256: String,
    /// What vouched for it.
    pub(crate) vouched: Vouched,
}

/// The document.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Record {
    form: u32,
    /// Whose transfer.
    pub(crate) ticket: String,
    /// The caller's own words, to rebuild a lost store by.
    pub(crate) origin: serde_json::Value,
    /// The boot in which it was written: within one, the page cache is true.
    pub(crate) boot: String,
    /// The wanted name, once decided.
    pub(crate) name: Option<String>,
    /// How far it is.
    pub(crate) stage: Stage,
    /// What is fetched; while there is none, bytes on disk are of nothing known and count for nothing.
    pub(crate) object: Option<Object>,
    /// Bytes that a sync has made durable.
    pub(crate) synced: u64,
    /// What earlier answers taught.
    pub(crate) memory: Memory,
    /// Bytes fetched more than once so far.
    pub(crate) bytes_twice: u64,
    /// What happened, for the timeline.
    pub(crate) notes: Vec<String>,
    /// Partial or refused files that were put beside.
    pub(crate) set_aside: Vec<PathBuf>,
}

impl Record {
    /// The record of a transfer that begins.
    pub(crate) fn new(ticket: &str, origin: serde_json::Value) -> Self {
        Self {
            form: FORM,
            ticket: ticket.to_owned(),
            origin,
            boot: staging::boot(),
            name: None,
            stage: Stage::Fetching,
            object: None,
            synced: 0,
            memory: Memory::default(),
            bytes_twice: 0,
            notes: Vec::new(),
            set_aside: Vec::new(),
        }
    }

    /// Nothing is held any more; what was learned stays.
    pub(crate) fn begin_again(&mut self) {
        self.synced = 0;
        self.object = None;
        self.stage = Stage::Fetching;
    }

    /// Bytes of the file, when it waits for its final name or has it.
    fn ready(&self, staging: Option<&Staging>) -> Option<u64> {
        match (&self.stage, staging) {
            (Stage::Published(landed), _) => Some(landed.size),
            (Stage::Checked(landed) | Stage::Publishing(landed), Some(staging)) => {
                (staging.holds(landed) || staging.was_published(landed)).then_some(landed.size)
            }
            (Stage::Fetching | Stage::Checked(_) | Stage::Publishing(_), _) => None,
        }
    }

    /// Whether the server had packed it for the way, so that it was unpacked.
    pub(crate) fn is_coded(&self) -> bool {
        self.object.as_ref().is_some_and(|object| object.coded)
    }

    /// The landing that this record tells of.
    pub(crate) fn landing(&self, folder: &Path, landed: &Landed) -> Landing {
        Landing {
            path: folder.join(&landed.name),
            size: landed.size,
            sha256: landed.sha256.clone(),
            vouched: landed.vouched.clone(),
            skipped: false,
            bytes_twice: self.bytes_twice,
            notes: self.notes.clone(),
            set_aside: self.set_aside.clone(),
        }
    }
}

/// The record and its file; shared with the thread that syncs.
#[derive(Debug, Clone)]
pub(crate) struct Journal {
    staging: Staging,
    record: Arc<Mutex<Record>>,
}

impl Journal {
    /// A journal for that record; nothing is written yet.
    pub(crate) fn new(staging: &Staging, record: Record) -> Self {
        Self { staging: staging.clone(), record: Arc::new(Mutex::new(record)) }
    }

    /// Looks at the record. By closure, because two locks in one expression would wait for each other.
    pub(crate) fn look<T>(&self, look: impl FnOnce(&Record) -> T) -> T {
        look(&self.lock())
    }

    /// Changes the record; written with the next change that is.
    pub(crate) fn alter<T>(&self, change: impl FnOnce(&mut Record) -> T) -> T {
        change(&mut self.lock())
    }

    fn lock(&self) -> MutexGuard<'_, Record> {
        self.record.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes the record and writes it: enough to survive a kill.
    pub(crate) fn note(&self, change: impl FnOnce(&mut Record)) -> io::Result<()> {
        self.write(change, false)
    }

    /// Changes the record, writes and syncs it: enough to survive a power cut.
    pub(crate) fn commit(&self, change: impl FnOnce(&mut Record)) -> io::Result<()> {
        self.write(change, true)
    }

    fn write(&self, change: impl FnOnce(&mut Record), durable: bool) -> io::Result<()> {
        let mut record = self.lock();
        change(&mut record);
        let text = serde_json::to_vec_pretty(&*record)?;
        // Written under the lock, so that an older record never replaces a newer one.
        self.staging.write_journal(&text, durable)
    }
}

/// Reads the record in a journal file; `None` when there is none that can be read, which means beginning anew.
pub(crate) fn read(path: &Path) -> Option<Record> {
    let file = staging::open_plain(path, false).ok()?;
    let mut text = Vec::new();
    file.take(LONGEST).read_to_end(&mut text).ok()?;
    let record: Record = serde_json::from_slice(&text).ok()?;
    (record.form == FORM).then_some(record)
}

/// What a journal tells, to rebuild a store that was lost.
#[derive(Debug, Clone, PartialEq)]
pub struct Summary {
    /// The transfer's ticket.
    pub ticket: String,
    /// What the caller had written into the order.
    pub origin: serde_json::Value,
    /// The name it will have, once decided.
    pub name: Option<String>,
    /// Bytes that are surely there.
    pub bytes: u64,
    /// Bytes of the whole, if known.
    pub total: Option<u64>,
    /// The landing, when the file already has its final name.
    pub landing: Option<Landing>,
    /// Bytes of the file, when it is whole and checked: it waits for its final name, or has it.
    pub ready: Option<u64>,
}

/// The journal of a ticket in a folder, if there is one that can be read.
pub fn journal_of(folder: &Path, ticket: &str) -> Option<Summary> {
    Some(Summary::of(folder, read(&Staging::new(folder, ticket)?.journal())?))
}

/// All journals in a folder, by ticket; an unreadable folder has none.
pub fn journals(folder: &Path) -> Vec<Summary> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let mut found: Vec<Summary> = entries
        .flatten()
        .filter(|entry| staging::is_journal(&entry.file_name()))
        .filter_map(|entry| Some(Summary::of(folder, read(&entry.path())?)))
        .collect();
    found.sort_by(|one, other| one.ticket.cmp(&other.ticket));
    found
}

impl Summary {
    fn of(folder: &Path, record: Record) -> Self {
        Self {
            landing: match &record.stage {
                Stage::Published(landed) => Some(record.landing(folder, landed)),
                Stage::Fetching | Stage::Checked(_) | Stage::Publishing(_) => None,
            },
            ready: record.ready(Staging::new(folder, &record.ticket).as_ref()),
            bytes: record.synced,
            total: record.object.and_then(|object| object.total),
            ticket: record.ticket,
            origin: record.origin,
            name: record.name,
        }
    }
}
