//! Exports kept for the next time.

use landfall_wire::{Failure, Template};

use crate::desk::{Desk, not_built};

impl Desk {
    /// Keeps it, in place of one of the same name.
    pub async fn save_template(&self, _template: Template) -> Result<(), Failure> {
        Err(not_built())
    }

    /// Takes one away.
    pub async fn remove_template(&self, _connection: String, _name: String) -> Result<(), Failure> {
        Err(not_built())
    }
}
