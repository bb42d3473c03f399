//! The list on its way to the pages: one change under way at a time, and none to a window that nobody sees.
//!
//! What is sent to a hidden webview piles up in memory that nothing frees. So a window that is hidden or minimised is told
//! nothing, and everything when it comes back.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use landfall_desk::Desk;
use landfall_engine::tasks::{Task, Tasks};
use landfall_wire::Change;
use tokio::sync::watch;

/// The feeds of all windows, by the windows' labels.
#[derive(Debug, Default)]
pub struct Feeds(Mutex<HashMap<String, Feed>>);

#[derive(Debug)]
struct Feed {
    /// Ends the feed when it is dropped.
    _task: Task<()>,
    acknowledged: watch::Sender<u64>,
    seen: watch::Sender<bool>,
}

impl Feeds {
    /// Begins to tell a page; an earlier page in the same window is told no more. `send` is false when the page is gone.
    pub fn begin(
        &self,
        label: &str,
        desk: &Arc<Desk>,
        tasks: &Tasks,
        send: impl Fn(Change) -> bool + Send + Sync + 'static,
    ) {
        let (acknowledged, acknowledgements) = watch::channel(0);
        let (seen, sight) = watch::channel(true);
        let desk = desk.clone();
        let task = tasks.start(|stop| async move {
            tokio::select! {
                () = stop.cancelled() => {}
                () = tell(&desk, acknowledgements, sight, send) => {}
            }
        });
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(label.to_owned(), Feed { _task: task, acknowledged, seen });
    }

    /// The page has drawn that revision.
    pub fn acknowledge(&self, label: &str, revision: u64) {
        if let Some(feed) = self.0.lock().unwrap_or_else(PoisonError::into_inner).get(label) {
            feed.acknowledged.send_replace(revision);
        }
    }

    /// Whether somebody sees the window.
    pub fn set_seen(&self, label: &str, seen: bool) {
        if let Some(feed) = self.0.lock().unwrap_or_else(PoisonError::into_inner).get(label) {
            feed.seen.send_if_modified(|was| std::mem::replace(was, seen) != seen);
        }
    }

    /// The window is gone.
    pub fn end(&self, label: &str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(label);
    }
}

/// Tells one page until it is gone.
async fn tell(
    desk: &Arc<Desk>,
    mut acknowledged: watch::Receiver<u64>,
    mut sight: watch::Receiver<bool>,
    send: impl Fn(Change) -> bool,
) {
    while sight.wait_for(|seen| *seen).await.is_ok() {
        let mut list = desk.watch();
        let ended = tokio::select! {
            biased;
            unseen = sight.wait_for(|seen| !*seen) => unseen.is_err(),
            () = tell_seen(desk, &mut list, &mut acknowledged, &send) => true,
        };
        if ended {
            return;
        }
    }
}

/// Tells a page that is seen, until it is gone.
async fn tell_seen(
    desk: &Desk,
    list: &mut landfall_desk::Watch,
    acknowledged: &mut watch::Receiver<u64>,
    send: &impl Fn(Change) -> bool,
) {
    while let Some(change) = list.next().await {
        let (Change::Whole { revision, .. } | Change::Delta { revision, .. }) = change;
        acknowledged.borrow_and_update();
        if !send(change) || acknowledged.wait_for(|drawn| *drawn == revision).await.is_err() {
            return;
        }
        desk.acknowledge(revision);
    }
}
