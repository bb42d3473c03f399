//! One job with all that its pane shows, and its files.

use std::path::PathBuf;

use landfall_wire::{Failure, JobDetail, JobId};

use crate::desk::{Desk, not_built};

impl Desk {
    /// One job with its timeline and throughput.
    pub async fn detail(&self, _id: JobId) -> Result<JobDetail, Failure> {
        Err(not_built())
    }

    /// Whether every file of a landed job is still what landed; reads them whole.
    pub async fn verify(&self, _id: JobId) -> Result<bool, Failure> {
        Err(not_built())
    }

    /// Where a landed file is, for the app to open; the files are counted from 0.
    pub async fn path_of(&self, _id: JobId, _file: usize) -> Result<PathBuf, Failure> {
        Err(not_built())
    }
}
