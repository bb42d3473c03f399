//! What is known of an object that is whole.

use jiff::Timestamp;

/// An object that is whole and in the store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct StoredObject {
    pub(crate) key: String,
    /// Bytes.
    pub(crate) size: u64,
    pub(crate) sha256: Vec<u8>,
    pub(crate) content_type: String,
    /// What a person would call the file.
    pub(crate) name: String,
    pub(crate) stored_at: Timestamp,
}
