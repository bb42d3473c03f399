//! Where uploads are noted as long as they are under way: S3 keeps what an upload has brought until somebody ends it, and a
//! process that was killed does not.

use std::fmt;
use std::io;
use std::time::Duration;

use futures_util::future::BoxFuture;

/// An upload in parts that is not at its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Begun {
    /// S3's own id of it.
    pub(crate) id: String,
    /// The key that the object is to have.
    pub(crate) key: String,
}

/// Where they are noted.
pub(crate) trait Ledger: fmt::Debug + Send + Sync {
    /// It begins.
    fn note<'a>(&'a self, upload: &'a Begun) -> BoxFuture<'a, io::Result<()>>;

    /// It has ended, well or not.
    fn strike<'a>(&'a self, upload: &'a Begun) -> BoxFuture<'a, io::Result<()>>;

    /// Those that began so long ago, the oldest first; some at a time.
    fn left(&self, age: Duration) -> BoxFuture<'_, io::Result<Vec<Begun>>>;
}
