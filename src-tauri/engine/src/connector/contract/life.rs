//! The life of one job: made, watched, fetched; and made once more where there is another way.

use std::time::Duration;

use jiff::Timestamp;
use landfall_wire::{ErrorCode, Failure, Method};
use serde_json::json;

use super::{Drive, End, Seen, Server, Step};
use crate::connector::resolve::Resolution;
use crate::connector::scope::{Kept, Scope};
use crate::connector::states::RemoteState;
use crate::connector::{Connector, Part, Report, SubmitReading, Submitted};
use crate::net::{Answer, Request};

/// No drive asks more often than this, whatever a connector says.
const MOST_REQUESTS: u32 = 100_000;

/// A full queue is asked again after that long, where the server says nothing else.
const QUEUE_REST: Duration = Duration::from_secs(10);

/// One job on its way.
pub(super) struct Life<'d> {
    pub(super) drive: &'d Drive<'d>,
    pub(super) connector: &'d Connector,
    pub(super) server: &'d mut dyn Server,
    pub(super) method: Method,
    pub(super) remote_id: Option<String>,
    pub(super) kept: Kept,
    pub(super) started: Duration,
    pub(super) cancelled: bool,
    left: u32,
}

/// Drives a connector through the life of one job.
pub(super) fn live(drive: &Drive<'_>, server: &mut dyn Server) -> Seen {
    let mut seen = Seen {
        end: End::Ready,
        job: None,
        states: Vec::new(),
        percents: Vec::new(),
        stages: Vec::new(),
        messages: Vec::new(),
        method: Method::Primary,
        size: None,
        expires_at: None,
        warnings: Vec::new(),
        took: Duration::ZERO,
        stalled_at: None,
        parts: Vec::new(),
        renewed: Vec::new(),
    };
    let started = server.elapsed();
    let mut life = Life {
        drive,
        connector: drive.connector,
        server,
        method: Method::Primary,
        remote_id: None,
        kept: Kept::new(),
        started,
        cancelled: false,
        left: MOST_REQUESTS,
    };
    seen.end = life.one_way_or_the_other(&mut seen).unwrap_or_else(End::Failed);
    seen.took = life.server.elapsed().saturating_sub(started);
    seen
}

impl Life<'_> {
    fn one_way_or_the_other(&mut self, seen: &mut Seen) -> Result<End, Failure> {
        let first = match self.one_way(seen) {
            Err(failure) if failure.code == ErrorCode::JobFailed && self.connector.has_fallback() => failure,
            end => return end,
        };
        (self.method, seen.method) = (Method::Fallback, Method::Fallback);
        (self.remote_id, self.kept) = (None, Kept::new());
        self.one_way(seen).map_err(|second| {
            let message = format!("{}; by the other way: {}", first.message, second.message);
            let details = json!({ "primary": first.message, "fallback": second.message });
            Failure::new(second.code, message).with_details(details).with_remediation(second.remediation)
        })
    }

    fn one_way(&mut self, seen: &mut Seen) -> Result<End, Failure> {
        let submitted = self.submit()?;
        seen.job = Some(submitted.remote_id.clone());
        self.remote_id = Some(submitted.remote_id);
        self.kept.extend(submitted.kept);
        let report = match submitted.report {
            Some(report) => {
                seen.note(&report);
                report
            }
            None => self.watch(seen)?,
        };
        if let Some(failure) = report.state.failure() {
            let cancelled = self.cancelled && report.state == RemoteState::Cancelled;
            return Err(if cancelled { cancelled_by_us() } else { failure });
        }
        if report.state == RemoteState::Empty {
            return Ok(End::Empty);
        }
        seen.parts = if report.parts.is_empty() { self.resolve()? } else { report.parts };
        if self.drive.renew {
            seen.renewed = self.resolve()?;
        }
        Ok(End::Ready)
    }

    /// What the connector sees of the job by now.
    pub(super) fn scope(&self) -> Scope<'_> {
        Scope {
            connection_name: "contract",
            connection_url: self.drive.connection_url,
            params: self.drive.params,
            remote_id: self.remote_id.as_deref(),
            kept: &self.kept,
            created_at: Timestamp::UNIX_EPOCH,
            correlation_id: self.drive.correlation_id,
            idempotency_key: self.drive.idempotency_key,
            method: self.method,
        }
    }

    fn submit(&mut self) -> Result<Submitted, Failure> {
        let connector = self.connector;
        if let Some(submitted) = connector.without_submit(&self.scope()) {
            return submitted;
        }
        let mut step = 0;
        loop {
            let request = connector.submit_request(&self.scope(), step)?;
            let answer = self.ask(Step::Submit, request)?;
            match connector.read_submit(&self.scope(), step, &answer)? {
                SubmitReading::Submitted(submitted) => return Ok(submitted),
                SubmitReading::Step { remote_id, kept } => {
                    self.remote_id = remote_id.or(self.remote_id.take());
                    self.kept.extend(kept);
                    step += 1;
                }
                SubmitReading::Duplicate { remote_id: Some(id) } => return connector.adopted(&self.scope(), &id),
                SubmitReading::Duplicate { remote_id: None } => {
                    let message = "The server has this job already and does not say which it is";
                    return Err(Failure::new(ErrorCode::JobCreationFailed, message));
                }
                SubmitReading::Busy { retry_after, .. } => self.server.wait(retry_after.unwrap_or(QUEUE_REST)),
            }
        }
    }

    pub(super) fn ask(&mut self, step: Step, mut request: Request) -> Result<Answer, Failure> {
        self.sign(&mut request)?;
        self.server.answer(step, &request)
    }

    /// Adds the sign-in, unless there were too many requests by now.
    pub(super) fn sign(&mut self, request: &mut Request) -> Result<(), Failure> {
        self.left = self.left.saturating_sub(1);
        if self.left == 0 {
            return Err(Failure::new(ErrorCode::JobTimeout, format!("{MOST_REQUESTS} requests did not suffice")));
        }
        self.connector.authorize(request, self.drive.credentials, self.drive.connection_url)
    }

    /// Cancels the job when its time has come; an error ends it at once.
    pub(super) fn cancel_if_due(&mut self) -> Result<(), Failure> {
        let passed = self.server.elapsed().saturating_sub(self.started);
        if self.cancelled || self.drive.cancel_after.is_none_or(|after| passed < after) {
            return Ok(());
        }
        self.cancelled = true;
        let Some(request) = self.connector.cancel_request(&self.scope()) else { return Err(cancelled_by_us()) };
        let answer = self.ask(Step::Cancel, request?)?;
        self.connector.read_cancel(&self.scope(), &answer)?;
        if self.connector.cancel_waits() { Ok(()) } else { Err(cancelled_by_us()) }
    }

    fn resolve(&mut self) -> Result<Vec<Part>, Failure> {
        let connector = self.connector;
        let (every, tries) = connector.resolve_pace();
        for attempt in 0..tries {
            if attempt > 0 {
                self.server.wait(every);
            }
            let request = connector.resolve_request(&self.scope())?;
            let answer = self.ask(Step::Resolve, request)?;
            if let Resolution::Ready(parts) = connector.read_resolve(&self.scope(), &answer)? {
                return Ok(parts);
            }
        }
        Err(connector.no_download())
    }
}

fn cancelled_by_us() -> Failure {
    Failure::new(ErrorCode::Cancelled, "The export was cancelled")
}

impl Seen {
    pub(super) fn note(&mut self, report: &Report) {
        fn once<T: PartialEq>(all: &mut Vec<T>, one: Option<T>) {
            if let Some(one) = one.filter(|one| all.last() != Some(one)) {
                all.push(one);
            }
        }
        once(&mut self.states, Some(report.state.word()));
        once(&mut self.percents, report.percent);
        once(&mut self.stages, report.stage.clone());
        once(&mut self.messages, report.message.clone());
        self.size = report.size.or(self.size);
        self.expires_at = report.expires_at.or(self.expires_at);
        for warning in &report.warnings {
            if !self.warnings.contains(warning) {
                self.warnings.push(warning.clone());
            }
        }
    }
}
