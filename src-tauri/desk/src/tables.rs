//! Many exports from a table.

use landfall_wire::{Failure, JobId, NewExport, TableCheck};

use crate::desk::{Desk, not_built};

impl Desk {
    /// Looks at a table (CSV, or pasted with tabs) or JSON Lines before anything is asked for.
    pub async fn check_table(&self, _connection: String, _text: String) -> Result<TableCheck, Failure> {
        Err(not_built())
    }

    /// Asks for every row that makes sense.
    pub async fn request_table(&self, _wanted: NewExport, _text: String) -> Result<Vec<JobId>, Failure> {
        Err(not_built())
    }
}
