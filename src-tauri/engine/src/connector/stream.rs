//! Following by a stream of events: how it is asked for, and what an event says about whose job.

use std::collections::BTreeMap;
use std::time::Duration;

use http::{HeaderValue, header};
use landfall_wire::{ErrorCode, Failure};
use minijinja::Value;
use minijinja::value::Serde;
use url::Url;

use super::answer::Reading;
use super::bounded::{self, Flaw};
use super::expression::Expression;
use super::fields::Fields;
use super::filters::text_of;
use super::request::RequestSpec;
use super::resolve::Resolution;
use super::scope::{self, Scope};
use super::sheet::{Names, Sheet};
use super::states::RemoteState;
use super::{Connector, Report};
use crate::net::Request;

/// Reconnects before polling takes over, by default (M-4).
const TRIES: u32 = 5;

/// The wait before the first of them.
const FIRST_BACKOFF: Duration = Duration::from_secs(1);

/// No event is read that is larger, in bytes: a hundred jobs take twenty thousand.
const LARGEST: usize = 2 * 1024 * 1024;

/// No event speaks of more jobs than this.
const MOST_ITEMS: usize = 10_000;

/// How a connector's jobs are followed by events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StreamPlan {
    /// Whether a stream is one job's or all jobs'.
    pub scope: StreamScope,
    /// After so long without a word of a job a snapshot is taken, and again after each further such span.
    pub silence: Option<Duration>,
    /// After so long without a single byte the stream counts as dead and is opened anew.
    pub idle: Option<Duration>,
    /// How often it is opened anew, without an event in between, before polling takes over.
    pub tries: u32,
    /// The wait before the first of these; it doubles.
    pub first_backoff: Duration,
}

/// Whose events a stream carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StreamScope {
    /// One job's.
    Job,
    /// Those of all jobs of the connection.
    Connection,
}

/// A part of an event that speaks of one job. Cheap to clone: the data is shared.
#[derive(Debug, Clone)]
pub struct Item {
    of: Option<String>,
    event: Value,
    data: Value,
    this: Value,
}

impl Item {
    /// The server's id of the job it speaks of; `None` on a stream of one job.
    pub fn of(&self) -> Option<&str> {
        self.of.as_deref()
    }

    /// The item for expressions, beside what else they may look at.
    fn reading(&self, mut names: BTreeMap<&'static str, Value>, code: ErrorCode) -> Reading {
        names.insert("event", self.event.clone());
        names.insert("data", self.data.clone());
        names.insert("item", self.this.clone());
        Reading::without_answer(names, code)
    }
}

/// The `[follow.stream]` of a connector.
#[derive(Debug)]
pub(crate) struct StreamSpec {
    pub(crate) request: RequestSpec,
    pub(crate) plan: StreamPlan,
    each: Option<Expression>,
    of: Option<Expression>,
    /// What each type of event says; without any, every type says the same.
    events: Vec<(String, Fields)>,
    fields: Fields,
}

impl StreamSpec {
    pub(crate) fn read(sheet: &Sheet<'_>, names: &Names, has_words: bool) -> Option<Self> {
        let scope = sheet
            .cell("scope")
            .and_then(|cell| cell.word(&[("job", StreamScope::Job), ("connection", StreamScope::Connection)], &[]));
        let scope = scope.unwrap_or(StreamScope::Job);
        // One stream for all jobs is asked for without any of them.
        let asking = if scope == StreamScope::Connection { Names::default() } else { names.clone() };
        let request = RequestSpec::read(sheet, &asking);
        let event = Names { event: true, ..Names::default() };
        let each = sheet.cell("each").and_then(|cell| cell.expression(&event));
        let of = match scope {
            StreamScope::Connection => sheet.needed("of", "write whose job an item is, such as of = \"item.jobId\""),
            StreamScope::Job => sheet.cell("of"),
        };
        let of = of.and_then(|cell| cell.expression(&event.with_item()));
        let names = Names { event: true, item: true, ..names.clone() };
        let fields = Fields::read(sheet, &names);
        let mut events = Vec::new();
        for (kind, cell) in sheet.table("events").iter().flat_map(Sheet::cells) {
            let Some(own) = cell.table() else { continue };
            events.push((kind, Fields::read(&own.over(sheet), &names)));
        }
        let says_state = fields.state.is_some() || events.iter().any(|(_, fields)| fields.state.is_some());
        if has_words && !says_state {
            sheet.needed("state", "write where an event holds the state, such as state = \"data.status\"");
        }
        let duration = |key| sheet.cell(key).and_then(|cell| cell.duration());
        let plan = StreamPlan {
            scope,
            silence: duration("silence"),
            idle: duration("idle"),
            tries: sheet.cell("tries").and_then(|cell| cell.whole(1)).unwrap_or(TRIES),
            first_backoff: duration("first_backoff").unwrap_or(FIRST_BACKOFF),
        };
        Some(Self { request: request?, plan, each, of, events, fields })
    }

    /// The names of what its events keep.
    pub(crate) fn kept_names(&self) -> impl Iterator<Item = &str> {
        self.events.iter().flat_map(|(_, fields)| fields.kept_names()).chain(self.fields.kept_names())
    }

    /// Whether what an event says depends on what is known of the job without it.
    pub(crate) fn reads_scope(&self) -> bool {
        self.fields.read_scope() || self.events.iter().any(|(_, fields)| fields.read_scope())
    }

    /// What events of that type say; `None` for a type that says nothing.
    fn fields_of(&self, kind: &str) -> Option<&Fields> {
        if self.events.is_empty() {
            return Some(&self.fields);
        }
        self.events.iter().find(|(known, _)| known == kind).map(|(_, fields)| fields)
    }

    fn split(&self, kind: &str, id: &str, data: &str) -> Option<Vec<Item>> {
        self.fields_of(kind)?;
        let data = read_data(data)?;
        let event = Value::from_pairs(BTreeMap::from([("type", kind), ("id", id)]));
        let named = BTreeMap::from([("event", event.clone()), ("data", data.clone())]);
        let reading = Reading::without_answer(named, ErrorCode::NetworkError);
        let items = match &self.each {
            Some(each) => reading.items(each).ok()?,
            None => vec![data.clone()],
        };
        let one = |item: Value| {
            let of = match &self.of {
                Some(of) => Some(reading.with_item(item.clone()).text(of).ok()??.trim().to_owned()),
                None => None,
            };
            Some(Item { of, event: event.clone(), data: data.clone(), this: item })
        };
        Some(items.into_iter().take(MOST_ITEMS).filter_map(one).collect())
    }
}

/// An event's data: JSON, or a text that does not look like it.
fn read_data(data: &str) -> Option<Value> {
    if data.len() > LARGEST {
        return None;
    }
    match bounded::read(data.as_bytes(), bounded::MOST_IN_EVENT) {
        Ok(json) => Some(Value::from(Serde(json))),
        Err(Flaw::TooMany) => None,
        Err(_) if data.trim_start().starts_with(['{', '[', '"']) => None,
        Err(_) => Some(Value::from(data)),
    }
}

impl Connector {
    /// How jobs are followed by events, where the connector has a stream.
    pub fn stream(&self) -> Option<&StreamPlan> {
        self.primary.follow.stream.as_ref().map(|stream| &stream.plan)
    }

    /// The request for a job's own stream, without the sign-in.
    pub fn stream_request(&self, scope: &Scope<'_>) -> Result<Request, Failure> {
        let stream = self.course(scope.method).follow.stream.as_ref().ok_or_else(no_stream)?;
        Ok(of_events(self.request(&stream.request, scope, ErrorCode::JobFailed)?, &stream.request))
    }

    /// The request for the stream of all jobs of a connection, without the sign-in.
    pub fn connection_stream_request(&self, connection_name: &str, connection_url: &Url) -> Result<Request, Failure> {
        let stream = self.primary.follow.stream.as_ref().ok_or_else(no_stream)?;
        let context = scope::context(scope::site(connection_name, connection_url));
        let request = stream.request.build(connection_url, &context, &self.headers, ErrorCode::JobFailed)?;
        Ok(of_events(request, &stream.request))
    }

    /// Splits an event into what it says of each job; unusable data gives nothing.
    pub fn read_event(&self, kind: &str, id: &str, data: &str) -> Vec<Item> {
        let kind = message_if_none(kind);
        let Some(stream) = &self.primary.follow.stream else { return Vec::new() };
        stream.split(kind, id, data).unwrap_or_else(|| {
            tracing::debug!(kind = %super::answer::sentence(kind), length = data.len(), "an event says nothing");
            Vec::new()
        })
    }

    /// Whether events of that type say anything.
    pub(crate) fn knows_event(&self, kind: &str) -> bool {
        self.primary.follow.stream.as_ref().is_some_and(|stream| stream.fields_of(message_if_none(kind)).is_some())
    }

    /// Reads what an item says of the job; `None`: nothing about its state.
    pub fn read_item(&self, scope: &Scope<'_>, item: &Item) -> Result<Option<Report>, Failure> {
        let course = self.course(scope.method);
        let Some(stream) = &course.follow.stream else { return Ok(None) };
        let kind = item.event.get_attr("type").ok().and_then(|kind| text_of(&kind).ok()).unwrap_or_default();
        let Some(fields) = stream.fields_of(&kind) else { return Ok(None) };
        // Hundreds of events a second are read, and few connectors look at more than the event.
        let known = if course.follow.events_read_scope { scope.names(&self.params) } else { BTreeMap::new() };
        let reading = item.reading(known, ErrorCode::NetworkError);
        let Some(mut report) = fields.judge_event(&reading, &course.follow.rules)? else { return Ok(None) };
        course.follow.settle(scope, &reading, &mut report)?;
        let done = matches!(report.state, RemoteState::Ready | RemoteState::Partial);
        // Without a second endpoint and without a poll the link can only stand in the event.
        if done && course.resolve.request.is_none() && course.follow.poll.is_none() {
            let reading = item.reading(scope.names(&self.params), ErrorCode::DownloadFailed);
            if let Resolution::Ready(parts) = course.resolve.read_answer(scope, &reading)? {
                report.parts = parts;
            }
        }
        Ok(Some(report))
    }
}

/// An event without a type is a `message` (WHATWG HTML section 9.2.6).
fn message_if_none(kind: &str) -> &str {
    if kind.is_empty() { "message" } else { kind }
}

fn no_stream() -> Failure {
    Failure::new(ErrorCode::JobFailed, "This server has no stream of events")
}

fn of_events(mut request: Request, spec: &RequestSpec) -> Request {
    if !spec.says_accept() {
        request.headers.insert(header::ACCEPT, HeaderValue::from_static("text/event-stream"));
    }
    request
}
