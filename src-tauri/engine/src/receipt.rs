//! What landed and the proof of it: one file per job, readable without the program and without the store.

use std::path::PathBuf;
use std::sync::Arc;

use jiff::Timestamp;
use landfall_wire::{ErrorCode, Failure, JobId};
use serde::{Deserialize, Serialize};

use crate::durable;
use crate::home::Home;
use crate::job::{Job, LandedFile, Remote, State, Wish};
use crate::words;

/// A landed job, as its receipt tells it. Holds no secret and no link.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Receipt {
    /// What was asked for.
    #[serde(with = "crate::job::shared_wish")]
    pub wish: Arc<Wish>,
    /// The server's id for it.
    pub remote_id: String,
    /// When it landed.
    pub landed_at: Timestamp,
    /// What landed.
    pub files: Vec<LandedFile>,
}

impl Receipt {
    /// The receipt of a landing.
    pub(crate) fn of(job: &Job, remote_id: &str, files: Vec<LandedFile>, now: Timestamp) -> Self {
        Self { wish: job.wish.clone(), remote_id: remote_id.to_owned(), landed_at: now, files }
    }

    /// Writes it, durably.
    pub(crate) fn write(&self, home: &Home) -> Result<(), Failure> {
        let path = path(home, &self.wish.id);
        let unwritable = |why: String| {
            Failure::new(ErrorCode::DiskError, format!("The receipt {} cannot be written: {why}", path.display()))
                .with_remediation("Make room in the home folder; the file itself is under its final name")
        };
        let text = serde_json::to_vec_pretty(self).map_err(|error| unwritable(error.to_string()))?;
        durable::private_folder(&home.receipts())
            .and_then(|()| durable::replace(&path, &text))
            .map_err(|error| unwritable(words::of_io(&error)))
    }

    /// The receipt of a job; `None` when it has none.
    pub fn read(home: &Home, id: &JobId) -> Result<Option<Self>, Failure> {
        let path = path(home, id);
        match std::fs::read(&path) {
            Ok(text) => serde_json::from_slice(&text).map(Some).map_err(|error| {
                Failure::new(ErrorCode::DiskError, format!("The receipt {} cannot be read: {error}", path.display()))
            }),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(Failure::new(
                ErrorCode::DiskError,
                format!("The receipt {} cannot be read: {}", path.display(), words::of_io(&error)),
            )),
        }
    }

    /// All receipts that can be read, to rebuild a store.
    pub(crate) fn all(home: &Home) -> Vec<Self> {
        let Ok(entries) = std::fs::read_dir(home.receipts()) else { return Vec::new() };
        entries.filter_map(|entry| serde_json::from_slice(&std::fs::read(entry.ok()?.path()).ok()?).ok()).collect()
    }

    /// The landed job that it proves.
    pub(crate) fn into_job(self) -> Job {
        let remote = Remote::new(self.remote_id, std::collections::BTreeMap::new());
        let state = State::landed(remote, self.files);
        Job { state, updated_at: self.landed_at, ..Job::of(self.wish) }
    }
}

fn path(home: &Home, id: &JobId) -> PathBuf {
    home.receipts().join(format!("{id}.json"))
}
