//! What changed, for a page: coalesced, one change under way at a time.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Weak};
use std::time::Duration;

use landfall_wire::Change;
use tokio::sync::{Notify, watch};

use crate::desk::{Desk, lock};

/// A page is told at most ten times a second.
const GAP: Duration = Duration::from_millis(100);

/// What is under way to a page.
#[derive(Debug, Default)]
pub(crate) struct UnderWay {
    /// The revision that is to be acknowledged; 0 = none.
    revision: AtomicU64,
    acknowledged: Notify,
}

/// One page's view of the list. Dropped with the page.
#[derive(Debug)]
pub struct Watch {
    desk: Weak<Desk>,
    changed: watch::Receiver<u64>,
    under_way: Arc<UnderWay>,
    /// The revision that the page was told last; 0 = nothing yet.
    told: u64,
    /// When that was, by the monotonic clock.
    told_at: Duration,
}

impl Watch {
    /// The next change: first everything, then what is new since the last acknowledged one, at most ten a second. `None`
    /// once the desk is gone. Safe to drop and call again.
    pub async fn next(&mut self) -> Option<Change> {
        if self.told == 0 {
            return self.tell(|desk, _| Some(lock(&desk.board).whole()));
        }
        while self.under_way.revision.load(Ordering::Acquire) != 0 {
            self.under_way.acknowledged.notified().await;
        }
        let clock = self.desk.upgrade()?.options.clock.clone();
        let since = clock.monotonic().saturating_sub(self.told_at);
        if since < GAP {
            clock.sleep(GAP.saturating_sub(since)).await;
        }
        loop {
            self.changed.borrow_and_update();
            if let Some(change) = self.tell(|desk, told| lock(&desk.board).since(told)) {
                return Some(change);
            }
            self.changed.changed().await.ok()?;
        }
    }

    fn tell(&mut self, make: impl FnOnce(&Desk, u64) -> Option<(u64, Change)>) -> Option<Change> {
        let desk = self.desk.upgrade()?;
        let (revision, change) = make(&desk, self.told)?;
        self.told = revision;
        self.told_at = desk.options.clock.monotonic();
        self.under_way.revision.store(revision, Ordering::Release);
        Some(change)
    }
}

impl Desk {
    /// The list from now on: first everything, then what changed.
    pub fn watch(self: &Arc<Self>) -> Watch {
        let under_way = Arc::new(UnderWay::default());
        let mut watching = lock(&self.watching);
        watching.retain(|page| page.strong_count() > 0);
        watching.push(Arc::downgrade(&under_way));
        Watch {
            desk: Arc::downgrade(self),
            changed: self.changed.subscribe(),
            under_way,
            told: 0,
            told_at: Duration::ZERO,
        }
    }

    /// A page has drawn the change of that revision; one that is not under way changes nothing.
    pub fn acknowledge(&self, revision: u64) {
        for page in lock(&self.watching).iter().filter_map(Weak::upgrade) {
            let done = page.revision.compare_exchange(revision, 0, Ordering::AcqRel, Ordering::Acquire);
            if done.is_ok() {
                page.acknowledged.notify_one();
            }
        }
    }

    /// Something on the board is new.
    pub(crate) fn board_changed(&self) {
        let revision = lock(&self.board).revision();
        self.changed.send_replace(revision);
    }
}
