//! Recorded answers of a server: a file of request → answer pairs beside the connector, and what must come of them.

use std::collections::BTreeMap;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, header};
use jiff::Timestamp;
use landfall_wire::{ErrorCode, Failure};
use serde::Deserialize;
use serde_json::Value as Json;
use toml::Spanned;
use url::Url;

use super::contract::{Heard, Server, Step};
use super::expectation::Expectation;
use super::problem::{Findings, Problems};
use crate::net::{Answer, Request};
use crate::units::duration;

/// Where recorded servers live, and what is sent to them.
pub(crate) const URL: &str = "https://server.example";
pub(crate) const TOKEN: &str = "recorded-token";
pub(crate) const CORRELATION_ID: &str = "recorded-correlation";
pub(crate) const IDEMPOTENCY_KEY: &str = "recorded-key";

/// A file of recorded answers.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recording {
    /// The id of the connector it is for.
    pub connector: Spanned<String>,
    /// The test of the connection.
    pub test: Option<Spanned<Exchange>>,
    /// Wishes that never reach the server.
    #[serde(default)]
    pub refused: Vec<Spanned<Refusal>>,
    /// Lists of the account's jobs.
    #[serde(default)]
    pub list: Vec<Spanned<RecordedList>>,
    /// Whole lives of jobs.
    #[serde(default)]
    pub scenario: Vec<Scenario>,
}

/// A wish that the connector must refuse before anything is sent.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Refusal {
    /// The parameters as given.
    pub wish: serde_json::Map<String, Json>,
    /// A part of what is told.
    pub says: String,
}

/// The life of one job.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// What it shows.
    pub name: Spanned<String>,
    /// The parameters as given.
    pub wish: serde_json::Map<String, Json>,
    /// How many jobs the wish makes; one when left out. The first is driven.
    pub makes: Option<usize>,
    /// When a person cancels the job, such as `3s`.
    pub cancel_after: Option<String>,
    /// What is asked and answered, in order.
    pub exchange: Vec<Exchange>,
    /// What must come of it.
    pub expect: Expectation,
}

/// A page of the account's jobs, and what must be read from it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecordedList {
    /// What is asked and answered.
    pub exchange: Exchange,
    /// The jobs.
    pub jobs: Vec<RecordedJob>,
    /// Where the next page is.
    pub next: Option<String>,
}

/// One job of a page.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecordedJob {
    /// The server's id.
    pub id: String,
    /// Where it stands.
    pub state: String,
    /// When it was made.
    pub created_at: Option<Timestamp>,
    /// Its correlation id.
    pub correlation_id: Option<String>,
    /// What is kept of it.
    #[serde(default)]
    pub kept: super::Kept,
}

impl RecordedJob {
    /// The same out of what a connector read.
    pub(crate) fn of(listed: super::Listed) -> Self {
        Self {
            id: listed.remote_id,
            state: listed.state.word().to_owned(),
            created_at: listed.created_at,
            correlation_id: listed.correlation_id,
            kept: listed.kept,
        }
    }
}

/// One event of a recorded stream.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecordedEvent {
    /// How long after the one before, such as `2s`; at once when left out.
    pub after: Option<String>,
    /// Its type; none for an unnamed message.
    #[serde(default, rename = "type")]
    pub kind: String,
    /// Its id.
    #[serde(default)]
    pub id: String,
    /// Its data; a comment when left out.
    pub data: Option<String>,
}

/// One request and its answer.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Exchange {
    /// Method and path, such as `GET /tasks/7?full=1`.
    pub request: String,
    /// Headers that the request must have; `*` stands for any value.
    #[serde(default)]
    pub carries: BTreeMap<String, String>,
    /// Headers that the request must not have.
    #[serde(default)]
    pub lacks: Vec<String>,
    /// The body that the request must have; JSON is compared as JSON.
    pub sends: Option<String>,
    /// The answer's status.
    pub status: u16,
    /// The answer's headers; `content-type` is JSON unless it says otherwise.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// The answer's body.
    #[serde(default)]
    pub answer: String,
    /// The events of a stream, which ends after them.
    pub event: Option<Vec<RecordedEvent>>,
    /// Whether the stream stays open after them, and silent.
    #[serde(default)]
    pub stays_open: bool,
    /// The same answer for ever, until the job ends by a limit of time.
    #[serde(default)]
    pub forever: bool,
}

impl Recording {
    /// Reads a file of recorded answers.
    pub fn parse(file_name: &str, source: &str) -> Result<Self, Problems> {
        toml::from_str(source).map_err(|error| {
            let findings = Findings::new(file_name, source);
            let message = error.message().split_whitespace().collect::<Vec<_>>().join(" ");
            let hint = "the reference shows how recorded answers are written";
            findings.note(&error.span().unwrap_or(0..0), "", message, hint);
            match findings.settle(None::<Self>) {
                Err(problems) => problems,
                Ok(_) => Problems::whole(file_name, "it cannot be read", hint),
            }
        })
    }
}

impl Exchange {
    /// What of the request is not as recorded.
    pub(crate) fn differences(&self, request: &Request) -> Vec<String> {
        let mut found = Vec::new();
        let line = line(request);
        if line != self.request {
            found.push(format!("the request should be `{}` and is `{line}`", self.request));
            return found;
        }
        for (name, wanted) in &self.carries {
            let value = request.headers.get(name.as_str()).map(|value| String::from_utf8_lossy(value.as_bytes()));
            match value {
                None => found.push(format!("`{line}` should carry the header {name}")),
                Some(value) if wanted != "*" && value != wanted.as_str() => {
                    found.push(format!("`{line}` should carry the header {name} with `{wanted}`"));
                }
                Some(_) => {}
            }
        }
        for name in self.lacks.iter().filter(|name| request.headers.contains_key(name.as_str())) {
            found.push(format!("`{line}` should not carry the header {name}"));
        }
        let body = request.body.as_ref().map(|body| String::from_utf8_lossy(body).into_owned());
        let same = match (&self.sends, &body) {
            (None, None) => true,
            (Some(wanted), Some(sent)) => {
                let json = |text: &str| serde_json::from_str::<Json>(text).ok();
                wanted == sent || (json(wanted).is_some() && json(wanted) == json(sent))
            }
            _ => false,
        };
        if !same {
            let shown = |body: &Option<String>| body.as_ref().map_or("nothing".to_owned(), |body| format!("`{body}`"));
            found.push(format!("`{line}` should send {} and sends {}", shown(&self.sends), shown(&body)));
        }
        found
    }

    pub(crate) fn answer_to(&self, request: &Request, received_at: Timestamp) -> Answer {
        let mut headers = HeaderMap::new();
        if !self.answer.is_empty() {
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        }
        for (name, value) in &self.headers {
            if let (Ok(name), Ok(value)) = (HeaderName::from_bytes(name.as_bytes()), HeaderValue::from_str(value)) {
                headers.insert(name, value);
            }
        }
        let body = Bytes::from(self.answer.clone());
        Answer { status: self.status, headers, body, url: request.url.clone(), received_at }
    }
}

/// Method, path and query of a request.
fn line(request: &Request) -> String {
    let url: &Url = request.url.reveal();
    let query = url.query().map(|query| format!("?{query}")).unwrap_or_default();
    format!("{} {}{query}", request.method, url.path())
}

/// A server that answers as recorded, in a time of its own.
#[derive(Debug)]
pub(crate) struct Recorded<'r> {
    exchanges: &'r [Exchange],
    next: usize,
    /// Whether the exchange at `next`, which is answered for ever, was asked for.
    asked: bool,
    elapsed: Duration,
    stream: Option<OpenStream<'r>>,
    pub(crate) differences: Vec<String>,
}

/// A recorded stream that is being listened to.
#[derive(Debug)]
struct OpenStream<'r> {
    events: &'r [RecordedEvent],
    stays_open: bool,
    /// When the event before the next one came.
    since: Duration,
}

impl<'r> Recorded<'r> {
    pub(crate) fn new(exchanges: &'r [Exchange]) -> Self {
        Self { exchanges, next: 0, asked: false, elapsed: Duration::ZERO, stream: None, differences: Vec::new() }
    }

    /// The next exchange, if the request is as recorded.
    fn exchange(&mut self, step: Step, request: &Request) -> Result<&'r Exchange, Failure> {
        let broken = |message: String| Failure::new(ErrorCode::JobFailed, message);
        let Some(exchange) = self.exchanges.get(self.next) else {
            let message = format!("`{}` ({}) is asked and no answer is recorded", line(request), step.word());
            self.differences.push(message.clone());
            return Err(broken(message));
        };
        let found = exchange.differences(request);
        if !found.is_empty() {
            let message = found.join("; ");
            self.differences.extend(found);
            return Err(broken(message));
        }
        self.asked = exchange.forever;
        self.next += usize::from(!exchange.forever);
        Ok(exchange)
    }

    /// Notes exchanges that never took place.
    pub(crate) fn finish(mut self) -> Vec<String> {
        if let Some(left) = self.exchanges.get(self.next).filter(|_| !self.asked) {
            self.differences.push(format!("`{}` was recorded and is never asked", left.request));
        }
        self.differences
    }
}

impl Server for Recorded<'_> {
    fn answer(&mut self, step: Step, request: &Request) -> Result<Answer, Failure> {
        let exchange = self.exchange(step, request)?;
        let now = Timestamp::UNIX_EPOCH.checked_add(self.elapsed).unwrap_or(Timestamp::MAX);
        Ok(exchange.answer_to(request, now))
    }

    fn open(&mut self, request: &Request) -> Result<(), Failure> {
        self.stream = None;
        let exchange = self.exchange(Step::Stream, request)?;
        let events = exchange.event.as_deref().filter(|_| exchange.status == 200);
        let closed = || Failure::new(ErrorCode::NetworkError, "The server does not stream");
        let events = events.ok_or_else(closed)?;
        self.stream = Some(OpenStream { events, stays_open: exchange.stays_open, since: self.elapsed });
        Ok(())
    }

    fn hear(&mut self, limit: Duration) -> Heard {
        let until = self.elapsed + limit;
        let Some(stream) = &mut self.stream else { return Heard::End };
        let Some((next, rest)) = stream.events.split_first() else {
            if stream.stays_open {
                self.elapsed = until;
                return Heard::Nothing;
            }
            self.stream = None;
            return Heard::End;
        };
        let due = stream.since + next.after.as_deref().and_then(duration).unwrap_or_default();
        if due > until {
            self.elapsed = until;
            return Heard::Nothing;
        }
        self.elapsed = self.elapsed.max(due);
        (stream.events, stream.since) = (rest, due);
        match &next.data {
            Some(data) => Heard::Event { kind: next.kind.clone(), id: next.id.clone(), data: data.clone() },
            None => Heard::Beat,
        }
    }

    fn wait(&mut self, span: Duration) {
        self.elapsed += span;
    }

    fn elapsed(&self) -> Duration {
        self.elapsed
    }
}
