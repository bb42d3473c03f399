//! What reached the service: counted, so that tests can prove what a client does and does not send.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::body::Body;
use axum::response::Response;
use futures_util::StreamExt as _;

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
    /// Access tokens that were asked for.
    pub token_requests: u64,
    /// The most submits that were being answered at the same time.
    pub submits_at_once: u64,
    /// The most results that were on their way at the same time, from the storage and from the API.
    pub results_at_once: u64,
}

#[derive(Debug, Default)]
pub(crate) struct Counters {
    pub(crate) api_connections: AtomicU64,
    pub(crate) api_requests: AtomicU64,
    pub(crate) storage_connections: AtomicU64,
    pub(crate) storage_requests: AtomicU64,
    pub(crate) storage_ranges: AtomicU64,
    pub(crate) storage_authorizations: AtomicU64,
    pub(crate) token_requests: AtomicU64,
    pub(crate) submits: Arc<Gauge>,
    pub(crate) results: Arc<Gauge>,
}

/// How many there are of something at the moment, and how many there were at most.
#[derive(Debug, Default)]
pub(crate) struct Gauge {
    now: AtomicU64,
    most: AtomicU64,
}

/// One of those that a gauge counts, as long as it is held.
#[derive(Debug)]
pub(crate) struct Present(Arc<Gauge>);

impl Gauge {
    /// One more.
    pub(crate) fn enter(self: &Arc<Self>) -> Present {
        let now = self.now.fetch_add(1, Ordering::AcqRel) + 1;
        self.most.fetch_max(now, Ordering::AcqRel);
        Present(self.clone())
    }
}

impl Drop for Present {
    fn drop(&mut self) {
        self.0.now.fetch_sub(1, Ordering::AcqRel);
    }
}

impl Present {
    /// Counted until the last byte of the answer is out, or the client has gone.
    pub(crate) fn until_sent(self, response: Response) -> Response {
        response.map(|body| {
            Body::from_stream(body.into_data_stream().map(move |bytes| {
                let _held = &self;
                bytes
            }))
        })
    }
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
            token_requests: self.token_requests.load(Ordering::Relaxed),
            submits_at_once: self.submits.most.load(Ordering::Relaxed),
            results_at_once: self.results.most.load(Ordering::Relaxed),
        }
    }
}
