//! The routes: submit, task, export, list, and the projects.

use std::str::FromStr;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Path, State};
use axum::routing::{get, post};
use axum::{Extension, Json, Router};
use http::{HeaderMap, Method, StatusCode, Uri};
use serde::Deserialize;
use serde_json::{Value, json};

use super::Wanted;
use crate::api::request::{idempotency, listing, other_body, read_json, too_many};
use crate::api::{Api, Caller, Correlation};
use crate::dataset;
use crate::exporters::Format;
use crate::faults::Step;
use crate::problem::Problem;
use crate::queue::{Job, Listing, Page, Submission, Submitted};
use crate::systems::System;

const SUBMIT: &str = "/projects/{project_id}/export";
const TASK: &str = "/tasks/{task_id}";
const EXPORT: &str = "/exports/{export_id}";
const EXPORTS: &str = "/exports";
const PROJECTS: &str = "/projects";

pub(in crate::systems) fn router() -> Router<Arc<Api>> {
    Router::new()
        .route(SUBMIT, post(submit))
        .route(TASK, get(task))
        .route(EXPORT, get(export))
        .route(EXPORTS, get(list))
        .route(PROJECTS, get(projects))
}

pub(in crate::systems) fn step(method: &Method, path: &str) -> Option<Step> {
    match (method, path) {
        (&Method::POST, SUBMIT) => Some(Step::Submit),
        (&Method::GET, TASK) => Some(Step::Watch),
        (&Method::GET, EXPORT) => Some(Step::Resolve),
        (&Method::GET, EXPORTS) => Some(Step::List),
        _ => None,
    }
}

#[derive(Debug, Deserialize)]
struct Order {
    format: String,
}

async fn submit(
    State(api): State<Arc<Api>>,
    Extension(Caller(user)): Extension<Caller>,
    Extension(Correlation(correlation_id)): Extension<Correlation>,
    Path(project_id): Path<String>,
    uri: Uri,
    headers: HeaderMap,
    body: Body,
) -> Result<(StatusCode, Json<Value>), Problem> {
    let (bytes, order) = read_json::<Order>(body, "{\"format\":\"csv\"}").await?;
    let project = dataset::project(&project_id).ok_or_else(|| {
        Problem::new(
            StatusCode::NOT_FOUND,
            "not_found",
            "There is no such project",
            "GET /projects lists the projects and their ids",
        )
    })?;
    let format = Format::from_str(&order.format).map_err(|_| {
        Problem::unprocessable("unknown_format", "This format is not known", "Ask for csv, excel, pdf or ost")
    })?;
    let submission = Submission {
        system: System::ReportExports,
        user,
        correlation_id,
        idempotency: idempotency(&headers, uri.path(), &bytes)?,
        request: json!(Wanted { project_id: project.id.to_owned(), format: format.as_str().to_owned() }).to_string(),
    };
    match api.status.submit(submission).await? {
        Submitted::Job(job) => Ok((StatusCode::ACCEPTED, Json(json!({"task_id": job.task_id, "export_id": job.id})))),
        Submitted::OtherBody => Err(other_body()),
        Submitted::TooMany => Err(too_many()),
    }
}

async fn task(
    State(api): State<Arc<Api>>,
    Extension(Caller(user)): Extension<Caller>,
    Path(task_id): Path<String>,
) -> Result<Json<Value>, Problem> {
    let job = api.status.job_of_task(&user, System::ReportExports, &task_id).await?;
    let job = job.ok_or_else(|| Problem::not_found("task"))?;
    let mut answer = json!({"task_id": job.task_id, "status": job.state.as_str()});
    say_why(&mut answer, &job);
    Ok(Json(answer))
}

async fn export(
    State(api): State<Arc<Api>>,
    Extension(Caller(user)): Extension<Caller>,
    Path(export_id): Path<String>,
) -> Result<Json<Value>, Problem> {
    let job = api.status.job(&user, System::ReportExports, &export_id).await?;
    let job = job.ok_or_else(|| Problem::not_found("export"))?;
    let (size, link) = match &job.result_key {
        Some(key) => {
            (api.status.object(key).await?.map(|object| object.size), Some(api.link(key, Step::Resolve).await?))
        }
        None => (None, None),
    };
    let mut answer = json!({
        "export_id": job.id,
        "status": job.state.as_str(),
        "file_key": job.result_key,
        "file_size": size,
        "download_url": link,
    });
    say_why(&mut answer, &job);
    Ok(Json(answer))
}

fn say_why(answer: &mut Value, job: &Job) {
    if let Some(error) = &job.error {
        answer["error_message"] = json!(error);
    }
    if let Some(remediation) = &job.remediation {
        answer["remediation"] = json!(remediation);
    }
}

async fn list(
    State(api): State<Arc<Api>>,
    Extension(Caller(user)): Extension<Caller>,
    page: Page,
) -> Result<Json<Value>, Problem> {
    let Listing { jobs, next } = api.status.list(&user, System::ReportExports, &page).await?;
    let exports: Vec<_> = jobs
        .iter()
        .map(|job| {
            let wanted = serde_json::from_str::<Wanted>(&job.request).ok();
            json!({
                "export_id": job.id,
                "task_id": job.task_id,
                "project_id": wanted.as_ref().map(|wanted| &wanted.project_id),
                "format": wanted.as_ref().map(|wanted| &wanted.format),
                "status": job.state.as_str(),
                "correlation_id": job.correlation_id,
                "created_at": job.created_at,
            })
        })
        .collect();
    Ok(listing("exports", &exports, next))
}

async fn projects() -> Json<Value> {
    let projects: Vec<_> = dataset::projects()
        .iter()
        .map(|project| {
            json!({
                "id": project.id,
                "name": project.name,
                "client_name": project.client_name,
                "conditions": project.conditions.len(),
                "measurements": project.measurement_count(),
            })
        })
        .collect();
    Json(json!({"projects": projects}))
}
