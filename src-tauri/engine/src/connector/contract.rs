//! The contract suite: drives a connector through the life of one job and compares what is seen with what must be.
//!
//! The same expectations serve offline, against recorded answers in a time of their own, and live, against a real
//! server: whoever implements [`Server`] says how requests travel and how time passes.

mod life;
mod watch;

use std::time::Duration;

use jiff::Timestamp;
use landfall_wire::{Failure, Method};
use url::Url;

use super::part::Part;
use super::{Connector, Params};
use crate::net::{Answer, Request};
use crate::secrets::Credentials;

/// The steps of a drive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// The connection's test.
    Test,
    /// The wish becomes a job.
    Submit,
    /// The job is asked for.
    Poll,
    /// The link is asked for.
    Resolve,
    /// The job is listened to.
    Stream,
    /// The job is cancelled.
    Cancel,
}

impl Step {
    /// The word for it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Test => "test",
            Self::Submit => "submit",
            Self::Poll => "poll",
            Self::Resolve => "resolve",
            Self::Stream => "stream",
            Self::Cancel => "cancel",
        }
    }
}

/// Something that answers requests, and in which time passes.
pub trait Server {
    /// Answers one request.
    fn answer(&mut self, step: Step, request: &Request) -> Result<Answer, Failure>;

    /// Opens a stream of events. A server that cannot be listened to here is asked instead.
    fn open(&mut self, request: &Request) -> Result<(), Failure> {
        let _ = request;
        Err(Failure::new(landfall_wire::ErrorCode::NetworkError, "There is nobody who listens"))
    }

    /// What comes next on the open stream, within that time.
    fn hear(&mut self, limit: Duration) -> Heard {
        self.wait(limit);
        Heard::Nothing
    }

    /// Lets that much time pass.
    fn wait(&mut self, span: Duration);

    /// How much time has passed since the start.
    fn elapsed(&self) -> Duration;
}

/// What was heard on a stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Heard {
    /// An event.
    Event {
        /// Its type; empty when it has none.
        kind: String,
        /// Its id; empty when it has none.
        id: String,
        /// Its data.
        data: String,
    },
    /// A sign of life without a word.
    Beat,
    /// Nothing, all the time.
    Nothing,
    /// The end.
    End,
}

/// How a drive ended.
#[derive(Debug, Clone, PartialEq)]
pub enum End {
    /// With something to fetch.
    Ready,
    /// With nothing in it.
    Empty,
    /// With a failure.
    Failed(Failure),
}

impl End {
    /// `ready`, `empty`, or the name of the failure's code.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Ready => "ready",
            Self::Empty => "empty",
            Self::Failed(failure) => failure.code.name(),
        }
    }
}

/// What was seen of one job's life.
#[derive(Debug, Clone, PartialEq)]
pub struct Seen {
    /// How it ended.
    pub end: End,
    /// The server's id of the job.
    pub job: Option<String>,
    /// The states, each once in a row.
    pub states: Vec<&'static str>,
    /// The percents, each once in a row.
    pub percents: Vec<f64>,
    /// The stages, each once in a row.
    pub stages: Vec<String>,
    /// The server's sentences, each once in a row.
    pub messages: Vec<String>,
    /// By which submit it ended.
    pub method: Method,
    /// The job's size in bytes, as the server told it last before the end.
    pub size: Option<u64>,
    /// When the result goes, as the server told it last.
    pub expires_at: Option<Timestamp>,
    /// What was odd.
    pub warnings: Vec<String>,
    /// From the submit to the end.
    pub took: Duration,
    /// When the job first counted as stalled.
    pub stalled_at: Option<Duration>,
    /// What is to be fetched.
    pub parts: Vec<Part>,
    /// The same, asked for once more.
    pub renewed: Vec<Part>,
}

/// One job to be driven through its life.
#[derive(Debug, Clone, Copy)]
pub struct Drive<'d> {
    /// The connector.
    pub connector: &'d Connector,
    /// Where its server is.
    pub connection_url: &'d Url,
    /// How to sign in there.
    pub credentials: &'d Credentials,
    /// What is wished for.
    pub params: &'d Params,
    /// The job's own; live, one that the server has not seen.
    pub correlation_id: &'d str,
    /// The submit's own; live, one that the server has not seen.
    pub idempotency_key: &'d str,
    /// Whether to ask for the links once more at the end.
    pub renew: bool,
    /// When a person cancels it, from the submit.
    pub cancel_after: Option<Duration>,
}

/// Drives a connector through the life of one job.
pub fn drive(drive: &Drive<'_>, server: &mut dyn Server) -> Seen {
    life::live(drive, server)
}
