//! Watching a job: by its stream while there is one, by asking otherwise.

use std::time::Duration;

use http::{HeaderName, HeaderValue};
use landfall_wire::{ErrorCode, Failure};

use super::life::Life;
use super::{Heard, Seen, Step};
use crate::connector::resolve::Resolution;
use crate::connector::states::RemoteState;
use crate::connector::{Report, StreamPlan, StreamScope};
use crate::units::duration_text;

/// What was noticed so far.
#[derive(Default)]
struct Watch {
    last: Option<Report>,
    changed_at: Duration,
    lost_at: Option<Duration>,
}

/// Where a stream stands.
struct Listening {
    open: bool,
    /// How often it was opened anew since the last event.
    tries: u32,
    last_id: String,
    /// When something came of any kind, and when a word of our job.
    life_at: Duration,
    word_at: Duration,
}

impl Life<'_> {
    /// Watches until the job's end or its deadline.
    pub(super) fn watch(&mut self, seen: &mut Seen) -> Result<Report, Failure> {
        let mut watch = Watch::default();
        self.started = self.server.elapsed();
        if let Some(plan) = self.connector.stream()
            && let Some(report) = self.listen(plan, &mut watch, seen)?
        {
            return Ok(report);
        }
        self.poll(&mut watch, seen)
    }

    fn poll(&mut self, watch: &mut Watch, seen: &mut Seen) -> Result<Report, Failure> {
        let connector = self.connector;
        for count in 0.. {
            if connector.poll_limit().is_some_and(|limit| count >= limit) {
                let message = format!("The server did not finish within {count} polls");
                return Err(Failure::new(ErrorCode::JobTimeout, message));
            }
            let percent = watch.last.as_ref().and_then(|report| report.percent);
            self.server.wait(connector.poll_delay(count, percent));
            self.still_in_time()?;
            self.cancel_if_due()?;
            if let Some(report) = self.poll_once(watch, seen)? {
                return Ok(report);
            }
        }
        Err(Failure::new(ErrorCode::JobTimeout, "The server did not finish"))
    }

    /// One poll; a report when it is the end.
    fn poll_once(&mut self, watch: &mut Watch, seen: &mut Seen) -> Result<Option<Report>, Failure> {
        let connector = self.connector;
        let request = connector.poll_request(&self.scope())?;
        let answer = self.ask(Step::Poll, request)?;
        match connector.read_poll(&self.scope(), &answer) {
            Ok(report) => Ok(self.notice(report, watch, seen)),
            // Nothing is said about the job: ask again, within the deadline.
            Err(failure) if failure.code == ErrorCode::NetworkError => Ok(None),
            Err(failure) => Err(failure),
        }
    }

    /// Listens until the end of the job; `None` when asking is to take over.
    fn listen(&mut self, plan: &StreamPlan, watch: &mut Watch, seen: &mut Seen) -> Result<Option<Report>, Failure> {
        let now = self.now();
        let mut at = Listening { open: false, tries: 0, last_id: String::new(), life_at: now, word_at: now };
        at.open = self.open(plan, &at)?;
        loop {
            if !at.open {
                if at.tries >= plan.tries {
                    if self.connector.has_poll() {
                        return Ok(None);
                    }
                    // Without a poll there is nothing else to do.
                    at.tries = 0;
                }
                self.server.wait(plan.first_backoff * 2_u32.saturating_pow(at.tries.min(10)));
                at.tries += 1;
                self.still_in_time()?;
                self.cancel_if_due()?;
                if let Some(report) = self.ask_after_silence(plan, &mut at, watch, seen)? {
                    return Ok(Some(report));
                }
                at.open = self.open(plan, &at)?;
                at.life_at = self.now();
                continue;
            }
            let heard = self.server.hear(self.patience(plan, &at));
            self.still_in_time()?;
            self.cancel_if_due()?;
            if heard != Heard::Nothing {
                at.life_at = self.now();
            }
            match heard {
                Heard::Event { kind, id, data } => {
                    at.tries = 0;
                    if !id.is_empty() {
                        at.last_id.clone_from(&id);
                    }
                    if let Some(report) = self.read(&kind, &id, &data, &mut at, watch, seen)? {
                        return Ok(Some(report));
                    }
                }
                Heard::Beat => {}
                Heard::Nothing => {
                    if let Some(report) = self.ask_after_silence(plan, &mut at, watch, seen)? {
                        return Ok(Some(report));
                    }
                    at.open = plan.idle.is_none_or(|limit| self.now() < at.life_at + limit);
                }
                Heard::End => at.open = false,
            }
        }
    }

    /// How long to listen before something else is due.
    fn patience(&self, plan: &StreamPlan, at: &Listening) -> Duration {
        let now = self.now();
        let until = [
            plan.silence.map(|limit| at.word_at + limit),
            plan.idle.map(|limit| at.life_at + limit),
            self.drive.cancel_after.filter(|_| !self.cancelled),
            Some(self.connector.deadline() + Duration::from_millis(1)),
        ];
        until.into_iter().flatten().min().unwrap_or_default().saturating_sub(now)
    }

    fn open(&mut self, plan: &StreamPlan, at: &Listening) -> Result<bool, Failure> {
        let scope = self.scope();
        let mut request = match plan.scope {
            StreamScope::Job => self.connector.stream_request(&scope)?,
            StreamScope::Connection => {
                self.connector.connection_stream_request(scope.connection_name, scope.connection_url)?
            }
        };
        if let Ok(id) = HeaderValue::from_str(&at.last_id)
            && !at.last_id.is_empty()
        {
            request.headers.insert(HeaderName::from_static("last-event-id"), id);
        }
        self.sign(&mut request)?;
        Ok(self.server.open(&request).is_ok())
    }

    fn read(
        &mut self,
        kind: &str,
        id: &str,
        data: &str,
        at: &mut Listening,
        watch: &mut Watch,
        seen: &mut Seen,
    ) -> Result<Option<Report>, Failure> {
        for item in self.connector.read_event(kind, id, data) {
            if item.of().is_some_and(|of| Some(of) != self.remote_id.as_deref()) {
                continue;
            }
            at.word_at = self.now();
            let report = match self.connector.read_item(&self.scope(), &item) {
                Ok(Some(report)) => report,
                Ok(None) => continue,
                Err(failure) if failure.code == ErrorCode::NetworkError => continue,
                Err(failure) => return Err(failure),
            };
            if let Some(end) = self.notice(report, watch, seen) {
                return Ok(Some(end));
            }
        }
        Ok(None)
    }

    /// Asks when there was no word of the job for too long, whether the stream is open or not.
    fn ask_after_silence(
        &mut self,
        plan: &StreamPlan,
        at: &mut Listening,
        watch: &mut Watch,
        seen: &mut Seen,
    ) -> Result<Option<Report>, Failure> {
        if plan.silence.is_none_or(|limit| self.now() < at.word_at + limit) {
            return Ok(None);
        }
        at.word_at = self.now();
        self.snapshot(watch, seen)
    }

    fn snapshot(&mut self, watch: &mut Watch, seen: &mut Seen) -> Result<Option<Report>, Failure> {
        if self.connector.has_poll() {
            return self.poll_once(watch, seen);
        }
        let request = self.connector.resolve_request(&self.scope())?;
        let answer = self.ask(Step::Resolve, request)?;
        match self.connector.read_resolve(&self.scope(), &answer) {
            Ok(Resolution::Ready(parts)) => {
                let report = Report { parts, ..Report::of(RemoteState::Ready) };
                Ok(self.notice(report, watch, seen))
            }
            Ok(_) => Ok(None),
            Err(failure) if failure.code == ErrorCode::NetworkError => Ok(None),
            Err(failure) => Err(failure),
        }
    }

    /// Notes a report; gives it back when it is the end.
    fn notice(&mut self, report: Report, watch: &mut Watch, seen: &mut Seen) -> Option<Report> {
        let now = self.now();
        if report.unchanged {
            return None;
        }
        if report.state == RemoteState::Lost {
            let since = *watch.lost_at.get_or_insert(now);
            if now < since + self.connector.lost_after() {
                return None;
            }
        } else {
            watch.lost_at = None;
        }
        self.kept.extend(report.kept.clone());
        if watch.last.as_ref() != Some(&report) {
            watch.changed_at = now;
            seen.note(&report);
        }
        let silent = now.saturating_sub(watch.changed_at);
        let stalled = self.connector.stall_after().is_some_and(|limit| silent >= limit)
            || self.connector.estimate().is_some_and(|estimate| now >= estimate * 2);
        if seen.stalled_at.is_none() && stalled {
            seen.stalled_at = Some(now);
        }
        if report.state.is_end() {
            return Some(report);
        }
        watch.last = Some(report);
        None
    }

    fn now(&self) -> Duration {
        self.server.elapsed().saturating_sub(self.started)
    }

    fn still_in_time(&self) -> Result<(), Failure> {
        if self.now() <= self.connector.deadline() {
            return Ok(());
        }
        let limit = duration_text(self.connector.deadline());
        Err(Failure::new(ErrorCode::JobTimeout, format!("The server did not finish within {limit}")))
    }
}
