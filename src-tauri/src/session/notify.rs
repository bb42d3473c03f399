//! The system's notifications: one per job and one per kind of burst, changed in place, answered by a `Call`.
//!
//! Every notice is in the notice centre of the window too. So a desktop without a notification service loses nothing, and is
//! told no error.

mod letter;

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use futures_util::stream::FuturesUnordered;
use futures_util::{FutureExt as _, StreamExt as _};
use landfall_engine::clock::Clock;
use landfall_wire::Notice;
use notify_rust::{Notification, NotificationHandle, NotificationResponse};
use tokio::sync::{broadcast, mpsc, watch};
use tokio_util::sync::CancellationToken;

pub use letter::{Letter, Subject};

use super::words::Words;
use super::{Calls, call};

/// Each outstanding one keeps a connection to the bus, without which its buttons are dead.
const OUTSTANDING: usize = 8;
/// Nobody clicks on one that is older; a desktop that keeps it longer shows the window's own click then.
const PATIENCE: Duration = Duration::from_hours(1);

/// Tells what the desk wants told, until it is stopped or the desk is gone.
pub async fn tell(
    mut notices: broadcast::Receiver<Notice>,
    mut own: mpsc::Receiver<Letter>,
    words: watch::Receiver<&'static Words>,
    calls: Calls,
    clock: Arc<dyn Clock>,
    stop: CancellationToken,
) {
    let mut post = Post { calls, clock, open: VecDeque::new(), attended: FuturesUnordered::new(), last: 0 };
    loop {
        tokio::select! {
            biased;
            () = stop.cancelled() => return,
            Some(number) = post.attended.next() => post.open.retain(|open| open.number != number),
            notice = notices.recv() => match notice {
                Ok(notice) => {
                    let letter = Letter::of(&notice, *words.borrow());
                    post.send(letter);
                }
                // Those that were missed are in the notice centre.
                Err(broadcast::error::RecvError::Lagged(missed)) => tracing::debug!("{missed} notices were not told"),
                Err(broadcast::error::RecvError::Closed) => return,
            },
            Some(letter) = own.recv() => post.send(letter),
        }
    }
}

/// The notifications that can still be answered, the oldest first. All of them live in one task and end with it.
struct Post {
    calls: Calls,
    clock: Arc<dyn Clock>,
    open: VecDeque<Open>,
    attended: FuturesUnordered<BoxFuture<'static, u64>>,
    last: u64,
}

struct Open {
    number: u64,
    subject: Subject,
    changes: mpsc::Sender<Letter>,
    stop: CancellationToken,
}

impl Post {
    /// Changes the notification about the same in place, or puts up a new one.
    fn send(&mut self, letter: Letter) {
        let same = self.open.iter().find(|open| letter.subject != Subject::App && open.subject == letter.subject);
        match same {
            None => self.put_up(letter),
            Some(open) => {
                if let Err(error) = open.changes.try_send(letter) {
                    self.put_up(error.into_inner());
                }
            }
        }
    }

    fn put_up(&mut self, letter: Letter) {
        while self.open.len() >= OUTSTANDING
            && let Some(oldest) = self.open.pop_front()
        {
            oldest.stop.cancel();
        }
        self.last += 1;
        let number = self.last;
        // A few changes may come while the service answers; more than these say nothing that the last does not.
        let (changes, changed) = mpsc::channel(4);
        let stop = CancellationToken::new();
        self.open.push_back(Open { number, subject: letter.subject.clone(), changes, stop: stop.clone() });
        let attended = attend(letter, changed, self.calls.clone(), self.clock.clone());
        self.attended.push(
            async move {
                // The client takes what comes over the bus at its word and panics where that is none; one notification
                // is not worth the others.
                let attended = std::panic::AssertUnwindSafe(attended).catch_unwind();
                tokio::select! {
                    () = stop.cancelled() => {}
                    ended = attended => if ended.is_err() { tracing::warn!("a notification could not be attended") },
                }
                number
            }
            .boxed(),
        );
    }
}

/// Puts a notification up, changes it when told so, and hands on what a person clicks.
async fn attend(mut letter: Letter, mut changed: mpsc::Receiver<Letter>, calls: Calls, clock: Arc<dyn Clock>) {
    let mut notification = Notification::new();
    letter.dress(&mut notification);
    let mut handle = match notification.show_async().await {
        Ok(handle) => handle,
        Err(error) => return tracing::debug!("there is nobody to show notifications: {error}"),
    };
    loop {
        let mut answer = None;
        tokio::select! {
            () = handle.wait_for_action_async(|response: &NotificationResponse| answer = action(response)) => {
                if let Some(wanted) = answer.and_then(|action| letter.answer(&action)) {
                    call(&calls, wanted);
                }
                return;
            }
            Some(change) = changed.recv() => letter = change,
            () = clock.sleep(PATIENCE) => return,
        }
        match replace(handle, &letter).await {
            Some(changed) => handle = changed,
            None => return,
        }
    }
}

/// The same notification with another text. The client can do that only by blocking.
async fn replace(mut handle: NotificationHandle, letter: &Letter) -> Option<NotificationHandle> {
    let notification: &mut Notification = &mut handle;
    notification.hints.clear();
    letter.dress(notification);
    let replaced = tokio::task::spawn_blocking(move || handle.update().map(|()| handle)).await;
    match replaced {
        Ok(Ok(handle)) => Some(handle),
        Ok(Err(error)) => {
            tracing::debug!("a notification could not be changed: {error}");
            None
        }
        Err(error) => {
            tracing::warn!("a notification could not be changed: {error}");
            None
        }
    }
}

fn action(response: &NotificationResponse) -> Option<String> {
    match response {
        NotificationResponse::Default => Some("default".into()),
        NotificationResponse::Action(name) => Some(name.clone()),
        NotificationResponse::Reply(_) | NotificationResponse::Closed(_) => None,
    }
}
