//! The submit: how a wish becomes a job on the server, and what of the answer is kept.

use std::time::Duration;

use http::{HeaderName, HeaderValue};
use landfall_wire::{ErrorCode, Failure, Method};
use serde::{Deserialize, Serialize};

use super::Connector;
use super::answer::{Reading, Standing, clean, refusal, words_beside};
use super::expression::Expression;
use super::fields::keep;
use super::follow::Report;
use super::request::{RequestSpec, header_name};
use super::resolve::Resolution;
use super::scope::{self, Kept, Scope};
use super::sheet::{Names, Sheet};
use super::states::RemoteState;
use crate::net::{Answer, Request};

/// The longest id a server may give, in bytes.
const LONGEST_ID: usize = 1_024;

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

/// The `[submit]` of a connector.
#[derive(Debug)]
pub(crate) struct SubmitSpec {
    steps: Vec<StepSpec>,
    /// The id out of the last step's answer; without a step, out of what is known before anything is asked.
    id: Option<Expression>,
    keep: Vec<(String, Expression)>,
    idempotency_header: Option<HeaderName>,
    duplicate_when: Option<Expression>,
    adopt: Option<Expression>,
    queue_full_when: Option<Expression>,
    done_when: Option<Expression>,
    rejected: Option<Expression>,
}

/// One request of the submit.
#[derive(Debug)]
struct StepSpec {
    request: RequestSpec,
    id: Option<Expression>,
    keep: Vec<(String, Expression)>,
    /// Set where the step only asks whether there is such a job or result already.
    exists_when: Option<Expression>,
}

impl SubmitSpec {
    pub(crate) fn read(sheet: &Sheet<'_>, names: &Names) -> Option<Self> {
        let answer = names.clone().with_answer();
        let idempotency = sheet.cell("idempotency_header");
        let steps = Self::read_steps(sheet, names);
        let expression = |key: &str, names: &Names| sheet.cell(key).and_then(|cell| cell.expression(names));
        let lone = sheet.cell("step").is_none() && !RequestSpec::stands_in(sheet);
        let hint = "write where the answer holds the job's id, such as id = \"body.id\"";
        if lone
            || steps
                .as_ref()
                .is_some_and(|steps| steps.iter().all(|step| step.exists_when.is_some() || step.id.is_none()))
        {
            sheet.needed("id", hint);
        }
        if let (Some(cell), None) = (sheet.cell("adopt"), sheet.cell("duplicate_when")) {
            cell.note("it says nothing without duplicate_when", "write duplicate_when = \"status == 409\" as well");
        }
        Some(Self {
            id: expression("id", if lone { names } else { &answer }),
            keep: keep(sheet, &answer),
            idempotency_header: idempotency.and_then(|cell| header_name(cell.text()?, &cell)),
            duplicate_when: expression("duplicate_when", &answer),
            adopt: expression("adopt", &answer),
            queue_full_when: expression("queue_full_when", &answer),
            done_when: expression("done_when", &answer),
            rejected: expression("rejected", &answer),
            steps: steps?,
        })
    }

    fn read_steps(sheet: &Sheet<'_>, names: &Names) -> Option<Vec<StepSpec>> {
        let mut all = Vec::new();
        if let Some(existing) = sheet.table("existing") {
            existing.needed("when", "write when the result is there already, such as when = \"status == 200\"");
            existing.needed("id", "write where the answer holds the job's id, such as id = \"body.id\"");
            all.push(StepSpec::read(&existing, names));
        }
        let steps = sheet.tables("step");
        match (steps.is_empty(), RequestSpec::stands_in(sheet)) {
            (false, true) => sheet.note("there are a request and steps", "write the request as one of the steps"),
            (true, true) => all.push(StepSpec::plain(sheet, names)),
            (true, false) => {}
            (false, false) => {
                let mut names = names.clone();
                for step in &steps {
                    all.push(StepSpec::read(step, &names));
                    names.kept.get_or_insert_default().extend(super::fields::named(step));
                }
            }
        }
        all.into_iter().collect()
    }

    /// The names of what it keeps.
    pub(crate) fn kept_names(&self) -> impl Iterator<Item = &str> {
        self.steps.iter().flat_map(|step| &step.keep).chain(&self.keep).map(|(name, _)| name.as_str())
    }

    pub(crate) fn requests(&self) -> impl Iterator<Item = &RequestSpec> {
        self.steps.iter().map(|step| &step.request)
    }

    fn step(&self, step: usize) -> Result<&StepSpec, Failure> {
        let failure = || Failure::new(ErrorCode::JobCreationFailed, "The connector has no such step");
        self.steps.get(step).ok_or_else(failure)
    }

    fn read_answer(
        &self,
        connector: &Connector,
        scope: &Scope<'_>,
        at: usize,
        answer: &Answer,
    ) -> Result<SubmitReading, Failure> {
        const CODE: ErrorCode = ErrorCode::JobCreationFailed;
        let step = self.step(at)?;
        let reading = connector.reading(&step.request, scope, answer, CODE);
        // A condition over an answer that cannot be read does not hold.
        let holds = |when: &Option<Expression>| when.as_ref().is_some_and(|when| reading.truth(when).unwrap_or(false));
        if Standing::of(answer) != Standing::SignIn && holds(&self.queue_full_when) {
            let words = connector.errors.words(&reading, answer).message;
            return Ok(SubmitReading::Busy { retry_after: answer.retry_after(), words });
        }
        if Standing::of(answer) != Standing::SignIn && holds(&self.duplicate_when) {
            let remote_id = match &self.adopt {
                Some(adopt) => Some(usable_id(&reading, &reading.text(adopt)?.ok_or_else(|| reading.missing(adopt))?)?),
                None => None,
            };
            return Ok(SubmitReading::Duplicate { remote_id });
        }
        if step.exists_when.is_some() && matches!(Standing::of(answer), Standing::Ok | Standing::Refused { .. }) {
            if !holds(&step.exists_when) {
                return Ok(SubmitReading::Step { remote_id: None, kept: Kept::new() });
            }
        } else {
            self.accept(connector, step, &reading, answer)?;
        }
        let last = at + 1 == self.steps.len() || step.exists_when.is_some();
        let mut kept = needed(&reading, &step.keep)?;
        let mut remote_id = id_of(&reading, step.id.as_ref())?;
        if !last {
            return Ok(SubmitReading::Step { remote_id, kept });
        }
        if step.exists_when.is_none() {
            kept.extend(needed(&reading, &self.keep)?);
            if remote_id.is_none() {
                remote_id = id_of(&reading, self.id.as_ref())?;
            }
        }
        let known = remote_id.or_else(|| scope.remote_id.filter(|_| at > 0).map(str::to_owned));
        let Some(remote_id) = known else { return Err(self.no_id(step, &reading, answer)) };
        let mut submitted = Submitted::of(remote_id, kept);
        if holds(&self.done_when) {
            submitted.report = Some(Self::done(connector, scope, &submitted, &step.request, answer)?);
        }
        Ok(SubmitReading::Submitted(submitted))
    }

    /// Refuses an error, in the words that the connector names for a rejection.
    fn accept(
        &self,
        connector: &Connector,
        step: &StepSpec,
        reading: &Reading,
        answer: &Answer,
    ) -> Result<(), Failure> {
        const CODE: ErrorCode = ErrorCode::JobCreationFailed;
        let accepted = connector.errors.accept(&step.request, reading, answer, CODE, "the request");
        match reading.words(self.rejected.as_ref()).filter(|_| accepted.is_err()) {
            Some(rejected) => {
                let words = connector.errors.words(reading, answer);
                Err(refusal(answer, super::answer::Words { message: Some(rejected), ..words }, CODE, "the request"))
            }
            None => accepted,
        }
    }

    fn no_id(&self, step: &StepSpec, reading: &Reading, answer: &Answer) -> Failure {
        let words = words_beside(answer).map(|words| format!(": {words}")).unwrap_or_default();
        let place = step.id.as_ref().or(self.id.as_ref()).map_or("", Expression::source);
        reading.unfit(format!("The server gave no id for the job (`{place}` is not in its answer){words}"))
    }

    /// The report of a job that was done at once, with its link where no second endpoint is to be asked.
    fn done(
        connector: &Connector,
        scope: &Scope<'_>,
        submitted: &Submitted,
        request: &RequestSpec,
        answer: &Answer,
    ) -> Result<Report, Failure> {
        let mut report = Report::of(RemoteState::Ready);
        let resolve = &connector.course(scope.method).resolve;
        if resolve.request.is_none() {
            let scope = Scope { remote_id: Some(&submitted.remote_id), kept: &submitted.kept, ..*scope };
            let reading = connector.reading(request, &scope, answer, ErrorCode::DownloadFailed);
            if let Resolution::Ready(parts) = resolve.read_answer(&scope, &reading)? {
                report.parts = parts;
            }
        }
        Ok(report)
    }

    /// The header that makes a repeated submit harmless; only the first request makes something.
    fn idempotency(&self, scope: &Scope<'_>, at: usize) -> Result<Option<(HeaderName, HeaderValue)>, Failure> {
        let first = self.steps.iter().position(|step| step.exists_when.is_none());
        let Some(name) = self.idempotency_header.as_ref().filter(|_| first == Some(at)) else { return Ok(None) };
        let value = HeaderValue::from_str(scope.idempotency_key)
            .map_err(|_| Failure::new(ErrorCode::JobCreationFailed, "The job's idempotency key cannot be sent"))?;
        Ok(Some((name.clone(), value)))
    }
}

impl StepSpec {
    /// A step with sources of its own.
    fn read(sheet: &Sheet<'_>, names: &Names) -> Option<Self> {
        let answer = names.clone().with_answer();
        let expression = |key: &str| sheet.cell(key).and_then(|cell| cell.expression(&answer));
        Some(Self {
            id: expression("id"),
            keep: keep(sheet, &answer),
            exists_when: expression("when"),
            request: RequestSpec::read(sheet, names)?,
        })
    }

    /// The only step, whose sources stand in `[submit]` itself.
    fn plain(sheet: &Sheet<'_>, names: &Names) -> Option<Self> {
        Some(Self { request: RequestSpec::read(sheet, names)?, id: None, keep: Vec::new(), exists_when: None })
    }
}

/// Values that later steps need; each must be there.
fn needed(reading: &Reading, sources: &[(String, Expression)]) -> Result<Kept, Failure> {
    let kept = reading.keep(sources)?;
    match sources.iter().find(|(name, _)| !kept.contains_key(name)) {
        Some((_, source)) => Err(reading.missing(source)),
        None => Ok(kept),
    }
}

fn id_of(reading: &Reading, source: Option<&Expression>) -> Result<Option<String>, Failure> {
    let Some(source) = source else { return Ok(None) };
    let id = reading.text(source)?.map(|id| id.trim().to_owned()).filter(|id| !id.is_empty());
    id.map(|id| usable_id(reading, &id)).transpose()
}

fn usable_id(reading: &Reading, id: &str) -> Result<String, Failure> {
    let id = id.trim();
    if id.is_empty() || id.len() > LONGEST_ID || clean(id, LONGEST_ID) != id {
        return Err(reading.unfit(format!("The server's id for the job cannot be used: `{}`", clean(id, 40))));
    }
    Ok(id.to_owned())
}

impl Connector {
    /// How many requests make a job; 0: none, see [`Connector::without_submit`].
    pub fn submit_steps(&self, method: Method) -> usize {
        self.course(method).submit.steps.len()
    }

    /// The job of a connector that needs no request to make it.
    pub fn without_submit(&self, scope: &Scope<'_>) -> Option<Result<Submitted, Failure>> {
        let submit = &self.course(scope.method).submit;
        let source = submit.id.as_ref().filter(|_| submit.steps.is_empty())?;
        let reading = Reading::without_answer(scope.names(&self.params), ErrorCode::JobCreationFailed);
        let id = id_of(&reading, Some(source)).and_then(|id| id.ok_or_else(|| reading.missing(source)));
        Some(id.map(|id| Submitted::of(id, Kept::new())))
    }

    /// The request of that step of the submit, from 0, without the sign-in.
    pub fn submit_request(&self, scope: &Scope<'_>, step: usize) -> Result<Request, Failure> {
        let submit = &self.course(scope.method).submit;
        let mut request = self.request(&submit.step(step)?.request, scope, ErrorCode::JobCreationFailed)?;
        if let Some((name, value)) = submit.idempotency(scope, step)? {
            request.headers.insert(name, value);
        }
        Ok(request)
    }

    /// Whether the server takes an idempotency key, so that a submit may be repeated without making a second job.
    pub fn is_idempotent(&self) -> bool {
        let submit = &self.primary.submit;
        submit.idempotency_header.is_some() || submit.steps.is_empty()
    }

    /// Reads the answer to that step of the submit, whatever its status; a last one without an id is
    /// JOB_CREATION_FAILED with the server's words.
    pub fn read_submit(&self, scope: &Scope<'_>, step: usize, answer: &Answer) -> Result<SubmitReading, Failure> {
        self.course(scope.method).submit.read_answer(self, scope, step, answer)
    }

    /// Takes over a job by an id that a person gave, with what is known of it from the list in `scope.kept`; an error
    /// names what only the submit could have told.
    pub fn adopted(&self, scope: &Scope<'_>, remote_id: &str) -> Result<Submitted, Failure> {
        let course = self.course(scope.method);
        let reading = Reading::without_answer(
            scope::site(scope.connection_name, scope.connection_url),
            ErrorCode::JobCreationFailed,
        );
        let remote_id = usable_id(&reading, remote_id)?;
        let told = |name: &str| scope.kept.contains_key(name) || course.follow.kept_names().any(|known| known == name);
        let missing: Vec<&str> = course.submit.kept_names().filter(|name| !told(name)).collect();
        if missing.is_empty() {
            return Ok(Submitted::of(remote_id, scope.kept.clone()));
        }
        let message = format!(
            "The job cannot be taken over by its id alone: the server told {} only when it was made",
            missing.join(" and ")
        );
        Err(Failure::new(ErrorCode::JobCreationFailed, message)
            .with_remediation("Choose it from the list of the account's jobs, or ask for the export anew"))
    }
}
