//! A small connector to which each test adds what it is about, and one job to try it with.

use http::{HeaderName, HeaderValue};
use jiff::Timestamp;
use landfall_engine::connector::{Connector, Kept, Params, Scope};
use landfall_engine::net::Answer;
use landfall_wire::{ErrorCode, Failure, Method};
use serde_json::{Value, json};
use url::Url;

use crate::reading;

const HEAD: &str = r#"format = 1
id = "bench"
name = "Bench"
kind = "data"
connection.auth = ["none"]

[[param]]
name = "name"
type = "text"
default = "a&b"
"#;

pub(crate) const SUBMIT: &str = r#"
[submit]
post = "/jobs"
id = "body.id"
"#;

pub(crate) const POLL: &str = r#"
[follow.poll]
get = "/jobs/{{ job.id }}"
every = "1s"
state = "body.state"
"#;

pub(crate) const REST: &str = r#"
[states]
waiting = ["queued"]
preparing = ["running"]
ready = ["done"]
failed = ["failed"]

[resolve]
url = "body.url"
"#;

/// The connector of these parts.
pub(crate) fn connector(parts: &[&str]) -> Connector {
    parsed(parts).unwrap_or_else(|problems| panic!("{problems}"))
}

/// What is said of a connector of these parts.
pub(crate) fn said(parts: &[&str]) -> String {
    parsed(parts).expect_err("it is wrong")
}

fn parsed(parts: &[&str]) -> Result<Connector, String> {
    Connector::parse("bench.toml", &format!("{HEAD}{}", parts.concat())).map_err(|problems| problems.to_string())
}

/// One job of it.
pub(crate) struct Job {
    pub(crate) kept: Kept,
    pub(crate) id: Option<&'static str>,
    pub(crate) method: Method,
    pub(crate) params: Params,
    pub(crate) url: Url,
}

impl Job {
    pub(crate) fn new() -> Self {
        let params = connector(&[SUBMIT, POLL, REST]).wishes(&[]).expect("nothing is needed").remove(0);
        let url = Url::parse("https://server.example/base").expect("a URL");
        Self { kept: Kept::new(), id: Some("j1"), method: Method::Primary, params, url }
    }

    pub(crate) fn kept(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.kept.insert(name.to_owned(), value.into());
        self
    }

    pub(crate) fn scope(&self) -> Scope<'_> {
        Scope {
            connection_name: "bench",
            connection_url: &self.url,
            params: &self.params,
            remote_id: self.id,
            kept: &self.kept,
            created_at: "2026-01-31T08:00:00Z".parse::<Timestamp>().expect("a time"),
            correlation_id: "c-1",
            idempotency_key: "k-1",
            method: self.method,
        }
    }
}

pub(crate) fn answer(status: u16, body: &Value) -> Answer {
    reading::answer(status, "application/json", body.to_string())
}

pub(crate) fn with_header(mut answer: Answer, name: &'static str, value: &'static str) -> Answer {
    answer.headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    answer
}

/// The code of a failure, with its sentence.
pub(crate) fn failed<T: std::fmt::Debug>(result: Result<T, Failure>) -> (ErrorCode, String) {
    let failure = result.expect_err("it fails");
    (failure.code, failure.message)
}

pub(crate) fn empty() -> Value {
    json!({})
}
