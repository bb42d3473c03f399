//! What is told to a server about a job of its own, and what is asked of it about all of them.

use jiff::Timestamp;
use landfall_wire::{ErrorCode, Failure};
use url::Url;

use super::answer::Reading;
use super::expression::Expression;
use super::fields::keep;
use super::request::{RequestSpec, follow};
use super::scope::{self, Kept, Scope};
use super::sheet::{Names, Sheet};
use super::{Connector, RemoteState};
use crate::net::{Answer, Request};

/// What came of an order to a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stopped {
    /// The server has taken it.
    Told,
    /// There was nothing left to do: it had ended, or is gone.
    Over,
}

/// One page of the account's jobs.
#[derive(Debug, Clone, PartialEq)]
pub struct Listing {
    /// The jobs, in the server's order.
    pub jobs: Vec<Listed>,
    /// Where more of them are.
    pub next: Option<Url>,
}

/// One job of the account.
#[derive(Debug, Clone, PartialEq)]
pub struct Listed {
    /// The server's id.
    pub remote_id: String,
    /// Where it stands.
    pub state: RemoteState,
    /// When it was made.
    pub created_at: Option<Timestamp>,
    /// The correlation id it was made with.
    pub correlation_id: Option<String>,
    /// The values that the submit would have kept, as far as the list has them.
    pub kept: Kept,
}

/// Statuses that mean that there was nothing left to do, by default.
const OVER: [u16; 2] = [404, 410];

/// A `[cancel]`, `[delete]` or `[acknowledge]`.
#[derive(Debug)]
pub(crate) struct OrderSpec {
    pub(crate) request: RequestSpec,
    over: Vec<u16>,
    wait: bool,
}

impl OrderSpec {
    /// Reads it where there is one; one that is wrong is noted.
    pub(crate) fn read(root: &Sheet<'_>, key: &str, names: &Names) -> Option<Self> {
        let sheet = root.table(key)?;
        let over = sheet.cell("over").map(|cell| {
            let items = cell.items("a list of HTTP statuses, such as [404, 409]");
            items.iter().filter_map(|item| u16::try_from(item.whole(100)?).ok()).collect()
        });
        Some(Self {
            over: over.unwrap_or_else(|| OVER.to_vec()),
            wait: sheet.cell("wait").and_then(|cell| cell.boolean()).unwrap_or(false),
            request: RequestSpec::read(&sheet, names)?,
        })
    }

    fn read_answer(
        &self,
        connector: &Connector,
        scope: &Scope<'_>,
        answer: &Answer,
        doing: &str,
    ) -> Result<Stopped, Failure> {
        if self.over.contains(&answer.status) {
            return Ok(Stopped::Over);
        }
        let reading = connector.reading(&self.request, scope, answer, ErrorCode::JobFailed);
        connector.errors.accept(&self.request, &reading, answer, ErrorCode::JobFailed, doing)?;
        Ok(Stopped::Told)
    }
}

/// The `[list]` of a connector.
#[derive(Debug)]
pub(crate) struct ListSpec {
    pub(crate) request: RequestSpec,
    each: Expression,
    id: Expression,
    state: Option<Expression>,
    created_at: Option<Expression>,
    correlation_id: Option<Expression>,
    next: Option<Expression>,
    keep: Vec<(String, Expression)>,
}

impl ListSpec {
    /// Reads it where there is one; one that is wrong is noted.
    pub(crate) fn read(root: &Sheet<'_>) -> Option<Self> {
        let sheet = root.table("list")?;
        let answer = Names::default().with_answer();
        let item = answer.clone().with_item();
        let expression = |key: &str| sheet.cell(key).and_then(|cell| cell.expression(&item));
        let each = sheet.needed("each", "write where the answer holds the jobs, such as each = \"body.jobs\"");
        let each = each.and_then(|cell| cell.expression(&answer));
        let id = sheet.needed("id", "write where a job has its id, such as id = \"item.id\"");
        let id = id.and_then(|cell| cell.expression(&item));
        Some(Self {
            request: RequestSpec::read(&sheet, &Names::default())?,
            state: expression("state"),
            created_at: expression("created_at"),
            correlation_id: expression("correlation_id"),
            next: sheet.cell("next").and_then(|cell| cell.expression(&answer)),
            keep: keep(&sheet, &item),
            each: each?,
            id: id?,
        })
    }

    /// The names of what it keeps.
    pub(crate) fn kept_names(&self) -> impl Iterator<Item = &str> {
        self.keep.iter().map(|(name, _)| name.as_str())
    }

    /// One job of it; `None` for an item without an id: it is nobody's.
    fn listed(&self, connector: &Connector, reading: &Reading) -> Result<Option<Listed>, Failure> {
        let Some(remote_id) = reading.words(Some(&self.id)) else { return Ok(None) };
        let word = reading.words(self.state.as_ref());
        let rules = &connector.primary.follow.rules;
        Ok(Some(Listed {
            remote_id,
            state: word.map_or(RemoteState::Preparing, |word| rules.state_of_word(&word)),
            created_at: self.created_at.as_ref().and_then(|source| reading.time(source).ok().flatten()),
            correlation_id: reading.words(self.correlation_id.as_ref()),
            kept: reading.keep(&self.keep)?,
        }))
    }
}

impl Connector {
    /// Whether a job can be cancelled on the server.
    pub fn cancel_supported(&self) -> bool {
        self.primary.cancel.is_some()
    }

    /// The request that cancels the job, without the sign-in.
    pub fn cancel_request(&self, scope: &Scope<'_>) -> Option<Result<Request, Failure>> {
        self.order(self.course(scope.method).cancel.as_ref(), scope)
    }

    /// Reads the answer to it.
    pub fn read_cancel(&self, scope: &Scope<'_>, answer: &Answer) -> Result<Stopped, Failure> {
        self.read_order(self.course(scope.method).cancel.as_ref(), scope, answer, "to cancel the job")
    }

    /// Whether a cancelled job is followed on until the server says that it has ended.
    pub fn cancel_waits(&self) -> bool {
        self.primary.cancel.as_ref().is_some_and(|cancel| cancel.wait)
    }

    /// Whether a result can be removed on the server.
    pub fn delete_supported(&self) -> bool {
        self.delete.is_some()
    }

    /// The request that removes the result on the server, without the sign-in; only after it landed verified.
    pub fn delete_request(&self, scope: &Scope<'_>) -> Option<Result<Request, Failure>> {
        self.order(self.delete.as_ref(), scope)
    }

    /// Reads the answer to it.
    pub fn read_delete(&self, scope: &Scope<'_>, answer: &Answer) -> Result<Stopped, Failure> {
        self.read_order(self.delete.as_ref(), scope, answer, "to remove the result")
    }

    /// The request that tells the server that the result landed verified, without the sign-in.
    pub fn acknowledge_request(&self, scope: &Scope<'_>) -> Option<Result<Request, Failure>> {
        self.order(self.acknowledge.as_ref(), scope)
    }

    /// Reads the answer to it.
    pub fn read_acknowledge(&self, scope: &Scope<'_>, answer: &Answer) -> Result<Stopped, Failure> {
        self.read_order(self.acknowledge.as_ref(), scope, answer, "to be told of the landing")
    }

    /// Whether the account's jobs can be listed.
    pub fn list_supported(&self) -> bool {
        self.list.is_some()
    }

    /// The request for the account's jobs, or for the page that an earlier one named, without the sign-in.
    pub fn list_request(
        &self,
        connection_name: &str,
        connection_url: &Url,
        next: Option<&Url>,
    ) -> Option<Result<Request, Failure>> {
        let list = self.list.as_ref()?;
        let context = scope::context(scope::site(connection_name, connection_url));
        let build = || {
            let mut request = list.request.build(connection_url, &context, &self.headers, ErrorCode::NetworkError)?;
            if let Some(next) = next {
                let url = follow(connection_url, next.as_str(), &[], ErrorCode::NetworkError)?;
                request.url = crate::secrets::SafeUrl::new(url);
            }
            Ok(request)
        };
        Some(build())
    }

    /// Reads a page of the account's jobs.
    pub fn read_list(&self, connection_name: &str, connection_url: &Url, answer: &Answer) -> Result<Listing, Failure> {
        const CODE: ErrorCode = ErrorCode::NetworkError;
        let list = self.list.as_ref().ok_or_else(no_such_order)?;
        let names = scope::site(connection_name, connection_url);
        let reading = Reading::among(names, answer, list.request.answer, CODE);
        self.errors.accept(&list.request, &reading, answer, CODE, "to list the jobs")?;
        let mut jobs = Vec::new();
        for item in reading.items(&list.each)? {
            jobs.extend(list.listed(self, &reading.with_item(item))?);
        }
        let next = match &list.next {
            Some(source) => reading.text(source)?.filter(|next| !next.trim().is_empty()),
            None => None,
        };
        let next = next.map(|next| follow(connection_url, &next, &[], CODE)).transpose()?;
        Ok(Listing { jobs, next })
    }

    fn order(&self, order: Option<&OrderSpec>, scope: &Scope<'_>) -> Option<Result<Request, Failure>> {
        Some(self.request(&order?.request, scope, ErrorCode::JobFailed))
    }

    fn read_order(
        &self,
        order: Option<&OrderSpec>,
        scope: &Scope<'_>,
        answer: &Answer,
        doing: &str,
    ) -> Result<Stopped, Failure> {
        order.ok_or_else(no_such_order)?.read_answer(self, scope, answer, doing)
    }
}

fn no_such_order() -> Failure {
    Failure::new(ErrorCode::JobFailed, "This server cannot be told that")
}
