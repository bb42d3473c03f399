//! The routes: submit, status, list, and the catalogue.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Path, State};
use axum::routing::{get, post};
use axum::{Extension, Json, Router};
use http::{HeaderMap, Method, StatusCode, Uri};
use serde_json::{Value, json};

use super::{Wanted, catalogue};
use crate::api::request::{idempotency, listing, other_body, read_json, too_many};
use crate::api::{Api, Caller, Correlation};
use crate::faults::Step;
use crate::problem::Problem;
use crate::queue::{Listing, Page, Submission, Submitted};
use crate::systems::System;

const INITIATE: &str = "/v1/download/initiate";
const JOBS: &str = "/v1/download/jobs";
const STATUS: &str = "/v1/download/status/{job_id}";
const FILES: &str = "/v1/files";

/// More ids than this is a mistake.
const MOST_FILES: usize = 100;

pub(in crate::systems) fn router() -> Router<Arc<Api>> {
    Router::new()
        .route(INITIATE, post(initiate))
        .route(JOBS, get(list))
        .route(STATUS, get(status))
        .route(FILES, get(files))
}

pub(in crate::systems) fn step(method: &Method, path: &str) -> Option<Step> {
    match (method, path) {
        (&Method::POST, INITIATE) => Some(Step::Submit),
        (&Method::GET, STATUS) => Some(Step::Watch),
        (&Method::GET, JOBS) => Some(Step::List),
        _ => None,
    }
}

async fn initiate(
    State(api): State<Arc<Api>>,
    Extension(Caller(user)): Extension<Caller>,
    Extension(Correlation(correlation_id)): Extension<Correlation>,
    uri: Uri,
    headers: HeaderMap,
    body: Body,
) -> Result<(StatusCode, Json<Value>), Problem> {
    let (bytes, wanted) = read_json::<Wanted>(body, "{\"fileIds\":[1,2,3]}").await?;
    check(&wanted)?;
    let submission = Submission {
        system: System::DownloadJobs,
        user,
        correlation_id,
        idempotency: idempotency(&headers, uri.path(), &bytes)?,
        request: json!(wanted).to_string(),
    };
    match api.status.submit(submission).await? {
        Submitted::Job(job) => Ok((StatusCode::ACCEPTED, Json(json!({"jobId": job.id})))),
        Submitted::OtherBody => Err(other_body()),
        Submitted::TooMany => Err(too_many()),
    }
}

fn check(wanted: &Wanted) -> Result<(), Problem> {
    let see = "GET /v1/files lists the files and their ids";
    if wanted.file_ids.is_empty() {
        return Err(Problem::unprocessable("no_files", "No file was asked for", see));
    }
    if wanted.file_ids.len() > MOST_FILES {
        let message = format!("More than {MOST_FILES} files were asked for");
        return Err(Problem::unprocessable("too_many_files", message, "Ask for them in several jobs"));
    }
    match wanted.file_ids.iter().find(|id| catalogue::file(**id).is_none()) {
        Some(id) => Err(Problem::unprocessable("unknown_file", format!("There is no file with the id {id}"), see)),
        None => Ok(()),
    }
}

async fn status(
    State(api): State<Arc<Api>>,
    Extension(Caller(user)): Extension<Caller>,
    Path(job_id): Path<String>,
) -> Result<Json<Value>, Problem> {
    let job = api.status.job(&user, System::DownloadJobs, &job_id).await?.ok_or_else(|| Problem::not_found("job"))?;
    let mut answer = json!({"jobId": job.id, "status": job.state.as_str(), "progress": job.progress});
    if let Some(key) = &job.result_key {
        answer["downloadUrl"] = json!(api.link(key, Step::Watch).await?);
    }
    if let Some(error) = job.error {
        answer["error"] = json!(error);
    }
    if let Some(remediation) = job.remediation {
        answer["remediation"] = json!(remediation);
    }
    Ok(Json(answer))
}

async fn list(
    State(api): State<Arc<Api>>,
    Extension(Caller(user)): Extension<Caller>,
    page: Page,
) -> Result<Json<Value>, Problem> {
    let Listing { jobs, next } = api.status.list(&user, System::DownloadJobs, &page).await?;
    let jobs: Vec<_> = jobs
        .iter()
        .map(|job| {
            json!({
                "jobId": job.id,
                "status": job.state.as_str(),
                "progress": job.progress,
                "correlationId": job.correlation_id,
                "createdAt": job.created_at,
            })
        })
        .collect();
    Ok(listing("jobs", &jobs, next))
}

async fn files(State(api): State<Arc<Api>>) -> Result<Json<Value>, Problem> {
    // The first time the sizes are found out by making the files.
    let files = api.supervisor.blocking(catalogue::listing).await.ok_or_else(Problem::internal)?;
    let files: Vec<_> =
        files.iter().map(|(file, size)| json!({"id": file.id, "name": file.name, "size": size})).collect();
    Ok(Json(json!({"files": files})))
}
