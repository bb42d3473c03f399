//! The connector language: one TOML file says how to drive one kind of export server.
//!
//! The interpreter is pure: it builds requests and reads answers, and whoever holds a socket sends them. So every
//! connector can be tried offline against recorded answers. It knows no server by name and refuses to know sockets,
//! clocks and files. The language's reference is `connectors/README.md`.

mod answer;
mod auth;
mod check;
mod contract;
mod expectation;
mod expression;
mod filters;
mod follow;
mod params;
mod parse;
mod part;
mod problem;
mod recording;
mod request;
mod resolve;
mod schema;
mod scope;
mod sheet;
mod states;
mod submit;
mod template;
mod wish;

use std::time::Duration;

use http::{HeaderName, HeaderValue};
use landfall_wire::{ErrorCode, Failure};
use minijinja::Value;
use url::Url;

pub use answer::Standing;
pub use auth::AuthKind;
pub use check::{Checked, check};
pub use contract::{Drive, End, Seen, Server, Step, drive};
pub use expectation::{Expectation, SeenPart};
pub use follow::Report;
pub use params::{Choice, Param, ParamType, Texts};
pub use part::{Part, PartAuth};
pub use problem::{Problem, Problems};
pub use recording::{Exchange, Recording, Refusal, Scenario};
pub use resolve::Resolution;
pub use schema::keys;
pub use scope::{Kept, Scope};
pub use states::RemoteState;
pub use submit::Submitted;
pub use wish::{ParamProblem, Params};

use crate::net::{Answer, Request};
use crate::package::ManifestSpec;
use crate::secrets::Credentials;
use answer::{Reading, accept};
use follow::FollowSpec;
use request::RequestSpec;
use resolve::ResolveSpec;
use submit::SubmitSpec;
use template::Template;

/// A connector: parsed, checked, its expressions compiled. Shared by `Arc`.
#[derive(Debug)]
pub struct Connector {
    id: String,
    name: String,
    kind: Kind,
    help: Texts,
    auth: Vec<AuthKind>,
    limits: Limits,
    correlation_header: HeaderName,
    headers: Vec<(HeaderName, Template)>,
    test: Option<RequestSpec>,
    params: Vec<Param>,
    submit: SubmitSpec,
    follow: FollowSpec,
    resolve: ResolveSpec,
    manifest: Option<ManifestSpec>,
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
    /// Submissions in flight, and downloads, at once; jobs that are merely followed are not limited.
    pub jobs: u32,
    /// API requests a second; `None` = no limit.
    pub requests_per_second: Option<f64>,
}

/// A connector that comes with the program.
#[derive(Debug, Clone, Copy)]
pub struct BuiltIn {
    /// Its id.
    pub id: &'static str,
    /// The name of its file.
    pub file_name: &'static str,
    /// The text of its file.
    pub source: &'static str,
    /// The text of its recorded answers.
    pub recording: &'static str,
}

macro_rules! built_in {
    ($id:literal) => {
        BuiltIn {
            id: $id,
            file_name: concat!($id, ".toml"),
            source: include_str!(concat!("../connectors/", $id, ".toml")),
            recording: include_str!(concat!("../connectors/", $id, ".recorded.toml")),
        }
    };
}

static BUILT_IN: [BuiltIn; 2] = [built_in!("download-jobs"), built_in!("report-exports")];

impl Connector {
    /// Reads a connector file; an error tells everything that is wrong with it. `check` does this and tries it out.
    pub fn parse(file_name: &str, source: &str) -> Result<Self, Problems> {
        parse::parse(file_name, source)
    }

    /// The connectors that come with the program.
    pub fn built_in() -> &'static [BuiltIn] {
        &BUILT_IN
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
        &self.auth
    }

    /// What its servers bear.
    pub fn limits(&self) -> Limits {
        self.limits
    }

    /// What is asked for each export.
    pub fn params(&self) -> &[Param] {
        &self.params
    }

    /// What the manifest of its packages looks like, where it brings packages that have one.
    pub fn manifest(&self) -> Option<&ManifestSpec> {
        self.manifest.as_ref()
    }

    /// Makes wishes of `key=value` pairs as typed; several values of a `many` parameter make several.
    pub fn wishes(&self, given: &[(String, String)]) -> Result<Vec<Params>, ParamProblem> {
        wish::wishes(&self.params, given)
    }

    /// Makes wishes of typed values, as a file of parameters or a form gives them.
    pub fn wishes_of_json(
        &self,
        given: &serde_json::Map<String, serde_json::Value>,
    ) -> Result<Vec<Params>, ParamProblem> {
        wish::wishes_of_json(&self.params, given)
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

    /// The request that makes the job, without the sign-in.
    pub fn submit_request(&self, scope: &Scope<'_>) -> Result<Request, Failure> {
        let mut request = self.request(&self.submit.request, scope, ErrorCode::JobCreationFailed)?;
        if let Some((name, value)) = self.submit.idempotency(scope)? {
            request.headers.insert(name, value);
        }
        Ok(request)
    }

    /// Whether the server takes an idempotency key, so that a submit may be repeated without making a second job.
    pub fn is_idempotent(&self) -> bool {
        self.submit.idempotency_header.is_some()
    }

    /// Reads the answer to the submit; one without an id is JOB_CREATION_FAILED with the server's words.
    pub fn read_submit(&self, scope: &Scope<'_>, answer: &Answer) -> Result<Submitted, Failure> {
        self.submit.read_answer(scope, &self.params, answer)
    }

    /// The request that asks for the job's state, without the sign-in.
    pub fn poll_request(&self, scope: &Scope<'_>) -> Result<Request, Failure> {
        self.request(&self.follow.request, scope, ErrorCode::JobFailed)
    }

    /// Reads the job's state. 5xx, 429 and garbage are NETWORK_ERROR: they say nothing about the job, ask again.
    pub fn read_poll(&self, scope: &Scope<'_>, answer: &Answer) -> Result<Report, Failure> {
        let (mut report, reading) = self.follow.read_answer(scope, &self.params, answer)?;
        if let Some(mut reading) = reading.filter(|_| report.state == RemoteState::Ready && !self.needs_resolve()) {
            reading.fail_with(ErrorCode::DownloadFailed);
            if let Resolution::Ready(parts) = self.resolve.read_answer(scope, &reading)? {
                report.parts = parts;
            }
        }
        Ok(report)
    }

    /// How long to wait before the next poll, after that many and at that percent.
    pub fn poll_delay(&self, count: u32, percent: Option<f64>) -> Duration {
        // Adaptive pace is reserved in the language; the signature is what callers will keep.
        let _ = (count, percent);
        self.follow.every
    }

    /// How long the server may take before the job ends in JOB_TIMEOUT.
    pub fn deadline(&self) -> Duration {
        self.follow.deadline
    }

    /// After how long without any change the job is shown as stalled.
    pub fn stall_after(&self) -> Option<Duration> {
        self.follow.stall_after
    }

    /// How long after the first [`RemoteState::Lost`] it is believed.
    pub fn lost_after(&self) -> Duration {
        self.follow.lost_after
    }

    /// Whether a second endpoint is to be asked for the link; if not, the report of a ready job carries it.
    pub fn needs_resolve(&self) -> bool {
        self.resolve.request.is_some()
    }

    /// The request that asks for the link, without the sign-in. Where there is no second endpoint it is the poll.
    pub fn resolve_request(&self, scope: &Scope<'_>) -> Result<Request, Failure> {
        match &self.resolve.request {
            Some(request) => self.request(request, scope, ErrorCode::DownloadFailed),
            None => self.poll_request(scope),
        }
    }

    /// Reads the link; also to renew one. Where there is no second endpoint it reads the poll's answer.
    pub fn read_resolve(&self, scope: &Scope<'_>, answer: &Answer) -> Result<Resolution, Failure> {
        if !self.needs_resolve() {
            let report = self.read_poll(scope, answer)?;
            return match report.state.failure() {
                Some(failure) => Err(failure),
                None if report.parts.is_empty() => Ok(Resolution::NotYet),
                None => Ok(Resolution::Ready(report.parts)),
            };
        }
        let code = match answer.status {
            404 | 410 => ErrorCode::ResultExpired,
            _ => ErrorCode::DownloadFailed,
        };
        accept(answer, code, "to hand over the result")?;
        self.resolve.read_answer(scope, &Reading::of(scope, &self.params, answer, code))
    }

    /// How often to ask for a link that is not there yet, and how many times before [`Connector::no_download`].
    pub fn resolve_pace(&self) -> (Duration, u32) {
        (self.resolve.every, self.resolve.tries)
    }

    /// The failure of a link that never came.
    pub fn no_download(&self) -> Failure {
        resolve::never_came()
    }

    /// Whether a job can be cancelled on the server. Reserved in the language.
    pub fn cancel_supported(&self) -> bool {
        false
    }

    /// Whether the account's jobs can be listed. Reserved in the language.
    pub fn list_supported(&self) -> bool {
        false
    }

    /// Adds the sign-in to a request on the connection's own origin; any other request stays without.
    pub fn authorize(&self, request: &mut Request, credentials: &Credentials, connection: &Url) -> Result<(), Failure> {
        auth::authorize(&self.auth, request, credentials, connection)
    }

    /// Every template of the connector.
    fn templates(&self) -> impl Iterator<Item = &Template> {
        let requests = [Some(&self.submit.request), Some(&self.follow.request), self.resolve.request.as_ref()];
        requests
            .into_iter()
            .flatten()
            .chain(&self.test)
            .flat_map(RequestSpec::templates)
            .chain(self.headers.iter().map(|(_, template)| template))
            .chain(self.resolve.templates())
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
