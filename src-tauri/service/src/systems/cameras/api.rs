//! The routes: submit, the stream, downloads, list, and the cameras.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::{Path, RawQuery, State};
use axum::response::Response;
use axum::routing::{get, post};
use axum::{Extension, Json, Router};
use http::{HeaderMap, Method, StatusCode, Uri};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use super::Wanted;
use super::footage::{self, Camera};
use super::status::status;
use super::stream::{Statuses, say_why};
use crate::api::request::{idempotency, listing, other_body, read_json, too_many};
use crate::api::{Api, Caller, Correlation, streams};
use crate::clock::later;
use crate::faults::{Fault, Step};
use crate::problem::Problem;
use crate::queue::{self, Job, Listing, Page, Submission, Submitted};
use crate::systems::System;

const SUBMIT: &str = "/v1/cameras/{camera}/exportsV2";
const CAMERAS: &str = "/v1/cameras";
const EXPORTS: &str = "/v1/exportsV2";
const DOWNLOADS: &str = "/v1/exportsV2/{export_id}/downloads";
const SETTINGS: &str = "/settings";

/// The only task of [`SETTINGS`] there is.
const STATUSES: &str = "eventsource.status";

/// So long an export can be downloaded.
const LIFE: Duration = Duration::from_hours(7 * 24);

pub(in crate::systems) fn router() -> Router<Arc<Api>> {
    Router::new()
        .route(SUBMIT, post(submit))
        .route(CAMERAS, get(cameras))
        .route(EXPORTS, get(list))
        .route(DOWNLOADS, get(downloads))
        .route(SETTINGS, get(settings))
}

pub(in crate::systems) fn step(method: &Method, path: &str) -> Option<Step> {
    match (method, path) {
        (&Method::POST, SUBMIT) => Some(Step::Submit),
        (&Method::GET, SETTINGS) => Some(Step::Stream),
        (&Method::GET, DOWNLOADS) => Some(Step::Resolve),
        (&Method::GET, EXPORTS) => Some(Step::List),
        _ => None,
    }
}

/// When the export cannot be downloaded any more, whatever is remembered of it.
fn end_of_life(job: &Job) -> Timestamp {
    later(job.created_at, LIFE)
}

/// Until when the export can surely be downloaded, where an ended job is remembered for so long, or for ever.
pub(super) fn expiry(job: &Job, keep: Option<Duration>) -> Timestamp {
    end_of_life(job).min(keep.map_or(Timestamp::MAX, |keep| later(job.changed_at, keep)))
}

#[derive(Debug, Deserialize)]
struct Order {
    #[serde(rename = "type")]
    kind: String,
    start: Timestamp,
    end: Timestamp,
    storage: String,
}

async fn submit(
    State(api): State<Arc<Api>>,
    Extension(Caller(user)): Extension<Caller>,
    Extension(Correlation(correlation_id)): Extension<Correlation>,
    Path(camera): Path<String>,
    uri: Uri,
    headers: HeaderMap,
    body: Body,
) -> Result<(StatusCode, Json<Value>), Problem> {
    let example = "{\"type\":\"Batch\",\"start\":\"2025-06-01T12:00:00Z\",\"end\":\"2025-06-01T12:00:30Z\",\"storage\":\"Cloud\"}";
    let (bytes, order) = read_json::<Order>(body, example).await?;
    let camera = footage::camera(&camera).ok_or_else(|| {
        Problem::new(
            StatusCode::NOT_FOUND,
            "not_found",
            "There is no such camera",
            "GET /v1/cameras lists the cameras and their ids",
        )
    })?;
    let submission = Submission {
        system: System::CameraExports,
        user,
        correlation_id,
        idempotency: idempotency(&headers, uri.path(), &bytes)?,
        request: json!(wanted(camera, &order, api.clock.now())?).to_string(),
    };
    match api.status.submit(submission).await? {
        Submitted::Job(job) => Ok((StatusCode::CREATED, Json(item(&api, &job, "Queued")))),
        Submitted::OtherBody => Err(other_body()),
        Submitted::TooMany => Err(too_many()),
    }
}

/// The order as it can be fulfilled (C-2).
fn wanted(camera: &Camera, order: &Order, now: Timestamp) -> Result<Wanted, Problem> {
    if order.kind != "Batch" {
        return Err(Problem::unprocessable("unknown_type", "This type of export is not known", "Ask for type Batch"));
    }
    if order.storage != "Cloud" {
        return Err(Problem::unprocessable("unknown_storage", "This storage is not known", "Ask for storage Cloud"));
    }
    if order.end <= order.start {
        let message = "The interval is empty: it ends where it starts, or before";
        return Err(Problem::unprocessable("empty_interval", message, "Give an end that is later than the start"));
    }
    let (start, end) = camera.clip(order.start, order.end, now).ok_or_else(|| {
        let stretches: Vec<_> = camera.stretches(now).map(|(from, to)| format!("from {from:.0} to {to:.0}")).collect();
        let there = format!("Ask for a time {}", stretches.join(" or "));
        Problem::unprocessable("no_footage", "The camera has no footage of this interval", there)
    })?;
    Ok(Wanted { camera: camera.id.to_owned(), start, end })
}

/// An export as C-1 shows it.
fn item(api: &Api, job: &Job, status: &str) -> Value {
    let wanted = serde_json::from_str::<Wanted>(&job.request).ok();
    json!({
        "exportId": job.id,
        "cameraId": wanted.as_ref().map(|wanted| &wanted.camera),
        "status": status,
        "start": wanted.as_ref().map(|wanted| wanted.start),
        "end": wanted.as_ref().map(|wanted| wanted.end),
        "storage": "Cloud",
        "expiresOn": expiry(job, api.keep),
    })
}

async fn list(
    State(api): State<Arc<Api>>,
    Extension(Caller(user)): Extension<Caller>,
    page: Page,
) -> Result<Json<Value>, Problem> {
    let Listing { jobs, next } = api.status.list(&user, System::CameraExports, &page).await?;
    let exports: Vec<_> = jobs
        .iter()
        .map(|job| {
            let mut item = item(&api, job, &status(job));
            item["correlationId"] = json!(job.correlation_id);
            item["createdAt"] = json!(job.created_at);
            say_why(&mut item, job);
            item
        })
        .collect();
    Ok(listing("exports", &exports, next))
}

async fn downloads(
    State(api): State<Arc<Api>>,
    Extension(Caller(user)): Extension<Caller>,
    Path(export_id): Path<String>,
) -> Result<Json<Value>, Problem> {
    let job = api.status.job(&user, System::CameraExports, &export_id).await?;
    let job = job.ok_or_else(|| Problem::not_found("export"))?;
    if api.clock.now() >= end_of_life(&job) {
        let message = "The export has expired";
        return Err(Problem::new(StatusCode::GONE, "expired", message, "Ask for the export anew"));
    }
    let key = job.result_key.as_deref().filter(|_| job.state == queue::State::Completed);
    let key = key.filter(|_| !api.faults.strikes(Fault::NoLink, Some(Step::Resolve)));
    let link = match key {
        Some(key) => Some(api.link(key, Step::Resolve).await?),
        None => None,
    };
    Ok(Json(json!({"presignedURL": link})))
}

async fn settings(
    State(api): State<Arc<Api>>,
    Extension(Caller(user)): Extension<Caller>,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let query = query.unwrap_or_default();
    if !url::form_urlencoded::parse(query.as_bytes()).any(|(name, value)| name == "task" && value == STATUSES) {
        return Err(Problem::not_found("task"));
    }
    let seat = api.streams.seat(&user, System::CameraExports)?;
    Ok(streams::respond(&api, seat, Statuses::new(api.clone(), user)))
}

async fn cameras(State(api): State<Arc<Api>>) -> Json<Value> {
    let now = api.clock.now();
    let cameras: Vec<_> = footage::cameras()
        .iter()
        .map(|camera| {
            let footage: Vec<_> = camera.stretches(now).map(|(from, to)| json!({"from": from, "to": to})).collect();
            json!({"id": camera.id, "name": camera.name, "footage": footage})
        })
        .collect();
    Json(json!({"cameras": cameras}))
}
