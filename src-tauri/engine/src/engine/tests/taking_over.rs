//! Cancelling on the server, and following what somebody else started there.

use landfall_wire::{ErrorCode, Phase};
use serde_json::json;

use super::requests::done;
use super::{Bed, Face, PLAIN_SUBMIT, Reply};
use crate::job::Order;

const CANCEL: &str = "[cancel]\npost = \"/jobs/{{ job.id }}/cancel\"\nover = [404, 409]\nwait = true\n";

const LIST: &str = r#"
[list]
get = "/jobs"
each = "body.jobs"
id = "item.id"
state = "item.state"
correlation_id = "item.correlationId"
"#;

fn running() -> Reply {
    Reply::Json(200, json!({ "state": "running" }))
}

#[tokio::test]
async fn cancel_is_told_and_followed_to_its_end() {
    let mut cancelled = false;
    let bed = Bed::new(&[PLAIN_SUBMIT, CANCEL], move |call| match call.line.as_str() {
        "POST /jobs/1/cancel" => {
            cancelled = true;
            Reply::Json(202, json!({}))
        }
        "GET /jobs/1" if cancelled => Reply::Json(200, json!({ "state": "failed", "error": "Job was cancelled" })),
        "GET /jobs/1" => running(),
        _ => done(call),
    });
    let engine = bed.engine();
    let (id, mut face) = bed.asked(&engine, bed.request()).await;
    face.in_phase(Phase::Preparing).await;
    engine.order(&id, Order::Cancel).await.unwrap();
    face.in_phase(Phase::Cancelled).await;
    let timeline = bed.timeline(&id);
    assert!(timeline.contains("was told to stop") && timeline.ends_with("Job was cancelled"), "{timeline}");
}

#[tokio::test]
async fn cancel_that_comes_too_late_looks_once_where_the_job_stands() {
    let mut polls = 0;
    let bed = Bed::new(&[PLAIN_SUBMIT, CANCEL], move |call| match call.line.as_str() {
        "POST /jobs/1/cancel" => Reply::Json(409, json!({})),
        "GET /jobs/1" => {
            polls += 1;
            if polls == 1 { running() } else { done(call) }
        }
        _ => done(call),
    });
    let engine = bed.engine();
    let (id, mut face) = bed.asked(&engine, bed.request()).await;
    face.in_phase(Phase::Preparing).await;
    engine.order(&id, Order::Cancel).await.unwrap();
    face.in_phase(Phase::Cancelled).await;
    assert!(bed.timeline(&id).contains("had finished before it was told"), "{}", bed.timeline(&id));
    assert_eq!(bed.desk.count("GET /jobs/1"), 2, "one look");
}

#[tokio::test]
async fn cancel_that_was_wanted_before_a_restart_is_told_after_it() {
    let mut answers = false;
    let bed = Bed::new(&[PLAIN_SUBMIT, "[cancel]\npost = \"/jobs/{{ job.id }}/cancel\"\n"], move |call| {
        match call.line.as_str() {
            "POST /jobs/1/cancel" if std::mem::replace(&mut answers, true) => Reply::Json(202, json!({})),
            "POST /jobs/1/cancel" => Reply::Silence,
            "GET /jobs/1" => running(),
            _ => done(call),
        }
    });
    let engine = bed.engine();
    let (id, mut face) = bed.asked(&engine, bed.request()).await;
    face.in_phase(Phase::Preparing).await;
    engine.order(&id, Order::Cancel).await.unwrap();
    bed.desk.asked("POST /jobs/1/cancel", 1).await;
    engine.stop().await;
    let engine = bed.engine();
    Face(engine.carry(&id).await.unwrap()).in_phase(Phase::Cancelled).await;
    assert_eq!(bed.desk.count("POST /jobs/1/cancel"), 2, "a crash repeats an effect and never loses one");
}

#[tokio::test]
async fn job_that_somebody_else_started_is_found_adopted_once_and_landed() {
    let bed = Bed::new(&[PLAIN_SUBMIT, LIST], |call| match call.line.as_str() {
        "GET /jobs" => Reply::Json(
            200,
            json!({ "jobs": [{ "id": "1", "state": "running", "correlationId": "mine" },
                             { "id": "2", "state": "pending", "correlationId": "theirs" }] }),
        ),
        _ => done(call),
    });
    let engine = bed.engine();
    let (_, mut ours) = bed.asked(&engine, bed.request()).await;
    ours.in_phase(Phase::Landed).await;
    let orphans: Vec<String> =
        engine.orphans("demo").await.unwrap().into_iter().map(|listed| listed.remote_id).collect();
    assert_eq!(orphans, ["2"], "1 is ours");
    let id = engine.adopt(&bed.request(), "2").await.unwrap();
    let landed = Face(engine.carry(&id).await.unwrap()).in_phase(Phase::Landed).await;
    assert_eq!(landed.correlation_id, "theirs", "one for the job's life, wherever that began");
    assert_eq!(bed.desk.count("POST /jobs"), 1, "nothing was asked for");
    let refused = engine.adopt(&bed.request(), "2").await.expect_err("it is followed already");
    assert!(refused.message.contains(id.as_str()), "{refused}");
    let unknown = engine.adopt(&bed.request(), "77").await.expect_err("the server does not list it");
    assert_eq!(unknown.code, ErrorCode::JobCreationFailed);
    engine.forget(&id).await.unwrap();
    assert_eq!(engine.orphans("demo").await.unwrap().len(), 1, "what was forgotten may be adopted again");
}

#[tokio::test]
async fn paused_at_rest_is_not_carried_on_and_nothing_was_sent() {
    let bed = Bed::new(&[PLAIN_SUBMIT], done);
    let engine = bed.engine();
    let id = engine.request(bed.request()).await.unwrap().remove(0);
    engine.order_at_rest(&id, Order::Pause).await.unwrap();
    let mut face = Face(engine.carry(&id).await.unwrap());
    face.in_phase(Phase::Paused).await;
    assert_eq!(bed.desk.calls().len(), 0, "a paused job waits for its person");
    engine.order_at_rest(&id, Order::Resume).await.unwrap();
    face.in_phase(Phase::Landed).await;
}
