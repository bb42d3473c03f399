//! The API's origin: the systems' routes within the layers that all of them share.
//!
//! From outside in: time and correlation id, faults, the time limit, the user.

mod misbehave;
mod oauth;
pub(crate) mod request;
pub(crate) mod streams;

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use axum::extract::{Path, Request, State};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Extension, Json, Router};
use http::{HeaderName, HeaderValue, StatusCode, header};
use serde_json::{Value, json};

use crate::auth::{Doorkeeper, Stranger};
use crate::clock::Clock;
use crate::faults::{Fault, Faults, Step};
use crate::ids;
use crate::objects::Delivery;
use crate::objects::serve::http_date;
use crate::problem::Problem;
use crate::queue::Status;
use crate::seen::Counters;
use crate::supervisor::Supervisor;
use crate::systems;
use crate::tally::Tally;
use streams::Streams;

/// An answer takes no longer.
const TIME_LIMIT: Duration = Duration::from_secs(30);

const CORRELATION_ID: HeaderName = HeaderName::from_static("x-correlation-id");

/// What the handlers work with.
#[derive(Debug)]
pub(crate) struct Api {
    /// Scheme, host and port of the API.
    pub(crate) origin: String,
    pub(crate) status: Arc<dyn Status>,
    pub(crate) doorkeeper: Doorkeeper,
    pub(crate) delivery: Delivery,
    pub(crate) clock: Clock,
    pub(crate) faults: Faults,
    pub(crate) seen: Arc<Counters>,
    pub(crate) supervisor: Supervisor,
    pub(crate) streams: Streams,
    pub(crate) tally: Arc<Tally>,
    /// So long an ended job is remembered, where that has an end.
    pub(crate) keep: Option<Duration>,
}

impl Api {
    /// A fresh link to a result.
    pub(crate) async fn link(&self, object_key: &str, step: Step) -> Result<String, Problem> {
        let expired = self.faults.strikes(Fault::Expired, Some(step));
        self.delivery.objects.link(object_key, expired).await.map_err(|error| {
            tracing::error!(%error, "a link could not be signed");
            Problem::internal()
        })
    }
}

/// The user's name, once the token was recognised.
#[derive(Debug, Clone)]
pub(crate) struct Caller(pub(crate) String);

/// The correlation id of a request: the client's, or one of ours.
#[derive(Debug, Clone)]
pub(crate) struct Correlation(pub(crate) String);

/// All routes of the API.
pub(crate) fn router(api: Arc<Api>) -> Router {
    Router::new()
        .route("/v1/me", get(me))
        .route("/v1/dead-letters", get(dead_letters))
        .route("/v1/dead-letters/{job_id}/retry", post(retry_dead_letter))
        .merge(systems::router())
        .fallback(|| async { Problem::not_found("resource") })
        .method_not_allowed_fallback(|| async {
            Problem::new(
                StatusCode::METHOD_NOT_ALLOWED,
                "method_not_allowed",
                "This resource does not take that method",
                "Look up which method the document of this system says",
            )
        })
        .layer(middleware::from_fn_with_state(api.clone(), authenticate))
        // Whoever asks for a token has none yet.
        .merge(oauth::router())
        .layer(middleware::from_fn_with_state(api.clone(), limit_time))
        .layer(middleware::from_fn_with_state(api.clone(), misbehave::misbehave))
        .layer(middleware::from_fn_with_state(api.clone(), correlate))
        .with_state(api)
}

/// Gives the request its correlation id, the answer the same one and the service's time, and problems their body.
async fn correlate(State(api): State<Arc<Api>>, mut request: Request, next: Next) -> Response {
    api.seen.api_requests.fetch_add(1, Ordering::Relaxed);
    let sent = request.headers().get(CORRELATION_ID).and_then(|value| value.to_str().ok());
    let fit = |id: &&str| (1..=128).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_graphic());
    let id = sent.filter(fit).map_or_else(ids::fresh, str::to_owned);
    request.extensions_mut().insert(Correlation(id.clone()));
    let method = request.method().clone();
    let mut response = next.run(request).await;
    if let Some(problem) = response.extensions_mut().remove::<Problem>() {
        let of_handler = std::mem::take(response.headers_mut());
        response = problem.answer(&id);
        response.headers_mut().extend(of_handler);
    }
    // The path may hold an id of another user: it stays out of the log.
    tracing::debug!(%method, status = response.status().as_u16(), correlation_id = id, "answered");
    api.tally.answer(response.status().as_u16());
    let headers = response.headers_mut();
    if let Ok(value) = HeaderValue::from_str(&id) {
        headers.insert(CORRELATION_ID, value);
    }
    if let Ok(value) = HeaderValue::from_str(&http_date(api.clock.now())) {
        headers.insert(header::DATE, value);
    }
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

async fn limit_time(State(api): State<Arc<Api>>, request: Request, next: Next) -> Response {
    tokio::select! {
        response = next.run(request) => response,
        () = api.clock.sleep(TIME_LIMIT) => {
            Problem::unavailable(StatusCode::SERVICE_UNAVAILABLE, "too_slow", "The service took too long to answer", 5)
                .into_response()
        }
    }
}

async fn authenticate(State(api): State<Arc<Api>>, mut request: Request, next: Next) -> Response {
    // Which error is said where: RFC 6750, section 3.1.
    let challenge = [(header::WWW_AUTHENTICATE, "Bearer error=\"invalid_token\"")];
    let user = match api.doorkeeper.admit(request.headers(), api.clock.now()) {
        Ok(user) => user.to_owned(),
        Err(Stranger::NoToken) => return Problem::unauthorized().into_response(),
        Err(Stranger::Unknown) => return (challenge, Problem::unauthorized()).into_response(),
        Err(Stranger::Expired) => return (challenge, Problem::token_expired()).into_response(),
    };
    request.extensions_mut().insert(Caller(user));
    next.run(request).await
}

/// Who the token stands for: a cheap request to test a connection with.
async fn me(Extension(Caller(user)): Extension<Caller>) -> Json<Value> {
    Json(json!({"user": user}))
}

async fn dead_letters(
    State(api): State<Arc<Api>>,
    Extension(Caller(user)): Extension<Caller>,
) -> Result<Json<Value>, Problem> {
    let letters = api.status.dead_letters(Some(&user)).await?;
    let letters: Vec<_> = letters
        .iter()
        .map(|letter| {
            json!({
                "jobId": letter.job_id,
                "system": letter.system.as_str(),
                "reason": letter.reason,
                "attempts": letter.attempts,
                "diedAt": letter.died_at,
            })
        })
        .collect();
    Ok(Json(json!({"deadLetters": letters})))
}

async fn retry_dead_letter(
    State(api): State<Arc<Api>>,
    Extension(Caller(user)): Extension<Caller>,
    Path(job_id): Path<String>,
) -> Result<(StatusCode, Json<Value>), Problem> {
    let job = api.status.retry_dead(Some(&user), &job_id).await?.ok_or_else(|| Problem::not_found("dead letter"))?;
    Ok((StatusCode::ACCEPTED, Json(json!({"jobId": job.id}))))
}
