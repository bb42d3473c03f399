//! From the wish to the server's job: no request is lost and none is doubled.

use std::time::Duration;

use landfall_wire::{ErrorCode, Method, Phase, WaitingFor};
use serde_json::json;

use super::{Bed, Call, PLAIN_SUBMIT, Reply};
use crate::job::Order;

const LIST: &str = r#"
[list]
get = "/jobs"
each = "body.jobs"
id = "item.id"
state = "item.state"
correlation_id = "item.correlationId"
created_at = "item.createdAt"
"#;

/// What a server says of a job 1 that is done at once.
pub(super) fn done(call: &Call) -> Reply {
    match call.line.as_str() {
        "GET /jobs/1" | "GET /jobs/2" => Reply::Json(200, json!({ "state": "completed" })),
        "GET /results/1" | "GET /results/2" => {
            Reply::Json(200, json!({ "url": format!("{}/file", call.root), "size": 3 }))
        }
        "GET /file" => Reply::Bytes(b"abc".to_vec()),
        "POST /jobs" => Reply::Json(202, json!({ "id": "1" })),
        other => panic!("{other} was not expected"),
    }
}

#[tokio::test]
async fn restart_between_two_steps_repeats_the_one_in_flight_only() {
    let steps = r#"
[submit]
id = "body.id"
[[submit.step]]
post = "/drafts"
id = "body.id"
keep = { draft = "body.draft" }
[[submit.step]]
post = "/drafts/{{ job.kept.draft }}/start"
"#;
    let mut starts = 0;
    let bed = Bed::new(&[steps], move |call| match call.line.as_str() {
        "POST /drafts" => Reply::Json(201, json!({ "id": "1", "draft": "d7" })),
        "POST /drafts/d7/start" => {
            starts += 1;
            if starts == 1 { Reply::Silence } else { Reply::Json(202, json!({ "id": "1" })) }
        }
        _ => done(call),
    });
    let engine = bed.engine();
    let (id, _) = bed.asked(&engine, bed.request()).await;
    bed.desk.asked("POST /drafts/d7/start", 1).await;
    engine.stop().await;
    let engine = bed.engine();
    let mut face = super::Face(engine.carry(&id).await.unwrap());
    face.in_phase(Phase::Landed).await;
    assert_eq!((bed.desk.count("POST /drafts"), bed.desk.count("POST /drafts/d7/start")), (1, 2));
}

#[tokio::test]
async fn request_whose_answer_was_cut_off_is_found_in_the_list_and_not_sent_twice() {
    let mut correlation = String::new();
    let bed = Bed::new(&[PLAIN_SUBMIT, LIST], move |call| match call.line.as_str() {
        "POST /jobs" => {
            correlation = call.header("x-correlation-id").expect("one per job").to_owned();
            Reply::Cut
        }
        "GET /jobs" => Reply::Json(
            200,
            json!({ "jobs": [{ "id": "9", "state": "pending", "correlationId": "another" },
                             { "id": "1", "state": "pending", "correlationId": correlation }] }),
        ),
        _ => done(call),
    });
    let engine = bed.engine();
    let (id, mut face) = bed.asked(&engine, bed.request()).await;
    face.in_phase(Phase::Resting).await;
    bed.clock.advance(Duration::from_mins(1));
    let landed = face.in_phase(Phase::Landed).await;
    assert_eq!((landed.remote_id.as_deref(), bed.desk.count("POST /jobs")), (Some("1"), 1));
    assert!(bed.timeline(&id).contains("had taken it as 1 before it was interrupted"));
}

#[tokio::test]
async fn request_that_is_not_in_the_list_is_looked_for_twice_and_then_sent_again() {
    let mut posts = 0;
    let bed = Bed::new(&[PLAIN_SUBMIT, LIST], move |call| match call.line.as_str() {
        "POST /jobs" => {
            posts += 1;
            if posts == 1 { Reply::Cut } else { done(call) }
        }
        "GET /jobs" => Reply::Json(200, json!({ "jobs": [] })),
        _ => done(call),
    });
    let engine = bed.engine();
    let (_, mut face) = bed.asked(&engine, bed.request()).await;
    face.in_phase(Phase::Resting).await;
    bed.clock.advance(Duration::from_mins(1));
    bed.desk.asked("GET /jobs", 1).await;
    assert_eq!(bed.desk.count("POST /jobs"), 1, "one look is not enough");
    // The progress of nothing is looked at, and the errand waits for its second look.
    while bed.desk.count("GET /jobs") < 2 {
        bed.clock.advance(Duration::from_secs(1));
        tokio::task::yield_now().await;
    }
    face.in_phase(Phase::Landed).await;
    assert_eq!(bed.desk.count("POST /jobs"), 2);
}

#[tokio::test]
async fn jobs_that_may_be_ours_are_told_to_a_person_and_nothing_is_sent() {
    let bed = Bed::new(&[PLAIN_SUBMIT, LIST], |call| match call.line.as_str() {
        "POST /jobs" => Reply::Cut,
        "GET /jobs" => Reply::Json(200, json!({ "jobs": [{ "id": "7", "state": "pending" }] })),
        _ => done(call),
    });
    let engine = bed.engine();
    let (_, mut face) = bed.asked(&engine, bed.request()).await;
    face.in_phase(Phase::Resting).await;
    bed.clock.advance(Duration::from_mins(1));
    let failure = face.in_phase(Phase::Failed).await.error.expect("why");
    assert_eq!(failure.code, ErrorCode::JobCreationFailed);
    assert!(failure.message.ends_with("these jobs there may be it: 7"), "{failure}");
    assert_eq!(bed.desk.count("POST /jobs"), 1);
}

#[tokio::test]
async fn without_key_and_list_a_cut_off_request_waits_for_a_persons_word() {
    let mut posts = 0;
    let bed = Bed::new(&[PLAIN_SUBMIT], move |call| match call.line.as_str() {
        "POST /jobs" => {
            posts += 1;
            if posts == 1 { Reply::Cut } else { done(call) }
        }
        _ => done(call),
    });
    let engine = bed.engine();
    let (id, mut face) = bed.asked(&engine, bed.request()).await;
    let failed = face.in_phase(Phase::Failed).await;
    assert_eq!(failed.error.map(|failure| failure.code), Some(ErrorCode::JobCreationFailed));
    engine.order(&id, Order::Retry).await.unwrap();
    face.until(|shot| shot.phase == Phase::Landed).await;
}

#[tokio::test]
async fn full_queue_of_the_server_is_waited_for() {
    let submit = "[submit]\npost = \"/jobs\"\nid = \"body.id\"\nqueue_full_when = \"status == 429\"\n";
    let mut posts = 0;
    let bed = Bed::new(&[submit], move |call| match call.line.as_str() {
        "POST /jobs" => {
            posts += 1;
            if posts == 1 { Reply::Json(429, json!({ "error": { "message": "Ten at once" } })) } else { done(call) }
        }
        _ => done(call),
    });
    let engine = bed.engine();
    let (_, mut face) = bed.asked(&engine, bed.request()).await;
    let queued = face.until(|shot| shot.waiting_for == Some(WaitingFor::ServerQueue)).await;
    assert_eq!((queued.phase, queued.error, queued.message.as_deref()), (Phase::Queued, None, Some("Ten at once")));
    bed.clock.advance(Duration::from_secs(15));
    face.in_phase(Phase::Landed).await;
    assert_eq!(bed.desk.count("POST /jobs"), 2);
}

#[tokio::test]
async fn export_that_the_server_has_already_is_followed_there() {
    let submit =
        "[submit]\npost = \"/jobs\"\nid = \"body.id\"\nduplicate_when = \"status == 409\"\nadopt = \"body.existing\"\n";
    let bed = Bed::new(&[submit], |call| match call.line.as_str() {
        "POST /jobs" => Reply::Json(409, json!({ "existing": "2" })),
        _ => done(call),
    });
    let engine = bed.engine();
    let (id, mut face) = bed.asked(&engine, bed.request()).await;
    assert_eq!(face.in_phase(Phase::Landed).await.remote_id.as_deref(), Some("2"));
    assert!(bed.timeline(&id).contains("already as 2"), "{}", bed.timeline(&id));
}

#[tokio::test]
async fn job_that_failed_on_the_server_lands_by_the_fallback_under_a_key_of_its_own() {
    let submit = "[submit]\npost = \"/jobs\"\nid = \"body.id\"\nidempotency_header = \"Idempotency-Key\"\n";
    let fallback = "[fallback.submit]\npost = \"/other\"\nid = \"body.id\"\nidempotency_header = \"Idempotency-Key\"\n";
    let bed = Bed::new(&[submit, fallback], |call| match call.line.as_str() {
        "GET /jobs/1" => Reply::Json(200, json!({ "state": "failed", "error": "The exporter crashed" })),
        "POST /other" => Reply::Json(202, json!({ "id": "2" })),
        _ => done(call),
    });
    let engine = bed.engine();
    let (id, mut face) = bed.asked(&engine, bed.request()).await;
    let landed = face.in_phase(Phase::Landed).await;
    assert_eq!((landed.method, landed.remote_id.as_deref()), (Method::Fallback, Some("2")));
    let keys: Vec<_> =
        bed.desk.calls().iter().filter_map(|call| call.header("idempotency-key").map(str::to_owned)).collect();
    assert!(keys.len() == 2 && keys[0] != keys[1], "{keys:?}");
    let timeline = bed.timeline(&id);
    assert!(
        timeline.contains("The exporter crashed") && timeline.contains("by the connector's fallback"),
        "{timeline}"
    );
}

#[tokio::test]
async fn renewed_sign_in_lets_every_waiting_job_go_on() {
    let bed = Bed::new(&[PLAIN_SUBMIT], |call| match call.header("authorization") {
        Some("Bearer good") => done(call),
        _ if call.line == "GET /file" => done(call),
        _ => Reply::Json(401, json!({})),
    });
    bed.sign_in("stale");
    let engine = bed.engine();
    let (_, mut one) = bed.asked(&engine, bed.request()).await;
    let (_, mut other) = bed.asked(&engine, bed.request()).await;
    for face in [&mut one, &mut other] {
        let waits = face.in_phase(Phase::NeedsSignIn).await;
        assert_eq!(waits.error.map(|failure| failure.code), Some(ErrorCode::AuthenticationError));
    }
    bed.sign_in("good");
    engine.signed_in("demo").await.unwrap();
    one.until(|shot| shot.phase == Phase::Landed).await;
    other.until(|shot| shot.phase == Phase::Landed).await;
}

#[tokio::test]
async fn after_a_sleep_nobody_rests_on() {
    let mut out = true;
    let bed = Bed::new(&[PLAIN_SUBMIT], move |call| match call.line.as_str() {
        "GET /jobs/1" if std::mem::take(&mut out) => Reply::Json(503, json!({})),
        _ => done(call),
    });
    let engine = bed.engine();
    let (_, mut face) = bed.asked(&engine, bed.request()).await;
    let resting = face.in_phase(Phase::Resting).await;
    assert_eq!(resting.waiting_for, Some(WaitingFor::Network));
    engine.look_again().await.unwrap();
    // No time has passed: it was asked at once.
    face.in_phase(Phase::Landed).await;
}
