//! The submit: how a wish becomes a job on the server, and what of the answer is kept.

use std::time::Duration;

use http::{HeaderName, HeaderValue};
use landfall_wire::{ErrorCode, Failure};
use serde::{Deserialize, Serialize};

use super::Report;
use super::answer::{Reading, accept, clean, words_beside};
use super::expression::Expression;
use super::params::Param;
use super::request::{RequestSpec, header_name};
use super::scope::{Kept, Scope};
use super::sheet::{Names, Sheet};
use crate::net::Answer;

/// The longest id a server may give, in bytes.
const LONGEST_ID: usize = 1_024;

/// The most that is kept of an answer, in bytes of JSON.
const MOST_KEPT: usize = 64 * 1024;

/// What the submit's answer says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Submitted {
    /// The server's id of the job.
    pub remote_id: String,
    /// What later steps need of the answer; to be saved with the job.
    pub kept: Kept,
    /// What the answer says of the job already, where it says that it is done.
    pub report: Option<Report>,
}

impl Submitted {
    /// A job that the server has just taken.
    pub fn of(remote_id: impl Into<String>, kept: Kept) -> Self {
        Self { remote_id: remote_id.into(), kept, report: None }
    }
}

/// What the answer to one step of the submit means.
#[derive(Debug, Clone, PartialEq)]
pub enum SubmitReading {
    /// The server has taken it; no further step is needed.
    Submitted(Submitted),
    /// The step is done; to be saved before the next one.
    Step {
        /// The server's id of the job, if it has given one by now.
        remote_id: Option<String>,
        /// What later steps need; to be merged into what is kept.
        kept: Kept,
    },
    /// The server has this job already.
    Duplicate {
        /// Its id; `None`: it is to be found in the account's list.
        remote_id: Option<String>,
    },
    /// The server's queue is full: the wish stays queued here and is tried again later.
    Busy {
        /// How long the server asks to wait.
        retry_after: Option<Duration>,
        /// What it says about it, for a person.
        words: Option<String>,
    },
}

#[derive(Debug)]
pub(crate) struct SubmitSpec {
    pub(crate) request: RequestSpec,
    pub(crate) idempotency_header: Option<HeaderName>,
    id: Expression,
    keep: Vec<(String, Expression)>,
}

impl SubmitSpec {
    pub(crate) fn read(sheet: &Sheet<'_>, names: &Names) -> Option<Self> {
        let answer = Names { answer: true, ..names.clone() };
        let idempotency = sheet.cell("idempotency_header");
        let keep = sheet.table("keep").map(|table| {
            table.cells().filter_map(|(name, cell)| Some((name, cell.expression(&answer)?))).collect::<Vec<_>>()
        });
        let id = sheet
            .needed("id", "write where the answer holds the job's id, such as id = \"body.id\"")
            .and_then(|cell| cell.expression(&answer));
        Some(Self {
            request: RequestSpec::read(sheet, names)?,
            idempotency_header: idempotency.and_then(|cell| header_name(cell.text()?, &cell)),
            id: id?,
            keep: keep.unwrap_or_default(),
        })
    }

    pub(crate) fn kept_names(&self) -> impl Iterator<Item = &str> {
        self.keep.iter().map(|(name, _)| name.as_str())
    }

    pub(crate) fn read_answer(
        &self,
        scope: &Scope<'_>,
        declared: &[Param],
        answer: &Answer,
    ) -> Result<Submitted, Failure> {
        const CODE: ErrorCode = ErrorCode::JobCreationFailed;
        accept(answer, CODE, "the request")?;
        let reading = Reading::of(scope, declared, answer, CODE);
        let remote_id = reading.text(&self.id)?.map(|id| id.trim().to_owned()).filter(|id| !id.is_empty());
        let Some(remote_id) = remote_id else {
            let words = words_beside(answer).map(|words| format!(": {words}")).unwrap_or_default();
            let place = self.id.source();
            return Err(
                reading.unfit(format!("The server gave no id for the job (`{place}` is not in its answer){words}"))
            );
        };
        if remote_id.len() > LONGEST_ID || clean(&remote_id, LONGEST_ID) != remote_id {
            return Err(
                reading.unfit(format!("The server's id for the job cannot be used: `{}`", clean(&remote_id, 40)))
            );
        }
        let mut kept = Kept::new();
        for (name, source) in &self.keep {
            let value = reading.value(source)?.ok_or_else(|| reading.missing(source))?;
            let json = serde_json::to_value(&value).map_err(|_| reading.wrong_type(source, "a plain value", &value))?;
            kept.insert(name.clone(), json);
        }
        if serde_json::to_string(&kept).map_or(0, |text| text.len()) > MOST_KEPT {
            return Err(reading.unfit("The server's answer holds too much to be kept with the job".into()));
        }
        Ok(Submitted::of(remote_id, kept))
    }

    /// The header that makes a repeated submit harmless.
    pub(crate) fn idempotency(&self, scope: &Scope<'_>) -> Result<Option<(HeaderName, HeaderValue)>, Failure> {
        let Some(name) = &self.idempotency_header else { return Ok(None) };
        let value = HeaderValue::from_str(scope.idempotency_key)
            .map_err(|_| Failure::new(ErrorCode::JobCreationFailed, "The job's idempotency key cannot be sent"))?;
        Ok(Some((name.clone(), value)))
    }
}
