//! What a person sets.

use landfall_wire::{Failure, Settings};

use crate::desk::{Desk, not_built};

impl Desk {
    /// As they are.
    pub async fn settings(&self) -> Result<Settings, Failure> {
        Err(not_built())
    }

    /// Keeps them and lets them work at once; gives them as they are now.
    pub async fn save_settings(&self, _settings: Settings) -> Result<Settings, Failure> {
        Err(not_built())
    }
}
