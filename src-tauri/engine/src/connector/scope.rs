//! What the expressions of one job can see.

use std::collections::BTreeMap;

use jiff::Timestamp;
use landfall_wire::Method;
use minijinja::Value;
use minijinja::value::Serde;
use url::Url;

use super::params::Param;
use super::wish::Params;

/// Values of the submit's answer that later steps need; saved with the job.
pub type Kept = BTreeMap<String, serde_json::Value>;

/// One job and its connection, as far as expressions may see them; holds no secret.
#[derive(Debug, Clone, Copy)]
pub struct Scope<'a> {
    /// The connection's name.
    pub connection_name: &'a str,
    /// The connection's base URL.
    pub connection_url: &'a Url,
    /// The job's parameters.
    pub params: &'a Params,
    /// The server's id of the job, once it has given one.
    pub remote_id: Option<&'a str>,
    /// What the submit's answer left for later.
    pub kept: &'a Kept,
    /// When the wish was written.
    pub created_at: Timestamp,
    /// One per job for its whole life; sent with every request.
    pub correlation_id: &'a str,
    /// One per submit; sent where the server takes one.
    pub idempotency_key: &'a str,
    /// By which submit the job was made, or is to be made.
    pub method: Method,
}

impl Scope<'_> {
    /// The names of the scope as values; a parameter that was left out is `none`.
    pub(crate) fn names(&self, declared: &[Param]) -> BTreeMap<&'static str, Value> {
        let mut job = BTreeMap::from([
            ("created_at", Value::from(self.created_at.to_string())),
            ("correlation_id", Value::from(self.correlation_id)),
            ("idempotency_key", Value::from(self.idempotency_key)),
            ("kept", Value::from(Serde(self.kept))),
        ]);
        if let Some(id) = self.remote_id {
            job.insert("id", Value::from(id));
        }
        let mut names = site(self.connection_name, self.connection_url);
        names.insert("params", of_params(declared, self.params));
        names.insert("job", Value::from_pairs(job));
        names
    }
}

/// Parameters as values; one that was left out is `none`.
pub(crate) fn of_params(declared: &[Param], given: &Params) -> Value {
    let value = |name: &str| given.get(name).map_or(Value::from(()), |value| Value::from(Serde(value)));
    Value::from_pairs(declared.iter().map(|param| (param.name.clone(), value(&param.name))))
}

/// The names there are without a job.
pub(crate) fn site(name: &str, url: &Url) -> BTreeMap<&'static str, Value> {
    // A base URL with a password in it is a secret as well.
    let mut bare = url.clone();
    let _ = (bare.set_username(""), bare.set_password(None));
    bare.set_query(None);
    let connection = BTreeMap::from([("name", name), ("url", bare.as_str())]);
    BTreeMap::from([("connection", Value::from_pairs(connection))])
}

/// The names as one value.
pub(crate) fn context(names: BTreeMap<&'static str, Value>) -> Value {
    Value::from_pairs(names)
}
