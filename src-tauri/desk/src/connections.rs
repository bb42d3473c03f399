//! Connections and their secrets.

use std::collections::BTreeMap;

use landfall_wire::{ConnectionView, Failure, NewConnection, SecretsView};

use crate::desk::{Desk, not_built};

impl Desk {
    /// All, by name.
    pub async fn connections(&self) -> Result<Vec<ConnectionView>, Failure> {
        Err(not_built())
    }

    /// What keeping of secrets there is.
    pub async fn secrets(&self) -> Result<SecretsView, Failure> {
        Err(not_built())
    }

    /// Opens the sealed file of secrets, or makes it with this pass phrase.
    pub async fn unlock_secrets(&self, _pass_phrase: String) -> Result<(), Failure> {
        Err(not_built())
    }

    /// Tries the sign-in, then keeps the connection; a refused sign-in is never kept.
    pub async fn add_connection(&self, _wanted: NewConnection) -> Result<ConnectionView, Failure> {
        Err(not_built())
    }

    /// Tries other secrets, keeps them, and lets go on what waits for them.
    pub async fn sign_in(&self, _connection: String, _secrets: BTreeMap<String, String>) -> Result<(), Failure> {
        Err(not_built())
    }

    /// Asks the server whether the connection works.
    pub async fn test_connection(&self, _connection: String) -> Result<(), Failure> {
        Err(not_built())
    }

    /// Takes a connection and its secrets away; refused while jobs of it go on.
    pub async fn remove_connection(&self, _connection: String) -> Result<(), Failure> {
        Err(not_built())
    }

    /// Whether web pages may ask for exports here without a question.
    pub async fn allow_instant_links(&self, _connection: String, _allowed: bool) -> Result<(), Failure> {
        Err(not_built())
    }
}
