//! Event streams (`text/event-stream`, HTML Standard, section 9.2): what a system tells as it comes, until the client goes, the
//! last event is out or the service stops.

use std::collections::{HashMap, VecDeque};
use std::future::Future;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use http::{StatusCode, header};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::Api;
use super::misbehave::UNKNOWN_STATE;
use crate::clock::{Clock, later};
use crate::faults::{Fault, Step};
use crate::problem::Problem;
use crate::supervisor::Supervisor;
use crate::systems::System;

/// A user's streams of one system that may be open at the same time (M-7).
const MOST_STREAMS: u32 = 10;

/// After so long without an event comes a comment, lest anybody on the way takes the connection for dead.
const QUIET: Duration = Duration::from_secs(15);

const COMMENT: &[u8] = b": still here\n\n";

/// An event on its way.
#[derive(Debug)]
pub(crate) struct Event {
    /// For `Last-Event-ID`, where the stream can be resumed.
    pub(crate) id: Option<u32>,
    pub(crate) name: Option<String>,
    pub(crate) data: Value,
}

/// What a look has found.
#[derive(Debug, Default)]
pub(crate) struct News {
    pub(crate) events: Vec<Event>,
    /// Nothing will ever follow.
    pub(crate) over: bool,
}

/// What a stream tells.
pub(crate) trait Source: Send + 'static {
    /// What is new since the last look.
    fn look(&mut self) -> impl Future<Output = Result<News, Problem>> + Send;
}

/// All open streams.
#[derive(Debug, Clone)]
pub(crate) struct Streams {
    look: Duration,
    clock: Clock,
    supervisor: Supervisor,
    open: Arc<Mutex<HashMap<Owner, u32>>>,
}

type Owner = (String, System);

/// A place among a user's streams, given back when it is dropped.
#[derive(Debug)]
pub(crate) struct Seat {
    owner: Owner,
    streams: Streams,
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut open = self.streams.open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = open.get_mut(&self.owner) {
            *count = count.saturating_sub(1);
        }
        open.retain(|_, count| *count > 0);
    }
}

impl Streams {
    /// Streams that look for news at this interval.
    pub(crate) fn new(look: Duration, clock: Clock, supervisor: Supervisor) -> Self {
        Self { look, clock, supervisor, open: Arc::default() }
    }

    /// A place for one more stream of this user, or 429.
    pub(crate) fn seat(&self, user: &str, system: System) -> Result<Seat, Problem> {
        let owner = (user.to_owned(), system);
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let count = open.entry(owner.clone()).or_default();
        if *count >= MOST_STREAMS {
            let message = "So many event streams of yours are open that there can be no more";
            return Err(Problem::unavailable(StatusCode::TOO_MANY_REQUESTS, "too_many_streams", message, 5));
        }
        *count += 1;
        Ok(Seat { owner, streams: self.clone() })
    }
}

/// The answer that goes on as long as the source has something to tell.
pub(crate) fn respond(api: &Arc<Api>, seat: Seat, source: impl Source) -> Response {
    let strikes = |fault| api.faults.strikes(fault, Some(Step::Stream));
    let mishap = if strikes(Fault::Cut) {
        Some(Mishap::BreaksOff)
    } else if strikes(Fault::StreamCut) {
        Some(Mishap::EndsInMidEvent)
    } else if strikes(Fault::StreamSilent) {
        Some(Mishap::FallsSilent)
    } else {
        None
    };
    let now = api.clock.now();
    let flow = Flow {
        api: api.clone(),
        source,
        waiting: VecDeque::new(),
        over: false,
        next_look: now,
        last_word: now,
        told: 0,
        mishap,
        _seat: seat,
    };
    let bytes = stream::unfold(flow, |mut flow| async { flow.next().await.map(|bytes| (bytes, flow)) });
    ([(header::CONTENT_TYPE, "text/event-stream")], Body::from_stream(bytes)).into_response()
}

/// What goes wrong in a stream after its first event, on purpose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mishap {
    /// The connection is reset.
    BreaksOff,
    /// It ends as if all were well, with half an event.
    EndsInMidEvent,
    /// It stays open, and that is all.
    FallsSilent,
}

struct Flow<S> {
    api: Arc<Api>,
    source: S,
    waiting: VecDeque<Event>,
    over: bool,
    next_look: Timestamp,
    last_word: Timestamp,
    told: u32,
    mishap: Option<Mishap>,
    _seat: Seat,
}

impl<S: Source> Flow<S> {
    async fn next(&mut self) -> Option<io::Result<Bytes>> {
        let Streams { clock, supervisor, look, .. } = self.api.streams.clone();
        let stop = supervisor.stopping();
        loop {
            if self.mishap == Some(Mishap::FallsSilent) && self.told > 0 {
                stop.cancelled().await;
                return None;
            }
            if let Some(event) = self.waiting.pop_front() {
                if self.mishap.is_some() {
                    // Lets the event before this one go out: a connection that breaks takes along what waits in it.
                    tokio::task::yield_now().await;
                }
                return Some(self.tell(event));
            }
            if self.over || stop.is_cancelled() {
                return None;
            }
            let comment_at = later(self.last_word, QUIET);
            tokio::select! {
                biased;
                () = stop.cancelled() => return None,
                () = clock.sleep_until(self.next_look.min(comment_at)) => {}
            }
            let now = clock.now();
            if now >= self.next_look {
                // A look that fails ends the stream: the client comes again, and the log has the reason.
                let news = self.source.look().await.ok()?;
                self.waiting.extend(news.events);
                self.over = news.over;
                self.next_look = later(now, look);
            }
            if self.waiting.is_empty() && !self.over && now >= comment_at {
                self.last_word = now;
                return Some(Ok(Bytes::from_static(COMMENT)));
            }
        }
    }

    fn tell(&mut self, mut event: Event) -> io::Result<Bytes> {
        self.spoil(&mut event.data);
        let mut text = event.text().into_bytes();
        self.told += 1;
        self.last_word = self.api.clock.now();
        if self.told == 2 {
            match self.mishap {
                Some(Mishap::BreaksOff) => {
                    return Err(io::Error::new(io::ErrorKind::ConnectionReset, "told to cut"));
                }
                Some(Mishap::EndsInMidEvent) => {
                    text.truncate(text.len() / 2);
                    self.waiting.clear();
                    self.over = true;
                }
                Some(Mishap::FallsSilent) | None => {}
            }
        }
        Ok(text.into())
    }

    /// Puts a status that no document knows into an event that tells one.
    fn spoil(&self, data: &mut Value) {
        let within_jobs = data.get("jobs").is_some();
        let status = if within_jobs { data.pointer_mut("/jobs/0/status") } else { data.get_mut("status") };
        if let Some(status) = status
            && self.api.faults.strikes(Fault::UnknownState, Some(Step::Stream))
        {
            *status = json!(UNKNOWN_STATE);
        }
    }
}

impl Event {
    /// As it goes over the wire. JSON has no line break of its own, so one `data` line carries it.
    fn text(&self) -> String {
        let id = self.id.map(|id| format!("id: {id}\n")).unwrap_or_default();
        let name = self.name.as_ref().map(|name| format!("event: {name}\n")).unwrap_or_default();
        format!("{id}{name}data: {}\n\n", self.data)
    }
}
