//! Table `objects`: what lies in the object store. An object without a row does not exist, whatever is on the disk.

use rusqlite::{Connection, OptionalExtension};

use super::jobs::time;
use crate::objects::StoredObject;

pub(crate) const CREATE: &str = "
CREATE TABLE objects (
    key          TEXT PRIMARY KEY,
    size         INTEGER NOT NULL,
    sha256       BLOB NOT NULL,
    content_type TEXT NOT NULL,
    name         TEXT NOT NULL,
    stored_at    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;";

pub(super) fn insert(connection: &Connection, object: &StoredObject) -> rusqlite::Result<()> {
    connection.execute(
        "INSERT OR REPLACE INTO objects (key, size, sha256, content_type, name, stored_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        (
            &object.key,
            i64::try_from(object.size).unwrap_or(i64::MAX),
            &object.sha256,
            &object.content_type,
            &object.name,
            object.stored_at.as_millisecond(),
        ),
    )?;
    Ok(())
}

pub(super) fn remove(connection: &Connection, key: &str) -> rusqlite::Result<()> {
    connection.execute("DELETE FROM objects WHERE key = ?1", [key])?;
    Ok(())
}

pub(super) fn get(connection: &Connection, key: &str) -> rusqlite::Result<Option<StoredObject>> {
    connection
        .query_row(
            "SELECT key, size, sha256, content_type, name, stored_at FROM objects WHERE key = ?1",
            [key],
            |row| {
                Ok(StoredObject {
                    key: row.get(0)?,
                    size: row.get::<_, i64>(1)?.unsigned_abs(),
                    sha256: row.get(2)?,
                    content_type: row.get(3)?,
                    name: row.get(4)?,
                    stored_at: time(5, row.get(5)?)?,
                })
            },
        )
        .optional()
}
