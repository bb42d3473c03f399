//! Connectors: which there are, and new ones.

use landfall_wire::{ConnectorCheck, ConnectorView, Failure};

use crate::desk::{Desk, not_built};

impl Desk {
    /// All that can be used.
    pub async fn connectors(&self) -> Result<Vec<ConnectorView>, Failure> {
        Err(not_built())
    }

    /// What a connector file is worth.
    pub async fn check_connector(&self, _name: String, _text: String) -> Result<ConnectorCheck, Failure> {
        Err(not_built())
    }

    /// Adds a connector file that is right to the home.
    pub async fn add_connector(&self, _name: String, _text: String) -> Result<ConnectorView, Failure> {
        Err(not_built())
    }
}
