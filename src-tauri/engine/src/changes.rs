//! Which jobs look different by now: one board for all of them, so that a face over ten thousand jobs waits at one place.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use landfall_wire::{JobId, JobSnapshot};
use tokio::sync::{Notify, watch};

/// What was pinned up and not read yet; the newest of a job takes the place of an older one.
#[derive(Debug, Clone, Default)]
pub(crate) struct Pinboard(Arc<Board>);

#[derive(Debug, Default)]
struct Board {
    fresh: Mutex<BTreeMap<JobId, JobSnapshot>>,
    pinned: Notify,
    /// Nothing is pinned up before somebody reads.
    is_read: AtomicBool,
}

impl Pinboard {
    fn pin(&self, shot: &JobSnapshot) {
        if self.0.is_read.load(Ordering::Relaxed) {
            self.0.fresh.lock().unwrap_or_else(PoisonError::into_inner).insert(shot.id.clone(), shot.clone());
            self.0.pinned.notify_one();
        }
    }

    /// Reads from now on.
    pub(crate) fn read(&self) -> Changes {
        self.0.is_read.store(true, Ordering::Relaxed);
        Changes(self.clone())
    }
}

/// The changes of all jobs that an engine carries, for one reader.
#[derive(Debug)]
pub struct Changes(Pinboard);

impl Changes {
    /// Every job that looks different since the last call, as it looks now; waits for the first. Safe to drop and call
    /// again.
    pub async fn next(&self) -> Vec<JobSnapshot> {
        loop {
            let there = self.0.0.pinned.notified();
            let fresh = self.now();
            if !fresh.is_empty() {
                return fresh;
            }
            there.await;
        }
    }

    /// The same without waiting.
    pub fn now(&self) -> Vec<JobSnapshot> {
        let mut fresh = self.0.0.fresh.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut *fresh).into_values().collect()
    }
}

/// What is seen of one job: by who watches it, and on the board.
#[derive(Debug)]
pub(crate) struct Face {
    seen: watch::Sender<JobSnapshot>,
    board: Pinboard,
}

impl Face {
    /// A face that looks like that, and a place to watch it from.
    pub(crate) fn new(shot: JobSnapshot, board: Pinboard) -> (Self, watch::Receiver<JobSnapshot>) {
        board.pin(&shot);
        let (seen, watched) = watch::channel(shot);
        (Self { seen, board }, watched)
    }

    /// Shows how the job looks now.
    pub(crate) fn show(&self, shot: JobSnapshot) {
        self.board.pin(&shot);
        self.seen.send_replace(shot);
    }
}
