//! Following a job by asking for it: what is asked, how often, and what an answer reports.

use std::time::Duration;

use landfall_wire::{ErrorCode, Failure};

use super::answer::{Reading, accept};
use super::expression::Expression;
use super::params::Param;
use super::part::Part;
use super::request::RequestSpec;
use super::scope::Scope;
use super::sheet::{Names, Sheet};
use super::states::{Judgement, RemoteState, Rules};
use crate::net::Answer;

/// How long the server may take by default (D-2).
const DEADLINE: Duration = Duration::from_mins(30);

/// How long a 404 is not believed by default.
const LOST_AFTER: Duration = Duration::from_secs(30);

/// What one answer says about a job.
#[derive(Debug, Clone, PartialEq)]
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
    pub parts: Vec<Part>,
    /// What was odd about the answer; for the timeline.
    pub warnings: Vec<String>,
}

impl Report {
    pub(crate) fn of(state: RemoteState) -> Self {
        Self { state, word: None, percent: None, stage: None, message: None, parts: Vec::new(), warnings: Vec::new() }
    }
}

#[derive(Debug)]
pub(crate) struct FollowSpec {
    pub(crate) request: RequestSpec,
    pub(crate) every: Duration,
    pub(crate) deadline: Duration,
    pub(crate) stall_after: Option<Duration>,
    pub(crate) lost_after: Duration,
    state: Option<Expression>,
    percent: Option<Expression>,
    stage: Option<Expression>,
    message: Option<Expression>,
    reason: Option<Expression>,
    remediation: Option<Expression>,
    rules: Rules,
}

impl FollowSpec {
    pub(crate) fn read(root: &Sheet<'_>, names: &Names) -> Option<Self> {
        let answer = Names { answer: true, ..names.clone() };
        let rules = Rules::read(root, &answer);
        let follow = root.needed("follow", "write [follow.poll] with the request that asks for the job")?.table()?;
        let poll = follow.needed("poll", "write [follow.poll] with the request that asks for the job")?.table()?;
        let expression = |key| poll.cell(key).and_then(|cell| cell.expression(&answer));
        let duration = |key| follow.cell(key).and_then(|cell| cell.duration());
        if rules.has_words() {
            poll.needed("state", "write where the answer holds the state, such as state = \"body.status\"");
        }
        let every =
            poll.needed("every", "write how often to ask, such as every = \"2s\"").and_then(|cell| cell.duration());
        Some(Self {
            request: RequestSpec::read(&poll, names)?,
            every: every?,
            deadline: duration("deadline").unwrap_or(DEADLINE),
            stall_after: duration("stall_after"),
            lost_after: duration("lost_after").unwrap_or(LOST_AFTER),
            state: expression("state"),
            percent: expression("percent"),
            stage: expression("stage"),
            message: expression("message"),
            reason: expression("reason"),
            remediation: expression("remediation"),
            rules,
        })
    }

    /// Reads an answer; what it reports and the reading, for a result that is named in it.
    pub(crate) fn read_answer(
        &self,
        scope: &Scope<'_>,
        declared: &[Param],
        answer: &Answer,
    ) -> Result<(Report, Option<Reading>), Failure> {
        match answer.status {
            404 => return Ok((Report::of(RemoteState::Lost), None)),
            410 => return Ok((Report::of(RemoteState::Expired), None)),
            // Not a word about the job: whoever asks may not ask.
            403 => accept(answer, ErrorCode::AuthenticationError, "to tell about the job")?,
            _ => accept(answer, ErrorCode::JobFailed, "to tell about the job")?,
        }
        // An answer that cannot be read says nothing about the job: it is asked again, within the deadline.
        let reading = Reading::of(scope, declared, answer, ErrorCode::NetworkError);
        let Judgement { mut state, word, warning } = self.rules.judge(&reading, self.state.as_ref())?;
        if let RemoteState::Failed { reason, remediation } = &mut state {
            *reason = reading.words(self.reason.as_ref());
            *remediation = reading.words(self.remediation.as_ref());
        }
        let mut report = Report::of(state);
        report.word = word;
        report.warnings.extend(warning);
        report.percent = self.read_percent(&reading, &mut report.warnings);
        report.stage = reading.words(self.stage.as_ref());
        report.message = reading.words(self.message.as_ref());
        Ok((report, Some(reading)))
    }

    /// A percent is for show: one that is unusable is noted and left out, never an error.
    fn read_percent(&self, reading: &Reading, warnings: &mut Vec<String>) -> Option<f64> {
        let source = self.percent.as_ref()?;
        let value = reading.value(source).ok().flatten()?;
        let text =
            value.as_str().map_or_else(|| value.to_string(), |text| text.trim().trim_end_matches('%').to_owned());
        match text.parse::<f64>() {
            Ok(percent) if (0.0..=100.0).contains(&percent) => Some(percent),
            _ => {
                warnings.push(format!(
                    "The server's progress (`{}`) is no number from 0 to 100; left out",
                    source.source()
                ));
                None
            }
        }
    }
}
