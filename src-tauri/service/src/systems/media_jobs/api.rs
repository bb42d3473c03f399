//! The routes: submit, the job, its events, cancel, output, and the list.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Extension, Json, Router};
use http::{HeaderMap, Method, StatusCode, Uri, header};
use serde::Deserialize;
use serde_json::{Value, json};

use super::Brief;
use super::failures::WAS_CANCELLED;
use super::stream::JobEvents;
use super::view::View;
use crate::api::request::{idempotency, listing, other_body, read_json, too_many};
use crate::api::{Api, Caller, Correlation, streams};
use crate::faults::Step;
use crate::problem::Problem;
use crate::queue::{self, Failure, Job, Listing, Page, Submission, Submitted};
use crate::systems::System;

const JOBS: &str = "/api/jobs";
const JOB: &str = "/api/jobs/{job_id}";
const EVENTS: &str = "/api/jobs/{job_id}/events";
const CANCEL: &str = "/api/jobs/{job_id}/cancel";
const OUTPUT: &str = "/api/jobs/{job_id}/output";

/// Seconds; the sample is to be small and quick.
const LONGEST: f64 = 60.0;

/// Letters of a title.
const LONGEST_TITLE: usize = 200;

/// Pixels on a side.
const SMALLEST: u32 = 64;
const LARGEST: u32 = 1920;

pub(in crate::systems) fn router() -> Router<Arc<Api>> {
    Router::new()
        .route(JOBS, post(submit).get(list))
        .route(JOB, get(job))
        .route(EVENTS, get(events))
        .route(CANCEL, post(cancel))
        .route(OUTPUT, get(output))
}

pub(in crate::systems) fn step(method: &Method, path: &str) -> Option<Step> {
    match (method, path) {
        (&Method::POST, JOBS) => Some(Step::Submit),
        (&Method::GET, JOB) => Some(Step::Watch),
        (&Method::GET, EVENTS) => Some(Step::Stream),
        (&Method::POST, CANCEL) => Some(Step::Cancel),
        (&Method::GET, OUTPUT) => Some(Step::Resolve),
        (&Method::GET, JOBS) => Some(Step::List),
        _ => None,
    }
}

#[derive(Debug, Deserialize)]
struct Order {
    brief: Brief,
}

async fn submit(
    State(api): State<Arc<Api>>,
    Extension(Caller(user)): Extension<Caller>,
    Extension(Correlation(correlation_id)): Extension<Correlation>,
    uri: Uri,
    headers: HeaderMap,
    body: Body,
) -> Result<(StatusCode, Json<Value>), Problem> {
    let example = "{\"brief\":{\"title\":\"Site tour\",\"durationSeconds\":10,\"resolution\":\"1280x720\"}}";
    let (bytes, Order { brief }) = read_json::<Order>(body, example).await?;
    check(&brief)?;
    let submission = Submission {
        system: System::MediaJobs,
        user,
        correlation_id,
        idempotency: idempotency(&headers, uri.path(), &bytes)?,
        request: json!(brief).to_string(),
    };
    match api.status.submit(submission).await? {
        Submitted::Job(job) => {
            // The same answer whenever the same is asked for again: not how far the job is by now.
            let answer = json!({
                "id": job.id,
                "status": "Queued",
                "stage": "Initialization",
                "percent": 0,
                "correlationId": job.correlation_id,
            });
            Ok((StatusCode::ACCEPTED, Json(answer)))
        }
        Submitted::OtherBody => Err(other_body()),
        Submitted::TooMany => Err(too_many()),
    }
}

fn check(brief: &Brief) -> Result<(), Problem> {
    let refuse = |code, message: String, right: &str| Err(Problem::unprocessable(code, message, right));
    if brief.title.trim().is_empty() || brief.title.chars().count() > LONGEST_TITLE {
        let message = format!("The title is empty or longer than {LONGEST_TITLE} letters");
        return refuse("unfit_title", message, "Give the video a short title");
    }
    if !(brief.duration_seconds > 0.0 && brief.duration_seconds <= LONGEST) {
        let message = format!("A video lasts more than nothing, and {LONGEST} seconds at most");
        return refuse("unfit_duration", message, "Give a durationSeconds such as 10");
    }
    let fits = |side: u32| (SMALLEST..=LARGEST).contains(&side) && side.is_multiple_of(2);
    if !brief.pixels().is_some_and(|(width, height)| fits(width) && fits(height)) {
        let message = format!("The resolution is not two even numbers from {SMALLEST} to {LARGEST}");
        return refuse("unfit_resolution", message, "Give a resolution such as 1280x720");
    }
    Ok(())
}

async fn job(
    State(api): State<Arc<Api>>,
    Extension(Caller(user)): Extension<Caller>,
    Path(job_id): Path<String>,
) -> Result<Json<Value>, Problem> {
    let job = owned(&api, &user, &job_id).await?;
    Ok(Json(view(&api, job).await?.whole()))
}

async fn owned(api: &Api, user: &str, job_id: &str) -> Result<Job, Problem> {
    api.status.job(user, System::MediaJobs, job_id).await?.ok_or_else(|| Problem::not_found("job"))
}

async fn view(api: &Api, job: Job) -> Result<View, Problem> {
    View::of(&*api.status, job).await
}

async fn list(
    State(api): State<Arc<Api>>,
    Extension(Caller(user)): Extension<Caller>,
    page: Page,
) -> Result<Json<Value>, Problem> {
    let Listing { jobs, next } = api.status.list(&user, System::MediaJobs, &page).await?;
    let jobs: Vec<_> = jobs.into_iter().map(|job| View::alone(job).brief()).collect();
    Ok(listing("jobs", &jobs, next))
}

async fn events(
    State(api): State<Arc<Api>>,
    Extension(Caller(user)): Extension<Caller>,
    Path(job_id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let job = owned(&api, &user, &job_id).await?;
    let seat = api.streams.seat(&user, System::MediaJobs)?;
    let last = headers.get("last-event-id").and_then(|value| value.to_str().ok());
    match JobEvents::after(api.clone(), user, job.id, last).await? {
        Some(events) => Ok(streams::respond(&api, seat, events)),
        // The way to tell a client that it need not come again (HTML Standard, section 9.2).
        None => Ok(StatusCode::NO_CONTENT.into_response()),
    }
}

/// 202 when this cancelled it; 200 with the job as it is when it had ended before.
async fn cancel(
    State(api): State<Arc<Api>>,
    Extension(Caller(user)): Extension<Caller>,
    Path(job_id): Path<String>,
) -> Result<(StatusCode, Json<Value>), Problem> {
    let reason = Failure {
        error: WAS_CANCELLED.to_owned(),
        remediation: "Ask for the video anew if you want it after all".to_owned(),
    };
    let cancelled = api.status.cancel(&user, System::MediaJobs, &job_id, reason).await?;
    let (job, cancelled) = cancelled.ok_or_else(|| Problem::not_found("job"))?;
    let status = if cancelled { StatusCode::ACCEPTED } else { StatusCode::OK };
    Ok((status, Json(view(&api, job).await?.whole())))
}

async fn output(
    State(api): State<Arc<Api>>,
    Extension(Caller(user)): Extension<Caller>,
    Path(job_id): Path<String>,
) -> Result<Response, Problem> {
    let job = owned(&api, &user, &job_id).await?;
    match (job.state, &job.result_key) {
        (queue::State::Completed, Some(key)) => {
            let link = api.link(key, Step::Resolve).await?;
            Ok((StatusCode::FOUND, [(header::LOCATION, link)]).into_response())
        }
        (queue::State::Failed, _) => Err(Problem::new(
            StatusCode::CONFLICT,
            "job_failed",
            "The job has failed and has no video",
            "GET /api/jobs/{id} tells why",
        )),
        _ => Err(Problem::new(
            StatusCode::CONFLICT,
            "not_done",
            "The video is not done yet",
            "Follow the job's events and come again when it is",
        )),
    }
}
