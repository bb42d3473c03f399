//! The sample service, to try everything without a server.

use landfall_wire::{Failure, JobId};

use crate::desk::{Desk, not_built};

impl Desk {
    /// Starts the sample service, adds its connections, and asks for one export of each.
    pub async fn start_sample(&self) -> Result<Vec<JobId>, Failure> {
        Err(not_built())
    }

    /// Stops the sample service; its connections and jobs stay.
    pub async fn stop_sample(&self) -> Result<(), Failure> {
        Err(not_built())
    }
}
