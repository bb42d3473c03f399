//! The routes, the same behind both doors: submit, watch, list, delete and package; and what there is to ask for.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Path, State};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use axum::{Extension, Json, Router};
use http::{HeaderMap, Method, StatusCode, Uri, header};
use serde_json::{Value, json};

use super::{Kind, Wanted, estate, order, work};
use crate::api::request::{idempotency, listing, other_body, read_json, too_many};
use crate::api::{Api, Caller, Correlation};
use crate::faults::Step;
use crate::objects::Undelivered;
use crate::problem::Problem;
use crate::queue::{Job, Listing, Page, State as JobState, Submission, Submitted};
use crate::systems::System;

const ENVIRONMENTS: &str = "/api/environments";

/// The collections, and whose jobs are in them.
const DOORS: [(System, &str); 2] =
    [(System::PackageExports, "/api/exports"), (System::ConfigurationExports, "/api/configuration-exports")];

pub(in crate::systems) fn router() -> Router<Arc<Api>> {
    DOORS.into_iter().fold(Router::new().route(ENVIRONMENTS, get(environments)), |router, (system, path)| {
        let door = Router::new()
            .route(path, get(list).post(submit))
            .route(&format!("{path}/{{id}}"), get(watch).delete(delete))
            .route(&format!("{path}/{{id}}/package"), get(package))
            .layer(Extension(system));
        router.merge(door)
    })
}

pub(in crate::systems) fn step(method: &Method, path: &str) -> Option<Step> {
    let rest = DOORS
        .iter()
        .find_map(|(_, door)| path.strip_prefix(door).filter(|rest| rest.is_empty() || rest.starts_with('/')))?;
    match (method, rest) {
        (&Method::POST, "") => Some(Step::Submit),
        (&Method::GET, "") => Some(Step::List),
        (&Method::GET, "/{id}") => Some(Step::Watch),
        (&Method::DELETE, "/{id}") => Some(Step::Cancel),
        (&Method::GET, "/{id}/package") => Some(Step::Result),
        _ => None,
    }
}

fn path_of(system: System) -> &'static str {
    DOORS.iter().find(|(known, _)| *known == system).map_or("", |(_, path)| path)
}

async fn submit(
    State(api): State<Arc<Api>>,
    Extension(system): Extension<System>,
    Extension(Caller(user)): Extension<Caller>,
    Extension(Correlation(correlation_id)): Extension<Correlation>,
    uri: Uri,
    headers: HeaderMap,
    body: Body,
) -> Result<(StatusCode, Json<Value>), Problem> {
    let (bytes, body) = read_json::<order::Body>(body, order::EXAMPLE).await?;
    let wanted = body.read(system == System::PackageExports)?;
    let submission = Submission {
        system,
        user,
        correlation_id,
        idempotency: idempotency(&headers, uri.path(), &bytes)?,
        request: json!(wanted).to_string(),
    };
    match api.status.submit(submission).await? {
        // However far the job is when the same is asked again: the same answer.
        Submitted::Job(job) => Ok((StatusCode::ACCEPTED, Json(json!({"id": job.id, "state": "PENDING"})))),
        Submitted::OtherBody => Err(other_body()),
        Submitted::TooMany => Err(too_many()),
    }
}

async fn watch(
    State(api): State<Arc<Api>>,
    Extension(system): Extension<System>,
    Extension(Caller(user)): Extension<Caller>,
    Path(id): Path<String>,
) -> Result<Json<Value>, Problem> {
    let job = find(&api, &user, system, &id).await?;
    let mut answer = json!({
        "id": job.id,
        "type": wanted(&job).map(|wanted| wanted.kind),
        "state": word(job.state),
        "percentage": job.progress,
        "currentStep": current_step(&job),
        "createdAt": job.created_at,
    });
    let ended = matches!(job.state, JobState::Completed | JobState::Failed);
    let there = [
        ("error", job.error.map(Value::from)),
        ("remediation", job.remediation.map(Value::from)),
        ("startedAt", job.started_at.map(|time| json!(time))),
        ("completedAt", ended.then(|| json!(job.changed_at))),
        ("resultUrl", job.result_key.map(|_| json!(format!("{}{}/{}/package", api.origin, path_of(system), job.id)))),
    ];
    for (field, value) in there {
        if let Some(value) = value {
            answer[field] = value;
        }
    }
    Ok(Json(answer))
}

async fn list(
    State(api): State<Arc<Api>>,
    Extension(system): Extension<System>,
    Extension(Caller(user)): Extension<Caller>,
    page: Page,
) -> Result<Json<Value>, Problem> {
    let Listing { jobs, next } = api.status.list(&user, system, &page).await?;
    let exports: Vec<_> = jobs
        .iter()
        .map(|job| {
            let wanted = wanted(job);
            json!({
                "id": job.id,
                "type": wanted.as_ref().map(|wanted| wanted.kind),
                "systemName": wanted.as_ref().map(|wanted| &wanted.system_name),
                "environment": wanted.as_ref().map(|wanted| &wanted.environment),
                "state": word(job.state),
                "percentage": job.progress,
                "correlationId": job.correlation_id,
                "createdAt": job.created_at,
            })
        })
        .collect();
    Ok(listing("exports", &exports, next))
}

/// Forgets the job and its package; one that is being worked on stops (P-3).
async fn delete(
    State(api): State<Arc<Api>>,
    Extension(system): Extension<System>,
    Extension(Caller(user)): Extension<Caller>,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    let deleted = api.status.delete(&user, system, &id).await?.ok_or_else(|| Problem::not_found("export"))?;
    if let Some(key) = deleted.result_key {
        api.delivery.objects.remove(&key).await;
    }
    Ok(StatusCode::NO_CONTENT)
}

/// The bytes themselves, with auth and without a link (P-4).
async fn package(
    State(api): State<Arc<Api>>,
    Extension(system): Extension<System>,
    Extension(Caller(user)): Extension<Caller>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let job = find(&api, &user, system, &id).await?;
    let Some(key) = &job.result_key else { return Err(not_ready(&job)) };
    let object = api.status.object(key).await?.ok_or_else(|| Problem::not_found("package"))?;
    match api.delivery.deliver(&object, &headers).await {
        Ok(response) => Ok(response),
        Err(Undelivered::Lost) => Err(Problem::internal()),
        Err(Undelivered::Away) => {
            let message = "The service's object store does not answer at the moment";
            Err(Problem::unavailable(StatusCode::SERVICE_UNAVAILABLE, "storage_unavailable", message, 5))
        }
        Err(Undelivered::NotTheOne) => Err(Problem::new(
            StatusCode::PRECONDITION_FAILED,
            "precondition_failed",
            "The package is not the one that the request means",
            "Fetch it from the beginning, without a condition",
        )),
        Err(Undelivered::Nowhere(size)) => {
            let problem = Problem::new(
                StatusCode::RANGE_NOT_SATISFIABLE,
                "range_not_satisfiable",
                "The package has no such bytes",
                "Look at its length and ask for a range within it",
            );
            Ok(([(header::CONTENT_RANGE, format!("bytes */{size}"))], problem).into_response())
        }
    }
}

fn not_ready(job: &Job) -> Problem {
    let (message, remediation) = match job.state {
        JobState::Failed => ("The export has failed: it has no package", "Ask for the export anew"),
        JobState::Pending | JobState::Processing | JobState::Completed => {
            ("The package is not ready yet", "Watch the export until its state is COMPLETED")
        }
    };
    Problem::new(StatusCode::CONFLICT, "not_ready", message, remediation)
}

async fn find(api: &Api, user: &str, system: System, id: &str) -> Result<Job, Problem> {
    api.status.job(user, system, id).await?.ok_or_else(|| Problem::not_found("export"))
}

fn wanted(job: &Job) -> Option<Wanted> {
    serde_json::from_str(&job.request).ok()
}

fn word(state: JobState) -> &'static str {
    match state {
        JobState::Pending => "PENDING",
        JobState::Processing => "RUNNING",
        JobState::Completed => "COMPLETED",
        JobState::Failed => "FAILED",
    }
}

fn current_step(job: &Job) -> &'static str {
    match job.state {
        JobState::Pending => "Waiting for a worker",
        JobState::Processing => work::step_at(job.progress),
        JobState::Completed => "Complete",
        JobState::Failed => "Failed",
    }
}

/// What there is to ask for.
async fn environments() -> Json<Value> {
    let systems = |estate: &'static estate::Estate| {
        Kind::ALL
            .into_iter()
            .flat_map(|(kind, word)| {
                let systems = estate.systems(kind).into_iter();
                systems.map(move |(name, title)| json!({"type": word, "systemName": name, "title": title}))
            })
            .collect::<Vec<_>>()
    };
    let all: Vec<_> =
        estate::all().iter().map(|estate| json!({"name": estate.environment, "systems": systems(estate)})).collect();
    Json(json!({"environments": all}))
}
