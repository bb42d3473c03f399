//! Table `settings`: what the service must remember about itself from one start to the next.

use rusqlite::{Connection, OptionalExtension};

pub(crate) const CREATE: &str =
    "CREATE TABLE settings (name TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT, WITHOUT ROWID";

/// The key that signs links.
pub(crate) const SIGNING_KEY: &str = "signing-key";
/// Port of the storage at the last start, two bytes, big end first.
pub(crate) const STORAGE_PORT: &str = "storage-port";
/// Token of the user that the service made for itself.
pub(crate) const OWN_TOKEN: &str = "own-token";

pub(crate) fn get(connection: &Connection, name: &str) -> rusqlite::Result<Option<Vec<u8>>> {
    connection.query_row("SELECT value FROM settings WHERE name = ?1", [name], |row| row.get(0)).optional()
}

pub(crate) fn set(connection: &Connection, name: &str, value: &[u8]) -> rusqlite::Result<()> {
    connection.execute("INSERT OR REPLACE INTO settings (name, value) VALUES (?1, ?2)", (name, value))?;
    Ok(())
}

/// The value, or `fresh`, which is then remembered.
pub(crate) fn get_or_set(connection: &Connection, name: &str, fresh: &[u8]) -> rusqlite::Result<Vec<u8>> {
    if let Some(value) = get(connection, name)? {
        return Ok(value);
    }
    set(connection, name, fresh)?;
    Ok(fresh.to_vec())
}
