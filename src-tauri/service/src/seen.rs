//! What reached the service: counted, so that tests can prove what a client does and does not send.

use std::sync::atomic::{AtomicU64, Ordering};

/// Counts since the start of the service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Seen {
    /// Connections to the API.
    pub api_connections: u64,
    /// Requests to the API.
    pub api_requests: u64,
    /// Connections to the storage.
    pub storage_connections: u64,
    /// Requests to the storage.
    pub storage_requests: u64,
    /// Those of them that asked for a range.
    pub storage_ranges: u64,
    /// Those of them that carried an Authorization header. A careful client sends none.
    pub storage_authorizations: u64,
}

#[derive(Debug, Default)]
pub(crate) struct Counters {
    pub(crate) api_connections: AtomicU64,
    pub(crate) api_requests: AtomicU64,
    pub(crate) storage_connections: AtomicU64,
    pub(crate) storage_requests: AtomicU64,
    pub(crate) storage_ranges: AtomicU64,
    pub(crate) storage_authorizations: AtomicU64,
}

impl Counters {
    pub(crate) fn read(&self) -> Seen {
        Seen {
            api_connections: self.api_connections.load(Ordering::Relaxed),
            api_requests: self.api_requests.load(Ordering::Relaxed),
            storage_connections: self.storage_connections.load(Ordering::Relaxed),
            storage_requests: self.storage_requests.load(Ordering::Relaxed),
            storage_ranges: self.storage_ranges.load(Ordering::Relaxed),
            storage_authorizations: self.storage_authorizations.load(Ordering::Relaxed),
        }
    }
}
