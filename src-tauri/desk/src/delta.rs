//! What changed, for a page: coalesced, one change under way at a time.

use landfall_wire::Change;

/// One page's view of the list. Dropped with the page.
#[derive(Debug)]
pub struct Watch {}

impl Watch {
    /// The next change: first everything, then what is new since the last acknowledged one, at most ten a second. `None`
    /// once the desk has stopped. Safe to drop and call again.
    pub async fn next(&mut self) -> Option<Change> {
        std::future::pending().await
    }
}
