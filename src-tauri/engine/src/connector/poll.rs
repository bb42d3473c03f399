//! Asking for a job: what is asked, how often, and what an answer says.

use std::time::Duration;

use http::{HeaderValue, header};
use landfall_wire::{ErrorCode, Failure};
use serde_json::Value as Json;

use super::Connector;
use super::answer::{Reading, Standing};
use super::expression::Expression;
use super::fields::Fields;
use super::follow::{ETAG, Report};
use super::request::RequestSpec;
use super::scope::Scope;
use super::sheet::{Names, Sheet};
use super::states::RemoteState;
use crate::net::{Answer, REQUEST_LIMIT, Request};

/// The longest gap that `backoff` makes by default.
const LONGEST: Duration = Duration::from_mins(1);

/// The `[follow.poll]` of a connector.
#[derive(Debug)]
pub(crate) struct PollSpec {
    pub(crate) request: RequestSpec,
    pub(crate) pace: PollPace,
    pub(crate) limit: Option<u32>,
    pub(crate) fields: Fields,
    /// The items of an answer about many jobs, and whose job an item is.
    many: Option<(Expression, Expression)>,
    etag: bool,
    /// One answer serves all jobs of the connection.
    pub(crate) shared: bool,
}

/// How long to wait between two polls.
#[derive(Debug)]
pub(crate) struct PollPace {
    every: Duration,
    backoff: f64,
    longest: Duration,
    steps: Vec<Step>,
}

/// One entry of `pace`: all that it says must hold.
#[derive(Debug)]
struct Step {
    polls: Option<u32>,
    above: Option<f64>,
    below: Option<f64>,
    every: Duration,
}

impl PollSpec {
    pub(crate) fn read(sheet: &Sheet<'_>, names: &Names, has_words: bool) -> Option<Self> {
        let many = sheet.cell("each").is_some();
        let answer = names.clone().with_answer();
        let item = if many { answer.clone().with_item() } else { answer.clone() };
        if has_words {
            sheet.needed("state", "write where the answer holds the state, such as state = \"body.status\"");
        }
        let each = sheet.cell("each").and_then(|cell| cell.expression(&answer));
        let of = if many {
            sheet
                .needed("of", "write whose job an item is, such as of = \"item.id\"")
                .and_then(|cell| cell.expression(&item))
        } else {
            if let Some(cell) = sheet.cell("of") {
                cell.note("it says nothing without each", "write each = \"body.jobs\" as well");
            }
            None
        };
        let shared = sheet.cell("shared").filter(|cell| cell.boolean() == Some(true));
        if let Some(cell) = shared.as_ref().filter(|_| !many) {
            cell.note("an answer for all jobs must speak of many", "write each and of as well");
        }
        // One question for all jobs is asked without any of them.
        let asking = if shared.is_some() { Names::default() } else { names.clone() };
        let mut request = RequestSpec::read(sheet, &asking)?;
        if let Some(held) = sheet.cell("long_poll").and_then(|cell| cell.duration()) {
            request.timeout = Some(held + request.timeout.unwrap_or(REQUEST_LIMIT));
        }
        Some(Self {
            request,
            pace: PollPace::read(sheet)?,
            limit: sheet.cell("limit").and_then(|cell| cell.whole(1)),
            fields: Fields::read(sheet, &item),
            many: each.zip(of),
            etag: sheet.cell("etag").and_then(|cell| cell.boolean()).unwrap_or(false),
            shared: shared.is_some(),
        })
    }

    /// Lets the server say that nothing is new (RFC 9110 section 13.1.2).
    pub(crate) fn ask_for_news(&self, scope: &Scope<'_>, request: &mut Request) {
        let last = scope.kept.get(ETAG).and_then(Json::as_str).filter(|_| self.etag);
        if let Some(value) = last.and_then(|etag| HeaderValue::from_str(etag).ok()) {
            request.headers.insert(header::IF_NONE_MATCH, value);
        }
    }

    /// Reads an answer: what it reports, and the reading, for a result that is named in it.
    pub(crate) fn read_answer(
        &self,
        connector: &Connector,
        scope: &Scope<'_>,
        answer: &Answer,
    ) -> Result<(Report, Option<Reading>), Failure> {
        // An answer that cannot be read says nothing about the job: it is asked again, within the deadline.
        let reading = connector.reading(&self.request, scope, answer, ErrorCode::NetworkError);
        let rules = &connector.course(scope.method).follow.rules;
        if let Standing::Refused { status, .. } = Standing::of(answer) {
            if let Some(judgement) = rules.judge_status(&reading)? {
                return Ok((self.fields.report(&reading, judgement), Some(reading)));
            }
            match status {
                304 => return Ok((Report { unchanged: true, ..Report::of(RemoteState::Preparing) }, None)),
                404 => return Ok((Report::of(RemoteState::Lost), None)),
                410 => return Ok((Report::of(RemoteState::Expired), None)),
                _ => {}
            }
        }
        // Not a word about the job: whoever asks may not ask.
        let code = if answer.status == 403 { ErrorCode::AuthenticationError } else { ErrorCode::JobFailed };
        connector.errors.accept(&self.request, &reading, answer, code, "to tell about the job")?;
        let Some(reading) = self.ours(scope, reading)? else { return Ok((Report::of(RemoteState::Lost), None)) };
        let mut report = self.fields.judge(&reading, rules)?;
        let etag = answer.headers.get(header::ETAG).and_then(|etag| etag.to_str().ok());
        if let Some(etag) = etag.filter(|etag| self.etag && etag.len() < 1024 && !report.state.is_end()) {
            report.kept.insert(ETAG.into(), etag.into());
        }
        Ok((report, Some(reading)))
    }

    /// The reading with the item that speaks of our job, where an answer speaks of many.
    fn ours(&self, scope: &Scope<'_>, reading: Reading) -> Result<Option<Reading>, Failure> {
        let Some((each, of)) = &self.many else { return Ok(Some(reading)) };
        for item in reading.items(each)? {
            let one = reading.with_item(item);
            if one.text(of)?.is_some_and(|id| Some(id.trim()) == scope.remote_id) {
                return Ok(Some(one));
            }
        }
        Ok(None)
    }
}

impl PollPace {
    fn read(sheet: &Sheet<'_>) -> Option<Self> {
        let every =
            sheet.needed("every", "write how often to ask, such as every = \"2s\"").and_then(|cell| cell.duration());
        let backoff = sheet.cell("backoff").and_then(|cell| {
            let factor = cell.number()?;
            if !(1.0..=10.0).contains(&factor) {
                cell.wrong("a number from 1 to 10");
            }
            Some(factor)
        });
        let steps = sheet.tables("pace").iter().filter_map(Step::read).collect();
        Some(Self {
            every: every?,
            backoff: backoff.unwrap_or(1.0),
            longest: sheet.cell("longest").and_then(|cell| cell.duration()).unwrap_or(LONGEST),
            steps,
        })
    }

    /// The wait after that many polls, at that percent.
    pub(crate) fn delay(&self, count: u32, percent: Option<f64>) -> Duration {
        if let Some(step) = self.steps.iter().find(|step| step.holds(count, percent)) {
            return step.every;
        }
        if self.backoff <= 1.0 {
            return self.every;
        }
        let grown = self.every.as_secs_f64() * self.backoff.powi(i32::try_from(count.min(1_000)).unwrap_or(1_000));
        Duration::try_from_secs_f64(grown).map_or(self.longest, |grown| grown.min(self.longest)).max(self.every)
    }
}

impl Step {
    fn read(sheet: &Sheet<'_>) -> Option<Self> {
        let number = |key| sheet.cell(key).and_then(|cell| cell.number());
        let every = sheet.needed("every", "write how long to wait then, such as every = \"500ms\"");
        let step = Self {
            polls: sheet.cell("polls").and_then(|cell| cell.whole(1)),
            above: number("above"),
            below: number("below"),
            every: every?.duration()?,
        };
        if ["polls", "above", "below"].iter().all(|key| sheet.cell(key).is_none()) {
            sheet.note("it holds always", "write polls, above or below, or change every of the poll");
        }
        Some(step)
    }

    fn holds(&self, count: u32, percent: Option<f64>) -> bool {
        self.polls.is_none_or(|polls| count <= polls)
            && self.above.is_none_or(|above| percent.is_some_and(|percent| percent > above))
            && self.below.is_none_or(|below| percent.is_some_and(|percent| percent < below))
    }
}
