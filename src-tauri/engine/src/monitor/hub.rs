//! One event stream shared by all jobs of a connection that are followed.
//!
//! The stream is open while somebody is subscribed. One task, the pump, listens to it and lays what it hears into each
//! subscriber's [`Letters`]; it never waits for a subscriber, and what a slow one does not fetch is bounded: beyond that
//! its letters are thrown away and it is told to take a snapshot.

mod letters;

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::future::BoxFuture;
use landfall_wire::Failure;
use tokio_util::sync::CancellationToken;

use self::letters::Letters;
pub(crate) use self::letters::{Line, Word};
use super::end::End;
use super::event::Event;
use super::stream::{EventStream, Heard};
use crate::clock::Clock;
use crate::tasks::{Task, Tasks};

/// A stream that has ended is not asked for again within this: ten thousand jobs that join one after the other would
/// each ask, and be told the same.
const REST: Duration = Duration::from_mins(1);

/// Opens the stream, signed in as of now.
pub(crate) type Open = dyn Fn() -> BoxFuture<'static, Result<EventStream, Failure>> + Send + Sync;

/// Takes an event apart: what it says of which job, by the server's id. What names no job is passed over, since on a
/// shared stream it cannot be about everybody.
pub(crate) type Split<T> = dyn Fn(&Event) -> Vec<(Option<String>, T)> + Send + Sync;

/// The stream of one connection.
pub(crate) struct Hub<T> {
    room: Arc<Room<T>>,
}

impl<T> fmt::Debug for Hub<T> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Hub").finish_non_exhaustive()
    }
}

struct Room<T> {
    open: Box<Open>,
    split: Box<Split<T>>,
    clock: Arc<dyn Clock>,
    tasks: Tasks,
    state: Mutex<State<T>>,
}

struct State<T> {
    /// Who waits for news of which id; two jobs of ours may be one on the server.
    subscribers: HashMap<String, Vec<Arc<Letters<T>>>>,
    /// How the stream stands; `None` until it is known.
    line: Option<Line>,
    /// Since when it stands so.
    line_since: Duration,
    /// Runs while somebody is subscribed, until the stream's end.
    pump: Option<Task<()>>,
}

impl<T: Clone + Send + 'static> Hub<T> {
    /// A hub that nobody is subscribed to; nothing is sent yet.
    pub(crate) fn new(open: Box<Open>, split: Box<Split<T>>, clock: Arc<dyn Clock>) -> Self {
        let state = State { subscribers: HashMap::new(), line: None, line_since: Duration::ZERO, pump: None };
        Self { room: Arc::new(Room { open, split, clock, tasks: Tasks::new(), state: Mutex::new(state) }) }
    }

    /// Listens for news of that job on the server. If the stream is open already, the first word is [`Line::Opened`], so
    /// that the newcomer takes a snapshot as everybody did.
    pub(crate) fn subscribe(&self, remote_id: &str) -> Subscription<T> {
        let letters = Arc::new(Letters::new());
        let mut state = self.room.lock();
        state.subscribers.entry(remote_id.to_owned()).or_default().push(Arc::clone(&letters));
        self.room.ensure_pump(&mut state);
        let is_late = state.line == Some(Line::Opened);
        if let Some(line) = &state.line {
            letters.put(Word::Line(line.clone()));
        }
        drop(state);
        Subscription { room: Arc::clone(&self.room), remote_id: remote_id.to_owned(), letters, is_late }
    }

    #[cfg(test)]
    /// How many are subscribed.
    pub(crate) fn subscribers(&self) -> usize {
        self.room.lock().subscribers.values().map(Vec::len).sum()
    }

    #[cfg(test)]
    /// Whether the stream is open or being opened.
    pub(crate) fn is_listening(&self) -> bool {
        self.room.lock().pump.as_ref().is_some_and(|pump| !pump.is_finished())
    }
}

impl<T: Clone + Send + 'static> Room<T> {
    fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Starts the pump if there is none and the stream has not ended just now.
    fn ensure_pump(self: &Arc<Self>, state: &mut State<T>) {
        let rested = self.clock.monotonic().saturating_sub(state.line_since) >= REST;
        let wanted = match (&state.line, &state.pump) {
            // A new sign-in may be there already.
            (Some(Line::Ended(end)), _) => rested || *end == End::SignIn,
            (_, Some(pump)) => pump.is_finished(),
            (_, None) => true,
        };
        if !wanted {
            return;
        }
        state.line = None;
        let room = Arc::clone(self);
        state.pump = Some(self.tasks.start(|stop| room.pump(stop)));
    }

    /// Listens until the stream's end. Goes away with its task, which the last subscriber drops.
    async fn pump(self: Arc<Self>, stop: CancellationToken) {
        let work = async {
            match (self.open)().await {
                Ok(mut stream) => while self.pass_on(stream.next().await, &stop) {},
                Err(failure) => self.tell_all(Line::Ended(End::Unopened(failure)), &stop),
            }
        };
        tokio::select! {
            biased;
            () = stop.cancelled() => {}
            () = work => {}
        }
    }

    /// Passes on what was heard; false at the stream's end.
    fn pass_on(&self, heard: Heard, stop: &CancellationToken) -> bool {
        let line = match heard {
            Heard::Event(event) => {
                self.deliver(&event, stop);
                return true;
            }
            Heard::Comment => return true,
            Heard::Opened => Line::Opened,
            Heard::Down { trouble, retry_in, tries, spent } => Line::Down { trouble, retry_in, tries, spent },
            Heard::Ended(end) => Line::Ended(end),
        };
        let goes_on = !matches!(line, Line::Ended(_));
        self.tell_all(line, stop);
        goes_on
    }

    fn deliver(&self, event: &Event, stop: &CancellationToken) {
        let items = (self.split)(event);
        let state = self.lock();
        if stop.is_cancelled() {
            return;
        }
        for (remote_id, item) in items {
            let waiting = remote_id.and_then(|id| state.subscribers.get(&id));
            if let Some((last, others)) = waiting.and_then(|waiting| waiting.split_last()) {
                for letters in others {
                    letters.put(Word::Item(item.clone()));
                }
                last.put(Word::Item(item));
            }
        }
    }

    /// Tells everybody, unless this pump was stopped: another one may have begun by then.
    fn tell_all(&self, line: Line, stop: &CancellationToken) {
        let mut state = self.lock();
        if stop.is_cancelled() {
            return;
        }
        for letters in state.subscribers.values().flatten() {
            letters.put(Word::Line(line.clone()));
        }
        state.line_since = self.clock.monotonic();
        state.line = Some(line);
    }

    fn leave(&self, remote_id: &str, letters: &Arc<Letters<T>>) {
        let mut state = self.lock();
        if let Entry::Occupied(mut waiting) = state.subscribers.entry(remote_id.to_owned()) {
            waiting.get_mut().retain(|other| !Arc::ptr_eq(other, letters));
            if waiting.get().is_empty() {
                waiting.remove();
            }
        }
        if state.subscribers.is_empty() {
            // Dropping the pump closes the stream; stopped first, it says nothing more. An end is remembered for its rest.
            let pump = state.pump.take();
            if let Some(pump) = &pump {
                pump.stop();
            }
            if !matches!(state.line, Some(Line::Ended(_))) {
                state.line = None;
            }
            drop(state);
            drop(pump);
        }
    }
}

/// A job's ear on the stream; dropping it ends the subscription, and the last one closes the stream.
pub(crate) struct Subscription<T: Clone + Send + 'static> {
    room: Arc<Room<T>>,
    remote_id: String,
    letters: Arc<Letters<T>>,
    is_late: bool,
}

impl<T: Clone + Send + 'static> Subscription<T> {
    /// Whether the stream was open already, so that what the server says to whoever connects was said before.
    pub(crate) fn is_late(&self) -> bool {
        self.is_late
    }

    /// The next word. May be dropped while it waits, and nothing is lost.
    pub(crate) async fn next(&mut self) -> Word<T> {
        self.letters.take().await
    }
}

impl<T: Clone + Send + 'static> Drop for Subscription<T> {
    fn drop(&mut self) {
        self.room.leave(&self.remote_id, &self.letters);
    }
}
