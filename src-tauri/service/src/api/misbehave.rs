//! The layer that carries out the faults of API answers.

use std::io;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use http::{HeaderValue, StatusCode, header};
use serde_json::{Value, json};

use super::{Api, oauth};
use crate::faults::{Fault, Step};
use crate::problem::Problem;
use crate::systems;

/// Bytes of an answer that is far too long.
const HUGE: usize = 30_000_000;

/// A state that no document knows.
pub(super) const UNKNOWN_STATE: &str = "levitating";

/// Counts what reaches a step, and carries out what is to go wrong there.
pub(super) async fn misbehave(State(api): State<Arc<Api>>, request: Request, next: Next) -> Response {
    let path = request.extensions().get::<MatchedPath>().map(MatchedPath::as_str);
    let step_of = |path| systems::step(request.method(), path).or_else(|| oauth::step(request.method(), path));
    let Some(step) = path.and_then(step_of) else {
        return next.run(request).await;
    };
    match step {
        Step::Submit => {
            let _counted = api.seen.submits.enter();
            answer(&api, step, request, next).await
        }
        Step::Result => {
            let counted = api.seen.results.enter();
            counted.until_sent(answer(&api, step, request, next).await)
        }
        Step::Token => {
            api.seen.token_requests.fetch_add(1, Ordering::Relaxed);
            answer(&api, step, request, next).await
        }
        Step::Watch | Step::Stream | Step::Resolve | Step::List | Step::Cancel => {
            answer(&api, step, request, next).await
        }
    }
}

/// The answer, or what a fault makes of it.
async fn answer(api: &Api, step: Step, request: Request, next: Next) -> Response {
    let strikes = |fault| api.faults.strikes(fault, Some(step));
    if step == Step::Token && strikes(Fault::Unauthorized) {
        return oauth::Refusal::InvalidClient { by_header: false }.answer();
    }
    if let Some(problem) = refusal(&strikes) {
        return problem.into_response();
    }
    if step == Step::Result {
        // What can go wrong with the bytes themselves goes wrong where they are delivered.
        return next.run(request).await;
    }
    if strikes(Fault::Stall) {
        // Until the client gives up, which drops this future, or the service stops.
        api.supervisor.stopping().cancelled().await;
        return Problem::internal().into_response();
    }
    if step == Step::Stream {
        return match misbehave_as_stream(&strikes) {
            Some(response) => response,
            None => next.run(request).await,
        };
    }
    let response = next.run(request).await;
    if !response.status().is_success() {
        return response;
    }
    if strikes(Fault::Lost) {
        return lose(response);
    }
    if strikes(Fault::Garbage) {
        return with_body(response, "<html><body>{\"jobId\": \"7f3a, \"status\":".into());
    }
    if strikes(Fault::Huge) {
        let padding = "x".repeat(HUGE);
        return with_body(response, format!("{{\"padding\":\"{padding}\"}}"));
    }
    let (unknown, wrong) = (step == Step::Watch && strikes(Fault::UnknownState), strikes(Fault::WrongTypes));
    if !unknown && !wrong {
        return response;
    }
    rewrite(response, |answer| {
        for field in ["status", "state"] {
            if unknown && let Some(status) = answer.get_mut(field) {
                *status = json!(UNKNOWN_STATE);
            }
        }
        if wrong {
            confuse_types(answer);
        }
    })
    .await
}

/// Faults that answer in place of an event stream. What happens within one is the business of [`super::streams`].
fn misbehave_as_stream(strikes: &impl Fn(Fault) -> bool) -> Option<Response> {
    if strikes(Fault::StreamNoContent) {
        return Some(StatusCode::NO_CONTENT.into_response());
    }
    let page = "<!doctype html><html><body><h1>Welcome to the guest network</h1></body></html>";
    strikes(Fault::StreamHtml).then(|| ([(header::CONTENT_TYPE, "text/html")], page).into_response())
}

/// Faults that answer in place of the handler.
fn refusal(strikes: &impl Fn(Fault) -> bool) -> Option<Problem> {
    if strikes(Fault::Unauthorized) {
        Some(Problem::unauthorized())
    } else if strikes(Fault::TooManyRequests) {
        let message = "There are too many requests at the moment";
        Some(Problem::unavailable(StatusCode::TOO_MANY_REQUESTS, "too_many_requests", message, 1))
    } else if strikes(Fault::Internal) {
        Some(Problem::internal())
    } else if strikes(Fault::Unavailable) {
        let message = "The service is not available at the moment";
        Some(Problem::unavailable(StatusCode::SERVICE_UNAVAILABLE, "unavailable", message, 1))
    } else {
        None
    }
}

/// What was asked for is done; the connection ends with the first byte of the answer's body.
fn lose(response: Response) -> Response {
    let (mut head, _) = response.into_parts();
    head.headers.remove(header::CONTENT_LENGTH);
    if head.status == StatusCode::NO_CONTENT {
        // An answer without a body would be whole with its head.
        head.status = StatusCode::OK;
    }
    let broken = io::Error::new(io::ErrorKind::ConnectionReset, "told to lose the answer");
    Response::from_parts(head, Body::from_stream(stream::iter([Ok(Bytes::from_static(b"{")), Err(broken)])))
}

fn with_body(response: Response, body: String) -> Response {
    let (mut head, _) = response.into_parts();
    head.headers.remove(header::CONTENT_LENGTH);
    head.headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    Response::from_parts(head, Body::from(body))
}

async fn rewrite(response: Response, change: impl FnOnce(&mut Value)) -> Response {
    let (mut head, body) = response.into_parts();
    let Ok(bytes) = to_bytes(body, HUGE).await else { return Problem::internal().into_response() };
    let Ok(mut answer) = serde_json::from_slice(&bytes) else {
        return Response::from_parts(head, Body::from(bytes));
    };
    change(&mut answer);
    head.headers.remove(header::CONTENT_LENGTH);
    Response::from_parts(head, Body::from(answer.to_string()))
}

fn confuse_types(value: &mut Value) {
    match value {
        Value::Object(fields) => fields.values_mut().for_each(confuse_types),
        Value::Array(items) => items.iter_mut().for_each(confuse_types),
        Value::String(_) => *value = json!(7),
        Value::Number(number) => *value = json!(format!("about {number}")),
        Value::Bool(_) | Value::Null => *value = json!(["no", "idea"]),
    }
}
