//! The contract suite: drives a connector through the life of one job and compares what is seen with what must be.
//!
//! The same expectations serve offline, against recorded answers in a time of their own, and live, against a real
//! server: whoever implements [`Server`] says how requests travel and how time passes.

use std::time::Duration;

use jiff::Timestamp;
use landfall_wire::{ErrorCode, Failure};
use url::Url;

use super::part::Part;
use super::resolve::Resolution;
use super::scope::{Kept, Scope};
use super::states::RemoteState;
use super::{Connector, Params, Report};
use crate::net::{Answer, Request};
use crate::secrets::Credentials;
use crate::units::duration_text;

/// No drive asks more often than this, whatever a connector says.
const MOST_REQUESTS: u32 = 100_000;

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
}

impl Step {
    /// The word for it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Test => "test",
            Self::Submit => "submit",
            Self::Poll => "poll",
            Self::Resolve => "resolve",
        }
    }
}

/// Something that answers requests, and in which time passes.
pub trait Server {
    /// Answers one request.
    fn answer(&mut self, step: Step, request: &Request) -> Result<Answer, Failure>;

    /// Lets that much time pass.
    fn wait(&mut self, span: Duration);

    /// How much time has passed since the start.
    fn elapsed(&self) -> Duration;
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
}

/// Drives a connector through the life of one job.
pub fn drive(drive: &Drive<'_>, server: &mut dyn Server) -> Seen {
    let mut seen = Seen {
        end: End::Ready,
        job: None,
        states: Vec::new(),
        percents: Vec::new(),
        warnings: Vec::new(),
        took: Duration::ZERO,
        stalled_at: None,
        parts: Vec::new(),
        renewed: Vec::new(),
    };
    let started = server.elapsed();
    let mut driver = Driver { drive, connector: drive.connector, server, left: MOST_REQUESTS };
    seen.end = match driver.live(&mut seen) {
        Ok(end) => end,
        Err(failure) => End::Failed(failure),
    };
    seen.took = driver.server.elapsed().saturating_sub(started);
    seen
}

struct Driver<'d> {
    drive: &'d Drive<'d>,
    connector: &'d Connector,
    server: &'d mut dyn Server,
    left: u32,
}

impl Driver<'_> {
    fn live(&mut self, seen: &mut Seen) -> Result<End, Failure> {
        let none = Kept::new();
        let connector = self.connector;
        let scope = Scope {
            connection_name: "contract",
            connection_url: self.drive.connection_url,
            params: self.drive.params,
            remote_id: None,
            kept: &none,
            created_at: Timestamp::UNIX_EPOCH,
            correlation_id: self.drive.correlation_id,
            idempotency_key: self.drive.idempotency_key,
        };
        let answer = self.ask(Step::Submit, connector.submit_request(&scope)?)?;
        let submitted = connector.read_submit(&scope, &answer)?;
        seen.job = Some(submitted.remote_id.clone());
        let scope = Scope { remote_id: Some(&submitted.remote_id), kept: &submitted.kept, ..scope };
        let report = self.follow(&scope, seen)?;
        if let Some(failure) = report.state.failure() {
            return Err(failure);
        }
        if report.state == RemoteState::Empty {
            return Ok(End::Empty);
        }
        seen.parts = if report.parts.is_empty() { self.resolve(&scope)? } else { report.parts };
        if self.drive.renew {
            seen.renewed = self.resolve(&scope)?;
        }
        Ok(End::Ready)
    }

    fn ask(&mut self, step: Step, mut request: Request) -> Result<Answer, Failure> {
        self.left = self.left.saturating_sub(1);
        if self.left == 0 {
            return Err(Failure::new(ErrorCode::JobTimeout, format!("{MOST_REQUESTS} requests did not suffice")));
        }
        self.connector.authorize(&mut request, self.drive.credentials, self.drive.connection_url)?;
        self.server.answer(step, &request)
    }

    /// Polls until the job's end or its deadline.
    fn follow(&mut self, scope: &Scope<'_>, seen: &mut Seen) -> Result<Report, Failure> {
        let connector = self.connector;
        let started = self.server.elapsed();
        let (mut changed_at, mut lost_at) = (Duration::ZERO, None);
        let mut last: Option<Report> = None;
        for count in 0.. {
            let percent = last.as_ref().and_then(|report| report.percent);
            self.server.wait(connector.poll_delay(count, percent));
            let now = self.server.elapsed().saturating_sub(started);
            if now > connector.deadline() {
                break;
            }
            let answer = self.ask(Step::Poll, connector.poll_request(scope)?)?;
            let report = match connector.read_poll(scope, &answer) {
                Ok(report) => report,
                // Nothing is said about the job: ask again, within the deadline.
                Err(failure) if failure.code == ErrorCode::NetworkError => continue,
                Err(failure) => return Err(failure),
            };
            if report.state == RemoteState::Lost && now < *lost_at.get_or_insert(now) + connector.lost_after() {
                continue;
            }
            if last.as_ref() != Some(&report) {
                changed_at = now;
                seen.note(&report);
            }
            let silent = now.saturating_sub(changed_at);
            if seen.stalled_at.is_none() && connector.stall_after().is_some_and(|limit| silent >= limit) {
                seen.stalled_at = Some(now);
            }
            if report.state.is_end() {
                return Ok(report);
            }
            last = Some(report);
        }
        let limit = duration_text(connector.deadline());
        Err(Failure::new(ErrorCode::JobTimeout, format!("The server did not finish within {limit}")))
    }

    fn resolve(&mut self, scope: &Scope<'_>) -> Result<Vec<Part>, Failure> {
        let connector = self.connector;
        let (every, tries) = connector.resolve_pace();
        for attempt in 0..tries {
            if attempt > 0 {
                self.server.wait(every);
            }
            let answer = self.ask(Step::Resolve, connector.resolve_request(scope)?)?;
            match connector.read_resolve(scope, &answer)? {
                Resolution::Ready(parts) => return Ok(parts),
                Resolution::Pages(pages) => return Ok(vec![pages.first]),
                Resolution::NotYet => {}
            }
        }
        Err(connector.no_download())
    }
}

impl Seen {
    fn note(&mut self, report: &Report) {
        let state = report.state.word();
        if self.states.last() != Some(&state) {
            self.states.push(state);
        }
        if let Some(percent) = report.percent.filter(|percent| self.percents.last() != Some(percent)) {
            self.percents.push(percent);
        }
        for warning in &report.warnings {
            if !self.warnings.contains(warning) {
                self.warnings.push(warning.clone());
            }
        }
    }
}
