//! What is told to a person.

use landfall_wire::Failure;

use crate::desk::{Desk, not_built};

impl Desk {
    /// All notices up to that number were seen.
    pub async fn notices_seen(&self, _up_to: u64) -> Result<(), Failure> {
        Err(not_built())
    }
}
