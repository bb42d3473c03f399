//! Following a job: what of the server's words is believed when, and what is reported.

use std::time::Duration;

use jiff::Timestamp;
use landfall_wire::{ErrorCode, Failure};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::Connector;
use super::answer::Reading;
use super::expression::Expression;
use super::part::Part;
use super::poll::PollSpec;
use super::resolve::Resolution;
use super::scope::{Kept, Scope};
use super::sheet::{Names, Sheet};
use super::states::{RemoteState, Rules};
use super::stream::StreamSpec;
use crate::net::{Answer, Request};

/// How long the server may take by default (D-2).
const DEADLINE: Duration = Duration::from_mins(30);

/// How long a 404 is not believed by default.
const LOST_AFTER: Duration = Duration::from_secs(30);

/// Kept by Landfall itself: whether the job was ever seen running, and the last answer's ETag.
pub(crate) const OWN_KEPT: [&str; 2] = [SEEN, ETAG];
const SEEN: &str = "seen_running";
pub(crate) const ETAG: &str = "etag";

/// What one answer says about a job.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// Where the job stands.
    pub state: RemoteState,
    /// The server's own word for that.
    pub word: Option<String>,
    /// 0 to 100, as far as the server tells.
    pub percent: Option<f64>,
    /// The server's name for what it does now.
    pub stage: Option<String>,
    /// A sentence of the server.
    pub message: Option<String>,
    /// What is to be fetched, when the connector has no second endpoint to ask. Empty although the job is ready: the
    /// link is not there yet; ask again at `Connector::resolve_pace`.
    #[serde(skip)]
    pub parts: Vec<Part>,
    /// What was odd about the answer, and what the server warns of; for the timeline.
    pub warnings: Vec<String>,
    /// The place in the server's queue, from 1.
    pub queue_position: Option<u64>,
    /// When the server expects to be done.
    pub eta: Option<Eta>,
    /// The result's size in bytes, as far as the server knows it by now.
    pub size: Option<u64>,
    /// When the result goes.
    pub expires_at: Option<Timestamp>,
    /// Fresh values for the job's kept ones.
    pub kept: Kept,
    /// The server says that nothing is new since it was last asked (304): nothing else of this report means anything.
    pub unchanged: bool,
}

/// When the server expects to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Eta {
    /// After so long from now.
    In(Duration),
    /// Then.
    At(Timestamp),
}

impl Report {
    pub(crate) fn of(state: RemoteState) -> Self {
        Self {
            state,
            word: None,
            percent: None,
            stage: None,
            message: None,
            parts: Vec::new(),
            warnings: Vec::new(),
            queue_position: None,
            eta: None,
            size: None,
            expires_at: None,
            kept: Kept::new(),
            unchanged: false,
        }
    }
}

/// The `[follow]` of a connector, with its rules.
#[derive(Debug)]
pub(crate) struct FollowSpec {
    pub(crate) poll: Option<PollSpec>,
    pub(crate) stream: Option<StreamSpec>,
    pub(crate) rules: Rules,
    deadline: Duration,
    stall_after: Option<Duration>,
    lost_after: Duration,
    estimate: Option<Duration>,
    ours_when: Option<Expression>,
    /// What it means that a job is back in its first state.
    falls_back: bool,
    /// Whether what an event says depends on what is known of the job without it.
    pub(crate) events_read_scope: bool,
}

impl FollowSpec {
    pub(crate) fn read(root: &Sheet<'_>, names: &Names) -> Option<Self> {
        const HINT: &str = "write [follow.poll] with the request that asks for the job, or [follow.stream]";
        let follow = root.needed("follow", HINT)?.table()?;
        let (poll, stream) = (follow.table("poll"), follow.table("stream"));
        if poll.is_none() && stream.is_none() {
            follow.needed("poll", HINT)?;
        }
        let items = |sheet: &Option<Sheet<'_>>| sheet.as_ref().is_some_and(|sheet| sheet.cell("each").is_some());
        let reading = Names {
            answer: poll.is_some(),
            event: stream.is_some(),
            item: items(&poll) || stream.is_some(),
            ..names.clone()
        };
        let rules = Rules::read(root, &reading);
        let duration = |key| follow.cell(key).and_then(|cell| cell.duration());
        let falls_back =
            follow.cell("falls_back").and_then(|cell| cell.word(&[("failed", true), ("waiting", false)], &[]));
        let has_words = rules.has_words();
        let (has_poll, has_stream) = (poll.is_some(), stream.is_some());
        let poll = poll.and_then(|sheet| PollSpec::read(&sheet, names, has_words));
        let stream = stream.and_then(|sheet| StreamSpec::read(&sheet, names, has_words));
        if has_poll != poll.is_some() || has_stream != stream.is_some() {
            return None;
        }
        let ours_when = follow.cell("ours_when").and_then(|cell| cell.expression(&reading));
        let events_read_scope = stream.as_ref().is_some_and(StreamSpec::reads_scope)
            || rules.read_scope()
            || ours_when.as_ref().is_some_and(Expression::reads_scope);
        Some(Self {
            poll,
            stream,
            events_read_scope,
            deadline: duration("deadline").unwrap_or(DEADLINE),
            stall_after: duration("stall_after"),
            lost_after: duration("lost_after").unwrap_or(LOST_AFTER),
            estimate: duration("estimate"),
            ours_when,
            falls_back: falls_back.unwrap_or(false),
            rules,
        })
    }

    /// The names of what it keeps.
    pub(crate) fn kept_names(&self) -> impl Iterator<Item = &str> {
        let poll = self.poll.iter().flat_map(|poll| poll.fields.kept_names());
        poll.chain(self.stream.iter().flat_map(StreamSpec::kept_names))
    }

    /// Remembers what was seen, and corrects a report that only makes sense with what was seen before.
    pub(crate) fn settle(&self, scope: &Scope<'_>, reading: &Reading, report: &mut Report) -> Result<(), Failure> {
        if !self.falls_back && self.ours_when.is_none() {
            return Ok(());
        }
        let seen = scope.kept.get(SEEN).is_some_and(|seen| *seen == json!(true));
        match &report.state {
            RemoteState::Preparing if !seen => drop(report.kept.insert(SEEN.into(), json!(true))),
            RemoteState::Waiting if seen && self.falls_back => {
                let why = "the server has put the job back to where it began".to_owned();
                report.state = RemoteState::failed(Some(why));
            }
            state if state.is_end() && !seen => {
                let ours = match &self.ours_when {
                    Some(when)
                        if when.roots().iter().all(|name| !super::states::is_read(name) || reading.has(name)) =>
                    {
                        reading.truth(when)?
                    }
                    _ => true,
                };
                if !ours {
                    report.state = RemoteState::Waiting;
                    report.warnings.push("The server still shows an earlier export, which is not this one".into());
                }
            }
            _ => {}
        }
        Ok(())
    }
}

impl Connector {
    /// Whether the job can be asked for; if not, it is followed by its stream alone, and [`Connector::resolve_request`]
    /// is the snapshot: ready means done.
    pub fn has_poll(&self) -> bool {
        self.primary.follow.poll.is_some()
    }

    /// Whether one question serves all jobs of the connection, since it names none of them.
    pub fn poll_is_shared(&self) -> bool {
        self.primary.follow.poll.as_ref().is_some_and(|poll| poll.shared)
    }

    /// The request that asks for the job's state, without the sign-in.
    pub fn poll_request(&self, scope: &Scope<'_>) -> Result<Request, Failure> {
        let poll = self.poll_of(scope)?;
        let mut request = self.poll_again(scope)?;
        poll.ask_for_news(scope, &mut request);
        Ok(request)
    }

    /// The same, whether anything is new or not: what is wanted is the link in it.
    pub(super) fn poll_again(&self, scope: &Scope<'_>) -> Result<Request, Failure> {
        let course = self.course(scope.method);
        let poll = self.poll_of(scope)?;
        let result = match &course.resolve.request {
            None => course.resolve.result_at(course.follow.rules.look_into_a_success(poll.fields.state.as_ref())),
            Some(_) => None,
        };
        Ok(Request { result, ..self.request(&poll.request, scope, ErrorCode::JobFailed)? })
    }

    /// Reads the job's state. 5xx, 429 and garbage are NETWORK_ERROR: they say nothing about the job, ask again.
    pub fn read_poll(&self, scope: &Scope<'_>, answer: &Answer) -> Result<Report, Failure> {
        let course = self.course(scope.method);
        let (mut report, reading) = self.poll_of(scope)?.read_answer(self, scope, answer)?;
        let Some(mut reading) = reading else { return Ok(report) };
        course.follow.settle(scope, &reading, &mut report)?;
        let done = matches!(report.state, RemoteState::Ready | RemoteState::Partial);
        if done && course.resolve.request.is_none() {
            reading.fail_with(ErrorCode::DownloadFailed);
            if let Resolution::Ready(parts) = course.resolve.read_answer(scope, &reading)? {
                report.parts = parts;
            }
        }
        Ok(report)
    }

    /// What can be fetched according to the poll's answer, for a connector that has no second endpoint.
    pub(super) fn resolve_by_poll(&self, scope: &Scope<'_>, answer: &Answer) -> Result<Resolution, Failure> {
        let course = self.course(scope.method);
        let (mut report, reading) = self.poll_of(scope)?.read_answer(self, scope, answer)?;
        let Some(mut reading) = reading else {
            return report.state.failure().map_or(Ok(Resolution::NotYet), Err);
        };
        course.follow.settle(scope, &reading, &mut report)?;
        if let Some(failure) = report.state.failure() {
            return Err(failure);
        }
        if !matches!(report.state, RemoteState::Ready | RemoteState::Partial) {
            return Ok(Resolution::NotYet);
        }
        reading.fail_with(ErrorCode::DownloadFailed);
        course.resolve.read_answer(scope, &reading)
    }

    /// How long to wait before the next poll, after that many and at that percent.
    pub fn poll_delay(&self, count: u32, percent: Option<f64>) -> Duration {
        let delay = self.primary.follow.poll.as_ref().map_or(Duration::ZERO, |poll| poll.pace.delay(count, percent));
        delay.max(self.limits.poll_gap.unwrap_or_default())
    }

    /// After how many polls the job ends in JOB_TIMEOUT, to be followed on with a longer limit if a person says so.
    pub fn poll_limit(&self) -> Option<u32> {
        self.primary.follow.poll.as_ref().and_then(|poll| poll.limit)
    }

    /// How long the server may take before the job ends in JOB_TIMEOUT.
    pub fn deadline(&self) -> Duration {
        self.primary.follow.deadline
    }

    /// After how long without any change the job is shown as stalled.
    pub fn stall_after(&self) -> Option<Duration> {
        self.primary.follow.stall_after
    }

    /// How long the server usually takes: after twice as long the job is shown as stalled.
    pub fn estimate(&self) -> Option<Duration> {
        self.primary.follow.estimate
    }

    /// How long after the first [`RemoteState::Lost`] it is believed.
    pub fn lost_after(&self) -> Duration {
        self.primary.follow.lost_after
    }

    fn poll_of(&self, scope: &Scope<'_>) -> Result<&PollSpec, Failure> {
        let poll = self.course(scope.method).follow.poll.as_ref();
        poll.ok_or_else(|| {
            Failure::new(ErrorCode::JobFailed, "This server cannot be asked for a job, only listened to")
        })
    }
}
