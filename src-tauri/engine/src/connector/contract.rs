//! The contract suite: drives a connector through the life of one job and compares what is seen with what must be.
//!
//! The same expectations serve offline, against recorded answers in a time of their own, and live, against a real
//! server: whoever implements [`Server`] says how requests travel and how time passes.

use std::time::Duration;

use jiff::Timestamp;
use landfall_wire::{ErrorCode, Failure};
use serde::Deserialize;
use url::Url;

use super::recording::{CORRELATION_ID, IDEMPOTENCY_KEY};
use super::resolve::{Part, PartAuth, Resolution, ResultKind};
use super::scope::{Kept, Scope};
use super::states::RemoteState;
use super::units::{duration, duration_text};
use super::{Connector, Credentials, Params, Report};
use crate::net::{Answer, Request};
use crate::secrets::SafeUrl;

/// No drive asks more often than this, whatever a connector says.
const MOST_REQUESTS: u32 = 100_000;

/// The steps of a drive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// The connection's test.
    Test,
    /// The wish becomes a job.
    Submit,
    /// The job is asked for.
    Poll,
    /// The link is asked for.
    Resolve,
}

impl Step {
    /// The word for it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Test => "test",
            Self::Submit => "submit",
            Self::Poll => "poll",
            Self::Resolve => "resolve",
        }
    }
}

/// Something that answers requests, and in which time passes.
pub trait Server {
    /// Answers one request.
    fn answer(&mut self, step: Step, request: &Request) -> Result<Answer, Failure>;

    /// Lets that much time pass.
    fn wait(&mut self, span: Duration);

    /// How much time has passed since the start.
    fn elapsed(&self) -> Duration;
}

/// How a drive ended.
#[derive(Debug, Clone, PartialEq)]
pub enum End {
    /// With something to fetch.
    Ready,
    /// With nothing in it.
    Empty,
    /// With a failure.
    Failed(Failure),
}

impl End {
    /// `ready`, `empty`, or the name of the failure's code.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Ready => "ready",
            Self::Empty => "empty",
            Self::Failed(failure) => failure.code.name(),
        }
    }
}

/// What was seen of one job's life.
#[derive(Debug, Clone, PartialEq)]
pub struct Seen {
    /// How it ended.
    pub end: End,
    /// The server's id of the job.
    pub job: Option<String>,
    /// The states, each once in a row.
    pub states: Vec<&'static str>,
    /// The percents, each once in a row.
    pub percents: Vec<f64>,
    /// What was odd.
    pub warnings: Vec<String>,
    /// From the submit to the end.
    pub took: Duration,
    /// When the job first counted as stalled.
    pub stalled_at: Option<Duration>,
    /// What is to be fetched.
    pub parts: Vec<Part>,
    /// The same, asked for once more.
    pub renewed: Vec<Part>,
}

/// What must be seen of one file.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SeenPart {
    /// Where it is.
    pub url: SafeUrl,
    /// Its name.
    pub name: Option<String>,
    /// Its size in bytes.
    pub size: Option<u64>,
    /// Its promised digests, as `sha256:hex`.
    #[serde(default)]
    pub digests: Vec<String>,
    /// Its kind.
    pub kind: Option<ResultKind>,
    /// Whether the sign-in goes with it.
    pub auth: PartAuth,
    /// When its link dies.
    pub expires_at: Option<Timestamp>,
    /// Its least size.
    pub min_size: Option<u64>,
    /// The statuses of a dead link.
    pub renew_on: Vec<u16>,
}

/// What must be seen of one job's life; what is left out is not looked at.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expectation {
    /// `ready`, `empty`, or the name of a failure's code.
    pub end: String,
    /// The server's id of the job.
    pub job: Option<String>,
    /// A part of the failure's sentence.
    pub message: Option<String>,
    /// The failure's advice.
    pub remediation: Option<String>,
    /// The states in order.
    pub states: Vec<String>,
    /// The percents in order.
    pub percents: Option<Vec<f64>>,
    /// Parts of the warnings, in order; none when left out.
    #[serde(default)]
    pub warnings: Vec<String>,
    /// From the submit to the end, such as `4s`.
    pub took: Option<String>,
    /// When it first counted as stalled, such as `10min`.
    pub stalled_at: Option<String>,
    /// The files.
    #[serde(default)]
    pub part: Vec<SeenPart>,
    /// The files' links when they are asked for once more; the recording holds that request as well.
    #[serde(default)]
    pub renewed: Vec<SafeUrl>,
}

/// Drives a connector through the life of one job.
pub fn drive(
    connector: &Connector,
    connection_url: &Url,
    credentials: &Credentials,
    params: &Params,
    renew: bool,
    server: &mut dyn Server,
) -> Seen {
    let mut seen = Seen {
        end: End::Ready,
        job: None,
        states: Vec::new(),
        percents: Vec::new(),
        warnings: Vec::new(),
        took: Duration::ZERO,
        stalled_at: None,
        parts: Vec::new(),
        renewed: Vec::new(),
    };
    let started = server.elapsed();
    let mut driver = Driver { connector, connection_url, credentials, params, server, left: MOST_REQUESTS };
    seen.end = match driver.live(&mut seen, renew) {
        Ok(end) => end,
        Err(failure) => End::Failed(failure),
    };
    seen.took = driver.server.elapsed().saturating_sub(started);
    seen
}

struct Driver<'d> {
    connector: &'d Connector,
    connection_url: &'d Url,
    credentials: &'d Credentials,
    params: &'d Params,
    server: &'d mut dyn Server,
    left: u32,
}

impl Driver<'_> {
    fn live(&mut self, seen: &mut Seen, renew: bool) -> Result<End, Failure> {
        let none = Kept::new();
        let connector = self.connector;
        let scope = Scope {
            connection_name: "contract",
            connection_url: self.connection_url,
            params: self.params,
            remote_id: None,
            kept: &none,
            created_at: Timestamp::UNIX_EPOCH,
            correlation_id: CORRELATION_ID,
            idempotency_key: IDEMPOTENCY_KEY,
        };
        let answer = self.ask(Step::Submit, connector.submit_request(&scope)?)?;
        let submitted = connector.read_submit(&scope, &answer)?;
        seen.job = Some(submitted.remote_id.clone());
        let scope = Scope { remote_id: Some(&submitted.remote_id), kept: &submitted.kept, ..scope };
        let report = self.follow(&scope, seen)?;
        if let Some(failure) = report.state.failure() {
            return Err(failure);
        }
        if report.state == RemoteState::Empty {
            return Ok(End::Empty);
        }
        seen.parts = if report.parts.is_empty() { self.resolve(&scope)? } else { report.parts };
        if renew {
            seen.renewed = self.resolve(&scope)?;
        }
        Ok(End::Ready)
    }

    fn ask(&mut self, step: Step, mut request: Request) -> Result<Answer, Failure> {
        self.left = self.left.saturating_sub(1);
        if self.left == 0 {
            return Err(Failure::new(ErrorCode::JobTimeout, format!("{MOST_REQUESTS} requests did not suffice")));
        }
        self.connector.authorize(&mut request, self.credentials, self.connection_url)?;
        self.server.answer(step, &request)
    }

    /// Polls until the job's end or its deadline.
    fn follow(&mut self, scope: &Scope<'_>, seen: &mut Seen) -> Result<Report, Failure> {
        let connector = self.connector;
        let started = self.server.elapsed();
        let (mut changed_at, mut lost_at) = (Duration::ZERO, None);
        let mut last: Option<Report> = None;
        for count in 0.. {
            let percent = last.as_ref().and_then(|report| report.percent);
            self.server.wait(connector.poll_delay(count, percent));
            let now = self.server.elapsed().saturating_sub(started);
            if now > connector.deadline() {
                break;
            }
            let answer = self.ask(Step::Poll, connector.poll_request(scope)?)?;
            let report = match connector.read_poll(scope, &answer) {
                Ok(report) => report,
                // Nothing is said about the job: ask again, within the deadline.
                Err(failure) if failure.code == ErrorCode::NetworkError => continue,
                Err(failure) => return Err(failure),
            };
            if report.state == RemoteState::Lost && now < *lost_at.get_or_insert(now) + connector.lost_after() {
                continue;
            }
            if last.as_ref() != Some(&report) {
                changed_at = now;
                seen.note(&report);
            }
            let silent = now.saturating_sub(changed_at);
            if seen.stalled_at.is_none() && connector.stall_after().is_some_and(|limit| silent >= limit) {
                seen.stalled_at = Some(now);
            }
            if report.state.is_end() {
                return Ok(report);
            }
            last = Some(report);
        }
        let limit = duration_text(connector.deadline());
        Err(Failure::new(ErrorCode::JobTimeout, format!("The server did not finish within {limit}")))
    }

    fn resolve(&mut self, scope: &Scope<'_>) -> Result<Vec<Part>, Failure> {
        let connector = self.connector;
        let (every, tries) = connector.resolve_pace();
        for attempt in 0..tries {
            if attempt > 0 {
                self.server.wait(every);
            }
            let answer = self.ask(Step::Resolve, connector.resolve_request(scope)?)?;
            if let Resolution::Ready(parts) = connector.read_resolve(scope, &answer)? {
                return Ok(parts);
            }
        }
        Err(connector.no_download())
    }
}

impl Seen {
    fn note(&mut self, report: &Report) {
        let state = report.state.word();
        if self.states.last() != Some(&state) {
            self.states.push(state);
        }
        if let Some(percent) = report.percent.filter(|percent| self.percents.last() != Some(percent)) {
            self.percents.push(percent);
        }
        for warning in &report.warnings {
            if !self.warnings.contains(warning) {
                self.warnings.push(warning.clone());
            }
        }
    }
}

impl Expectation {
    /// What was seen otherwise than recorded.
    pub fn differences(&self, seen: &Seen) -> Vec<String> {
        let mut found = self.differences_in_kind(seen);
        let mut differ = |what: &str, wanted: String, got: String| {
            if wanted != got {
                found.push(format!("{what} should be {wanted} and is {got}"));
            }
        };
        let span = |text: &String| duration(text).map_or_else(|| text.clone(), duration_text);
        let time = |at: Option<Duration>| at.map_or("never".to_owned(), duration_text);
        if let Some(job) = &self.job {
            differ("the job's id", job.clone(), seen.job.clone().unwrap_or_default());
        }
        differ("the states", self.states.join(", "), seen.states.join(", "));
        if let Some(percents) = &self.percents {
            differ("the progress", format!("{percents:?}"), format!("{:?}", seen.percents));
        }
        if let Some(took) = &self.took {
            differ("the time to the end", span(took), duration_text(seen.took));
        }
        differ("the time of the stall", self.stalled_at.as_ref().map_or("never".into(), span), time(seen.stalled_at));
        for (wanted, part) in self.part.iter().zip(&seen.parts) {
            for ((what, wanted), (_, got)) in wanted.fields().into_iter().zip(SeenPart::of(part).fields()) {
                differ(&format!("the file's {what}"), wanted, got);
            }
        }
        // Links print without their query, so that two that differ may look alike.
        if self.part.iter().zip(&seen.parts).any(|(wanted, part)| wanted.url != part.url) {
            found.push("the file's link differs, perhaps in what is not shown".into());
        }
        if !self.renewed.iter().eq(seen.renewed.iter().map(|part| &part.url)) {
            found.push("the renewed links differ, perhaps in what is not shown".into());
        }
        found
    }

    /// What was seen otherwise in kind: what must hold live as well, where ids, times and links are the server's own.
    pub fn differences_in_kind(&self, seen: &Seen) -> Vec<String> {
        let mut found = Vec::new();
        let mut differ = |what: &str, wanted: &str, got: &str| {
            if wanted != got {
                found.push(format!("{what} should be {wanted} and is {got}"));
            }
        };
        if let End::Failed(failure) = &seen.end {
            differ("the end", &self.end, &format!("{}", failure.code));
            if let Some(message) = self.message.as_ref().filter(|wanted| !failure.message.contains(*wanted)) {
                differ("the failure's sentence", message, &failure.message);
            }
            if let Some(remediation) = &self.remediation {
                differ("the advice", remediation, &failure.remediation);
            }
            if self.end == "ready" {
                found.push(failure.message.clone());
                return found;
            }
        } else {
            differ("the end", &self.end, seen.end.word());
        }
        let strange = seen.states.iter().find(|state| !self.states.iter().any(|wanted| wanted == **state));
        if let Some(strange) = strange {
            found.push(format!("the state {strange} should not be seen"));
        }
        if self.warnings.len() != seen.warnings.len()
            || self.warnings.iter().zip(&seen.warnings).any(|(wanted, got)| !got.contains(wanted.as_str()))
        {
            found.push(format!("the warnings should be {:?} and are {:?}", self.warnings, seen.warnings));
        }
        if self.part.len() != seen.parts.len() {
            found.push(format!("there should be {} files and there are {}", self.part.len(), seen.parts.len()));
        }
        let ending = |name: &Option<String>| {
            name.as_ref().and_then(|name| name.rsplit_once('.')).map_or("none".to_owned(), |(_, end)| end.to_owned())
        };
        for (wanted, part) in self.part.iter().zip(&seen.parts) {
            let mut differ = |what: &str, wanted: String, got: String| {
                if wanted != got {
                    found.push(format!("the file's {what} should be {wanted} and is {got}"));
                }
            };
            let word = |kind: Option<ResultKind>| kind.map_or("none", ResultKind::word).to_owned();
            differ("kind", word(wanted.kind), word(part.kind));
            differ("sign-in", format!("{:?}", wanted.auth), format!("{:?}", part.auth));
            differ("ending", ending(&wanted.name), ending(&part.name));
        }
        found
    }
}

impl SeenPart {
    /// What is compared field by field, as text; kind, sign-in and link are compared elsewhere.
    fn fields(&self) -> [(&'static str, String); 6] {
        let text = |value: Option<String>| value.unwrap_or("none".into());
        [
            ("name", text(self.name.clone())),
            ("size", text(self.size.map(|size| size.to_string()))),
            ("digests", self.digests.join(", ")),
            ("expiry", text(self.expires_at.map(|at| at.to_string()))),
            ("least size", text(self.min_size.map(|size| size.to_string()))),
            ("statuses of a dead link", format!("{:?}", self.renew_on)),
        ]
    }

    fn of(part: &Part) -> Self {
        let word = |digest: &super::Digest| format!("{:?}:{}", digest.algorithm, digest.hex).to_lowercase();
        Self {
            url: part.url.clone(),
            name: part.name.clone(),
            size: part.size,
            digests: part.digests.iter().map(word).collect(),
            kind: part.kind,
            auth: part.auth,
            expires_at: part.expires_at,
            min_size: part.min_size,
            renew_on: part.renew_on.clone(),
        }
    }
}
