//! Follows a job by asking again and again.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::connector::{RemoteState, Report, Resolution};
use crate::job::work::{Errand, Teller};
use crate::job::{News, Remote};
use crate::site::Setback;

/// So many different warnings are passed on; a server that always finds new words is known by then.
const MOST_WARNINGS: usize = 50;

/// Follows by polling, until the work is taken away because the job has moved on.
pub(super) async fn poll(errand: &Errand, remote: &Remote, teller: &Teller) -> Result<(), Setback> {
    let mut question = Question::new(errand, remote);
    loop {
        // Boxed: a job that waits for the next question does not hold the room that a request takes.
        if let Some(report) = Box::pin(question.ask()).await? {
            let report = question.fresh(report);
            errand.links.put(&report.parts);
            teller.tell(News::Reported(report)).await;
        }
        errand.clock.sleep(question.pace()).await;
    }
}

/// One look at the server's job.
pub(crate) async fn ask(errand: &Errand, remote: &Remote) -> Result<Report, Setback> {
    ask_after(errand, remote, &mut errand.clock.monotonic()).await
}

/// The same, content with an answer that another job got if it was asked for after that moment, which moves on.
async fn ask_after(errand: &Errand, remote: &Remote, after: &mut Duration) -> Result<Report, Setback> {
    let connector = &errand.site.connector;
    let request = errand.with_scope(Some(remote), |scope| connector.poll_request(scope))?;
    let answer = if connector.poll_is_shared() {
        let (asked_at, answer) = errand.site.ask_in_common(request, *after).await?;
        *after = asked_at;
        answer
    } else {
        errand.site.ask(request).await?
    };
    Ok(errand.with_scope(Some(remote), |scope| connector.read_poll(scope, &answer))?)
}

/// The question how a job stands, and what is remembered from one time to the next.
pub(super) struct Question<'a> {
    errand: &'a Errand,
    remote: &'a Remote,
    count: u32,
    /// When its last answer was asked for, or when there was none yet, by the monotonic clock.
    after: Duration,
    percent: Option<f64>,
    lost_since: Option<Duration>,
    warned: BTreeSet<String>,
    warnings: Vec<String>,
}

impl<'a> Question<'a> {
    pub(super) fn new(errand: &'a Errand, remote: &'a Remote) -> Self {
        let (warned, warnings) = (BTreeSet::new(), Vec::new());
        let after = errand.clock.monotonic();
        Self { errand, remote, count: 0, after, percent: None, lost_since: None, warned, warnings }
    }

    /// Asks once; nothing when the answer says nothing that can be believed yet.
    pub(super) async fn ask(&mut self) -> Result<Option<Report>, Setback> {
        if !self.errand.site.connector.has_poll() {
            return self.ask_for_result().await;
        }
        let report = ask_after(self.errand, self.remote, &mut self.after).await?;
        self.count += 1;
        self.percent = report.percent;
        if report.state != RemoteState::Lost {
            self.lost_since = None;
            return Ok(Some(report));
        }
        // A server behind a balancer may not know its newest jobs everywhere at once.
        let now = self.errand.clock.monotonic();
        let since = *self.lost_since.get_or_insert(now);
        Ok((now.saturating_sub(since) >= self.errand.site.connector.lost_after()).then_some(report))
    }

    /// Where the job itself cannot be asked for: whether its result is there.
    async fn ask_for_result(&mut self) -> Result<Option<Report>, Setback> {
        match self.errand.ask_for_links(self.remote).await? {
            Resolution::NotYet => Ok(None),
            Resolution::Ready(parts) => Ok(Some(Report { parts, ..Report::of(RemoteState::Ready) })),
            Resolution::Pages(_) => Ok(Some(Report::of(RemoteState::Ready))),
        }
    }

    /// How long to wait before the next time.
    pub(super) fn pace(&self) -> Duration {
        self.errand.site.connector.poll_delay(self.count, self.percent)
    }

    /// Something odd, to be told with the next report.
    pub(super) fn warn(&mut self, warning: String) {
        if self.warned.len() < MOST_WARNINGS && self.warned.insert(warning.clone()) {
            self.warnings.push(warning);
        }
    }

    /// The report with only those warnings that were not given before.
    pub(super) fn fresh(&mut self, mut report: Report) -> Report {
        for warning in std::mem::take(&mut report.warnings) {
            self.warn(warning);
        }
        report.warnings = std::mem::take(&mut self.warnings);
        report
    }
}
