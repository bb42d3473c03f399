//! An event stream that is kept open: it connects again, goes on where it stopped, and ends only where going on is no use.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use http::HeaderMap;

use super::connection::{Connection, Sound};
use super::dial::Dialer;
use super::end::{Broken, End};
use super::event::Event;
use crate::clock::Clock;
use crate::entropy::Entropy;
use crate::retry::{self, Budget, Policy, Trouble, Verdict};
use crate::secrets::SafeUrl;

/// The head of an answer comes within this; a server that holds it back until the first event is dead as far as anybody
/// can tell.
const ANSWER: Duration = Duration::from_secs(30);

/// No byte for that long is a dead connection: three of the heartbeats that servers commonly send, 15 s apart.
const IDLE: Duration = Duration::from_secs(45);

/// The shortest reconnection time taken from a server, so that `retry: 0` makes no storm.
const RETRY_LEAST: Duration = Duration::from_millis(500);

/// The longest, so that `retry: 86400000` does not silence a job for a day.
const RETRY_MOST: Duration = Duration::from_mins(1);

/// Tries in a row without an event, after which it is better to ask in another way meanwhile (M-4).
const TRIES: u32 = 5;

/// From one second doubling (M-4) to half a minute; never spent, since a stream is closed by who wanted it.
const POLICY: Policy = Policy {
    first: Duration::from_secs(1),
    longest: Duration::from_secs(30),
    longest_asked: Duration::from_mins(15),
    tries: u32::MAX,
};

/// Which stream is wanted, and with how much patience.
#[derive(Debug, Clone)]
pub(crate) struct StreamOrder {
    /// Asked with GET.
    pub(crate) url: SafeUrl,
    /// Headers for the stream's own origin, the sign-in among them.
    pub(crate) headers: HeaderMap,
    /// Where to go on; empty to begin.
    pub(crate) last_event_id: String,
    /// Each answer's head comes within this.
    pub(crate) answer: Duration,
    /// No byte for that long, and the connection is given up.
    pub(crate) idle: Duration,
    /// Tries in a row without an event, after which [`Heard::Down`] says so.
    pub(crate) tries: u32,
    /// The waits between tries; its number of tries is not looked at.
    pub(crate) policy: Policy,
}

impl StreamOrder {
    /// That stream from its beginning, with the usual patience.
    pub(crate) fn new(url: SafeUrl, headers: HeaderMap) -> Self {
        Self { url, headers, last_event_id: String::new(), answer: ANSWER, idle: IDLE, tries: TRIES, policy: POLICY }
    }
}

/// What is heard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Heard {
    /// A connection is open, the first or a later one. A snapshot is wanted: what was said meanwhile may be lost, and a
    /// server need not know the id we came with.
    Opened,
    /// The server says something.
    Event(Event),
    /// The server is still there.
    Comment,
    /// The connection is lost or was not made.
    Down {
        /// Why.
        trouble: Trouble,
        /// It is tried again after that long; listening on is all that is needed.
        retry_in: Duration,
        /// Tries since the last event, this one included.
        tries: u32,
        /// The tries that the order allows are spent: better to ask in another way until [`Heard::Opened`].
        spent: bool,
    },
    /// It is over for good; said again whenever it is listened to.
    Ended(End),
}

/// The stream; dropping it closes the socket.
pub(crate) struct EventStream {
    dialer: Dialer,
    entropy: Arc<dyn Entropy>,
    url: SafeUrl,
    policy: Policy,
    tries: u32,
    last_event_id: String,
    retry: Option<Duration>,
    budget: Budget,
    phase: Phase,
}

enum Phase {
    /// A connection is being made or is open.
    Connected(Connection),
    /// Waits for the next try.
    Resting(BoxFuture<'static, ()>),
    Over(End),
}

impl EventStream {
    /// A stream as ordered; the request goes out when it is first listened to.
    pub(crate) fn new(
        client: reqwest::Client,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
        order: StreamOrder,
    ) -> Self {
        let rest = clock.sleep(Duration::ZERO);
        Self {
            dialer: Dialer { client, clock, own: order.headers, answer: order.answer, idle: order.idle },
            entropy,
            url: order.url,
            policy: Policy { tries: u32::MAX, ..order.policy },
            tries: order.tries,
            last_event_id: order.last_event_id,
            retry: None,
            budget: Budget::default(),
            phase: Phase::Resting(rest),
        }
    }

    /// The last event id in force, for who wants to go on after a restart.
    pub(crate) fn last_event_id(&self) -> String {
        match &self.phase {
            Phase::Connected(connection) => connection.last_event_id(),
            Phase::Resting(_) | Phase::Over(_) => self.last_event_id.clone(),
        }
    }

    /// The next of what is heard. May be dropped while it waits, and nothing is lost.
    pub(crate) async fn next(&mut self) -> Heard {
        loop {
            match &mut self.phase {
                Phase::Resting(rest) => {
                    rest.await;
                    self.phase = self.connect();
                }
                Phase::Connected(connection) => {
                    let sound = connection.next().await;
                    return self.interpret(sound);
                }
                Phase::Over(end) => return Heard::Ended(end.clone()),
            }
        }
    }

    fn connect(&self) -> Phase {
        match Connection::new(&self.dialer, self.url.reveal(), &self.last_event_id) {
            Ok(connection) => Phase::Connected(connection),
            Err(Broken::Over(end)) => Phase::Over(end),
            Err(Broken::Trouble(trouble)) => Phase::Over(End::of(&trouble)),
        }
    }

    fn interpret(&mut self, sound: Sound) -> Heard {
        match sound {
            Sound::Opened => Heard::Opened,
            Sound::Comment => Heard::Comment,
            Sound::Event(event) => {
                // Only what a server says is going forward: one that opens and falls over at once is still in trouble.
                self.budget.refill();
                Heard::Event(event)
            }
            Sound::Broken(broken) => self.part(broken),
        }
    }

    /// Takes from a broken connection what outlives it, and rests or ends.
    fn part(&mut self, broken: Broken) -> Heard {
        if let Phase::Connected(connection) = &self.phase {
            self.last_event_id = connection.last_event_id();
            self.retry = connection.retry().or(self.retry);
        }
        match broken {
            Broken::Trouble(trouble) => self.rest(trouble),
            Broken::Over(end) => self.end(end),
        }
    }

    fn rest(&mut self, trouble: Trouble) -> Heard {
        let policy = match self.retry {
            Some(asked) => self.policy.paced_by(asked.clamp(RETRY_LEAST, RETRY_MOST)),
            None => self.policy.clone(),
        };
        let retry_in = match retry::judge(&trouble, &policy, &mut self.budget, self.entropy.as_ref()) {
            Verdict::Again(wait) => wait,
            Verdict::Spent => policy.longest,
            Verdict::SignIn | Verdict::Fatal => return self.end(End::of(&trouble)),
        };
        let tries = self.budget.used();
        tracing::debug!(why = %trouble.words(), ?retry_in, tries, "event stream down");
        self.phase = Phase::Resting(self.dialer.clock.sleep(retry_in));
        Heard::Down { trouble, retry_in, tries, spent: tries > self.tries }
    }

    fn end(&mut self, end: End) -> Heard {
        tracing::debug!(why = %end.words(), "event stream over");
        self.phase = Phase::Over(end.clone());
        Heard::Ended(end)
    }
}
