//! The connector language: one TOML file says how to drive one kind of export server.
//!
//! The interpreter is pure: it builds requests and reads answers, and whoever holds a socket sends them. So every
//! connector can be tried offline against recorded answers. It knows no server by name and refuses to know sockets,
//! clocks and files. The language's reference is `connectors/README.md`.

mod answer;
mod auth;
mod body;
mod bounded;
mod check;
mod choices;
mod contract;
mod course;
mod errors;
mod expectation;
mod expression;
mod fields;
mod filters;
mod follow;
mod html;
mod jar;
mod login;
mod manifest;
mod names;
mod oauth2;
mod orders;
mod pages;
mod params;
mod parse;
mod part;
mod payload;
mod poll;
mod problem;
mod recording;
mod request;
mod resolve;
mod schema;
mod scope;
mod sheet;
mod shipped;
mod sign_in;
mod sign_spec;
mod signing;
mod states;
mod stream;
mod submit;
mod template;
mod wish;

use std::time::Duration;

use http::{HeaderName, HeaderValue};
use jiff::SignedDuration;
use landfall_wire::{ErrorCode, Failure, Method};
use minijinja::Value;
use url::Url;

pub use answer::Standing;
pub use auth::AuthKind;
pub use check::{Checked, check};
pub use contract::{Drive, End, Heard, Seen, Server, Step, drive};
pub use expectation::{Expectation, SeenPart};
pub use follow::{Eta, Report};
pub use jar::Jar;
pub use orders::{Listed, Listing, Stopped};
pub use pages::{Join, PageHead, Pages};
pub use params::{Choice, Param, ParamType, Pattern, Texts};
pub use part::{Part, PartAuth};
pub use problem::{Problem, Problems};
pub use recording::{Exchange, RecordedEvent, RecordedJob, RecordedList, RecordedSignIn, Recording, Refusal, Scenario};
pub use resolve::Resolution;
pub use schema::keys;
pub use scope::{Kept, Scope};
pub use shipped::BuiltIn;
pub use sign_in::{Place, Session, SignIn, SignInReading, Signature};
pub use states::RemoteState;
pub use stream::{Item, StreamPlan, StreamScope};
pub use submit::{SubmitReading, Submitted};
pub use wish::{ParamProblem, Params};

use crate::net::{Answer, Request};
use crate::secrets::Credentials;
pub(crate) use answer::sentence;
use answer::{Reading, accept};
use auth::SignSpec;
use choices::ChoicesSpec;
use course::Course;
use errors::ErrorSpec;
use orders::{ListSpec, OrderSpec};
use request::RequestSpec;
use template::Template;

/// A connector: parsed, checked, its expressions compiled. Shared by `Arc`.
#[derive(Debug)]
pub struct Connector {
    id: String,
    name: String,
    kind: Kind,
    help: Texts,
    signing: SignSpec,
    limits: Limits,
    correlation_header: HeaderName,
    headers: Vec<(HeaderName, Template)>,
    test: Option<RequestSpec>,
    params: Vec<Param>,
    choices: Vec<(String, ChoicesSpec)>,
    primary: Course,
    fallback: Option<Course>,
    delete: Option<OrderSpec>,
    acknowledge: Option<OrderSpec>,
    list: Option<ListSpec>,
    errors: ErrorSpec,
}

/// What a connector brings; chooses icon and preview.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Recorded or rendered film.
    Video,
    /// Files as they are.
    Files,
    /// Documents and tables made for reading.
    Report,
    /// Components to be imported elsewhere.
    Package,
    /// Rows and records.
    Data,
}

impl Kind {
    /// The word as `kind` writes it.
    pub fn word(self) -> &'static str {
        parse::KINDS.iter().find(|(_, kind)| *kind == self).map_or("", |(word, _)| word)
    }
}

/// What a server bears.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Limits {
    /// Submissions in flight, and downloads, at once, where the file says so; jobs that are merely followed are not limited.
    pub jobs: Option<u32>,
    /// API requests a second; `None` = no limit.
    pub requests_per_second: Option<f64>,
    /// The smallest gap between two polls of one job.
    pub poll_gap: Option<Duration>,
    /// Requests for new jobs in an hour and in a day.
    pub submits: [Option<u32>; 2],
}

/// So many requests for new jobs in any span of that length.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quota {
    /// How many.
    pub most: u32,
    /// In how long a time.
    pub span: SignedDuration,
}

impl Limits {
    /// How many requests for new jobs the server takes, and in what time.
    pub fn quotas(&self) -> Vec<Quota> {
        let spans = [SignedDuration::from_hours(1), SignedDuration::from_hours(24)];
        self.submits.iter().zip(spans).filter_map(|(most, span)| Some(Quota { most: (*most)?, span })).collect()
    }
}

impl Connector {
    /// Reads a connector file; an error tells everything that is wrong with it. `check` does this and tries it out.
    pub fn parse(file_name: &str, source: &str) -> Result<Self, Problems> {
        parse::parse(file_name, source)
    }

    /// Its id: lower-case letters, digits and `-`.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Its name for people.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What it brings.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// A sentence about it.
    pub fn help(&self) -> &Texts {
        &self.help
    }

    /// The ways to sign in that its servers take.
    pub fn auth(&self) -> &[AuthKind] {
        &self.signing.kinds
    }

    /// What its servers bear.
    pub fn limits(&self) -> Limits {
        self.limits
    }

    /// What is asked for each export.
    pub fn params(&self) -> &[Param] {
        &self.params
    }

    /// Makes wishes of `key=value` pairs as typed; several values of a `many` parameter make several.
    pub fn wishes(&self, given: &[(String, String)]) -> Result<Vec<Params>, ParamProblem> {
        wish::wishes(&self.params, given)
    }

    /// Everything that is wrong with `key=value` pairs as typed; empty where they make wishes.
    pub fn flaws(&self, given: &[(String, String)]) -> Vec<ParamProblem> {
        wish::flaws(&self.params, given)
    }

    /// Makes wishes of typed values, as a file of parameters or a form gives them.
    pub fn wishes_of_json(
        &self,
        given: &serde_json::Map<String, serde_json::Value>,
    ) -> Result<Vec<Params>, ParamProblem> {
        wish::wishes_of_json(&self.params, given)
    }

    /// Makes the parameters of a job that somebody else started, as far as they are typed: what is missing is left out.
    pub fn params_of_adopted(&self, given: &[(String, String)]) -> Result<Params, ParamProblem> {
        wish::of_adopted(&self.params, given)
    }

    /// The request that tries a connection out, where the connector has one.
    pub fn test_request(&self, connection_name: &str, connection_url: &Url) -> Option<Result<Request, Failure>> {
        let context = scope::context(scope::site(connection_name, connection_url));
        let request = self.test.as_ref()?;
        Some(request.build(connection_url, &context, &self.headers, ErrorCode::NetworkError))
    }

    /// Whether the connection works, by the answer to its test.
    pub fn read_test(&self, answer: &Answer) -> Result<(), Failure> {
        accept(answer, ErrorCode::NetworkError, "the test of the connection")
    }

    /// Whether there is another submit to be tried when the server says that the job failed.
    pub fn has_fallback(&self) -> bool {
        self.fallback.is_some()
    }

    /// Whether a second endpoint is to be asked for the link; if not, the report of a ready job carries it.
    pub fn needs_resolve(&self) -> bool {
        self.primary.resolve.request.is_some()
    }

    /// The request that asks for the link, without the sign-in. Where there is no second endpoint it is the poll.
    pub fn resolve_request(&self, scope: &Scope<'_>) -> Result<Request, Failure> {
        match &self.course(scope.method).resolve.request {
            Some(request) => {
                let result = self.course(scope.method).resolve.result_at(false);
                Ok(Request { result, ..self.request(request, scope, ErrorCode::DownloadFailed)? })
            }
            None => self.poll_again(scope),
        }
    }

    /// Reads the link; also to renew one. Where there is no second endpoint it reads the poll's answer.
    pub fn read_resolve(&self, scope: &Scope<'_>, answer: &Answer) -> Result<Resolution, Failure> {
        let resolve = &self.course(scope.method).resolve;
        let Some(request) = &resolve.request else {
            return self.resolve_by_poll(scope, answer);
        };
        let code = match answer.status {
            404 | 410 => ErrorCode::ResultExpired,
            _ => ErrorCode::DownloadFailed,
        };
        let reading = self.reading(request, scope, answer, code);
        if !resolve.reads(answer.status) {
            self.errors.accept(request, &reading, answer, code, "to hand over the result")?;
        }
        resolve.read_answer(scope, &reading)
    }

    /// How often to ask for a link that is not there yet, and how many times before [`Connector::no_download`].
    pub fn resolve_pace(&self) -> (Duration, u32) {
        (self.primary.resolve.every, self.primary.resolve.tries)
    }

    /// The failure of a link that never came.
    pub fn no_download(&self) -> Failure {
        resolve::never_came()
    }

    /// [`Connector::sign`] on the connection's own origin, for ways to sign in that need no request.
    pub fn authorize(&self, request: &mut Request, credentials: &Credentials, connection: &Url) -> Result<(), Failure> {
        let place = Place { name: "", url: connection, hosts: &[] };
        self.sign(request, &Signature { place, credentials, session: None, now: jiff::Timestamp::MIN })
    }

    /// The way that a submit leads to; a connector without a fallback has one.
    fn course(&self, method: Method) -> &Course {
        match (method, &self.fallback) {
            (Method::Fallback, Some(fallback)) => fallback,
            _ => &self.primary,
        }
    }

    /// Every template of the connector.
    fn templates(&self) -> impl Iterator<Item = &Template> {
        let orders = self.delete.iter().chain(&self.acknowledge).map(|order| &order.request);
        let requests = orders.chain(self.list.iter().map(|list| &list.request)).chain(&self.test);
        let courses = std::iter::once(&self.primary).chain(&self.fallback);
        requests
            .flat_map(RequestSpec::templates)
            .chain(self.headers.iter().map(|(_, template)| template))
            .chain(courses.flat_map(Course::templates))
    }

    /// Every name under which something may be kept with a job.
    fn kept_names(&self) -> impl Iterator<Item = &str> {
        let courses = std::iter::once(&self.primary).chain(&self.fallback);
        courses.flat_map(Course::kept_names).chain(self.list.iter().flat_map(ListSpec::kept_names))
    }

    /// An answer to one of its requests, ready for expressions.
    fn reading(&self, spec: &RequestSpec, scope: &Scope<'_>, answer: &Answer, code: ErrorCode) -> Reading {
        Reading::among(scope.names(&self.params), answer, spec.answer, code)
    }

    fn request(&self, spec: &RequestSpec, scope: &Scope<'_>, code: ErrorCode) -> Result<Request, Failure> {
        let context: Value = scope::context(scope.names(&self.params));
        let mut request = spec.build(scope.connection_url, &context, &self.headers, code)?;
        let correlation = HeaderValue::from_str(scope.correlation_id)
            .map_err(|_| Failure::new(code, "The job's correlation id cannot be sent"))?;
        request.headers.insert(self.correlation_header.clone(), correlation);
        Ok(request)
    }
}
