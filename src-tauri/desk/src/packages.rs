//! Landed packages: what is in them, and how two differ.

use landfall_wire::{ComparisonView, Failure, JobId, PackageView};

use crate::desk::{Desk, not_built};

impl Desk {
    /// What a landed package holds.
    pub async fn components(&self, _id: JobId) -> Result<PackageView, Failure> {
        Err(not_built())
    }

    /// Two landed packages side by side.
    pub async fn compare(&self, _left: JobId, _right: JobId) -> Result<ComparisonView, Failure> {
        Err(not_built())
    }
}
