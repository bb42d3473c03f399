//! Reading what a client sends, with errors that help it.

use aws_lc_rs::digest;
use axum::Json;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::FromRequestParts;
use http::request::Parts;
use http::{HeaderMap, StatusCode};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::problem::Problem;
use crate::queue::Page;

/// Jobs on one page of a list, where nobody asks for fewer.
const PAGE: u32 = 1000;

/// `?limit=N&before=ID`: so many, older than that one.
impl<S: Send + Sync> FromRequestParts<S> for Page {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        let mut page = Self { before: None, limit: PAGE };
        for (name, value) in url::form_urlencoded::parse(parts.uri.query().unwrap_or_default().as_bytes()) {
            match &*name {
                "before" => page.before = Some(value.into_owned()),
                "limit" => {
                    page.limit = value.parse().ok().filter(|limit| (1..=PAGE).contains(limit)).ok_or_else(|| {
                        let remediation = format!("Leave it out, or ask for 1 to {PAGE} at a time");
                        Problem::bad_request("The limit of the list is no number that it can be", remediation)
                    })?;
                }
                _ => {}
            }
        }
        Ok(page)
    }
}

/// The answer to the request for a list; `next` is what the next page is to be `before`, where there is one.
pub(crate) fn listing(name: &str, items: &[Value], next: Option<String>) -> Json<Value> {
    let mut answer = json!({name: items});
    if let Some(next) = next {
        answer["next"] = json!(next);
    }
    Json(answer)
}

/// A submission is small; more than this is a mistake.
const BODY_LIMIT: usize = 1024 * 1024;

/// The body as bytes and as what it means.
pub(crate) async fn read_json<T: DeserializeOwned>(body: Body, example: &str) -> Result<(Bytes, T), Problem> {
    let bytes = to_bytes(body, BODY_LIMIT).await.map_err(|_| {
        Problem::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "too_large",
            "The body is larger than 1 MiB, or did not arrive whole",
            "Send a smaller body",
        )
    })?;
    let right = || format!("Send JSON such as {example}");
    let meaning = serde_json::from_slice(&bytes).map_err(|error| {
        if error.is_data() {
            Problem::unprocessable("unfit_body", format!("The body does not fit: {error}"), right())
        } else {
            Problem::bad_request(format!("The body is not JSON: {error}"), right())
        }
    })?;
    Ok((bytes, meaning))
}

/// The idempotency key of a submission with a digest of all that is asked for under it: path and body.
pub(crate) fn idempotency(headers: &HeaderMap, path: &str, body: &[u8]) -> Result<Option<(String, Vec<u8>)>, Problem> {
    let Some(key) = headers.get("idempotency-key") else { return Ok(None) };
    let key = key.to_str().ok().map(str::trim).filter(|key| (1..=255).contains(&key.len())).ok_or_else(|| {
        Problem::bad_request(
            "The Idempotency-Key is empty, longer than 255 characters or not plain ASCII",
            "Send a random key, such as a UUID, for each export you want",
        )
    })?;
    let mut context = digest::Context::new(&digest::SHA256);
    context.update(path.as_bytes());
    // No path has a line break: the two parts cannot run into each other.
    context.update(b"\n");
    context.update(body);
    Ok(Some((key.to_owned(), context.finish().as_ref().to_vec())))
}

/// The key was used before, with something else in the body.
pub(crate) fn other_body() -> Problem {
    Problem::unprocessable(
        "idempotency_key_reused",
        "This Idempotency-Key was used within the last 24 hours for another request",
        "Send the same body to get the job that exists, or a new key to ask for a new one",
    )
}

/// The user has as many unfinished jobs as one may have.
pub(crate) fn too_many() -> Problem {
    let message = "So many exports of yours wait or are being made that there can be no more";
    Problem::unavailable(StatusCode::TOO_MANY_REQUESTS, "too_many_jobs", message, 5)
}
