//! What landed, drawn where it can be.

use landfall_wire::{Failure, JobId, Preview};

use crate::desk::{Desk, not_built};

impl Desk {
    /// The beginning of a landed file.
    pub async fn preview(&self, _id: JobId, _file: usize) -> Result<Preview, Failure> {
        Err(not_built())
    }
}
